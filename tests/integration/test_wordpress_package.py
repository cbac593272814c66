"""Fetching WordPress: whole and pinned, or not at all.

The registry is a double that serves a small package of the same shape: the real one is 67 MB, and does not break off,
lie or go away when a test wants it to. Every other integration test runs on the real package.
"""

import base64
import contextlib
import hashlib
import io
import json
import shutil
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from presswerk.runtimes.local import artifacts
from presswerk.runtimes.local.artifacts import ensure_wordpress
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from tests.support.process import free_port
from tests.support.serving import serving

pytestmark = pytest.mark.integration

NAME, VERSION = artifacts.PACKAGE.rsplit("@", 1)
INSIDE = "package/dist/cli/wp-files"


@dataclass
class Registry:
    """Serves one package; `cut_off` sends only half of it."""

    url: str
    package: bytes
    cut_off: bool = False
    downloads: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def document(self) -> bytes:
        """What it says of the package."""
        dist = {"tarball": f"{self.url}/{NAME}.tgz", "shasum": hashlib.sha1(self.package).hexdigest()}
        version = {"name": NAME, "version": VERSION, "dist": dist}
        return json.dumps({"name": NAME, "dist-tags": {"latest": VERSION}, "versions": {VERSION: version}}).encode()

    def tarball(self) -> bytes:
        """The package's file."""
        with self._lock:
            self.downloads += 1
        return self.package


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    # An own npm cache, or it would answer from what an earlier test fetched.
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    files = {
        f"{INSIDE}/latest/wordpress/wp-load.php": b"<?php // core",
        f"{INSIDE}/latest/wordpress/wp-includes/version.php": b"<?php // version",
        f"{INSIDE}/latest/languages/de_DE.l10n.php": b"<?php // German",
        f"{INSIDE}/sqlite-database-integration/load.php": b"<?php // SQLite",
        f"{INSIDE}/wp-cli/wp-cli.phar": b"phar",
        f"{INSIDE}/latest/wordpress/../../../../../../escaped.txt": b"out",
        "package/dist/cli/main.js": b"not ours",
        "package/package.json": json.dumps({"name": NAME, "version": VERSION}).encode(),
    }
    with _running(_package(files)) as served:
        monkeypatch.setenv("npm_config_registry", served.url)
        monkeypatch.setattr(artifacts, "INTEGRITY", _integrity(served.package))
        yield served


def test_what_is_needed_is_unpacked_and_nothing_else(layout: Layout, registry: Registry, tmp_path: Path) -> None:
    said: list[str] = []

    files = ensure_wordpress(layout, said.append)

    unpacked = sorted(str(path.relative_to(files.root)) for path in files.root.rglob("*") if path.is_file())
    assert unpacked == [
        "core/wp-includes/version.php",
        "core/wp-load.php",
        "languages/de_DE.l10n.php",
        "sqlite-database-integration/load.php",
        "wp-cli/wp-cli.phar",
        "wp-config.php",
    ]
    assert (files.core / "wp-load.php").read_bytes() == b"<?php // core"
    assert list(tmp_path.rglob("escaped.txt")) == []
    assert len(said) == 1


def test_it_is_fetched_once(layout: Layout, registry: Registry) -> None:
    first = ensure_wordpress(layout, lambda _line: None)
    second = ensure_wordpress(layout, _never)

    assert first == second
    assert registry.downloads == 1


def test_several_at_once_fetch_it_once(layout: Layout, registry: Registry) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _number: ensure_wordpress(layout, lambda _line: None), range(4)))

    assert len(found) == 1
    assert registry.downloads == 1


def test_another_package_than_the_pinned_one_is_refused(
    layout: Layout, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "INTEGRITY", _integrity(b"another"))

    with pytest.raises(LocalRuntimeError, match="not the package that is pinned"):
        ensure_wordpress(layout, lambda _line: None)

    _nothing_left(layout)


def test_a_download_that_breaks_off_leaves_nothing_and_can_be_repeated(layout: Layout, registry: Registry) -> None:
    registry.cut_off = True
    with pytest.raises(LocalRuntimeError, match="could not be fetched"):
        ensure_wordpress(layout, lambda _line: None)
    _nothing_left(layout)

    registry.cut_off = False
    assert (ensure_wordpress(layout, lambda _line: None).core / "wp-load.php").exists()


def test_no_network_is_said_with_a_remedy(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(LocalRuntimeError, match="ECONNREFUSED") as refused:
        ensure_wordpress(layout, lambda _line: None)

    assert "connect to the network" in refused.value.remedy
    _nothing_left(layout)


def test_a_full_disk_is_said_before_the_download(
    layout: Layout, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_NEEDED_MIB", 2**40)

    with pytest.raises(LocalRuntimeError, match="MiB free"):
        ensure_wordpress(layout, _never)

    assert registry.downloads == 0


def test_a_disk_that_fills_up_meanwhile_is_said(
    layout: Layout, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: object, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)

    with pytest.raises(LocalRuntimeError, match="No space left on device"):
        ensure_wordpress(layout, lambda _line: None)

    _nothing_left(layout)


def test_what_a_killed_process_left_is_removed(layout: Layout, registry: Registry) -> None:
    left = layout.cache / "wordpress" / ".unpacking-left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")

    ensure_wordpress(layout, lambda _line: None)

    assert not left.exists()


def _never(line: str) -> None:
    raise AssertionError(f"nothing was to be done, but: {line}")


def _nothing_left(layout: Layout) -> None:
    assert [path.name for path in (layout.cache / "wordpress").iterdir() if path.name != ".lock"] == []


def _integrity(package: bytes) -> str:
    return base64.b64encode(hashlib.sha512(package).digest()).decode()


def _package(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@contextlib.contextmanager
def _running(package: bytes) -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.tarball() if self.path.endswith(".tgz") else served.document()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            broken = served.cut_off and self.path.endswith(".tgz")
            self.wfile.write(body[: len(body) // 2] if broken else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Registry(f"http://127.0.0.1:{server.server_address[1]}", package)
    with serving(server):
        yield served
