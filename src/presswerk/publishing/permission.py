"""Who may write for which tenant."""

from presswerk.declaration import Role
from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.errors import Forbidden, NotFound, SiteSuspended
from presswerk.publishing.model import Manuscript, Submitter
from presswerk.tenants import RegisteredTenant, TenantRegistry, TenantState, UnknownTenant

_NO_SUCH_TENANT = Message("There is no such tenant.")


def require_visible(tenants: TenantRegistry, principal: Principal, tenant: str) -> RegisteredTenant:
    """Let on only who may know of the tenant.

    Raises:
        NotFound: It is not the caller's, or nobody's.
    """
    try:
        found = tenants.get(tenant)
    except UnknownTenant:
        raise NotFound(_NO_SUCH_TENANT) from None
    if not principal.sees(tenant):
        raise NotFound(_NO_SUCH_TENANT)
    return found


def require_active(tenant: RegisteredTenant) -> None:
    """Let on only while the tenant takes publications.

    Raises:
        SiteSuspended: It takes none.
    """
    if tenant.state is not TenantState.ACTIVE:
        raise SiteSuspended(Message("This tenant is suspended and takes no publications; ask an operator."))


def require_writable(tenants: TenantRegistry, principal: Principal, tenant: str) -> None:
    """Let on only who may write for the tenant.

    Raises:
        NotFound: It is not the caller's, or nobody's.
        Forbidden: The caller's role is too low.
        SiteSuspended: The tenant takes no publications.
    """
    found = require_visible(tenants, principal, tenant)
    if not principal.may(Role.AUTHOR, tenant):
        raise Forbidden(Message("An operator writes for no tenant; ask a member of it."))
    require_active(found)


def require_target(principal: Principal, tenant: str, manuscript: Manuscript) -> None:
    """Let only editors publish and schedule.

    Raises:
        Forbidden: The caller may only draft.
    """
    if manuscript.target == "publish" and not principal.may(Role.EDITOR, tenant):
        raise Forbidden(
            Message('An author may create drafts only; use "target": "draft" and let an editor publish it.')
        )


def identity_of(principal: Principal) -> tuple[str, str]:
    """What a person is known by: issuer and subject."""
    return principal.issuer, principal.subject


def person_of(principal: Principal, tenant: str) -> Submitter:
    """Who writes, as a member of the tenant."""
    return Submitter(principal.issuer, principal.subject, principal.name, principal.email, principal.roles[tenant])
