"""One call at a time for each key; who comes meanwhile shares its outcome."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Keeps a thundering herd from asking the same thing many times at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[T]] = {}

    def do(self, key: Hashable, call: Callable[[], T]) -> T:
        """Run `call`, or wait for the one already running for `key`.

        Raises:
            Exception: Whatever `call` raised, to everybody who waited for it.
        """
        with self._lock:
            flight = self._flights.get(key)
            if leading := flight is None:
                flight = self._flights[key] = Future()
        if leading:
            self._fly(key, flight, call)
        return flight.result()

    def _fly(self, key: Hashable, flight: Future[T], call: Callable[[], T]) -> None:
        try:
            result = call()
        # Not caught but passed on: whoever waits must learn of it, whatever it is.
        except BaseException as error:  # noqa: BLE001
            self._land(key)
            flight.set_exception(error)
        else:
            self._land(key)
            flight.set_result(result)

    def _land(self, key: Hashable) -> None:
        with self._lock:
            del self._flights[key]
