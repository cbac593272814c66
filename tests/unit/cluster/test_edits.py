"""What somebody changes by hand of an object that the operator keeps is noticed, whichever field it is."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from presswerk.declaration import Platform, Tenant, TierName
from presswerk.kubernetes.kinds import DEPLOYMENT, JOB, VOLUME_CLAIM, Body, ref_of
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster, Storage
from presswerk.runtimes.cluster.manifests import DesiredTenant, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.operator.plan import marked, plan

PLATFORM = Platform(tenants=(Tenant(id="any", name="Any"),), domain="press.example")
CLUSTER = Cluster("press.example", storage=Storage("block", "shared"), registry_credentials="{}")
SECRETS = SiteSecrets({}, "application", "https://id.press.example", "site-acme", "secret")
_WHICH = {
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "labels", names.LABEL_TENANT),
}
Path = tuple[str | int, ...]


def objects_of(tier: TierName, *, suspended: bool = False) -> tuple[Body, ...]:
    tenant = Tenant(id="acme", name="Acme", tier=tier, domains=() if tier is TierName.FREE else ("news.example",))
    return tenant_objects(DesiredTenant(CLUSTER, tenant, PLATFORM.allotment(tenant), suspended), SECRETS)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield path, value


def edited(body: Body, path: Path, value: Any) -> Body:
    body = copy.deepcopy(body)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


def another(value: Any) -> Any:
    """What is no more than a slip away from a value, and means something else."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [{}]
    return {"added": "by hand"} if isinstance(value, dict) else f"{value}x"


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize("tier", TierName)
def test_each_field_that_we_set_is_put_back(tier: TierName, suspended: bool) -> None:
    wanted = objects_of(tier, suspended=suspended)
    live = {ref_of(body): marked(body) for body in wanted}
    assert plan(wanted, live).is_empty
    tried, unnoticed = 0, []
    for body in wanted:
        ref = ref_of(body)
        for path, value in leaves(body):
            if path in _WHICH:
                continue
            tried += 1
            changed = edited(live[ref], path, another(value))
            if not [write for write in plan(wanted, {**live, ref: changed}).writes if ref_of(write.body) == ref]:
                unnoticed.append(f"{ref} {path}")

    assert tried > 250
    # A volume is never changed into another: what it is says the status.
    assert [each for each in unnoticed if not each.startswith(VOLUME_CLAIM.name)] == []


def test_what_is_added_beside_ours_and_changes_what_it_means_is_put_back() -> None:
    wanted = objects_of(TierName.PRO)
    live = {ref_of(body): marked(body) for body in wanted}

    def is_noticed(kind: str, name: str, path: Path, value: Any) -> bool:
        ref = next(ref for ref in live if (ref.kind.name, ref.name) == (kind, name))
        return bool(plan(wanted, {**live, ref: edited(live[ref], path, value)}).writes)

    assert is_noticed("NetworkPolicy", "install", ("spec", "ingress"), [{}])
    assert is_noticed("NetworkPolicy", "default-deny", ("spec", "egress"), [{}])
    assert is_noticed("Service", "site", ("spec", "type"), "ExternalName")
    assert is_noticed("Deployment", "site", ("spec", "paused"), True)
    assert is_noticed("NetworkPolicy", "default-deny", ("spec", "podSelector", "matchLabels"), {"app": "none"})


def test_a_site_that_somebody_scaled_to_nothing_is_given_back_to_its_autoscaler() -> None:
    wanted = objects_of(TierName.PRO)
    live = {ref_of(body): marked(body) for body in wanted}
    ref = next(ref for ref in live if ref.kind == DEPLOYMENT)

    def writes(replicas: int) -> list[Any]:
        todo = plan(wanted, {**live, ref: edited(live[ref], ("spec", "replicas"), replicas)})
        return [write.parts for write in todo.writes]

    assert writes(0) == [{"/spec/replicas": 1}]
    assert writes(3) == []


def test_a_job_is_run_anew_and_a_volume_is_left_alone() -> None:
    wanted = objects_of(TierName.FREE)
    live = {ref_of(body): marked(body) for body in wanted}
    job = next(ref for ref in live if ref.kind == JOB)
    other = [
        edited(body, ("spec", "storageClassName"), "another") if body["kind"] == VOLUME_CLAIM.name else body
        for body in wanted
    ]

    (write,) = plan(wanted, {**live, job: edited(live[job], ("spec", "backoffLimit"), 1)}).writes
    assert write.anew
    assert plan(other, live).is_empty
