"""The hub's pages in a real browser, on the whole platform: signing in, joining, changing, sending, deciding."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from presswerk.runtimes.local.login import SignInRefused, sign_in
from presswerk.runtimes.local.loopback import browser as loopback_browser
from tests.support.hub import HubClient
from tests.support.platform import RunningPlatform
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

TEXT = """# A harbour that moves slowly

The harbour wakes before the town does.

Boats leave at five, and come back with the tide.

See [the timetable](https://tides.example/today).
"""


@contextmanager
def browsing(
    chromium: Browser, platform: RunningPlatform, user_name: str, *, locale: str = "en-US", width: int = 1280
) -> Iterator[Page]:
    """A browser somebody is signed in with, who has come from an address of the hub."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=locale)
    context.set_default_timeout(60_000)
    page = context.new_page()
    refused: list[str] = []
    # The provider's pages have a policy of their own.
    ours = f"{platform.layout.hub_url}/"
    page.on(
        "console",
        lambda told: (
            refused.append(told.text)
            if "Content Security" in told.text and told.location["url"].startswith(ours)
            else None
        ),
    )
    page.goto(f"{platform.layout.hub_url}/account")
    page.locator("input[name=login]").fill(user_name)
    page.keyboard.press("Enter")
    page.locator("input[name=password]").fill(platform.password(user_name))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{platform.layout.hub_url}/account")
    yield page
    context.close()
    assert refused == []


def hub(platform: RunningPlatform, user_name: str) -> HubClient:
    return HubClient(platform.layout.hub_url, platform.tokens(user_name).access_token)


def preview(client: HubClient, **fields: Any) -> dict[str, Any]:
    answer = client.request("POST", "/previews", json={"tenant": "acme", "markdown": TEXT, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    ("locale", "width", "words"),
    [
        ("en-US", 1280, ("Save draft on Acme News", "It stands on the site as a draft.", "Look at the draft")),
        ("de-DE", 375, ("Entwurf bei Acme News speichern", "Er steht als Entwurf auf der Website.", "Entwurf ansehen")),
    ],
)
def test_an_author_changes_a_preview_and_saves_a_draft(
    *,
    platform: RunningPlatform,
    chromium: Browser,
    screenshots: Path,
    locale: str,
    width: int,
    words: tuple[str, str, str],
) -> None:
    made = preview(hub(platform, "acme-author"))
    with browsing(chromium, platform, "acme-author", locale=locale, width=width) as page:
        page.goto(f"{platform.layout.hub_url}/previews/{made['id']}")
        fits(page)
        page.screenshot(path=screenshots / f"console-preview-{locale}-{width}.png", full_page=True)
        page.locator("input[name=title]").fill(f"A harbour, {locale}")
        page.locator("input[name=more_tags]").fill("Tides")
        # The address follows a new title, which its author sees before it is sent.
        page.get_by_role("button", name=words[0]).click()
        page.get_by_role("button", name=words[0]).click()
        expect(page.get_by_text(words[1])).to_be_visible()
        fits(page)
        page.screenshot(path=screenshots / f"console-drafted-{locale}-{width}.png", full_page=True)
        page.get_by_role("link", name=words[2]).click()
        # The site signs its own people on by itself: one login for all.
        expect(page.get_by_role("heading", name=f"A harbour, {locale}").first).to_be_visible()


def test_an_editor_decides_about_what_somebody_changed_on_the_site(
    platform: RunningPlatform, chromium: Browser, screenshots: Path
) -> None:
    client = hub(platform, "acme-editor")
    source = {"kind": "chat", "chat_id": "console", "message_id": "conflict"}
    first = client.publish("acme", TEXT, source=source, target="publish")
    post = client.await_state(first["id"], "published")["post"]
    rename(platform, post["post_id"], "A harbour that a human renamed")
    client.revise(first["id"], "acme", TEXT.replace("slowly", "fast"), source=source, target="publish")
    client.await_state(first["id"], "failed")

    with browsing(chromium, platform, "acme-editor") as page:
        page.goto(f"{platform.layout.hub_url}/publications/{first['id']}")
        expect(page.get_by_text("A harbour that a human renamed")).to_be_visible()
        page.screenshot(path=screenshots / "console-conflict.png", full_page=True)
        page.get_by_role("button", name="Keep the site's changes").click()
        expect(page.get_by_text("It is published.")).to_be_visible()
        page.get_by_role("link", name="Read it on the site").click()
        expect(page.get_by_role("heading", name="A harbour that a human renamed").first).to_be_visible()


def rename(platform: RunningPlatform, post_id: int, title: str) -> None:
    """Somebody changes a title on the site."""
    connection = platform.connection("acme")
    answer = httpx.post(
        f"{connection.internal_url}/",
        params={"rest_route": f"/wp/v2/posts/{post_id}"},
        json={"title": title},
        auth=(connection.user_name, connection.application_password),
        headers={"Host": httpx.URL(connection.public_url).netloc.decode()},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


def test_an_invitation_lets_somebody_in_everywhere(
    platform: RunningPlatform, chromium: Browser, screenshots: Path
) -> None:
    made = hub(platform, "acme-admin").request("POST", "/tenants/acme/invitations", json={"role": "author"}).json()
    with browsing(chromium, platform, "nordlicht-author", locale="de-DE", width=375) as page:
        page.goto(made["link"])
        page.screenshot(path=screenshots / "console-invitation-de-375.png", full_page=True)
        page.get_by_role("button", name="Annehmen und beitreten").click()
        expect(page.get_by_role("heading", name="Sie gehören zu Acme News")).to_be_visible()

        until(
            lambda: "acme" in memberships(platform, "nordlicht-author"),
            lambda: "the provider was not told of the membership",
            every_seconds=2,
        )
        page.goto(f"{platform.layout.hub_url}/account")
        expect(page.get_by_text("Acme News")).to_be_visible()
        page.screenshot(path=screenshots / "console-account-de-375.png", full_page=True)

    assert hub(platform, "acme-admin").request("DELETE", "/tenants/acme/members/nordlicht-author").status_code == 202
    until(lambda: "acme" not in memberships(platform, "nordlicht-author"), every_seconds=2)


def memberships(platform: RunningPlatform, user_name: str) -> set[str]:
    told = hub(platform, user_name).request("GET", "/me").json()
    return {each["tenant"] for each in told["memberships"]}


def test_an_account_made_by_an_admin_signs_in_and_goes_with_its_membership(platform: RunningPlatform) -> None:
    admin = hub(platform, "acme-admin")
    body = {"role": "author", "given_name": "Greta", "family_name": "Garten", "email": "greta@acme.localhost"}

    made = admin.request("PUT", "/tenants/acme/members/greta", json=body)
    assert made.status_code == 202, made.text
    password = made.json()["first_password"]
    assert password == platform.password("greta")
    await_sign_in(platform, "greta", password, works=True)

    assert admin.request("DELETE", "/tenants/acme/members/greta").status_code == 202
    await_sign_in(platform, "greta", password, works=False)


def await_sign_in(platform: RunningPlatform, user_name: str, password: str, *, works: bool) -> None:
    until(
        lambda: signs_in(platform, user_name, password) == works,
        lambda: f"signing in {'does not work' if works else 'still works'}",
        every_seconds=3,
    )


def signs_in(platform: RunningPlatform, user_name: str, password: str) -> bool:
    """Whether the provider lets somebody in by name and password."""
    with loopback_browser() as browser:
        begun = browser.get(f"{platform.layout.hub_url}/auth/login")
        try:
            return "code=" in sign_in(browser, begun.headers["location"], user_name, password)
        except SignInRefused:
            return False
