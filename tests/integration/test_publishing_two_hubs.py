"""Two hubs on one PostgreSQL: they share the work, and one's death loses nothing of the other's."""

import os
import signal
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from presswerk.database import connect
from presswerk.declaration import Tenant, TierName
from presswerk.publishing.tables import executors
from tests.support.hub import HubProcess, hub_environment, local_tenants, register
from tests.support.issuer import Issuer
from tests.support.postgres import PostgresServer
from tests.support.site_double import Fault, SiteDouble, running_site_double
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.integration


@pytest.fixture
def site() -> Iterator[SiteDouble]:
    with running_site_double() as site:
        yield site


@pytest.fixture
def hubs(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, issuer: Issuer, site: SiteDouble
) -> Iterator[tuple[HubProcess, HubProcess]]:
    directory = tmp_path_factory.mktemp("hubs")
    environment = hub_environment(postgres.new_database(), issuer.url)
    register(environment, {"acme": site.connection})
    first = HubProcess(directory, {**environment, "PRESSWERK_EXECUTOR_ID": "hub-0"})
    second = HubProcess(directory, {**environment, "PRESSWERK_EXECUTOR_ID": "hub-1"})
    try:
        # At once, on an empty database: both migrate, neither breaks.
        first.spawn()
        second.spawn()
        first.await_ready()
        second.await_ready()
        yield first, second
    finally:
        first.stop()
        second.stop()


def test_work_and_events_are_shared_and_nothing_is_doubled(
    hubs: tuple[HubProcess, HubProcess], issuer: Issuer, site: SiteDouble
) -> None:
    token = issuer.access_token("anna", groups=["tenant-acme-author"])
    clients = [hub.client(token) for hub in hubs]
    made = [clients[number % 2].publish("acme", f"Shared {number}.", key=f"k{number}")["id"] for number in range(30)]
    repeated = [
        clients[(number + 1) % 2].publish("acme", f"Shared {number}.", key=f"k{number}") for number in range(30)
    ]
    assert [each["id"] for each in repeated] == made
    for number, publication in enumerate(made):
        # Asked at the hub that did not take it.
        assert clients[(number + 1) % 2].await_state(publication)["state"] == "drafted"
        assert clients[(number + 1) % 2].events(publication)[-1][2]["state"] == "drafted"
    assert sorted(site.posts) == sorted(made)
    assert site.count("PUT", "/publications/") == len(made)


def test_what_a_dead_hub_had_begun_the_other_goes_on_with_when_its_lease_has_run_out(
    hubs: tuple[HubProcess, HubProcess], issuer: Issuer, site: SiteDouble
) -> None:
    first, second = hubs
    token = issuer.access_token("anna", groups=["tenant-acme-author"])
    second.kill()
    site.faults = [Fault("hang"), Fault("hang")]
    stuck = [first.client(token).publish("acme", f"Stuck {number}.")["id"] for number in range(2)]
    assert site.hanging.wait(PATIENCE_SECONDS)
    first.client(token).await_that(stuck[0], lambda found: found["step"] == "deliver")
    first.client(token).await_that(stuck[1], lambda found: found["step"] == "deliver")
    engine = connect(first.environment["PRESSWERK_DATABASE_URL"])
    second.start()
    first.kill()
    site.release.set()
    # Both places of the tenant were taken by the dead hub; the living one has its own.
    other = second.client(token).publish("acme", "Through.")["id"]
    assert second.client(token).await_state(other, seconds=30)["state"] == "drafted"
    # As if as much time had gone as a lease lasts.
    with engine.begin() as database:
        database.execute(update(executors).where(executors.c.name == "hub-0").values(lives_until=0))
    assert {second.client(token).await_state(each)["state"] for each in stuck} == {"drafted"}
    assert len({post.post_id for post in site.posts.values()}) == 3


def test_a_hub_that_was_paused_for_longer_than_its_lease_doubles_nothing(
    hubs: tuple[HubProcess, HubProcess], issuer: Issuer, site: SiteDouble
) -> None:
    first, second = hubs
    token = issuer.access_token("anna", groups=["tenant-acme-author"])
    second.kill()
    site.faults = [Fault("hang")]
    paused = first.client(token).publish("acme", "Paused.")["id"]
    assert site.hanging.wait(PATIENCE_SECONDS)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        second.start()
        with connect(first.environment["PRESSWERK_DATABASE_URL"]).begin() as database:
            database.execute(update(executors).where(executors.c.name == "hub-0").values(lives_until=0))
        site.release.set()
        assert second.client(token).await_state(paused)["state"] == "drafted"
    finally:
        os.kill(first.pid, signal.SIGCONT)
    # It has found out by the time it has delivered what was handed in afterwards.
    after = first.client(token).publish("acme", "After.")["id"]
    assert first.client(token).await_state(after)["state"] == "drafted"
    ended = [event for *_, event in first.client(token).events(paused) if event["state"] == "drafted"]
    assert len(ended) == 1
    assert sorted(site.posts) == sorted([paused, after])
    assert len({post.post_id for post in site.posts.values()}) == 2


def test_what_one_hub_is_told_of_people_counts_at_the_other_at_once(
    hubs: tuple[HubProcess, HubProcess], issuer: Issuer
) -> None:
    """Also while the provider, and what each hub remembers of it, still say otherwise."""
    first, second = hubs
    acme = Tenant(id="acme", name="Acme News", tier=TierName.ENTERPRISE)
    local_tenants(first.environment).apply(acme)
    token = issuer.access_token("acme-admin", groups=["tenant-acme-admin"])
    operator = first.client(issuer.access_token("olivia", groups=["presswerk-admin"]))
    made = [
        first.client(token)
        .request("POST", "/api-keys", json={"tenant": "acme", "role": "editor", "label": name})
        .json()
        for name in ("stays", "revoked")
    ]
    stays, revoked = (second.client(key["secret"]) for key in made)
    may = [{"tenant": "acme", "role": "admin"}]
    assert second.client(token).request("GET", "/me").json()["memberships"] == may
    assert {key.request("GET", "/me").status_code for key in (stays, revoked)} == {200}

    assert first.client(token).request("DELETE", f"/api-keys/{made[1]['id']}").status_code == 204
    assert [key.request("GET", "/me").status_code for key in (stays, revoked)] == [200, 401]

    assert operator.request("DELETE", "/tenants/acme/members/acme-admin").status_code == 202
    assert second.client(token).request("GET", "/me").json()["memberships"] == []
    assert stays.request("GET", "/me").status_code == 401

    put = operator.request("PUT", "/tenants/acme/members/acme-admin", json={"role": "admin"})
    assert put.status_code == 202
    assert second.client(token).request("GET", "/me").json()["memberships"] == may

    assert operator.request("POST", "/tenants/acme/suspend").status_code == 202
    refused = second.client(token).request("POST", "/publications", json={"tenant": "acme", "markdown": "# Late"})
    assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (409, "tenant-suspended")
