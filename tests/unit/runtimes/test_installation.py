"""What an installation remembers, and what is asked for anew."""

import stat
from pathlib import Path

import pytest

from presswerk.declaration import DeclarationError, Platform, Tenant, demo_platform
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.installation import (
    FILE_NAME,
    Installation,
    NoSuchInstallation,
    asked_for,
    is_installation,
    remembered,
)
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.private_files import DamagedFile


def test_a_new_one_is_the_demonstration_on_the_documented_ports(tmp_path: Path) -> None:
    new = asked_for(tmp_path / "new", declaration=None, ports={"hub": None})

    assert new.layout.ports == Ports()
    assert new.platform() == demo_platform()
    assert not is_installation(tmp_path / "new")


def test_what_was_asked_for_once_stays(tmp_path: Path) -> None:
    declaration = tmp_path / "platform.yaml"
    declaration.write_text("tenants:\n  - id: zeit\n    name: Zeit\n")
    asked_for(tmp_path, declaration=declaration, ports={"hub": 4711}).remember()

    later = asked_for(tmp_path, declaration=None, ports={"hub": None, "chat": 4712})

    assert later.layout.ports == Ports(hub=4711, chat=4712)
    assert [tenant.id for tenant in later.platform().tenants] == ["zeit"]
    assert remembered(tmp_path).layout.ports == Ports(hub=4711)


def test_a_site_keeps_its_address_when_another_goes_or_comes(tmp_path: Path) -> None:
    def tenants(*names: str) -> Platform:
        return Platform(tenants=tuple(Tenant(id=name, name=name) for name in names))

    first = asked_for(tmp_path, declaration=None, ports={}).with_places_for(tenants("aa", "bb"))
    first.remember()

    later = remembered(tmp_path).with_places_for(tenants("cc", "bb"))

    assert first.places == {"aa": 0, "bb": 1}
    assert later.places == {"aa": 0, "bb": 1, "cc": 2}


def test_its_file_is_its_owners_alone(tmp_path: Path) -> None:
    asked_for(tmp_path, declaration=None, ports={}).remember()

    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_none_there_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NoSuchInstallation, match="presswerk up"):
        remembered(tmp_path)


def test_it_remembers_the_names_it_has_on_the_internet(tmp_path: Path) -> None:
    platform = Platform(domain="press.test", tenants=(Tenant(id="acme", name="Acme"),))
    new = asked_for(tmp_path, declaration=None, ports={"https": 8443}).with_addresses_of(platform)

    new.remember()

    found = remembered(tmp_path).layout
    assert (found.hub_url, found.site_url("acme", 0)) == ("https://hub.press.test:8443", "https://acme.press.test:8443")
    assert new.with_addresses_of(demo_platform()).layout.hub_url == "http://localhost:8000"


@pytest.mark.parametrize("text", ["", "[]", '{"ports": {"hub": 1, "wrong": 2}, "declaration": null}', '{"ports": {}}'])
def test_a_damaged_one_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)

    with pytest.raises(DamagedFile, match="remove that file"):
        remembered(tmp_path)


def test_a_lost_declaration_is_named(tmp_path: Path) -> None:
    lost = asked_for(tmp_path, declaration=tmp_path / "gone.yaml", ports={})

    with pytest.raises(DeclarationError, match=r"gone\.yaml"):
        lost.platform()


def test_a_wrong_declaration_is_told_with_its_place(tmp_path: Path) -> None:
    declaration = tmp_path / "platform.yaml"
    declaration.write_text("tenants: []\n")

    with pytest.raises(DeclarationError, match=r"platform\.yaml:1"):
        asked_for(tmp_path, declaration=declaration, ports={}).platform()


def test_only_one_command_changes_it_at_a_time(tmp_path: Path) -> None:
    one = asked_for(tmp_path, declaration=None, ports={})
    another = asked_for(tmp_path, declaration=None, ports={})

    with one.changing(), pytest.raises(LocalRuntimeError, match="Another presswerk command"), another.changing():
        raise AssertionError("both change it")
    with another.changing():
        pass


def test_whether_a_command_is_changing_it_is_seen_without_keeping_one_from_it(tmp_path: Path) -> None:
    installation = Installation(Layout(tmp_path))
    assert not installation.is_changing()
    with installation.changing():
        assert installation.is_changing()
        assert Installation(Layout(tmp_path)).is_changing()
    assert not installation.is_changing()
