"""Starting and stopping the hub, as an operator or a supervisor does it."""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import inspect

from presswerk.database import connect, migrate
from tests.support.hub import SERVE, HubProcess, hub_environment, register
from tests.support.issuer import Issuer
from tests.support.site_double import Fault, SiteDouble, running_site_double
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.integration


@pytest.fixture
def site() -> Iterator[SiteDouble]:
    with running_site_double() as site:
        yield site


@pytest.fixture
def hub(tmp_path: Path, issuer: Issuer, site: SiteDouble) -> Iterator[HubProcess]:
    environment = hub_environment(f"sqlite:///{tmp_path}/hub.db", issuer.url)
    register(environment, {"acme": site.connection})
    hub = HubProcess(tmp_path, environment)
    yield hub
    hub.stop()


def _run(*command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_it_stops_promptly_though_somebody_follows_and_a_site_hangs(
    hub: HubProcess, issuer: Issuer, site: SiteDouble
) -> None:
    hub.start()
    editor = hub.client(issuer.access_token("emil", groups=["tenant-acme-editor"]))
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    scheduled = editor.publish("acme", "Later.", target="publish", scheduled_for=later)["id"]
    site.faults = [Fault("hang")]
    stuck = editor.publish("acme", "Stuck.")["id"]
    assert site.hanging.wait(PATIENCE_SECONDS)

    def follow() -> None:
        # It may be cut off: a client goes on with Last-Event-ID.
        with contextlib.suppress(httpx.TransportError):
            editor.events(scheduled)

    following = threading.Thread(target=follow, daemon=True)
    following.start()
    editor.events(scheduled, limit=1)

    assert hub.stop() in {0, -signal.SIGTERM}

    following.join(PATIENCE_SECONDS)
    assert not following.is_alive()
    site.release.set()
    hub.start()
    assert editor.await_state(stuck)["state"] == "drafted"
    assert editor.get(scheduled)["state"] == "scheduled"
    assert len(site.posts) == 1


def test_a_second_hub_on_the_same_port_does_not_begin(hub: HubProcess) -> None:
    hub.start()
    done = _run(*SERVE, environment={**hub.environment, "PRESSWERK_HUB_PORT": str(hub.port), "PATH": ""})
    assert done.returncode != 0
    assert "Address already in use" in done.stdout
    assert "Application startup" not in done.stdout


def test_missing_settings_are_named_with_remedies(tmp_path: Path) -> None:
    done = _run(*SERVE, environment={"PATH": "", "HOME": str(tmp_path)})
    assert done.returncode == 2
    assert "PRESSWERK_ENCRYPTION_KEYS: is not set" in done.stderr
    assert "PRESSWERK_OIDC_ISSUER: is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_makes_the_tables_and_may_be_repeated(tmp_path: Path, issuer: Issuer) -> None:
    environment = {**hub_environment(f"sqlite:///{tmp_path}/new/hub.db", issuer.url), "PATH": ""}
    for _ in range(2):
        done = _run(*SERVE[:-1], "migrate", environment=environment)
        assert done.returncode == 0, done.stderr
    tables = inspect(connect(environment["PRESSWERK_DATABASE_URL"])).get_table_names()
    assert {"publications", "tenants", "api_keys"} <= set(tables)


def test_several_may_migrate_at_once(database_url: str) -> None:
    engines = [connect(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, engines))
    assert "publications" in inspect(engines[0]).get_table_names()
    for engine in engines:
        engine.dispose()
