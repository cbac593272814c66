"""A MariaDB cluster of a tenant's own at IONOS: made once, found again, sized by the tier, removed.

Nothing here waits: making a cluster takes minutes, so each call says how far it is, and its caller comes back.
"""

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ionoscloud_dbaas_mariadb.models.cluster_backup import ClusterBackup
from ionoscloud_dbaas_mariadb.models.cluster_create_properties import ClusterCreateProperties
from ionoscloud_dbaas_mariadb.models.cluster_ensure import ClusterEnsure
from ionoscloud_dbaas_mariadb.models.cluster_read import ClusterRead
from ionoscloud_dbaas_mariadb.models.instance_configuration import InstanceConfiguration
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_connection import MariadbClusterConnection
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_states import MariadbClusterStates as State
from ionoscloud_dbaas_mariadb.models.mariadb_user import MariadbUser

from presswerk.declaration.tier import Limits
from presswerk.runtimes.databases.errors import ClusterFailed, DatabaseRefused, ForeignCluster, InvalidCluster
from presswerk.runtimes.databases.ionos_api import IonosMariaDbApi
from presswerk.runtimes.databases.model import Encryption, TcpServer, database_name
from presswerk.runtimes.databases.shared import password_hash

ADMIN_USER = "presswerk"
TOKEN_VARIABLE = "IONOS_TOKEN"  # noqa: S105 - the variable's name

_MARK = "Presswerk tenant"
_RESERVED = tuple(
    ipaddress.IPv4Network(network)
    for network in ("10.208.0.0/12", "10.233.0.0/18", "10.233.64.0/18", "192.168.230.0/24")
)
_RAM_GB = range(4, 240 + 1)
_CORES = range(1, 62 + 1)
_STORAGE_GB = range(10, 4096 + 1)
_INSTANCES = range(1, 5 + 1)


@dataclass(frozen=True)
class ClusterSize:
    """How big a cluster is, within what IONOS sells.

    Attributes:
        instances: 1 for a single server, 2 to 5 for a primary and copies of it.
        cores: Of each.
        ram_gb: Of each.
        storage_gb: Of each; it never shrinks.
    """

    instances: int
    cores: int
    ram_gb: int
    storage_gb: int

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("instances", self.instances, _INSTANCES),
            ("cores", self.cores, _CORES),
            ("ram_gb", self.ram_gb, _RAM_GB),
            ("storage_gb", self.storage_gb, _STORAGE_GB),
        ):
            if value not in allowed:
                raise ValueError(f"{name} is {value}; IONOS has {allowed.start} to {allowed.stop - 1}")


def size_for(limits: Limits, *, instances: int = 1) -> ClusterSize:
    """A cluster as big as a tier's site: its CPU and memory rounded up, within what IONOS sells."""
    return ClusterSize(
        instances=instances,
        cores=_within(_CORES, math.ceil(limits.cpu_millicores / 1000)),
        ram_gb=_within(_RAM_GB, math.ceil(limits.memory_mib / 1024)),
        storage_gb=_within(_STORAGE_GB, limits.storage_gib),
    )


@dataclass(frozen=True)
class ClusterPlace:
    """Where clusters are put.

    Attributes:
        location: IONOS location, such as `de/txl`.
        datacenter_id: The virtual data center whose network they join.
        lan_id: Number of its private LAN, which the cluster's nodes are in too.
        first_address: The first address for a cluster, with the LAN's prefix length; each takes the next free one.
        version: Of MariaDB.
        backup_location: Where backups go; None for IONOS's choice.
        backup_days: How long they are kept.
        encryption: How one speaks with the clusters inside that LAN.
    """

    location: str
    datacenter_id: str
    lan_id: str
    first_address: ipaddress.IPv4Interface
    version: str = "10.11"
    backup_location: str | None = None
    backup_days: int = 7
    encryption: Encryption = Encryption.VERIFIED

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
class Available:
    """A cluster that can be used.

    Attributes:
        server: Where it is; its administrator is `ADMIN_USER` with the password given when it was made.
        cluster_id: IONOS's id.
        surplus: Ids of further clusters marked as this tenant's, made when an answer was lost; nothing uses them.
    """

    server: TcpServer
    cluster_id: str
    surplus: tuple[str, ...] = ()


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

    def ensure(self, tenant_id: str, admin_password: str, size: ClusterSize) -> Pending | Available:
        """Bring a tenant's cluster one step nearer to what it shall be; never a second one.

        Args:
            tenant_id: Whose it is.
            admin_password: For a new cluster; keep it before calling, since IONOS never tells it again.
            size: Of a new cluster; one that is there grows or shrinks to it, but for its storage.

        Raises:
            ValueError: It is no tenant id, or no password of 16 to 128 visible ASCII characters.
            ClusterFailed: IONOS gave it up.
            ForeignCluster: Somebody else's cluster has its name.
            DatabaseProblem: The API does not do it; its kind says why and whether to try again.
        """
        password_hash(admin_password)
        every = tuple(self._api.clusters())
        ours = self._of(tenant_id, every)
        living = [cluster for cluster in ours if _state(cluster) != State.DESTROYING]
        if not living:
            if ours:
                return Pending(State.DESTROYING.value)
            self._api.create(self._wanted(tenant_id, admin_password, size, every))
            return Pending(State.PROVISIONING.value)
        cluster, *surplus = living
        return self._brought(cluster, size, tuple(str(other.id) for other in surplus))

    def delete(self, tenant_id: str) -> bool:
        """Remove a tenant's cluster, and any further one marked as this tenant's.

        Returns:
            Whether nothing is left; if not, come back.

        Raises:
            ValueError: It is no tenant id.
            ForeignCluster: Somebody else's cluster has its name.
            DatabaseProblem: The API does not do it.
        """
        ours = self._of(tenant_id, tuple(self._api.clusters()))
        for cluster in ours:
            if _state(cluster) != State.DESTROYING:
                self._api.delete(str(cluster.id))
        return not ours

    @cached_property
    def _api(self) -> IonosMariaDbApi:
        return IonosMariaDbApi(self.api_url or self.place.api_url, self.token)

    def _of(self, tenant_id: str, every: tuple[ClusterRead, ...]) -> list[ClusterRead]:
        """A tenant's clusters, the oldest first: what a site uses stays what it uses."""
        name, mark = _cluster_name(tenant_id), self._mark(tenant_id)
        for cluster in every:
            properties = cluster.properties
            if properties and properties.name == name and _MARK not in (properties.description or ""):
                raise ForeignCluster(
                    f"cluster {cluster.id} is called {name} but its description does not begin with {mark!r}:"
                    " put that back if it is this tenant's, or give it another name"
                )
        ours = [one for one in every if one.properties and (one.properties.description or "").startswith(f"{mark};")]
        return sorted(ours, key=lambda one: (str(one.metadata and one.metadata.created_date), str(one.id)))

    def _mark(self, tenant_id: str) -> str:
        """MariaDB clusters have no labels, so the description says whose it is."""
        return f"{_MARK} {tenant_id} of {self.platform}"

    def _wanted(
        self, tenant_id: str, admin_password: str, size: ClusterSize, every: tuple[ClusterRead, ...]
    ) -> ClusterCreateProperties:
        backup = ClusterBackup(location=self.place.backup_location, retentionDays=self.place.backup_days)
        return ClusterCreateProperties(
            name=_cluster_name(tenant_id),
            description=f"{self._mark(tenant_id)}; Presswerk knows its cluster by this line.",
            version=self.place.version,
            instances=_instances(size),
            connection=MariadbClusterConnection(
                datacenterId=self.place.datacenter_id,
                lanId=self.place.lan_id,
                primaryInstanceAddress=self._free_address(every),
            ),
            credentials=MariadbUser(username=ADMIN_USER, password=admin_password, database=database_name(tenant_id)),
            backup=backup,
        )

    def _free_address(self, every: tuple[ClusterRead, ...]) -> str:
        taken = {_address(one) for one in every}
        first, network = self.place.first_address.ip, self.place.first_address.network
        for number in range(int(first), int(network.broadcast_address)):
            if ipaddress.IPv4Address(number) not in taken:
                return f"{ipaddress.IPv4Address(number)}/{network.prefixlen}"
        raise InvalidCluster(f"no address is free from {first} on in {network}", ("primaryInstanceAddress",))

    def _brought(self, cluster: ClusterRead, size: ClusterSize, surplus: tuple[str, ...]) -> Pending | Available:
        state, metadata, cluster_id = _state(cluster), cluster.metadata, str(cluster.id)
        if state == State.FAILED:
            why = (metadata and metadata.status_message) or "IONOS gives no reason"
            raise ClusterFailed(f"cluster {cluster_id} failed: {why}; delete it at IONOS to have another one made")
        if state == State.PROVISIONING or metadata is None or metadata.dns_name is None:
            return Pending(state.value)
        if state == State.AVAILABLE:
            self._resize(cluster, size)
        return Available(TcpServer(metadata.dns_name, encryption=self.place.encryption), cluster_id, surplus)

    def _resize(self, cluster: ClusterRead, size: ClusterSize) -> None:
        properties = cluster.properties
        if properties is None or properties.instances is None:
            return
        wanted = _instances(size)
        # Storage cannot shrink, and asking for it would refuse the rest of the change too.
        wanted.storage_size = max(size.storage_gb, properties.instances.storage_size or 0)
        if properties.instances != wanted:
            changed = properties.model_copy(update={"instances": wanted})
            self._api.replace(ClusterEnsure(id=cluster.id, properties=changed))


def _address(cluster: ClusterRead) -> ipaddress.IPv4Address | None:
    """Another's cluster may have one that is none."""
    connection = cluster.properties and cluster.properties.connection
    try:
        return ipaddress.IPv4Interface((connection and connection.primary_instance_address) or "").ip
    except ValueError:
        return None


def _cluster_name(tenant_id: str) -> str:
    """As IONOS's console shows it.

    Raises:
        ValueError: It is no tenant id.
    """
    database_name(tenant_id)
    return f"presswerk-{tenant_id}"


def _instances(size: ClusterSize) -> InstanceConfiguration:
    return InstanceConfiguration(count=size.instances, ram=size.ram_gb, cores=size.cores, storageSize=size.storage_gb)


def _state(cluster: ClusterRead) -> State:
    """A cluster that does not say is one that is just being made."""
    return (cluster.metadata and cluster.metadata.state) or State.PROVISIONING


def _within(allowed: range, value: int) -> int:
    return min(max(value, allowed.start), allowed.stop - 1)
