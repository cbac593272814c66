"""Copies of sites and databases: a suspended site has one too, and half a copy is none. kubectl and aws are doubles."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from presswerk.declaration import Platform, Tenant
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import DesiredTenant, SiteSecrets, tenant_objects
from tests.support.cluster_schemas import VERSIONS, problems_with
from tests.support.postgres import PROGRAMS, PostgresServer, running_postgres
from tests.support.workflows import Runner

pytestmark = pytest.mark.integration

_PASSWORD = "p@ss:w%rd/?#ä"
_ENCODED = "p%40ss%3Aw%25rd%2F%3F%23%C3%A4"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner.prepare(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that lets the user of the services in with their password alone."""
    with running_postgres() as running:
        with psycopg.connect(running.url(), autocommit=True) as connection:
            connection.execute(f"CREATE USER \"of services\" PASSWORD '{_PASSWORD}'".encode())
            connection.execute('CREATE DATABASE hub OWNER "of services"')
        running.ask_for_password("of services")
        with psycopg.connect(running.url("hub"), autocommit=True) as connection:
            connection.execute("CREATE TABLE articles AS SELECT n, 'Grüße' AS told FROM generate_series(1, 500) AS n")
            connection.execute('ALTER TABLE articles OWNER TO "of services"')
        yield running


def _environment(server: PostgresServer, which: str) -> Mapping[str, str]:
    address = f"of%20services:{_ENCODED}@127.0.0.1:{server.port}/hub"
    return {
        "hub": {"PRESSWERK_DATABASE_URL": f"postgresql+psycopg://{address}?connect_timeout=5&sslmode=prefer"},
        "chat": {"DATABASE_URL": f"postgresql://{address}"},
        "sign-on": {
            "AUTHENTIK_POSTGRESQL__HOST": "127.0.0.1",
            "AUTHENTIK_POSTGRESQL__PORT": str(server.port),
            "AUTHENTIK_POSTGRESQL__NAME": "hub",
            "AUTHENTIK_POSTGRESQL__USER": "of services",
            "AUTHENTIK_POSTGRESQL__PASSWORD": _PASSWORD,
        },
    }[which]


@pytest.mark.parametrize("which", ["hub", "chat", "sign-on"])
def test_a_database_is_dumped_from_what_its_secret_says_and_can_be_restored(
    runner: Runner, server: PostgresServer, which: str, tmp_path: Path
) -> None:
    environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **_environment(server, which)}
    scripts = [runner.checkout / "scripts" / name for name in ("database_environment.sh", "dump_database.sh")]
    script = b"".join(each.read_bytes() for each in scripts)

    dumped = subprocess.run(["sh", "-s"], input=script, env=environment, capture_output=True, check=False)
    assert dumped.returncode == 0, dumped.stderr
    (tmp_path / "copy.dump").write_bytes(dumped.stdout)
    empty = server.new_database()
    command = [
        str(PROGRAMS / "pg_restore"),
        "--no-owner",
        "--exit-on-error",
        "--dbname",
        empty,
        str(tmp_path / "copy.dump"),
    ]
    subprocess.run(command, check=True)

    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT count(*), min(told) FROM articles").fetchone() == (500, "Grüße")


@pytest.mark.parametrize("address", ["", "sqlite:////tmp/hub.db", "postgresql://nobody/hub"])
def test_what_is_no_database_server_is_told_without_its_address(runner: Runner, address: str) -> None:
    told = _script(runner, "database_environment.sh", PRESSWERK_DATABASE_URL=address)

    assert told.returncode == 1
    assert "names no PostgreSQL database" in told.stderr
    assert address == "" or address not in told.stderr


def test_every_database_is_copied_from_a_pod_that_is_removed_again(runner: Runner) -> None:
    _cluster(runner)

    ran = _script(runner, "copy_databases.sh", "final")

    assert ran.returncode == 0, ran.stderr
    pods = _applied(runner)
    assert [(pod["metadata"]["namespace"], _secret(pod)) for pod in pods] == [
        ("authentik", "authentik"),
        ("presswerk", "open-webui"),
        ("presswerk", "presswerk-hub"),
    ]
    for pod in pods:
        assert problems_with(pod, VERSIONS[-1], []) == []
    called = runner.called()
    kept = [line.split()[-1] for line in called if line.startswith("aws")]
    assert [path.rsplit("/", 1)[-1] for path in kept] == ["authentik.dump", "open-webui.dump", "presswerk-hub.dump"]
    assert len([line for line in called if line.startswith("kubectl delete pod presswerk-copy")]) == 6


@pytest.mark.parametrize("broken", ["sh -s", "pg_restore", "wait"])
def test_half_a_copy_of_a_database_is_not_kept_and_the_others_still_are(runner: Runner, broken: str) -> None:
    _cluster(runner, f'*"{broken}"*) case "$*" in *"--namespace authentik "*) exit 1 ;; esac ;;')

    ran = _script(runner, "copy_databases.sh", "final")

    assert ran.returncode == 1
    assert "NOT COPIED  database of authentik" in ran.stderr
    kept = [line.split()[-1].rsplit("/", 1)[-1] for line in runner.called() if line.startswith("aws")]
    assert kept == ["open-webui.dump", "presswerk-hub.dump"]


def test_a_suspended_site_is_copied_from_a_pod_of_its_own(runner: Runner) -> None:
    _cluster(runner)
    (runner.directory / "deployment.json").write_text(json.dumps(_deployment()), encoding="utf-8")

    ran = _script(runner, "copy_sites.sh", "final", "tenant-acme")

    assert ran.returncode == 0, ran.stderr
    (pod,) = _applied(runner)
    (container,) = pod["spec"]["containers"]
    template = _deployment()["spec"]["template"]
    assert problems_with(pod, VERSIONS[-1], []) == []
    assert (pod["metadata"]["name"], container["command"]) == ("site-copy", ["tini", "--", "sleep", "7200"])
    assert pod["metadata"]["labels"] == template["metadata"]["labels"]
    assert [key for key in container if key.endswith("Probe")] == []
    same = ("image", "volumeMounts", "securityContext", "env")
    assert {key: container[key] for key in same} == {key: template["spec"]["containers"][0][key] for key in same}
    assert pod["spec"]["volumes"] == template["spec"]["volumes"]
    assert len([line for line in runner.called() if line.startswith("aws")]) == 2
    assert runner.called()[-1].startswith("kubectl delete pod site-copy --namespace tenant-acme")


def test_a_pod_that_does_not_start_fails_the_copy_and_is_removed(runner: Runner) -> None:
    _cluster(runner, "*wait*) exit 1 ;;")
    (runner.directory / "deployment.json").write_text(json.dumps(_deployment()), encoding="utf-8")

    ran = _script(runner, "copy_sites.sh", "final", "tenant-acme")

    assert (ran.returncode, "NOT COPIED  tenant-acme" in ran.stderr) == (1, True)
    assert runner.called()[-1].startswith("kubectl delete pod site-copy --namespace tenant-acme")


def test_a_site_that_runs_is_copied_where_it_is(runner: Runner) -> None:
    _cluster(runner, "*readyReplicas*) echo 2 ;;")

    ran = _script(runner, "copy_sites.sh", "nightly", "tenant-acme")

    assert ran.returncode == 0, ran.stderr
    assert [line for line in runner.called() if "site-copy" in line or "apply" in line] == []
    assert len([line for line in runner.called() if "exec --namespace tenant-acme deployment/site" in line]) == 2


def _deployment() -> dict[str, Any]:
    tenant = Tenant(id="acme", name="Acme News")
    platform = Platform(tenants=(tenant,), domain="press.example")
    wanted = DesiredTenant(Cluster.of(platform), tenant, platform.allotment(tenant), suspended=True)
    made = SiteSecrets({"AUTH_KEY": "x"}, "y", "https://id.press.example/", "site-acme", "z")
    return next(dict(each) for each in tenant_objects(wanted, made) if each["kind"] == "Deployment")


def _cluster(runner: Runner, first: str = "") -> None:
    """A cluster whose pods start and give what they are asked for; `first` stands before its other answers."""
    runner.double(
        "kubectl",
        f"""case "$*" in
{first}
*"output json"*) cat {runner.directory}/deployment.json ;;
apply*) echo --- >>{runner.directory}/applied; cat >>{runner.directory}/applied ;;
*content_out.php*) echo '{{"end": true, "tables": {{}}}}' ;;
*"tar "*) tar -cz -T /dev/null ;;
*" --stdin "*) cat >/dev/null ;;
esac""",
    )


def _applied(runner: Runner) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all((runner.directory / "applied").read_text(encoding="utf-8")) if each]


def _secret(pod: Mapping[str, Any]) -> str:
    return str(pod["spec"]["containers"][0]["envFrom"][0]["secretRef"]["name"])


def _script(runner: Runner, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(runner.checkout / "scripts" / name), *arguments],
        env={"PATH": f"{runner.doubles}:{os.environ['PATH']}", "PRESSWERK_COPIES_BUCKET": "copies", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
