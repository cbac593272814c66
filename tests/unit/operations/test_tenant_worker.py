"""A hub that is asked to change a tenant begins at once, and ends when it is told to."""

import threading
from pathlib import Path
from queue import SimpleQueue

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from presswerk.declaration import Tenant, demo_platform
from presswerk.operations.worker import TenantWorker
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredPlatform, DeclaredTenant, TenantRegistry, Vault
from tests.support.waiting import PATIENCE_SECONDS


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
