"""Tenants of a cluster, by its own API."""

from collections.abc import Iterable
from pathlib import Path

from presswerk.declaration import Role, load_platform
from presswerk.errors import PresswerkError
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.kinds import Kind, Ref
from presswerk.operations.tenants.access import InvitationLink, MemberChange, Progress, TenantAccess, follow
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE
from presswerk.runtimes.cluster.tenants import ClusterRuntime
from presswerk.tenants import DeclaredPlatform, KeptAtProvider, Member, TenantService
from presswerk.tenants.checking import TenantCheck

_PLATFORM = Ref(Kind("v1", "ConfigMap", "configmaps"), PLATFORM_NAMESPACE, "presswerk-platform")


def of_a_cluster(kubeconfig: Path, progress: Progress) -> TenantAccess:
    """Those of a cluster, with the rights of whom the file signs in.

    Raises:
        PresswerkError: The cluster cannot be asked, or has no platform.
    """
    api = connect(KubeContext(kubeconfig))
    body = api.get(_PLATFORM)
    if body is None:
        raise PresswerkError(f"{_PLATFORM} is not on the cluster.", "Run `presswerk deploy` first.")
    platform = load_platform(body["data"]["platform.yaml"], source=str(_PLATFORM))
    runtime = ClusterRuntime(api, DeclaredPlatform(platform, "platform.yaml"))
    return TenantAccess(
        TenantService(runtime, platform),
        ClusterPeople(),
        lambda known: follow(runtime, known, progress),
        lambda known: platform.allotment(known.tenant),
        _not_from_here,
    )


def _not_from_here(tenant_id: str) -> Iterable[TenantCheck]:
    raise PresswerkError(
        f"The site of {tenant_id} is asked from inside of the cluster only.",
        "Let its hub do it: `presswerk tenant test --hub ADDRESS`.",
    )


class ClusterPeople:
    """Of a cluster, which does not know them."""

    def list(self, tenant_id: str) -> tuple[Member, ...]:
        """As `TenantPeople.list`."""
        raise self._refused(tenant_id)

    def put(self, member: Member) -> MemberChange:
        """As `TenantPeople.put`."""
        raise self._refused(member.tenant)

    def remove(self, tenant_id: str, user_name: str) -> bool:
        """As `TenantPeople.remove`."""
        raise self._refused(tenant_id)

    def invite(self, tenant_id: str, role: Role, email: str | None) -> InvitationLink:
        """As `TenantPeople.invite`."""
        raise self._refused(tenant_id)

    def _refused(self, tenant_id: str) -> KeptAtProvider:
        return KeptAtProvider(
            f"Who belongs to {tenant_id} the cluster does not know, but its identity provider. Ask its hub, with --hub."
        )
