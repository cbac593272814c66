"""The hub's database comes up from every earlier schema with what is in it, on SQLite and PostgreSQL."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from presswerk.database import connect, migrate
from presswerk.database.migrate import MIGRATIONS, NewerDatabase
from presswerk.publishing.store import PublicationStore
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.integration

REVISIONS = tuple(reversed([script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]))
ROWS = 3
AT = dt.datetime(2026, 11, 1, 12, 30, 15, 250, tzinfo=dt.UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/hub.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    engine = connect(url)
    yield engine
    engine.dispose()


def reflected(engine: sa.Engine) -> sa.MetaData:
    found = sa.MetaData()
    found.reflect(engine)
    return found


def value(column: sa.Column[Any], number: int) -> Any:  # noqa: PLR0911  # one a type
    """Something that fits into a column; the same for a column and what refers to it."""
    for key in column.foreign_keys:
        return value(key.column, number)
    match column.type:
        case sa.Boolean():
            return number % 2 == 1
        case sa.Integer():
            return number
        case sa.Float():
            return float(number)
        case sa.DateTime():
            return AT + dt.timedelta(days=number)
        case sa.Date():
            return AT.date() + dt.timedelta(days=number)
        case sa.LargeBinary():
            return b"\x00\xff" * number
        case sa.JSON():
            return {"n": number, "text": "é “x”"}
        case _ if column.name == "role":
            return "author"
        case _:
            return f"{number}-{column.name}-é"[: getattr(column.type, "length", None) or 30]


def fill(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    """Put rows into every table there is, and return them."""
    written: dict[str, list[dict[str, Any]]] = {}
    with engine.begin() as database:
        for table in reflected(engine).sorted_tables:
            if table.name != "alembic_version":
                rows = [{each.name: value(each, number) for each in table.c} for number in range(1, ROWS + 1)]
                database.execute(sa.insert(table), rows)
                written[table.name] = rows
    return written


def read(engine: sa.Engine, table: str) -> list[dict[str, Any]]:
    found = reflected(engine).tables[table]
    with engine.connect() as database:
        rows = database.execute(sa.select(found).order_by(*found.primary_key.columns)).mappings()
        return [
            {
                name: each.replace(tzinfo=each.tzinfo or dt.UTC) if isinstance(each, dt.datetime) else each
                for name, each in row.items()
            }
            for row in rows
        ]


@pytest.mark.parametrize("revision", REVISIONS)
def test_whatever_was_stored_is_there_after_an_upgrade(engine: sa.Engine, revision: str) -> None:
    migrate(engine, revision)
    written = fill(engine)

    migrate(engine)

    for table, rows in written.items():
        found = read(engine, table)
        assert len(found) >= ROWS, table
        kept = set(rows[0]) & set(found[0])
        assert [{name: row[name] for name in kept} for row in found[:ROWS]] == [
            {name: row[name] for name in kept} for row in rows
        ], table


def test_owners_of_keys_are_known_afterwards_by_the_roles_of_their_keys(engine: sa.Engine) -> None:
    migrate(engine, "0006")
    with engine.begin() as database:
        keys = sa.Table("api_keys", sa.MetaData(), autoload_with=database)
        row = {each.name: value(each, 1) for each in keys.c} | {"owner_issuer": "i", "owner_subject": "ada"}
        for number, (tenant, role, revoked) in enumerate(
            (("acme", "author", None), ("acme", "admin", None), ("beta", "editor", None), ("gone", "admin", AT))
        ):
            change = {"id": f"key{number}", "tenant": tenant, "role": role, "revoked_at": revoked}
            database.execute(sa.insert(keys).values(row | change))

    migrate(engine)

    (person,) = read(engine, "people")
    assert (person["subject"], person["roles"]) == ("ada", {"acme": "admin", "beta": "editor"})
    assert person["seen_at"] > AT


def test_people_become_accounts_whatever_their_memberships_said(engine: sa.Engine) -> None:
    """Nothing bounded an address then, nor kept two people from one."""
    migrate(engine, "0008")
    people = {
        "ada": ("acme", "ada@example.org", "ada@example.org"),
        "adele": ("acme", "ADA@example.org", None),
        "long": ("acme", "ß" * 200 + "@example.org", None),
        "none": ("acme", "", None),
        "nobody": ("beta", "", None),
    }
    with engine.begin() as database:
        members = sa.Table("tenant_members", sa.MetaData(), autoload_with=database)
        row = {each.name: value(each, 1) for each in members.c}
        for name, (tenant, email, _) in people.items():
            for each in (tenant, "zeta"):
                change = {"user_name": name, "tenant": each, "given_name": f"{name} of {each}", "email": email}
                database.execute(sa.insert(members).values(row | change))

    migrate(engine)

    accounts = {row["user_name"]: row for row in read(engine, "tenant_accounts")}
    assert {name: (row["home"], row["email"], row["address_key"]) for name, row in accounts.items()} == people
    assert accounts["ada"]["given_name"] == "ada of acme"
    assert len(read(engine, "tenant_members")) == 2 * len(people)


def test_what_was_begun_before_is_due_again_and_what_the_former_engine_kept_is_gone(
    engine: sa.Engine, tmp_path: Path
) -> None:
    migrate(engine, "0012")
    made = [tmp_path / name for name in ("workflows.db", "hub-workflows.db")]
    stays = tmp_path / "other-workflows.db"
    for file in (*made, stays):
        connect(f"sqlite:///{file}").connect().exec_driver_sql("CREATE TABLE workflow_status (id TEXT)")
    with engine.begin() as database:
        if engine.dialect.name == "postgresql":
            database.exec_driver_sql("CREATE SCHEMA dbos")
            database.exec_driver_sql("CREATE TABLE dbos.workflow_status (id TEXT)")
        publications = sa.Table("publications", sa.MetaData(), autoload_with=database)
        row = {each.name: value(each, 1) for each in publications.c} | {"due_at": None, "begun": True}
        for state in ("running", "drafted"):
            database.execute(sa.insert(publications).values(row | {"id": state, "state": state}))

    migrate(engine)

    due = PublicationStore(engine).waiting(dt.datetime.now(dt.UTC), 10)
    assert [each.run.publication for each in due] == ["running"]
    if engine.dialect.name == "postgresql":
        assert "dbos" not in sa.inspect(engine).get_schema_names()
    else:
        left = {file.name for file in tmp_path.iterdir() if "workflows" in file.name}
        assert {name.removesuffix("-wal").removesuffix("-shm") for name in left} == {stays.name}


def test_the_audit_trail_stays_append_only(engine: sa.Engine) -> None:
    migrate(engine)
    fill(engine)
    for change in ("UPDATE audit_records SET name = 'x'", "DELETE FROM audit_records"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as database:
            database.execute(sa.text(change))


def test_a_database_of_a_later_version_is_named_as_such(engine: sa.Engine) -> None:
    migrate(engine)
    with engine.begin() as database:
        database.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NewerDatabase, match="9999"):
        migrate(engine)
