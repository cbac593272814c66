"""presswerk tenant members: who belongs to a tenant, and in which role."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from presswerk.cli.advice import as_run_here
from presswerk.cli.changing import carry_out
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory, TenantArgument
from presswerk.declaration import Role
from presswerk.operations.workspace import Workspace, exclusive_workspace, open_workspace, operator_here
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.supervision import Supervision
from presswerk.tenants import Member

members_app = typer.Typer(no_args_is_help=True, help="Who belongs to a tenant, and in which role.")
_UserArgument = Annotated[str, typer.Argument(metavar="USER", help="The name they sign in with.", show_default=False)]


@members_app.command("list")
def list_members(
    tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Name a tenant's members with their roles."""
    with open_workspace(remembered(state_dir)) as found:
        members = found.memberships.members(tenant_id)
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
def add_member(
    tenant_id: TenantArgument,
    user_name: _UserArgument,
    role: Annotated[Role, typer.Option(help="What they may do: author drafts, editor publishes, admin manages.")],
    *,
    given_name: Annotated[str, typer.Option(help="For a person who is new here.")] = "",
    family_name: Annotated[str, typer.Option(help="For a person who is new here.")] = "",
    email: Annotated[str, typer.Option(help="For a person who is new here.")] = "",
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Give a person a role in a tenant, instead of the one they had there; a new person gets a first password."""
    member = Member(tenant_id, user_name, role, given_name, family_name, email)
    with exclusive_workspace(state_dir) as found:
        changed = found.memberships.put(operator_here(), member).changed
        runs = _carry_out(found, tenant_id, json_output)
        # Who is declared in a file was told by `presswerk up`.
        is_declared = any(person.user_name == user_name for person in found.declared.people)
        password = None if is_declared else found.secrets.get(names.person_password(user_name))
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
def remove_member(
    tenant_id: TenantArgument,
    user_name: _UserArgument,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Take a person out of a tenant; what they wrote stays on the site.

    Who belongs to no tenant any more loses the account, with its chats; somebody whom `platform.yaml` declares cannot
    sign in until they belong to one.
    """
    with exclusive_workspace(state_dir) as found:
        changed = found.memberships.remove(operator_here(), tenant_id, user_name)
        runs = _carry_out(found, tenant_id, json_output)
    if json_output:
        typer.echo(json.dumps({"user_name": user_name, "changed": changed, "carried_out": runs}, indent=2))
        return
    said = "is no longer a member" if changed else "was no member"
    typer.echo(f"{user_name} {said} of {tenant_id}." + ("" if runs else as_run_here(" `presswerk up` carries it out.")))


@members_app.command("invite")
def invite(
    tenant_id: TenantArgument,
    role: Annotated[Role, typer.Option(help="What they may do: author drafts, editor publishes, admin manages.")],
    *,
    email: Annotated[str | None, typer.Option(help="Where you send the link; who opens it may accept it.")] = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Print a link by which somebody who has an account joins a tenant: once, within seven days."""
    with exclusive_workspace(state_dir) as found:
        invitation, token = found.memberships.invite(operator_here(), tenant_id, role, email)
        link = f"{found.installation.layout.hub_url}/invitations/{token}"
    if json_output:
        told = {"id": invitation.id, "role": role, "expires_at": invitation.expires_at.isoformat(), "link": link}
        typer.echo(json.dumps(told, indent=2))
        return
    until = f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"Whoever opens this link by {until}, and signs in, can become {role} of {tenant_id}:")
    typer.echo(link)
    typer.echo("It is not shown again. Send it by a way that nobody else reads.")


def _carry_out(found: Workspace, tenant_id: str, json_output: bool) -> bool:
    if not Supervision(found.installation.layout).is_running():
        return False
    carry_out(found, found.runtime.get(tenant_id), json_output)
    return True
