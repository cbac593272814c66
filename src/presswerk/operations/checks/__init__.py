"""Checks: what a user would ask, each one entry in one registry, and how they are asked."""

from presswerk.operations.checks.asking import WORST_FIRST, Memory, ServiceLine, ask, by_service
from presswerk.operations.checks.model import (
    CannotTell,
    Check,
    NotAsItShouldBe,
    Outcome,
    Remedy,
    Result,
    Right,
    Severity,
    Silent,
    Target,
)
from presswerk.operations.checks.registry import CHECKS

__all__ = [
    "CHECKS",
    "WORST_FIRST",
    "CannotTell",
    "Check",
    "Memory",
    "NotAsItShouldBe",
    "Outcome",
    "Remedy",
    "Result",
    "Right",
    "ServiceLine",
    "Severity",
    "Silent",
    "Target",
    "ask",
    "by_service",
]
