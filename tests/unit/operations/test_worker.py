"""What works beside the hub begins when it is asked or due, and neither a failure nor an absent database ends it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from presswerk.declaration import Tenant, demo_platform
from presswerk.operations.worker import BackupWorker, TenantWorker, _Command
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredPlatform, DeclaredTenant, TenantRegistry, Vault
from tests.support.waiting import PATIENCE_SECONDS, until


def test_what_is_asked_is_begun_at_once(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presswerk.operations.worker._LOOK_SECONDS", 3600.0)
    asked: SimpleQueue[str] = SimpleQueue()
    registry = TenantRegistry(engine, Vault((Fernet.generate_key().decode(),)))
    tenants = LocalRuntime(engine, registry, DeclaredPlatform(demo_platform()), changed=asked.put)
    begun: list[str] = []
    one = threading.Event()

    def carry_out(_worker: TenantWorker, known: DeclaredTenant) -> None:
        begun.append(known.id)
        one.set()

    monkeypatch.setattr(TenantWorker, "_carry_out", carry_out)
    worker = TenantWorker(tenants, asked, tmp_path)
    worker.start()
    try:
        tenants.apply(Tenant(id="acme", name="Acme News"))
        assert one.wait(PATIENCE_SECONDS)
    finally:
        worker.stop()
    assert begun == ["acme"]
    assert not worker._thread.is_alive()


def test_a_tenant_is_carried_out_though_the_database_was_away(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.operations.worker._LOOK_SECONDS", 0.01)
    registry = TenantRegistry(engine, Vault((Fernet.generate_key().decode(),)))
    tenants = LocalRuntime(engine, registry, DeclaredPlatform(demo_platform()))
    looks: list[int] = []

    def away() -> tuple[DeclaredTenant, ...]:
        looks.append(1)
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(tenants, "list", away)
    worker = TenantWorker(tenants, SimpleQueue(), tmp_path)
    worker.start()
    try:
        until(lambda: len(looks) > 2)
    finally:
        worker.stop()


def test_backups_are_made_when_they_are_due_and_one_that_fails_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Iterator[bool | Exception] = iter(
        [False, True, OperationalError("SELECT", {}, Exception("away")), True, True]
    )
    asked: list[tuple[str, ...]] = []

    def due() -> bool:
        answer = next(answers, False)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(_command: _Command, *arguments: str) -> str | None:
        asked.append(arguments)
        return "The target is full." if len(asked) == 1 else None

    monkeypatch.setattr(_Command, "run", run)
    worker = BackupWorker(tmp_path, due, pause_seconds=0.01)
    worker.start()
    try:
        until(lambda: len(asked) == 3, lambda: str(asked))
    finally:
        worker.stop()
    assert set(asked) == {("backup", "schedule", "--run")}
    assert not worker._thread.is_alive()


def test_what_a_command_said_is_known_where_it_failed(tmp_path: Path) -> None:
    command = _Command(tmp_path / "none", "nice", "-n", "10")

    told = command.run("backup", "list")

    assert told is not None
    assert "There is no installation" in told
