"""Tenants as commands ask for them: of the installation on this machine, of a hub, or of a cluster."""
