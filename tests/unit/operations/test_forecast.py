"""When a disk will be full, by what was free of it lately."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.operations.checks import CHECKS, Outcome, Severity, ask
from presswerk.operations.checks.targets import DirectoryTarget
from presswerk.operations.doctor.forecast import Usage, forecast, full_on

NOW = dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC)


def filling(mib_a_day: float, *, days: int, free_mib: float) -> list[Usage]:
    """A disk that fills evenly and has so much left now."""
    return [
        Usage(NOW - dt.timedelta(hours=hours), free_mib + mib_a_day * hours / 24) for hours in range(days * 24, -1, -1)
    ]


def test_a_disk_that_fills_evenly_is_full_on_that_day() -> None:
    found = full_on(filling(100, days=7, free_mib=1000), NOW)

    assert found is not None
    assert abs(found - (NOW + dt.timedelta(days=10))) < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    "history",
    [[], filling(100, days=0, free_mib=10), filling(0, days=7, free_mib=10), filling(-5, days=7, free_mib=900),
     filling(1, days=7, free_mib=10_000)],
    ids=["nothing known", "less than a day", "as it was", "gets emptier", "in more than a year"],
)  # fmt: skip
def test_there_is_no_day_where_nothing_fills_or_too_little_is_known(history: list[Usage]) -> None:
    assert full_on(history, NOW) is None


@given(st.lists(st.tuples(st.integers(0, 20_000), st.floats(0, 1e7)), max_size=40))
def test_no_history_makes_it_fail_or_tell_of_the_past(points: list[tuple[int, float]]) -> None:
    history = sorted((Usage(NOW - dt.timedelta(minutes=ago), free) for ago, free in points), key=lambda each: each.at)

    found = full_on(history, NOW)

    assert found is None or NOW <= found <= NOW + dt.timedelta(days=365)


def test_what_is_free_is_taken_down_once_an_hour_and_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "disk-history.json").write_text("[[1")

    assert forecast(tmp_path) is None
    assert forecast(tmp_path) is None
    assert len(json.loads((tmp_path / "disk-history.json").read_text())) == 1


@pytest.mark.parametrize(("days", "outcome"), [(3, Outcome.FAILED), (60, Outcome.OK)])
def test_a_disk_that_is_soon_full_is_a_warning(tmp_path: Path, days: int, outcome: Outcome) -> None:
    full = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    checks = [check for check in CHECKS if check.id == "disk-forecast"]

    (result,) = ask(checks, [DirectoryTarget(service="disk", path=tmp_path, full_on=lambda: full)])

    assert (result.outcome, result.severity) == (outcome, Severity.WARNING)
