"""
title: Publish
author: Presswerk
description: Sends this answer to a site of yours, as a draft of real blocks.
version: 0.2.0
required_open_webui_version: 0.12.4
"""

# One self-contained file, however long: Open WebUI stores its text and runs it inside its own process. It holds no
# secret and knows no tenant, because every user may list Functions. What an article is and what becomes of it, the hub
# decides: this file carries the message there in the person's own name, asks the person, and tells what happened.
# Open WebUI's internals are imported inside functions only, so that the rest can be read and tested without it.

import asyncio
import base64
import binascii
import contextlib
import hashlib
import json
import mimetypes
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from pydantic import BaseModel, Field

FOLLOW_SECONDS = 60.0
LATE_POLL_SECONDS = (5.0, 120.0)
LATE_HOURS = 24
MOST_LATE = 200
POLL_SECONDS = 1.0
LANGUAGE_SECONDS = 5.0
REQUEST_TIMEOUT_SECONDS = 60.0
FINAL_STATES = frozenset({"held", "drafted", "published", "failed", "cancelled"})

MAX_IMAGES = 20
MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGES_BYTES = 25 * 1024 * 1024
MAX_NAME_LENGTH = 100
MAX_ALT_LENGTH = 5000
SHOWN_WARNINGS = 3

# A link reference definition: Markdown shows nothing for it, and the line after it is the footer this Action wrote. The
# hub leaves both out of the article.
FOOTER_MARK = "[//]: # (presswerk)"
FOOTER = re.compile(r"^\[//\]: # \(presswerk\)[ \t]*(?:\n[^\n]*)?", re.MULTILINE)
# Each stops where the next of its kind may begin: what a person writes must not keep Open WebUI from everybody else.
ADDRESS = r"((?:https?://[^/\s<>()\"']+)?/api/v1/files/[^\s<>()\"']*)"
MARKDOWN_IMAGE = re.compile(r"!\[((?:[^\[\]]|\[[^\[\]]*+\])*+)\]\(\s*<?" + ADDRESS)
HTML_IMAGE = re.compile(r"<img\b[^<>]*?\bsrc=[\"']" + ADDRESS, re.IGNORECASE)
STORED_FILE = re.compile(r"^(?:https?://[^/]+)?/api/v1/files/([A-Za-z0-9-]+)(?:/content(?:/[^?#]*)?)?(?:[?#].*)?$")
FILE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
DATA_URI = re.compile(r"^data:(image/[\w.+-]+);base64,(.+)$", re.DOTALL)

# What people read, in English and German; a toast shows one line until it is clicked, so what to do comes first. Open
# WebUI runs this text without a file: whoever installs it puts the table in the place of the next line.
TEXTS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("publish_texts.json").read_text("utf-8"))

Emitter = Callable[[dict[str, Any]], Awaitable[Any]]


class Words:
    """What people read, in the language of their page."""

    def __init__(self, language: str = "en", zone: str = "") -> None:
        self.language = "de" if language.lower().startswith("de") else "en"
        self._zone = zone

    def __call__(self, name: str, /, **values: object) -> str:
        return TEXTS[name][self.language].format(**values)

    def moment(self, at: Any) -> str:
        """A time as the clock of the person shows it; in UTC, and saying so, where their zone is not known."""
        try:
            moment = datetime.fromisoformat(str(at)).astimezone(UTC)
        except ValueError:
            return ""
        written = self("moment")
        # Of the names that a page may send some are no zone, and some are no name of a file at all.
        with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if self._zone:
                return moment.astimezone(ZoneInfo(self._zone)).strftime(written)
        return f"{moment.strftime(written)} UTC"

    def field(self, name: str) -> str:
        """An article's field as people call it."""
        return self(f"field_{name}") if f"field_{name}" in TEXTS else name

    def value(self, field: str, text: str) -> str:
        """What a field of the site holds; a status as people call it."""
        return self(f"status_{text}") if field == "status" and f"status_{text}" in TEXTS else text


class Stopped(Exception):
    """Publishing ends here; the name is that of the text that the author reads, or else it is the text."""


class Cancelled(Stopped):
    """The author said no."""


class ChangedPreview(Exception):
    """What was confirmed is another article by now; the argument is its preview, None when there is none."""


@dataclass(frozen=True)
class PublishableSite:
    """A site the person may publish to."""

    tenant: str
    name: str
    url: str
    may: tuple[str, ...]


@dataclass(frozen=True)
class ChatImage:
    """An image that goes along; `reference` is the address the text uses for it, if it does."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)
    reference: str | None = None
    alt: str = ""


@dataclass(frozen=True)
class ChatSource:
    """Where in the chat the article stands."""

    chat_id: str
    message_id: str


class Conversation:
    """What the author sees and is asked while this runs."""

    def __init__(self, emit: Emitter | None, call: Emitter | None) -> None:
        self._emit = emit
        self._call = call
        self.words = Words()

    async def find_language(self, request: Any) -> None:
        """Speak as the page does: it knows the chosen language, else the browser's; and the browser's zone."""
        found: Any = None
        if self._call is not None:
            code = (
                "return (localStorage.getItem('locale') || navigator.language)"
                " + ' ' + Intl.DateTimeFormat().resolvedOptions().timeZone"
            )
            with contextlib.suppress(TimeoutError):
                # A page that cannot run it never answers.
                async with asyncio.timeout(LANGUAGE_SECONDS):
                    found = await self._call({"type": "execute", "data": {"code": code}})
        language, _, zone = found.partition(" ") if isinstance(found, str) else ("", "", "")
        self.words = Words(language or str(getattr(request, "headers", {}).get("accept-language", "en")), zone)

    async def emit(self, kind: str, **data: Any) -> None:
        if self._emit is not None:
            await self._emit({"type": kind, "data": data})

    async def status(self, text: str, *, done: bool = False) -> None:
        await self.emit("status", description=text, done=done)

    async def toast(self, text: str, kind: str) -> None:
        """Say it where the author looks: the status above a long answer is out of sight."""
        await self.emit("notification", type=kind, content=text)

    async def end(self, text: str, kind: str) -> None:
        await self.status(text, done=True)
        await self.toast(text, kind)

    async def select(self, title: str, message: str, options: list[tuple[str, str]]) -> str:
        """Ask for one of some options; the first one is chosen unless the person chooses another."""
        data = {
            "title": title,
            "message": message,
            "value": options[0][0],
            "input": {"type": "select", "options": [{"value": value, "label": label} for value, label in options]},
        }
        if self._call is None:
            raise Stopped(self.words("nobody_there"))
        answer = await self._call({"type": "input", "data": data})
        if isinstance(answer, dict) and answer.get("error"):
            raise Stopped(self.words("nobody_there"))
        if answer in (None, False, ""):
            raise Cancelled(self.words("cancelled"))
        if answer not in {value for value, _ in options}:
            raise Cancelled(self.words("no_choice"))
        return str(answer)


@cache
def authorities() -> ssl.SSLContext:
    """Whom to trust: also a company's own authority, which `SSL_CERT_FILE` names; read once, since it takes 40 ms."""
    return httpx.create_ssl_context()


class HubCalls:
    """The hub, called in the person's own name."""

    def __init__(
        self, base_url: str, token: str, words: Words, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._words = words
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}", "Accept-Language": words.language},
            timeout=httpx.Timeout(REQUEST_TIMEOUT_SECONDS, connect=5.0),
            transport=transport,
            # The hub stands beside Open WebUI: a proxy for the outer world must not see the person's token.
            trust_env=False,
            verify=authorities(),
        )

    async def __aenter__(self) -> "HubCalls":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def sites(self) -> list[PublishableSite]:
        answer = await self._get("/api/v1/sites")
        try:
            return [
                PublishableSite(str(item["tenant"]), str(item["name"]), str(item["url"]), tuple(item["may"]))
                for item in answer["items"]
                if item["may"]
            ]
        except (KeyError, TypeError) as error:
            raise Stopped(self._words("strange")) from error

    async def articles(self, source: ChatSource) -> dict[str, dict[str, Any]]:
        """The article of this chat on each tenant's site: the one of this very message, else the newest.

        All temporary chats of a tab have one id, `temporary:..`: there only the message says whose article it is.
        """
        whole_chat = f"chat:{source.chat_id}"
        address = f"{whole_chat}:{source.message_id}" if ":" in source.chat_id else whole_chat
        answer = await self._get("/api/v1/publications", {"source": address, "limit": "200"})
        found: dict[str, dict[str, Any]] = {}
        for item in answer.get("items") or []:
            tenant, message = str(item.get("tenant")), (item.get("source") or {}).get("message_id")
            kept = found.get(tenant)
            of_this_message = message == source.message_id
            if kept is None or (of_this_message and (kept.get("source") or {}).get("message_id") != message):
                found[tenant] = dict(item)
        return found

    async def of_message(self, source: ChatSource, site: PublishableSite) -> list[dict[str, Any]]:
        """What became of this very message on a site, the newest first."""
        address = f"chat:{source.chat_id}:{source.message_id}"
        answer = await self._get("/api/v1/publications", {"source": address, "tenant": site.tenant, "limit": "20"})
        return [dict(item) for item in answer.get("items") or []]

    async def preview(self, article: dict[str, Any]) -> dict[str, Any]:
        return await self._send("POST", "/api/v1/previews", article)

    async def aim(self, preview: dict[str, Any], target: str) -> dict[str, Any]:
        """The preview with this target."""
        if preview.get("target") == target:
            return preview
        return await self._send("PATCH", f"/api/v1/previews/{preview['id']}", {"target": target})

    async def publish(
        self, preview: dict[str, Any], article: dict[str, Any] | None, *, beside: str = ""
    ) -> dict[str, Any]:
        """Make a publication of a preview, or a new revision of an article; safe to repeat.

        `beside` is the article that a new one stands beside: two clicks make one article, two decisions two.
        """
        confirmation = {"preview": preview["id"], "sha256": preview["sha256"], "on_conflict": "ask"}
        try:
            if article is not None:
                return await self._send("PUT", f"/api/v1/publications/{article['id']}", confirmation)
            whole = json.dumps([preview["tenant"], preview["source"], preview["sha256"], beside], sort_keys=True)
            key = f"chat-{hashlib.sha256(whole.encode()).hexdigest()}"
            return await self._send("POST", "/api/v1/publications", confirmation, {"Idempotency-Key": key})
        except ChangedPreview as changed:
            # Between two requests of this very press: what was chosen is confirmed by pressing again.
            raise Stopped(self._words("changed")) from changed

    async def retry(self, publication: dict[str, Any], **decision: str) -> dict[str, Any]:
        """Go on with a failed publication as the author decided."""
        return await self._send("POST", f"/api/v1/publications/{publication['id']}/retry", decision)

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

    async def _send(
        self, method: str, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Send something that may be sent twice: a confirmation stands for the same publication however often."""
        for last in (False, True):
            try:
                answer = await self._client.request(method, path, json=body, headers=headers)
            except httpx.ConnectError as error:
                raise self._unreachable(error) from error
            except httpx.HTTPError as error:
                if last:
                    raise Stopped(self._words("silent_while_sending")) from error
                continue
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._read(answer)
        raise Stopped(self._words("silent_while_sending"))

    async def _get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.get(path, params=query)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        return self._read(answer)

    def _unreachable(self, error: httpx.HTTPError) -> Stopped:
        """Nothing was sent; waiting does not help where the certificate is to blame."""
        return Stopped(self._words("refused_certificate" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "silent"))

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.is_success and isinstance(body, dict):
            return body
        if answer.is_success:
            raise Stopped(self._words("strange"))
        told = body if isinstance(body, dict) else {}
        if str(told.get("type") or "").endswith("/preview-changed"):
            raise ChangedPreview(told.get("preview"))
        raise Stopped(explain(answer.status_code, told, self._words))


def explain(status: int, problem: dict[str, Any], words: Words) -> str:
    """What an HTTP error of the hub means for an author."""
    if status == HTTPStatus.UNAUTHORIZED:
        return words("not_signed_on")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return words("silent")
    errors = [entry for entry in problem.get("errors") or [] if isinstance(entry, dict)]
    fields = "; ".join(f"{words.field(str(entry.get('field')))}: {entry.get('message')}" for entry in errors)
    detail = str(problem.get("detail") or "").strip()
    known = words(str(status)) if str(status) in TEXTS else words("strange")
    return " ".join(part for part in (known, detail[:300], fields[:500]) if part)


def message_text(body: dict[str, Any]) -> str:
    """The message that was clicked, as it is stored."""
    messages = body.get("messages") or []
    clicked = next((item for item in messages if item.get("id") == body.get("id")), messages[-1] if messages else {})
    return characters(str(clicked.get("content") or "")).strip()


def characters(text: str) -> str:
    """Text that can be sent: a model's answer comes in pieces, and some cut a character in two halves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def quoted(text: str) -> str:
    """Plain text for a dialog or a message, which read Markdown, addresses and formulas.

    An opening bracket stays: behind a backslash it opens a formula. A backslash itself joins nothing to what follows.
    """
    special = r"([\\`*_\]<>&~|#!$]|^[-+]|(?<=www)\.|:(?=//)|(?<=\w)@(?=\w))"
    line = re.sub(special, r"\\\1", " ".join(text.split()), flags=re.IGNORECASE)
    return re.sub(r"^(\d+)(?=[.)])", r"\1\\", line).replace("\\\\", "\\\\\u2060")


def without_footer(text: str) -> str:
    """A message without the lines that this Action put below it."""
    *heads, tail = FOOTER.split(text)
    return "".join(re.sub(r"(?:^|\n)---$", "", head.rstrip()).rstrip() for head in heads) + tail


def shortened(text: str, length: int = 160) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


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
    media_type = entry.get("content_type") or ((entry.get("file") or {}).get("meta") or {}).get("content_type") or ""
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


def inline_image(entry: dict[str, Any]) -> ChatImage | None:
    """An attachment that carries its bytes in its address."""
    data = DATA_URI.match(str(entry.get("url") or ""))
    if data is None:
        return None
    try:
        content = base64.b64decode(data.group(2), validate=True)
    except binascii.Error:
        return None
    extension = mimetypes.guess_extension(data.group(1)) or ""
    return ChatImage(str(entry.get("name") or f"image{extension}"), data.group(1), content)


def left_behind(image: ChatImage, taken: list[ChatImage], words: Words) -> str | None:
    """Why the hub would not take an image beside those taken, as a sentence; None when it does."""
    if len(image.data) > MAX_IMAGE_BYTES:
        return words("image_large", name=image.filename)
    if len(taken) == MAX_IMAGES or sum(len(each.data) for each in (*taken, image)) > MAX_IMAGES_BYTES:
        return words("image_many", name=image.filename)
    return None


def article_of(site: PublishableSite, text: str, images: list[ChatImage], source: ChatSource) -> dict[str, Any]:
    """What the hub makes a preview of."""
    return {
        "tenant": site.tenant,
        "markdown": text,
        "attachments": [
            {
                "reference": image.reference,
                "filename": characters(image.filename)[-MAX_NAME_LENGTH:].strip() or "image",
                "media_type": image.media_type[:MAX_NAME_LENGTH],
                "alt": characters(image.alt)[:MAX_ALT_LENGTH],
                "data": base64.b64encode(image.data).decode(),
            }
            for image in images
        ],
        "source": {"kind": "chat", "chat_id": source.chat_id, "message_id": source.message_id},
    }


def footer(publication: dict[str, Any], site: PublishableSite, notes: Iterable[str], words: Words) -> str:
    """The line with the links, and what the author should know, that is put below the message."""
    post = publication.get("post") or {}
    published = publication.get("state") == "published"
    edit = (words("edit_link"), post.get("edit_link"))
    other = (words("view_link"), post.get("link")) if published else (words("preview_link"), post.get("preview_link"))
    named = {"site": quoted(site.name), "status": words.value("status", other_status(publication))}
    lead = words("published_on" if published else "stands_on" if named["status"] else "draft_on", **named)
    return footer_line(lead, [other, edit] if published else [edit, other], notes)


def footer_line(lead: str, links: list[tuple[str, Any]], notes: Iterable[str] = ()) -> str:
    """A line below the message that the next publication leaves out again."""
    shown = " · ".join(f"[{text}]({link_target(str(address))})" for text, address in links if address)
    told = "".join(f" *{quoted(note)}*" for note in notes)
    return f"\n\n---\n\n{FOOTER_MARK}\n**{lead}:** {shown}{told}" if shown else ""


def link_target(address: str) -> str:
    """An address that cannot break out of a Markdown link."""
    escaped = {"(": "%28", ")": "%29", " ": "%20", "<": "%3C", ">": "%3E"}
    return "".join(escaped.get(character, character) for character in address)


def other_status(publication: dict[str, Any]) -> str:
    """What somebody set on the site, such as private, where it is neither the draft nor the article asked for."""
    status = str((publication.get("post") or {}).get("status") or "")
    return status if publication.get("state") == "drafted" and status != "draft" else ""


def outcome(publication: dict[str, Any], site: PublishableSite, words: Words) -> str:
    """The last sentence, for every state a publication can be in."""
    state, named = str(publication.get("state")), {"title": publication.get("title") or "", "site": site.name}
    if status := other_status(publication):
        return words("stands", status=words.value("status", status), **named)
    if state in {"drafted", "published", "scheduled"}:
        return words(state, **named)
    if state == "cancelled":
        return words("was_cancelled", **named)
    if state in {"failed", "held"}:
        failure = publication.get("failure") or {}
        told = [sentence(str(failure[key])) for key in ("reason", "remedy") if failure.get(key)]
        return words("failed", why=" ".join(told) or words("press_again"), **named)
    return words("late", **named)


def sentence(text: str) -> str:
    """What a program says as a sentence."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


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


async def access_token(request: Any, user_id: str, words: Words) -> str:
    """The person's own access token at the identity provider, refreshed by Open WebUI when it is about to end."""
    from open_webui.models.users import Users
    from open_webui.utils.oauth import get_system_oauth_token

    tokens = await get_system_oauth_token(request, await Users.get_user_by_id(user_id))
    token = (tokens or {}).get("access_token")
    if not token:
        raise Stopped(words("not_signed_on"))
    return str(token)


async def stored_messages(chat_id: str) -> dict[str, Any]:
    """All messages of the chat with their attachments; Open WebUI has checked whose chat it is."""
    from open_webui.models.chats import Chats

    return await Chats.get_messages_map_by_chat_id(chat_id) or {}


async def read_image(file_id: str, user_id: str, *, reference: str | None = None, alt: str = "") -> ChatImage | None:
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
        data = await asyncio.to_thread(beginning, Path(path))
    except OSError:
        return None
    return ChatImage(filename, media_type, data, reference, alt) if data else None


def beginning(path: Path) -> bytes:
    """A file, of one that is too large no more than tells that it is."""
    with path.open("rb") as file:
        return file.read(MAX_IMAGE_BYTES + 1)


async def collect_images(
    text: str, source: ChatSource, user_id: str, words: Words
) -> tuple[list[ChatImage], list[str]]:
    """Every image that goes along, those the text names first, and a sentence for each that cannot."""
    images: list[ChatImage] = []
    notes: list[str] = []
    ids: set[str] = set()

    def take(image: ChatImage | None, name: str) -> None:
        reason = words("image_unread", name=name) if image is None else left_behind(image, images, words)
        if reason is not None:
            notes.append(reason)
        elif image is not None:
            images.append(image)

    for address, (file_id, alt) in named_files(text).items():
        ids.add(file_id)
        take(await read_image(file_id, user_id, reference=address, alt=alt), alt or address)
    for entry in attached_images(await stored_messages(source.chat_id), source.message_id):
        attached_id = stored_id(entry)
        if attached_id is None:
            take(inline_image(entry), str(entry.get("name") or ""))
        elif attached_id not in ids:
            ids.add(attached_id)
            take(await read_image(attached_id, user_id), str(entry.get("name") or ""))
    return images, notes


async def keep_footer(press: "Press", line: str) -> dict[str, Any]:
    """Put a line below the message, in place of an earlier one; a temporary chat is not stored, its page shows it.

    Returns:
        What changed of the message.
    """
    from open_webui.models.chats import Chats

    source = press.source
    stored = await Chats.get_message_by_id_and_message_id(source.chat_id, source.message_id)
    message = stored or {"content": press.text}
    content = without_footer(text_of(message)).rstrip() + line
    change: dict[str, Any] = {"content": content}
    if message.get("output"):
        change["output"] = with_text(message["output"], content)
    if stored:
        await Chats.upsert_message_to_chat_by_id_and_message_id(source.chat_id, source.message_id, change)
    return change


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

    async def action(  # noqa: PLR0917  # Open WebUI names them
        self,
        body: dict[str, Any],
        __user__: dict[str, Any] | None = None,
        __request__: Any = None,
        __model__: dict[str, Any] | None = None,
        __event_emitter__: Emitter | None = None,
        __event_call__: Emitter | None = None,
    ) -> dict[str, Any] | None:
        conversation = Conversation(__event_emitter__, __event_call__)
        await conversation.find_language(__request__)
        person = ChatPerson(__request__, str((__user__ or {}).get("id") or ""), self.valves.hub_url, conversation.words)
        try:
            changed = await publish(conversation, person, body, str((__model__ or {}).get("id") or ""))
        except Cancelled as stopped:
            await conversation.status(str(stopped), done=True)
        except Stopped as stopped:
            await conversation.end(str(stopped), "error")
        except ImportError:
            await conversation.end(conversation.words("wrong_version"), "error")
        except httpx.InvalidURL:
            await conversation.end(conversation.words("strange"), "error")
        else:
            message = str(body.get("id") or "")
            return None if changed is None else {"messages": [{"id": message, "content": changed["content"]}]}
        return None


@dataclass(frozen=True)
class ChatPerson:
    """Whoever pressed the button, and where the hub is."""

    request: Any
    user_id: str
    hub_url: str
    words: Words

    @contextlib.asynccontextmanager
    async def hub(self) -> AsyncIterator[HubCalls]:
        """The hub in the person's name; questions may stand open for hours, so the token is asked for each time."""
        async with HubCalls(
            self.hub_url, await access_token(self.request, self.user_id, self.words), self.words
        ) as hub:
            yield hub


@dataclass(frozen=True)
class Press:
    """One press of the button: who and where it is about.

    Attributes:
        conversation: What the author sees.
        person: Who pressed.
        source: The message.
        text: What stands in it.
        site: Where the article goes.
        notes: What the author should know.
    """

    conversation: Conversation
    person: ChatPerson
    source: ChatSource
    text: str
    site: PublishableSite
    notes: list[str]

    @property
    def words(self) -> Words:
        return self.conversation.words


async def publish(
    conversation: Conversation, person: ChatPerson, body: dict[str, Any], model: str
) -> dict[str, Any] | None:
    """The whole way of one press; the result is what changed of the message."""
    words, source = conversation.words, ChatSource(str(body.get("chat_id") or ""), str(body.get("id") or ""))
    text = message_text(body)
    if not text:
        raise Stopped(words("empty"))
    await conversation.status(words("looking"))
    async with person.hub() as hub:
        sites = await hub.sites()
        articles = await hub.articles(source) if sites else {}
    if not sites:
        raise Stopped(words("no_sites"))
    images, notes = await collect_images(text, source, person.user_id, words)
    site = likely_site(sites, model, articles)
    while True:
        site = site or await choose_site(conversation, sites)
        async with person.hub() as hub:
            preview = await hub.preview(article_of(site, text, images, source))
        press = Press(conversation, person, source, text, site, notes)
        article = articles.get(site.tenant)
        decided = await decide(press, preview, article, several=len(sites) > 1)
        if decided is None:
            site = None
            continue
        choice, preview = decided
        if choice == "change":
            return await lead_to_page(press, preview)
        publication = await send(press, preview, article, anew=choice.startswith("new"))
        while code := (publication.get("failure") or {}).get("code") if publication["state"] == "failed" else None:
            if code not in {"conflict", "gone"}:
                break
            publication = await resolve(press, publication, images)
        return await finish(press, publication)


def likely_site(sites: list[PublishableSite], model: str, articles: dict[str, Any]) -> PublishableSite | None:
    """The site the author means: the one whose model writes, the one this chat's article is on, or the only one."""
    for tenant in (model.removeprefix("tenant-") if model.startswith("tenant-") else None, *articles):
        for site in sites:
            if site.tenant == tenant:
                return site
    return sites[0] if len(sites) == 1 else None


async def choose_site(conversation: Conversation, sites: list[PublishableSite]) -> PublishableSite:
    options = [(site.tenant, f"{site.name} ({site.url})") for site in sites]
    chosen = await conversation.select("Publish", conversation.words("which_site"), options)
    return next(site for site in sites if site.tenant == chosen)


async def decide(
    press: Press, preview: dict[str, Any], article: dict[str, Any] | None, *, several: bool
) -> tuple[str, dict[str, Any]] | None:
    """Ask before anything is published; one yes is enough for the usual case.

    Returns:
        What the author chose, and the preview aimed at it; None for another site.
    """
    told: list[str] = []
    while True:
        options = choices(press.site, article, press.words, several=several)
        updating = options[0][0].startswith("update")
        named = {"title": shortened(str((article or {}).get("title")), 60), "site": press.site.name}
        lines = [*told, *summary(press, preview)]
        if article and not updating:
            lines.append(quoted(press.words("public_is_editors", **named)))
        title = press.words("ask_update" if updating else "ask_draft", **named)
        chosen = await press.conversation.select(title, "\n\n".join(lines), options)
        if chosen == "elsewhere":
            return None
        if chosen == "change":
            return chosen, preview
        try:
            async with press.person.hub() as hub:
                return chosen, await hub.aim(preview, chosen.partition(":")[2])
        except ChangedPreview as changed:
            preview = current(changed, press.words)
            told = [quoted(press.words("changed"))]


def current(changed: ChangedPreview, words: Words) -> dict[str, Any]:
    """The preview as it is now."""
    preview = changed.args[0]
    if not isinstance(preview, dict):
        raise Stopped(words("press_again"))
    return preview


def choices(
    site: PublishableSite, article: dict[str, Any] | None, words: Words, *, several: bool
) -> list[tuple[str, str]]:
    """What may be done, the likeliest first: `update` or `new`, and the target."""
    may_publish = "publish" in site.may
    options: list[tuple[str, str]] = []
    if article is not None:
        title = shortened(str(article.get("title")), 60)
        status = (article.get("post") or {}).get("status")
        public = status in {"publish", "future", "private"}
        if public and may_publish:
            name = "update_public" if status == "publish" else "update_draft"
            options.append(("update:publish", words(name, title=title)))
        elif not public:
            options.append(("update:draft", words("update_draft", title=title)))
            if may_publish:
                options.append(("update:publish", words("update_publish", title=title)))
    options.append(("new:draft", words("new_draft" if article else "draft")))
    if may_publish:
        options.append(("new:publish", words("new_publish" if article else "publish")))
    options.append(("change", words("change")))
    return [*options, ("elsewhere", words("elsewhere"))] if several else options


def summary(press: Press, preview: dict[str, Any]) -> list[str]:
    """The article in short, as the hub would deliver it; paragraphs of Markdown for a dialog that does not scroll."""
    words, site = press.words, press.site
    lines = [f"**{quoted(shortened(str(preview.get('title')), 120))}**"]
    if preview.get("excerpt"):
        lines.append(quoted(shortened(str(preview["excerpt"]))))
    # Without its scheme the address is no link: following one would lose the chat and the question.
    facts = [words("site", site=site.name, url=urlsplit(site.url).netloc)]
    if categories := preview.get("categories") or [name for name in [preview.get("default_category")] if name]:
        facts.append(words("category", names=", ".join(categories)))
    tags = preview.get("tags") or []
    facts.append(words("tags", names=", ".join(tags)) if tags else words("no_tags"))
    if proposed := preview.get("proposed_tags"):
        facts.append(words("proposed", names=", ".join(proposed)))
    pictures = preview.get("pictures") or []
    if featured := next((each for each in pictures if each.get("featured")), None):
        more = f" {words('more', count=len(pictures) - 1)}" if len(pictures) > 1 else ""
        facts.append(words("picture", names=shortened(str(featured.get("filename")), 60) + more))
    lines.append("\n".join(f"- {quoted(fact)}" for fact in facts))
    if left_out := preview.get("left_out"):
        lines.append(quoted(words("left_out", text=shortened(" … ".join(map(str, left_out)), 120))))
    warnings = [*press.notes, *map(str, preview.get("warnings") or [])]
    lines += [quoted(shortened(each)) for each in warnings[:SHOWN_WARNINGS]]
    if len(warnings) > SHOWN_WARNINGS:
        lines.append(words("more", count=len(warnings) - SHOWN_WARNINGS))
    return lines


async def lead_to_page(press: Press, preview: dict[str, Any]) -> dict[str, Any] | None:
    """Put the link to the preview's page below the message: what dialogs cannot change is changed there.

    What is sent from there is told here, as if the button had sent it.
    """
    named = {"title": shortened(str(preview.get("title")), 80)}
    async with press.person.hub() as hub:
        before = [version(each) for each in await hub.of_message(press.source, press.site)]

    async def sent(hub: HubCalls) -> dict[str, Any] | None:
        later = await hub.of_message(press.source, press.site)
        return next((each for each in later if version(each) not in before), None)

    tell_later(press, sent, page=str(preview.get("page") or ""))
    lead = quoted(press.words("preview_page", **named))
    changed = await keep_footer(press, footer_line(lead, [(press.words("change_link"), preview.get("page"))]))
    await press.conversation.end(press.words("change_here", **named), "info")
    return changed


def version(publication: dict[str, Any]) -> tuple[Any, Any]:
    """What changes when an article is handed in again."""
    return publication.get("id"), publication.get("revision")


async def send(press: Press, preview: dict[str, Any], article: dict[str, Any] | None, *, anew: bool) -> dict[str, Any]:
    """Hand the article in and tell what happens to it."""
    stop_telling(press)
    told = press.words("sending", title=shortened(str(preview.get("title")), 60), site=press.site.name)
    await press.conversation.status(told)
    await press.conversation.toast(told, "info")
    async with press.person.hub() as hub:
        beside = str((article or {}).get("id") or "")
        publication = await hub.publish(preview, None if anew else article, beside=beside)
        return await follow(press, hub, publication)


async def resolve(press: Press, publication: dict[str, Any], images: list[ChatImage]) -> dict[str, Any]:
    """Ask what becomes of what a human decided on the site, and go on with it."""
    words, failure = press.words, publication["failure"]
    named = {"title": shortened(str(publication.get("title")), 60), "site": press.site.name}
    if failure.get("code") == "conflict":
        title, lines = words("ask_conflict", **named), [words("conflict"), *differences(failure, words)]
        options = [(name, words(name)) for name in ("keep", "merge", "replace")]
    else:
        trashed = failure.get("presence") == "trash"
        title, lines = words("ask_gone", **named), [words("in_trash" if trashed else "deleted")]
        options = [("restore", words("restore")), ("anew", words("anew"))] if trashed else [("anew", words("anew"))]
    try:
        chosen = await press.conversation.select(title, "\n\n".join(lines), [*options, ("new", words("new_draft"))])
    except Cancelled as no:
        raise Cancelled(words("left", site=press.site.name)) from no
    async with press.person.hub() as hub:
        if chosen == "new":
            preview = await hub.preview(article_of(press.site, press.text, images, press.source))
            publication = await hub.publish(preview, None, beside=str(publication["id"]))
        elif chosen in {"restore", "anew"}:
            publication = await hub.retry(publication, if_gone=chosen)
        else:
            publication = await hub.retry(publication, on_conflict=chosen)
        return await follow(press, hub, publication)


def differences(failure: dict[str, Any], words: Words) -> list[str]:
    """What somebody changed on the site, in words."""
    lines: list[str] = []
    for each in failure.get("differences") or []:
        name = str(each.get("field"))
        by, at = each.get("by") or words("somebody"), words.moment(each.get("at"))
        named = {"field": words.field(name), "who": words("by_at", by=by, at=at) if at else words("by", by=by)}
        delivered, site = each.get("delivered"), each.get("site")
        if each.get("field") == "text" and isinstance(delivered, list) and isinstance(site, list):
            lines.append(quoted(words("difference_text", **named)))
            for was, now in list(zip(delivered, site, strict=False))[:SHOWN_WARNINGS]:
                key, text = ("paragraph_now", now) if now else ("paragraph_gone", was)
                lines.append(quoted(words(key, text=shortened(str(text), 100))))
            continue
        shown = ", ".join(map(str, site)) if isinstance(site, list) else words.value(name, str(site or "—"))
        lines.append(quoted(words("difference", site=shortened(shown, 100), **named)))
    if opened := failure.get("opened_by"):
        lines.append(quoted(words("opened_by", name=opened.get("name") if isinstance(opened, dict) else opened)))
    return lines


async def follow(press: Press, hub: HubCalls, publication: dict[str, Any]) -> dict[str, Any]:
    """Tell what happens until it has happened, or until waiting longer would only hold the author up."""
    publication_id, revision = str(publication.get("id") or ""), publication.get("revision")
    if not publication_id:
        raise Stopped(press.words("strange"))
    if publication.get("state") in {*FINAL_STATES, "scheduled"}:
        return publication
    deadline = time.monotonic() + FOLLOW_SECONDS
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FOLLOW_SECONDS):
            async for event in hub.events(publication):
                if event.get("revision") not in (None, revision):
                    continue
                if told := str(event.get("message") or ""):
                    await press.conversation.status(told)
                if event.get("state") in FINAL_STATES:
                    break
    while True:
        # It is accepted: a hub that restarts just now goes on with it.
        with contextlib.suppress(Stopped):
            publication = await hub.publication(publication_id)
        if publication.get("state") in FINAL_STATES or time.monotonic() > deadline:
            return publication
        await asyncio.sleep(POLL_SECONDS)


async def finish(press: Press, publication: dict[str, Any]) -> dict[str, Any] | None:
    """The links below the message, the warnings, the last sentence; what arrives later is told when it does."""
    conversation, words, state = press.conversation, press.words, publication.get("state")
    if state not in FINAL_STATES:
        publication_id = str(publication["id"])
        tell_later(press, lambda hub: hub.publication(publication_id))
        await conversation.end(outcome(publication, press.site, words), "info" if state == "scheduled" else "warning")
        return None
    notes = [*press.notes, *(str(warning) for warning in publication.get("warnings") or [])]
    for note in notes:
        await conversation.status(words("note", note=note))
    arrived = state in {"drafted", "published"}
    line = footer(publication, press.site, notes, words) if arrived else ""
    changed = await keep_footer(press, line) if line else None
    await conversation.end(outcome(publication, press.site, words), "success" if arrived else "warning")
    return changed


Find = Callable[[HubCalls], Awaitable[dict[str, Any] | None]]
LATE: dict[tuple[ChatSource, str], asyncio.Task[None]] = {}


def tell_later(press: Press, find: Find, *, page: str = "") -> None:
    """Go on looking after the author's request has ended, so that what arrives later appears in the chat by itself.

    Args:
        press: Whose; what is still looked for because of an earlier press is not looked for any more.
        find: Asks the hub for the publication, None while there is none.
        page: The preview's, where it may be sent for a later time.
    """
    stop_telling(press)
    if len(LATE) < MOST_LATE:
        place = (press.source, press.site.tenant)
        LATE[place] = task = asyncio.get_running_loop().create_task(_tell_later(press, find, page))
        task.add_done_callback(lambda ended: LATE.pop(place) if LATE.get(place) is ended else None)


def stop_telling(press: Press) -> None:
    """Look no longer for what an earlier press of this message left to tell."""
    if task := LATE.pop((press.source, press.site.tenant), None):
        task.cancel()


async def _tell_later(press: Press, find: Find, page: str) -> None:
    deadline, pause = time.monotonic() + LATE_HOURS * 3600, LATE_POLL_SECONDS[0]
    while time.monotonic() < deadline:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LATE_POLL_SECONDS[1])
        with contextlib.suppress(Stopped):
            async with press.person.hub() as hub:
                publication = await find(hub)
            if publication is None:
                continue
            if publication.get("state") in FINAL_STATES:
                await show(press, await finish(press, publication))
                return
            if page and publication.get("state") == "scheduled":
                deadline += until_due(publication)
                await show(press, await tell_scheduled(press, publication, page))
                page = ""


def until_due(publication: dict[str, Any]) -> float:
    """How many seconds are left until its time."""
    with contextlib.suppress(TypeError, ValueError):
        return (datetime.fromisoformat(str(publication.get("due_at"))) - datetime.now(UTC)).total_seconds()
    return 0.0


async def tell_scheduled(press: Press, publication: dict[str, Any], page: str) -> dict[str, Any] | None:
    """Say that it goes later, and link to where that is seen and stopped: a page beside the preview's."""
    told = press.words("scheduled_on", site=quoted(press.site.name))
    place = f"{page.partition('/previews/')[0]}/publications/{publication['id']}"
    changed = await keep_footer(press, footer_line(told, [(press.words("time_link"), place)]))
    await press.conversation.end(outcome(publication, press.site, press.words), "info")
    return changed


async def show(press: Press, changed: dict[str, Any] | None) -> None:
    """Let an open page show what changed of the message."""
    if changed:
        # The page shows the structured form where a message has one.
        shown = {"output": changed["output"]} if "output" in changed else {"content": changed["content"]}
        await press.conversation.emit("chat:completion", **shown)
