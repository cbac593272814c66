"""presswerk service: have systemd keep an installation running, also after the machine was started anew."""

import json
import os
import pwd
import sys
from pathlib import Path
from typing import Annotated

import typer

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import Json
from presswerk.errors import PresswerkError
from presswerk.languages import language_of
from presswerk.runtimes.declaration_file import platform_in
from presswerk.runtimes.local import systemd
from presswerk.runtimes.local.exposure import declared_findings, refuse

app = typer.Typer(no_args_is_help=True, help="Have systemd keep an installation running, also after a reboot.")

_STATE = Path("/var/lib/presswerk")
_Units = Annotated[Path, typer.Option("--unit-directory", help="Where systemd's units are.", show_default=True)]


@app.command()
def install(
    config: Annotated[Path, typer.Option(help="The platform.yaml to run.", show_default=True)] = Path(
        "/etc/presswerk/platform.yaml"
    ),
    *,
    state: Annotated[Path, typer.Option("--state-dir", help="Where all state is.", show_default=True)] = _STATE,
    user: Annotated[str, typer.Option(help="As whom everything runs.", show_default=True)] = "presswerk",
    unit_directory: _Units = systemd.UNITS,
    json_output: Json = False,
) -> None:
    """Write the unit, start it, and have it started with the machine; again after every upgrade of Presswerk.

    The AI endpoint's key belongs into /etc/presswerk/environment, as PRESSWERK_AI_API_KEY=..., readable by root alone.
    """
    account = _account(user)
    platform = platform_in(config)
    if platform.domain is not None:
        refuse(declared_findings(platform), language_of(os.environ))
    state = state.absolute()
    cache = state / "cache"
    _make_owned((state, cache), account)
    _see_that_it_is_read(config.absolute(), account)
    trusted = os.environ.get("SSL_CERT_FILE")
    unit = systemd.Unit(
        presswerk=_command(),
        declaration=config.absolute(),
        state=state,
        cache=cache,
        user=user,
        path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        trusted=Path(trusted).absolute() if trusted else None,
    )
    told = systemd.install(unit, unit_directory)
    file = unit_directory / systemd.UNIT
    if json_output:
        typer.echo(json.dumps({"unit": str(file), "started": told, "state_dir": str(state), "user": user}))
        return
    typer.echo(f"{file}: written; everything runs as {user}, its state is in {state}.")
    if told:
        typer.echo("It is being started, which takes minutes the first time: `journalctl --unit presswerk --follow`.")
    else:
        typer.echo("systemd does not run this machine, so nothing was started; where it does, it starts with it.")
    again = f"`sudo -u {user} env PRESSWERK_STATE_DIR={state} {unit.presswerk} status`"
    typer.echo(f"Next: {again} says how it is, and `logins` in its place who can sign in.")


@app.command()
def uninstall(*, unit_directory: _Units = systemd.UNITS, json_output: Json = False) -> None:
    """Stop everything and remove the unit; the data stays."""
    removed = systemd.uninstall(unit_directory)
    file = unit_directory / systemd.UNIT
    if json_output:
        typer.echo(json.dumps({"unit": str(file), "removed": removed}))
    else:
        typer.echo(f"{file}: {'stopped and removed; the data stays' if removed else 'there is none'}.")


@app.command()
def status(*, unit_directory: _Units = systemd.UNITS, json_output: Json = False) -> None:
    """Say whether systemd keeps it running; ends with status 1 where it does not."""
    found = systemd.state_of_unit(unit_directory)
    runs = found.get("ActiveState") == "active"
    if json_output:
        typer.echo(json.dumps({"active": runs, **found}))
    elif found["installed"] == "no":
        typer.echo(as_run_here("It is not installed. Install it with `presswerk service install`."))
    elif len(found) == 1:
        typer.echo("It is installed, but systemd does not run this machine.")
    else:
        starts = "starts" if found.get("UnitFileState") == "enabled" else "does NOT start"
        restarts = found.get("NRestarts", "0")
        typer.echo(f"{found.get('ActiveState')} ({found.get('SubState')}), restarted {restarts} times;", nl=False)
        typer.echo(f" it {starts} with the machine. `journalctl --unit presswerk` shows what it said.")
    if not runs:
        raise typer.Exit(1)


def _account(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise PresswerkError(
            f"There is no user {user}.",
            f"Make one: `sudo adduser --system --group --home {_STATE} --no-create-home {user}`",
        ) from None


def _make_owned(directories: tuple[Path, ...], account: pwd.struct_passwd) -> None:
    """Make directories for the service's user; what is in them stays whose it is."""
    for directory in directories:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if directory.stat().st_uid != account.pw_uid:
                os.chown(directory, account.pw_uid, account.pw_gid)
        except OSError as error:
            raise PresswerkError(
                f"{directory} cannot be given to {account.pw_name}: {error.strerror}.", "Run it as root, with sudo."
            ) from None


def _see_that_it_is_read(file: Path, account: pwd.struct_passwd) -> None:
    """See that the service's user may read a file: as root we may, whatever its permissions."""
    for path in (file, *file.parents):
        found = path.stat()
        wanted = 0o4 if path == file else 0o1
        shift = 6 if found.st_uid == account.pw_uid else 3 if found.st_gid == account.pw_gid else 0
        if account.pw_uid != 0 and not (found.st_mode >> shift) & wanted:
            raise PresswerkError(
                f"{account.pw_name} may not read {file}: {path} is closed.", f"`sudo chmod o+rX {path}` opens it."
            )


def _command() -> Path:
    return Path(sys.executable).with_name("presswerk")
