"""When a backup or a proof is due, and which backups are kept."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration.tier import BackupPolicy
from presswerk.operations.backup.policy import due, superfluous
from presswerk.tenants.backups import Backup

NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
POLICY = BackupPolicy(every_hours=6, prove_every_days=7, keep_daily=7, keep_weekly=4, keep_monthly=6)


def backup(hours_ago: float, *, proven_days_ago: float | None = None, problem: str | None = None) -> Backup:
    proven = None if proven_days_ago is None else NOW - dt.timedelta(days=proven_days_ago)
    taken = NOW - dt.timedelta(hours=hours_ago)
    return Backup("acme", f"{hours_ago:064.4f}", taken, "schedule", 1, 1, 1, 1, "0" * 64, proven, 1.0, problem)


def test_a_tenant_without_a_backup_gets_one() -> None:
    assert due("acme", POLICY, (), NOW).take
    assert due("acme", POLICY, (), NOW).prove is None


def test_one_is_due_after_the_tiers_interval() -> None:
    assert not due("acme", POLICY, [backup(5.9)], NOW).take
    assert due("acme", POLICY, [backup(6)], NOW).take


def test_the_last_one_is_proven_when_the_last_proof_is_too_old() -> None:
    last = backup(1)
    assert due("acme", POLICY, [last], NOW).prove == last
    assert due("acme", POLICY, [backup(150, proven_days_ago=6), last], NOW).prove is None
    assert due("acme", POLICY, [backup(190, proven_days_ago=7.5), last], NOW).prove == last


def test_a_proof_that_failed_counts_as_none_and_the_same_backup_is_not_tried_for_ever() -> None:
    failed = backup(3, proven_days_ago=0.1, problem="A part is missing.")
    assert due("acme", POLICY, [failed], NOW).prove is None
    later = backup(1)
    assert due("acme", POLICY, [failed, later], NOW).prove == later


def test_of_a_year_of_backups_days_weeks_and_months_are_kept() -> None:
    every = [backup(hours) for hours in range(24 * 365, -1, -6)]
    kept = [each for each in every if each not in superfluous(every, POLICY, NOW)]
    ages = [(NOW - each.taken_at).days for each in kept]
    assert kept[-1] == every[-1]
    assert sum(age == 0 for age in ages) >= 4
    assert (
        len({each.taken_at.date() for each in kept} & {(NOW - dt.timedelta(days=days)).date() for days in range(7)})
        == 7
    )
    assert len({(each.taken_at.year, each.taken_at.month) for each in kept}) == 6
    assert len(kept) < 24


@given(st.lists(st.tuples(st.floats(0, 9_000), st.booleans()), max_size=40, unique_by=lambda each: each[0]))
def test_the_newest_and_the_last_proven_one_always_stay(drawn: list[tuple[float, bool]]) -> None:
    every = sorted(
        (
            replace(backup(hours), snapshot=str(number).zfill(64), proven_at=NOW if proven else None)
            for number, (hours, proven) in enumerate(drawn)
        ),
        key=lambda each: each.taken_at,
    )
    gone = superfluous(every, POLICY, NOW)
    if every:
        assert every[-1] not in gone
    proven = [each for each in every if each.is_proven]
    if proven:
        assert max(each.taken_at for each in proven) in {each.taken_at for each in proven if each not in gone}
