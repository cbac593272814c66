"""Every error of ours is a PresswerkError, and one that a request can meet says itself what is answered."""

import ast
import builtins
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import presswerk
from presswerk.errors import PresswerkError

SOURCE = Path(presswerk.__file__).parent

BUILT_IN = {name for name, kind in vars(builtins).items() if inspect.isclass(kind) and issubclass(kind, BaseException)}
# What never leaves the room it belongs to, and who takes care of it there.
CAUGHT_INSIDE = {
    "presswerk.tenants.checking._Broken": "the check of a tenant tells it as one of its links",
    "presswerk.ai.errors.AiError": "the hub asks no AI; the chat does, and the command line checks it",
    "presswerk.content.front_matter.InvalidFrontMatter": "files have front matter, and the command line reads them",
    "presswerk.database.migrate.NewerDatabase": "the hub does not start",
    "presswerk.identity.departures.PlaceUnavailable": "Departures tells the place again",
    "presswerk.identity.directory.DirectoryUnavailable": "DirectoryWatch asks again",
    "presswerk.identity.signing_keys.UnknownSigningKey": "Provider.check_signature fetches the keys anew",
    "presswerk.operations.checks.model.Silent": "the registry of checks makes a finding of it",
    "presswerk.operations.checks.model.CannotTell": "the registry of checks makes a finding of it",
    "presswerk.operations.checks.model.NotAsItShouldBe": "the registry of checks makes a finding of it",
    "presswerk.publishing.images.ImageUnavailable": "the illustrator makes a warning of it",
    "presswerk.publishing.pixels.Unreadable": "read_image makes an ImageUnavailable of it",
    "presswerk.declaration.load.DeclarationError": "the hub does not start",
    "presswerk.declaration.yaml_text.YamlProblem": "the hub does not start",
    "presswerk.tenants.vault.BadEncryptionKey": "the hub does not start",
    "presswerk.tenants.vault.CannotOpen": "sites, terms and sessions take it for a site or session that is away",
    "presswerk.web.json_scan.TooComplex": "the body's reception makes a 413 of it",
    "presswerk.web.settings.SettingsError": "the hub does not start",
}
# Rooms that no request reaches: the command line, what runs on this machine, and what an installer does elsewhere.
NOT_OF_REQUESTS = (
    "presswerk.cli.",
    "presswerk.runtimes.",
    "presswerk.identity.providers.",
    "presswerk.infrastructure.",
    "presswerk.openwebui.",
)


def errors_of_ours() -> Iterator[type[Exception]]:
    """All exception classes of the rooms that the hub imports; in a process of its own, where no other test has."""
    code = "import sys, presswerk.web.app; print(*(name for name in sys.modules if name.startswith('presswerk.')))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    found = {
        kind
        for name in imported
        for kind in vars(importlib.import_module(name)).values()
        if inspect.isclass(kind)
        and issubclass(kind, Exception)
        and kind.__module__.startswith("presswerk.")
        and kind is not PresswerkError
    }
    yield from sorted(found, key=_name)


def _name(kind: type[Exception]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def test_every_error_has_an_answer_or_never_gets_there() -> None:
    reaching = [kind for kind in errors_of_ours() if not _name(kind).startswith(NOT_OF_REQUESTS)]
    without = {_name(kind) for kind in reaching if not (issubclass(kind, PresswerkError) and kind.http)}

    assert len(reaching) >= 40
    assert without == set(CAUGHT_INSIDE) & without, "say with `http` what is answered"
    assert set(CAUGHT_INSIDE) - {_name(kind) for kind in reaching} == set(), "they are gone"


def test_problem_types_are_told_apart() -> None:
    types = {kind.http for kind in errors_of_ours() if issubclass(kind, PresswerkError) and kind.http}

    assert len({each.slug for each in types}) == len(types)


def test_every_error_of_the_house_has_the_one_root() -> None:
    others = {
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in SOURCE.rglob("*.py")
        if path.parent.name != "functions"  # they run inside Open WebUI, without us
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.bases and ast.unparse(node.bases[0]) in BUILT_IN
    }

    assert others == {"errors.py: PresswerkError"}
