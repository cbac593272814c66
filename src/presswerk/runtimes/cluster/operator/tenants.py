"""The tenants as they were last seen, and who of them has to be looked at because of what was seen."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from presswerk.declaration import Tenant
from presswerk.kubernetes.kinds import Body, Kind
from presswerk.runtimes.cluster.operator.conditions import RESTORED, TenantPhase
from presswerk.runtimes.cluster.resource import InvalidResource, tenant_of

_AT_REST = frozenset({TenantPhase.READY.value, TenantPhase.SUSPENDED.value})


@dataclass(frozen=True, slots=True)
class _PackedTenant:
    version: int
    content: bytes
    asks: tuple[object, ...]
    age: tuple[str, str]
    domains: frozenset[str]
    phase: str
    at_rest: bool


@dataclass(frozen=True)
class Wake:
    """Who is to be looked at.

    Attributes:
        now: By name, at once.
        some_time: By name, but nothing is known to have changed: as for a tenant that was well before the operator
            started.
    """

    now: frozenset[str] = frozenset()
    some_time: frozenset[str] = frozenset()

    def and_also(self, other: "Wake") -> "Wake":
        """Those of both."""
        return Wake(self.now | other.now, self.some_time | other.some_time)


class TenantCache:
    """Tenants by name, packed; may be used by many threads.

    What the operator writes it notes here at once, so that it never compares with a status older than its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, _PackedTenant] = {}
        self._by_domain: defaultdict[str, set[str]] = defaultdict(set)

    def see(self, body: Body) -> Wake:
        """Take in a Tenant as it is now."""
        name, seen = str(body["metadata"]["name"]), _packed(body)
        with self._lock:
            before = self._seen.get(name)
            if before is not None and before.version >= seen.version:
                return Wake()
            self._put(name, before, seen)
            if before is not None and before.asks == seen.asks:
                return Wake()
            rivals = self._rivals(name, seen.domains | (before.domains if before is not None else frozenset()))
        if before is None and seen.at_rest:
            return Wake(now=rivals, some_time=frozenset({name}))
        return Wake(now=rivals | {name})

    def drop(self, name: str) -> Wake:
        """Take in that a Tenant is gone; whoever wants a domain it had may have it now."""
        with self._lock:
            before = self._seen.pop(name, None)
            if before is None:
                return Wake()
            for domain in before.domains:
                self._by_domain[domain].discard(name)
            return Wake(now=self._rivals(name, before.domains))

    def take_stock(self, bodies: Iterable[Body], version: str) -> Wake:
        """Take in a whole list of Tenants; what it does not hold is gone, unless it is newer than the list."""
        wake, listed = Wake(), set[str]()
        for body in bodies:
            listed.add(str(body["metadata"]["name"]))
            wake = wake.and_also(self.see(body))
        with self._lock:
            gone = [name for name, seen in self._seen.items() if name not in listed and seen.version <= int(version)]
        for name in gone:
            wake = wake.and_also(self.drop(name))
        return wake

    def note(self, body: Body) -> None:
        """Remember what the operator itself has just written."""
        name, seen = str(body["metadata"]["name"]), _packed(body)
        with self._lock:
            before = self._seen.get(name)
            # A tenant that is gone stays gone, whatever was written to it last.
            if before is not None and before.version < seen.version and before.asks[0] == seen.asks[0]:
                self._put(name, before, seen)

    def get(self, name: str) -> Body | None:
        """A Tenant as it was last seen."""
        with self._lock:
            seen = self._seen.get(name)
        return None if seen is None else msgspec.json.decode(seen.content)

    def earlier_with_a_domain_of(self, body: Body) -> tuple[Tenant, ...]:
        """The tenants that had a domain of this one before it wanted it."""
        name, mine = str(body["metadata"]["name"]), _packed(body)
        with self._lock:
            names = [other for other in self._rivals(name, mine.domains) if self._seen[other].age < mine.age]
            contents = [self._seen[other].content for other in sorted(names)]
        return tuple(tenant for content in contents for tenant in _readable(msgspec.json.decode(content)))

    def phases(self) -> Mapping[str, int]:
        """How many tenants are in each phase; those not looked at yet are pending."""
        with self._lock:
            return Counter(seen.phase for seen in self._seen.values())

    def count(self) -> int:
        """How many tenants there are."""
        with self._lock:
            return len(self._seen)

    def _put(self, name: str, before: _PackedTenant | None, seen: _PackedTenant) -> None:
        self._seen[name] = seen
        if before is not None and before.domains == seen.domains:
            return
        for domain in frozenset() if before is None else before.domains:
            self._by_domain[domain].discard(name)
        for domain in seen.domains:
            self._by_domain[domain].add(name)

    def _rivals(self, name: str, domains: frozenset[str]) -> frozenset[str]:
        return frozenset(other for domain in domains for other in self._by_domain[domain] if other != name)


def _packed(body: Body) -> _PackedTenant:
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    status, generation = body.get("status", {}), metadata.get("generation")
    spec = body.get("spec", {})
    wanted = spec.get("domains", ()) if isinstance(spec, dict) else ()
    return _PackedTenant(
        version=int(metadata["resourceVersion"]),
        content=msgspec.json.encode({**body, "metadata": metadata}),
        # What calls for a look; a status is nobody's wish.
        asks=(
            metadata.get("uid"),
            generation,
            metadata.get("deletionTimestamp"),
            tuple(metadata.get("finalizers", ())),
            metadata.get("annotations", {}).get(RESTORED),
        ),
        age=(metadata.get("creationTimestamp", ""), metadata["name"]),
        domains=frozenset(wanted),
        phase=str(status.get("phase", TenantPhase.PENDING.value)),
        at_rest=status.get("phase") in _AT_REST
        and status.get("observedGeneration") == generation
        and "deletionTimestamp" not in metadata,
    )


def _readable(body: Body) -> tuple[Tenant, ...]:
    try:
        return (tenant_of(body).tenant,)
    except InvalidResource:
        return ()


@dataclass(frozen=True)
class TenantFeed:
    """Keeps the cache of tenants as a watch tells, and wakes who is to be looked at.

    Attributes:
        tenants: The cache.
        wake: Told who is to be looked at.
    """

    tenants: TenantCache
    wake: Callable[[Wake], None]

    def take_list(self, _kind: Kind, bodies: Iterable[Body], version: str) -> None:
        """Take in all Tenants as they are at a version; those that are not among them are gone."""
        self.wake(self.tenants.take_stock(bodies, version))

    def see(self, event: str, body: Body) -> None:
        """Take in an event of a watch."""
        name = str(body["metadata"]["name"])
        self.wake(self.tenants.drop(name) if event == "DELETED" else self.tenants.see(body))
