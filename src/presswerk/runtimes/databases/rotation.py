"""Change a tenant's database password while its site goes on answering."""

import time
from collections.abc import Callable

from presswerk.runtimes.databases.errors import DatabaseBusy
from presswerk.runtimes.databases.model import DatabaseAccess, UserLimits
from presswerk.runtimes.databases.shared import MariaDbAdmin

_LOOK_SECONDS = 0.2

Switch = Callable[[DatabaseAccess], None]
"""Records a tenant's access where it is kept, then brings the site to it; repeating it does no harm.

When it returns, no request may begin with another access, but for those of processes that remember the former
configuration for at most the seconds that `rotate` is told to wait.
"""


def rotate(
    admin: MariaDbAdmin,
    tenant_id: str,
    current: DatabaseAccess,
    new_password: str,
    *,
    limits: UserLimits,
    switch: Switch,
    quiet_seconds: float = 5.0,
    patience_seconds: float = 120.0,
) -> DatabaseAccess:
    """Give a tenant's site a new password: both are good until nobody uses the old one.

    Interrupted anywhere, it leaves a site that works; repeated, with the access that `switch` recorded last and the
    same or another new password, it ends as if it had not been interrupted.

    Args:
        admin: Of the server that has the database.
        tenant_id: Whose password changes.
        current: The access recorded last.
        new_password: 16 to 128 visible ASCII characters.
        limits: What the tenant's user may take.
        switch: Records an access and brings the site to it.
        quiet_seconds: How long nobody may have used the old password before it ends: longer than PHP takes to notice
            that a file has changed (`opcache.revalidate_freq`, 2 s unless set).
        patience_seconds: How long to wait for that quiet.

    Returns:
        The new access, the only one that is good now.

    Raises:
        ValueError: The current user or the new password is not what it must be.
        DatabaseBusy: The old password was in use until the end of the patience; both are good, try again later.
        DatabaseProblem: The server is not there or does not do it.
    """
    patience = {"quiet_seconds": quiet_seconds, "patience_seconds": patience_seconds}
    if len(admin.users(tenant_id)) > 1:
        # An interrupted rotation: the site may be at either user, and only one that it does not use can be changed.
        _settle(admin, tenant_id, current, switch=switch, **patience)
    new = admin.rotate(tenant_id, new_password, limits, in_use=current.user)
    _settle(admin, tenant_id, new, switch=switch, **patience)
    return new


def _settle(
    admin: MariaDbAdmin,
    tenant_id: str,
    access: DatabaseAccess,
    *,
    switch: Switch,
    quiet_seconds: float,
    patience_seconds: float,
) -> None:
    switch(access)
    for former in admin.users(tenant_id):
        if former != access.user:
            _await_quiet(admin, tenant_id, former, quiet_seconds, patience_seconds)
    admin.retire(tenant_id, keep=access.user)


def _await_quiet(admin: MariaDbAdmin, tenant_id: str, user: str, quiet_seconds: float, patience_seconds: float) -> None:
    began = quiet_since = time.monotonic()
    last = admin.activity(tenant_id, user)
    while (now := time.monotonic()) - quiet_since < quiet_seconds:
        if now - began > patience_seconds:
            raise DatabaseBusy(
                f"{user} was in use until the end of {patience_seconds:.0f} s; both passwords of {tenant_id} are good"
            )
        time.sleep(min(_LOOK_SECONDS, quiet_seconds))
        seen = admin.activity(tenant_id, user)
        if seen.sessions > 0 or seen != last:
            quiet_since = time.monotonic()
        last = seen
