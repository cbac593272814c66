"""Which PHP will do, and what the person is told when there is none."""

import os
from pathlib import Path

import pytest

from presswerk.runtimes.local.artifacts import PHP_EXTENSIONS, ensure_php
from presswerk.runtimes.local.errors import LocalRuntimeError


@pytest.fixture
def bin_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def pretend_php(bin_directory: Path, version: str, extensions: tuple[str, ...]) -> Path:
    """A double: the one PHP of a machine cannot be older and newer, with and without an extension, in one test run."""
    php = bin_directory / "php"
    lines = "\n".join((version, *extensions))
    php.write_text(f"#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")
    php.chmod(0o755)
    return php


def test_missing_extensions_are_named_with_the_command(bin_directory: Path) -> None:
    pretend_php(bin_directory, "8.2.1", tuple(name for name in PHP_EXTENSIONS if name not in {"intl", "gd"}))

    with pytest.raises(LocalRuntimeError, match=r"PHP 8\.2\.1 lacks: gd, intl") as raised:
        ensure_php()

    assert "apt-get install -y --no-install-recommends php8.2-cli" in raised.value.remedy


def test_an_old_php_is_refused(bin_directory: Path) -> None:
    pretend_php(bin_directory, "7.4.33", PHP_EXTENSIONS)

    with pytest.raises(LocalRuntimeError, match=r"PHP 7\.4\.33 is too old, 8\.1 or newer is needed"):
        ensure_php()


def test_a_php_that_does_not_run_is_said(bin_directory: Path) -> None:
    php = pretend_php(bin_directory, "8.2.1", PHP_EXTENSIONS)
    php.write_text("#!/bin/sh\necho libxml2.so is missing >&2\nexit 127\n")

    with pytest.raises(LocalRuntimeError, match=r"does not run: libxml2\.so is missing"):
        ensure_php()


def test_no_php_at_all_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LocalRuntimeError, match="PHP is not installed") as raised:
        ensure_php()

    assert "apt-get install" in raised.value.remedy


def test_one_that_has_all_will_do(bin_directory: Path) -> None:
    php = pretend_php(bin_directory, "8.3.0", PHP_EXTENSIONS)

    assert ensure_php() == php
