"""What a real API server refuses with 422 once fields are merged, as far as objects of tenants can get there.

A double's part: see `tests.support.cluster`. The rules are those of Kubernetes' own validation for Services and pods,
and of the definitions of Gateway API 1.6 for listeners; what is never changed is what its updates compare.
"""

from collections.abc import Iterable, Mapping
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


_FIXED: Mapping[str, tuple[str, ...]] = {
    "persistentvolumeclaims": ("accessModes", "storageClassName", "volumeMode", "selector"),
    "jobs": ("template", "selector", "completions"),
    "deployments": ("selector",),
    "daemonsets": ("selector",),
    "statefulsets": ("selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"),
    "services": ("clusterIP",),
    "resourcequotas": ("scopes",),
}
"""Fields of a kind's `spec` that are set once."""


def check_unchanged(plural: str, live: Body, result: Body) -> None:
    """Check that an object keeps what Kubernetes never changes.

    Raises:
        Refused: It does not (422).
    """
    before, after = live.get("spec", {}), result.get("spec", {})
    fields = [f"spec.{name}" for name in _FIXED.get(plural, ()) if before.get(name) != after.get(name)]
    if plural in {"rolebindings", "clusterrolebindings"} and live["roleRef"] != result["roleRef"]:
        fields.append("roleRef")
    if plural == "secrets" and live.get("type", "Opaque") != result.get("type", "Opaque"):
        fields.append("type")
    if plural in {"secrets", "configmaps"} and live.get("immutable"):
        fields += [name for name in ("data", "binaryData", "immutable") if live.get(name) != result.get(name)]
    if fields:
        raise _invalid(f"{fields[0]}: field is immutable")
    if plural == "persistentvolumeclaims" and _asked(after) < _asked(before):
        raise _invalid("spec.resources.requests.storage: field can not be less than status.capacity")


def _asked(spec: Body) -> float:
    return gib(spec["resources"]["requests"]["storage"])


def gib(quantity: str) -> float:
    """An amount of storage."""
    units = {"Mi": 1 / 1024, "Gi": 1.0, "Ti": 1024.0}
    return float(quantity[:-2]) * units[quantity[-2:]]


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
