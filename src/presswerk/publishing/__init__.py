"""A publication's life: model, store, durable workflow, service."""
