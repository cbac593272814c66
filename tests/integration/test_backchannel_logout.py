"""The hub's end of OpenID Connect Back-Channel Logout, with a real provider that says who has signed out."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.web.backchannel import PATH
from tests.support.console import ConsoleBrowser, console_browser
from tests.support.hub import HubProcess, hub_environment
from tests.support.process import free_port
from tests.support.providers import Column, OidcProvider, form_of, running_oidc_provider

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


def test_who_signs_out_at_the_provider_is_signed_out_of_the_hub(hub: tuple[HubProcess, OidcProvider]) -> None:
    process, provider = hub
    with console_browser(process.url) as browser, console_browser(process.url) as other:
        sign_in(browser, provider, "anna")
        sign_in(other, provider, "ada")
        document = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
        page = browser.http.get(document["end_session_endpoint"])
        browser.http.post(f"{provider.issuer}/session/end/confirm", data=form_of(page))

        deadline = time.monotonic() + 20
        while (answer := browser.get("/account")).status_code != 303:
            assert time.monotonic() < deadline, process.log[-2000:]
            time.sleep(0.1)

        assert answer.headers["location"].startswith("/auth/login")
        assert other.get("/account").status_code == 200


@pytest.mark.parametrize(
    "form", [{}, {"logout_token": "x"}, {"logout_token": "a.b.c"}, {"logout_token": ["a.b.c", "a.b.c"]}, {"other": "x"}]
)
def test_what_is_no_logout_token_is_told_so(form: dict[str, object], hub: tuple[HubProcess, OidcProvider]) -> None:
    answer = httpx.post(f"{hub[0].url}{PATH}", data=form)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["cache-control"] == "no-store"
