"""Members who leave or are demoted, as the places that have to know it are told."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from presswerk.declaration import Role
from presswerk.identity import Departure, Departures, PlaceUnavailable
from presswerk.tenants.errors import UnknownTenant
from presswerk.tenants.invitations import Invitations
from presswerk.tenants.registry import TenantRegistry
from presswerk.tenants.vault import CannotOpen
from presswerk.wordpress import Connection, SiteClient, SiteError


class MemberDepartures:
    """Tells departures of members.

    Args:
        departures: Who tells the places.
        issuer: Of the people.
    """

    def __init__(self, departures: Departures, issuer: str) -> None:
        self._departures = departures
        self._issuer = issuer

    def changed(self, tenant_id: str, subject: str, before: Role | None, after: Role | None) -> None:
        """Tell that somebody has another role than before; None is none."""
        if after is None or (before is not None and not after.includes(before)):
            self._departures.removed(self._issuer, subject, tenant_id, after)
        else:
            self._departures.returned(self._issuer, subject, tenant_id, after)


class InvitationsPlace:
    """Invitations as one of the places: a link is worth no more than who made it."""

    name = "invitations"

    def __init__(self, invitations: Invitations) -> None:
        self._invitations = invitations

    def end(self, departure: Departure) -> None:
        """Make the links of somebody who manages the tenant no more useless."""
        if departure.role is not Role.ADMIN:
            self._invitations.revoke_of(departure.issuer, departure.subject, departure.tenant)


class SitesPlace:
    """The tenants' sites as one of the places: sessions, application passwords and roles there."""

    name = "sites"

    def __init__(
        self, tenants: TenantRegistry, open_site: Callable[[Connection], AbstractContextManager[SiteClient]]
    ) -> None:
        self._tenants = tenants
        self._open_site = open_site

    def end(self, departure: Departure) -> None:
        """End what the person has on the site; of an operator who is none any more, on every site.

        Raises:
            PlaceUnavailable: A site did not confirm.
        """
        everywhere, person = departure.tenant is None, departure.person
        for tenant_id in [tenant.id for tenant in self._tenants.list() if everywhere or tenant.id == departure.tenant]:
            role = departure.role
            if person is not None and (person.operator or everywhere):
                role = person.role_on_site(tenant_id)
            try:
                with self._open_site(self._tenants.connection(tenant_id)) as site:
                    site.end_person(departure.issuer, departure.subject, role, signed_out=departure.signed_out)
            except UnknownTenant:
                continue
            except CannotOpen as error:
                raise PlaceUnavailable(str(error)) from None
            except SiteError as error:
                raise PlaceUnavailable(str(error.reason)) from None
