"""What a runtime does for a tenant, whatever the sites run on."""

from typing import Protocol

from presswerk.spec import Tenant
from presswerk.wordpress.model import Connection


class Runtime(Protocol):
    """Makes a tenant's site exist."""

    def ensure_site(self, tenant: Tenant) -> Connection:
        """Make the tenant's site as declared, or bring it there; returns the managed connection to it."""
        ...

    def remove_site(self, tenant_id: str) -> None:
        """Take the tenant's site down; does nothing when there is none."""
        ...
