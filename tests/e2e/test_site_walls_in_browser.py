"""A site's walls as its own admin meets them in a real browser, in English and German."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.support.drill import DRILL
from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e

SITES = {
    "acme": ("en-US", "nordlicht", "added, removed and given roles in Presswerk, not here"),
    "nordlicht": ("de-DE", "acme", "wird in Presswerk festgelegt, nicht hier"),
}


@pytest.mark.parametrize("tenant", SITES if DRILL else ["acme"])
def test_an_admin_finds_no_way_through_and_reads_why(tenant: str, chromium: Browser, platform: RunningPlatform) -> None:
    locale, neighbour, done_elsewhere = SITES[tenant]
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
    context.set_default_timeout(60_000)
    page, site = context.new_page(), platform.connection(tenant).public_url
    try:
        _sign_in_to(page, site, f"{tenant}-admin", platform.password(f"{tenant}-admin"))

        _connector_stays(page, site)
        _people_are_the_platforms(page, site, done_elsewhere)
        _an_author_joins(chromium, site, f"{tenant}-author", platform.password(f"{tenant}-author"))
        _only_what_works_is_offered(page, site, f"{tenant}-author")
        _no_password_of_ones_own(page, site)
        _no_code_is_installed_or_edited(page, site)
        _doors_of_the_operator_are_closed(page, site)
        _no_script_is_published(page, site)
        _nobody_is_led_elsewhere(page, site)
        _no_name_to_sign_in_with_is_shown(page, site, f"{tenant}-admin")
        _another_site_stays_shut(page, platform.connection(neighbour).public_url)
    finally:
        context.close()


def test_a_german_admin_reads_it_in_german(chromium: Browser, platform: RunningPlatform) -> None:
    locale, _, done_elsewhere = SITES["nordlicht"]
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
    context.set_default_timeout(60_000)
    page, site = context.new_page(), platform.connection("nordlicht").public_url
    try:
        _sign_in_to(page, site, "nordlicht-admin", platform.password("nordlicht-admin"))

        _people_are_the_platforms(page, site, done_elsewhere)
        _another_site_stays_shut(page, platform.connection("acme").public_url)
    finally:
        context.close()


def _sign_in_to(page: Page, site: str, user_name: str, password: str) -> None:
    page.goto(f"{site}/wp-admin/")
    page.fill("input[name=login]", user_name)
    page.keyboard.press("Enter")
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    expect(page.locator("#wpadminbar")).to_be_visible(timeout=60_000)


def _connector_stays(page: Page, site: str) -> None:
    page.goto(f"{site}/wp-admin/plugins.php?plugin_status=mustuse")
    rows = page.locator("#the-list")
    expect(rows).to_contain_text("Presswerk Connector")
    expect(rows.locator(".deactivate a, .delete a, input[type=checkbox]:enabled")).to_have_count(0)


def _people_are_the_platforms(page: Page, site: str, done_elsewhere: str) -> None:
    page.goto(f"{site}/wp-admin/users.php")
    expect(page.locator("#wpbody-content")).to_contain_text(done_elsewhere)
    expect(page.locator("a[href*='user-new.php']")).to_have_count(0)
    expect(page.locator("select[name=new_role]")).to_have_count(0)
    service = page.locator("#the-list tr", has=page.locator("a[href^='mailto:presswerk@']"))
    expect(service).to_have_count(1)
    expect(service.locator(".edit a, .delete a, .resetpassword a")).to_have_count(0)
    page.goto(f"{site}/wp-admin/user-new.php")
    expect(page.locator("body")).to_contain_text(done_elsewhere)
    expect(page.locator("form#createuser")).to_have_count(0)
    page.goto(f"{site}/wp-admin/options-general.php")
    expect(page.locator("#wpbody-content")).to_contain_text(done_elsewhere)
    for setting in ("#users_can_register", "#default_role"):
        expect(page.locator(setting)).to_be_hidden()


def _an_author_joins(chromium: Browser, site: str, user_name: str, password: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        _sign_in_to(page, site, user_name, password)
        expect(page.locator("#adminmenu a[href*='edit.php']").first).to_be_visible()
        expect(page.locator("#adminmenu a[href*='tools.php']")).to_have_count(0)
    finally:
        context.close()


def _only_what_works_is_offered(page: Page, site: str, author: str) -> None:
    """What is hidden by style alone; tests/integration/test_site_screens.py reads the rest."""
    page.goto(f"{site}/wp-admin/users.php")
    expect(page.locator("select[name=action], input[name='users[]']")).to_have_count(0)
    page.locator("#the-list").locator("strong a", has_text=author).first.click()
    expect(page.locator("#your-profile")).to_be_visible()
    expect(page.locator("#do_new_application_password")).to_be_hidden()
    for field in ("#nickname", "#email"):
        expect(page.locator(field)).not_to_be_editable()
    expect(page.locator("#first_name, #last_name, #display_name").locator("visible=true")).to_have_count(0)
    answer = page.goto(f"{site}/wp-admin/options.php")
    assert answer is not None
    assert answer.status == 403


def _no_password_of_ones_own(page: Page, site: str) -> None:
    page.goto(f"{site}/wp-admin/profile.php")
    expect(page.locator("#your-profile")).to_be_visible()
    expect(page.locator("#pass1, #password")).to_have_count(0)


def _no_code_is_installed_or_edited(page: Page, site: str) -> None:
    for name in ("plugin-install", "theme-install", "plugin-editor", "theme-editor", "update-core"):
        expect(page.locator(f"#adminmenu a[href*='{name}.php']")).to_have_count(0)
        answer = page.goto(f"{site}/wp-admin/{name}.php")
        assert answer is not None
        assert answer.status >= 400, name
        page.goto(f"{site}/wp-admin/")


def _doors_of_the_operator_are_closed(page: Page, site: str) -> None:
    for path in ("upgrade.php", "maint/repair.php", "install.php", "setup-config.php"):
        answer = page.goto(f"{site}/wp-admin/{path}")
        assert answer is not None
        assert answer.status == 404, path
        expect(page.locator("body")).to_have_text("Not found.")


def _no_script_is_published(page: Page, site: str) -> None:
    """As the editor itself saves: by its own client, with the session and nonce of the page."""
    said: list[str] = []

    def note(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(f"{site}/wp-admin/post-new.php")
    page.wait_for_function("() => window.wp && window.wp.apiFetch")
    content = "<!-- wp:html --><p onclick='alert(1)'>Harmless</p><script>alert(2)</script><!-- /wp:html -->"
    post = page.evaluate(
        """async (content) => wp.apiFetch({path: '/wp/v2/posts', method: 'POST',
            data: {title: 'Walls', status: 'publish', content}})""",
        content,
    )
    page.goto(post["link"])
    expect(page.get_by_text("Harmless")).to_be_visible()
    page.get_by_text("Harmless").click()
    assert said == []
    assert "alert(2)</script>" not in page.content()


def _nobody_is_led_elsewhere(page: Page, site: str) -> None:
    for wanted in ("https://evil.example/", "//evil.example", f"{site}.evil.example/", f"{site}@evil.example/"):
        page.goto(f"{site}/wp-login.php?redirect_to={wanted}")
        assert urlsplit(page.url).netloc == urlsplit(site).netloc, wanted


def _no_name_to_sign_in_with_is_shown(page: Page, site: str, user_name: str) -> None:
    reader = page.context.browser
    assert reader is not None
    stranger = reader.new_context()
    try:
        seen = stranger.new_page()
        for path in ("/?author=1", "/?author=2", "/?author=3", "/wp-sitemap.xml", "/?rest_route=/wp/v2/users"):
            seen.goto(f"{site}{path}")
            shown = seen.url + seen.content()
            assert not re.search(rf"\b{user_name}\b(?!-[0-9a-f]{{8}})", shown), path
    finally:
        stranger.close()


def _another_site_stays_shut(page: Page, other: str) -> None:
    page.goto(f"{other}/wp-admin/")
    page.wait_for_load_state()
    expect(page.locator("#wpadminbar")).to_have_count(0)
    expect(page.locator("body")).to_contain_text(
        re.compile(r"not a member of this site|gehören aber nicht zu dieser Website")
    )
