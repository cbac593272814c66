"""The hub, in a process that kills itself (SIGKILL) at a named moment, once.

Run as `python -m tests.support.crashing_hub`; PRESSWERK_TEST_CRASH names the moment, `<when>-<step>`: `before` the step
does anything, `after` it has done everything, and `inside-deliver`, when the request is
on its way and the answer has not come. It dies only while the file PRESSWERK_TEST_ARMED names exists. The product has
no hooks for this: methods are wrapped here.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from presswerk.cli.hub import app
from presswerk.publishing.dispatcher import Dispatcher
from presswerk.publishing.service import PublishingService
from presswerk.publishing.steps import PublishingSteps
from presswerk.wordpress import SiteClient

STEPS = ("prepare", "deliver", "announce")
MOMENTS = (
    "before-wake",
    "before-begin",
    "after-begin",
    *(f"{when}-{step}" for step in STEPS for when in ("before", "after")),
    "inside-deliver",
)
_INSIDE_SECONDS = 0.02


def _die_if_armed() -> None:
    if Path(os.environ["PRESSWERK_TEST_ARMED"]).exists():
        os.kill(os.getpid(), signal.SIGKILL)


def _wrap(owner: type, name: str, when: str) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            _die_if_armed()
        result = original(*arguments, **named)
        if when == "after":
            _die_if_armed()
        return result

    setattr(owner, name, wrapped)


def _die_inside_deliver() -> None:
    original = SiteClient.put_publication

    def put_publication(self: SiteClient, *arguments: Any, **named: Any) -> Any:
        threading.Timer(_INSIDE_SECONDS, _die_if_armed).start()
        return original(self, *arguments, **named)

    setattr(SiteClient, "put_publication", put_publication)  # noqa: B010 - a plain assignment is a type error


def arrange(moment: str) -> None:
    """Let the process die at the moment."""
    if moment == "inside-deliver":
        _die_inside_deliver()
    elif moment == "before-wake":
        _wrap(PublishingService, "_hand_over", "before")
    elif moment.endswith("-begin"):
        _wrap(Dispatcher, "_work", moment.partition("-")[0])
    elif moment:
        when, _, step = moment.partition("-")
        _wrap(PublishingSteps, step, when)


if __name__ == "__main__":
    arrange(os.environ.get("PRESSWERK_TEST_CRASH", ""))
    sys.exit(app(["serve"]))
