"""presswerk tenant members: who belongs to a tenant, and in which role."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import Json, TenantArgument
from presswerk.cli.tenant_options import opened, with_place
from presswerk.declaration import Role
from presswerk.operations.tenants.access import Place
from presswerk.tenants import Member

members_app = typer.Typer(no_args_is_help=True, help="Who belongs to a tenant, and in which role.")
_UserArgument = Annotated[str, typer.Argument(metavar="USER", help="The name they sign in with.", show_default=False)]


@members_app.command("list")
@with_place
def list_members(tenant_id: TenantArgument, *, json_output: Json = False, place: Place) -> None:
    """Name a tenant's members with their roles."""
    with opened(place, json_output) as found:
        members = found.people.list(tenant_id)
    if json_output:
        typer.echo(json.dumps({"members": [asdict(member) for member in members]}, indent=2))
        return
    table = Table("user name", "name", "e-mail", "role")
    for member in members:
        name = f"{member.given_name} {member.family_name}".strip()
        table.add_row(member.user_name, name, member.email, str(member.role))
    nobody = f"{tenant_id} has no members. Add one with `presswerk tenant members add`."
    Console().print(table if members else as_run_here(nobody))


@members_app.command("add")
@with_place
def add_member(
    tenant_id: TenantArgument,
    user_name: _UserArgument,
    role: Annotated[Role, typer.Option(help="What they may do: author drafts, editor publishes, admin manages.")],
    *,
    given_name: Annotated[str, typer.Option(help="For a person who is new here.")] = "",
    family_name: Annotated[str, typer.Option(help="For a person who is new here.")] = "",
    email: Annotated[str, typer.Option(help="For a person who is new here.")] = "",
    json_output: Json = False,
    place: Place,
) -> None:
    """Give a person a role in a tenant, instead of the one they had there; a new person gets a first password."""
    member = Member(tenant_id, user_name, role, given_name, family_name, email)
    with opened(place, json_output, changing=True) as found:
        put = found.people.put(member)
        runs = found.follow(found.tenants.get(tenant_id)).carried_out
    changed, password = put.changed, put.first_password
    if json_output:
        told = {
            "user_name": user_name,
            "role": role,
            "changed": changed,
            "carried_out": runs,
            "first_password": password,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(
        f"{user_name} is {role} of {tenant_id}." + ("" if runs else as_run_here(" `presswerk up` carries it out."))
    )
    if password is not None:
        typer.echo(f"First password, theirs to change: {password}")


@members_app.command("remove")
@with_place
def remove_member(
    tenant_id: TenantArgument, user_name: _UserArgument, *, json_output: Json = False, place: Place
) -> None:
    """Take a person out of a tenant; what they wrote stays on the site.

    Who belongs to no tenant any more loses the account, with its chats; somebody whom `platform.yaml` declares cannot
    sign in until they belong to one.
    """
    with opened(place, json_output, changing=True) as found:
        changed = found.people.remove(tenant_id, user_name)
        runs = found.follow(found.tenants.get(tenant_id)).carried_out
    if json_output:
        typer.echo(json.dumps({"user_name": user_name, "changed": changed, "carried_out": runs}, indent=2))
        return
    said = "is no longer a member" if changed else "was no member"
    typer.echo(f"{user_name} {said} of {tenant_id}." + ("" if runs else as_run_here(" `presswerk up` carries it out.")))


@members_app.command("invite")
@with_place
def invite(
    tenant_id: TenantArgument,
    role: Annotated[Role, typer.Option(help="What they may do: author drafts, editor publishes, admin manages.")],
    *,
    email: Annotated[str | None, typer.Option(help="Where you send the link; who opens it may accept it.")] = None,
    json_output: Json = False,
    place: Place,
) -> None:
    """Print a link by which somebody who has an account joins a tenant: once, within seven days."""
    with opened(place, json_output, changing=True) as found:
        invitation = found.people.invite(tenant_id, role, email)
    if json_output:
        told = {
            "id": invitation.id,
            "role": role,
            "expires_at": invitation.expires_at.isoformat(),
            "link": invitation.link,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    until = f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"Whoever opens this link by {until}, and signs in, can become {role} of {tenant_id}:")
    typer.echo(invitation.link)
    typer.echo("It is not shown again. Send it by a way that nobody else reads.")
