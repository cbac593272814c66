"""Checks: what a user would ask, each one entry in one registry, and how they are asked."""

from presswerk.operations.checks.asking import WORST_FIRST, Memory, ServiceLine, ask, by_service
from presswerk.operations.checks.memory import InFile, InMemory
from presswerk.operations.checks.model import CannotTell, Check, NotAsItShouldBe, Outcome, Result, Silent, Target
from presswerk.operations.checks.registry import CHECKS

__all__ = [
    "CHECKS",
    "WORST_FIRST",
    "CannotTell",
    "Check",
    "InFile",
    "InMemory",
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
