import gc
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI

from presswerk.cli import hub


@pytest.fixture(autouse=True)
def own_interpreter_settings() -> Iterator[None]:
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_no_thread_that_computes_keeps_requests_waiting_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: dict[str, float] = {}

    def run(server: uvicorn.Server, **_options: object) -> None:
        served["interval"] = sys.getswitchinterval()
        server.started = True

    monkeypatch.setenv("PRESSWERK_DATABASE_URL", f"sqlite:///{tmp_path}/hub.db")
    monkeypatch.setenv("PRESSWERK_ENCRYPTION_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv("PRESSWERK_OIDC_ISSUER", "http://localhost:9000")
    monkeypatch.setattr(hub, "create_app", lambda _settings: FastAPI())
    monkeypatch.setattr(hub, "configure_logs", lambda _level: None)
    monkeypatch.setattr(uvicorn.Server, "run", run)

    hub.serve(host="127.0.0.1", port=0)

    assert served["interval"] == pytest.approx(0.001)


def test_what_is_written_to_a_connection_waits_for_no_acknowledgement() -> None:
    with hub.listen(uvicorn.Config("", host="127.0.0.1", port=0)) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
