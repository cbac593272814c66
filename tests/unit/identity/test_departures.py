"""Who lost what, and that every place is told until it confirms."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from presswerk.declaration import Role, group_name
from presswerk.identity import (
    ApiKeys,
    Departure,
    Departures,
    DirectoryEntry,
    DirectoryUnavailable,
    DirectoryWatch,
    KnownPeople,
    KnownPerson,
    PlaceUnavailable,
    Principal,
)
from presswerk.identity.people import Loss, losses_between

ISSUER = "https://id.example"
START = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)


@dataclass
class Clock:
    now: dt.datetime = START

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@dataclass
class RecordingPlace:
    """A place that remembers what it was told; `down` lets it not confirm."""

    name: str
    down: bool = False
    told: list[tuple[str, str | None, Role | None]] = field(default_factory=list)

    def end(self, departure: Departure) -> None:
        if self.down:
            raise PlaceUnavailable("it is down")
        self.told.append((departure.subject, departure.tenant, departure.role))


class ListedDirectory:
    """A directory that says what a test lets it say."""

    def __init__(self) -> None:
        self.entries: dict[str, DirectoryEntry] = {}
        self.down = False

    def members(self) -> Mapping[str, DirectoryEntry]:
        if self.down:
            raise DirectoryUnavailable("it is down")
        return dict(self.entries)

    def put(self, subject: str, *groups: str, locked: bool = False) -> None:
        self.entries[subject] = DirectoryEntry(subject.title(), frozenset(groups), locked)


def anna(roles: Mapping[str, Role], *, operator: bool = False, at: dt.datetime = START) -> KnownPerson:
    return KnownPerson(ISSUER, "anna", "Anna", MappingProxyType(dict(roles)), operator, at, "directory")


@pytest.fixture
def people(engine: Engine) -> KnownPeople:
    return KnownPeople(engine)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site() -> RecordingPlace:
    return RecordingPlace("sites")


@pytest.fixture
def keys() -> RecordingPlace:
    return RecordingPlace("keys")


@pytest.fixture
def departures(
    engine: Engine, people: KnownPeople, clock: Clock, site: RecordingPlace, keys: RecordingPlace
) -> Departures:
    made = Departures(engine, people, clock=clock)
    made.register(site)
    made.register(keys)
    return made


class BrokenPlace(RecordingPlace):
    """A place with a defect."""

    def end(self, departure: Departure) -> None:
        raise RuntimeError("a defect")


def test_a_place_with_a_defect_keeps_no_other_from_being_told_and_is_told_of(
    departures: Departures, site: RecordingPlace, people: KnownPeople, clock: Clock
) -> None:
    departures.register(BrokenPlace("broken"))
    departures.removed(ISSUER, "anna", "acme", None)

    told_within(departures, clock, 3)

    assert ("anna", "acme", None) in site.told
    assert departures.waiting()[0] == 1


def told_within(departures: Departures, clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        departures.tell()
        clock.pass_seconds(1)


ROLES = st.dictionaries(st.sampled_from(["acme", "nord", "sued"]), st.sampled_from(list(Role)))


@given(ROLES, ROLES, st.booleans(), st.booleans())
def test_a_loss_is_whatever_could_be_done_before_and_not_after(
    before: dict[str, Role], after: dict[str, Role], was: bool, now: bool
) -> None:
    losses = losses_between(anna(before, operator=was), anna(after, operator=now))
    may_before = {(tenant, role) for tenant, held in before.items() for role in Role if held.includes(role)}
    may_after = {(tenant, role) for tenant, held in after.items() for role in Role if held.includes(role)}
    assert {loss.tenant for loss in losses if loss.tenant} == {tenant for tenant, _ in may_before - may_after}
    assert (Loss(ISSUER, "anna", None, None) in losses) == (was and not now)
    assert all(loss.role == after.get(loss.tenant) for loss in losses if loss.tenant)


def test_a_removal_is_told_at_once_and_once_more_before_a_minute_is_over(
    departures: Departures, people: KnownPeople, clock: Clock, site: RecordingPlace, keys: RecordingPlace
) -> None:
    departures.removed(ISSUER, "anna", "acme", None)
    departures.tell()
    assert site.told == keys.told == [("anna", "acme", None)]
    told_within(departures, clock, 60)
    assert site.told == keys.told == [("anna", "acme", None)] * 2
    assert people.caps(ISSUER, "anna") == {}


def test_who_was_removed_has_no_more_than_is_left_while_the_provider_lags(
    departures: Departures, people: KnownPeople, clock: Clock
) -> None:
    people.record([anna({"acme": Role.ADMIN, "nord": Role.EDITOR}, operator=True)])
    clock.pass_seconds(1)
    departures.removed(ISSUER, "anna", "acme", Role.AUTHOR)
    clock.pass_seconds(1)
    stale = Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN, "nord": Role.EDITOR}, operator=True)
    people.saw(stale, clock.now)
    limited = stale.limited(people.caps(ISSUER, "anna"))
    assert (limited.roles, limited.operator) == ({"acme": Role.AUTHOR, "nord": Role.EDITOR}, True)
    departures.removed(ISSUER, "anna", None, None)
    departures.removed(ISSUER, "anna", "nord", None)
    limited = stale.limited(people.caps(ISSUER, "anna"))
    assert (limited.roles, limited.operator) == ({"acme": Role.AUTHOR}, False)


def test_who_was_removed_stays_out_however_long_the_provider_lags(
    departures: Departures, people: KnownPeople, clock: Clock, site: RecordingPlace
) -> None:
    stale = Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN, "nord": Role.EDITOR})
    people.saw(stale, clock.now)
    clock.pass_seconds(1)
    departures.removed(ISSUER, "anna", "acme", None)
    for _ in range(20):
        told_within(departures, clock, 30)
        people.saw(stale, clock.now)
        assert set(stale.limited(people.caps(ISSUER, "anna")).roles) == {"nord"}
    # Whatever the provider let them begin meanwhile has ended too.
    assert len(site.told) > 10

    people.saw(Principal(ISSUER, "anna", "Anna", roles={"nord": Role.EDITOR}), clock.now)
    told_within(departures, clock, 31)

    assert people.caps(ISSUER, "anna") == {}
    told = len(site.told)
    told_within(departures, clock, 300)
    assert len(site.told) == told


def test_an_answer_that_is_noted_while_a_removal_is_does_not_undo_it(people: KnownPeople, clock: Clock) -> None:
    began = clock.now
    clock.pass_seconds(0.5)
    people.record([anna({"acme": Role.ADMIN, "nord": Role.EDITOR}, at=clock.now)])
    people.lower(ISSUER, "anna", "acme", None, began)

    known = people.said(ISSUER, "anna")
    assert known is not None
    assert (known.roles, known.seen_at) == ({"nord": Role.EDITOR}, clock.now)


def test_an_answer_from_before_a_removal_restores_nothing(
    departures: Departures, people: KnownPeople, clock: Clock
) -> None:
    people.record([anna({"acme": Role.ADMIN})])
    clock.pass_seconds(10)
    departures.removed(ISSUER, "anna", "acme", None)
    people.saw(Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN}), clock.now - dt.timedelta(seconds=1))
    known = people.get(ISSUER, "anna")
    assert known is not None
    assert known.roles == {}


def test_a_token_that_says_the_same_again_is_noted_after_another_source_said_less(
    people: KnownPeople, clock: Clock
) -> None:
    admin = Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN})
    people.saw(admin, clock.now)
    clock.pass_seconds(5)
    assert people.record([anna({}, at=clock.now)]) == (Loss(ISSUER, "anna", "acme", None),)
    clock.pass_seconds(5)
    people.saw(admin, clock.now)
    known = people.get(ISSUER, "anna")
    assert known is not None
    assert known.roles == {"acme": Role.ADMIN}


def test_who_is_added_again_loses_nothing_while_the_telling_goes_on(
    engine: Engine, people: KnownPeople, clock: Clock
) -> None:
    made = Departures(engine, people, clock=clock)
    keys = RecordingPlace("keys")

    class SlowPlace(RecordingPlace):
        def end(self, departure: Departure) -> None:
            super().end(departure)
            made.returned(ISSUER, "anna", "acme", Role.ADMIN)

    sites = SlowPlace("sites")
    made.register(sites)
    made.register(keys)
    made.removed(ISSUER, "anna", "acme", None)
    told_within(made, clock, 120)
    assert (len(sites.told), len(keys.told)) == (1, 0)
    assert people.caps(ISSUER, "anna") == {}


def test_who_is_added_again_is_let_in_at_once(
    departures: Departures, people: KnownPeople, site: RecordingPlace, clock: Clock
) -> None:
    departures.removed(ISSUER, "anna", "acme", None)
    departures.tell()
    departures.returned(ISSUER, "anna", "acme", Role.AUTHOR)
    assert people.caps(ISSUER, "anna") == {}
    told_within(departures, clock, 60)
    assert len(site.told) == 1


def test_a_place_that_does_not_confirm_is_told_until_it_does_and_the_others_once(
    departures: Departures, people: KnownPeople, clock: Clock, site: RecordingPlace, keys: RecordingPlace
) -> None:
    site.down = True
    departures.removed(ISSUER, "anna", "acme", None)
    told_within(departures, clock, 600)
    assert (site.told, len(keys.told)) == ([], 1)
    assert departures.waiting() == (1, START)
    assert people.caps(ISSUER, "anna") == {"acme": None}
    site.down = False
    told_within(departures, clock, 40)
    assert site.told
    assert departures.waiting()[0] == 0


def test_what_is_to_be_told_outlives_the_process(
    engine: Engine, people: KnownPeople, departures: Departures, clock: Clock
) -> None:
    departures.removed(ISSUER, "anna", "acme", None)
    later = Departures(engine, people, clock=clock)
    place = RecordingPlace("sites")
    later.register(place)
    later.tell()
    assert place.told == [("anna", "acme", None)]


@pytest.fixture
def directory() -> ListedDirectory:
    return ListedDirectory()


@pytest.fixture
def watch(directory: ListedDirectory, people: KnownPeople, departures: Departures, clock: Clock) -> DirectoryWatch:
    return DirectoryWatch(directory, ISSUER, people, departures, clock=clock)


ADMIN, EDITOR = group_name("acme", Role.ADMIN), group_name("acme", Role.EDITOR)


@dataclass
class Watched:
    """A directory that is watched, and the place that hears of losses."""

    directory: ListedDirectory
    watch: DirectoryWatch
    departures: Departures
    site: RecordingPlace
    clock: Clock


@pytest.fixture
def watched(
    directory: ListedDirectory, watch: DirectoryWatch, departures: Departures, site: RecordingPlace, clock: Clock
) -> Watched:
    return Watched(directory, watch, departures, site, clock)


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        (None, None),
        (DirectoryEntry("Anna", frozenset()), None),
        (DirectoryEntry("Anna", frozenset({ADMIN}), locked=True), None),
        (DirectoryEntry("Anna", frozenset({EDITOR})), Role.EDITOR),
    ],
    ids=["deleted", "in no group", "locked", "demoted"],
)
def test_a_removal_at_the_provider_is_noticed_by_the_directory(
    entry: DirectoryEntry | None, left: Role | None, watched: Watched
) -> None:
    watched.directory.put("anna", ADMIN)
    watched.directory.put("nora", EDITOR)
    watched.watch.look()
    watched.clock.pass_seconds(30)
    del watched.directory.entries["anna"]
    if entry is not None:
        watched.directory.entries["anna"] = entry
    watched.watch.look()
    told_within(watched.departures, watched.clock, 30)
    assert watched.site.told == [("anna", "acme", left)]


@pytest.mark.parametrize("source", ["token", "directory"])
def test_an_answer_between_a_removal_and_its_coming_through_at_the_provider_restores_nothing(
    departures: Departures, people: KnownPeople, watched: Watched, engine: Engine, source: str
) -> None:
    """Whoever asks within that second hears the old groups, and the next time is half a minute later."""
    clock, stale = watched.clock, Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN})
    watched.directory.put("anna", ADMIN)
    people.saw(stale, clock.now)
    key, _ = ApiKeys(engine, people).create("acme", Role.EDITOR, "a key", stale)
    clock.pass_seconds(30)

    departures.removed(ISSUER, "anna", "acme", None)
    clock.pass_seconds(0.5)
    if source == "token":
        people.saw(stale, clock.now)
    else:
        watched.watch.look()
    known = people.get(ISSUER, "anna")

    assert known is not None
    assert known.roles == {}
    assert ApiKeys(engine, people).owner_left(key)
    watched.directory.put("anna")
    for _ in range(4):
        told_within(departures, clock, 30)
        watched.watch.look()
    assert people.caps(ISSUER, "anna") == {}
    known = people.get(ISSUER, "anna")
    assert known is not None
    assert known.roles == {}


def test_who_is_in_no_group_for_a_moment_only_loses_nothing_of_their_own(
    watch: DirectoryWatch, directory: ListedDirectory, departures: Departures, site: RecordingPlace, clock: Clock
) -> None:
    """Canaille stores one group after the other: in between, somebody who is moved is in neither."""
    directory.put("anna", EDITOR)
    watch.look()
    clock.pass_seconds(30)
    directory.put("anna")
    watch.look()
    clock.pass_seconds(2)
    directory.put("anna", ADMIN)
    watch.look()
    told_within(departures, clock, 60)
    assert site.told == []


def test_a_directory_keeps_people_seen_who_never_come_themselves(
    watch: DirectoryWatch, directory: ListedDirectory, people: KnownPeople, clock: Clock
) -> None:
    directory.put("anna", EDITOR)
    for _ in range(3):
        watch.look()
        clock.pass_seconds(20 * 3600)
    known = people.get(ISSUER, "anna")
    assert known is not None
    assert not known.is_unseen(clock.now)


def test_a_silent_directory_takes_nothing_from_anybody(
    watch: DirectoryWatch, directory: ListedDirectory, departures: Departures, site: RecordingPlace, clock: Clock
) -> None:
    directory.put("anna", EDITOR)
    watch.look()
    directory.down = True
    clock.pass_seconds(30)
    with pytest.raises(DirectoryUnavailable):
        watch.look()
    told_within(departures, clock, 10)
    assert (site.told, watch.answered_at) == ([], START)


def test_a_sign_out_at_a_provider_without_a_directory_lets_everything_pause_until_the_next_sign_in(
    departures: Departures, people: KnownPeople, clock: Clock, keys: RecordingPlace
) -> None:
    sites = RecordingPlace("sites of tenants")
    departures.register(sites, sign_outs=True)
    principal = Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN, "nord": Role.AUTHOR})
    people.saw(principal, clock.now)
    clock.pass_seconds(10)

    departures.signed_out(ISSUER, "anna")
    told_within(departures, clock, 60)

    known = people.get(ISSUER, "anna")
    assert known is not None
    assert known.is_unseen(clock.now)
    assert (dict(known.roles), people.paused(clock.now)) == ({"acme": Role.ADMIN, "nord": Role.AUTHOR}, 1)
    assert sorted(sites.told) == [("anna", "acme", Role.ADMIN), ("anna", "nord", Role.AUTHOR)]
    assert keys.told == [], "nobody has lost anything"

    people.saw(principal, clock.now)
    known = people.get(ISSUER, "anna")
    assert known is not None
    assert not known.is_unseen(clock.now)
    assert people.paused(clock.now) == 0


def test_an_answer_from_before_a_sign_out_vouches_for_nobody(
    departures: Departures, people: KnownPeople, clock: Clock
) -> None:
    principal = Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN})
    people.saw(principal, clock.now)
    clock.pass_seconds(10)
    departures.signed_out(ISSUER, "anna")
    people.saw(principal, clock.now - dt.timedelta(seconds=1))
    known = people.get(ISSUER, "anna")
    assert known is not None
    assert known.is_unseen(clock.now)


def test_a_sign_out_that_a_site_hears_of_late_ends_nothing_that_came_after_it(
    departures: Departures, people: KnownPeople, clock: Clock
) -> None:
    sites = RecordingPlace("sites of tenants", down=True)
    departures.register(sites, sign_outs=True)
    principal = Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN})
    people.saw(principal, clock.now)
    departures.signed_out(ISSUER, "anna")
    told_within(departures, clock, 10)
    people.saw(principal, clock.now)
    sites.down = False
    told_within(departures, clock, 120)
    assert sites.told == []


def test_a_stranger_who_signs_out_is_no_matter(departures: Departures, clock: Clock, site: RecordingPlace) -> None:
    departures.signed_out(ISSUER, "nobody")
    told_within(departures, clock, 60)
    assert (site.told, departures.waiting()[0]) == ([], 0)


def test_without_a_directory_a_sign_on_ends_a_day_after_the_last_word_of_it(
    departures: Departures, people: KnownPeople, clock: Clock
) -> None:
    sites = RecordingPlace("sites of tenants")
    departures.register(sites, sign_outs=True)
    people.saw(Principal(ISSUER, "anna", "Anna", roles={"acme": Role.ADMIN}), clock.now)
    people.saw(Principal(ISSUER, "olivia", "Olivia", operator=True), clock.now)
    clock.pass_seconds(23 * 3600)
    people.saw(Principal(ISSUER, "bert", "Bert", roles={"acme": Role.EDITOR}), clock.now)
    departures.end_unseen()
    clock.pass_seconds(2 * 3600)

    for _ in range(3):
        departures.end_unseen()
        told_within(departures, clock, 60)

    assert sorted(sites.told, key=str) == [("anna", "acme", Role.ADMIN), ("olivia", None, None)]
    assert people.paused(clock.now) == 2
