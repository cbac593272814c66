"""The hub's end of OpenID Connect Back-Channel Logout, with a real provider that says who has signed out."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.database import connect
from presswerk.declaration import Role
from presswerk.identity import ApiKeys, KnownPeople, Principal
from presswerk.web.backchannel import PATH
from presswerk.wordpress import Connection
from tests.support.console import ConsoleBrowser, console_browser
from tests.support.hub import HubProcess, hub_environment, register
from tests.support.process import free_port
from tests.support.providers import Column, OidcProvider, form_of, running_oidc_provider
from tests.support.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubProcess, OidcProvider]]:
    directory: Path = tmp_path_factory.mktemp("hub")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running_oidc_provider(Column(), redirect_uri=f"{url}/auth/callback", logout_uri=f"{url}{PATH}") as provider:
        environment = hub_environment(
            f"sqlite:///{directory}/hub.db",
            provider.issuer,
            PRESSWERK_HUB_URL=url,
            PRESSWERK_OIDC_CLIENT_SECRET=provider.hub.client_secret,
        )
        process = HubProcess(directory, environment, port=port)
        try:
            process.start()
            yield process, provider
        finally:
            process.stop()


def sign_in(browser: ConsoleBrowser, provider: OidcProvider, user_name: str) -> None:
    begun = browser.get("/auth/login")
    back = provider.sign_in(browser.http, begun.headers["location"], user_name)
    assert browser.http.get(back).status_code == 303
    assert browser.get("/account").status_code == 200


def sign_out_at_the_provider(browser: ConsoleBrowser, process: HubProcess, provider: OidcProvider) -> httpx.Response:
    """Sign out there alone, and wait until the hub has heard of it; its answer to the next request."""
    document = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
    page = browser.http.get(document["end_session_endpoint"])
    browser.http.post(f"{provider.issuer}/session/end/confirm", data=form_of(page))
    until(lambda: browser.get("/account").status_code == 303, lambda: process.log[-2000:])
    return browser.get("/account")


def test_who_signs_out_at_the_provider_is_signed_out_of_the_hub(hub: tuple[HubProcess, OidcProvider]) -> None:
    process, provider = hub
    with console_browser(process.url) as browser, console_browser(process.url) as other:
        sign_in(browser, provider, "anna")
        sign_in(other, provider, "ada")

        answer = sign_out_at_the_provider(browser, process, provider)

        assert answer.headers["location"].startswith("/auth/login")
        assert other.get("/account").status_code == 200


def paused(process: HubProcess) -> int:
    told: int = httpx.get(f"{process.url}/health/ready").json()["removals"]["paused"]
    return told


def test_their_keys_and_schedules_pause_until_they_sign_in_again(hub: tuple[HubProcess, OidcProvider]) -> None:
    """A provider without a directory: its sign-out may be a removal, and nothing else would tell of one."""
    process, provider = hub
    register(process.environment, {"acme": Connection("http://acme.example", "http://127.0.0.1:9", "presswerk", "x")})
    database = connect(process.environment["PRESSWERK_DATABASE_URL"])
    with console_browser(process.url) as browser:
        sign_in(browser, provider, "ada")
        owner = KnownPeople(database).get(provider.issuer, "ada")
        assert owner is not None
        principal = Principal(owner.issuer, owner.subject, owner.name, roles=owner.roles)
        secret = ApiKeys(database).create("acme", Role.EDITOR, "integration", principal)[1]
        by_key = process.client(secret)
        assert by_key.request("GET", "/me").status_code == 200
        due = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=15)
        scheduled = by_key.publish("acme", "# Later", target="publish", scheduled_for=due.isoformat())["id"]

        before = paused(process)

        sign_out_at_the_provider(browser, process, provider)

        refused = by_key.request("GET", "/me")
        assert refused.status_code == 401
        assert "signed out or was not seen for 24 hours; it goes on once they sign in" in refused.json()["detail"]
        assert paused(process) == before + 1
        with console_browser(process.url) as other:
            sign_in(other, provider, "olivia")
            address = f"/publications/{scheduled}"
            until(
                lambda: "signed out or was not seen for a day" in other.get(address).text,
                lambda: other.get(address).text,
            )

        sign_in(browser, provider, "ada")

        assert by_key.request("GET", "/me").status_code == 200
        assert paused(process) == before
        until(lambda: by_key.get(scheduled)["state"] != "held", lambda: "what was held goes on by itself")


@pytest.mark.parametrize(
    "form", [{}, {"logout_token": "x"}, {"logout_token": "a.b.c"}, {"logout_token": ["a.b.c", "a.b.c"]}, {"other": "x"}]
)
def test_what_is_no_logout_token_is_told_so(form: dict[str, object], hub: tuple[HubProcess, OidcProvider]) -> None:
    answer = httpx.post(f"{hub[0].url}{PATH}", data=form)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["cache-control"] == "no-store"
