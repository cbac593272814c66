"""What goes with a tenant: each part once, in its order, and every table that tells of one."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Column, Engine, Table, insert, select
from sqlalchemy.types import JSON, Boolean, Date, Float, Integer, LargeBinary

from presswerk.database import metadata
from presswerk.database.metadata import UtcDateTime
from presswerk.publishing.purging import purge_publications
from presswerk.tenants import TenantRegistry, Vault
from presswerk.tenants.removal import TenantParts, forget_records

GONE, STAYS = "gone", "stays"


def _value(column: Column[Any], tenant: str) -> Any:
    if column.name == "tenant" or (column.table.name == "tenants" and column.name == "id"):
        return tenant
    kinds: tuple[tuple[type, object], ...] = (
        (Boolean, True),
        (Integer, 1 if tenant == GONE else 2),
        (Float, 1.0),
        (UtcDateTime, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        (Date, dt.date(2026, 1, 1)),
        (JSON, {}),
        (LargeBinary, b"x"),
    )
    return next((value for kind, value in kinds if isinstance(column.type, kind)), f"{tenant}-{column.name}"[:20])


def _tells_of_a_tenant(table: Table) -> bool:
    return "tenant" in table.c or table.name == "tenants"


def _tenants_in(engine: Engine) -> dict[str, set[str]]:
    found = {}
    with engine.connect() as database:
        for table in filter(_tells_of_a_tenant, metadata.sorted_tables):
            column = table.c.tenant if "tenant" in table.c else table.c.id
            found[table.name] = set(database.execute(select(column)).scalars())
    return found


def test_no_table_tells_of_a_tenant_that_is_gone(engine: Engine) -> None:
    with engine.begin() as database:
        for table in filter(_tells_of_a_tenant, metadata.sorted_tables):
            for tenant in (GONE, STAYS):
                database.execute(insert(table).values({each.name: _value(each, tenant) for each in table.c}))
    before = _tenants_in(engine)
    registry = TenantRegistry(engine, Vault((Fernet.generate_key().decode(),)))

    forget_records(engine, registry, GONE, partial(purge_publications, engine))

    after = _tenants_in(engine)
    assert {name: {GONE, STAYS} for name in before} == before
    assert {name for name, tenants in after.items() if GONE in tenants} == {"audit_records"}
    assert all(STAYS in tenants for tenants in after.values())


def _parts(calls: list[str], answers: dict[str, bool | None]) -> TenantParts:
    def step(name: str) -> bool | None:
        calls.append(name)
        return answers.get(name)

    order = ("site", "chat", "sign_on", "files", "database", "records", "declaration")
    return TenantParts(**{name: partial(step, name) for name in order})


def test_each_part_is_removed_once_and_the_declaration_last() -> None:
    calls: list[str] = []
    done: set[str] = set()

    waits = _parts(calls, {"files": False}).remove(done)
    again = _parts(calls, {}).remove(done)

    assert (waits, again) == (False, True)
    assert calls == ["site", "chat", "sign_on", "files", "files", "database", "records", "declaration"]


def test_what_fails_is_tried_again_and_nothing_after_it_goes() -> None:
    calls: list[str] = []
    done: set[str] = set()
    parts = _parts(calls, {})

    def refuse() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        TenantParts(**{**vars(parts), "chat": refuse}).remove(done)

    assert (calls, done) == (["site"], {"site"})
