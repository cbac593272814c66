"""What a real API server refuses with 422 once fields are merged, as far as objects of tenants can get there.

A double's part: see `tests.support.cluster`. The rules are those of Kubernetes' own validation for Services and pods,
and of the definitions of Gateway API 1.6 for listeners.
"""

from collections.abc import Iterable
from typing import Any

Body = dict[str, Any]


class Refused(Exception):
    """The API answers with a `Status`."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


def check_valid(plural: str, body: Body) -> None:
    """Check an object as it would be stored.

    Raises:
        Refused: It is invalid (422).
    """
    spec = body.get("spec", {})
    if plural == "services":
        _check_ports("spec.ports", spec.get("ports", []), "port")
    if plural in {"listenersets", "gateways"}:
        listeners = spec.get("listeners", [])
        if spec and not listeners:
            raise _invalid("spec.listeners: should have at least 1 items")
        _check_unique("spec.listeners", [(each.get("name"),) for each in listeners])
        heard = [(each.get("port"), each.get("protocol"), each.get("hostname")) for each in listeners]
        if len(set(heard)) != len(heard):
            raise _invalid("spec.listeners: Combination of port, protocol and hostname must be unique")
    for template in pod_templates(plural, body):
        containers = template.get("spec", {}).get("containers", [])
        if plural != "cronjobs" and not containers:
            raise _invalid("spec.template.spec.containers: Required value")
        _check_unique("spec.template.spec.containers", [(each.get("name"),) for each in containers])
        for number, container in enumerate(containers):
            _check_ports(f"spec.template.spec.containers[{number}].ports", container.get("ports", []), "containerPort")


def pod_templates(plural: str, body: Body) -> list[Body]:
    """The templates of pods in an object."""
    spec = body.get("spec", {})
    if plural in {"deployments", "jobs"} and "template" in spec:
        return [spec["template"]]
    if plural == "cronjobs" and "jobTemplate" in spec:
        return [spec["jobTemplate"]["spec"]["template"]]
    return []


def _check_ports(field: str, ports: list[Body], number: str) -> None:
    _check_unique(f"{field}.name", [(each["name"],) for each in ports if each.get("name")])
    _check_unique(field, [(each.get(number), each.get("protocol", "TCP")) for each in ports])
    if number == "port" and len(ports) > 1 and not all(each.get("name") for each in ports):
        raise _invalid(f"{field}[0].name: Required value")


def _check_unique(field: str, values: Iterable[tuple[Any, ...]]) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise _invalid(f"{field}: Duplicate value: {value[0]!r}")
        seen.add(value)


def _invalid(message: str) -> Refused:
    return Refused(422, "Invalid", message)
