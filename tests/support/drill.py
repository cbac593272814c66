"""What `make drill` tries at every step, and `make test` at some."""

import os

DRILL = os.environ.get("PRESSWERK_TEST_DRILL") == "1"
"""Whether this run is a drill."""


def every(step: int) -> int:
    """By how much to go on in a matrix: one in a drill, else `step`."""
    return 1 if DRILL else step


def up_to(drilled: int, usual: int) -> int:
    """How often something is tried."""
    return drilled if DRILL else usual
