"""The stand-in in the real Open WebUI: what an author sees of its article in a browser."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.provision import provision
from presswerk.runtimes.local.layout import Ports
from tests.integration.test_ai_stand_in import PROMPT, stand_in
from tests.support.chat import chat_running
from tests.support.identity import Identity, identity_running
from tests.support.process import free_port, running

pytestmark = pytest.mark.integration

AUTHOR = "acme-author"
# Rendering in a headless browser on a busy machine.
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class House:
    """A chat with the stand-in behind it."""

    url: str
    identity: Identity


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    state = tmp_path_factory.mktemp("chat")
    ports = Ports(identity=free_port(), hub=free_port(), chat=free_port())
    port = free_port()
    with (
        running(stand_in(state, port), state / "ai.log"),
        identity_running(state, ports=ports) as identity,
        chat_running(identity, ai_base_url=f"http://127.0.0.1:{port}/v1", default_model=STAND_IN_MODEL) as chat,
    ):
        with OpenWebUIClient(chat.url) as administrator:
            administrator.sign_in(chat.admin_email, chat.admin_password)
            provision(administrator, identity.layout.hub_url)
        yield House(chat.url, identity)


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    with sync_playwright() as playwright:
        # The system's own browser where there is one, else the one Playwright installs.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(base_url=house.url)
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


def test_an_author_sees_the_whole_article_and_that_no_ai_wrote_it(house: House, page: Page, tmp_path: Path) -> None:
    page.goto("/")
    for field, value in (("login", AUTHOR), ("password", house.identity.password(AUTHOR))):
        page.fill(f"input[name={field}]", value)
        page.keyboard.press("Enter")
    page.click("#chat-input")
    page.keyboard.type(PROMPT)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Zum Weiterlesen")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="Bienen auf Berliner Dächern", exact=True)).to_be_visible()
    expect(page.get_by_text("keine KI").first).to_be_visible()
    expect(page.get_by_text(STAND_IN_MODEL).first).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    picture = page.locator('img[src^="data:image/png"][alt*="Silhouette"]')
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [640, 360]
    page.screenshot(path=tmp_path / "chat.png", full_page=True)
