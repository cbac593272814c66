"""The HTTP side of the emulated cluster; see `tests.support.cluster`."""

import bisect
import contextlib
import copy
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from presswerk.kubernetes.kinds import OWNED, TENANT, Kind
from tests.support.cluster_kinds import DELIVERED
from tests.support.cluster_store import Body, Key, Store
from tests.support.cluster_validation import Refused

if TYPE_CHECKING:
    from tests.support.cluster import Cluster

KINDS = (
    TENANT,
    Kind("v1", "Event", "events"),
    *OWNED,
    *DELIVERED,
    Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False),
)
_BY_PLURAL = {(kind.api_version, kind.plural): kind for kind in KINDS}
_WATCH_TICK_SECONDS = 0.05
_VERBS = {"GET": "get", "POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        status: Answered instead; None to break the connection without an answer.
        done: Whether the request is carried out nevertheless, as when an answer is lost on the way.
        retry_after: What the answer's header says, in seconds.
    """

    status: int | None = None
    done: bool = False
    retry_after: int | None = None


@dataclass(frozen=True)
class Call:
    """One request: `list`, `watch`, `get`, `create`, `apply`, `patch`, `update`, `delete`, or `status`."""

    verb: str
    key: Key

    @property
    def is_write(self) -> bool:
        """Whether it is meant to change something."""
        return self.verb not in {"get", "list", "watch"}


class Server(ThreadingHTTPServer):
    """Serves one cluster until it is shut down."""

    cluster: "Cluster"
    daemon_threads = True
    request_queue_size = 64


@dataclass(frozen=True)
class _Target:
    kind: Kind
    key: Key
    subresource: str | None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _tried(self, call: Call, target: Any, query: dict[str, str], content: Any) -> Body:
        """Do it; on a copy of what is kept when it is only to be tried."""
        if query.get("dryRun") != "All":
            return self._do(call, target, query, content)
        cluster, kept = self.server.cluster, self.server.cluster.store
        cluster.store = copy.deepcopy(kept)
        try:
            return self._do(call, target, query, content)
        finally:
            cluster.store = kept

    def _serve(self) -> None:
        path = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(path.query, keep_blank_values=True).items()}
        length = int(self.headers.get("Content-Length") or 0)
        content = self._content(self.rfile.read(length)) if length else {}
        found = _discovery(path.path)
        if found is not None:
            self._answer(200, found)
            return
        target = _target(path.path, content)
        cluster = self.server.cluster
        call = Call(self._verb(target, query), target.key)
        with cluster.lock:
            cluster.calls.append(call)
            fault = cluster.fault(call)
        if fault is not None and not fault.done:
            self._fail(fault)
            return
        if call.verb == "watch":
            self._watch(target, query)
            return
        try:
            with cluster.lock:
                answer = self._tried(call, target, query, content)
                if cluster.controllers and call.is_write:
                    cluster.settle()
        except Refused as refused:
            self._answer(refused.code, _status(refused.code, refused.reason, str(refused)))
            return
        if fault is not None:
            self._fail(fault)
        else:
            self._answer(201 if call.verb == "create" else 200, answer)

    def _content(self, content: bytes) -> Any:
        return json.loads(content)

    def _verb(self, target: _Target, query: dict[str, str]) -> str:
        if self.command == "GET" and not target.key.name:
            return "watch" if query.get("watch") == "true" else "list"
        if self.command == "PATCH" and target.subresource == "status":
            return "status"
        if self.command == "PATCH" and "apply-patch" in self.headers["Content-Type"]:
            return "apply"
        return _VERBS[self.command]

    def _do(self, call: Call, target: _Target, query: dict[str, str], content: Any) -> Body:
        store, key = self.server.cluster.store, target.key
        if call.is_write:
            return self._write(call, target, query, content)
        return _listed(store, target, query) if call.verb == "list" else store.read(key)

    def _write(self, call: Call, target: _Target, query: dict[str, str], content: Any) -> Body:
        store, key, manager = self.server.cluster.store, target.key, query.get("fieldManager", "unknown")
        if call.verb == "create":
            return store.create(key, content, manager)
        if call.verb == "delete":
            return store.delete(key)
        if "apply-patch" in self.headers.get("Content-Type", ""):
            return store.apply(
                key, content, manager, force=query.get("force") == "true", subresource=target.subresource
            )
        if call.verb == "update":
            return store.replace(key, content, manager, status=target.subresource == "status")
        live = store.read(key)
        patch = _json_patched if "json-patch" in self.headers["Content-Type"] else _merge_patched
        return store.replace(key, patch(live, content), manager, status=target.subresource == "status")

    def _watch(self, target: _Target, query: dict[str, str]) -> None:
        cluster = self.server.cluster
        since, ends = (
            int(query.get("resourceVersion") or 0),
            time.monotonic() + float(query.get("timeoutSeconds", 3600)),
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.flush()
            while not cluster.stopping.is_set() and time.monotonic() < ends:
                with cluster.lock:
                    behind = since < cluster.store.oldest
                    begin = bisect.bisect_right(cluster.store.changes, since, key=lambda change: change.version)
                    changes = cluster.store.changes[begin:]
                if behind:
                    self._event("ERROR", _status(410, "Expired", "too old resource version"))
                    return
                for change in changes:
                    since = change.version
                    same = (change.key.api_version, change.key.plural) == (target.key.api_version, target.key.plural)
                    if same and _selected(change.body, query):
                        self._event(change.event, {**_typed(target.kind), **change.body})
                time.sleep(_WATCH_TICK_SECONDS)

    def _event(self, event: str, body: Body) -> None:
        self.wfile.write(json.dumps({"type": event, "object": body}).encode() + b"\n")
        self.wfile.flush()

    def _fail(self, fault: Fault) -> None:
        if fault.status is None:
            self.close_connection = True
            return
        reasons = {
            403: "Forbidden",
            409: "Conflict",
            422: "Invalid",
            410: "Expired",
            429: "TooManyRequests",
            500: "InternalError",
        }
        reason = reasons.get(fault.status, "InternalError")
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        self._answer(fault.status, _status(fault.status, reason, "as the test wants it"), headers)

    def _answer(self, status: int, body: Body, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _typed(kind: Kind) -> Body:
    return {"apiVersion": kind.api_version, "kind": kind.name}


def _status(code: int, reason: str, message: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
    }


def _target(path: str, content: Body) -> _Target:
    parts = path.strip("/").split("/")
    api_version, rest = ("v1", parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and (api_version, rest[2]) in _BY_PLURAL:
        namespace, rest = rest[1], rest[2:]
    kind = _BY_PLURAL[(api_version, rest[0])]
    name = rest[1] if len(rest) > 1 else content.get("metadata", {}).get("name", "")
    return _Target(kind, Key(api_version, rest[0], namespace, name), rest[2] if len(rest) > 2 else None)


def _selected(body: Body, query: dict[str, str]) -> bool:
    labels = body["metadata"].get("labels", {})
    for wanted in filter(None, query.get("labelSelector", "").split(",")):
        name, _, value = wanted.partition("=")
        if name not in labels or (value and labels[name] != value):
            return False
    return True


def _listed(store: Store, target: _Target, query: dict[str, str]) -> Body:
    keys = sorted(
        key
        for key, body in store.objects.items()
        if (key.plural, key.api_version) == (target.key.plural, target.key.api_version)
        and target.key.namespace in {"", key.namespace}
        and _selected(body, query)
    )
    found = [store.objects[key] for key in keys]
    begin, limit = int(query.get("continue", "0")), int(query.get("limit", "0")) or len(found)
    metadata = {"resourceVersion": str(store.version)}
    if begin + limit < len(found):
        metadata["continue"] = str(begin + limit)
    items = [
        {name: value for name, value in body.items() if name not in {"apiVersion", "kind"}}
        for body in found[begin : begin + limit]
    ]
    return {
        "apiVersion": target.kind.api_version,
        "kind": f"{target.kind.name}List",
        "metadata": metadata,
        "items": items,
    }


def _merge_patched(live: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(live) if isinstance(live, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merge_patched(result.get(name), value)
    return result


def _json_patched(live: Body, operations: list[Body]) -> Body:
    """JSON patch (RFC 6902): test, add, replace, remove."""
    for operation in operations:
        *path, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        where: Any = live
        for part in path:
            where = where[int(part)] if isinstance(where, list) else where[part]
        place: Any = (len(where) if last == "-" else int(last)) if isinstance(where, list) else last
        if operation["op"] == "test":
            if where[place] != operation["value"]:
                raise Refused(422, "Invalid", "the patch's test failed")
        elif operation["op"] == "remove":
            del where[place]
        elif isinstance(where, list) and operation["op"] == "add":
            where.insert(place, operation["value"])
        else:
            where[place] = operation["value"]
    return live


def _discovery(path: str) -> Body | None:
    groups: dict[str, list[Kind]] = defaultdict(list)
    for kind in KINDS:
        groups[kind.api_version].append(kind)
    if path == "/version":
        return {"major": "1", "minor": "37", "gitVersion": "v1.37.0"}
    if path == "/api":
        return {"versions": ["v1"]}
    if path == "/apis":
        return {"groups": [_group(version) for version in groups if "/" in version]}
    api_version = path.removeprefix("/apis/") if path.startswith("/apis/") else path.removeprefix("/api/")
    return {"resources": [_described(kind) for kind in groups[api_version]]} if api_version in groups else None


def _group(api_version: str) -> Body:
    group, _, version = api_version.partition("/")
    described = {"groupVersion": api_version, "version": version}
    return {"name": group, "versions": [described], "preferredVersion": described}


def _described(kind: Kind) -> Body:
    return {
        "name": kind.plural,
        "singularName": kind.name.lower(),
        "kind": kind.name,
        "namespaced": kind.namespaced,
        "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
    }
