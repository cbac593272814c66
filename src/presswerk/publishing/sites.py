"""Tenants' sites, as publishing reaches them."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from presswerk.declaration import Tenant
from presswerk.messages import Message
from presswerk.tenants import CannotOpen, TenantRegistry, UnknownTenant
from presswerk.wordpress import Connection, SiteClient, SiteRefusedCredentials, SiteRejected

OpenSite = Callable[[Connection], AbstractContextManager[SiteClient]]


class Sites:
    """Opens the sites of tenants that are active.

    Args:
        tenants: Where they are.
        open_site: Opens one.
    """

    def __init__(self, tenants: TenantRegistry, open_site: OpenSite) -> None:
        self._tenants = tenants
        self._open_site = open_site

    def tenant(self, tenant_id: str) -> Tenant:
        """A tenant as it was declared some seconds ago at most.

        Raises:
            SiteRejected: It has been removed.
        """
        try:
            return self._tenants.declared(tenant_id)
        except UnknownTenant:
            raise _removed() from None

    @contextlib.contextmanager
    def open(self, tenant_id: str) -> Iterator[SiteClient]:
        """Talk to a tenant's site until the block ends.

        Raises:
            SiteError: The tenant has been removed or suspended, or its connection cannot be opened.
        """
        try:
            connection = self._tenants.active_connection(tenant_id)
        except UnknownTenant:
            raise _removed() from None
        except CannotOpen as error:
            raise SiteRefusedCredentials(
                Message("the hub cannot open its stored connection to the site"),
                remedy=Message("ask an operator: %(error)s", error=str(error)),
            ) from None
        if connection is None:
            raise SiteRejected(Message("the site is suspended"), remedy=Message("ask an operator, then try again"))
        with self._open_site(connection) as site:
            yield site


def _removed() -> SiteRejected:
    return SiteRejected(Message("the tenant has been removed"), remedy=Message("publish to another site"))
