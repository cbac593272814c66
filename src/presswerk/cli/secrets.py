"""presswerk secrets: the Secrets that an installation on a cluster needs, made and filled."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from presswerk.cli.deploy import Context, Kubeconfig, Yes, reached
from presswerk.cli.options import DEFAULT_CONFIG_FILE, ConfigFile, Json
from presswerk.cli.value_files import read_values
from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.secrets import (
    SecretEntry,
    ValueSource,
    complete,
    ignored,
    planned,
    put,
    read_secrets,
    taken,
)
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.connection import KubeContext
from presswerk.kubernetes.kinds import NAMESPACE, Ref
from presswerk.runtimes.cluster.rendering.objects import namespaces
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from presswerk.runtimes.declaration_file import platform_in

_From = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="DIR", help="Values that somebody gave out, each in a file named after its key; yours alone."
    ),
]
_Vault = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write every value into this new file at the end, for your password manager."),
]
_Check = Annotated[
    bool, typer.Option("--check", help="Change nothing and ask nothing; status 1 if something would change.")
]


def secrets(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    given: _From = None,
    vault: _Vault = None,
    check: _Check = False,
    yes: Yes = False,
    json_output: Json = False,
) -> None:
    """Make and fill the Secrets that an installation on a cluster needs.

    What nobody gives out is drawn, what two of them share is copied, the rest is taken from files or asked for; nothing
    of it is shown. After an interruption, run it again.\n
    A value that is there is never replaced: to exchange one, delete its key first, wherever it is. Not
    PRESSWERK_ENCRYPTION_KEYS or AUTHENTIK_SECRET_KEY: what they have encrypted or signed would be lost.\n
    Status: 0 when every key has a value, 1 when one is missing or two differ that must be alike.
    """
    platform = platform_in(config)
    if vault is not None:
        _can_be_made(vault)
    with reached(KubeContext(kubeconfig, context)) as connection:
        required = required_secrets(platform)
        present = read_secrets(connection, platform)
        values = {} if given is None else read_values(given, {key.name for each in required for key in each.keys})
        entries = planned(required, present, values)
        if sys.stdin.isatty() and not (json_output or check):
            entries = planned(required, present, {**values, **_asked(entries)})
        _show(entries, json_output)
        for place in ignored(entries, values):
            told = f"{place.namespace}/{place.secret}: {place.key}"
            typer.echo(
                f"Note: {told} is there with another value, which stays; the one in {given} is not used.", err=True
            )
        missing = [entry for entry in entries if entry.origin is ValueSource.MISSING]
        if missing and not check:
            raise PresswerkError(
                "Nothing was changed: these have to be given.\n"
                + "\n".join(f"  {entry.key.name}: {entry.key.what}" for entry in missing),
                "Run it at a terminal and it asks, or put each into a file of that name in a directory for --from.",
            )
        new = [entry for entry in entries if entry.origin is not ValueSource.THERE]
        if check and new:
            typer.echo(f"{len(new)} of {len(entries)} keys are not there, {len(missing)} have to be given.", err=True)
            raise typer.Exit(1)
        if new:
            if not yes:
                typer.confirm(f"Put {len(new)} keys into the Secrets?", abort=True, err=True)
            _make_namespaces(connection, platform, {entry.secret.namespace for entry in new})
            entries = put(connection, entries, lambda line: typer.echo(line, err=True))
        if vault is not None and not check:
            _keep(vault, entries)
        typer.echo(f"secrets: {complete(platform, read_secrets(connection, platform))}", err=True)
    if not check:
        typer.echo(_next(vault, new), err=True)


def _asked(entries: Sequence[SecretEntry]) -> Mapping[str, str]:
    """What a person types, unseen, until it can be a value."""
    answers = {}
    for entry in entries:
        if entry.origin is not ValueSource.MISSING:
            continue
        typer.echo(f"{entry.key.name}: {entry.key.what}", err=True)
        while True:
            answer = typer.prompt("  value", hide_input=True, err=True)
            try:
                answers[entry.key.name] = taken(entry.key, answer)
                break
            except PresswerkError as problem:
                typer.echo(f"  {problem.problem}", err=True)
    return answers


def _show(entries: Sequence[SecretEntry], json_output: bool) -> None:
    if json_output:
        told = [
            {"namespace": at.namespace, "secret": at.secret, "key": at.key, "value": entry.origin}
            for entry, at in ((entry, entry.place) for entry in entries)
        ]
        typer.echo(json.dumps({"keys": told}, indent=2))
        return
    for entry in entries:
        from_where = f", from {entry.key.same}" if entry.origin is ValueSource.COPIED and entry.key.same else ""
        typer.echo(f"{entry.origin:8} {entry.place.namespace}/{entry.place.secret}: {entry.place.key}{from_where}")


def _can_be_made(vault: Path) -> None:
    """Asked before anything is changed."""
    if os.path.lexists(vault) or not vault.absolute().parent.is_dir():
        raise PresswerkError(
            f"{vault} cannot be made.", "Name a file with --vault that is not there yet, in a directory that is."
        )


def _keep(vault: Path, entries: Sequence[SecretEntry]) -> None:
    lines = [f"{entry.place.namespace}/{entry.place.secret}/{entry.place.key}={entry.value}\n" for entry in entries]
    try:
        descriptor = os.open(vault, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise PresswerkError(
            f"The Secrets are filled, but {vault} cannot be written: {error.strerror}.",
            "Remove what there is of it, and run the command again with a --vault that can be made.",
        ) from None


def _make_namespaces(connection: ClusterApi, platform: Platform, names: set[str]) -> None:
    for body in namespaces(platform):
        name = body["metadata"]["name"]
        if name in names and connection.get(Ref(NAMESPACE, None, name)) is None:
            connection.apply(body)


def _next(vault: Path | None, new: Sequence[SecretEntry]) -> str:
    kept = (
        f"Put what is in {vault} into your password manager, and remove it."
        if vault is not None
        else "Keep copies of PRESSWERK_ENCRYPTION_KEYS and AUTHENTIK_SECRET_KEY where no lost cluster takes them along."
    )
    if not new:
        return f"{kept}\nNothing was missing. Next: presswerk deploy"
    return f"{kept}\nPods that run already read a changed Secret when they start. Next: presswerk deploy"
