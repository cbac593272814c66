"""A tenant's life: registry, service, and the Runtime protocol."""
