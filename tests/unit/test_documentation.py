"""What the documents tell a newcomer to type, open or set is there."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

import presswerk
from presswerk.cli import app, imported
from presswerk.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
CODE = re.compile(r"^(`{3,})[^\n]*\n(.*?)^\1[ \t]*$|(?<!`)`([^`\n]+)`(?!`)", re.MULTILINE | re.DOTALL)
PACKAGE = Path(presswerk.__file__).parent

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def code(page: Path) -> Iterator[str]:
    """Each line of code on a page."""
    for match in CODE.finditer(page.read_text("utf-8")):
        yield from (match[2] or match[3]).splitlines()


def commands(page: Path) -> Iterator[str]:
    """Each command of ours that a page shows, as it would be typed."""
    for line in code(page):
        for typed in re.findall(r"(?:^[$\s]*|[/(|;&] ?)presswerk ([a-z].*|--(?:help|version|install).*)", line):
            yield re.split(r" {2,}|[;|&>#]| \\$|\)|: presswerk ", typed)[0].strip()


def unknown(typed: str) -> str | None:
    """What of a command there is none of."""
    command: Any = None
    try:
        words = shlex.split(typed.replace("'", ""))
    except ValueError:
        words = typed.split()
    for word in words:
        if match := re.match(r"\[?(--[a-z][a-z-]*)", word):
            given = command or get_command(app)
            params = given.get_params(typer.Context(given))
            if match[1] not in {option for each in params for option in (*each.opts, *each.secondary_opts)}:
                return match[1]
        elif (command is None or isinstance(command, TyperGroup)) and not word.startswith(("-", "[", "…", "...", "<")):
            found = [subcommand(command, name) for name in word.split("|")]
            if None in found:
                return word
            command = found[0]
    return None


def subcommand(group: TyperGroup | None, name: str) -> Any:
    """A command of a group, or of `presswerk` itself."""
    if group is not None:
        return group.get_command(typer.Context(group), name)
    return imported(name) if name in COMMANDS else None


@pages
def test_every_command_and_option_exists(page: Path) -> None:
    assert {typed: word for typed in commands(page) if (word := unknown(typed))} == {}


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = []
    for target in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(target)
    assert missing == []


def anchors(page: Path) -> set[str]:
    """The places that a page's headings give, as GitHub names them."""
    text = CODE.sub(lambda match: match[3] or "", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_path_of_the_repository_exists(page: Path) -> None:
    folders = r"(?:src|tests|docs|deploy|examples|scripts|benchmarks|\.github|\.ci)/[\w./-]*\w/?"
    named = {path for line in code(page) for path in re.findall(rf"(?:^|[\s`(\"'])({folders})(?=$|[\s`)\"',:;])", line)}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pages
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {name for line in code(page) for name in re.findall(r"(?:^[$\s]*|[;&] )make ([a-z-]+)", line)} <= targets


@pages
def test_every_variable_is_read_somewhere(page: Path) -> None:
    named = set(re.findall(r"\bPRESSWERK_[A-Z_]+[A-Z]\b", page.read_text("utf-8")))
    assert {name for name in named if not is_read(name, sources())} == set()


@cache
def sources() -> str:
    """All that reads variables."""
    folders = ("src", "scripts", "tests/support", "deploy", ".github", ".ci")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return "\n".join(
        path.read_text("utf-8", errors="replace") for path in files if path.is_file() and path.suffix != ".pyc"
    )


def is_read(name: str, sources: str) -> bool:
    """Whether a variable stands in the sources, by its name or as a field of settings."""
    fields = [name.removeprefix(prefix).lower() for prefix in ("PRESSWERK_AI_", "PRESSWERK_")]
    return name in sources or any(re.search(rf"^    {field}: ", sources, re.MULTILINE) for field in fields)
