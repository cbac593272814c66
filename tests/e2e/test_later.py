"""What reaches a site only later, in a real browser, in English and German: a site that was down, and a chosen time."""

import contextlib
import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from presswerk.openwebui.provision import FUNCTION_DESCRIPTION, FUNCTION_ID, FUNCTION_NAME, publish_source
from presswerk.operations.reconcile import chat_administrator
from tests.e2e.test_author import ask, publish_button, sign_in
from tests.e2e.test_faults import site_ended
from tests.e2e.test_talking_on import browser_of, newest, publish
from tests.support.drill import DRILL
from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e

ENGLISH = {
    "locale": "en-US",
    "prompt": "Write an article about {}",
    "site": "Acme News",
    "confirm": "Confirm",
    "safe": re.compile("is accepted and safe, but Acme News has not taken it yet"),
    "draft": "Draft on Acme News:",
    "change": "Change title, tags, picture or time first",
    "page": "change and publish",
    "save": "Save draft on Acme News",
    "publish": "Publish now",
    "schedule": "Schedule",
    "goes": re.compile(r"It goes to the site at \d+ \w+ \d{4}, \d\d:\d\d UTC\."),
    "scheduled": "Scheduled on Acme News:",
    "published": "Published on Acme News:",
    "view": "View",
    "editors": "An editor of Acme News publishes it there.",
}
GERMAN = {
    "locale": "de-DE",
    "prompt": "Schreibe einen Artikel über {}",
    "site": "Verlag Nordlicht",
    "confirm": "Bestätigen",
    "safe": re.compile("ist angenommen und sicher, aber Verlag Nordlicht hat es noch nicht"),
    "draft": "Entwurf auf Verlag Nordlicht:",
    "change": "Erst Titel, Schlagwörter, Bild oder Zeit ändern",
    "page": "ändern und veröffentlichen",
    "save": "Entwurf bei Verlag Nordlicht speichern",
    "publish": "Jetzt veröffentlichen",
    "schedule": "Planen",
    "goes": re.compile(r"Er geht am \d+\. \w+ \d{4}, \d\d:\d\d MES?Z auf die Website\."),
    "scheduled": "Geplant auf Verlag Nordlicht:",
    "published": "Veröffentlicht auf Verlag Nordlicht:",
    "view": "Ansehen",
    "editors": "Veröffentlicht wird er dort von der Redaktion von Verlag Nordlicht.",
}
IN = {"en": ("acme", ENGLISH), "de": ("nordlicht", GERMAN)}


def in_languages(usual: str) -> pytest.MarkDecorator:
    """In both in a drill, else in one."""
    languages = [*IN] if DRILL else [usual]
    return pytest.mark.parametrize(("tenant", "words"), [IN[each] for each in languages], ids=languages)


@pytest.fixture(scope="module", autouse=True)
def _impatient_button(platform: RunningPlatform) -> Iterator[None]:
    """The button lets the author go, and looks again, after seconds instead of minutes."""
    source = publish_source()
    impatient = source.replace("FOLLOW_SECONDS = 60.0", "FOLLOW_SECONDS = 2.0").replace("(5.0, 120.0)", "(1.0, 1.0)")
    assert impatient.count("2.0") > source.count("2.0")
    assert impatient.count("(1.0, 1.0)") == 1
    with chat_administrator(platform.layout, platform.secrets) as chat:
        for content in (impatient, source):
            chat.update_function(FUNCTION_ID, name=FUNCTION_NAME, description=FUNCTION_DESCRIPTION, content=content)
            if content is impatient:
                yield


@in_languages("de")
def test_what_a_site_took_only_later_appears_in_the_chat_by_itself(
    tenant: str, words: dict[str, Any], platform: RunningPlatform, chromium: Browser, screenshots: Path
) -> None:
    with browser_of(chromium, words["locale"]) as page:
        sign_in(page, platform, f"{tenant}-author")
        ask(page, words["prompt"].format("Tides that come late" if tenant == "acme" else "Fluten, die auf sich warten"))
        with site_ended(tenant)(platform):
            publish(page, confirm=words["confirm"])
            # The author is let go, and told so where the button is.
            expect(page.get_by_text(words["safe"]).first).to_be_visible(timeout=60_000)
            page.screenshot(path=screenshots / f"late-{words['locale']}.png")
            expect(page.get_by_text(words["draft"])).to_have_count(0)
            assert newest(platform, tenant, f"{tenant}-editor")["post"] is None

        # Nobody touches the page.
        expect(page.get_by_text(words["draft"])).to_be_visible(timeout=120_000)
        page.screenshot(path=screenshots / f"arrived-{words['locale']}.png")
        arrived = newest(platform, tenant, f"{tenant}-editor")
        assert arrived["state"] == "drafted"
        assert page.locator(f'a[href="{arrived["post"]["edit_link"]}"]').count() == 1


@contextmanager
def preview_page(page: Page, words: dict[str, Any]) -> Iterator[Page]:
    """The article's page at the hub, by the way that the chat offers."""
    publish(page, words["change"], words["confirm"])
    with page.expect_popup() as opened:
        page.get_by_role("link", name=words["page"]).click()
    preview = opened.value
    preview.wait_for_url(re.compile("/previews/"))
    yield preview
    preview.close()


def let_the_time_come(platform: RunningPlatform) -> None:
    """The one article that waits for its time is due now."""
    with contextlib.closing(sqlite3.connect(platform.layout.hub / "hub.db", timeout=60)) as database, database:
        moved = database.execute("UPDATE publications SET due_at = datetime('now') WHERE state = 'scheduled'")
        assert moved.rowcount == 1


@in_languages("en")
def test_an_editor_schedules_and_the_chat_tells_when_it_is_published(
    tenant: str, words: dict[str, Any], platform: RunningPlatform, chromium: Browser, screenshots: Path
) -> None:
    zone = next(each for each in platform.installation.platform().tenants if each.id == tenant).time_zone
    with browser_of(chromium, words["locale"]) as page:
        sign_in(page, platform, f"{tenant}-editor")
        ask(page, words["prompt"].format("Bread for tomorrow" if tenant == "acme" else "Brot für morgen"))
        with preview_page(page, words) as preview:
            due = dt.datetime.now(ZoneInfo(zone)) + dt.timedelta(days=1)
            preview.locator("input[name=time]").fill(f"{due:%Y-%m-%dT%H:%M}")
            preview.screenshot(path=screenshots / f"schedule-{words['locale']}.png", full_page=True)
            preview.get_by_role("button", name=words["schedule"], exact=True).click()
            expect(preview.get_by_role("status")).to_have_text(words["goes"])
            expect(preview.get_by_role("status")).to_contain_text(f"{due:%H:%M}")
            preview.screenshot(path=screenshots / f"scheduled-page-{words['locale']}.png", full_page=True)

        scheduled = newest(platform, tenant, f"{tenant}-editor")
        assert (scheduled["state"], scheduled["post"]) == ("scheduled", None)
        expect(page.get_by_text(words["scheduled"])).to_be_visible()
        page.screenshot(path=screenshots / f"scheduled-{words['locale']}.png")

        let_the_time_come(platform)
        expect(page.get_by_text(words["published"])).to_be_visible(timeout=120_000)
        page.screenshot(path=screenshots / f"published-at-its-time-{words['locale']}.png")
        published = newest(platform, tenant, f"{tenant}-editor")
        assert (published["id"], published["state"]) == (scheduled["id"], "published")
        view = page.get_by_role("link", name=words["view"], exact=True).get_attribute("href")
        assert view is not None
        assert view == published["post"]["link"]
    with browser_of(chromium, words["locale"]) as reader:
        reader.goto(view)
        expect(reader.get_by_role("heading", name=published["title"]).first).to_be_visible()


@in_languages("de")
def test_an_author_is_offered_neither_a_time_nor_to_publish(
    tenant: str, words: dict[str, Any], platform: RunningPlatform, chromium: Browser
) -> None:
    with browser_of(chromium, words["locale"]) as page:
        sign_in(page, platform, f"{tenant}-author")
        ask(page, words["prompt"].format("Salt and its roads" if tenant == "acme" else "Salz und seine Wege"))
        publish_button(page).click()
        offered = page.get_by_role("dialog").get_by_role("option")
        offered.first.wait_for(state="attached")
        assert [option for option in offered.all_inner_texts() if words["publish"] in option] == []
        page.keyboard.press("Escape")
        with preview_page(page, words) as preview:
            expect(preview.get_by_role("button", name=words["save"])).to_be_visible()
            for button in (words["publish"], words["schedule"]):
                expect(preview.get_by_role("button", name=button, exact=True)).to_have_count(0)
            expect(preview.locator("input[name=time]")).to_have_count(0)
            expect(preview.get_by_text(words["editors"])).to_be_visible()
