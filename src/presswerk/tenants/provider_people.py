"""People as the identity provider has them, where it keeps their accounts and not this platform."""

import contextlib
from collections.abc import Iterator
from typing import Protocol

from presswerk.identity.providers.authentik import AuthentikTenants, ProviderAccount, TenantMember
from presswerk.identity.providers.errors import IdentityAdministrationError, TenantNotPrepared
from presswerk.tenants.errors import TenantsUnavailable


class ProviderPeople(Protocol):
    """What a provider is asked about people; all raise `TenantsUnavailable` where it does not answer."""

    def members(self, tenant_id: str) -> tuple[TenantMember, ...]:
        """Who is in a tenant's groups, by name."""
        ...

    def find(self, *, user_name: str | None = None, subject: str | None = None) -> ProviderAccount | None:
        """Somebody who has an account, by name or by subject."""
        ...


class AuthentikPeople:
    """As Authentik has them; a token that may view users and groups is enough.

    Args:
        provider: Authentik.
    """

    def __init__(self, provider: AuthentikTenants) -> None:
        self._provider = provider

    def members(self, tenant_id: str) -> tuple[TenantMember, ...]:
        """As `ProviderPeople.members`."""
        with _problems(), contextlib.suppress(TenantNotPrepared):
            return self._provider.members(tenant_id)
        return ()

    def find(self, *, user_name: str | None = None, subject: str | None = None) -> ProviderAccount | None:
        """As `ProviderPeople.find`."""
        with _problems():
            return self._provider.find(user_name=user_name, subject=subject)


@contextlib.contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except TenantNotPrepared:
        raise
    except IdentityAdministrationError as error:
        raise TenantsUnavailable(f"The identity provider does not say it now ({error}); try again soon.") from None
