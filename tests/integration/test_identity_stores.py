"""API keys and the audit trail, on both kinds of database."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Executable, delete, select, update
from sqlalchemy.exc import DBAPIError

from presswerk.database import connect, metadata, migrate
from presswerk.declaration import Role
from presswerk.identity import (
    ApiKeys,
    AuditTrail,
    Departure,
    InvalidApiKeyRequest,
    InvalidToken,
    KeyNotAllowed,
    KnownPeople,
    Principal,
)
from presswerk.identity.api_keys import Expiry, KeysPlace
from presswerk.identity.tables import api_keys, audit_records, departures, people

pytestmark = pytest.mark.integration

ADA = Principal("https://id.example.org", "ada", "Ada Acme", "ada@acme.example", MappingProxyType({"acme": Role.ADMIN}))
EMIL = Principal("https://id.example.org", "emil", "Emil", None, MappingProxyType({"acme": Role.EDITOR}))
OLIVIA = Principal("https://id.example.org", "olivia", "Olivia", operator=True)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def keys(engine: Engine) -> ApiKeys:
    _now_known(engine, ADA, EMIL)
    return ApiKeys(engine)


def _now_known(engine: Engine, *principals: Principal) -> None:
    for principal in principals:
        KnownPeople(engine).saw(principal, dt.datetime.now(dt.UTC))


@pytest.fixture
def trail(engine: Engine) -> AuditTrail:
    return AuditTrail(engine)


def change(engine: Engine, key_id: str, **values: object) -> None:
    with engine.begin() as database:
        database.execute(update(api_keys).where(api_keys.c.id == key_id).values(values))


def test_the_migration_makes_the_tables_as_declared(engine: Engine) -> None:
    ours = {api_keys.name, audit_records.name, people.name, departures.name}
    with engine.connect() as database:
        found = compare_metadata(MigrationContext.configure(database), metadata)
    assert [item for item in found if any(name in str(item) for name in ours)] == []


def test_a_key_acts_as_its_creator_in_one_tenant(keys: ApiKeys) -> None:
    key, secret = keys.create("acme", Role.EDITOR, "  build  server ", ADA)
    assert secret.startswith(f"pwk_{key.id}_")
    assert (len(key.id), len(secret), key.label) == (12, 60, "build server")
    principal = keys.authenticate(secret)
    assert (principal.issuer, principal.subject, principal.name) == (ADA.issuer, "ada", "Ada Acme")
    assert principal.email == "ada@acme.example"
    assert principal.roles == {"acme": Role.EDITOR}
    assert (principal.operator, principal.via, principal.api_key_id) == (False, "api-key", key.id)


def test_a_secret_is_stored_nowhere(keys: ApiKeys, engine: Engine) -> None:
    key, secret = keys.create("acme", Role.AUTHOR, "once", ADA)
    with engine.connect() as database:
        row = database.execute(select(api_keys).where(api_keys.c.id == key.id)).one()
    assert secret[-43:] not in str(row)
    assert secret[-43:] not in repr(key)


@pytest.mark.parametrize(
    ("owner", "role", "tenant"),
    [(EMIL, Role.ADMIN, "acme"), (ADA, Role.AUTHOR, "nordlicht"), (OLIVIA, Role.AUTHOR, "acme")],
    ids=["higher role", "another tenant", "operator"],
)
def test_nobody_hands_out_more_than_they_have(owner: Principal, role: Role, tenant: str, keys: ApiKeys) -> None:
    with pytest.raises(KeyNotAllowed, match="you are not"):
        keys.create(tenant, role, "too much", owner)


def test_a_key_makes_no_key(keys: ApiKeys) -> None:
    _, secret = keys.create("acme", Role.ADMIN, "first", ADA)
    with pytest.raises(KeyNotAllowed, match="cannot make another"):
        keys.create("acme", Role.AUTHOR, "second", keys.authenticate(secret))


@pytest.mark.parametrize("label", ["", "  ", "x" * 101, "a\x00b"])
def test_a_key_needs_a_label(label: str, keys: ApiKeys) -> None:
    with pytest.raises(InvalidApiKeyRequest, match="label"):
        keys.create("acme", Role.AUTHOR, label, ADA)


@pytest.mark.parametrize("expires_at", [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1)])  # noqa: DTZ001
def test_an_expiry_is_a_time_to_come_with_its_zone(expires_at: dt.datetime, keys: ApiKeys) -> None:
    with pytest.raises(InvalidApiKeyRequest, match="expires_at"):
        keys.create("acme", Role.AUTHOR, "late", ADA, expires_at)


@pytest.mark.parametrize(
    ("asked", "days"), [(None, 90), ("never", None), (dt.datetime.now(dt.UTC) + dt.timedelta(days=5), 5)]
)
def test_a_key_ends_after_90_days_unless_something_else_is_chosen(
    asked: Expiry, days: int | None, keys: ApiKeys
) -> None:
    ends = keys.create("acme", Role.AUTHOR, "x", ADA, asked)[0].expires_at
    left = None if ends is None else round((ends - dt.datetime.now(dt.UTC)) / dt.timedelta(days=1))
    assert left == days


@pytest.mark.parametrize("now", [Role.ADMIN, Role.EDITOR, Role.AUTHOR, None])
@pytest.mark.parametrize("role", Role)
def test_a_key_never_exceeds_its_owners_present_role(
    role: Role, now: Role | None, keys: ApiKeys, engine: Engine
) -> None:
    key, secret = keys.create("acme", role, "outlives", ADA)
    left = {} if now is None else {"acme": now}
    _now_known(engine, dataclasses.replace(ADA, roles=MappingProxyType(left)))

    if now is None:
        with pytest.raises(InvalidToken, match="owner has left"):
            keys.authenticate(secret)
    else:
        lower = now if role.includes(now) else role
        assert keys.authenticate(secret).roles == {"acme": lower}
    assert keys.owner_left(key) is (now is None)


def test_a_key_pauses_while_its_owner_was_not_seen_for_a_day(keys: ApiKeys, engine: Engine) -> None:
    owner = dataclasses.replace(ADA, subject="seldom-seen")
    _now_known(engine, owner)
    _, secret = keys.create("acme", Role.AUTHOR, "x", owner)
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(hours=24, minutes=1)
    with engine.begin() as database:
        database.execute(update(people).where(people.c.subject == "seldom-seen").values(seen_at=yesterday))
    with pytest.raises(InvalidToken, match="pauses"):
        keys.authenticate(secret)
    _now_known(engine, owner)
    assert keys.authenticate(secret)


def test_keys_of_somebody_who_left_are_revoked_in_that_tenant_alone(keys: ApiKeys, engine: Engine) -> None:
    both = dataclasses.replace(ADA, subject="both", roles=MappingProxyType({"acme": Role.ADMIN, "other": Role.ADMIN}))
    _now_known(engine, both)
    here, there = (keys.create(tenant, Role.AUTHOR, "x", both) for tenant in ("acme", "other"))
    person = KnownPeople(engine).get(both.issuer, "both")
    KeysPlace(keys).end(Departure(both.issuer, "both", person, "acme", Role.AUTHOR))
    assert keys.authenticate(here[1])
    KeysPlace(keys).end(Departure(both.issuer, "both", person, "acme", None))
    with pytest.raises(InvalidToken, match="revoked"):
        keys.authenticate(here[1])
    assert keys.authenticate(there[1]).roles == {"other": Role.AUTHOR}


def test_a_wrong_key_is_refused_like_an_unknown_one(keys: ApiKeys) -> None:
    _, secret = keys.create("acme", Role.AUTHOR, "real", ADA)
    _, other = keys.create("acme", Role.AUTHOR, "other", ADA)
    reasons = set()
    for wrong in (
        secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        secret[:17] + other[17:],
        "pwk_" + "0" * 12 + secret[16:],
    ):
        with pytest.raises(InvalidToken) as refused:
            keys.authenticate(wrong)
        reasons.add(refused.value.reason)
    assert len(reasons) == 1


@pytest.mark.parametrize("text", ["pwk_", "pwk_x", "pwk_abcdefghijkl_short", "pwk_ABCDEFGHIJKL_" + "a" * 43, ""])
def test_a_malformed_key_is_refused(text: str, keys: ApiKeys) -> None:
    with pytest.raises(InvalidToken, match="malformed"):
        keys.authenticate(text)


def test_a_line_end_does_not_belong_to_a_key(keys: ApiKeys) -> None:
    _, secret = keys.create("acme", Role.AUTHOR, "real", ADA)
    with pytest.raises(InvalidToken, match="malformed"):
        keys.authenticate(secret + "\n")


def test_a_revoked_key_is_refused_at_once(keys: ApiKeys) -> None:
    key, secret = keys.create("acme", Role.AUTHOR, "short life", ADA)
    keys.authenticate(secret)
    keys.revoke(key.id)
    with pytest.raises(InvalidToken, match="revoked"):
        keys.authenticate(secret)
    first = keys.get(key.id)
    keys.revoke(key.id)
    assert first is not None
    assert first.revoked_at is not None
    assert keys.get(key.id) == first


def test_an_expired_key_is_refused(keys: ApiKeys, engine: Engine) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    key, secret = keys.create("acme", Role.AUTHOR, "one day", ADA, later)
    keys.authenticate(secret)
    change(engine, key.id, expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    with pytest.raises(InvalidToken, match="expired"):
        keys.authenticate(secret)


def test_use_is_noted_once_a_minute(keys: ApiKeys, engine: Engine) -> None:
    key, secret = keys.create("acme", Role.AUTHOR, "busy", ADA)
    assert last_used(keys, key.id) is None
    keys.authenticate(secret)
    first = last_used(keys, key.id)
    assert first is not None
    keys.authenticate(secret)
    assert last_used(keys, key.id) == first
    change(engine, key.id, last_used_at=first - dt.timedelta(minutes=2))
    keys.authenticate(secret)
    again = last_used(keys, key.id)
    assert again is not None
    assert again >= first


def last_used(keys: ApiKeys, key_id: str) -> dt.datetime | None:
    key = keys.get(key_id)
    assert key is not None
    return key.last_used_at


def test_a_key_used_by_many_threads_works_for_all(keys: ApiKeys) -> None:
    _, secret = keys.create("acme", Role.AUTHOR, "herd", ADA)
    with ThreadPoolExecutor(8) as pool:
        people = {principal.subject for principal in pool.map(lambda _: keys.authenticate(secret), range(40))}
    assert people == {"ada"}


def test_a_tenant_lists_only_its_own_keys_newest_first(keys: ApiKeys) -> None:
    owner = Principal("i", "s", "N", roles=MappingProxyType({"one": Role.ADMIN, "two": Role.ADMIN}))
    made = [keys.create(tenant, Role.AUTHOR, tenant, owner)[0] for tenant in ("one", "two", "one")]
    assert keys.list("one") == (made[2], made[0])
    assert keys.get("0" * 12) is None


def test_acts_are_read_newest_first_and_by_tenant(trail: AuditTrail) -> None:
    for number in range(5):
        trail.record(ADA, "thing.done", f"object-{number}", {"number": number}, tenant="trail-a")
    trail.record(EMIL, "thing.done", "other", tenant="trail-b")
    trail.record(OLIVIA, "platform.changed", "platform")
    acts = trail.list("trail-a")
    assert [act.object_id for act in acts] == [f"object-{number}" for number in (4, 3, 2, 1, 0)]
    assert (acts[0].subject, acts[0].name, acts[0].via, acts[0].detail) == ("ada", "Ada Acme", "token", {"number": 4})
    assert acts[0].at.tzinfo is not None
    assert [act.tenant for act in trail.list(limit=2)] == [None, "trail-b"]


def test_acts_are_read_page_by_page(trail: AuditTrail) -> None:
    for number in range(5):
        trail.record(ADA, "page.turned", str(number), tenant="pages")
    seen: list[str] = []
    page = trail.list("pages", limit=2)
    while page:
        seen += [act.object_id for act in page]
        page = trail.list("pages", limit=2, before=page[-1].id)
    assert seen == ["4", "3", "2", "1", "0"]


def test_a_page_of_nothing_is_a_mistake(trail: AuditTrail) -> None:
    with pytest.raises(ValueError, match="at least one"):
        trail.list(limit=0)


def test_a_key_leaves_its_id_in_the_trail(keys: ApiKeys, trail: AuditTrail) -> None:
    key, secret = keys.create("acme", Role.AUTHOR, "traced", ADA)
    trail.record(keys.authenticate(secret), "thing.done", "x", tenant="traced")
    (act,) = trail.list("traced")
    assert (act.via, act.api_key_id) == ("api-key", key.id)


@pytest.mark.parametrize("statement", [delete(audit_records), update(audit_records).values(name="nobody")])
def test_the_database_lets_nobody_change_the_trail(statement: Executable, trail: AuditTrail, engine: Engine) -> None:
    trail.record(ADA, "thing.done", "for ever", tenant="kept")
    before = trail.list()
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as database:
        database.execute(statement)
    assert trail.list() == before
