"""What holds for every test."""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # it has no types

# How long one example takes depends on what else the machine does; the timeout of a whole test is limit enough. Every
# run draws the same examples, so that a change is judged by what it changed; HYPOTHESIS_PROFILE=search looks for more.
settings.register_profile("presswerk", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "presswerk"))

# To read every authority of the web takes 40 ms of CPU, and the tests make thousands of clients: those that ask for
# nothing special share what was read.
_read_authorities = httpx._transports.default.create_ssl_context  # type: ignore[attr-defined]  # not exported
_authorities = cache(_read_authorities)


def _shared_authorities(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    is_usual = verify is True and cert is None
    return (_authorities if is_usual else _read_authorities)(verify, cert, trust_env)


httpx._transports.default.create_ssl_context = _shared_authorities  # type: ignore[attr-defined]  # not exported

# How the paths begin of what takes longest, a minute or more each; it comes first, so that quick files are left for
# whoever is done early.
_LONGEST = (
    "containers/",
    "e2e/",
    "integration/open_webui/",
    "integration/test_command_line.py",
    "integration/test_deploy",
    "integration/test_publishing_",
    "integration/test_connector_",
    "integration/test_infra.py",
    "integration/test_terraform_",
    "integration/test_local_",
    "validation/",
    "integration/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which a parallel run hands them out."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    path = item.path.relative_to(Path(__file__).parent).as_posix()
    return next((place for place, begin in enumerate(_LONGEST) if path.startswith(begin)), len(_LONGEST))


_MOST_FAILURES = 30


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say in the last lines of all which tests failed and why, in a line each, however much was said above."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    told = [*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())] if reporter else []
    for report in told[:_MOST_FAILURES]:
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = (crash.message if crash else str(report.longrepr)).strip().partition("\n")[0]
        reporter.write_line(f"{report.nodeid}: {reason}"[:300], red=True)


# Of these folders all files share what is expensive to start: images, the whole platform, or Open WebUI.
_WHOLE_FOLDERS = ("tests/containers/", "tests/e2e/", "tests/integration/open_webui/")


class WholeFiles(LoadFileScheduling):  # type: ignore[misc]  # its base has no types
    """In a parallel run one process takes a whole file, or a whole folder, for its fixtures' sake."""

    def _split_scope(self, nodeid: str) -> str:
        """What a test is handed out with: the name of its file or folder."""
        folder = next((folder for folder in _WHOLE_FOLDERS if nodeid.startswith(folder)), None)
        return folder or nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles | None:
    """Hand out whole files where that is asked for; `--dist` with another name than loadfile means what it says."""
    return WholeFiles(config, log) if config.getoption("dist") == "loadfile" else None
