"""presswerk infra against a double of the terraform program, which notes what it is asked and answers a fixed plan."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from presswerk.cli.infra import app
from presswerk.runtimes.local.errors import LocalRuntimeError

_TOKEN = "the-token-itself"
_SITES = "ionoscloud_mariadb_cluster.sites"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of what terraform was asked; its plan loses the sites' database until it was applied."""
    shown = tmp_path / "plan.json"
    change = {"address": _SITES, "type": "ionoscloud_mariadb_cluster", "mode": "managed"}
    shown.write_text(json.dumps({"resource_changes": [{**change, "change": {"actions": ["delete", "create"]}}]}))
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncase "$1" in\n'
        f"output) echo '{{}}';;\nshow) cat {shown};;\napply) echo '{{}}' > {shown};;\nesac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("IONOS_TOKEN", _TOKEN)
    (tmp_path / "platform.yaml").write_text("tenants:\n  - id: acme\n    name: Acme\n")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "module").mkdir()
    return tmp_path / "asked"


_WORDS = ["--state-bucket=state", "--module=module", "--yes"]


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_what_was_not_named_is_not_lost(asked: Path, verb: str) -> None:
    ended = CliRunner().invoke(app, [verb, *_WORDS])
    assert isinstance(ended.exception, LocalRuntimeError)
    assert f"--allow-destroy={_SITES}" in str(ended.exception)
    assert "\napply" not in asked.read_text()


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_what_was_named_may_go(asked: Path, verb: str) -> None:
    ended = CliRunner().invoke(app, [verb, *_WORDS, f"--allow-destroy={_SITES}"])
    assert ended.exit_code == 0, ended.exception
    assert asked.read_text().count("\napply") == 1


def test_the_token_is_in_no_argument(asked: Path) -> None:
    CliRunner().invoke(app, ["apply", *_WORDS, f"--allow-destroy={_SITES}"])
    assert _TOKEN not in asked.read_text()
