"""A site that keeps the connector's contract and misbehaves on request.

A double for fault injection only: no real WordPress hangs, answers half a response or dies between making a post and
answering at a moment a test can choose. That the contract is what the connector does, is tested on a real WordPress.
"""

import base64
import contextlib
import email
import email.policy
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from presswerk import __version__
from presswerk.wordpress.model import Connection
from tests.support.serving import serving
from tests.support.waiting import PATIENCE_SECONDS

USER, PASSWORD = "presswerk", "application password of the double"
_AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
BASE = "/presswerk/v1"

Answer = tuple[int, dict[str, Any]]


@dataclass
class Post:
    """What the site holds for one publication."""

    post_id: int
    revision: int
    payload: dict[str, Any]
    trashed: bool = False


@dataclass
class Fault:
    """One misbehaviour for the next request that matches.

    Attributes:
        kind: `415` and `500` answer so; `drop` closes without an answer; `half` does the work, answers half; `hang`
            waits for `SiteDouble.release` before it does the work; `503` answers busy with Retry-After.
        method: Of which request.
        path: How its path begins, below the contract's base.
    """

    kind: str
    method: str = "PUT"
    path: str = "/publications/"


@dataclass
class SiteDouble:
    """The site's state and script.

    Attributes:
        refused_images: Hashes of images that it does not take.
        reads_forms: Whether images may come along with a publication, as connectors since 0.3 have it.
    """

    url: str = ""
    posts: dict[str, Post] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused_images: set[str] = field(default_factory=set)
    resized: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    down: bool = False
    filter_content: Callable[[str], str] = str
    reads_forms: bool = True
    hanging: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def connection(self) -> Connection:
        """The managed connection to it."""
        return Connection(self.url, self.url, USER, PASSWORD)

    def count(self, method: str, path: str) -> int:
        """How many requests came whose path begins so."""
        with self.lock:
            return sum(each.startswith(f"{method} {path}") for each in self.requests)

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The first scripted fault that fits, once."""
        with self.lock:
            self.requests.append(f"{method} {path}")
            for fault in self.faults:
                if fault.method == method and path.startswith(fault.path):
                    self.faults.remove(fault)
                    return fault
        return None

    def answer(self, method: str, path: str, body: bytes, content_type: str = "application/json") -> Answer:
        """Do what the contract says."""
        with self.lock:
            kind, _, name = path.removeprefix("/").partition("/")
            if (method, kind) == ("PUT", "publications"):
                return self._put_publication(name, *_read(body, content_type))
            if (method, kind) == ("GET", "publications"):
                return self._get_publication(name)
            if (method, kind) == ("PUT", "media"):
                return self._put_media(name, body)
            if kind == "terms":
                tags = [{"name": tag, "count": 1} for tag in self.tags]
                categories = [{"name": "Uncategorized", "count": 0}]
                names = {"tags": tags, "categories": categories, "default_category": "Uncategorized"}
                return 200, {**names, "shortcodes": ["gallery"]}
            if kind == "status":
                return 200, {
                    "connector": __version__,
                    "wordpress": "7.1.1",
                    "php": "8.2",
                    "database": "sqlite",
                    "schema": 1,
                    "writable": True,
                    "sign_on": "ready",
                    "images": {"files": 20, "file_bytes": 2**21, "request_bytes": 2**23} if self.reads_forms else None,
                }
        return _error(404, "rest_no_route")

    def _put_publication(self, name: str, body: dict[str, Any] | None, files: Mapping[str, bytes]) -> Answer:
        if body is None or (files and not self.reads_forms):
            return _error(400, "rest_invalid_param", params={"body": "Send a JSON object."})
        payload = {field: value for field, value in body.items() if field not in {"on_conflict", "if_gone"}}
        placed = []
        for image in payload.pop("images", ()):
            sha256 = image["sha256"]
            if sha256 in self.refused_images:
                return _error(415, "presswerk_media_type", image=sha256)
            if sha256 in files:
                self._put_media(sha256, files[sha256])
            if sha256 not in self.media:
                return _error(409, "presswerk_image_missing", image=sha256)
            placed.append({**self.media[sha256], "created": False})
            payload["content"] = payload["content"].replace(image["id"], str(self.media[sha256]["attachment_id"]))
            payload["content"] = payload["content"].replace(image["address"], self.media[sha256]["url"])
        if featured := payload.pop("featured_image", None):
            payload["featured_media"] = self.media[featured]["attachment_id"]
        status, answer = self._put_post(name, payload, body)
        return status, {**answer, "images": placed} if status < 300 else answer

    def _put_post(self, name: str, payload: dict[str, Any], body: dict[str, Any]) -> Answer:
        post = self.posts.get(name)
        if post is None:
            post = Post(len(self.posts) + 1, payload["revision"], payload)
            self.posts[name] = post
            return 201, {**self._shown(name, post), "outcome": "created", "site_edits": []}
        if post.trashed and body.get("if_gone") == "restore":
            post.trashed = False
        if post.trashed:
            return _error(410, "presswerk_post_gone", presence="trash", by=None, at=None)
        if payload["revision"] < post.revision:
            return _error(409, "presswerk_stale_revision", current_revision=post.revision)
        if payload["revision"] == post.revision:
            if payload != post.payload:
                return _error(409, "presswerk_revision_conflict")
            return 200, {**self._shown(name, post), "outcome": "unchanged", "site_edits": []}
        post.revision, post.payload = payload["revision"], payload
        return 200, {**self._shown(name, post), "outcome": "updated", "site_edits": []}

    def _get_publication(self, path: str) -> Answer:
        name, _, site = path.partition("/")
        post = self.posts.get(name)
        if post is None:
            return _error(404, "presswerk_unknown_publication")
        if not site:
            return 200, self._shown(name, post)
        shown = None if post.trashed else self._shown(name, post)
        presence = "trash" if post.trashed else "present"
        return 200, {"presence": presence, "post": shown, "differences": [], "opened_by": None, "gone": None}

    def _put_media(self, name: str, body: bytes) -> Answer:
        if hashlib.sha256(body).hexdigest() != name:
            return _error(400, "presswerk_hash_mismatch")
        created = name not in self.media
        if created:
            number = len(self.media) + 100
            self.media[name] = {
                "attachment_id": number,
                "sha256": name,
                "url": f"{self.url}/uploads/{number}.png",
                "width": 2,
                "height": 2,
                "mime_type": "image/png",
            }
        return 201 if created else 200, {**self.media[name], "created": created}

    def _shown(self, name: str, post: Post) -> dict[str, Any]:
        content = self.filter_content(post.payload["content"])
        return {
            "uuid": name,
            "post_id": post.post_id,
            "revision": post.revision,
            "status": post.payload["status"],
            "author": {"id": 5, "login": "anna", "name": post.payload["author"]["name"]},
            "content_sha256": hashlib.sha256(content.encode()).hexdigest(),
            "link": f"{self.url}/?p={post.post_id}",
            "preview_link": f"{self.url}/?p={post.post_id}&preview=true",
            "edit_link": f"{self.url}/wp-admin/post.php?post={post.post_id}&action=edit",
        }


def _read(body: bytes, content_type: str) -> tuple[dict[str, Any] | None, dict[str, bytes]]:
    """A publication and the images that came along, by their hash."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return json.loads(parse_qs(body.decode())["publication"][0]), {}
    if not content_type.startswith("multipart/"):
        return json.loads(body), {}
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    parts = {
        str(part.get_param("name", header="content-disposition")): part.get_content() for part in form.iter_parts()
    }
    files = {name.removeprefix("image-"): data for name, data in parts.items() if name.startswith("image-")}
    return json.loads(parts["publication"]), files


def _error(status: int, code: str, **data: object) -> Answer:
    return status, {"code": code, "message": code.replace("_", " "), "data": {"status": status, **data}}


@contextlib.contextmanager
def running_site_double() -> Iterator[SiteDouble]:
    """Serve a site double on a free loopback port."""
    site = SiteDouble()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            (path,) = parse_qs(urlsplit(self.path).query)["rest_route"]
            if site.down:
                self.close_connection = True
                return
            if path.endswith("/post-process"):
                site.resized.append(int(path.split("/")[-2]))
                self._send(200, b"{}")
                return
            if self.headers.get("Authorization") != _AUTHORIZATION:
                self._send(401, json.dumps(_error(401, "rest_forbidden")[1]).encode())
                return
            self._answer(self.headers.get("X-HTTP-Method-Override") or self.command, path.removeprefix(BASE), body)

        def _answer(self, method: str, path: str, body: bytes) -> None:
            fault = site.take_fault(method, path)
            kind = fault.kind if fault else ""
            if kind == "drop":
                self.close_connection = True
                return
            if kind in {"415", "500", "503"}:
                status, answer = _error(int(kind), "presswerk_busy")
                self._send(status, json.dumps(answer).encode(), retry_after="1" if kind == "503" else None)
                return
            if kind == "hang":
                site.hanging.set()
                site.release.wait(PATIENCE_SECONDS)
            status, answer = site.answer(method, path, body, self.headers.get("Content-Type", ""))
            self._send(status, json.dumps(answer).encode(), half=kind == "half")

        def _send(self, status: int, body: bytes, *, half: bool = False, retry_after: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if half else body)
            self.close_connection = half

        def do_GET(self) -> None:
            self._handle()

        def do_PUT(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        try:
            yield site
        finally:
            site.release.set()
