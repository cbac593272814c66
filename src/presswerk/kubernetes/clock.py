"""Time as it is waited for, so that patience can be tested without waiting."""

import datetime as dt
import time
from dataclasses import dataclass
from typing import Self


class SystemClock:
    """This machine's clock; tests have one that passes at once."""

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
    """Until when something may take, on a clock that never goes back."""

    clock: SystemClock
    at: float

    @classmethod
    def after(cls, seconds: float, clock: SystemClock) -> Self:
        """So long from now."""
        return cls(clock, clock.monotonic() + seconds)

    @property
    def left_seconds(self) -> float:
        """How long it still may take."""
        return max(0.0, self.at - self.clock.monotonic())

    def allows_another_look(self, after_seconds: float) -> bool:
        """Wait before one, at most until the end; False at once when it has taken too long."""
        if self.left_seconds <= 0:
            return False
        self.clock.sleep(min(after_seconds, max(self.left_seconds, 0.01)))
        return True
