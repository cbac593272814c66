"""When a disk will be full, from what was used of it in the last days."""

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_FILE = "disk-history.json"
_APART = dt.timedelta(hours=1)
_KEPT = dt.timedelta(days=14)
_LEAST_SPAN = dt.timedelta(days=1)
_FARTHEST = dt.timedelta(days=365)


@dataclass(frozen=True)
class Usage:
    """How much was free at a moment, in MiB."""

    at: dt.datetime
    free_mib: float


def full_on(history: Sequence[Usage], now: dt.datetime) -> dt.datetime | None:
    """When nothing will be free, on the straight line that fits best (least squares).

    Returns:
        The moment; None where it does not fill, would take more than a year, or less than a day is known.
    """
    if not history or history[-1].at - history[0].at < _LEAST_SPAN:
        return None
    days = [(each.at - now).total_seconds() / 86_400 for each in history]
    free = [each.free_mib for each in history]
    middle, mean = sum(days) / len(days), sum(free) / len(free)
    spread = sum((day - middle) ** 2 for day in days)
    slope = sum((day - middle) * (mib - mean) for day, mib in zip(days, free, strict=True)) / spread
    if slope >= 0:
        return None
    left = dt.timedelta(days=min(max(0.0, middle - mean / slope), 2.0 * _FARTHEST.days))
    return None if left > _FARTHEST else now + left


def forecast(state: Path) -> dt.datetime | None:
    """Take down what is free on a directory's disk, no oftener than once an hour, and say when nothing will be."""
    now = dt.datetime.now(dt.UTC)
    history = _read(state / _FILE, now)
    try:
        room = os.statvfs(state)
    except OSError:
        return None
    if not history or now - history[-1].at >= _APART:
        history = (*history, Usage(now, room.f_bavail * room.f_frsize / 2**20))
        _write(state / _FILE, history)
    return full_on(history, now)


def _read(file: Path, now: dt.datetime) -> tuple[Usage, ...]:
    try:
        stored = json.loads(file.read_bytes())
        known = (Usage(dt.datetime.fromisoformat(at), float(free)) for at, free in stored)
        # What a clock that was wrong has written counts for nothing.
        return tuple(sorted((each for each in known if now - _KEPT <= each.at <= now), key=lambda each: each.at))
    except (OSError, ValueError, TypeError):
        return ()


def _write(file: Path, history: Sequence[Usage]) -> None:
    """Keep it; where nothing can be written, another check says so."""
    written = file.with_suffix(".new")
    try:
        written.write_text(json.dumps([(each.at.isoformat(), each.free_mib) for each in history]), encoding="utf-8")
        written.chmod(0o600)
        written.replace(file)
    except OSError:
        return
