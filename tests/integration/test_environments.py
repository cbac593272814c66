"""Environments of foreign services with the real installer and the real package index."""

import re
import subprocess
import threading
from pathlib import Path

import pytest

from presswerk.runtimes.local import environments
from presswerk.runtimes.local.environments import (
    CannotInstall,
    ensure_environment,
    environment_directory,
    lock_text,
    needed_mib,
)
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.progress import silent

pytestmark = pytest.mark.integration


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


@pytest.fixture
def small_lock(monkeypatch: pytest.MonkeyPatch) -> str:
    """One small package out of Canaille's lock, so that the tests are quick; everything else is real."""
    found = re.search(r"^blinker==.*?(?=^\w)", lock_text("canaille"), flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    monkeypatch.setattr(environments, "lock_text", lambda _name: found.group())
    return found.group()


def imports(python: Path, module: str) -> bool:
    return subprocess.run([python, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0


def test_an_environment_is_installed_once(layout: Layout, small_lock: str) -> None:
    said: list[str] = []

    python = ensure_environment("canaille", layout, said.append)
    again = ensure_environment("canaille", layout, said.append)

    assert imports(python, "blinker")
    assert not imports(python, "presswerk")
    assert again == python
    assert len(said) == 1
    assert "installing canaille" in said[0]
    assert needed_mib("canaille", layout) == 0


def test_an_interrupted_installation_is_made_again(layout: Layout, small_lock: str) -> None:
    python = ensure_environment("canaille", layout, silent)
    directory = environment_directory("canaille", layout)
    (directory / environments.COMPLETE_MARKER).unlink()
    leftover = directory / "leftover"
    leftover.touch()

    assert needed_mib("canaille", layout) > 0
    ensure_environment("canaille", layout, silent)

    assert imports(python, "blinker")
    assert not leftover.exists()


def test_another_lock_makes_another_environment(
    layout: Layout, small_lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = environment_directory("canaille", layout)

    monkeypatch.setattr(environments, "lock_text", lambda _name: small_lock + "\n")

    assert environment_directory("canaille", layout) != before


def test_two_at_once_install_once(layout: Layout, small_lock: str) -> None:
    said: list[str] = []
    threads = [threading.Thread(target=ensure_environment, args=("canaille", layout, said.append)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([line for line in said if line.startswith("installing")]) == 1
    assert needed_mib("canaille", layout) == 0


def test_a_package_that_does_not_fit_its_hash_is_refused(
    layout: Layout, small_lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", small_lock)
    monkeypatch.setattr(environments, "lock_text", lambda _name: wrong)

    with pytest.raises(CannotInstall, match="is not the one that is pinned"):
        ensure_environment("canaille", layout, silent)

    assert needed_mib("canaille", layout) > 0


def test_no_network_is_said_with_what_to_do(
    layout: Layout, small_lock: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")

    with pytest.raises(CannotInstall, match="the package index does not answer") as raised:
        ensure_environment("canaille", layout, silent)

    assert "connect to the network" in raised.value.remedy


def test_no_python_that_the_service_runs_on_is_said(
    layout: Layout, small_lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(environments._NEWEST_PYTHON, "canaille", (3, 3))

    with pytest.raises(CannotInstall, match="no fitting Python") as raised:
        ensure_environment("canaille", layout, silent)

    assert "install Python 3.11 or 3.12" in raised.value.remedy


@pytest.mark.parametrize("name", ["canaille", "open-webui"])
def test_a_lock_pins_every_package_by_hash_and_names_no_index(name: str) -> None:
    text = lock_text(name)
    packages = [line for line in text.splitlines() if line and line[0].isalnum()]

    assert packages
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
    assert "--index" not in text
