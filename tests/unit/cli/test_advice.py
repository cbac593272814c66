"""Advice that is printed: every command in it exists, and works as it is printed, wherever Presswerk is."""

import ast
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import presswerk
from presswerk.cli import imported
from presswerk.cli.advice import TOLD_AGAIN, as_run_here, json_as_run_here
from presswerk.cli.commands import COMMANDS

SOURCES = sorted(Path(presswerk.__file__).parent.rglob("*.py"))
DOCUMENTS = [Path(__file__).parents[3] / "README.md", *sorted((Path(__file__).parents[3] / "docs").glob("*.md"))]
QUOTED = re.compile(r"`presswerk (?P<rest>[^`]+)`")
PLACEHOLDER = re.compile(r"\{.*\}|[A-Z_.=]+|\.\.\.|<.*>")


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line; what is put into it stands in braces."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def advised() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for line, text in texts(ast.parse(path.read_text(encoding="utf-8"))):
            for found in QUOTED.finditer(text):
                yield f"{path.name}:{line}", found["rest"]
    for path in DOCUMENTS:
        for number, told in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for found in QUOTED.finditer(told):
                yield f"{path.name}:{number}", found["rest"]


def problem_with(rest: str) -> str | None:
    """Why a command does not work as it is printed; None when it does."""
    words = rest.partition(" | ")[0].partition(" > ")[0].replace("[", " ").replace("]", " ").split()
    if words[0].startswith("-"):
        return None if words[0] in {"--help", "--version", "--install-completion"} else f"no option {words[0]}"
    # Several are named at once as `config check|show|schema`.
    for word in words[0].split("|"):
        if word not in COMMANDS and not PLACEHOLDER.fullmatch(word):
            return f"no command {word}"
    if words[0] not in COMMANDS:
        return None
    command: Any = imported(words[0])
    for place, word in enumerate(words[1:], 1):
        inner = getattr(command, "commands", None)
        if word.startswith("-"):
            options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
            if word.partition("=")[0] not in options:
                return f"no option {word} of {' '.join(words[:place])}"
        elif inner is not None and not PLACEHOLDER.fullmatch(word):
            for one in word.split("|"):
                if one not in inner:
                    return f"no command {one} of {' '.join(words[:place])}"
            command = inner[word.split("|")[0]]
    return None


def test_every_command_that_is_advised_exists() -> None:
    found = list(advised())

    assert len(found) > 100
    assert [f"{place}: presswerk {rest}: {told}" for place, rest in found if (told := problem_with(rest))] == []


@pytest.mark.parametrize(
    ("rest", "wrong"),
    [
        ("upp", "no command"),
        ("tenant crate x", "no command"),
        ("up --hub-prot 1", "no option"),
        ("status --all", "no option"),
    ],
)
def test_the_search_finds_what_does_not_exist(rest: str, wrong: str) -> None:
    assert wrong in str(problem_with(rest))


def test_whatever_is_printed_names_commands_as_they_are_run_here() -> None:
    """What commands print themselves goes through one function; what they raise is printed in one place."""
    missed = []
    for path in sorted((Path(presswerk.__file__).parent / "cli").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", "")
            if name in {"echo", "print"} and "as_run_here" not in ast.dump(call):
                said = " ".join(text for _, text in texts(call))
                if QUOTED.search(said) or re.search(r"(?<![\w./-])presswerk (?:" + "|".join(COMMANDS) + r")\b", said):
                    missed.append(f"{path.name}:{call.lineno}: {said[:80]}")

    assert missed == []


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    arguments = ["presswerk", "status"]
    monkeypatch.setattr(sys, "argv", arguments)
    return arguments


def test_a_command_is_named_by_its_way_where_it_is_not_on_the_path(
    typed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = Path(sys.executable).with_name("presswerk")
    monkeypatch.setenv("PATH", str(ours.parent))
    on_the_path = as_run_here("Run `presswerk up`.")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(ours.parents[2])
    beside = as_run_here("Run `presswerk up`.")
    monkeypatch.chdir(tmp_path)
    elsewhere = as_run_here("Run `presswerk up`, or `presswerk`.")

    assert on_the_path == "Run `presswerk up`."
    assert beside == f"Run `{ours.relative_to(ours.parents[2])} up`."
    assert elsewhere == f"Run `{shlex.quote(str(ours))} up`, or `{shlex.quote(str(ours))}`."


def test_another_presswerk_on_the_path_is_not_ours(
    typed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "presswerk"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert as_run_here("`presswerk up`") != "`presswerk up`"


@pytest.mark.parametrize("given", [["--state-dir", "a b"], ["--state-dir=a b"]])
def test_the_installation_that_was_named_is_named_again(
    typed: list[str], given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    typed += given

    assert as_run_here("`presswerk up`") == "`presswerk up --state-dir 'a b'`"
    assert as_run_here("`presswerk ai check`") == "`presswerk ai check`"
    assert as_run_here("`presswerk up --state-dir x`") == "`presswerk up --state-dir x`"
    assert as_run_here("`presswerk_lock` and presswerk up") == "`presswerk_lock` and presswerk up"


def test_the_hub_that_was_named_is_named_again(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    typed += ["--hub", "https://hub.example"]

    assert as_run_here("`presswerk login`") == "`presswerk login --hub https://hub.example`"
    assert as_run_here("`presswerk up`") == "`presswerk up`"


def test_what_programs_read_stays_json_whatever_a_directory_is_called(typed: list[str]) -> None:
    typed += ["--state-dir", 'a "b\\c']
    document = {"remedy": "`presswerk up`", "rows": [{"seen": "Run `presswerk status`."}], "red": 1, "why": None}

    read = json.loads(json_as_run_here(document))

    assert shlex.split(read["remedy"].strip("`"))[-2:] == ["--state-dir", 'a "b\\c']
    assert "--state-dir" in read["rows"][0]["seen"]
    assert (read["red"], read["why"]) == (1, None)


@pytest.mark.parametrize(("option", "parameter"), [("--state-dir", "state_dir"), ("--hub", "hub")])
def test_the_commands_that_take_such_an_option_are_known(option: str, parameter: str) -> None:
    def takes_it(command: Any) -> bool:
        inner = getattr(command, "commands", None)
        every = [command] if inner is None else list(inner.values())
        return any(
            takes_it(each) if hasattr(each, "commands") else parameter in {p.name for p in each.params}
            for each in every
        )

    assert {name for name in COMMANDS if takes_it(imported(name))} == set(TOLD_AGAIN[option])
