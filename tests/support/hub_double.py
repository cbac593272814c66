"""A stand-in for the hub's HTTP contract, which records what it is sent.

It gives the Publish action the answers that the real hub gives only in bad moments: refusals, silence, a site that is
down.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import serving

ACME = {"tenant": "acme", "name": "Acme News", "url": "http://acme.localhost:8101", "role": "author", "may": ["draft"]}
NORDLICHT = {
    "tenant": "nordlicht",
    "name": "Verlag Nordlicht",
    "url": "http://nordlicht.localhost:8102",
    "role": "editor",
    "may": ["draft", "publish", "schedule"],
}
FINAL_BY_TARGET = {"draft": "drafted", "publish": "published"}


@dataclass(frozen=True)
class Recorded:
    """One request: `subject` is whose access token came with it, `issued_at` when it was made (Unix seconds)."""

    method: str
    path: str
    subject: str | None
    issued_at: int | None
    idempotency_key: str | None
    body: Any = None


@dataclass
class HubDouble:
    """The hub's answers, to be set by a test, and its record.

    Attributes:
        url: Where it answers.
        sites: What `GET /api/v1/sites` gives, by subject.
        refusals: (status, problem) instead of an answer, by (method, first path segment after /api/v1/).
        site_is_up: Whether publications come to an end.
        streams: Whether there is an event stream; else the Action has to poll.
        failure: What publications fail with until somebody has it tried again.
        changed_previews: How many confirmations are answered with a preview that has changed.
    """

    url: str = ""
    sites: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusals: dict[tuple[str, str], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    site_is_up: bool = True
    streams: bool = True
    warnings: list[str] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    changed_previews: int = 0
    previews: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[Recorded] = field(default_factory=list)
    publications: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        """Forget everything."""
        for store in (
            self.sites,
            self.refusals,
            self.warnings,
            self.requests,
            self.publications,
            self.keys,
            self.previews,
        ):
            store.clear()
        self.site_is_up, self.streams = True, True
        self.failure, self.changed_previews = None, 0

    def sent(self, method: str) -> list[Recorded]:
        """What was asked by `method` about publications."""
        return [entry for entry in self.requests if entry.method == method and "/publications" in entry.path]

    @property
    def previewed(self) -> list[dict[str, Any]]:
        """The articles that previews were asked of."""
        return [each.body for each in self.requests if each.method == "POST" and each.path == "/api/v1/previews"]

    def preview(self, body: dict[str, Any]) -> dict[str, Any]:
        """A preview of an article, as the hub composes one."""
        with self.lock:
            number = len(self.previews) + 1
            made = {
                "id": f"preview-{number}",
                "page": f"{self.url}/previews/preview-{number}",
                "target": "draft",
                "title": "Title by the hub",
                "excerpt": "What it is about.",
                "categories": [],
                "default_category": "News",
                "tags": ["Berlin"],
                "proposed_tags": [],
                "pictures": [{**each, "featured": place == 0} for place, each in enumerate(body["attachments"])],
                "warnings": list(self.warnings),
                "left_out": [],
                **{name: body[name] for name in ("tenant", "source", "markdown")},
            }
            self.previews[made["id"]] = made
            return self._hashed(made)

    def aim(self, preview_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        """A preview with other fields."""
        with self.lock:
            self.previews[preview_id] |= changes
            return self._hashed(self.previews[preview_id])

    def _hashed(self, preview: dict[str, Any]) -> dict[str, Any]:
        seen = [preview[name] for name in ("tenant", "markdown", "target", "title")]
        preview["sha256"] = hashlib.sha256(json.dumps(seen).encode()).hexdigest()
        return preview

    def confirmed(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The preview a confirmation names; None when it is another one by now."""
        preview = self.previews[body["preview"]]
        if self.changed_previews:
            self.changed_previews -= 1
            preview["title"] += " again"
            self._hashed(preview)
        return preview if preview["sha256"] == body["sha256"] else None

    def retry(self, publication_id: str) -> dict[str, Any]:
        """A failed publication, tried again."""
        self.failure = None
        publication = self.publications[publication_id]
        publication |= {"state": "accepted", "failure": None}
        return publication

    def publish(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        """A new publication, or the one the key stands for."""
        with self.lock:
            if key not in self.keys:
                number = len(self.publications) + 1
                self.keys[key] = f"publication-{number}"
                self.publications[self.keys[key]] = self._publication(
                    self.keys[key], body, revision=1, post_id=40 + number
                )
            return self.publications[self.keys[key]]

    def revise(self, publication_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """A newer revision of a publication."""
        with self.lock:
            old = self.publications[publication_id]
            post_id = old["post"]["post_id"]
            new = self._publication(publication_id, body, revision=old["revision"] + 1, post_id=post_id)
            self.publications[publication_id] = new
            return new

    def _publication(self, publication_id: str, body: dict[str, Any], *, revision: int, post_id: int) -> dict[str, Any]:
        site = f"http://{body['tenant']}.localhost:8101"
        return {
            "id": publication_id,
            "tenant": body["tenant"],
            "revision": revision,
            "state": "accepted",
            "title": body["title"],
            "target": body["target"],
            "source": body["source"],
            "post": {
                "post_id": post_id,
                "link": f"{site}/?p={post_id}",
                "preview_link": f"{site}/?p={post_id}&preview=true",
                "edit_link": f"{site}/wp-admin/post.php?post={post_id}&action=edit",
            },
            "warnings": list(self.warnings),
            "links": {"events": f"/api/v1/publications/{publication_id}/events"},
        }

    def finish(self, publication_id: str) -> list[dict[str, Any]]:
        """Bring a publication to its end, if its site is up; the events on the way."""
        with self.lock:
            publication = self.publications[publication_id]
            revision = publication["revision"]
            steps = [
                {"state": "running", "step": "deliver", "message": "Putting it on the site.", "revision": revision}
            ]
            if self.failure:
                publication |= {"state": "failed", "failure": self.failure}
            elif self.site_is_up:
                publication["state"] = FINAL_BY_TARGET[publication["target"]]
            if publication["state"] in {"failed", *FINAL_BY_TARGET.values()}:
                steps.append({"state": publication["state"], "message": "It has ended.", "revision": revision})
            return steps


@contextmanager
def hub_double() -> Iterator[HubDouble]:
    """A running double on a free port."""
    double = HubDouble()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(double))
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield double


def _handler(double: HubDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET", None)

        def do_POST(self) -> None:
            self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_PATCH(self) -> None:
            self._answer("PATCH", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_PUT(self) -> None:
            self._answer("PUT", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, method: str, body: Any) -> None:
            address = urlsplit(self.path)
            segments = address.path.removeprefix("/api/v1/").split("/")
            claims = _claims(self.headers.get("Authorization", ""))
            subject = claims.get("sub")
            key = self.headers.get("Idempotency-Key")
            double.requests.append(Recorded(method, self.path, subject, claims.get("iat"), key, body))
            if (method, segments[0]) in double.refusals:
                status, problem = double.refusals[method, segments[0]]
                self._json(status, problem, "application/problem+json")
            elif segments == ["sites"]:
                self._json(200, {"items": double.sites.get(subject or "", [])})
            elif segments[0] == "previews":
                made = double.preview(body) if method == "POST" else double.aim(segments[1], body)
                self._json(201 if method == "POST" else 200, made)
            elif method in {"POST", "PUT"} and segments[-1] != "retry" and not double.confirmed(body):
                changed: dict[str, Any] = {"type": "https://presswerk.dev/problems/preview-changed"}
                changed["preview"] = double.previews[body["preview"]]
                self._json(409, changed, "application/problem+json")
            elif segments == ["publications"] and method == "POST":
                self._json(202, double.publish(double.previews[body["preview"]], key or ""))
            elif segments == ["publications"]:
                wanted = parse_qs(address.query).get("source", [""])[0].split(":")[1:]
                items = [item for item in double.publications.values() if _origin(item)[: len(wanted)] == wanted]
                items.reverse()
                self._json(200, {"items": items, "next_cursor": None})
            elif segments[-1] == "events" and double.streams:
                self._events(double.finish(segments[1]))
            elif segments[-1] == "events":
                self._json(503, {"detail": "no streams here"}, "application/problem+json")
            elif method == "PUT":
                self._json(202, double.revise(segments[1], double.previews[body["preview"]]))
            elif segments[-1] == "retry":
                self._json(202, double.retry(segments[1]))
            else:
                double.finish(segments[1])
                self._json(200, double.publications[segments[1]])

        def _events(self, events: list[dict[str, Any]]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for number, event in enumerate(events):
                self.wfile.write(f"event: state\nid: {number}\ndata: {json.dumps(event)}\n\n".encode())
            self.close_connection = True

        def _json(self, status: int, body: Any, media_type: str = "application/json") -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _origin(publication: dict[str, Any]) -> list[str]:
    return [publication["source"]["chat_id"], publication["source"]["message_id"]]


def _claims(authorization: str) -> dict[str, Any]:
    """What the token says; read without verifying, which is the real hub's business."""
    parts = authorization.removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return {}
    return dict(json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))))
