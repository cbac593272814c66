"""What may be declared of cluster and databases, and how what may not is told."""

from typing import Any

import pytest
import yaml

from presswerk.declaration import DeclarationError, Platform, load_platform
from presswerk.infrastructure.terraform.variables import tfvars

_ADDRESS = {"address": "10.7.222.10/24"}


def _loaded(**declared: Any) -> Platform:
    return load_platform(yaml.safe_dump({"tenants": [{"id": "acme", "name": "Acme"}], **declared}), source="p.yaml")


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"cluster": {"api_allow_list": ["everybody"]}}, "cluster.api_allow_list.0: "),
        ({"cluster": {"api_allow_list": ["203.0.113.7/24"]}}, "host bits set; give a network such as 203.0.113.0/24"),
        ({"cluster": {"kubernetes_version": "latest"}}, "cluster.kubernetes_version: "),
        ({"cluster": {"maintenance": {"day": "Sonntag"}}}, "cluster.maintenance.day: "),
        ({"cluster": {"maintenance": {"time": "25:00"}}}, "cluster.maintenance.time: "),
        ({"databases": {"mariadb": {"ram_gib": 2}}}, "databases.mariadb.ram_gib: "),
        ({"databases": {"redis": {"address": "10.7.222.12"}}}, "give a private address and its network, such as"),
        ({"databases": {"redis": {"address": "203.0.114.1/24"}}}, "give a private address and its network, such as"),
        ({"databases": {"redis": _ADDRESS, "mariadb": _ADDRESS}}, "databases: two of them have the same address"),
    ],
)
def test_what_cannot_be_is_refused_by_name(declared: dict[str, Any], told: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        _loaded(**declared)
    assert told in str(refused.value)


def test_what_is_declared_is_what_terraform_is_told() -> None:
    told = tfvars(
        _loaded(
            cluster={
                "kubernetes_version": "1.34.2",
                "api_allow_list": ["203.0.113.0/24"],
                "maintenance": {"day": "Monday", "time": "03:30"},
            },
            databases={"postgres": {"instances": 3}, "redis": {"replicas": 2}},
        )
    )
    assert told["kubernetes_version"] == "1.34.2"
    assert told["api_allow_list"] == ["203.0.113.0/24"]
    assert told["maintenance"] == {"day": "Monday", "time": "03:30:00"}
    assert (told["postgres"]["instances"], told["redis"]["replicas"]) == (3, 2)
