"""presswerk publish, login, logout: send a Markdown file to a tenant's site, as oneself or with an API key."""

import datetime as dt
import hashlib
import json
import time
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from presswerk.cli.advice import as_run_here
from presswerk.cli.article_file import UnusableArticle, read_article
from presswerk.cli.options import DEFAULT_HUB_URL, HubUrl, Json
from presswerk.operations.hub_client import API_KEY_VARIABLE, HubClient, api_key_from_environment, sign_on_server
from presswerk.operations.sign_in import Login, LoginFailed, LoginFile, current, revoke, sign_in
from presswerk.wordpress.model import IfGone, OnConflict

_ARRIVED = frozenset({"drafted", "published"})

OnConflictOption = Annotated[
    OnConflict | None,
    typer.Option(help="What to do about fields that somebody changed on the site; usually keep them."),
]
Timeout = Annotated[float, typer.Option("--timeout", help="How long --wait waits, in seconds.")]


def publish(
    *,
    file: Annotated[Path, typer.Argument(help="A Markdown file; local images it names are sent along.")],
    tenant: Annotated[str, typer.Option(help="Whose site.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it stands on the site, or has failed.")] = False,
    publish_now: Annotated[bool, typer.Option("--publish", help="For everybody at once, not as a draft.")] = False,
    schedule: Annotated[str | None, typer.Option(help="Publish at this time: ISO 8601 with an offset.")] = None,
    update: Annotated[str | None, typer.Option(help="A publication's id: send a newer version of it.")] = None,
    on_conflict: OnConflictOption = None,
    timeout_seconds: Timeout = 900.0,
    allow: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file or folder that may be sent although it is outside of the article's folder or no image."
        ),
    ] = None,
    hub: HubUrl = DEFAULT_HUB_URL,
    json_output: Json = False,
) -> None:
    """Send an article to a tenant's site; ends with status 0 when it was taken, and with --wait when it arrived."""
    article = read_article(file, allow or ())
    for note in article.notes:
        typer.echo(f"Note: {note}", err=True)
    body = {"tenant": tenant, **article.body, **_when(publish_now, schedule)}
    client = signed_in(hub)
    publication = _send(client, body, update, on_conflict)
    if wait:
        publication = _wait(client, publication, timeout_seconds, quiet=json_output)
    _tell(publication, arrived=wait, as_json=json_output)


def retry(
    *,
    publication: Annotated[str, typer.Argument(help="The id of a publication that failed.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it stands on the site, or has failed.")] = False,
    on_conflict: OnConflictOption = None,
    if_gone: Annotated[
        IfGone | None,
        typer.Option(help="What to do about a post in the trash or deleted: restore it, or make it anew."),
    ] = None,
    timeout_seconds: Timeout = 900.0,
    hub: HubUrl = DEFAULT_HUB_URL,
    json_output: Json = False,
) -> None:
    """Try a publication again that failed, and say what to do about changes made on the site."""
    client = signed_in(hub)
    how = {"on_conflict": on_conflict, "if_gone": if_gone}
    found: dict[str, Any] = client.call("POST", f"/publications/{publication}/retry", json=how)
    if wait:
        found = _wait(client, found, timeout_seconds, quiet=json_output)
    _tell(found, arrived=wait, as_json=json_output)


def login(
    *,
    hub: HubUrl = DEFAULT_HUB_URL,
    open_browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
) -> None:
    """Sign in with a browser; later commands act as you until `presswerk logout`."""

    def show(address: str) -> None:
        typer.echo(f"Sign in here:\n{address}", err=True)
        if open_browser:
            webbrowser.open(address)

    found = sign_in(hub, sign_on_server(hub), show)
    LoginFile().put(found)
    me = HubClient(hub, found.access_token).call("GET", "/me")
    places = ", ".join(f"{each['tenant']} ({each['role']})" for each in me["memberships"]) or "no tenant"
    typer.echo(f"Signed in as {me['name']}: {places}.")
    typer.echo(as_run_here("Next: `presswerk publish FILE.md --tenant TENANT --wait`"))


def logout(*, hub: HubUrl = DEFAULT_HUB_URL) -> None:
    """End your sign-in here and at the identity provider."""
    file = LoginFile()
    found = file.get(hub)
    if found is None:
        typer.echo(f"Nobody is signed in at {hub}.")
        return
    revoke(found)
    file.remove(hub)
    typer.echo(f"Signed out of {hub}.")


def signed_in(hub: str) -> HubClient:
    """A client for the hub, with the API key of the environment or else the person's sign-in.

    Raises:
        LoginFailed: There is neither.
    """
    key = api_key_from_environment()
    if key is not None:
        return HubClient(hub, key)
    file = LoginFile()
    found: Login | None = file.get(hub)
    if found is None:
        raise LoginFailed(f"Nobody is signed in at {hub}. Run `presswerk login`, or set {API_KEY_VARIABLE}.")
    return HubClient(hub, current(found, file.put).access_token)


def _when(publish_now: bool, schedule: str | None) -> dict[str, Any]:
    if schedule is None:
        return {"target": "publish"} if publish_now else {}
    try:
        instant = dt.datetime.fromisoformat(schedule)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UnusableArticle("--schedule: give a time such as 2026-11-23T10:00:00+01:00")
    return {"target": "publish", "scheduled_for": instant.isoformat()}


def _tell(publication: dict[str, Any], *, arrived: bool, as_json: bool) -> None:
    """Print a publication; ends the command with status 1 where it should have arrived and has not."""
    typer.echo(json.dumps(publication, indent=2) if as_json else _told(publication))
    if arrived and publication["state"] not in _ARRIVED:
        raise typer.Exit(1)


def _send(
    client: HubClient, body: dict[str, Any], update: str | None, on_conflict: OnConflict | None
) -> dict[str, Any]:
    # The same file sent twice is one publication: a script may repeat the command.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    method, path = ("POST", "/publications") if update is None else ("PUT", f"/publications/{update}")
    request = {**body, "on_conflict": on_conflict}
    answer: dict[str, Any] = client.call(method, path, json=request, headers={"Idempotency-Key": f"cli-{digest}"})
    return answer


def _wait(client: HubClient, publication: dict[str, Any], timeout_seconds: float, *, quiet: bool) -> dict[str, Any]:
    for progress in client.follow(publication["id"], time.monotonic() + timeout_seconds):
        if not quiet and progress.revision == publication["revision"]:
            typer.echo(progress.message)
    found: dict[str, Any] = client.call("GET", f"/publications/{publication['id']}")
    return found


def _told(publication: dict[str, Any]) -> str:
    lines = [f"{publication['title']}: {publication['state']} (publication {publication['id']})"]
    lines += [f"Note: {warning}" for warning in publication["warnings"]]
    if publication["failure"]:
        failure = publication["failure"]
        lines.append(f"Failed at {failure['step']}: {failure['reason']}. What to do: {failure['remedy']}.")
        lines += [f"Next: {command}" for command in _next(publication["id"], failure)]
    if publication["post"]:
        post = publication["post"]
        shown = ("View", "link") if post["status"] == "publish" else ("Preview", "preview_link")
        lines += [f"{shown[0]}: {post[shown[1]]}", f"Edit: {post['edit_link']}"]
    elif not publication["failure"]:
        lines.append("It goes to the site in the background; add --wait to see it arrive.")
    return "\n".join(lines)


def _next(publication: str, failure: dict[str, Any]) -> list[str]:
    """The commands that decide what only a person can decide."""
    choices = {
        "conflict": [f"--on-conflict {choice}" for choice in ("keep", "replace", "merge")],
        "gone": [f"--if-gone {choice}" for choice in ("restore", "anew")][failure["presence"] == "deleted" :],
    }
    return [
        as_run_here(f"`presswerk retry {publication} {choice} --wait`")
        for choice in choices.get(failure["code"] or "", ())
    ]
