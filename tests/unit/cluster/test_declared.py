"""What of the Tenants seen calls for a look."""

from typing import Any

from presswerk.declaration import Tenant, TierName
from presswerk.runtimes.cluster.operator.tenants import TenantCache, Wake
from presswerk.runtimes.cluster.resource import tenant_body


def body(name: str = "acme", version: int = 1, *, domains: tuple[str, ...] = (), **metadata: Any) -> dict[str, Any]:
    made = tenant_body(Tenant(id=name, name="Acme", tier=TierName.PRO, domains=domains))
    own = {"uid": f"uid-{name}", "generation": 1, "resourceVersion": str(version), "creationTimestamp": "2026-01-01"}
    made["metadata"] = {**made["metadata"], **own, **metadata}
    return made


def with_status(seen: dict[str, Any], phase: str) -> dict[str, Any]:
    return {**seen, "status": {"phase": phase, "observedGeneration": 1}}


def now(*names: str) -> Wake:
    return Wake(now=frozenset(names))


def test_a_new_tenant_and_a_new_wish_are_looked_at_and_a_status_is_not() -> None:
    declared = TenantCache()

    assert declared.see(body()) == now("acme")
    assert declared.see(with_status(body(version=2), "Ready")) == now()
    assert declared.see(body(version=3, generation=2)) == now("acme")
    assert declared.see(body(version=4, generation=2, deletionTimestamp="2026-02-01")) == now("acme")


def test_what_is_older_than_what_is_known_is_passed_over() -> None:
    declared = TenantCache()
    declared.see(body(version=5, generation=2))

    assert declared.see(body(version=4)) == now()
    assert declared.get("acme")["metadata"]["generation"] == 2  # type: ignore[index]  # it is there


def test_a_tenant_that_was_well_before_the_operator_came_can_wait() -> None:
    declared = TenantCache()

    assert declared.see(with_status(body(), "Ready")) == Wake(some_time=frozenset({"acme"}))
    assert declared.see(with_status(body("bakery"), "Degraded")) == now("bakery")
    assert declared.phases() == {"Ready": 1, "Degraded": 1}


def test_what_the_operator_wrote_itself_is_known_at_once_and_calls_for_no_look() -> None:
    declared = TenantCache()
    declared.see(body())
    declared.note(with_status(body(version=2, finalizers=["ours"]), "Ready"))

    assert declared.get("acme")["status"]["phase"] == "Ready"  # type: ignore[index]  # it is there
    assert declared.see(body(version=2, finalizers=["ours"])) == now()


def test_a_late_answer_brings_no_tenant_back() -> None:
    declared = TenantCache()
    declared.see(body())
    declared.drop("acme")
    declared.note(body(version=2))
    assert declared.get("acme") is None

    declared.see(body(version=3, uid="another"))
    declared.note(body(version=4))
    assert declared.get("acme")["metadata"]["uid"] == "another"  # type: ignore[index]  # it is there


def test_whoever_wants_a_domain_that_changes_hands_is_looked_at() -> None:
    declared = TenantCache()
    declared.see(body("acme", 1, domains=("shop.example",)))
    later = body("bakery", 2, domains=("shop.example",), creationTimestamp="2026-01-02")

    assert declared.see(later) == now("acme", "bakery")
    assert [tenant.id for tenant in declared.earlier_with_a_domain_of(later)] == ["acme"]
    assert declared.see(body("acme", 3, domains=("other.example",), generation=2)) == now("acme", "bakery")
    assert declared.earlier_with_a_domain_of(later) == ()
    assert declared.drop("bakery") == now()
    assert declared.drop("bakery") == now()


def test_taking_stock_finds_what_went_unseen_but_nothing_that_is_newer() -> None:
    declared = TenantCache()
    declared.see(body("acme", 1, domains=("shop.example",)))
    declared.see(body("bakery", 2, domains=("shop.example",)))
    declared.see(body("newer", 9))

    assert declared.take_stock([body("bakery", 2, domains=("shop.example",)), body("third", 5)], "6") == now(
        "bakery", "third"
    )
    assert declared.get("acme") is None
    assert declared.get("newer") is not None
