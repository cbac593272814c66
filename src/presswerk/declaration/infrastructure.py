"""What is declared of the cluster and the databases that IONOS runs, beside the nodes."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from presswerk.declaration.declared import Declaration


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{error}; give a network such as 203.0.113.0/24") from None
    return text


def _address_in_network(text: str) -> str:
    try:
        given = ipaddress.ip_interface(text)
    except ValueError as error:
        raise ValueError(f"{error}; give an address and its network, such as 10.7.222.10/24") from None
    if "/" not in text or not given.is_private:
        raise ValueError("give a private address and its network, such as 10.7.222.10/24")
    return text


_Instances = Annotated[int, Field(ge=1, le=5)]
_Cores = Annotated[int, Field(ge=1, le=62)]
Network = Annotated[str, AfterValidator(_network)]
PrivateAddress = Annotated[str, AfterValidator(_address_in_network)]
"""An address with its network, such as `10.7.222.240/24`, in the private LAN of databases and nodes; None takes one of
the range that IONOS gives that LAN."""


class Maintenance(Declaration):
    """When IONOS may restart nodes and databases.

    Attributes:
        day: In English.
        time: In UTC; a window is four hours long.
    """

    day: Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] = "Sunday"
    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "02:00"


class KubernetesCluster(Declaration):
    """The managed Kubernetes cluster.

    Attributes:
        kubernetes_version: Of cluster and nodes, such as `1.34.2`; None takes the newest that IONOS offers at first.
        api_allow_list: Networks that reach the Kubernetes API; empty lets everybody try.
        maintenance: For nodes and databases.
    """

    kubernetes_version: Annotated[str, Field(pattern=r"^1\.\d{2}\.\d{1,2}$")] | None = None
    api_allow_list: tuple[Network, ...] = ()
    maintenance: Maintenance = Maintenance()


class Postgres(Declaration):
    """PostgreSQL of Authentik, Open WebUI and the hub; sizes are of each instance."""

    instances: _Instances = 2
    cores: _Cores = 2
    ram_gib: Annotated[int, Field(ge=2, le=240)] = 4
    storage_gib: Annotated[int, Field(ge=10, le=4_000)] = 20
    address: PrivateAddress | None = None


class MariaDb(Declaration):
    """MariaDB of the sites; sizes are of each instance."""

    instances: _Instances = 1
    cores: _Cores = 2
    ram_gib: Annotated[int, Field(ge=4, le=240)] = 4
    storage_gib: Annotated[int, Field(ge=10, le=2_000)] = 50
    address: PrivateAddress | None = None


class Redis(Declaration):
    """The in-memory database of Open WebUI; sizes are of each replica."""

    replicas: _Instances = 1
    cores: _Cores = 1
    ram_gib: Annotated[int, Field(ge=4, le=240)] = 4
    address: PrivateAddress | None = None


class ManagedDatabases(Declaration):
    """The databases that IONOS runs for the platform.

    Attributes:
        postgres: Of Authentik, Open WebUI and the hub.
        mariadb: Of the sites.
        redis: Of Open WebUI; None has the cluster run one for it, in a single pod and without a bill.
    """

    postgres: Postgres = Postgres()
    mariadb: MariaDb = MariaDb()
    redis: Redis | None = Redis()
