"""What the real provider refuses of the arguments that our module sets, value by value.

Terraform's schema carries types and nothing else: the real provider checks values in its own code when it plans. These
are its checks, read in the source of `ionos-cloud/terraform-provider-ionoscloud` 6.7.34 (`ionoscloud/resource_*.go`,
`internal/framework/services/*/resource_*.go`). An argument that is missing here is refused, so that whoever sets a new
one looks it up there first.
"""

import ipaddress
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgpack import ExtType  # type: ignore[import-untyped]  # it has no types
from tf.types import Unknown  # type: ignore[import-untyped]  # it has no types

Rule = Callable[[Any], str | None]
"""Why a value is refused; None where it is not."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KEPT_BY_IONOS = tuple(
    ipaddress.ip_network(each, strict=False) for each in ("10.233.64.0/18", "10.233.0.0/18", "10.233.114.0/24")
)


def _anything(_value: Any) -> None:
    """The provider passes it on unchecked; the cloud's API has the last word."""


def _pattern(pattern: str, told: str) -> Rule:
    return lambda value: None if re.search(pattern, value) else told


def _one_of(*values: str) -> Rule:
    return lambda value: None if value in values else f"expected one of {', '.join(values)}, got {value}"


def _length(least: int, most: int) -> Rule:
    return lambda value: None if least <= len(value) <= most else f"expected a length of {least} to {most}"


def _between(least: int, most: float) -> Rule:
    return lambda value: None if least <= value <= most else f"expected {least} to {most}, got {value}"


def _all(*rules: Rule) -> Rule:
    return lambda value: next((told for rule in rules if (told := rule(value))), None)


def _uuid(value: str) -> str | None:
    try:
        uuid.UUID(value)
    except ValueError:
        return f"expected a valid UUID, got {value}"
    return None


def _free_address(value: str) -> str | None:
    address = ipaddress.ip_interface(value).ip
    return "this range is unavailable" if any(address in network for network in _KEPT_BY_IONOS) else None


_not_blank = _pattern(r"\S", "expected not to be an empty string or whitespace")
_day = _one_of(*_DAYS, *(day.lower() for day in _DAYS))
_registry_name = _pattern(
    r"^[a-z][-a-z0-9]{1,61}[a-z0-9]$",
    "must start with a lowercase letter, contain only lowercase alphanumeric characters or hyphens, and be 3-63"
    " characters long",
)
_WINDOW_PASSED_ON = {"maintenance_window.day_of_the_week": _anything, "maintenance_window.time": _anything}

RULES: Mapping[str, Mapping[str, Rule]] = {
    "ionoscloud_datacenter": {
        "name": _not_blank,
        "location": _anything,
        "description": _anything,
        "sec_auth_protection": _anything,
    },
    "ionoscloud_lan": {"datacenter_id": _not_blank, "name": _anything, "public": _anything},
    "ionoscloud_k8s_cluster": {
        "name": _not_blank,
        "k8s_version": _anything,
        "api_subnet_allow_list": _anything,
        "allow_replace": _anything,
        "public": _anything,
        "maintenance_window.day_of_the_week": _not_blank,
        "maintenance_window.time": _not_blank,
    },
    "ionoscloud_k8s_node_pool": {
        "name": _not_blank,
        "datacenter_id": _uuid,
        "k8s_cluster_id": _uuid,
        "k8s_version": _anything,
        "availability_zone": _one_of("AUTO", "ZONE_1", "ZONE_2"),
        "node_count": _anything,
        "cores_count": _anything,
        "ram_size": _anything,
        "storage_size": _anything,
        "storage_type": _not_blank,
        "server_type": _one_of("DedicatedCore", "VCPU"),
        "cpu_family": _not_blank,
        "allow_replace": _anything,
        "lans.id": _anything,
        "lans.dhcp": _anything,
        "auto_scaling.min_node_count": _between(1, float("inf")),
        "auto_scaling.max_node_count": _between(1, float("inf")),
        "maintenance_window.day_of_the_week": _not_blank,
        "maintenance_window.time": _not_blank,
    },
    "ionoscloud_pg_cluster_v2": {
        "name": _anything,
        "version": _anything,
        "location": _anything,
        "replication_mode": _anything,
        **{f"instances.{each}": _anything for each in ("count", "cores", "ram", "storage_size")},
        **{f"connections.{each}": _anything for each in ("datacenter_id", "lan_id", "primary_instance_address")},
        **{f"credentials.{each}": _anything for each in ("username", "database", "password", "password_version")},
        **{f"backup.{each}": _anything for each in ("location", "retention_days")},
        **_WINDOW_PASSED_ON,
    },
    "ionoscloud_mariadb_cluster": {
        "display_name": _all(
            _length(1, 63),
            _pattern(r"^(\w|:|\-|\ |\.)+$", "must contain only word characters, colons, hyphens, spaces, or dots"),
        ),
        "location": _anything,
        "mariadb_version": _length(1, 1_000),
        "instances": _between(1, 5),
        "cores": _between(1, float("inf")),
        "ram": _between(4, float("inf")),
        "storage_size": _between(10, 2_000),
        "connections.datacenter_id": _uuid,
        "connections.lan_id": _not_blank,
        "connections.cidr": _free_address,
        "credentials.username": _all(
            _length(1, 16), _pattern(r"^[a-zA-Z]([a-zA-Z0-9]+_)*[a-zA-Z0-9]+$", "must start with a letter")
        ),
        "credentials.password": _all(_length(10, 63), _not_blank),
        "maintenance_window.time": _pattern(
            r"^(2[0-3]|[01]?[0-9]):([0-5]?[0-9]):([0-5]?[0-9])$", "must be in HH:MM:SS format"
        ),
        "maintenance_window.day_of_the_week": _day,
    },
    "ionoscloud_inmemorydb_cluster_v2": {
        "name": _anything,
        "version": _anything,
        "location": _anything,
        "persistence_mode": _anything,
        "eviction_policy": _anything,
        **{f"instances.{each}": _anything for each in ("count", "cores", "ram")},
        **{f"connections.{each}": _anything for each in ("datacenter_id", "lan_id", "primary_instance_address")},
        **{f"credentials.{each}": _anything for each in ("username", "password.algorithm", "password.hash")},
        **{f"snapshot.{each}": _anything for each in ("location", "retention_days", "snapshot_hours")},
        **_WINDOW_PASSED_ON,
    },
    "ionoscloud_s3_bucket": {
        "name": _length(3, 63),
        "region": _anything,
        "force_destroy": _anything,
        "object_lock_enabled": _anything,
    },
    "ionoscloud_s3_bucket_versioning": {
        "bucket": _length(3, 63),
        "versioning_configuration.status": _one_of("Enabled", "Suspended"),
    },
    "ionoscloud_object_storage_accesskey": {"description": _anything},
    "ionoscloud_container_registry": {
        "name": _registry_name,
        "location": _not_blank,
        "garbage_collection_schedule.days": lambda days: next((told for day in days if (told := _day(day))), None),
        "garbage_collection_schedule.time": _anything,
    },
    "ionoscloud_container_registry_token": {
        "name": _registry_name,
        "registry_id": _uuid,
        "status": _one_of("enabled", "disabled"),
        **{f"scopes.{each}": _anything for each in ("type", "name", "actions")},
    },
    "ionoscloud_ipblock": {"name": _anything, "location": _not_blank, "size": _anything},
    "ionoscloud_dns_zone": {"name": _anything},
    "ionoscloud_dns_record": dict.fromkeys(("zone_id", "name", "type", "content", "ttl"), _anything),
}

DEPRECATED = {"ionoscloud_inmemorydb_replicaset": "ionoscloud_inmemorydb_cluster_v2"}

_hms = _pattern(r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$", "a time such as 02:00:00")
DOCUMENTED: Mapping[str, Mapping[str, Rule]] = {
    "ionoscloud_pg_cluster_v2": {
        "replication_mode": _one_of("ASYNCHRONOUS", "STRICTLY_SYNCHRONOUS"),
        "maintenance_window.time": _hms,
        "maintenance_window.day_of_the_week": _one_of(*_DAYS),
    },
    "ionoscloud_inmemorydb_cluster_v2": {
        "name": _pattern(r"^[A-Za-z0-9][-A-Za-z0-9_.]{0,61}[A-Za-z0-9]$", "2-63 characters"),
        "instances.count": _between(1, 5),
        "instances.cores": _between(1, 62),
        "instances.ram": _between(4, 240),
        "persistence_mode": _one_of("None", "AOF", "RDB", "RDB_AOF"),
        "eviction_policy": _one_of(
            "noeviction",
            *(f"{of}-{how}" for of in ("allkeys", "volatile") for how in ("lru", "lfu", "random")),
            "volatile-ttl",
        ),
        "credentials.username": _pattern(r"^\w{2,16}$", "2-16 characters"),
        "credentials.password.algorithm": _one_of("SHA-256"),
        "credentials.password.hash": _pattern(r"^[0-9a-f]{64}$", "64 lowercase hex characters"),
        "snapshot.retention_days": _between(1, 365),
        "snapshot.snapshot_hours": lambda hours: None if hours and all(0 <= each <= 23 for each in hours) else "0-23",
        "maintenance_window.time": _hms,
        "maintenance_window.day_of_the_week": _one_of(*_DAYS),
    },
}
"""What the two that the provider checks nothing of are refused for by their APIs: the ranges of the provider's pages
(`docs/resources/*.md`) and of the SDK's models. Told when they are applied, not when they are planned."""


def refused(kind: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The path of each value that a plan is refused for, with the reason."""
    rules = RULES.get(kind)
    if rules is None:
        yield (
            "",
            f"{kind} is not looked up in the provider's source yet; add its checks to tests.support.terraform_rules",
        )
        return
    for path, value in _set(values):
        if path not in rules:
            yield path, "is not looked up in the provider's source yet; add its check to tests.support.terraform_rules"
        elif told := rules[path](value):
            yield path, told


def refused_by_api(kind: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The same for what the cloud itself refuses when it is applied."""
    rules = DOCUMENTED.get(kind, {})
    for path, value in _set(values):
        if path in rules and (told := rules[path](value)):
            yield path, told


def _set(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        path = before + name
        if value is None or value == [] or _unknown(value):
            continue
        if isinstance(value, dict):
            yield from _set(value, f"{path}.")
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            for each in value:
                yield from _set(each, f"{path}.")
        elif not (isinstance(value, list) and any(_unknown(each) for each in value)):
            yield path, value


def _unknown(value: Any) -> bool:
    # With what Terraform knows of it all the same, such as that it is not null, it comes as an extension of msgpack.
    return value is Unknown or isinstance(value, ExtType)
