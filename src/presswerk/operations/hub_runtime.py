"""What a hub has where it runs, on one machine or on a cluster: here, and only here, its runtime is chosen."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, Protocol

from sqlalchemy import Engine

from presswerk.errors import PresswerkError
from presswerk.identity.departures import DeparturePlace
from presswerk.operations.backup.policy import due
from presswerk.operations.checks import Target
from presswerk.operations.doctor import Silences
from presswerk.operations.doctor.report import Known, nobody_knows
from presswerk.tenants import DeclaredPlatform, MemberRuntime, TenantRegistry
from presswerk.tenants.backups import BackupRecords
from presswerk.tenants.provider_people import ProviderPeople


class Companion(Protocol):
    """Something that works beside the hub's routes while the hub runs."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self) -> None:
        """End; returns when it has."""
        ...


@dataclass(frozen=True)
class HubRuntime:
    """What depends on where a hub runs.

    Attributes:
        tenants: Where its tenants are.
        touch: Told the id of each tenant whose members are to be brought to the identity provider.
        companions: What works beside it.
        places: Who else is told of people who leave.
        targets: Everything there is to ask of the installation; None where the hub knows it all itself.
        silenced: Which findings somebody knows of.
        first_password: What a new account of this user name was made with; None where accounts are not ours to make.
    """

    tenants: MemberRuntime
    touch: Callable[[str], None]
    companions: tuple[Companion, ...] = ()
    places: tuple[DeparturePlace, ...] = ()
    targets: Callable[[], Sequence[Target] | None] = lambda: None
    silenced: Known = nobody_knows
    first_password: Callable[[str], str | None] = lambda _user_name: None


def hub_runtime(
    kind: Literal["local", "cluster"],
    engine: Engine,
    registry: TenantRegistry,
    declared: DeclaredPlatform,
    *,
    state: Path | None,
    people: ProviderPeople | None,
) -> HubRuntime:
    """The runtime of a hub.

    Args:
        kind: Which one it is.
        engine: The hub's database.
        registry: Where sites are.
        declared: The platform.
        state: The state directory of the installation on this machine that the hub belongs to, if any.
        people: As the identity provider has them; None where it cannot be asked.

    Raises:
        NoCluster: The tenants are on a cluster, and none is named.
    """
    if kind == "cluster":
        return _on_a_cluster(declared, people)
    return _on_this_machine(engine, registry, declared, state)


# Each runtime brings its whole room along, and a hub has only one of them: so they are imported where one is chosen.


def _on_a_cluster(declared: DeclaredPlatform, people: ProviderPeople | None) -> HubRuntime:
    from presswerk.kubernetes.connection import KubeContext, connect  # noqa: PLC0415
    from presswerk.runtimes.cluster.tenants import FIELD_MANAGER, ClusterRuntime, DueRemovals  # noqa: PLC0415

    tenants = ClusterRuntime(connect(KubeContext(), field_manager=FIELD_MANAGER), declared, people)
    return HubRuntime(tenants, lambda _tenant_id: None, companions=(DueRemovals(tenants),))


def _on_this_machine(
    engine: Engine, registry: TenantRegistry, declared: DeclaredPlatform, state: Path | None
) -> HubRuntime:
    from presswerk.operations.chat_departures import ChatPlace  # noqa: PLC0415
    from presswerk.operations.worker import BackupWorker, TenantWorker  # noqa: PLC0415
    from presswerk.runtimes.local.layout import Layout  # noqa: PLC0415
    from presswerk.runtimes.local.secrets import Secrets, person_password  # noqa: PLC0415
    from presswerk.runtimes.local.tenants import LocalRuntime  # noqa: PLC0415

    changed: SimpleQueue[str] = SimpleQueue()
    tenants = LocalRuntime(engine, registry, declared, changed=changed.put)
    if state is None:
        return HubRuntime(tenants, tenants.touch)
    return HubRuntime(
        tenants,
        tenants.touch,
        companions=(
            TenantWorker(tenants, changed, state),
            BackupWorker(state, lambda: _is_backup_due(engine, tenants, declared)),
        ),
        places=(ChatPlace(state),),
        targets=lambda: _targets(state),
        silenced=Silences(state).of,
        first_password=lambda user_name: Secrets.open(Layout(state)).get(person_password(user_name)),
    )


def _is_backup_due(engine: Engine, tenants: MemberRuntime, declared: DeclaredPlatform) -> bool:
    now, records = dt.datetime.now(dt.UTC), BackupRecords(engine)
    for known in tenants.list():
        if known.applied == 0:
            continue
        policy = declared.platform.tiers[known.tenant.tier].backup
        wanted = due(known.id, policy, records.list(known.id), now)
        if wanted.take or wanted.prove is not None:
            return True
    return False


def _targets(state: Path) -> Sequence[Target] | None:
    """On one machine the hub's page asks the very same as `presswerk status`."""
    from presswerk.operations.local_targets import targets_of  # noqa: PLC0415
    from presswerk.runtimes.local.installation import remembered  # noqa: PLC0415

    try:
        return targets_of(remembered(state))
    except PresswerkError:
        # A damaged file keeps nobody from asking what does not need it; `presswerk status` names the file.
        return None
