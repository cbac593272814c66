"""The whole platform and a real browser, once for all tests here."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.platform import RunningPlatform, running_platform

_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The tests may run as root, which Chromium's sandbox refuses; it visits nothing but this machine.
    "--no-sandbox",
)


# How long a page takes depends on what else the machine does.
expect.set_options(timeout=60_000)


# For these tests only: the platform would take half the machine, and Playwright the event loop, from all that follow.
@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    with running_platform(tmp_path_factory.mktemp("platform") / "state") as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found, "Chromium is not installed; `make test` installs it, or run: sudo apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser nobody is signed in with."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the tests leave what they saw; the pictures in docs/ come from here."""
    directory = Path(__file__).parents[2] / "test-results"
    directory.mkdir(exist_ok=True)
    return directory
