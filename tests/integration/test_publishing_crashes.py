"""kill -9 of the hub at any moment: every publication becomes one post, none two, none is lost."""

import base64
import contextlib
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from presswerk.wordpress import Connection
from tests.support.crashing_hub import MOMENTS
from tests.support.drill import every, up_to
from tests.support.hub import HubClient, HubProcess, hub_environment, register
from tests.support.issuer import Issuer
from tests.support.postgres import PostgresServer
from tests.support.press import PNG
from tests.support.site_double import running_site_double
from tests.support.sites import running_site

pytestmark = pytest.mark.integration

CRASHING = ("-m", "tests.support.crashing_hub")


def test_a_kill_for_each_publication_to_a_real_wordpress(tmp_path: Path, issuer: Issuer) -> None:
    with (
        running_site(tmp_path / "site") as site,
        _hub(tmp_path, f"sqlite:///{tmp_path}/hub.db", issuer, site.connection) as hub,
    ):
        # In a drill each moment comes twice.
        moments = MOMENTS * up_to(2, 1)
        made = _publish_and_kill(hub, issuer, moments)

        found = site.php(
            "global $wpdb; return $wpdb->get_results("
            "\"SELECT ID, guid, post_status FROM $wpdb->posts WHERE guid LIKE 'urn:uuid:%' AND post_type = 'post'\" );"
        )
        images = site.php(
            "global $wpdb; return (int) $wpdb->get_var("
            "\"SELECT COUNT(*) FROM $wpdb->posts WHERE post_type = 'attachment'\" );"
        )
    assert sorted(each["guid"].removeprefix("urn:uuid:") for each in found) == sorted(made)
    assert {each["post_status"] for each in found} == {"draft"}
    assert images == len(moments)


def test_a_kill_at_every_moment_on_postgresql(tmp_path: Path, issuer: Issuer, postgres: PostgresServer) -> None:
    # A double here: the real WordPress is above, and this is about the hub's other database.
    moments = MOMENTS[:: every(3)]
    with running_site_double() as site, _hub(tmp_path, postgres.new_database(), issuer, site.connection) as hub:
        made = _publish_and_kill(hub, issuer, moments)
        assert sorted(site.posts) == sorted(made)
        assert len({post.post_id for post in site.posts.values()}) == len(moments)
        assert len(site.media) == len(moments)


@contextlib.contextmanager
def _hub(directory: Path, database_url: str, issuer: Issuer, connection: Connection) -> Iterator[HubProcess]:
    environment = hub_environment(database_url, issuer.url)
    register(environment, {"acme": connection})
    hub = HubProcess(directory, environment, CRASHING)
    try:
        yield hub
    finally:
        hub.stop()


def _publish_and_kill(hub: HubProcess, issuer: Issuer, moments: Sequence[str]) -> list[str]:
    """Kill the hub at each moment, with a publication each; returns their ids when all stand on the site."""
    token = issuer.access_token("anna", groups=["tenant-acme-author"])
    armed = hub.directory / "armed"
    for number, moment in enumerate(moments):
        hub.start(PRESSWERK_TEST_CRASH=moment, PRESSWERK_TEST_ARMED=str(armed))
        armed.touch()
        with contextlib.suppress(httpx.TransportError):
            # The hub may die before it answers: a client repeats the request with the same key.
            _publish(hub.client(token), number)
        assert hub.await_death() == -signal.SIGKILL, moment
        armed.unlink()
    hub.start(PRESSWERK_TEST_ARMED=str(armed))
    client = hub.client(token)
    made = [_publish(client, number) for number in range(len(moments))]
    done = [client.await_state(publication) for publication in made]
    ended = [(each["state"], each["failure"], each["warnings"]) for each in done]
    assert ended == [("drafted", None, [])] * len(moments)
    listed = client.request("GET", "/publications", params={"limit": 200}).json()["items"]
    assert sorted(each["id"] for each in listed) == sorted(made)
    return made


def _publish(client: HubClient, number: int) -> str:
    picture = {
        "reference": "p.png",
        "filename": "p.png",
        "media_type": "image/png",
        "data": base64.b64encode(PNG + bytes([number])).decode(),
    }
    text, key = f"Article {number}.\n\n![p](p.png)", f"article-{number}"
    if number % 2:
        return str(client.publish("acme", text, key=key, attachments=[picture])["id"])
    # The same article gives the same hash, so that a new preview and the same key are still the same request.
    preview = client.request(
        "POST", "/previews", json={"tenant": "acme", "markdown": text, "attachments": [picture]}
    ).json()
    confirmed = {"preview": preview["id"], "sha256": preview["sha256"]}
    answer = client.request("POST", "/publications", json=confirmed, headers={"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])
