"""What keeps a platform from the internet: each with its field, cause and remedy, before anything starts."""

import dataclasses
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presswerk.declaration import Person, Platform, Tenant, TierName
from presswerk.declaration.addresses import addresses_of
from presswerk.declaration.platform import PublicEntry
from presswerk.runtimes.local.configured_ai import ConfiguredAi
from presswerk.runtimes.local.exposure import Finding, UnsafeOnTheInternet, findings, moved, refuse
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.processes import SERVICE_MARK, STATE_MARK
from presswerk.runtimes.local.supervisor_config import state_mark
from tests.support.process import free_port

OWN_AUTHORITY = PublicEntry(certificate_authority="https://ca.press.test/directory")
OLGA = Person(user_name="olga", given_name="Olga", family_name="Ops", email="olga@press.test", operator=True)
ACME = Tenant(id="acme", name="Acme", tier=TierName.PRO, domains=("news.acme.test",))
PLATFORM = Platform(domain="press.test", entry=OWN_AUTHORITY, tenants=(ACME,), people=(OLGA,))
AI = ConfiguredAi("https://ai.press.test/v1", "secret-key", "", is_stand_in=False)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where names lead; no name server is asked."""
    known = dict.fromkeys(
        ("hub.press.test", "chat.press.test", "id.press.test", "acme.press.test", "news.acme.test"), "127.0.0.1"
    )

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, Ports(http=free_port(), https=free_port()), public=addresses_of(PLATFORM))


def found(layout: Layout, platform: Platform = PLATFORM, ai: ConfiguredAi = AI, **options: bool) -> dict[str, Finding]:
    return {each.field: each for each in findings(layout, platform, {"acme": 0}, ai, **options)}


def test_what_is_in_order_is_not_refused(layout: Layout) -> None:
    assert found(layout) == {}


def test_a_domain_that_nobody_certifies(layout: Layout) -> None:
    platform = PLATFORM.model_copy(update={"entry": PublicEntry()})

    assert "press.test" in str(found(layout, platform)["domain"].problem)


def test_accounts_of_the_demonstration(layout: Layout) -> None:
    frida = OLGA.model_copy(update={"user_name": "frida", "email": "frida@presswerk.localhost", "operator": False})
    platform = PLATFORM.model_copy(update={"people": (OLGA, frida)})

    assert list(found(layout, platform)) == ["people.frida.email"]


def test_a_platform_that_nobody_operates_is_told_and_started(layout: Layout) -> None:
    platform = PLATFORM.model_copy(update={"people": (OLGA.model_copy(update={"operator": False}),)})

    assert not found(layout, platform)["people"].refused


def test_the_stand_in_writes_only_where_somebody_says_so(layout: Layout) -> None:
    stand_in = ConfiguredAi.from_environment({}, layout)

    assert list(found(layout, ai=stand_in)) == ["PRESSWERK_AI_API_KEY"]
    assert found(layout, ai=stand_in, stand_in_is_meant=True) == {}


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://ai.press.test/v1", True),
        ("http://203.0.113.9/v1", False),  # what is reserved for documents counts as private
        ("http://8.8.8.8/v1", True),
        ("http://10.0.0.7:8000/v1", False),
        ("http://localhost:11434/v1", False),
        ("https://8.8.8.8/v1", False),
    ],
)
def test_an_endpoint_that_anybody_on_the_way_could_read(layout: Layout, url: str, refused: bool) -> None:
    ai = dataclasses.replace(AI, base_url=url)

    assert ("ai.base_url" in found(layout, ai=ai)) is refused


def test_a_name_that_leads_elsewhere_or_nowhere(layout: Layout, names: dict[str, str]) -> None:
    names["hub.press.test"] = "198.51.100.7"
    del names["acme.press.test"]

    told = found(layout)

    assert list(told) == ["hub.press.test", "acme.press.test"]
    assert "198.51.100.7" in str(told["hub.press.test"].problem)
    assert all(each.refused for each in told.values())


def test_a_customers_own_domain_may_come_later(layout: Layout, names: dict[str, str]) -> None:
    del names["news.acme.test"]

    assert not found(layout)["news.acme.test"].refused


def test_an_address_that_is_translated_on_its_way(layout: Layout, names: dict[str, str]) -> None:
    names["hub.press.test"] = "198.51.100.7"
    entry = PublicEntry(certificate_authority=OWN_AUTHORITY.certificate_authority, address="198.51.100.7")

    assert found(layout, PLATFORM.model_copy(update={"entry": entry})) == {}


def test_a_name_with_a_certificate_is_not_asked_for_again(layout: Layout, names: dict[str, str]) -> None:
    """At a start the name server may not answer yet; who was certified once goes on."""
    del names["hub.press.test"]
    directory = layout.entry / "certificates" / "ca.press.test-directory" / "hub.press.test"
    directory.mkdir(parents=True)
    (directory / "hub.press.test.crt").touch()

    assert found(layout) == {}


def test_a_port_that_somebody_else_holds(layout: Layout) -> None:
    with socket.socket() as other:
        other.bind(("", layout.ports.https))
        other.listen()

        told = found(layout)
        runs_already = found(layout, entry_runs=True)

    assert list(told) == ["--https-port"]
    assert f"({os.getpid()})" in str(told["--https-port"].problem)
    assert runs_already == {}


def test_a_port_that_an_ordinary_user_may_not_have(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, address: Any, /) -> None:
            if address[1] in {80, 443}:
                raise PermissionError(13, "Permission denied")
            super().bind(address)

    monkeypatch.setattr(socket, "socket", Refusing)

    told = found(dataclasses.replace(layout, ports=Ports()))

    assert list(told) == ["--http-port", "--https-port"]
    assert "presswerk service install" in str(told["--http-port"].remedy)


@pytest.fixture
def hub_for_everybody(layout: Layout) -> Iterator[int]:
    """A process of the installation that listens where it must not."""
    port = free_port()
    listening = f"import socket; s = socket.create_server(('', {port})); print(flush=True); s.accept()"
    marks = {STATE_MARK: state_mark(layout), SERVICE_MARK: "hub"}
    process = subprocess.Popen([sys.executable, "-c", listening], env={**os.environ, **marks}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield port
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_service_that_the_internet_reaches_past_the_entry(layout: Layout, hub_for_everybody: int) -> None:
    told = found(layout)

    assert list(told) == ["hub"]
    assert f"0.0.0.0:{hub_for_everybody}" in str(told["hub"].problem)


def test_an_installation_does_not_move_to_another_address(layout: Layout) -> None:
    at_home = Layout(layout.state)

    (told,) = moved(at_home, layout)

    assert told.field == "domain"
    assert "http://localhost:8000" in str(told.problem)
    assert list(moved(layout, at_home)) == [] or next(iter(moved(layout, at_home))).refused
    assert list(moved(layout, layout)) == []
    assert list(moved(at_home, dataclasses.replace(at_home, ports=Ports(hub=4711)))) == []


@pytest.mark.parametrize(
    ("language", "problem", "told"),
    [("en", "nothing was started", "It is not set"), ("de", "es wurde nichts gestartet", "Sie ist nicht gesetzt")],
)
def test_a_refusal_names_field_and_remedy_in_the_readers_language(
    layout: Layout, language: str, problem: str, told: str
) -> None:
    stand_in = ConfiguredAi.from_environment({}, layout)

    with pytest.raises(UnsafeOnTheInternet) as refused:
        refuse(findings(layout, PLATFORM, {"acme": 0}, stand_in), language)

    ((field, said),) = refused.value.fields
    assert problem in refused.value.problem
    assert field == "PRESSWERK_AI_API_KEY"
    assert told in said
    assert "`presswerk up --stand-in`" in said
