"""Whoever is removed is out: one person with everything somebody can have, removed, and every way in walked.

The ways in come from the code (`tests.support.ways_in`); one that is not known here fails the test. How long each may
last is settled by the hub's settings, whose bounds are checked apart: the hub here asks each second.
"""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from presswerk.database import connect
from presswerk.declaration import Platform, Tenant, TierName
from presswerk.identity import ApiKeys
from presswerk.identity.clients import HUB_CLIENT, site_client_id
from presswerk.identity.departures import SETTLING, TOLD_AGAIN_AFTER
from presswerk.operations.chat_departures import ChatPlace
from presswerk.runtimes.local.identity import clients_of, identity_database, seed
from presswerk.runtimes.local.layout import Ports
from presswerk.runtimes.local.login import SignInRefused, sign_in
from presswerk.sites.configuration import SignOn
from presswerk.web.settings import Settings
from tests.support.console import ConsoleBrowser
from tests.support.hub import HubClient, HubProcess, hub_environment, local_tenants, register
from tests.support.hub_app import hub_app
from tests.support.identity import Identity, identity_running
from tests.support.process import free_port
from tests.support.sign_on import new_browser, signed_in_as
from tests.support.sites import RunningSite, new_publication, running_site
from tests.support.waiting import until
from tests.support.ways_in import hub_routes, site_routes

pytestmark = pytest.mark.integration

GONE = "acme-admin"
"""Who is removed; an admin can do most."""

TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
ARTICLE = {"tenant": "acme", "markdown": "# Bread\n\nRises."}

OPEN = {
    ("GET", "/openapi.json"): "the API's description",
    ("GET", "/docs"): "the same for people",
    ("GET", "/health/live"): "whether the process answers",
    ("GET", "/health/ready"): "whether it can work",
    ("GET", "/metrics"): "loopback or cluster only",
    ("GET", "/.well-known/oauth-protected-resource"): "names the issuer",
    ("GET", "/"): "names no tenant's content",
    ("GET", "/auth/login"): "leads to the provider",
    ("GET", "/auth/callback"): "takes what the provider vouches for",
    ("POST", "/auth/backchannel-logout"): "takes what the provider has signed",
    ("MOUNT", "/static"): "style sheets",
}
"""What anybody may ask, and why; who was removed is anybody."""

PAGES: Mapping[tuple[str, str], dict[str, object] | None] = {
    ("GET", "/account"): None,
    ("POST", "/auth/logout"): {},
    ("GET", "/invitations/{token}"): None,
    ("POST", "/invitations/{token}"): {},
    ("GET", "/previews/{preview_id}"): None,
    ("POST", "/previews/{preview_id}"): {},
    ("GET", "/previews/{preview_id}/pictures/{sha256}"): None,
    ("GET", "/publications/{publication_id}"): None,
    ("POST", "/publications/{publication_id}"): {},
}
"""Pages for people, by the session's cookie: the form that is sent."""

CALLS: Mapping[tuple[str, str], Any] = MappingProxyType(
    {
        ("GET", "/api/v1/me"): None,
        ("GET", "/api/v1/sites"): None,
        ("GET", "/api/v1/status"): None,
        ("POST", "/api/v1/previews"): ARTICLE,
        ("GET", "/api/v1/previews/{preview_id}"): None,
        ("PATCH", "/api/v1/previews/{preview_id}"): {"title": "Other"},
        ("GET", "/api/v1/previews/{preview_id}/pictures/{sha256}"): None,
        ("POST", "/api/v1/publications"): ARTICLE,
        ("PUT", "/api/v1/publications/{publication_id}"): ARTICLE,
        ("GET", "/api/v1/publications"): None,
        ("GET", "/api/v1/publications/{publication_id}"): None,
        ("GET", "/api/v1/publications/{publication_id}/site"): None,
        ("GET", "/api/v1/publications/{publication_id}/events"): None,
        ("POST", "/api/v1/publications/{publication_id}/retry"): None,
        ("POST", "/api/v1/publications/{publication_id}/take-over"): None,
        ("POST", "/api/v1/publications/{publication_id}/cancel"): None,
        ("GET", "/api/v1/api-keys"): None,
        ("POST", "/api/v1/api-keys"): {"tenant": "acme", "role": "author", "label": "back door"},
        ("DELETE", "/api/v1/api-keys/{key_id}"): None,
        ("GET", "/api/v1/tenants"): None,
        ("POST", "/api/v1/tenants"): {"id": "mine", "name": "Mine"},
        ("GET", "/api/v1/tenants/{tenant_id}"): None,
        ("PATCH", "/api/v1/tenants/{tenant_id}"): {"name": "Mine"},
        ("POST", "/api/v1/tenants/{tenant_id}/suspend"): None,
        ("POST", "/api/v1/tenants/{tenant_id}/resume"): None,
        ("POST", "/api/v1/tenants/{tenant_id}/test"): None,
        ("DELETE", "/api/v1/tenants/{tenant_id}"): None,
        ("GET", "/api/v1/tenants/{tenant_id}/members"): None,
        ("PUT", "/api/v1/tenants/{tenant_id}/members/{user_name}"): {"role": "admin"},
        ("DELETE", "/api/v1/tenants/{tenant_id}/members/{user_name}"): None,
        ("GET", "/api/v1/tenants/{tenant_id}/invitations"): None,
        ("POST", "/api/v1/tenants/{tenant_id}/invitations"): {"role": "admin"},
        ("DELETE", "/api/v1/tenants/{tenant_id}/invitations/{invitation_id}"): None,
    }
)
"""Every signed-in route with a body that is right, so that nothing but who asks can refuse it."""

SITE_CALLS = {
    ("GET", "/presswerk/v1/status"),
    ("POST", "/presswerk/v1/people/end"),
    ("GET", "/presswerk/v1/terms"),
    ("GET", "/presswerk/v1/publications/{uuid}"),
    ("GET", "/presswerk/v1/publications/{uuid}/site"),
    ("PUT", "/presswerk/v1/publications/{uuid}"),
    ("DELETE", "/presswerk/v1/publications/{uuid}"),
    ("PUT", "/presswerk/v1/media/{sha256}"),
}
CORE_CALLS = {("GET", "/wp/v2/users/me"), ("GET", "/wp/v2/settings"), ("POST", "/wp/v2/posts")}
PLACES = {"keys", "sessions", "schedules", "sites", "invitations", "chat"}
"""What is told of departures; each has its end below, the chat's in open_webui/test_departures.py."""


@dataclass(frozen=True)
class House:
    """A hub, a site and their provider, all real."""

    hub: HubProcess
    site: RunningSite
    identity: Identity

    def client(self, user_name: str) -> HubClient:
        return self.hub.client(self.identity.tokens(user_name).access_token)

    def seed_without(self, user_name: str) -> None:
        """Bring the provider to what was decided, as the runtime does a little later."""
        people = tuple(
            person.model_copy(update={"memberships": {}}) if person.user_name == user_name else person
            for person in self.identity.platform.people
        )
        platform: Platform = self.identity.platform.model_copy(update={"people": people})
        seed(self.identity.layout, platform, self.identity.secrets, self.identity.python)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    ports = Ports(identity=free_port(), hub=free_port(), chat=free_port(), first_site=free_port())
    with identity_running(directory / "identity", ports=ports) as identity:
        clients = {each.client_id: each for each in clients_of(identity.layout, identity.platform, identity.secrets)}
        site_client = clients[site_client_id("acme")]
        known = SignOn(identity.issuer, site_client.client_id, site_client.secret or "")
        with running_site(directory / "site", sign_on=known, port=ports.first_site) as site:
            environment = hub_environment(
                f"sqlite:///{directory}/hub.db",
                identity.issuer,
                PRESSWERK_HUB_URL=identity.layout.hub_url,
                PRESSWERK_OIDC_CLIENT_SECRET=clients[HUB_CLIENT].secret or "",
                PRESSWERK_DIRECTORY_FILE=str(identity_database(identity.layout)),
                PRESSWERK_DIRECTORY_EVERY_SECONDS="1",
                PRESSWERK_OIDC_REMEMBERED_SECONDS="1",
                PRESSWERK_STREAM_RECHECK_SECONDS="1",
            )
            register(environment, {"acme": site.connection})
            acme = Tenant(id="acme", name="Acme News", tier=TierName.ENTERPRISE)
            local_tenants(environment).apply(acme)
            hub = HubProcess(directory, environment, port=ports.hub)
            try:
                hub.start()
                yield House(hub, site, identity)
            finally:
                hub.stop()


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The hub once more, here, to look at what it is made of."""
    return hub_app()


def test_every_way_into_the_hub_is_known_here(app: FastAPI) -> None:
    found = hub_routes(app)
    assert found == OPEN.keys() | PAGES.keys() | CALLS.keys(), "say here how a new way in is called, and that it ends"


def test_every_way_into_a_site_is_known_here(house: House) -> None:
    assert site_routes(house.site) == SITE_CALLS, "say here how a new way in is called, and that it ends"


def test_every_place_that_is_told_is_known_here(app: FastAPI) -> None:
    assert {*app.state.hub.departures.places, ChatPlace.name} == PLACES


def test_no_setting_lets_anybody_in_for_longer_than_a_minute() -> None:
    longest = {
        name: max(bound.le for bound in Settings.model_fields[name].metadata if hasattr(bound, "le"))
        for name in (
            "oidc_remembered_seconds",
            "oidc_outage_seconds",
            "directory_every_seconds",
            "stream_recheck_seconds",
        )
    }
    assert longest["oidc_outage_seconds"] <= 60
    assert longest["oidc_remembered_seconds"] + longest["stream_recheck_seconds"] <= 60
    told_after_seconds = 5
    noticed = longest["directory_every_seconds"] + SETTLING.total_seconds() + told_after_seconds
    assert noticed <= 60
    assert TOLD_AGAIN_AFTER.total_seconds() + told_after_seconds <= 60


@dataclass
class Everything:
    """What somebody had."""

    by_token: HubClient
    by_key: HubClient
    key_id: str
    browser: ConsoleBrowser
    site_browser: httpx.Client
    password: tuple[str, str]
    scheduled: str
    stream: "OpenStream"
    names: Mapping[str, str]


class OpenStream:
    """Reads a publication's events until the hub ends them."""

    def __init__(self, client: HubClient, publication: str) -> None:
        self.ended = threading.Event()
        self._client = client
        self._publication = publication
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self._client.events(self._publication)
        self.ended.set()


def everything_of(house: House, user_name: str) -> Everything:
    """Give somebody one of everything; each of it works."""
    client = house.client(user_name)
    made = client.request("POST", "/api-keys", json={"tenant": "acme", "role": "admin", "label": "all"})
    key = made.json()
    by_key = house.hub.client(key["secret"])
    assert by_key.request("GET", "/me").status_code == 200
    drafted = client.await_state(client.publish("acme", "# Draft\n\nStays.")["id"], "drafted")
    scheduled = client.publish("acme", "# Later\n\nOn.", target="publish", scheduled_for=TOMORROW)["id"]
    preview = client.request("POST", "/previews", json=ARTICLE).json()
    invitation = client.request("POST", "/tenants/acme/invitations", json={"role": "author"})
    assert invitation.status_code == 201, invitation.text

    browser = ConsoleBrowser(house.identity.layout.hub_url)
    browser.sign_in(house.identity, user_name)
    assert browser.get("/account").status_code == 200

    site_browser = new_browser()
    assert signed_in_as(open_site(house, site_browser, user_name)) is not None
    login = house.site.php("return get_users( array( 'search' => $input['s'] . '*' ) )[0]->user_login;", s=user_name)
    personal = house.site.personal_connection(login)
    password = personal.user_name, personal.application_password
    with house.site.http(*password) as http:
        assert http.get("/wp-json/wp/v2/users/me").status_code == 200

    stream = OpenStream(client, scheduled)
    assert not stream.ended.wait(2)
    names = {
        "preview_id": preview["id"],
        "sha256": "0" * 64,
        "publication_id": drafted["id"],
        "key_id": key["id"],
        "tenant_id": "acme",
        "user_name": "acme-editor",
        "invitation_id": invitation.json()["id"],
        "token": "x" * 43,
    }
    return Everything(
        client, by_key, key["id"], browser, site_browser, password, scheduled, stream, MappingProxyType(names)
    )


def open_site(house: House, browser: httpx.Client, user_name: str) -> httpx.Response:
    """Open the site's profile page, and sign in at the provider where it asks."""
    answer = browser.get(f"{house.site.site.public_url}/wp-admin/profile.php")
    if not str(answer.url).startswith(house.identity.issuer):
        return answer
    (asked,) = [each.url for each in answer.history if each.url.path == "/oauth/authorize"][:1]
    return browser.get(sign_in(browser, str(asked), user_name, house.identity.password(user_name)))


@pytest.fixture(scope="module", params=["through Presswerk", "at the provider"])
def gone(request: pytest.FixtureRequest, house: House) -> Iterator[Everything]:
    """Somebody who had everything and was removed."""
    seed(house.identity.layout, house.identity.platform, house.identity.secrets, house.identity.python)
    operator = house.client("olivia")
    put = operator.request("PUT", f"/tenants/acme/members/{GONE}", json={"role": "admin"})
    assert put.status_code == 202, put.text
    had = everything_of(house, GONE)
    if request.param == "through Presswerk":
        assert operator.request("DELETE", f"/tenants/acme/members/{GONE}").status_code == 202
        # The provider still says otherwise; the runtime brings it along a moment later.
        until(lambda: had.by_token.request("GET", "/me").json().get("memberships") == [])
    house.seed_without(GONE)
    editor = house.client("acme-editor")
    until(lambda: editor.get(had.scheduled)["state"] == "held", lambda: "what was scheduled is not held")
    until(had.stream.ended.is_set, lambda: "the stream goes on")
    yield had
    had.browser.http.close()
    had.site_browser.close()


@pytest.mark.parametrize(("method", "path"), sorted(CALLS))
def test_a_token_and_a_key_open_no_route(method: str, path: str, gone: Everything) -> None:
    arguments = {} if CALLS[method, path] is None else {"json": CALLS[method, path]}
    address = path.removeprefix("/api/v1").format(**gone.names)
    answer = gone.by_token.request(method, address, **arguments)
    assert answer.status_code in {401, 403, 404} or (
        method == "GET" and answer.status_code == 200 and "acme" not in answer.text.replace(GONE, "")
    ), answer.text
    assert gone.by_key.request(method, address, **arguments).status_code == 401


@pytest.mark.parametrize(("method", "path"), sorted(PAGES))
def test_a_session_opens_no_page(method: str, path: str, gone: Everything) -> None:
    address = path.format(**gone.names)
    answer = gone.browser.get(address) if method == "GET" else gone.browser.post(address, {})
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/auth/login")
    else:
        assert answer.status_code in {401, 403, 404}, answer.text


@pytest.mark.parametrize(("method", "path"), sorted(SITE_CALLS | CORE_CALLS))
def test_an_application_password_opens_no_route_of_the_site(
    method: str, path: str, gone: Everything, house: House
) -> None:
    address = path.format(uuid=new_publication(), sha256="0" * 64)
    with house.site.http(*gone.password) as http:
        assert http.request(method, f"/wp-json{address}", json={}).status_code == 401


def test_neither_a_session_on_the_site_nor_another_sign_on_lets_them_in(gone: Everything, house: House) -> None:
    answer = gone.site_browser.get(f"{house.site.site.public_url}/wp-admin/profile.php")
    assert signed_in_as(answer) is None
    with new_browser() as browser:
        try:
            again = open_site(house, browser, GONE)
        except SignInRefused:
            return
        assert signed_in_as(again) is None


def test_a_key_died_with_its_owners_membership(gone: Everything, house: House) -> None:
    keys = ApiKeys(connect(house.hub.environment["PRESSWERK_DATABASE_URL"]))
    key = keys.get(gone.key_id)
    assert key is not None
    assert key.revoked_at is not None
    assert keys.owner_left(key)


def test_an_editor_takes_over_what_was_scheduled(gone: Everything, house: House) -> None:
    author, editor = house.client("acme-author"), house.client("acme-editor")
    held = editor.get(gone.scheduled)
    assert held["failure"]["code"] == "owner-left"
    assert "editor" in held["failure"]["remedy"]
    assert author.request("POST", f"/publications/{gone.scheduled}/take-over").status_code == 403
    taken = editor.act(gone.scheduled, "take-over")
    assert (taken["state"], taken["created_by"]["subject"], taken["failure"]) == ("scheduled", GONE, None)
    assert editor.request("POST", f"/publications/{gone.scheduled}/take-over").status_code == 409
    assert editor.act(gone.scheduled, "cancel")["state"] == "cancelled"
