"""A real Open WebUI for tests, in the environment its lock file describes."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from presswerk.identity.clients import CHAT_CLIENT
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.errors import OpenWebUIError
from presswerk.openwebui.provision import ChatChange
from presswerk.openwebui.session import CALLBACK_PATH, MAX_REDIRECTS, PersonSession
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.chat import chat_service
from presswerk.runtimes.local.environments import ensure_environment
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.progress import silent
from tests.support.identity import Identity
from tests.support.process import running

ADMIN_EMAIL = "platform@presswerk.example"


@dataclass(frozen=True)
class Chat:
    """A running Open WebUI."""

    url: str
    admin_email: str
    admin_password: str = field(repr=False)
    log: Path
    secrets: tuple[str, ...] = field(repr=False)
    process_id: int


def chat_python() -> Path:
    """The Python of Open WebUI's environment, made at the first call and kept in the user's cache."""
    return ensure_environment("open-webui", Layout(state=Path("/nonexistent")), silent)


@contextmanager
def chat_running(identity: Identity, *, ai_base_url: str, default_model: str) -> Iterator[Chat]:
    """Open WebUI as the platform runs it, until the block ends; its port is the identity provider's layout's."""
    layout = identity.layout
    layout.chat.mkdir(parents=True, exist_ok=True)
    password, secret_key, ai_key = (secrets.token_urlsafe(24) for _ in range(3))
    client_secret = identity.secrets.get(names.client_secret(CHAT_CLIENT))
    service = chat_service(
        layout,
        secret_key=secret_key,
        admin_email=ADMIN_EMAIL,
        admin_password=password,
        client_secret=client_secret,
        ai_url=ai_base_url,
        ai_key=ai_key,
        default_model=default_model,
        python=chat_python(),
    )
    log = layout.logs / "chat.log"
    with running(service, log) as process:
        yield Chat(
            url=layout.chat_url,
            admin_email=ADMIN_EMAIL,
            admin_password=password,
            log=log,
            secrets=(password, secret_key, ai_key, client_secret),
            process_id=process.pid,
        )


def already_signed_in(browser: httpx.Client, address: str) -> str:
    """A `ProviderLogin` for cookies that are signed in at the provider: only follow its redirects.

    Raises:
        OpenWebUIError: The provider shows a page instead, so nobody is signed in.
    """
    for _ in range(MAX_REDIRECTS):
        if httpx.URL(address).path == CALLBACK_PATH:
            return address
        answer = browser.get(address, follow_redirects=False)
        if not answer.is_redirect:
            raise OpenWebUIError("a sign-in by single sign-on", "the identity provider asks for a sign-in")
        address = str(answer.url.join(answer.headers["location"]))
    raise OpenWebUIError("a sign-in by single sign-on", "the identity provider redirects without end")


def upload_image(session: PersonSession, path: Path, media_type: str) -> dict[str, Any]:
    """Store an image the way the page does, ready for `ask`."""
    with path.open("rb") as content:
        row = session.client.request_object(
            "POST",
            "/api/v1/files/",
            f"an upload of {path.name}",
            params={"process": "false"},
            files={"file": (path.name, content, media_type)},
        )
    return {
        "type": "file",
        "id": row["id"],
        "url": row["id"],
        "name": path.name,
        "content_type": media_type,
        "size": path.stat().st_size,
        "status": "uploaded",
        "file": row,
    }


def update_chat(client: OpenWebUIClient, chat_id: str, chat: Mapping[str, Any]) -> None:
    """Store a chat the way Open WebUI's page does after a change."""
    client.request_object("POST", f"/api/v1/chats/{chat_id}", f"an update of chat {chat_id}", json={"chat": chat})


def changed(changes: Iterable[ChatChange]) -> list[str]:
    """What provisioning found otherwise than it should be."""
    return [each.what for each in changes if each.outcome != "unchanged"]


def delete_function(client: OpenWebUIClient, function_id: str) -> None:
    """Remove a Function."""
    client.request("DELETE", f"/api/v1/functions/id/{function_id}/delete", f"the end of function {function_id}")
