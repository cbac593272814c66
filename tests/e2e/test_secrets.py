"""No secret of a run is in any log of that run, nor in any command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk.operations.demonstration.walk import Author, check, walk
from presswerk.runtimes.local.progress import silent
from tests.support.platform import RunningPlatform
from tests.support.processes import visible_command_lines

pytestmark = pytest.mark.e2e

SHORTEST = 8
"""Shorter texts would be found by chance."""


@pytest.fixture(scope="module")
def used(platform: RunningPlatform) -> dict[str, str]:
    """Every secret of a platform on which an author walked the whole way, and on which things went wrong, by name."""
    author = Author("acme-author", "Anna Albers", platform.password("acme-author"), "acme")
    proof = walk(platform.layout, author, "Write an article about a quiet room", platform.connection, silent)
    check(proof, author)
    tokens = platform.tokens("acme-admin")
    with platform.hub(tokens.access_token) as hub:
        made = hub.post("/api/v1/api-keys", json={"tenant": "acme", "role": "author", "label": "leak"}).json()
    with platform.hub(made["secret"]) as hub:
        assert hub.get("/api/v1/me").status_code == 200
        # A careless caller: a key in the query, a body that does not fit, a key for another tenant.
        hub.get("/api/v1/publications", params={"key": made["secret"]})
        hub.post("/api/v1/publications", json={"tenant": "acme", "markdown": 1, "password": made["secret"]})
        hub.post("/api/v1/publications", json={"tenant": "nordlicht", "markdown": "x", "target": "draft"})
    with platform.hub(tokens.id_token) as hub:
        assert hub.get("/api/v1/me").status_code == 401
    assert tokens.refresh_token is not None
    return {
        **{f"secret {number}": value for number, value in enumerate(platform.secrets.all_values())},
        **{
            f"application password of {tenant}": platform.connection(tenant).application_password
            for tenant in ("acme", "nordlicht")
        },
        "API key": made["secret"],
        "access token": tokens.access_token,
        "ID token": tokens.id_token,
        "refresh token": tokens.refresh_token,
    }


def logs(platform: RunningPlatform) -> Iterator[Path]:
    yield from (path for path in platform.layout.logs.rglob("*") if path.is_file())
    yield from (path for path in platform.layout.state.rglob("*.log") if path.is_file())


def test_there_are_logs_to_look_into(platform: RunningPlatform, used: dict[str, str]) -> None:
    names = {path.name for path in logs(platform)}

    assert {"hub.log", "chat.log", "identity.log", "php.log", "web.log"} <= names


def test_no_secret_is_in_a_log(platform: RunningPlatform, used: dict[str, str]) -> None:
    found = [
        f"{name} in {path}"
        for path in logs(platform)
        for text in [path.read_text(errors="replace")]
        for name, value in used.items()
        if len(value) >= SHORTEST and value in text
    ]

    assert found == []


def test_no_secret_is_in_a_command_line(used: dict[str, str]) -> None:
    lines = "\n".join(visible_command_lines().values())

    assert [name for name, value in used.items() if len(value) >= SHORTEST and value in lines] == []


def test_files_that_hold_secrets_are_their_owners_alone(platform: RunningPlatform, used: dict[str, str]) -> None:
    open_to_others = [
        f"{name} in {path}"
        for path in platform.layout.state.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o077
        for content in [path.read_bytes()]
        for name, value in used.items()
        if len(value) >= SHORTEST and value.encode() in content
    ]

    assert open_to_others == []
