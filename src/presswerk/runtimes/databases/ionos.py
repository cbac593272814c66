"""A MariaDB cluster of a tenant's own at IONOS: made once, found again, sized by the tier, removed.

Nothing here waits: making a cluster takes minutes, so each call says how far it is, and its caller comes back.
"""

import ipaddress
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from presswerk.declaration.tier import Limits
from presswerk.runtimes.databases.errors import ClusterFailed, DatabaseRefused, ForeignCluster, InvalidCluster
from presswerk.runtimes.databases.ionos_api import IonosMariaDbApi, Json, part
from presswerk.runtimes.databases.model import TcpServer, database_name
from presswerk.runtimes.databases.shared import password_hash

ADMIN_USER = "presswerk"
TOKEN_VARIABLE = "IONOS_TOKEN"  # noqa: S105 - the variable's name

PROVISIONING, AVAILABLE, DESTROYING, FAILED = "PROVISIONING", "AVAILABLE", "DESTROYING", "FAILED"
_MARK = "Presswerk tenant"
_VERSION = "10.11"
_BACKUP_DAYS = 7
_RESERVED = tuple(
    ipaddress.IPv4Network(network)
    for network in ("10.208.0.0/12", "10.233.0.0/18", "10.233.64.0/18", "192.168.230.0/24")
)

ClusterSize = Mapping[str, int]
"""How big a cluster is, as the API has it: `count` of instances, of each `cores`, `ram` and `storageSize` in GB."""


def size_for(limits: Limits) -> ClusterSize:
    """A single server as big as a tier's site: its CPU and memory rounded up, within what IONOS sells."""
    return {
        "count": 1,
        "cores": _within(1, math.ceil(limits.cpu_millicores / 1000), 62),
        "ram": _within(4, math.ceil(limits.memory_mib / 1024), 240),
        "storageSize": _within(10, limits.storage_gib, 4096),
    }


@dataclass(frozen=True)
class ClusterPlace:
    """Where clusters are put.

    Attributes:
        location: IONOS location, such as `de/txl`.
        datacenter_id: The virtual data center whose network they join.
        lan_id: Number of its private LAN, which the cluster's nodes are in too.
        first_address: The first address for a cluster, with the LAN's prefix length; each takes the next free one.
    """

    location: str
    datacenter_id: str
    lan_id: str
    first_address: ipaddress.IPv4Interface

    def __post_init__(self) -> None:
        for network in _RESERVED:
            if network.overlaps(self.first_address.network):
                raise ValueError(f"first_address: {self.first_address} lies in {network}, which IONOS keeps for itself")

    @property
    def api_url(self) -> str:
        """Base URL of the location's API."""
        return f"https://mariadb.{'-'.join(self.location.split('/')[:2])}.ionos.com/v2"


@dataclass(frozen=True)
class Pending:
    """A cluster that cannot be used yet.

    Attributes:
        state: What IONOS is doing, such as `PROVISIONING`.
    """

    state: str


@dataclass(frozen=True)
class IonosDatabases:
    """The clusters of one platform's tenants.

    Attributes:
        platform: What tells this platform's clusters from another's in the same contract: its domain.
        place: Where they are.
        token: The contract's.
        api_url: Another base URL than the location's.
    """

    platform: str
    place: ClusterPlace
    token: str = field(repr=False)
    api_url: str | None = None

    @classmethod
    def from_environment(cls, platform: str, place: ClusterPlace, environment: Mapping[str, str]) -> "IonosDatabases":
        """With the token of the environment.

        Raises:
            DatabaseRefused: There is none.
        """
        token = environment.get(TOKEN_VARIABLE, "")
        if not token:
            raise DatabaseRefused(f"{TOKEN_VARIABLE} is not set; give it a token of the IONOS contract")
        return cls(platform, place, token)

    def ensure(self, tenant_id: str, admin_password: str, size: ClusterSize) -> Pending | TcpServer:
        """Bring a tenant's cluster one step nearer to what it shall be; never a second one.

        Where two are marked as this tenant's, since an answer was lost, the older one stays the one that is used.

        Args:
            tenant_id: Whose it is.
            admin_password: For a new cluster; keep it before calling, since IONOS never tells it again.
            size: Of a new cluster; one that is there grows or shrinks to it, but for its storage.

        Returns:
            How far it is, or where it is; its administrator is `ADMIN_USER` with the password it was made with.

        Raises:
            ValueError: It is no tenant id, or no password of 16 to 128 visible ASCII characters.
            ClusterFailed: IONOS gave it up.
            ForeignCluster: Somebody else's cluster has its name.
            DatabaseProblem: The API does not do it; its kind says why and whether to try again.
        """
        password_hash(admin_password)
        every = tuple(self._api.clusters())
        ours = self._of(tenant_id, every)
        living = [cluster for cluster in ours if _state(cluster) != DESTROYING]
        if living:
            return self._brought(living[0], size)
        if ours:
            return Pending(DESTROYING)
        self._api.create(self._wanted(tenant_id, admin_password, size, every))
        return Pending(PROVISIONING)

    def delete(self, tenant_id: str) -> bool:
        """Remove a tenant's cluster, and any further one marked as this tenant's.

        Returns:
            Whether nothing is left; if not, come back.

        Raises:
            ValueError: It is no tenant id.
            ForeignCluster: Somebody else's cluster has its name.
            DatabaseProblem: The API does not do it.
        """
        ours = self._of(tenant_id, self._api.clusters())
        for cluster in ours:
            if _state(cluster) != DESTROYING:
                self._api.delete(str(cluster["id"]))
        return not ours

    @cached_property
    def _api(self) -> IonosMariaDbApi:
        return IonosMariaDbApi(self.api_url or self.place.api_url, self.token)

    def _of(self, tenant_id: str, every: Iterable[Json]) -> list[Json]:
        """A tenant's clusters, the oldest first: what a site uses stays what it uses."""
        name, mark, ours = _cluster_name(tenant_id), self._mark(tenant_id), []
        for cluster in every:
            properties = part(cluster, "properties")
            description = str(properties.get("description") or "")
            if properties.get("name") == name and _MARK not in description:
                raise ForeignCluster(
                    f"cluster {cluster.get('id')} is called {name} but its description does not begin with {mark!r}:"
                    " put that back if it is this tenant's, or give it another name"
                )
            if description.startswith(f"{mark};"):
                ours.append(cluster)
        return sorted(ours, key=lambda one: (str(part(one, "metadata").get("createdDate")), str(one["id"])))

    def _mark(self, tenant_id: str) -> str:
        """MariaDB clusters have no labels, so the description says whose it is."""
        return f"{_MARK} {tenant_id} of {self.platform}"

    def _wanted(self, tenant_id: str, admin_password: str, size: ClusterSize, every: Iterable[Json]) -> Json:
        return {
            "name": _cluster_name(tenant_id),
            "description": f"{self._mark(tenant_id)}; Presswerk knows its cluster by this line.",
            "version": _VERSION,
            "instances": dict(size),
            "connection": {
                "datacenterId": self.place.datacenter_id,
                "lanId": self.place.lan_id,
                "primaryInstanceAddress": self._free_address(every),
            },
            "credentials": {"username": ADMIN_USER, "password": admin_password, "database": database_name(tenant_id)},
            "backup": {"retentionDays": _BACKUP_DAYS},
        }

    def _free_address(self, every: Iterable[Json]) -> str:
        taken = {_address(one) for one in every}
        first, network = self.place.first_address.ip, self.place.first_address.network
        for number in range(int(first), int(network.broadcast_address)):
            if ipaddress.IPv4Address(number) not in taken:
                return f"{ipaddress.IPv4Address(number)}/{network.prefixlen}"
        raise InvalidCluster(f"no address is free from {first} on in {network}")

    def _brought(self, cluster: Json, size: ClusterSize) -> Pending | TcpServer:
        state, metadata, cluster_id = _state(cluster), part(cluster, "metadata"), str(cluster["id"])
        if state == FAILED:
            why = metadata.get("statusMessage") or "IONOS gives no reason"
            raise ClusterFailed(f"cluster {cluster_id} failed: {why}; delete it at IONOS to have another one made")
        host = metadata.get("dnsName")
        if state == PROVISIONING or host is None:
            return Pending(state)
        if state == AVAILABLE:
            self._resize(cluster_id, part(cluster, "properties"), size)
        return TcpServer(str(host))

    def _resize(self, cluster_id: str, properties: Json, size: ClusterSize) -> None:
        instances = part(properties, "instances")
        # Storage cannot shrink, and asking for it would refuse the rest of the change too.
        wanted = {**size, "storageSize": max(size["storageSize"], instances.get("storageSize") or 0)}
        if instances and any(instances.get(name) != value for name, value in wanted.items()):
            self._api.replace(cluster_id, {**properties, "instances": wanted})


def _address(cluster: Json) -> ipaddress.IPv4Address | None:
    """Another's cluster may have one that is none."""
    connection = part(part(cluster, "properties"), "connection")
    try:
        return ipaddress.IPv4Interface(str(connection.get("primaryInstanceAddress"))).ip
    except ValueError:
        return None


def _cluster_name(tenant_id: str) -> str:
    """As IONOS's console shows it.

    Raises:
        ValueError: It is no tenant id.
    """
    database_name(tenant_id)
    return f"presswerk-{tenant_id}"


def _state(cluster: Json) -> str:
    """A cluster that does not say is one that is just being made."""
    return str(part(cluster, "metadata").get("state") or PROVISIONING)


def _within(least: int, value: int, most: int) -> int:
    return min(max(value, least), most)
