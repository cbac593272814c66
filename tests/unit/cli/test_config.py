"""presswerk config: what an operator reads about a declaration, and what a program does."""

import json
import socket
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from presswerk.cli.config import app
from presswerk.declaration import DeclarationError
from presswerk.errors import PresswerkError
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout, Ports

EXAMPLE = Path(__file__).parents[3] / "examples" / "platform.yaml"


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_documented_example_holds() -> None:
    said = _run("check", str(EXAMPLE))

    assert "is valid: 3 tenants (1 free, 1 pro, 1 enterprise), 3 nodes of 4 cores" in said
    assert json.loads(_run("check", str(EXAMPLE), "--json"))["tenants"] == {"free": 1, "pro": 1, "enterprise": 1}


def test_the_example_for_one_machine_names_people_who_can_sign_in() -> None:
    shown = json.loads(_run("show", str(EXAMPLE.with_name("one-machine.yaml")), "--json"))

    assert {role for person in shown["people"] for role in person["memberships"].values()} == {"admin", "author"}


def test_a_wrong_declaration_is_told_by_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(EXAMPLE.read_text().replace("tier: pro", "tier: gold"))

    with pytest.raises(DeclarationError, match=r"platform\.yaml:\d+: tenants\.0\.tier: .*'pro' or 'enterprise'"):
        CliRunner().invoke(app, ["check", str(file)], catch_exceptions=False)


@pytest.mark.parametrize("reserved", ["hub", "chat", "id", "wpad", "xn--mnchen-3ya"])
def test_a_tenant_with_the_platforms_own_address_is_refused(tmp_path: Path, reserved: str) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(EXAMPLE.read_text().replace("id: bakery", f"id: {reserved}"))

    with pytest.raises(DeclarationError, match=rf"tenants\.{reserved}\.id: {reserved}.* choose another id"):
        CliRunner().invoke(app, ["check", str(file)], catch_exceptions=False)
    with pytest.raises(jsonschema.ValidationError, match=f"'{reserved}' should not be valid under"):
        jsonschema.validate(yaml.safe_load(file.read_text()), json.loads(_run("schema")))


def test_a_file_that_is_not_there_names_an_example_to_begin_with(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"No such file.*examples/platform\.yaml"):
        CliRunner().invoke(app, ["check", str(tmp_path / "none.yaml")], catch_exceptions=False)


def test_what_a_tenant_has_in_the_end_is_its_tier_with_its_overrides() -> None:
    acme = yaml.safe_load(_run("show", str(EXAMPLE), "--tenant", "acme"))
    bakery = json.loads(_run("show", str(EXAMPLE), "--tenant", "bakery", "--json"))

    assert (acme["limits"]["storage_gib"], acme["limits"]["php_workers"], acme["database"]) == (20, 4, "shared-mariadb")
    assert (bakery["limits"]["storage_gib"], bakery["features"]) == (2, [])


def test_showing_it_whole_names_every_tier_and_setting() -> None:
    shown = yaml.safe_load(_run("show", str(EXAMPLE)))

    assert set(shown["tiers"]) == {"free", "pro", "enterprise"}
    entry = {"controller": "envoy-gateway", "address": None, "certificate_email": "ops@press.example"}
    entry["certificate_authority"] = "https://acme-v02.api.letsencrypt.org/directory"
    assert shown["entry"] == entry


def test_a_tenant_nobody_declared_is_answered_with_those_declared() -> None:
    with pytest.raises(PresswerkError, match=r"no tenant globex.*\n.*acme, nordlicht, bakery"):
        CliRunner().invoke(app, ["show", str(EXAMPLE), "--tenant", "globex"], catch_exceptions=False)


def test_an_editor_finds_with_the_schema_what_check_finds() -> None:
    schema = json.loads(_run("schema"))
    declared = yaml.safe_load(EXAMPLE.read_text())

    jsonschema.validate(declared, schema)
    declared["tenants"][0]["tier"] = "gold"
    with pytest.raises(jsonschema.ValidationError, match="'gold' is not one of"):
        jsonschema.validate(declared, schema)


def test_a_tenants_schema_stands_alone() -> None:
    schema = json.loads(_run("schema", "tenant"))

    jsonschema.validate({"id": "acme", "name": "Acme"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"id": "acme", "name": "Acme", "tear": "pro"}, schema)


ON_THE_INTERNET = """
domain: press.test
entry: {certificate_authority: "https://ca.press.test/directory"}
tenants: [{id: acme, name: Acme}]
people: [{user_name: frida, given_name: F, family_name: F, email: frida@presswerk.localhost, operator: true}]
"""


def test_it_says_what_keeps_a_platform_from_the_internet_without_starting_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, state = tmp_path / "platform.yaml", tmp_path / "state"
    file.write_text(ON_THE_INTERNET)
    monkeypatch.delenv("PRESSWERK_AI_API_KEY", raising=False)
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    asked = ["check", str(file), "--one-machine", str(state)]

    told = CliRunner().invoke(app, asked, catch_exceptions=False)
    programs = json.loads(CliRunner().invoke(app, [*asked, "--json"], catch_exceptions=False).output)

    assert told.exit_code == 1
    assert "people.frida.email: frida ist ein Konto für Vorführungen auf einem Rechner." in told.output
    assert "hub.press.test: hub.press.test hat keine Adresse." in told.output
    fields = {each["field"] for each in programs["findings"]}
    assert not programs["ok"]
    assert {
        "people.frida.email",
        "hub.press.test",
        "id.press.test",
        "acme.press.test",
        "PRESSWERK_AI_API_KEY",
    } <= fields
    assert not state.exists()


def test_a_port_that_another_program_holds_is_refused_as_up_refuses_it(tmp_path: Path) -> None:
    file, state = tmp_path / "platform.yaml", tmp_path / "state"
    file.write_text(ON_THE_INTERNET)
    with socket.create_server(("127.0.0.1", 0)) as other:
        made = Installation(Layout(state, Ports(http=other.getsockname()[1])), file)
        made.with_addresses_of(made.platform()).remember()

        asked = ["check", str(file), "--one-machine", str(state), "--json"]
        told = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).output)

    refused = {each["field"]: each["refused"] for each in told["findings"]}
    assert refused["--http-port"]
    # Its key stands where only the service reads it.
    assert not refused["PRESSWERK_AI_API_KEY"]


def test_without_a_domain_there_is_nothing_to_say_about_the_internet() -> None:
    with pytest.raises(PresswerkError, match="declares no domain"):
        CliRunner().invoke(
            app, ["check", str(EXAMPLE.with_name("one-machine.yaml")), "--one-machine", "."], catch_exceptions=False
        )
