"""presswerk secrets: the Secrets that an installation on a cluster needs, made and filled."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from presswerk.cli.deploy import DEFAULT_CONFIG, Config, Context, Kubeconfig, Yes, platform_of, reached
from presswerk.cli.options import Json
from presswerk.infrastructure.delivery.connection import Connection, Ref, Target
from presswerk.infrastructure.delivery.errors import DeliveryProblem
from presswerk.infrastructure.delivery.filling import Entry, Origin, planned, put, taken
from presswerk.infrastructure.delivery.preflight import read_secrets
from presswerk.runtimes.kubernetes.rendering.objects import namespaces
from presswerk.runtimes.kubernetes.rendering.secrets import required_secrets
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.spec import Platform

_OTHERS = 0o077
_From = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="DIR", help="Values that somebody gave out, each in a file named after its key; yours alone."
    ),
]
_Vault = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write every value that is new into this new file, for your password manager."),
]


def secrets(
    *,
    config: Config = DEFAULT_CONFIG,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    given: _From = None,
    vault: _Vault = None,
    yes: Yes = False,
    json_output: Json = False,
) -> None:
    """Make and fill the Secrets that an installation on a cluster needs.

    What nobody gives out is drawn, what two of them share is copied, the rest is taken from files or asked for; nothing
    of it is shown. A value that is there is never replaced: to exchange one, delete its key first. After an
    interruption, run it again.\n
    Status: 0 when every key has a value, 1 when one is missing; then nothing was changed.
    """
    platform = platform_of(config)
    with reached(Target(kubeconfig, context)) as connection:
        required = required_secrets(platform)
        present = read_secrets(connection, platform)
        values = {} if given is None else _read(given, {key.name for each in required for key in each.keys})
        entries = planned(required, present, values)
        if sys.stdin.isatty() and not json_output:
            entries = planned(required, present, {**values, **_asked(entries)})
        _show(entries, json_output)
        missing = [entry for entry in entries if entry.origin is Origin.MISSING]
        if missing:
            raise LocalRuntimeError(
                "Nothing was changed: these have to be given.\n"
                + "\n".join(f"  {entry.key.name}: {entry.key.what}" for entry in missing),
                "Run it at a terminal and it asks, or put each into a file of that name in a directory for --from.",
            )
        new = [entry for entry in entries if entry.origin is not Origin.THERE]
        if not new:
            return
        if not yes:
            typer.confirm(f"Put {len(new)} keys into the Secrets?", abort=True, err=True)
        if vault is not None:
            _keep(vault, new)
        _make_namespaces(connection, platform, {entry.secret.namespace for entry in new})
        put(connection, entries, lambda line: typer.echo(line, err=True))
    typer.echo(_next(vault), err=True)


def _read(directory: Path, known: set[str]) -> dict[str, str]:
    try:
        if directory.stat().st_mode & _OTHERS:
            raise LocalRuntimeError(f"{directory} can be read by others.", f"chmod 700 {directory}")
        files = [file for file in sorted(directory.iterdir()) if file.is_file()]
        unknown = [file.name for file in files if file.name not in known]
        if unknown:
            raise LocalRuntimeError(
                f"{directory} holds {', '.join(unknown)}, which is no key of a Secret.",
                "`presswerk render --only secrets.yaml` lists all keys.",
            )
        return {file.name: file.read_text(encoding="utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a file of it is no UTF-8 text"
        raise LocalRuntimeError(f"{directory} cannot be read: {reason}.", "Name another with --from.") from None


def _asked(entries: Sequence[Entry]) -> Mapping[str, str]:
    """What a person types, unseen, until it can be a value."""
    answers = {}
    for entry in entries:
        if entry.origin is not Origin.MISSING:
            continue
        typer.echo(f"{entry.key.name}: {entry.key.what}", err=True)
        while True:
            answer = typer.prompt("  value", hide_input=True, err=True)
            try:
                answers[entry.key.name] = taken(entry.key, answer)
                break
            except DeliveryProblem as problem:
                typer.echo(f"  {problem.problem}", err=True)
    return answers


def _show(entries: Sequence[Entry], json_output: bool) -> None:
    if json_output:
        told = [
            {"namespace": at.namespace, "secret": at.secret, "key": at.key, "value": entry.origin}
            for entry, at in ((entry, entry.place) for entry in entries)
        ]
        typer.echo(json.dumps({"keys": told}, indent=2))
        return
    for entry in entries:
        from_where = f", from {entry.key.same}" if entry.origin is Origin.COPIED and entry.key.same else ""
        typer.echo(f"{entry.origin:8} {entry.place.namespace}/{entry.place.secret}: {entry.place.key}{from_where}")


def _keep(vault: Path, new: Sequence[Entry]) -> None:
    lines = [f"{entry.place.namespace}/{entry.place.secret}/{entry.place.key}={entry.value}\n" for entry in new]
    try:
        descriptor = os.open(vault, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LocalRuntimeError(
            f"{vault} cannot be made: {error.strerror}.", "Name a file with --vault that is not there yet."
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)


def _make_namespaces(connection: Connection, platform: Platform, names: set[str]) -> None:
    for body in namespaces(platform):
        name = body["metadata"]["name"]
        if name in names and connection.get(Ref("v1", "Namespace", name)) is None:
            connection.apply(body)


def _next(vault: Path | None) -> str:
    kept = (
        f"Put what is in {vault} into your password manager, and remove it."
        if vault is not None
        else "Keep copies of PRESSWERK_ENCRYPTION_KEYS and AUTHENTIK_SECRET_KEY where no lost cluster takes them along."
    )
    return f"{kept}\nPods that run already read a changed Secret when they start. Next: presswerk deploy"
