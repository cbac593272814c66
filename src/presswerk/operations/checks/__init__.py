"""Checks: what a user would ask, each one entry in one registry, and how they are asked."""

from presswerk.operations.checks.asking import WORST_FIRST, ServiceLine, ask, by_service
from presswerk.operations.checks.memory import Memory
from presswerk.operations.checks.model import CannotTell, Check, NotAsItShouldBe, Outcome, Result, Silent, Target
from presswerk.operations.checks.registry import CHECKS

__all__ = [
    "CHECKS",
    "WORST_FIRST",
    "CannotTell",
    "Check",
    "Memory",
    "NotAsItShouldBe",
    "Outcome",
    "Result",
    "ServiceLine",
    "Silent",
    "Target",
    "ask",
    "by_service",
]
