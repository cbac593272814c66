"""kill -9 of the hub at any moment: every publication becomes one post, none two, none is lost."""

import base64
import contextlib
import itertools
import signal
from collections.abc import Iterator

import httpx
import pytest

from tests.support.crashing_hub import MOMENTS
from tests.support.hub import HubClient, HubProcess, hub_environment, register
from tests.support.issuer import Issuer
from tests.support.press import PNG
from tests.support.site_double import SiteDouble, running_site_double

pytestmark = pytest.mark.integration

KILLS = 30
CRASHING = ("-m", "tests.support.crashing_hub")


@pytest.fixture
def site() -> Iterator[SiteDouble]:
    with running_site_double() as site:
        yield site


@pytest.fixture
def hub(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, issuer: Issuer, site: SiteDouble
) -> Iterator[HubProcess]:
    environment = hub_environment(database_url, issuer.url)
    register(environment, {"acme": site.connection})
    hub = HubProcess(tmp_path_factory.mktemp("hub"), environment, CRASHING)
    yield hub
    hub.stop()


def test_thirty_kills_over_thirty_publications(hub: HubProcess, issuer: Issuer, site: SiteDouble) -> None:
    token = issuer.access_token("anna", groups=["tenant-acme-author"])
    armed = hub.directory / "armed"
    for number, moment in zip(range(KILLS), itertools.cycle(MOMENTS), strict=False):
        hub.start(PRESSWERK_TEST_CRASH=moment, PRESSWERK_TEST_ARMED=str(armed))
        armed.touch()
        with contextlib.suppress(httpx.TransportError):
            # The hub may die before it answers: a client repeats the request with the same key.
            _publish(hub.client(token), number)
        assert hub.await_death() == -signal.SIGKILL, moment
        armed.unlink()
    hub.start(PRESSWERK_TEST_ARMED=str(armed))
    client = hub.client(token)
    made = [_publish(client, number) for number in range(KILLS)]
    done = [client.await_state(publication) for publication in made]

    assert [(each["state"], each["warnings"]) for each in done] == [("drafted", [])] * KILLS
    assert sorted(site.posts) == sorted(made)
    assert len({post.post_id for post in site.posts.values()}) == KILLS
    assert len(site.media) == KILLS
    listed = client.request("GET", "/publications", params={"limit": 200}).json()["items"]
    assert sorted(each["id"] for each in listed) == sorted(made)


def _publish(client: HubClient, number: int) -> str:
    data = base64.b64encode(PNG + bytes([number])).decode()
    picture = {"reference": "p.png", "filename": "p.png", "media_type": "image/png", "data": data}
    article = client.publish(
        "acme", f"Article {number}.\n\n![p](p.png)", key=f"article-{number}", attachments=[picture]
    )
    return str(article["id"])
