"""Time as a delivery sees it, so that patience can be tested without waiting."""

import datetime as dt
import time
from dataclasses import dataclass
from typing import Protocol, Self


class Clock(Protocol):
    """Tells and passes time."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def now(self) -> dt.datetime:
        """Aware UTC."""

    def sleep(self, seconds: float) -> None:
        """Let that much pass."""


class SystemClock:
    """This machine's."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def now(self) -> dt.datetime:
        """Aware UTC."""
        return dt.datetime.now(dt.UTC)

    def sleep(self, seconds: float) -> None:
        """Let that much pass."""
        time.sleep(seconds)


@dataclass(frozen=True)
class Deadline:
    """Until when something may take.

    Attributes:
        clock: Whose time.
        at: On that clock.
    """

    clock: Clock
    at: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Self:
        """So long from now."""
        return cls(clock, clock.monotonic() + seconds)

    @property
    def left_seconds(self) -> float:
        """How long it still may take."""
        return max(0.0, self.at - self.clock.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether it has taken too long."""
        return self.left_seconds <= 0
