"""What the emulated cluster keeps, and the rules its API server has for it; see `tests.support.cluster`."""

import copy
import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.support.cluster_validation import Refused, check_unchanged, check_valid, gib, pod_templates
from tests.support.server_side_apply import Path, changed_fields, merged, owned_fields, without

Body = dict[str, Any]


@dataclass(frozen=True, order=True)
class Key:
    """Which object: API group and version, plural, namespace or empty, and name."""

    api_version: str
    plural: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Change:
    """One event of a watch."""

    version: int
    event: str
    key: Key
    body: Body


@dataclass
class Store:
    """Objects, who owns which of their fields, and what happened to them."""

    objects: dict[Key, Body] = field(default_factory=dict)
    owners: dict[Key, dict[str, set[Path]]] = field(default_factory=lambda: defaultdict(dict))
    changes: list[Change] = field(default_factory=list)
    version: int = 1
    oldest: int = 0

    def forget_history(self) -> None:
        """Compact: no watch can go on from a version before this one (410)."""
        self.oldest = self.version
        self.changes.clear()

    def read(self, key: Key) -> Body:
        """An object.

        Raises:
            Refused: There is none (404).
        """
        if key not in self.objects:
            raise Refused(404, "NotFound", f'{key.plural} "{key.name}" not found')
        return copy.deepcopy(self.objects[key])

    def create(self, key: Key, body: Body, manager: str, operation: str = "Update") -> Body:
        """Make an object that must not exist (POST).

        What a manager applied and what it wrote otherwise it owns apart, as the real server has it: an apply takes away
        only what an apply has brought.
        """
        if key in self.objects:
            raise Refused(409, "AlreadyExists", f'{key.plural} "{key.name}" already exists')
        self._check_namespace(key)
        made = _defaulted(key, copy.deepcopy({name: value for name, value in body.items() if name != "status"}))
        if key.plural == "persistentvolumeclaims":
            # As the admission of a cluster with a default class does, when a claim is made.
            made.setdefault("spec", {}).setdefault("storageClassName", "standard")
        made["metadata"] |= {
            "name": key.name,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": _now(),
            "generation": 1,
            **({"namespace": key.namespace} if key.namespace else {}),
        }
        check_valid(key.plural, made)
        self.owners[key] = {f"{manager}/{operation}/main": owned_fields(body)}
        return self._put(key, made, "ADDED")

    def apply(self, key: Key, body: Body, manager: str, *, force: bool, subresource: str | None = None) -> Body:
        """Server-side apply; makes the object if there is none (PATCH), but none that is said to be there."""
        meant = body["metadata"].get("uid")
        if meant is not None and self.objects.get(key, {}).get("metadata", {}).get("uid") != meant:
            raise Refused(409, "Conflict", f"uid mismatch: {key.name} with uid {meant} is not there")
        if key not in self.objects:
            if subresource:
                raise Refused(404, "NotFound", f'{key.plural} "{key.name}" not found')
            return self.create(key, body, manager, "Apply")
        live, scope = self.objects[key], subresource or "main"
        wanted = {"status": body.get("status", {})} if subresource else {k: v for k, v in body.items() if k != "status"}
        label, fields = f"{manager}/Apply/{scope}", owned_fields(wanted)
        owners = self.owners[key]
        before = owners.pop(label, set())
        others: set[Path] = set().union(*owners.values()) if owners else set()
        result = without(merged(live, wanted), before - fields, others | fields)
        taken = {path for path in changed_fields(live, result) if path in others}
        if taken and not force:
            owners[label] = before
            raise Refused(409, "Conflict", f"conflict with another manager over {sorted(taken)}")
        for name in owners:
            owners[name] = owners[name] - taken
        owners[label] = fields
        return self._update(key, live, result, status=bool(subresource))

    def replace(self, key: Key, body: Body, manager: str, *, status: bool = False) -> Body:
        """Put what somebody else changed (PUT, or a patch that was worked out); checks `resourceVersion` if given."""
        live = self.read(key)
        given = body["metadata"].get("resourceVersion")
        if given not in {None, live["metadata"]["resourceVersion"]}:
            raise Refused(409, "Conflict", f'Operation cannot be fulfilled on {key.plural} "{key.name}"')
        result = {**live, "status": body.get("status", {})} if status else {**body, "status": live.get("status", {})}
        if not result.get("status"):
            result.pop("status", None)
        taken, owners = changed_fields(live, result), self.owners[key]
        for name in owners:
            owners[name] = owners[name] - taken
        label = f"{manager}/Update/{'status' if status else 'main'}"
        owners[label] = owners.get(label, set()) | taken
        return self._update(key, live, result, status=status)

    def delete(self, key: Key) -> Body:
        """Delete, or mark as being deleted while finalizers (or a namespace's content) hold it."""
        body = self.read(key)
        held = body["metadata"].get("finalizers") or key.plural == "namespaces"
        if not held:
            return self.drop(key)
        if "deletionTimestamp" not in body["metadata"]:
            body["metadata"]["deletionTimestamp"] = _now()
            body["metadata"]["deletionGracePeriodSeconds"] = 0
            if key.plural == "namespaces":
                body["status"] = {"phase": "Terminating"}
            return self._put(key, body, "MODIFIED")
        return body

    def drop(self, key: Key) -> Body:
        """Take an object away for good."""
        body = self.objects.pop(key)
        self.owners.pop(key, None)
        return self._log(key, body, "DELETED")

    def _update(self, key: Key, live: Body, result: Body, *, status: bool) -> Body:
        # The two may share their metadata.
        result = {**result, "metadata": dict(result["metadata"])}
        for name in ("uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp"):
            result["metadata"].pop(name, None)
            if name in live["metadata"]:
                result["metadata"][name] = live["metadata"][name]
        if not result["metadata"].get("finalizers"):
            result["metadata"].pop("finalizers", None)
        result = _defaulted(key, result)
        check_unchanged(key.plural, live, result)
        self._check_storage_quota(key, live, result)
        check_valid(key.plural, result)
        if result == live:
            # As the real one does: what changes nothing makes no new version.
            return copy.deepcopy(live)
        if not status and _spec(result) != _spec(live):
            result["metadata"]["generation"] = live["metadata"].get("generation", 1) + 1
        # A namespace is held by a finalizer of its spec.
        is_held = key.plural == "namespaces" or result["metadata"].get("finalizers")
        if "deletionTimestamp" in result["metadata"] and not is_held:
            self.objects[key] = result
            return self.drop(key)
        return self._put(key, result, "MODIFIED")

    def _put(self, key: Key, body: Body, event: str) -> Body:
        self.objects[key] = body
        return self._log(key, body, event)

    def _log(self, key: Key, body: Body, event: str) -> Body:
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.changes.append(Change(self.version, event, key, copy.deepcopy(body)))
        return copy.deepcopy(body)

    def _check_storage_quota(self, key: Key, live: Body, result: Body) -> None:
        """A volume grows no further than the quota of its namespace."""
        if key.plural != "persistentvolumeclaims":
            return
        before, after = (gib(body["spec"]["resources"]["requests"]["storage"]) for body in (live, result))
        for other, quota in self.objects.items():
            if (other.plural, other.namespace) == ("resourcequotas", key.namespace) and after > before:
                most = quota["spec"]["hard"].get("requests.storage")
                if most is not None and after > gib(most):
                    told = f'persistentvolumeclaims "{key.name}" is forbidden: exceeded quota: {other.name}'
                    raise Refused(403, "Forbidden", told)

    def _check_namespace(self, key: Key) -> None:
        if not key.namespace:
            return
        space = self.objects.get(Key("v1", "namespaces", "", key.namespace))
        if space is None and key.namespace != "default":
            raise Refused(404, "NotFound", f'namespaces "{key.namespace}" not found')
        if space is not None and "deletionTimestamp" in space["metadata"]:
            raise Refused(403, "Forbidden", f"unable to create new content in {key.namespace}: it is being terminated")


def _spec(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in {"metadata", "status"}}


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _defaulted(key: Key, body: Body) -> Body:
    """What an API server adds by itself: an operator must not take it for somebody's change."""
    metadata = body.setdefault("metadata", {})
    if key.plural == "namespaces":
        metadata.setdefault("labels", {})["kubernetes.io/metadata.name"] = key.name
        body.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
        body.setdefault("status", {"phase": "Active"})
    if key.plural == "secrets" and "stringData" in body:
        raise Refused(422, "Invalid", "this double takes a Secret's data only: stringData cannot be read back")
    for template in pod_templates(key.plural, body):
        _pod_defaults(template.get("spec", {}))
    spec = body.get("spec", {})
    if key.plural == "deployments":
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
    if key.plural == "services":
        spec.setdefault("clusterIP", "10.0.0.1")
        spec.setdefault("sessionAffinity", "None")
        for port in spec.get("ports", []):
            port.setdefault("protocol", "TCP")
    if key.plural == "persistentvolumeclaims":
        spec.setdefault("volumeMode", "Filesystem")
    return body


def _pod_defaults(spec: Body) -> None:
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    for container in [*spec.get("containers", []), *spec.get("initContainers", [])]:
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("imagePullPolicy", "IfNotPresent")
        for port in container.get("ports", []):
            port.setdefault("protocol", "TCP")
        for amounts in container.get("resources", {}).values():
            for name, amount in amounts.items():
                amounts[name] = _canonical(str(amount))


def _canonical(amount: str) -> str:
    """A quantity as the API server writes it: 1000m is 1, 1024Mi is 1Gi."""
    for unit, factor, larger in (("m", 1000, ""), ("Mi", 1024, "Gi")):
        if amount.endswith(unit) and amount[: -len(unit)].isdigit():
            number = int(amount[: -len(unit)])
            return f"{number // factor}{larger}" if number and number % factor == 0 else amount
    return amount
