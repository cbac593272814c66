"""What a tier allows is what a tenant gets, over the real API, on both databases."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, insert

from presswerk.database import connect, migrate
from presswerk.declaration import LimitOverrides, Tenant
from presswerk.identity import ApiUsage
from presswerk.identity.tables import api_usage
from tests.support.issuer import Issuer
from tests.support.press import Press, running_press

pytestmark = pytest.mark.integration

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def test_requests_are_counted_by_tenant_and_day(engine: Engine) -> None:
    usage = ApiUsage(engine)

    assert [usage.count("acme", TODAY) for _ in range(3)] == [1, 2, 3]
    assert usage.count("acme", TODAY + dt.timedelta(days=1)) == 1
    assert usage.count("bakery", TODAY) == 1
    usage.forget("acme")
    assert usage.count("acme", TODAY) == 1


def test_requests_at_once_are_all_counted(engine: Engine) -> None:
    usage = ApiUsage(engine)

    with ThreadPoolExecutor(max_workers=8) as pool:
        counted = list(pool.map(lambda _: usage.count("busy", TODAY), range(40)))

    assert sorted(counted) == list(range(1, 41))


def test_days_long_past_are_forgotten(engine: Engine) -> None:
    usage = ApiUsage(engine)
    with engine.begin() as database:
        database.execute(insert(api_usage).values(tenant="old", day=TODAY - dt.timedelta(days=500), requests=7))

    usage.count("old", TODAY + dt.timedelta(days=9))

    assert usage.count("old", TODAY - dt.timedelta(days=500)) == 1


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        yield press


def limit(press: Press, tenant: str, limits: LimitOverrides) -> None:
    name = press.registry.get(tenant).tenant.name
    press.registry.put(Tenant(id=tenant, name=name, overrides=limits), press.registry.connection(tenant))


def test_articles_beyond_a_months_are_refused_and_newer_versions_are_not(press: Press) -> None:
    limit(press, "acme", LimitOverrides(publications_per_month=2))
    made = [press.anna.publish("acme", f"Article {number}.")["id"] for number in range(2)]

    refused = press.anna.request("POST", "/publications", json={"tenant": "acme", "markdown": "One more."})
    newer = press.anna.request("PUT", f"/publications/{made[0]}", json={"tenant": "acme", "markdown": "Better."})
    elsewhere = press.bert.request("POST", "/publications", json={"tenant": "beta", "markdown": "Another's."})

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (429, "limit-reached")
    assert "2 new articles a month" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 31 * 86_400
    assert newer.status_code == 202, newer.text
    assert elsewhere.status_code == 202, elsewhere.text


def test_a_repeat_of_what_was_taken_is_no_new_article(press: Press) -> None:
    limit(press, "beta", LimitOverrides(publications_per_month=1000))
    body, key = {"tenant": "beta", "markdown": "Once."}, {"Idempotency-Key": "limits-1"}
    first = press.bert.request("POST", "/publications", json=body, headers=key)
    limit(press, "beta", LimitOverrides(publications_per_month=1))

    again = press.bert.request("POST", "/publications", json=body, headers=key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]


def test_programs_beyond_a_days_requests_are_refused_and_people_are_not(press: Press) -> None:
    limit(press, "acme", LimitOverrides(api_requests_per_day=3))
    key = press.ada.request("POST", "/api-keys", json={"tenant": "acme", "role": "author", "label": "ci"}).json()
    program = press.hub.client(key["secret"])

    answers = [program.request("GET", "/me") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 86_400
    assert press.ada.request("GET", "/me").status_code == 200


def test_whoever_asks_too_often_is_told_when_to_come_again(tmp_path: Path, issuer: Issuer) -> None:
    low = {"PRESSWERK_PERSON_REQUESTS_PER_MINUTE": "5", "PRESSWERK_FAILED_SIGN_INS_PER_MINUTE": "3"}
    low |= {"PRESSWERK_STRANGER_REQUESTS_PER_MINUTE": "4", "PRESSWERK_STREAMS_PER_PERSON": "1"}
    with running_press(tmp_path, f"sqlite:///{tmp_path}/hub.db", issuer, **low) as press:
        mine = [press.anna.request("GET", "/me") for _ in range(6)]
        others = press.bert.request("GET", "/me")
        wrong = [
            httpx.get(
                f"{press.hub.url}/api/v1/me",
                headers={"Authorization": f"Bearer wrong{number}", "X-Forwarded-For": "198.51.100.7"},
            )
            for number in range(5)
        ]
        strangers = [httpx.get(f"{press.hub.url}/docs", headers={"X-Forwarded-For": "198.51.100.8"}) for _ in range(5)]
        health = httpx.get(f"{press.hub.url}/health/live")

    assert [answer.status_code for answer in mine] == [200] * 5 + [429]
    assert mine[0].headers["RateLimit"].startswith('"person";r=4;t=')
    assert 1 <= int(mine[-1].headers["Retry-After"]) <= 60
    assert mine[-1].headers["content-type"] == "application/problem+json"
    assert mine[-1].json()["type"].endswith("/too-many-requests")
    assert (others.status_code, health.status_code) == (200, 200)
    assert [answer.status_code for answer in wrong] == [401] * 3 + [429] * 2
    assert [answer.status_code for answer in strangers] == [200] * 4 + [429]
