"""Options of commands about tenants: where these are, and one for each field that a word or a few can say."""

import re
import types
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer

from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, StateDirectory, with_options
from presswerk.cli.publish import signed_in
from presswerk.declaration import Tenant
from presswerk.operations.tenants.access import Place, TenantAccess, tenant_access

_HUB = Annotated[
    str | None,
    typer.Option("--hub", help="Tenants of the hub at this address, by your sign-in or API key.", show_default=False),
]
_KUBECONFIG = Annotated[
    Path | None, typer.Option("--kubeconfig", help="Tenants of the cluster that this file names.", show_default=False)
]


def _place(state_dir: Path, hub: str | None, kubeconfig: Path | None) -> Place:
    return Place(state_dir, hub, kubeconfig)


with_place = with_options(
    "place",
    _place,
    {"state_dir": (StateDirectory, DEFAULT_STATE_DIRECTORY), "hub": (_HUB, None), "kubeconfig": (_KUBECONFIG, None)},
)
"""Gives a command the options that say where its tenants are; it gets them as `place`."""

_APART = frozenset({"id", "tier"})
"""Fields that are an argument, or that a command of its own changes."""


def opened(place: Place, json_output: bool, *, changing: bool = False) -> AbstractContextManager[TenantAccess]:
    """What a command works with; with --json, standard output is for the program that reads it."""
    return tenant_access(place, signed_in, lambda line: typer.echo(f"  {line}", err=json_output), changing=changing)


def _field_options() -> Iterator[tuple[str, Any]]:
    described = dict(re.findall(r"^ +(\w+): (.+?)(?:; None .*)?$", Tenant.__doc__ or "", re.MULTILINE))
    for name, field in Tenant.model_fields.items():
        kind = _kind(field.annotation)
        if name in _APART or kind is None:
            continue
        several = kind is not str
        flag = f"--{name.replace('_', '-').removesuffix('s' if several else '')}"
        more = " Repeat it for more; all former ones are replaced." if several else ""
        yield name, Annotated[kind | None, typer.Option(flag, help=f"{described[name]}{more}", show_default=False)]


def _kind(annotation: Any) -> Any:
    """What an option of a field takes: a text, several texts, or, for anything else, None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if annotation is str:
        return str
    if get_origin(annotation) is tuple:
        return list[str] if _kind(get_args(annotation)[0]) is str else None
    parts = [each for each in get_args(annotation) if each is not types.NoneType]
    return _kind(parts[0]) if len(parts) == 1 and len(get_args(annotation)) > 1 else None


with_fields = with_options(
    "fields",
    lambda **chosen: {name: value for name, value in chosen.items() if value is not None},
    {name: (option, None) for name, option in _field_options()},
)
"""Gives a command an option for each field of a tenant that is a text or several; it gets those that were given."""
