"""What is done from time to time beside publishing: forgetting, giving space back, letting go on what was held."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

_PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Chores:
    """A thread of every hub; that several do the same at once harms nothing.

    Args:
        chores: What is to be done twice a minute.
    """

    def __init__(self, *chores: Callable[[], object]) -> None:
        self._chores = chores
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chores", daemon=True)

    def start(self) -> None:
        """Begin, at once with a whole round."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chore in hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for chore in self._chores:
                try:
                    chore()
                except SQLAlchemyError as error:
                    # The database is away for a moment; the next round tries again.
                    log.warning("chore_failed", error=type(error).__name__)
                except Exception:
                    # A defect in one chore must not end the others, nor all rounds that come after it.
                    log.exception("chore_failed")
            self._stop.wait(_PAUSE_SECONDS)
