"""Databases of sign-on, chat and hub made at a real PostgreSQL by somebody who is no superuser. kubectl is a double."""

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import psycopg.sql
import pytest
import yaml

from tests.support.cluster_schemas import VERSIONS, problems_with
from tests.support.postgres import PROGRAMS, PostgresServer, running_postgres
from tests.support.workflows import Runner

pytestmark = pytest.mark.integration

_ADMINISTRATOR = "a b\\c'd$e"
_HUB = "o'hub"
_PASSWORDS = {"authentik": "sign'on \\ $pass", "chat": "aa11bb22", _HUB: "cc33dd44"}


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with running_postgres() as running:
        with psycopg.connect(running.url(), autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("CREATE USER presswerk CREATEDB CREATEROLE PASSWORD {}").format(_ADMINISTRATOR)
            )
            connection.execute("CREATE DATABASE presswerk OWNER presswerk")
        running.ask_for_password("presswerk", *_PASSWORDS)
        yield running


@pytest.fixture
def runner(server: PostgresServer, tmp_path: Path) -> Runner:
    """Of an operator, whose cluster has the three Secrets and runs what a pod is told with nothing but its Secret."""
    made = Runner.prepare(tmp_path)
    _put(made, server, _PASSWORDS)
    made.double(
        "kubectl",
        f"""cd {made.directory}
case "$*" in
apply*) tee -a applied | sed -n 's/.*secretRef: {{name: \\(.*\\)}}/\\1/p' >secret ;;
exec*)
    while [ "$1" != -- ]; do shift; done
    shift
    exec env -i PATH={PROGRAMS}:/usr/bin:/bin sh -c 'set -a; . "./$0.env"; set +a; exec "$@"' "$(cat secret)" "$@" ;;
esac""",
    )
    return made


def _put(runner: Runner, server: PostgresServer, passwords: Mapping[str, str]) -> None:
    secrets = {
        "authentik": {
            "AUTHENTIK_POSTGRESQL__HOST": "127.0.0.1",
            "AUTHENTIK_POSTGRESQL__PORT": str(server.port),
            "AUTHENTIK_POSTGRESQL__NAME": "sign on",
            "AUTHENTIK_POSTGRESQL__USER": "authentik",
            "AUTHENTIK_POSTGRESQL__PASSWORD": passwords["authentik"],
        },
        "open-webui": {"DATABASE_URL": f"postgresql://chat:{passwords['chat']}@127.0.0.1:{server.port}/chat"},
        "presswerk-hub": {
            "PRESSWERK_DATABASE_URL": f"postgresql://{quote(_HUB)}:{passwords[_HUB]}@127.0.0.1:{server.port}/hub"
        },
    }
    for name, secret in secrets.items():
        lines = [f"{key}={shlex.quote(value)}\n" for key, value in secret.items()]
        (runner.directory / f"{name}.env").write_text("".join(lines), encoding="utf-8")


def _make(runner: Runner, password: str = _ADMINISTRATOR) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(runner.checkout / "scripts" / "make_databases.sh")],
        env={"PATH": f"{runner.doubles}:{os.environ['PATH']}", "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )


def _as(server: PostgresServer, user: str, password: str, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(host="127.0.0.1", port=server.port, dbname=database, user=user, password=password)


def _sign_in(server: PostgresServer, user: str, password: str, database: str) -> None:
    with _as(server, user, password, database) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS things (name text)")


def test_each_service_gets_a_database_that_is_its_own(runner: Runner, server: PostgresServer) -> None:
    ran = _make(runner)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        f"made      database of {name}" for name in ("authentik", "open-webui", "presswerk-hub")
    ]
    for user, database in (("authentik", "sign on"), ("chat", "chat"), (_HUB, "hub")):
        _sign_in(server, user, _PASSWORDS[user], database)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        _sign_in(server, "chat", _PASSWORDS["chat"], "hub")
    pods = list(yaml.safe_load_all((runner.directory / "applied").read_text(encoding="utf-8")))
    assert [problem for pod in pods for problem in problems_with(pod, VERSIONS[-1], [])] == []
    told = "\n".join((ran.stdout, ran.stderr, *runner.called()))
    assert [secret for secret in (_ADMINISTRATOR, *_PASSWORDS.values()) if secret in told] == []
    assert len([line for line in runner.called() if line.startswith("kubectl delete pod presswerk-databases")]) == 6


def test_a_repeat_keeps_what_is_there_and_gives_the_password_that_the_secret_has_now(
    runner: Runner, server: PostgresServer
) -> None:
    assert _make(runner).returncode == 0
    _sign_in(server, "chat", _PASSWORDS["chat"], "chat")
    _put(runner, server, {**_PASSWORDS, "chat": "ee55ff66"})

    ran = _make(runner)

    assert ran.returncode == 0, ran.stderr
    with _as(server, "chat", "ee55ff66", "chat") as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        _sign_in(server, "chat", _PASSWORDS["chat"], "chat")


def test_who_may_make_no_database_is_told_so_and_no_password_is_shown(runner: Runner) -> None:
    ran = _make(runner, "not-the-one")

    assert ran.returncode == 1
    assert ran.stderr.count("password authentication failed") == 3
    assert "NOT MADE  database of presswerk-hub" in ran.stderr
    assert ran.stdout == ""
    assert "not-the-one" not in ran.stderr


def test_without_the_administrators_password_nothing_is_begun(runner: Runner) -> None:
    ran = _make(runner, "")

    assert (ran.returncode, runner.called()) == (1, [])
    assert "PGPASSWORD: has to be the password of the administrator of the server" in ran.stderr
