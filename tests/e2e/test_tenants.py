"""Tenants through their whole life on this machine: real sites, databases, sign-on and chat, and crashes in between."""

import dataclasses
import datetime as dt
import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.openwebui.session import sign_in
from presswerk.operations.reconcile import converge
from presswerk.operations.workspace import exclusive_workspace, open_workspace, operator_here
from presswerk.runtimes.local.login import provider_login
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_database import kept_in
from presswerk.tenants import Member
from presswerk.tenants.checking import check_tenant
from presswerk.wordpress import SiteClient
from tests.support.drill import every, up_to
from tests.support.platform import RunningPlatform
from tests.support.traces import traces_of
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

TIERS = {"life-free": "free", "life-small": "free", "life-pro": "pro", "life-mid": "pro", "life-corp": "enterprise"}


@dataclass(frozen=True)
class Operator:
    """Somebody at the machine who runs `presswerk tenant`, or another noun's commands."""

    platform: RunningPlatform
    noun: str = "tenant"

    def command(self, *arguments: str) -> list[str]:
        state = ("--state-dir", str(self.platform.layout.state))
        return [sys.executable, "-m", "presswerk.cli", self.noun, *arguments, *state]

    def run(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(self.command(*arguments, "--json"), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return dict(json.loads(done.stdout))

    def fails(self, *arguments: str) -> dict[str, Any]:
        """Run a command that ends with status 1."""
        done = subprocess.run(self.command(*arguments, "--json"), capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr + done.stdout
        return dict(json.loads(done.stdout))

    def killed_at(self, line: int, *arguments: str) -> bool:
        """Run a command and kill it, and all it started, as it tells its nth step; false when it ended before."""
        process = subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        said: list[str] = []
        with process.stdout as told:
            for each in told:
                said.append(each)
                if sum(step.startswith("  ") for step in said) > line:
                    os.killpg(process.pid, signal.SIGKILL)
                    break
        ended = process.wait()
        assert ended in {0, -signal.SIGKILL}, "".join(said)
        return ended != 0

    def survives(self, *arguments: str) -> int:
        """Kill the command at its first step, repeat it and kill it at a later one, and so on until it is through."""
        kills = 0
        while self.killed_at(kills * every(5), *arguments):
            kills += 1
        return kills


@pytest.fixture(scope="module")
def operator(platform: RunningPlatform) -> Operator:
    return Operator(platform)


@pytest.fixture(scope="module")
def tenants(platform: RunningPlatform) -> Iterator[dict[str, str]]:
    """Five tenants on three tiers, with an admin each: their user names by tenant."""
    admins = {tenant: f"{tenant}-boss" for tenant in TIERS}
    with exclusive_workspace(platform.layout.state) as found:
        for tenant, tier in TIERS.items():
            found.tenants.create(operator_here(), {"id": tenant, "name": f"Name of {tenant}", "tier": tier})
            boss = Member(tenant, admins[tenant], Role.ADMIN, "Bo", tenant.title(), f"boss@{tenant}.example")
            found.memberships.put(operator_here(), boss)
    for tenant in TIERS:
        with exclusive_workspace(platform.layout.state) as found:
            converge(found, tenant, {}, silent)
    yield admins
    for tenant in TIERS:
        with exclusive_workspace(platform.layout.state) as found:
            if found.runtime.find(tenant) is not None:
                found.tenants.delete(operator_here(), tenant, after=dt.timedelta(0))
                converge(found, tenant, {}, silent)


def site_of(platform: RunningPlatform, tenant: str) -> httpx.Client:
    connection = platform.connection(tenant)
    host = connection.public_url.removeprefix("http://")
    return httpx.Client(base_url=connection.internal_url, headers={"Host": host}, trust_env=False, timeout=30)


def publish(platform: RunningPlatform, tenant: str, user_name: str, title: str) -> httpx.Response:
    body = {"tenant": tenant, "markdown": f"# {title}\n\nText.", "target": "draft", "source": {"kind": "api"}}
    with platform.hub(platform.tokens(user_name).access_token) as hub:
        return hub.post("/api/v1/publications", json=body)


def listed(client: SiteClient, kind: str, **query: str) -> list[dict[str, Any]]:
    """What a site lists over WordPress's own routes."""
    answer = client._http.send("GET", f"/wp/v2/{kind}", params={"per_page": "100", **query})
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


def delivered(platform: RunningPlatform, user_name: str, publication: str) -> dict[str, Any]:
    with platform.hub(platform.tokens(user_name).access_token) as hub:

        def found() -> dict[str, Any]:
            return dict(hub.get(f"/api/v1/publications/{publication}").json())

        until(lambda: found()["state"] == "drafted", found)
        return found()


@pytest.mark.parametrize("tenant", TIERS)
def test_every_link_of_a_new_tenant_holds(platform: RunningPlatform, tenants: dict[str, str], tenant: str) -> None:
    checks = list(check_tenant(platform.connection(tenant), issuer=platform.layout.identity_url))

    assert [check for check in checks if not check.passed] == []
    database = next(check.detail for check in checks if check.name == "database")
    assert database.startswith("sqlite" if TIERS[tenant] == "free" else "mysql")


def test_a_check_leaves_nothing_on_the_site(platform: RunningPlatform, tenants: dict[str, str]) -> None:
    connection = platform.connection("life-pro")

    list(check_tenant(connection, issuer=platform.layout.identity_url))

    with SiteClient(connection) as client:
        found = listed(client, "posts", status="any")
        users = listed(client, "users")
    assert [post["title"]["rendered"] for post in found if "check" in post["slug"]] == []
    assert users == [], "whoever has an article is listed"


def test_a_site_that_sends_people_elsewhere_fails_its_check(platform: RunningPlatform, tenants: dict[str, str]) -> None:
    elsewhere = platform.layout.identity_url.replace("localhost", "elsewhere.invalid")

    checks = {check.name: check for check in check_tenant(platform.connection("life-pro"), issuer=elsewhere)}

    assert (checks["sign-on"].passed, checks["publishing"].passed) == (False, True)
    assert "instead of" in checks["sign-on"].detail


@pytest.mark.parametrize(("own", "other"), list(itertools.permutations(TIERS, 2)))
def test_nobody_sees_or_touches_anothers_tenant(
    platform: RunningPlatform, tenants: dict[str, str], own: str, other: str
) -> None:
    article = {"tenant": other, "markdown": "# T\n\nText.", "target": "draft", "source": {"kind": "api"}}
    member = {"role": "admin", "given_name": "E", "family_name": "E", "email": "e@e.example"}
    with platform.hub(platform.tokens(tenants[own]).access_token) as hub:
        refused = [
            hub.get(f"/api/v1/tenants/{other}"),
            hub.get(f"/api/v1/tenants/{other}/members"),
            hub.put(f"/api/v1/tenants/{other}/members/eve", json=member),
            hub.delete(f"/api/v1/tenants/{other}"),
            hub.post(f"/api/v1/tenants/{other}/suspend"),
            hub.get("/api/v1/publications", params={"tenant": other}),
            hub.post("/api/v1/publications", json=article),
            hub.get("/api/v1/api-keys", params={"tenant": other}),
            hub.post("/api/v1/api-keys", json={"tenant": other, "role": "author", "label": "x"}),
        ]
        lists = [hub.get("/api/v1/tenants"), hub.get("/api/v1/sites"), hub.get("/api/v1/publications")]

    assert [answer.status_code for answer in refused] == [404] * len(refused)
    assert [answer.status_code for answer in lists] == [200] * len(lists)
    assert not [answer.text for answer in (*refused, *lists) if other in answer.text]
    theirs = platform.connection(other)
    mixed = dataclasses.replace(
        platform.connection(own), public_url=theirs.public_url, internal_url=theirs.internal_url
    )
    with SiteClient(mixed) as client:
        assert client._http.send("GET", "/presswerk/v1/status").status_code == 401


def test_articles_move_along_with_the_tier_and_stay_one_post(
    platform: RunningPlatform, tenants: dict[str, str], operator: Operator
) -> None:
    boss = tenants["life-small"]
    made = publish(platform, "life-small", boss, "Grüße, 🥨 aus dem \\ 'Ofen'").json()["id"]
    before = delivered(platform, boss, made)["post"]

    for tier, kept in (("pro", True), ("enterprise", True), ("free", False)):
        operator.run("scale", "life-small", "--tier", tier)
        found = kept_in(platform.layout, "life-small")
        assert found is not None
        assert (found.mariadb_user is not None) == kept
        with SiteClient(platform.connection("life-small")) as client:
            post = client.get_publication(made)
            assert post is not None
            assert (post.post_id, post.status) == (before["post_id"], "draft")
            (shown,) = listed(client, "posts", status="draft", include=str(post.post_id))
            assert shown["title"]["rendered"] == "Grüße, 🥨 aus dem \\ &#8216;Ofen&#8217;"


def test_a_suspended_tenant_says_so_takes_nothing_and_loses_nothing(
    platform: RunningPlatform, tenants: dict[str, str], operator: Operator
) -> None:
    boss = tenants["life-free"]
    kept = publish(platform, "life-free", boss, "Before").json()["id"]
    delivered(platform, boss, kept)

    assert operator.run("suspend", "life-free")["phase"] == "Suspended"
    with site_of(platform, "life-free") as site:
        closed, rest = site.get("/"), site.get("/wp-json/presswerk/v1/status")
    refused = publish(platform, "life-free", boss, "Meanwhile")
    assert operator.run("resume", "life-free")["phase"] == "Ready"
    with site_of(platform, "life-free") as site:
        opened_again = site.get("/")

    assert (closed.status_code, closed.headers["Retry-After"]) == (503, "3600")
    assert "Name of life-free" in closed.text
    assert (rest.status_code, rest.json()["code"]) == (503, "presswerk_suspended")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "tenant-suspended")
    assert opened_again.status_code == 200
    with SiteClient(platform.connection("life-free")) as client:
        assert client.get_publication(kept) is not None


def test_a_deleted_tenant_leaves_nothing_anywhere(
    platform: RunningPlatform, tenants: dict[str, str], operator: Operator, tmp_path: Path
) -> None:
    boss = tenants["life-corp"]
    made = publish(platform, "life-corp", boss, "Soon gone").json()["id"]
    delivered(platform, boss, made)
    # Somebody who has used the chat has an account and groups there.
    sign_in(platform.layout.chat_url, provider_login(boss, platform.password(boss)))
    with platform.hub(platform.tokens(boss).access_token) as hub:
        key = hub.post("/api/v1/api-keys", json={"tenant": "life-corp", "role": "author", "label": "x"}).json()
    words = ("life-corp", "life_corp", boss, made, key["id"])
    assert {place.split()[0] for place in traces_of(platform.layout, words)} >= {
        "file",
        "text",
        "row",
        "database",
        "process",
    }

    gone = operator.run("delete", "life-corp", "--now", "--final-backup", str(tmp_path))
    again = operator.run("delete", "life-corp", "--now", "--yes")

    assert traces_of(platform.layout, words) == []
    assert (gone["phase"], again["phase"]) == (None, None)
    (archive,) = tmp_path.iterdir()
    listed = subprocess.run(["tar", "tzf", str(archive)], capture_output=True, text=True, check=True).stdout.split()
    assert {"tenant.json", "content.jsonl", "uploads/"} <= set(listed)
    with platform.hub(platform.tokens("olivia").access_token) as hub:
        assert hub.get("/api/v1/tenants/life-corp").status_code == 404


def test_what_is_asked_of_the_api_is_carried_out_in_the_background(
    platform: RunningPlatform, tenants: dict[str, str]
) -> None:
    def found() -> dict[str, Any]:
        return dict(hub.get("/api/v1/tenants/life-mid").json())

    with platform.hub(platform.tokens("olivia").access_token) as hub:
        assert hub.post("/api/v1/tenants/life-mid/suspend").status_code == 202
        until(lambda: found()["phase"] == "Suspended", found)
        with site_of(platform, "life-mid") as site:
            assert site.get("/").status_code == 503
        assert hub.post("/api/v1/tenants/life-mid/resume").status_code == 202
        until(lambda: found()["phase"] == "Ready", found)
        with site_of(platform, "life-mid") as site:
            assert site.get("/").status_code == 200


def test_killed_at_every_step_the_same_command_again_ends_as_if_it_had_not_been(
    platform: RunningPlatform, operator: Operator
) -> None:
    name, secret = "crashed", uuid.uuid4().hex
    create = ("create", name, "--name", f"Crashed {secret}", "--tier", "free")
    kills = operator.survives(*create)
    with SiteClient(platform.connection(name)) as client:
        assert client.status().database == "sqlite"

    kills += operator.survives("scale", name, "--tier", "pro")
    with SiteClient(platform.connection(name)) as client:
        assert client.status().database == "mysql"
    kills += operator.survives("suspend", name)
    kills += operator.survives("resume", name)
    checks = list(check_tenant(platform.connection(name), issuer=platform.layout.identity_url))
    assert [check for check in checks if not check.passed] == []
    kills += operator.survives("scale", name, "--tier", "free")
    with SiteClient(platform.connection(name)) as client:
        assert client.status().database == "sqlite"
    kills += operator.survives("delete", name, "--now", "--yes")

    assert traces_of(platform.layout, (name, secret)) == []
    assert kills >= up_to(20, 6)
    with open_workspace(platform.installation) as found:
        actions = [record.action for record in found.audit.list(name)]
    assert sorted(actions) == sorted(
        ["tenant.create", "tenant.scale", "tenant.suspend", "tenant.resume", "tenant.scale", "tenant.delete"]
    )
