"""presswerk demo: the main way on this machine, walked and proven."""

import json
import os
import time
from collections import Counter
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.table import Table

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.cli.up import show_addresses
from presswerk.declaration import Role
from presswerk.errors import PresswerkError
from presswerk.operations.bringup import UpReport, bring_up, managed_connection
from presswerk.operations.demonstration.walk import Author, DraftProof, check, walk
from presswerk.runtimes.local.installation import Installation, asked_for
from presswerk.runtimes.local.secrets import Secrets, person_password

_PROMPT = "Write an article about a village that runs its own bakery"


@dataclass(frozen=True)
class _Walked:
    report: UpReport
    author: Author
    proof: DraftProof
    seconds: float


def demo(*, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False) -> None:
    """Bring everything up, write an article as a real author, publish it, and prove that it stands in WordPress.

    The author signs in with the real login, asks for an article in Open WebUI, presses Publish and confirms, as a
    person would. Ends with status 0 only if WordPress holds the draft, of real blocks, by that author. Everything
    keeps running.
    """
    started = time.monotonic()
    installation = asked_for(state_dir, declaration=None, ports={})

    def progress(line: str) -> None:
        typer.echo(f"  {line}", err=json_output)

    report = bring_up(installation, os.environ, progress)
    author = _author(installation)
    proof = walk(
        installation.layout, author, _PROMPT, lambda tenant: managed_connection(installation, tenant), progress
    )
    walked = _Walked(report, author, proof, time.monotonic() - started)
    if json_output:
        typer.echo(json.dumps(_as_json(walked), indent=2))
    else:
        _show(walked)
    check(proof, author)


def _author(installation: Installation) -> Author:
    """The first declared person who is an author in one tenant and nothing else."""
    secrets = Secrets.open(installation.layout)
    for person in installation.platform().people:
        if list(person.memberships.values()) == [Role.AUTHOR]:
            tenant = next(iter(person.memberships))
            return Author(person.user_name, person.name, secrets.get(person_password(person.user_name)), tenant)
    raise PresswerkError(
        "The declaration has no person who is just an author of one tenant.", "Add one under `people:`, and try again."
    )


def _as_json(walked: _Walked) -> dict[str, object]:
    return {
        "platform": walked.report.as_json(),
        "author": {"user_name": walked.author.user_name, "name": walked.author.name, "tenant": walked.author.tenant},
        "proof": walked.proof.as_json(),
        "seconds": round(walked.seconds, 1),
    }


def _show(walked: _Walked) -> None:
    console, proof = Console(), walked.proof
    show_addresses(console, walked.report)
    table = Table(title="Proof: the draft, as WordPress holds it", title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    blocks = ", ".join(f"{count} {name}" for name, count in Counter(proof.blocks).items())
    for name, value in (
        ("post", f"{proof.post_id} ({proof.status}): {proof.title}"),
        ("author", f"{proof.author}, in {walked.author.tenant}"),
        ("written by", proof.model),
        ("blocks", f"{len(proof.blocks)}: {blocks}"),
        ("from Publish to draft", f"{proof.seconds:.1f} s"),
        ("editor", "opened without another sign-in" if proof.editor_opened else "did NOT open"),
    ):
        table.add_row(name, value)
    console.print(table)
    # Outside of the table, where a terminal can open them.
    console.print(f"Preview: {proof.preview_link}", soft_wrap=True)
    console.print(f"Edit:    {proof.edit_link}", soft_wrap=True)
    console.print(f"Done in {walked.seconds:.0f} s; everything keeps running.", highlight=False)
    console.print(
        f"Now you: open {walked.report.chat_url}, sign in as {walked.author.user_name} with the password "
        f"{walked.author.password}, write, press Publish below the answer, and follow the link.",
        highlight=False,
    )
    console.print(as_run_here("`presswerk status` says how it is, `presswerk down` stops it."), soft_wrap=True)
