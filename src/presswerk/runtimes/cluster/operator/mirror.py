"""The operator's own copy of the tenants' objects, fed by watches, so that looking costs the cluster nothing."""

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from presswerk.kubernetes.kinds import (
    DEPLOYMENT,
    JOB,
    NAMESPACE,
    OWNED,
    ROUTE,
    Body,
    Kind,
    Ref,
    ref_of,
)
from presswerk.runtimes.cluster import names

# The status of these tells whether a site is ready; that of others changes all the time and is nobody's concern.
_WITH_STATUS = frozenset({NAMESPACE, DEPLOYMENT, JOB, ROUTE})

Changed = Callable[[str], None]


def _nobody_to_tell(_tenant_id: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Held:
    version: int
    content: bytes
    digest: bytes


class Mirror:
    """Tenants' objects as last seen, packed: a thousand tenants have some eighteen thousand of them.

    What the operator writes it notes here at once, so that it never acts on a state older than its own last word; a
    watch that is behind does not undo that.

    Args:
        changed: Told the tenant's id whenever an object of it differs from what was held; may be called by any thread.
    """

    def __init__(self, changed: Changed = _nobody_to_tell) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._held: defaultdict[str, dict[Ref, _Held]] = defaultdict(dict)

    def objects(self, tenant_id: str) -> dict[Ref, Body]:
        """All objects of a tenant."""
        with self._lock:
            held = list(self._held.get(tenant_id, {}).items())
        return {ref: msgspec.json.decode(each.content) for ref, each in held}

    def tenants(self) -> tuple[str, ...]:
        """The tenants that have objects."""
        with self._lock:
            return tuple(sorted(tenant_id for tenant_id, held in self._held.items() if held))

    def note(self, body: Body) -> None:
        """Remember what the operator itself has just written, without telling anybody."""
        self._put(body)

    def forget(self, tenant_id: str, ref: Ref) -> None:
        """Forget what the operator itself has just deleted."""
        with self._lock:
            self._held[tenant_id].pop(ref, None)

    def see(self, event: str, body: Body) -> None:
        """Take in an event of a watch: `ADDED`, `MODIFIED` or `DELETED`."""
        changed = self._drop(body) if event == "DELETED" else self._put(body)
        if changed:
            self._changed(_tenant_of(body))

    def take_list(self, kind: Kind, bodies: Iterable[Body], version: str) -> None:
        """Take in a whole list of a kind; what it does not hold is gone, unless it is newer than the list."""
        seen = set()
        for body in bodies:
            seen.add((_tenant_of(body), ref_of(body)))
            self.see("MODIFIED", body)
        with self._lock:
            gone = [
                (tenant_id, ref)
                for tenant_id, held in self._held.items()
                for ref, each in held.items()
                if ref.kind == kind and (tenant_id, ref) not in seen and each.version <= int(version)
            ]
            for tenant_id, ref in gone:
                del self._held[tenant_id][ref]
        for tenant_id in {tenant_id for tenant_id, _ in gone}:
            self._changed(tenant_id)

    def _put(self, body: Body) -> bool:
        """Hold a version; says whether it differs from the one before."""
        tenant_id, ref, held = _tenant_of(body), ref_of(body), _packed(body)
        with self._lock:
            before = self._held[tenant_id].get(ref)
            if before is not None and before.version >= held.version:
                return False
            self._held[tenant_id][ref] = held
        return before is None or before.digest != held.digest

    def _drop(self, body: Body) -> bool:
        tenant_id, ref, version = _tenant_of(body), ref_of(body), _version(body)
        with self._lock:
            before = self._held[tenant_id].get(ref)
            if before is None or before.version > version:
                return False
            del self._held[tenant_id][ref]
            if not self._held[tenant_id]:
                del self._held[tenant_id]
        return True


WATCHED_LABELS = {names.LABEL_TENANT: None}
WATCHED_KINDS = OWNED


def _tenant_of(body: Body) -> str:
    return str(body["metadata"].get("labels", {}).get(names.LABEL_TENANT, ""))


def _version(body: Body) -> int:
    # Versions of one kind can be compared as numbers (Kubernetes 1.35, "comparable resource versions").
    return int(body["metadata"]["resourceVersion"])


def _packed(body: Body) -> _Held:
    metadata = {name: value for name, value in body["metadata"].items() if name not in {"managedFields", "uid"}}
    version = int(metadata.pop("resourceVersion"))
    left_out = {"metadata"} if ref_of(body).kind in _WITH_STATUS else {"metadata", "status"}
    kept = {"metadata": metadata, **{name: value for name, value in body.items() if name not in left_out}}
    content = msgspec.json.encode(kept, order="sorted")
    return _Held(version, content, hashlib.blake2b(content, digest_size=16).digest())
