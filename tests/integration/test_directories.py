"""What the real providers' directories say of people: groups, locks, and who is gone."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.declaration import Role, Tenant
from presswerk.identity import DirectoryEntry, DirectoryUnavailable
from presswerk.identity.providers.authentik import AuthentikTenants, DesiredMember
from presswerk.identity.providers.authentik_directory import AuthentikDirectory
from presswerk.identity.providers.canaille import CanailleDirectory
from presswerk.runtimes.local.identity import identity_database
from tests.support.authentik_double import TOKEN, running_authentik
from tests.support.providers import PEOPLE, Canaille, running_canaille

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def canaille(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    with running_canaille(tmp_path_factory.mktemp("identity")) as running:
        yield running


@pytest.fixture
def directory(canaille: Canaille) -> CanailleDirectory:
    return CanailleDirectory(identity_database(canaille.identity.layout))


def test_canailles_directory_names_everybody_in_a_group_of_ours(
    canaille: Canaille, directory: CanailleDirectory
) -> None:
    found = directory.members()
    ours = {name: {each for each in groups if each != "staff"} for name, groups in PEOPLE.items()}
    assert {name: set(entry.groups) for name, entry in found.items()} == {
        name: groups for name, groups in ours.items() if groups
    }
    assert found["anna"].name == "Anna Test"
    assert not any(entry.locked for entry in found.values())


def test_canailles_directory_follows_every_removal(canaille: Canaille, directory: CanailleDirectory) -> None:
    canaille.set_groups("ada", ["tenant-acme-author"])
    assert directory.members()["ada"].groups == {"tenant-acme-author"}
    canaille.set_groups("ada", [])
    assert "ada" not in directory.members()
    canaille.delete("ada")
    assert "ada" not in directory.members()
    canaille.set_groups("ada", PEOPLE["ada"])
    assert set(directory.members()["ada"].groups) == set(PEOPLE["ada"])


@pytest.mark.parametrize(("since", "locked"), [(-1, True), (0, True), (3600, False), (None, False)])
def test_canailles_directory_knows_locked_accounts(
    since: int | None, locked: bool, canaille: Canaille, directory: CanailleDirectory
) -> None:
    """As Canaille's own administration page locks one: at a time, which may be to come."""
    at = None if since is None else dt.datetime.now(dt.UTC) + dt.timedelta(seconds=since)
    with sqlite3.connect(identity_database(canaille.identity.layout)) as database:
        stored = None if at is None else at.replace(tzinfo=None).isoformat(" ")
        database.execute("UPDATE user SET lock_date = ? WHERE user_name = 'anna'", (stored,))
    assert directory.members()["anna"].locked is locked


def test_canailles_directory_cannot_write(directory: CanailleDirectory) -> None:
    with (
        sqlite3.connect(directory.address, uri=True) as database,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.execute("DELETE FROM user")


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but some text"])
def test_a_database_that_is_none_is_a_silent_directory(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "canaille.sqlite"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DirectoryUnavailable, match="cannot be read"):
        CanailleDirectory(file).members()


def test_authentiks_directory_names_members_by_the_subject_of_their_tokens() -> None:
    with running_authentik() as double, httpx.Client() as http:
        anna, nora = double.store.user("anna"), double.store.user("nora")
        double.store.user("nobodys")
        directory = AuthentikDirectory(double.url, TOKEN, client=http)
        with AuthentikTenants(double.url, TOKEN, client=http) as tenants:
            tenants.ensure(Tenant(id="acme", name="Acme News"), "https://acme.example")
            tenants.ensure_members("acme", [DesiredMember("anna", Role.ADMIN)])
            tenants.ensure_members("acme", [DesiredMember("nora", Role.AUTHOR)])
            assert directory.members() == {
                anna["uid"]: DirectoryEntry("Anna", frozenset({"tenant-acme-admin"})),
                nora["uid"]: DirectoryEntry("Nora", frozenset({"tenant-acme-author"})),
            }
            nora["is_active"] = False
            tenants.ensure_members("acme", [DesiredMember("anna", None)])
            assert directory.members() == {
                nora["uid"]: DirectoryEntry("Nora", frozenset({"tenant-acme-author"}), locked=True)
            }


def test_an_authentik_that_is_away_is_a_silent_directory() -> None:
    with httpx.Client() as http, pytest.raises(DirectoryUnavailable, match="cannot be reached"):
        AuthentikDirectory("http://127.0.0.1:9", TOKEN, client=http).members()


def test_an_authentik_that_does_not_know_the_token_is_a_silent_directory() -> None:
    with running_authentik() as double, httpx.Client() as http, pytest.raises(DirectoryUnavailable, match="token"):
        AuthentikDirectory(double.url, "another-token", client=http).members()
