"""What the supervisor reads: the same services give the same text, and none of it is secret."""

import configparser
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import write_private
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.supervisor_config import (
    configuration,
    declared_services,
    launch_file,
    launch_text,
)

LAYOUT = Layout(state=Path("/srv/presswerk"), cache=Path("/var/cache/presswerk"))
SOCKET = LAYOUT.run / "supervisor.sock"


def service(name: str = "hub", **environment: str) -> Service:
    return Service(name, ("/bin/true", "--port", "1"), LAYOUT.state, environment, health_url="http://127.0.0.1:1/")


def test_the_same_services_give_the_same_text() -> None:
    one = [service("hub", A="1", B="2"), service("chat")]
    other = [service("hub", B="2", A="1"), service("chat")]

    assert configuration(LAYOUT, one, SOCKET) == configuration(LAYOUT, other, SOCKET)


@pytest.mark.parametrize(
    "changed",
    [
        service("hub", TOKEN="other"),
        replace(service("hub", TOKEN="a"), command=("/bin/false",)),
        replace(service("hub", TOKEN="a"), directory=Path("/")),
    ],
)
def test_any_change_of_a_service_changes_its_program(changed: Service) -> None:
    before = configuration(LAYOUT, [service("hub", TOKEN="a")], SOCKET)

    assert configuration(LAYOUT, [changed], SOCKET) != before


def test_neither_environment_nor_command_is_in_the_configuration() -> None:
    text = configuration(LAYOUT, [service("hub", TOKEN="s3cret-value")], SOCKET)

    assert "s3cret-value" not in text
    assert "/bin/true" not in text
    assert "env/hub.json" in text


def test_the_configuration_is_well_formed() -> None:
    parser = configparser.RawConfigParser()
    parser.read_string(configuration(LAYOUT, [service("hub"), service("site-acme")], SOCKET))

    assert {section for section in parser.sections() if section.startswith("program:")} == {
        "program:hub",
        "program:site-acme",
    }


@given(
    command=st.lists(st.text(min_size=1), min_size=1).map(tuple),
    environment=st.dictionaries(st.text(min_size=1), st.text()),
    timeout=st.integers(min_value=1, max_value=600),
)
def test_a_launch_file_gives_back_the_service(
    command: tuple[str, ...], environment: dict[str, str], timeout: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layout = Layout(state=tmp_path_factory.mktemp("state"))
    described = replace(
        service(), command=command, environment=environment, ready_timeout_seconds=timeout, stop_timeout_seconds=timeout
    )
    write_private(launch_file(layout, "hub"), launch_text(layout, described))

    (found,) = declared_services(layout)

    assert launch_text(layout, found) == launch_text(layout, described)
    assert (found.command, dict(found.environment)) == (command, environment)
    assert (found.ready_timeout_seconds, found.stop_timeout_seconds) == (timeout, timeout)


def test_services_are_declared_in_start_order(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path)
    for name, priority in (("chat", 40), ("identity", 10), ("hub", 20)):
        write_private(launch_file(layout, name), launch_text(layout, replace(service(name), priority=priority)))

    assert [found.name for found in declared_services(layout)] == ["identity", "hub", "chat"]


def test_a_service_that_is_retired_while_they_are_read_is_none(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path)
    write_private(launch_file(layout, "hub"), launch_text(layout, service("hub")))
    launch_file(layout, "site-gone").symlink_to(tmp_path / "gone")

    assert [found.name for found in declared_services(layout)] == ["hub"]
