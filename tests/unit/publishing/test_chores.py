import threading

import pytest
from sqlalchemy.exc import OperationalError

from presswerk.publishing.chores import Chores
from tests.support.waiting import PATIENCE_SECONDS


@pytest.mark.parametrize("trouble", [RuntimeError("a defect"), OperationalError("SELECT", {}, Exception("away"))])
def test_trouble_in_one_chore_ends_no_other_and_no_later_round(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.publishing.chores._PAUSE_SECONDS", 0.01)
    done = threading.Semaphore(0)

    def fail() -> None:
        raise trouble

    chores = Chores(fail, done.release)
    chores.start()
    try:
        assert all(done.acquire(timeout=PATIENCE_SECONDS) for _ in range(3))
    finally:
        chores.stop()
