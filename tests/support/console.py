"""A browser at the hub's pages: what tests of the console begin with."""

import html
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from presswerk.identity.clients import HUB_CLIENT
from presswerk.runtimes.local.login import sign_in
from tests.support.hub import HubClient, HubProcess, hub_environment
from tests.support.identity import Identity
from tests.support.process import NO_AUTHORITIES, free_port
from tests.support.sign_on import SignOnProvider, running_sign_on_provider

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
_TRIES = 3
_FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class ConsoleBrowser:
    """Keeps cookies as a browser does and asks for pages; follows no redirect by itself.

    Args:
        url: The hub as browsers see it.
        language: What the browser asks for.
    """

    def __init__(self, url: str, language: str = "en") -> None:
        self.url = url
        self.http = httpx.Client(
            headers={"Accept": "text/html", "Accept-Language": language},
            timeout=30,
            verify=NO_AUTHORITIES,
            trust_env=False,
        )

    def get(self, path: str, **arguments: object) -> httpx.Response:
        """Open a page."""
        return self.http.get(f"{self.url}{path}", **arguments)  # type: ignore[arg-type]  # httpx's own arguments

    def post(self, path: str, form: Mapping[str, object], **headers: str) -> httpx.Response:
        """Send a form of a page as a browser does."""
        return self.http.post(f"{self.url}{path}", data=form, headers={**SAME_ORIGIN, **headers})

    def send(self, path: str, page: str | None = None, **fields: object) -> httpx.Response:
        """Open a page, and send its form with these fields."""
        opened = self.get(page or path)
        assert opened.status_code == 200, opened.text
        return self.post(path, {"form_token": form_token(opened), **fields})

    def sign_in(self, identity: Identity, user_name: str, next_path: str = "/account") -> httpx.Response:
        """Sign in at Canaille's pages; the answer to the callback."""
        for _ in range(_TRIES):
            begun = self.get("/auth/login", params={"next": next_path})
            assert begun.status_code == 303, begun.text
            back = sign_in(self.http, begun.headers["location"], user_name, identity.password(user_name))
            arrived = self.http.get(back)
            if arrived.status_code == 303:
                break
            # Canaille makes no two tokens for one person and client within a second.
            time.sleep(1.1)
        assert arrived.status_code == 303, arrived.text
        return arrived

    def cookie(self, name: str) -> str | None:
        """A cookie's value."""
        return next((each.value for each in self.http.cookies.jar if each.name == name), None)


def form_token(page: httpx.Response) -> str:
    """What the forms of a page carry."""
    found = _FORM_TOKEN.search(page.text)
    assert found, page.text
    return found[1]


def text_of(page: httpx.Response) -> str:
    """A page's visible text, roughly."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@contextmanager
def console_browser(url: str, language: str = "en") -> Iterator[ConsoleBrowser]:
    """A browser nobody has used."""
    browser = ConsoleBrowser(url, language)
    with browser.http:
        yield browser


@dataclass(frozen=True)
class ConsoleHub:
    """A hub whose provider signs in whomever a test wants, and can misbehave."""

    hub: HubProcess
    provider: SignOnProvider

    def arrive(self, browser: ConsoleBrowser, next_path: str = "/account") -> httpx.Response:
        """Sign in whoever is the provider's person now; the answer to the callback."""
        begun = browser.get("/auth/login", params={"next": next_path})
        back = browser.http.get(begun.headers["location"])
        return browser.http.get(back.headers["location"])

    @contextmanager
    def signed_in(self, user_name: str, *groups: str, language: str = "en") -> Iterator[ConsoleBrowser]:
        """A browser somebody is signed in with."""
        names = {"name": user_name.title(), "email": f"{user_name}@example.org"}
        self.provider.reset({"sub": user_name, **names, "groups": list(groups)})
        with console_browser(self.hub.url, language) as browser:
            assert self.arrive(browser).status_code == 303
            yield browser

    def client(self, user_name: str, *groups: str) -> HubClient:
        """The API, as somebody."""
        token = self.provider.issuer.access_token(user_name, groups=groups, audience=HUB_CLIENT)
        return self.hub.client(token)


@contextmanager
def running_console(directory: Path, **variables: str) -> Iterator[ConsoleHub]:
    """Run a hub and its provider until the block ends."""
    with running_sign_on_provider(HUB_CLIENT) as provider:
        port = free_port()
        environment = hub_environment(
            f"sqlite:///{directory}/hub.db",
            provider.issuer.url,
            PRESSWERK_HUB_URL=f"http://127.0.0.1:{port}",
            PRESSWERK_OIDC_CLIENT_SECRET=provider.client.client_secret,
            **variables,
        )
        hub = HubProcess(directory, environment, port=port)
        try:
            hub.start()
            yield ConsoleHub(hub, provider)
        finally:
            hub.stop()
