"""Everything the hub says to a German reader is German: pages, API and events, whatever goes wrong."""

import html
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from presswerk.languages import LOCALES
from tests.integration.test_console_articles import AUTHOR, EDITOR, TEXT, Desk, desk, sent
from tests.support.console import text_of
from tests.support.site_double import Fault

__all__ = ["desk"]
pytestmark = pytest.mark.integration

GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}
TROUBLE = (
    f"Sure, here is your article!\n\n{TEXT}\n[gone](#nowhere) [7]\n\n![x](http://127.0.0.1:9/x.png) ![y](/y.png)\n"
)
_LEAST_LENGTH = 14


def _english() -> Iterator[str]:
    """What stands between the values of the English messages, where it is long enough to be told from German."""
    with (LOCALES / "de.po").open("rb") as file:
        catalogue = read_po(file, locale="de")
    for message in catalogue:
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        for form in forms:
            parts = re.split(r"%\(\w+\)s", form)
            yield from (part.strip() for part in parts if len(part.strip()) >= _LEAST_LENGTH and " " in part.strip())


ENGLISH = frozenset(_english())


def english_in(text: str) -> list[str]:
    shown = html.unescape(text)
    return [part for part in ENGLISH if part in shown]


@pytest.fixture(autouse=True)
def _healed(desk: Desk) -> Iterator[None]:
    yield
    desk.acme.faults.clear()
    desk.acme.down = False


def test_english_is_found_where_there_is_some(desk: Desk) -> None:
    shown = desk.preview(markdown=TROUBLE)
    with desk.console.signed_in(*AUTHOR) as browser:
        assert len(english_in(browser.get(f"/previews/{shown['id']}").text)) > 10
    assert len(ENGLISH) > 150


def test_a_preview_with_every_trouble_is_german(desk: Desk) -> None:
    client = desk.client(EDITOR)
    made = client.request("POST", "/previews", json={"tenant": "acme", "markdown": TROUBLE}, headers=GERMAN)
    assert len(made.json()["warnings"]) >= 3
    assert english_in(made.text.replace(TEXT, "")) == []
    with desk.console.signed_in(*EDITOR, language="de") as browser:
        page = browser.get(f"/previews/{made.json()['id']}")
        typed = {"title": "x" * 300, "more_tags": "y" * 200, "time": "1999-01-01T10:00"}
        wrong = sent(browser, desk.preview(EDITOR), "schedule", **typed)
    assert wrong.status_code == 422
    assert english_in(text_of(page)) == english_in(text_of(wrong)) == []
    assert 'lang="en"' not in page.text


@pytest.mark.parametrize("fault", ["415", "500", "503", "drop", "half"])
def test_a_failure_and_a_wait_are_german(desk: Desk, fault: str) -> None:
    client = desk.client()
    # As many as are tried at once, and so one wait is told.
    desk.acme.faults += [Fault(fault, path="/publications/") for _ in range(1 if fault == "415" else 3)]
    found = client.publish("acme", TEXT)
    state = client.await_state(found["id"], "failed", "drafted")["state"]
    stream = client.request("GET", f"/publications/{found['id']}/events", headers=GERMAN).text
    with desk.console.signed_in(*AUTHOR, language="de") as browser:
        page = browser.get(f"/publications/{found['id']}")
    answer = client.request("GET", f"/publications/{found['id']}", headers=GERMAN)
    assert (state == "failed") == (fault == "415")
    assert ("Neuer Versuch in" in stream) == (state == "drafted")
    assert english_in(text_of(page)) == english_in(answer.text) == english_in(stream) == []


def test_what_is_gone_is_german(desk: Desk) -> None:
    client = desk.client()
    found = client.publish("acme", TEXT)["id"]
    client.await_state(found, "drafted")
    desk.acme.posts[found].trashed = True
    client.revise(found, "acme", f"{TEXT}\nMore.")
    client.await_state(found, "failed")
    answer = client.request("GET", f"/publications/{found}", headers=GERMAN)
    stream = client.request("GET", f"/publications/{found}/events", headers=GERMAN).text
    assert answer.json()["failure"]["code"] == "gone"
    assert english_in(answer.text) == english_in(stream) == []


@pytest.mark.parametrize(
    "path", ["/publications/x", "/previews/x", "/invitations/x", "/nothing", "/auth/callback?state=x&code=y"]
)
def test_an_error_page_is_german(desk: Desk, path: str) -> None:
    with desk.console.signed_in(*AUTHOR, language="de") as browser:
        page = browser.get(path)
    assert page.status_code >= 400
    assert english_in(text_of(page)) == []
    assert "Not found" not in page.text
