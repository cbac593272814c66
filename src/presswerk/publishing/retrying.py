"""How long a publication waits for a site that does not answer, and when it is given up."""

import datetime as dt
from dataclasses import dataclass

from presswerk.messages import Message

_SECONDS_READ_BETTER_UP_TO = 90


@dataclass(frozen=True)
class RetryPolicy:
    """Waits between automatic tries: they grow by `factor` from the first to the longest.

    Attributes:
        first_delay_seconds: Before the second try.
        factor: Growth from one wait to the next.
        longest_delay_seconds: No wait is longer, unless the site asks for it.
        give_up_after_seconds: No automatic try begins later than this after a person last acted; then the publication
            fails, and a person may have it tried again.
    """

    first_delay_seconds: float = 5.0
    factor: float = 2.0
    longest_delay_seconds: float = 900.0
    give_up_after_seconds: float = 24 * 3600.0

    def delay_seconds(self, tries: int, asked_seconds: float | None = None) -> float:
        """How long to wait after so many automatic tries; `asked_seconds` is what the site asked for, if it did."""
        # The exponent is bounded so that a policy with tiny waits cannot overflow.
        grown = self.first_delay_seconds * self.factor ** min(tries, 64)
        return max(min(grown, self.longest_delay_seconds), min(asked_seconds or 0.0, self.give_up_after_seconds))

    def next_try(
        self, *, since: dt.datetime, now: dt.datetime, tries: int, asked_seconds: float | None = None
    ) -> dt.datetime | None:
        """When to try again, None when it is time to give up.

        Args:
            since: When a person last acted on the publication.
            now: The current time.
            tries: Automatic tries since then.
            asked_seconds: The wait the site asked for.
        """
        then = now + dt.timedelta(seconds=self.delay_seconds(tries, asked_seconds))
        return then if then <= since + dt.timedelta(seconds=self.give_up_after_seconds) else None


def in_words(seconds: float) -> Message:
    """A wait as an author reads it: `40 seconds`, `15 minutes`."""
    if seconds > _SECONDS_READ_BETTER_UP_TO:
        return Message.counted("%(num)s minute", "%(num)s minutes", num=round(seconds / 60))
    return Message.counted("%(num)s second", "%(num)s seconds", num=max(round(seconds), 1))
