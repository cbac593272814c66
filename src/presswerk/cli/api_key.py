"""presswerk api-key: keys for programs, made and revoked by a tenant's admins."""

import datetime as dt
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from presswerk.cli.options import DEFAULT_HUB_URL, HubUrl, Json
from presswerk.cli.publish import signed_in
from presswerk.declaration import Role
from presswerk.identity.api_keys import DEFAULT_LIFE

_MOST_DAYS = 3650

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys of a tenant.")


@app.command()
def create(
    *,
    tenant: Annotated[str, typer.Option(help="For which tenant.")],
    label: Annotated[str, typer.Option(help="What it is for, to know it again.")],
    role: Annotated[Role, typer.Option(help="What it may do, at most what you may.")] = Role.AUTHOR,
    expires: Annotated[
        str, typer.Option(metavar="DAYS|never", help="After how many days it ends; `never` only on purpose.")
    ] = str(DEFAULT_LIFE.days),
    hub: HubUrl = DEFAULT_HUB_URL,
    json_output: Json = False,
) -> None:
    """Make a key that acts as you, while you have that role; it is shown this once."""
    body = {"tenant": tenant, "label": label, "role": role.value, "expires_at": _ends(expires)}
    key = signed_in(hub).call("POST", "/api-keys", json=body)
    if json_output:
        typer.echo(json.dumps(key, indent=2))
        return
    typer.echo(f"Key {key['id']} for {tenant} ({role}). Keep it safe, it is not shown again:", err=True)
    typer.echo(key["secret"])


@app.command("list")
def list_keys(
    *,
    tenant: Annotated[str | None, typer.Option(help="Of which tenant; of all yours, if left out.")] = None,
    hub: HubUrl = DEFAULT_HUB_URL,
    json_output: Json = False,
) -> None:
    """List keys, without their secrets."""
    found = signed_in(hub).call("GET", "/api-keys", params={} if tenant is None else {"tenant": tenant})
    if json_output:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table("id", "tenant", "role", "label", "made by", "state", "last used")
    for key in found["items"]:
        table.add_row(
            *(key[name] for name in ("id", "tenant", "role", "label")),
            key["created_by"]["name"],
            _state(key),
            key["last_used_at"] or "never",
        )
    Console().print(table if found["items"] else "There are no keys.")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")], hub: HubUrl = DEFAULT_HUB_URL
) -> None:
    """Make a key useless from now on."""
    signed_in(hub).call("DELETE", f"/api-keys/{key_id}")
    typer.echo(f"Key {key_id} is revoked.")


def _ends(expires: str) -> str:
    if expires == "never":
        return expires
    if not expires.isdecimal() or not 1 <= int(expires) <= _MOST_DAYS:
        raise typer.BadParameter(f"give 1 to {_MOST_DAYS} days, or never", param_hint="--expires")
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=int(expires))).isoformat()


def _state(key: dict[str, Any]) -> str:
    if key["revoked_at"]:
        return "revoked"
    if key["owner_left"]:
        return "owner left"
    return f"until {key['expires_at']}" if key["expires_at"] else "valid"
