"""presswerk infra against a double of the terraform program, which notes what it is asked and answers a fixed plan."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from presswerk.cli.infra import app
from presswerk.errors import PresswerkError

_TOKEN = "the-token-itself"
_OTHERS = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "IONOS_S3_ACCESS_KEY", "IONOS_S3_SECRET_KEY",
    "TF_VAR_postgres_password", "TF_VAR_mariadb_password", "TF_VAR_redis_password",
)  # fmt: skip
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
    for variable in ("IONOS_TOKEN", *_OTHERS):
        monkeypatch.setenv(variable, _TOKEN)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "platform.yaml").write_text("tenants:\n  - id: acme\n    name: Acme\n")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "module").mkdir()
    return tmp_path / "asked"


_WORDS = ["--state-bucket=state", "--module=module", "--yes"]


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_what_was_not_named_is_not_lost(asked: Path, verb: str) -> None:
    ended = CliRunner().invoke(app, [verb, *_WORDS])
    assert isinstance(ended.exception, PresswerkError)
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


def test_what_is_missing_in_the_environment_is_told_before_anything_is_asked(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IONOS_TOKEN")
    monkeypatch.delenv("TF_VAR_redis_password")
    ended = CliRunner().invoke(app, ["plan", "--state-bucket=state", "--module=module"])
    assert "not set: IONOS_TOKEN, TF_VAR_redis_password." in str(ended.exception)
    assert not asked.exists()


def test_without_a_managed_redis_nobody_asks_for_its_password(
    asked: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TF_VAR_redis_password")
    declared = tmp_path / "own.yaml"
    declared.write_text("tenants: [{id: acme, name: Acme}]\ndatabases: {redis: null}\n")
    ended = CliRunner().invoke(app, ["plan", "--state-bucket=state", "--module=module", f"--config={declared}"])
    assert ended.exit_code == 0, ended.exception
    assert asked.exists()


def test_without_a_terraform_it_says_where_to_get_one(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSWERK_TERRAFORM", "no-such-terraform")
    ended = CliRunner().invoke(app, ["plan", "--state-bucket=state", "--module=module"])
    assert "no-such-terraform, which PRESSWERK_TERRAFORM names, is no program" in str(ended.exception)
    assert "Install Terraform 1.11 or newer" in str(ended.exception)


def test_no_error_repeats_a_secret(asked: Path) -> None:
    program = asked.parent / "bin" / "terraform"
    program.write_text('#!/bin/sh\necho "refused: $IONOS_TOKEN" >&2\nexit 1\n')
    ended = CliRunner().invoke(app, ["plan", "--state-bucket=state", "--module=module"])
    assert "refused: ***" in str(ended.exception)
