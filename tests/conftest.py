"""What holds for every test."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes depends on what else the machine does; the timeout of a whole test is limit enough. Every
# run draws the same examples, so that a change is judged by what it changed; HYPOTHESIS_PROFILE=search looks for more.
settings.register_profile("presswerk", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "presswerk"))


_E2E = Path(__file__).parent / "e2e"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a parallel run one process takes a whole file, for its fixtures' sake; e2e's files share one platform."""
    for item in items:
        together = _E2E if item.path.is_relative_to(_E2E) else item.path
        item.add_marker(pytest.mark.xdist_group(str(together)))
