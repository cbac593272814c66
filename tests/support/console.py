"""A browser at the hub's pages: what tests of the console begin with."""

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from presswerk.runtimes.local.login import sign_in
from tests.support.identity import Identity
from tests.support.process import NO_AUTHORITIES

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

    def post(self, path: str, form: dict[str, object], **headers: str) -> httpx.Response:
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
