"""The stand-in in the real Open WebUI: what an author sees of its article in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_author import ask, sign_in
from tests.integration.test_ai_stand_in import PROMPT
from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e


def test_an_author_sees_the_whole_article_and_that_no_ai_wrote_it(
    page: Page, platform: RunningPlatform, tmp_path: Path
) -> None:
    sign_in(page, platform, "acme-author")
    ask(page, PROMPT)

    expect(page.get_by_role("heading", name="Zum Weiterlesen")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Bienen auf Berliner Dächern", exact=True)).to_be_visible()
    expect(page.get_by_text("keine KI").first).to_be_visible()
    # The tenant's own model wrote it, so the article itself has to say what it stands on.
    expect(page.get_by_text("Acme News").first).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    picture = page.locator('img[src^="data:image/png"][alt*="Silhouette"]')
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [640, 360]
    page.screenshot(path=tmp_path / "chat.png", full_page=True)
