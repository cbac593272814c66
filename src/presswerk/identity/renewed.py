"""A value that is fetched again when it is too old, and kept while it cannot be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from presswerk.identity.errors import IdentityProviderUnavailable
from presswerk.identity.single_flight import SingleFlight

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Value(Generic[T]):
    value: T
    fetched_at: float
    tried_at: float
    failure: str | None = None


@dataclass(frozen=True)
class _Failure:
    message: str
    at: float


class Renewed(Generic[T]):
    """Fetches by one thread at a time, and not again for a second after it failed.

    Args:
        what: What it is, for the log.
        fetch: Gets it; may raise `IdentityProviderUnavailable`.
        clock: Seconds since the epoch.
        kept_seconds: How old it may get while it cannot be fetched again.
    """

    _RETRY_SECONDS = 1.0

    def __init__(self, what: str, fetch: Callable[[], T], clock: Callable[[], float], *, kept_seconds: float) -> None:
        self._what = what
        self._fetch = fetch
        self._clock = clock
        self._kept_seconds = kept_seconds
        self._state: _Value[T] | _Failure | None = None
        self._flights: SingleFlight[T] = SingleFlight()

    def get(self, max_age_seconds: float) -> T:
        """The value, fetched anew if the last try was longer ago than `max_age_seconds`.

        Raises:
            IdentityProviderUnavailable: There is none, and it cannot be fetched.
        """
        value = self._current(max_age_seconds)
        return value.value if value is not None else self._flights.do(None, lambda: self._renew(max_age_seconds))

    @property
    def failure(self) -> str | None:
        """Why the last try to fetch it failed; None if it did not."""
        state = self._state
        if isinstance(state, _Failure):
            return state.message
        return state.failure if state is not None else None

    def _current(self, max_age_seconds: float) -> _Value[T] | None:
        state, now = self._state, self._clock()
        if isinstance(state, _Failure) and now - state.at < self._RETRY_SECONDS:
            raise IdentityProviderUnavailable(state.message)
        if isinstance(state, _Value) and now - state.tried_at < max_age_seconds:
            return state
        return None

    def _renew(self, max_age_seconds: float) -> T:
        # Somebody may have fetched it between our look and our turn.
        current = self._current(max_age_seconds)
        if current is not None:
            return current.value
        known, now = self._state, self._clock()
        try:
            value = self._fetch()
        except IdentityProviderUnavailable as failure:
            if not isinstance(known, _Value) or now - known.fetched_at > self._kept_seconds:
                self._state = _Failure(str(failure), self._clock())
                raise
            log.warning("identity_kept", what=self._what, failure=str(failure))
            self._state = _Value(known.value, known.fetched_at, tried_at=self._clock(), failure=str(failure))
            return known.value
        self._state = _Value(value, fetched_at=now, tried_at=now)
        return value
