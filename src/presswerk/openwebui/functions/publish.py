"""
title: Publish
author: Presswerk
description: Sends this answer to a site of yours, as a draft of real blocks.
version: 0.1.0
required_open_webui_version: 0.12.4
"""

# One self-contained file, however long: Open WebUI stores its text and runs it inside its own process. It holds no
# secret and knows no tenant, because every user may list Functions. What belongs to publishing is decided by the hub;
# this file asks the person, carries the message there in the person's own name, and tells what became of it.
# Open WebUI's internals are imported inside functions only, so that the rest can be read and tested without it.

import asyncio
import base64
import binascii
import contextlib
import hashlib
import json
import mimetypes
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, Field

FOLLOW_SECONDS = 60.0
POLL_SECONDS = 1.0
REQUEST_TIMEOUT_SECONDS = 30.0
FINAL_STATES = frozenset({"held", "drafted", "published", "failed", "cancelled"})

MAX_IMAGES = 20
MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGES_BYTES = 25 * 1024 * 1024

# A link reference definition: Markdown shows nothing for it, and the line after it is the footer this Action wrote.
FOOTER_MARK = "[//]: # (presswerk)"
FOOTER = re.compile(r"\s*(?:^---[ \t]*\n\s*)?^\[//\]: # \(presswerk\)[ \t]*(?:\n[^\n]*)?", re.MULTILINE)
MACHINE_DETAILS = re.compile(
    r"<details\b[^>]*\btype=\"(?:reasoning|tool_calls|code_interpreter)\"[^>]*>.*?</details>\s*", re.DOTALL
)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)
MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)")
HTML_IMAGE = re.compile(r"<img\b[^>]*?\bsrc=[\"']([^\"']+)[\"']", re.IGNORECASE)
STORED_FILE = re.compile(r"^(?:https?://[^/]+)?/api/v1/files/([A-Za-z0-9-]+)(?:/content(?:/[^?#]*)?)?(?:[?#].*)?$")
FILE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
DATA_URI = re.compile(r"^data:(image/[\w.+-]+);base64,(.+)$", re.DOTALL)

# The page shows one line of these until it is clicked, so the first words say what to do.
NOT_SIGNED_ON = (
    "Sign out, sign in again with the single sign-on, and press Publish once more: "
    "this account is signed in without it, or the sign-in has run out."
)
HUB_SILENT = (
    "Nothing was published: Presswerk does not answer right now. Try again in a minute; if it stays like this, "
    "tell your administrator."
)
HUB_SILENT_WHILE_SENDING = (
    "Press Publish again in a minute: Presswerk stopped answering while your article was on its way. "
    "It finds what already arrived, so nothing is published twice."
)
HUB_STRANGE = (
    "Tell your administrator: Presswerk gave an answer that this button does not understand. They may be of different "
    "versions, or Presswerk's address may be wrong. Your text is safe here."
)
NO_SITES = (
    "There is no site you may publish to yet. Ask your administrator to make you an author of one, then sign out "
    "and in again."
)
NOBODY_THERE = (
    "Reload the page and press Publish again: the question could not be shown, because this browser tab is not "
    "connected (any more). Nothing was published."
)

HELP = {
    400: "Presswerk cannot publish this text as it is.",
    403: "You may not do that on this site. Ask an editor or an administrator of the site.",
    404: "This site or article is not (or no longer) yours to publish to. If you were given access just now, sign out "
    "and in again.",
    409: "Something newer is already on its way for this article. Wait a moment and press Publish again.",
    413: "The article is too large: at most 1 MiB of text, 10 MiB for an image and 25 MiB for all of them.",
    422: "Presswerk cannot publish this text as it is.",
    429: "That was a lot in a short time, or the site's allowance is used up. Try again later.",
}

Emitter = Callable[[dict[str, Any]], Awaitable[Any]]


class Stopped(Exception):
    """Publishing ends here; the text is what the author reads."""


class Cancelled(Stopped):
    """The author said no."""


@dataclass(frozen=True)
class Site:
    """A site the person may publish to."""

    tenant: str
    name: str
    url: str
    may: tuple[str, ...]


@dataclass(frozen=True)
class Image:
    """An image that goes along; `reference` is the address the text uses for it, if it does."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)
    reference: str | None = None
    alt: str = ""


@dataclass(frozen=True)
class Source:
    """Where in the chat the article stands."""

    chat_id: str
    message_id: str


class Conversation:
    """What the author sees and is asked while this runs."""

    def __init__(self, emit: Emitter | None, call: Emitter | None) -> None:
        self._emit = emit
        self._call = call

    async def status(self, text: str, *, done: bool = False) -> None:
        if self._emit is not None:
            await self._emit({"type": "status", "data": {"description": text, "done": done}})

    async def toast(self, text: str, kind: str) -> None:
        if self._emit is not None:
            await self._emit({"type": "notification", "data": {"type": kind, "content": text}})

    async def confirm(self, title: str, message: str) -> None:
        await self._ask({"type": "confirmation", "data": {"title": title, "message": message}})

    async def select(self, title: str, message: str, options: list[tuple[str, str]], chosen: str) -> str:
        data = {
            "title": title,
            "message": message,
            "value": chosen,
            "input": {"type": "select", "options": [{"value": value, "label": label} for value, label in options]},
        }
        answer = await self._ask({"type": "input", "data": data})
        if answer not in {value for value, _ in options}:
            raise Cancelled("Nothing was published: that was none of the choices.")
        return str(answer)

    async def _ask(self, question: dict[str, Any]) -> Any:
        if self._call is None:
            raise Stopped(NOBODY_THERE)
        answer = await self._call(question)
        if isinstance(answer, dict) and answer.get("error"):
            raise Stopped(NOBODY_THERE)
        if answer in (None, False, ""):
            raise Cancelled("Nothing was published.")
        return answer


class Hub:
    """The hub, called in the person's own name."""

    def __init__(self, base_url: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(REQUEST_TIMEOUT_SECONDS, connect=5.0),
            transport=transport,
            # The hub stands beside Open WebUI: a proxy for the outer world must not see the person's token.
            trust_env=False,
        )

    async def __aenter__(self) -> "Hub":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def sites(self) -> list[Site]:
        answer = await self._get("/api/v1/sites")
        try:
            return [
                Site(str(item["tenant"]), str(item["name"]), str(item["url"]), tuple(item["may"]))
                for item in answer["items"]
            ]
        except (KeyError, TypeError) as error:
            raise Stopped(HUB_STRANGE) from error

    async def known(self, source: Source) -> dict[str, dict[str, Any]]:
        """The newest publication made of this very message on each tenant's site, the newest of all first."""
        query = {"source": f"chat:{source.chat_id}:{source.message_id}", "limit": "50"}
        answer = await self._get("/api/v1/publications", query)
        found: dict[str, dict[str, Any]] = {}
        for item in answer.get("items") or []:
            origin = item.get("source") or {}
            same = (origin.get("chat_id"), origin.get("message_id")) == (source.chat_id, source.message_id)
            if same:
                found.setdefault(str(item.get("tenant")), dict(item))
        return found

    async def send(self, article: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
        """Make a publication, or a new revision of the known one; safe to repeat."""
        method, path = ("POST", "/api/v1/publications")
        if known is not None:
            method, path = ("PUT", f"/api/v1/publications/{known['id']}")
        headers = {"Idempotency-Key": idempotency_key(article)}
        for last in (False, True):
            try:
                answer = await self._client.request(method, path, json=article, headers=headers)
            except httpx.ConnectError as error:
                raise Stopped(HUB_SILENT) from error
            except httpx.HTTPError as error:
                if last:
                    raise Stopped(HUB_SILENT_WHILE_SENDING) from error
                continue
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._read(answer)
        raise Stopped(HUB_SILENT_WHILE_SENDING)

    async def events(self, publication: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """What happens to the publication, as the hub tells it; ends quietly when the stream does."""
        path = f"/api/v1/publications/{publication['id']}/events"
        try:
            async with self._client.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
                if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                    return
                async for line in answer.aiter_lines():
                    if line.startswith("data:"):
                        yield json.loads(line[5:])
        except (httpx.HTTPError, ValueError):
            return

    async def publication(self, publication_id: str) -> dict[str, Any]:
        return await self._get(f"/api/v1/publications/{publication_id}")

    async def _get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.get(path, params=query)
        except httpx.HTTPError as error:
            raise Stopped(HUB_SILENT) from error
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.is_success and isinstance(body, dict):
            return body
        if answer.is_success:
            raise Stopped(HUB_STRANGE)
        raise Stopped(explain(answer.status_code, body if isinstance(body, dict) else {}))


def explain(status: int, problem: dict[str, Any]) -> str:
    """What an HTTP error of the hub means for an author."""
    if status == HTTPStatus.UNAUTHORIZED:
        return NOT_SIGNED_ON
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return HUB_SILENT
    errors = [entry for entry in problem.get("errors") or [] if isinstance(entry, dict)]
    fields = "; ".join(f"{entry.get('field')}: {entry.get('message')}" for entry in errors)
    detail = str(problem.get("detail") or "").strip()
    return " ".join(part for part in (HELP.get(status, HUB_STRANGE), detail[:300], fields[:500]) if part)


def idempotency_key(article: dict[str, Any]) -> str:
    """The same content of the same message for the same site always has the same key, so a double click counts once."""
    text = json.dumps(article, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"chat-{hashlib.sha256(text.encode()).hexdigest()}"


def message_text(body: dict[str, Any]) -> str:
    """The article in the message that was clicked, without what machines added to it."""
    messages = body.get("messages") or []
    clicked = next((item for item in messages if item.get("id") == body.get("id")), messages[-1] if messages else {})
    return clean_text(str(clicked.get("content") or ""))


def clean_text(content: str) -> str:
    """Markdown without our own footer and without the folded traces of reasoning and tools."""
    return FOOTER.sub("", MACHINE_DETAILS.sub("", content)).strip()


def title_of(text: str) -> str:
    """What to call the article in a question; the hub derives the real title by the same rule."""
    prose = FENCED.sub("", text)
    heading = HEADING.search(prose)
    if heading:
        return plain(heading.group(1))
    first = plain(next((line for line in prose.splitlines() if line.strip()), ""))
    sentence = SENTENCE.match(first)
    return (sentence.group(1) if sentence else first)[:120] or "Untitled"


def plain(markdown: str) -> str:
    """Inline Markdown as plain text."""
    unlinked = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[*_`~]{1,3}([^*_`~]+)[*_`~]{1,3}", r"\1", unlinked).strip().lstrip(">-*+# ").strip()


def quoted(text: str) -> str:
    """Plain text for a dialog, which reads Markdown."""
    return re.sub(r"([\\`*_\[\]<>&~|#!])", r"\\\1", " ".join(text.split()))


def named_files(text: str) -> dict[str, tuple[str, str]]:
    """Files of Open WebUI that the text shows as images: address -> (file id, alternative text)."""
    found: dict[str, tuple[str, str]] = {}
    named = [(match[2], match[1]) for match in MARKDOWN_IMAGE.finditer(text)]
    named += [(match[1], "") for match in HTML_IMAGE.finditer(text)]
    for address, alt in named:
        stored = STORED_FILE.match(address)
        if stored:
            found.setdefault(address, (stored.group(1), alt))
    return found


def attached_images(messages: dict[str, Any], message_id: str) -> list[dict[str, Any]]:
    """Images beside the clicked message and beside the messages that led to it, oldest first."""
    images: list[dict[str, Any]] = []
    seen: set[str] = set()
    current: str | None = message_id
    while current and current in messages and current not in seen:
        seen.add(current)
        message = messages[current] or {}
        files = [entry for entry in message.get("files") or [] if isinstance(entry, dict)]
        # An earlier answer's own pictures belong to that answer; an author's belong to the conversation.
        if current == message_id or message.get("role") == "user":
            images[:0] = [entry for entry in files if is_image(entry)]
        current = message.get("parentId")
    return images


def is_image(entry: dict[str, Any]) -> bool:
    media_type = entry.get("content_type") or (entry.get("file") or {}).get("meta", {}).get("content_type") or ""
    return entry.get("type") == "image" or str(media_type).startswith("image/")


def stored_id(entry: dict[str, Any]) -> str | None:
    """The id of the file an attachment stands for."""
    address = str(entry.get("url") or "")
    stored = STORED_FILE.match(address)
    if stored:
        return stored.group(1)
    for candidate in (entry.get("id"), address):
        if candidate and FILE_ID.match(str(candidate)):
            return str(candidate)
    return None


def inline_image(entry: dict[str, Any]) -> Image | None:
    """An attachment that carries its bytes in its address."""
    data = DATA_URI.match(str(entry.get("url") or ""))
    if data is None:
        return None
    try:
        content = base64.b64decode(data.group(2), validate=True)
    except binascii.Error:
        return None
    extension = mimetypes.guess_extension(data.group(1)) or ""
    return Image(str(entry.get("name") or f"image{extension}"), data.group(1), content)


def within_limits(images: list[Image]) -> tuple[list[Image], list[str]]:
    """The images the hub takes, and a sentence for each it would not."""
    taken: list[Image] = []
    notes: list[str] = []
    for image in images:
        total = sum(len(other.data) for other in taken)
        if len(image.data) > MAX_IMAGE_BYTES:
            notes.append(f"{image.filename} is larger than 10 MiB and was left out.")
        elif len(taken) == MAX_IMAGES or total + len(image.data) > MAX_IMAGES_BYTES:
            notes.append(f"{image.filename} was left out: at most 20 images and 25 MiB go along with an article.")
        else:
            taken.append(image)
    return taken, notes


def article_of(site: Site, text: str, target: str, images: list[Image], source: Source) -> dict[str, Any]:
    """The request body for the hub."""
    return {
        "tenant": site.tenant,
        "markdown": text,
        "target": target,
        "attachments": [
            {
                "reference": image.reference,
                "filename": image.filename,
                "media_type": image.media_type,
                "alt": image.alt,
                "data": base64.b64encode(image.data).decode(),
            }
            for image in images
        ],
        "source": {"kind": "chat", "chat_id": source.chat_id, "message_id": source.message_id},
    }


def footer(publication: dict[str, Any], site: Site, notes: Iterable[str] = ()) -> str:
    """The line with the links, and what the author should know, that is put below the message."""
    post = publication.get("post") or {}
    edit = ("Edit in WordPress", post.get("edit_link"))
    published = publication.get("state") == "published"
    links = [("View", post.get("link")), edit] if published else [edit, ("Preview", post.get("preview_link"))]
    shown = " · ".join(f"[{text}]({link_target(str(address))})" for text, address in links if address)
    lead = f"{'Published' if published else 'Draft'} on {quoted(site.name)}"
    told = "".join(f" *{quoted(note)}*" for note in notes)
    return f"\n\n---\n\n{FOOTER_MARK}\n**{lead}:** {shown}{told}" if shown else ""


def link_target(address: str) -> str:
    """An address that cannot break out of a Markdown link."""
    escaped = {"(": "%28", ")": "%29", " ": "%20", "<": "%3C", ">": "%3E"}
    return "".join(escaped.get(character, character) for character in address)


def outcome(publication: dict[str, Any], site: Site, title: str) -> str:
    """The last sentence, for every state a publication can be in."""
    name = f"“{publication.get('title') or title}”"
    state = publication.get("state")
    if state == "drafted":
        return f"{name} is a draft on {site.name}."
    if state == "published":
        return f"{name} is published on {site.name}."
    if state == "cancelled":
        return f"{name} was cancelled before it reached {site.name}."
    if state in ("failed", "held"):
        failure = publication.get("failure") or {}
        told = " ".join(str(failure[key]) for key in ("reason", "remedy") if failure.get(key))
        return f"{name} did not reach {site.name}. {told or 'Press Publish to try again.'}"
    return (
        f"{name} is accepted and safe, but {site.name} has not taken it yet. It is delivered by itself as soon as the "
        "site answers; Presswerk's pages show how far it is, and pressing Publish again tells you here."
    )


def text_of(message: dict[str, Any]) -> str:
    """A stored answer's text: that of its structured form if it has one, which leaves out reasoning and tools."""
    texts = []
    for part in message.get("output") or []:
        if isinstance(part, dict) and part.get("type") == "message":
            texts.append("".join(str(piece.get("text") or "") for piece in part.get("content") or []))
    return "\n".join(text for text in texts if text.strip()) or str(message.get("content") or "")


def with_text(output: Any, text: str) -> Any:
    """Open WebUI's structured form of an answer with its text replaced, the way its own page does it."""
    parts = [part for part in output if isinstance(part, dict) and part.get("type") == "message"]
    if not parts:
        return [*output, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}]
    last = parts[-1]
    return [
        {**part, "content": [{"type": "output_text", "text": text}] if part is last else []} if part in parts else part
        for part in output
    ]


async def access_token(request: Any, user_id: str) -> str:
    """The person's own access token at the identity provider, refreshed by Open WebUI when it is about to end."""
    from open_webui.models.users import Users
    from open_webui.utils.oauth import get_system_oauth_token

    tokens = await get_system_oauth_token(request, await Users.get_user_by_id(user_id))
    token = (tokens or {}).get("access_token")
    if not token:
        raise Stopped(NOT_SIGNED_ON)
    return str(token)


async def stored_messages(chat_id: str) -> dict[str, Any]:
    """All messages of the chat with their attachments; Open WebUI has checked whose chat it is."""
    from open_webui.models.chats import Chats

    return await Chats.get_messages_map_by_chat_id(chat_id) or {}


async def read_image(file_id: str, user_id: str, *, reference: str | None = None, alt: str = "") -> Image | None:
    """One of the person's own stored images; None when it is gone, somebody else's or no image."""
    from open_webui.models.files import Files
    from open_webui.models.users import Users
    from open_webui.storage.provider import Storage
    from open_webui.utils.access_control.files import has_access_to_file

    stored = await Files.get_file_by_id(file_id)
    if stored is None or not stored.path:
        return None
    # An administrator gets no exception: what is published is only what the person could have attached.
    if stored.user_id != user_id and not await has_access_to_file(file_id, "read", await Users.get_user_by_id(user_id)):
        return None
    meta = stored.meta or {}
    filename = str(meta.get("name") or stored.filename)
    media_type = str(meta.get("content_type") or mimetypes.guess_type(filename)[0] or "")
    if not media_type.startswith("image/"):
        return None
    try:
        path = await asyncio.to_thread(Storage.get_file, stored.path)
        data = await asyncio.to_thread(Path(path).read_bytes)
    except OSError:
        return None
    return Image(filename, media_type, data, reference, alt) if data else None


async def collect_images(text: str, source: Source, user_id: str) -> tuple[list[Image], list[str]]:
    """Every image that goes along, those the text names first, and a sentence for each that cannot."""
    images: list[Image] = []
    notes: list[str] = []
    ids: set[str] = set()
    for address, (file_id, alt) in named_files(text).items():
        image = await read_image(file_id, user_id, reference=address, alt=alt)
        ids.add(file_id)
        if image is None:
            notes.append(f"The image {alt or address} could not be read and was left out.")
        else:
            images.append(image)
    for entry in attached_images(await stored_messages(source.chat_id), source.message_id):
        attached_id = stored_id(entry)
        if attached_id in ids:
            continue
        if attached_id is None:
            image = inline_image(entry)
        else:
            ids.add(attached_id)
            image = await read_image(attached_id, user_id)
        if image is None:
            notes.append(f"The image {entry.get('name') or 'attached'} could not be read and was left out.")
        else:
            images.append(image)
    taken, too_large = within_limits(images)
    return taken, notes + too_large


async def keep_footer(source: Source, line: str) -> str | None:
    """Put the links below the stored message, in place of earlier ones.

    The page does the same with what the Action returns, but only while the author is still looking at this chat.

    Returns:
        The message's new content; None where the chat is not stored.
    """
    from open_webui.models.chats import Chats

    message = await Chats.get_message_by_id_and_message_id(source.chat_id, source.message_id)
    if not message:
        return None
    content = FOOTER.sub("", text_of(message)).rstrip() + line
    change: dict[str, Any] = {"content": content}
    if message.get("output"):
        change["output"] = with_text(message["output"], content)
    await Chats.upsert_message_to_chat_by_id_and_message_id(source.chat_id, source.message_id, change)
    return content


class Action:
    class Valves(BaseModel):
        hub_url: str = Field(default="http://localhost:8000", description="Where Presswerk's hub answers.")

    # A newspaper, drawn for this button.
    icon_url = (
        "data:image/svg+xml;utf8,"
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23888' stroke-width='1.8' "
        "stroke-linecap='round' stroke-linejoin='round'><path d='M4 5h13v14H6a2 2 0 0 1-2-2zM17 9h3v8a2 2 0 0 1-2 2h-1"
        "M7.5 8.5h6M7.5 12h6M7.5 15.5h4'/></svg>"
    )

    def __init__(self) -> None:
        self.valves = self.Valves()

    async def action(
        self,
        body: dict[str, Any],
        __user__: dict[str, Any] | None = None,
        __request__: Any = None,
        __event_emitter__: Emitter | None = None,
        __event_call__: Emitter | None = None,
    ) -> dict[str, Any] | None:
        conversation = Conversation(__event_emitter__, __event_call__)
        try:
            return await self._publish(conversation, body, str((__user__ or {}).get("id") or ""), __request__)
        except Cancelled as stopped:
            await conversation.status(str(stopped), done=True)
        except Stopped as stopped:
            await conversation.status(str(stopped), done=True)
            await conversation.toast(str(stopped), "error")
        except ImportError:
            told = "This button does not fit the installed version of Open WebUI. Tell your administrator."
            await conversation.status(told, done=True)
            await conversation.toast(told, "error")
        return None

    async def _publish(
        self, conversation: Conversation, body: dict[str, Any], user_id: str, request: Any
    ) -> dict[str, Any] | None:
        source = Source(str(body.get("chat_id") or ""), str(body.get("id") or ""))
        text = message_text(body)
        if not text:
            raise Stopped("There is nothing to publish in this message yet.")
        title = title_of(text)
        await conversation.status("Asking where you may publish …")
        async with Hub(self.valves.hub_url, await access_token(request, user_id)) as hub:
            sites = await hub.sites()
            published = await hub.known(source) if sites else {}
        site = await choose_site(conversation, sites, published)
        known = published.get(site.tenant)
        images, notes = await collect_images(text, source, user_id)
        target = await agree(conversation, site, title, images=images, notes=notes, known=known)
        await conversation.status(f"Sending “{title}” to Presswerk …")
        # The question may have stood open for hours: the token is asked for anew.
        async with Hub(self.valves.hub_url, await access_token(request, user_id)) as hub:
            publication = await hub.send(article_of(site, text, target, images, source), known)
            publication = await follow(conversation, hub, publication)
        return await finish(conversation, publication, site=site, title=title, source=source, notes=notes)


async def choose_site(conversation: Conversation, sites: list[Site], published: Iterable[str]) -> Site:
    """Ask which site, unless there is only one; the one this message was published to last is preset."""
    usable = [site for site in sites if site.may]
    if not usable:
        raise Stopped(NO_SITES)
    if len(usable) == 1:
        return usable[0]
    options = [(site.tenant, f"{site.name} ({site.url})") for site in usable]
    last = next((tenant for tenant in published if any(site.tenant == tenant for site in usable)), usable[0].tenant)
    chosen = await conversation.select("Publish", "Which site is this article for?", options, last)
    return next(site for site in usable if site.tenant == chosen)


async def agree(
    conversation: Conversation,
    site: Site,
    title: str,
    *,
    images: list[Image],
    notes: list[str],
    known: dict[str, Any] | None,
) -> str:
    """Ask before anything leaves the chat; the answer is the target, draft unless the person may and chooses more."""
    lines = [f"**{quoted(title)}** goes to **{quoted(site.name)}** ({quoted(site.url)})."]
    post = (known or {}).get("post") or {}
    if post:
        lines.append("This answer is there already: the same article is updated, the site keeps its former version.")
    if images:
        names = [quoted(image.filename) for image in images[:5]]
        more = f" and {len(images) - len(names)} more" if len(images) > len(names) else ""
        lines.append(f"Images that go along: {', '.join(names)}{more}.")
    lines += [quoted(note) for note in notes]
    if post.get("status") == "publish":
        if "publish" not in site.may:
            raise Stopped(f"Ask an editor of {site.name} to update this article: it is public there already.")
        lines.append("It is **public**: readers see the new version at once.")
        await conversation.confirm("Publish", "\n\n".join(lines))
        return "publish"
    if "publish" not in site.may:
        lines.append("It will be a **draft**: nobody but the people of the site sees it.")
        await conversation.confirm("Publish", "\n\n".join(lines))
        return "draft"
    options = [("draft", "As a draft: only the people of the site see it"), ("publish", "Publish at once")]
    return await conversation.select("Publish", "\n\n".join(lines), options, "draft")


async def follow(conversation: Conversation, hub: Hub, publication: dict[str, Any]) -> dict[str, Any]:
    """Tell what happens until it has happened, or until waiting longer would only hold the author up."""
    publication_id = str(publication.get("id") or "")
    if not publication_id:
        raise Stopped(HUB_STRANGE)
    revision = publication.get("revision")
    if publication.get("state") in FINAL_STATES:
        return publication
    deadline = time.monotonic() + FOLLOW_SECONDS
    try:
        async with asyncio.timeout(FOLLOW_SECONDS):
            async for event in hub.events(publication):
                if event.get("message") and event.get("revision") in (None, revision):
                    await conversation.status(str(event["message"]))
                if event.get("state") in FINAL_STATES and event.get("revision") in (None, revision):
                    break
    except TimeoutError:
        return publication
    while True:
        # It is accepted: a hub that restarts just now goes on with it.
        with contextlib.suppress(Stopped):
            publication = await hub.publication(publication_id)
        if publication.get("state") in FINAL_STATES or time.monotonic() > deadline:
            return publication
        await asyncio.sleep(POLL_SECONDS)


async def finish(
    conversation: Conversation,
    publication: dict[str, Any],
    *,
    site: Site,
    title: str,
    source: Source,
    notes: list[str],
) -> dict[str, Any] | None:
    """The links below the message, the warnings, the last sentence."""
    notes = [*notes, *(str(warning) for warning in publication.get("warnings") or [])]
    for note in notes:
        await conversation.status(f"Note: {note}")
    told = outcome(publication, site, title)
    arrived = publication.get("state") in {"drafted", "published"}
    line = footer(publication, site, notes) if arrived else ""
    content = await keep_footer(source, line) if line else None
    await conversation.status(told, done=True)
    await conversation.toast(told, "success" if arrived else "warning")
    return {"messages": [{"id": source.message_id, "content": content}]} if content else None
