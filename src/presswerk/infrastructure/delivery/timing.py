"""How long each step of a delivery took, and what it did, told as it goes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from presswerk.infrastructure.delivery.waiting import Tell
from presswerk.kubernetes.clock import SystemClock


@dataclass(frozen=True)
class Timed:
    """How long a step took, and what it did."""

    step: str
    did: str
    seconds: float


@dataclass
class Steps:
    """Times steps.

    Attributes:
        clock: Whose time.
        tell: Told of each that has ended.
        prefix: Stands before each step's name.
        timed: Those that did something, or failed.
    """

    clock: SystemClock
    tell: Tell
    prefix: str = ""
    timed: list[Timed] = field(default_factory=list)

    def below(self, prefix: str) -> Self:
        """Further steps of the same run, under names of their own."""
        return replace(self, prefix=prefix)

    def take(self, step: str, do: Callable[[], str]) -> None:
        """Take a step that says what it did; nothing, if that was not worth a word."""
        began, did = self.clock.monotonic(), "failed"
        try:
            did = do()
        finally:
            if did:
                seconds = self.clock.monotonic() - began
                self.timed.append(Timed(f"{self.prefix}{step}", did, seconds))
                self.tell(f"  {step}: {did} ({seconds:.1f} s)")
