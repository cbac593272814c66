"""An author's way in a real browser: one sign-in, a chat, Publish, and the draft in the block editor."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e

BLOCKS = """() => {
    const all = (blocks) => blocks.flatMap((block) => [
        { name: block.name, valid: block.isValid }, ...all(block.innerBlocks),
    ]);
    return all(wp.data.select('core/block-editor').getBlocks());
}"""


def sign_in(page: Page, platform: RunningPlatform, user_name: str) -> None:
    page.goto(platform.layout.chat_url)
    page.wait_for_url(f"{platform.layout.identity_url}/**")
    page.fill("input[name=login]", user_name)
    page.keyboard.press("Enter")
    page.fill("input[name=password]", platform.password(user_name))
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat-input")


def ask(page: Page, prompt: str) -> None:
    """Ask, and wait until the answer is there: each has a button of its own below it when it is whole."""
    buttons = page.locator('button[aria-label="Publish"]')
    before = buttons.count()
    page.click("#chat-input")
    page.keyboard.type(prompt)
    page.keyboard.press("Enter")
    expect(buttons).to_have_count(before + 1, timeout=60_000)


def publish_button(page: Page) -> Any:
    return page.locator('button[aria-label="Publish"]').last


def open_editor(page: Page) -> Page:
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Edit in WordPress").click()
    editor = opened.value
    editor.wait_for_function(
        "() => window.wp?.data?.select('core/block-editor')?.getBlocks().length > 0", timeout=60_000
    )
    return editor


def test_an_author_signs_in_once_and_finds_the_article_as_a_draft_of_real_blocks(
    page: Page, platform: RunningPlatform, screenshots: Path
) -> None:
    sign_in(page, platform, "acme-author")
    ask(page, "Write an article about a harbour that feeds a town")
    page.screenshot(path=screenshots / "chat.png")

    publish_button(page).click()
    expect(page.get_by_role("dialog")).to_contain_text("Save draft on Acme News?")
    expect(page.get_by_role("dialog")).to_contain_text("A harbour that feeds a town")
    page.screenshot(path=screenshots / "confirm.png")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Draft on Acme News:")).to_be_visible(timeout=60_000)
    page.screenshot(path=screenshots / "published.png")

    editor = open_editor(page)
    blocks = editor.evaluate(BLOCKS)
    editor.screenshot(path=screenshots / "editor.png")

    assert editor.url.startswith(platform.report.addresses[1][1])
    assert {"core/heading", "core/list", "core/table", "core/code", "core/quote", "core/image"} <= {
        block["name"] for block in blocks
    }
    assert [block for block in blocks if not block["valid"] or block["name"] in {"core/freeform", "core/missing"}] == []
    assert editor.get_by_text(re.compile("unexpected or invalid content")).count() == 0
    title = editor.evaluate("() => wp.data.select('core/editor').getEditedPostAttribute('title')")
    status = editor.evaluate("() => wp.data.select('core/editor').getEditedPostAttribute('status')")
    assert (title, status) == ("A harbour that feeds a town", "draft")
    expect(editor.locator("#wp-admin-bar-my-account")).to_contain_text("Anna Albers")


def test_publishing_the_same_answer_again_gives_no_second_post(page: Page, platform: RunningPlatform) -> None:
    sign_in(page, platform, "acme-author")
    ask(page, "Write an article about twins that are not born")

    links = []
    for _ in range(2):
        publish_button(page).click()
        page.get_by_role("button", name="Confirm").click()
        link = page.get_by_role("link", name="Edit in WordPress")
        expect(link).to_be_visible(timeout=60_000)
        links.append(link.get_attribute("href"))

    assert links[0] == links[1]
    with platform.hub(platform.tokens("acme-editor").access_token) as hub:
        items = hub.get("/api/v1/publications", params={"tenant": "acme"}).json()["items"]
    assert len({item["post"]["post_id"] for item in items if "Twins" in item["title"]}) == 1


def test_somebody_of_two_tenants_is_asked_which_site(page: Page, platform: RunningPlatform, screenshots: Path) -> None:
    sign_in(page, platform, "frida")
    ask(page, "Write an article about a bridge between two houses")

    publish_button(page).click()
    # The preset that wrote the answer is one of her tenants'; the other is a choice in the same question.
    choice = page.get_by_role("dialog").get_by_role("combobox")
    choice.select_option("To another site …")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("dialog")).to_contain_text("Which site is this article for?")
    page.screenshot(path=screenshots / "which-site.png")
    assert page.get_by_role("dialog").get_by_role("option").all_inner_texts()[-2:] == [
        f"Acme News ({platform.connection('acme').public_url})",
        f"Verlag Nordlicht ({platform.connection('nordlicht').public_url})",
    ]


def test_a_person_without_a_group_is_not_let_into_a_site(page: Page, platform: RunningPlatform) -> None:
    sign_in(page, platform, "nordlicht-author")

    page.goto(f"{platform.connection('acme').public_url}/wp-admin/")

    expect(page.get_by_text("you are not a member of this site")).to_be_visible()


def test_signing_out_of_a_site_ends_with_a_page_to_sign_in_again(page: Page, platform: RunningPlatform) -> None:
    site = platform.connection("acme").public_url
    sign_in(page, platform, "acme-editor")
    page.goto(f"{site}/wp-admin/")
    expect(page.locator("#wp-admin-bar-my-account")).to_contain_text("Emil Engel")

    page.goto(f"{site}/wp-login.php?action=logout")
    page.get_by_role("link", name="log out").click()
    page.wait_for_load_state()
    page.goto(f"{site}/wp-login.php?loggedout=true")

    expect(page.get_by_text("You are signed out of this site.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_the_admin_of_a_tenant_sees_how_the_connection_is(
    page: Page, platform: RunningPlatform, screenshots: Path
) -> None:
    sign_in(page, platform, "acme-admin")

    page.goto(f"{platform.connection('acme').public_url}/wp-admin/options-general.php?page=presswerk")

    expect(page.get_by_role("row", name=re.compile("Sign-on ready"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Delivery ready"))).to_be_visible()
    page.screenshot(path=screenshots / "settings.png")
