"""What authors and editors are asked when an article is there already, in a real browser, in English and German."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_author import ask, publish_button, sign_in
from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e


@contextmanager
def browser_of(chromium: Browser, locale: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def publish(page: Page, choice: str | None = None, confirm: str = "Confirm") -> None:
    """Press the button below the last answer, and Confirm."""
    publish_button(page).click()
    decide(page, choice, confirm)


def decide(page: Page, choice: str | None = None, confirm: str = "Confirm") -> None:
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    if choice is not None:
        dialog.get_by_role("combobox").select_option(choice)
    dialog.get_by_role("button", name=confirm).click()


def newest(platform: RunningPlatform, tenant: str, editor: str) -> dict[str, Any]:
    """The newest article of a tenant, as its editor sees it."""
    with platform.hub(platform.tokens(editor).access_token) as hub:
        items = hub.get("/api/v1/publications", params={"tenant": tenant, "limit": "1"}).json()["items"]
    return dict(items[0])


def change_by_hand(chromium: Browser, platform: RunningPlatform, post: dict[str, Any], **request: Any) -> None:
    """What an editor of Acme does in WordPress meanwhile."""
    with browser_of(chromium, "en-US") as page:
        sign_in(page, platform, "acme-editor")
        page.goto(post["edit_link"])
        page.wait_for_function("() => window.wp?.apiFetch && window.wp?.data?.select('core/editor')")
        page.evaluate("request => wp.apiFetch(request)", {"path": f"/wp/v2/posts/{post['post_id']}", **request})


def test_talking_on_updates_the_article_of_the_chat(
    page: Page, chromium: Browser, platform: RunningPlatform, screenshots: Path
) -> None:
    sign_in(page, platform, "acme-author")
    expect(page.get_by_text("Acme News").first).to_be_visible()
    ask(page, "Write an article about the tide and its tables")
    publish(page)
    expect(page.get_by_text("Draft on Acme News:")).to_be_visible(timeout=60_000)
    first = newest(platform, "acme", "acme-editor")

    ask(page, "Make it shorter, about the tide and its tables")
    publish_button(page).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Update “{first['title']}” on Acme News?", timeout=60_000)
    page.screenshot(path=screenshots / "update-question.png")
    decide(page)
    expect(page.get_by_text("Draft on Acme News:")).to_have_count(2, timeout=60_000)
    updated = newest(platform, "acme", "acme-editor")
    assert (updated["id"], updated["revision"], updated["post"]["post_id"]) == (
        first["id"],
        2,
        first["post"]["post_id"],
    )

    # Somebody decides something on the site meanwhile.
    change_by_hand(chromium, platform, first["post"], method="POST", data={"title": "What Emil calls it"})
    ask(page, "Make it longer, about the tide and its tables")
    publish(page)
    expect(dialog).to_contain_text("was changed on Acme News", timeout=60_000)
    expect(dialog).to_contain_text("What Emil calls it")
    expect(dialog).to_contain_text("Emil Engel")
    page.screenshot(path=screenshots / "conflict-question.png")
    decide(page, "Keep what was changed there, update the rest")
    expect(page.get_by_text("Draft on Acme News:")).to_have_count(3, timeout=60_000)
    with platform.hub(platform.tokens("acme-editor").access_token) as hub:
        shown = hub.get(f"/api/v1/publications/{first['id']}/site").json()
    assert {each["field"]: each["site"] for each in shown["differences"]}["title"] == "What Emil calls it"

    # And then throws it away.
    change_by_hand(chromium, platform, first["post"], method="DELETE")
    ask(page, "Once more, about the tide and its tables")
    publish(page)
    expect(dialog).to_contain_text("Somebody put it into the trash there.", timeout=60_000)
    page.screenshot(path=screenshots / "trash-question.png")
    decide(page, "Take it out of the trash and update it")
    # What Emil calls it is still his decision, and asked about while he is not agreed with.
    expect(dialog).to_contain_text("was changed on Acme News", timeout=60_000)
    decide(page, "Keep what was changed there, update the rest")
    expect(page.get_by_text("Draft on Acme News:")).to_have_count(4, timeout=60_000)
    restored = newest(platform, "acme", "acme-editor")
    assert restored["post"]["post_id"] == first["post"]["post_id"]


def test_a_german_editor_is_greeted_asked_and_told_in_german(
    chromium: Browser, platform: RunningPlatform, screenshots: Path
) -> None:
    with browser_of(chromium, "de-DE") as page:
        sign_in(page, platform, "nordlicht-editor")
        expect(page.get_by_text("Verlag Nordlicht").first).to_be_visible()
        expect(page.get_by_text("Schreibt Artikel für Verlag Nordlicht.")).to_be_visible()
        expect(page.get_by_text("Einen Artikel schreiben")).to_be_visible()
        page.screenshot(path=screenshots / "start-german.png")

        ask(page, "Schreibe einen Artikel über den Hafen, der eine Stadt ernährt")
        publish_button(page).click()
        expect(page.get_by_role("dialog")).to_contain_text(
            "Als Entwurf auf Verlag Nordlicht speichern?", timeout=60_000
        )
        page.screenshot(path=screenshots / "confirm-german.png")
        decide(page, "Jetzt veröffentlichen: Alle sehen es", "Bestätigen")

        expect(page.get_by_text("Veröffentlicht auf Verlag Nordlicht:")).to_be_visible(timeout=60_000)
        page.screenshot(path=screenshots / "published-german.png")
        view = page.get_by_role("link", name="Ansehen").get_attribute("href")
        assert view is not None
        page.goto(view)
        assert str(page.locator("html").get_attribute("lang")).startswith("de")


def test_what_dialogs_cannot_change_is_changed_on_the_page_below_the_answer(
    page: Page, platform: RunningPlatform, screenshots: Path
) -> None:
    sign_in(page, platform, "acme-author")
    ask(page, "Write an article about lighthouses and who keeps them")
    publish(page, "Change title, tags, picture or time first")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="change and publish").click()
    preview = opened.value
    preview.wait_for_url(re.compile("/previews/"))
    preview.screenshot(path=screenshots / "preview-page.png")
    expect(preview.locator("body")).to_contain_text("ighthouses")
