"""The client of a cluster's API: plain objects in and out, every refusal named, every call counted."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn

import httpx2
import msgspec
from lightkube.core.exceptions import ConfigError

from presswerk.kubernetes.errors import ClusterError, refusal, refusal_within
from presswerk.kubernetes.kinds import TENANT, Body, Kind, Ref, ref_of

FIELD_MANAGER = "presswerk-operator"
"""Who owns the fields that the operator applies; a field somebody else sets beside them stays theirs."""

DELIVERY_MANAGER = "presswerk-deploy"
"""Who owns what a delivery applies."""

UNCHANGED = "unchanged"
_PAGE = 250
_CONNECT_SECONDS = 15.0
_LOG_LINES = 40
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_SET_BY_SERVER = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})

Counted = Callable[[str, str], None]
Labels = Mapping[str, str | None]
"""Label -> the value it must have; None for any value."""


def _not_counted(_verb: str, _kind: str) -> None:
    pass


class _Page(msgspec.Struct):
    """One of a list, whose objects are read one after the other: as text they take a tenth."""

    metadata: dict[str, Any]
    items: list[msgspec.Raw] | None


class ClusterApi:
    """Reads and writes objects.

    Every call that is refused, or not answered, raises `ClusterError`; 404 stands for a kind nobody knows, too.

    Args:
        client: Bound to the API server's address; its timeout is that of every call but a watch.
        counted: Told of every call's verb and kind, before it is made.
        field_manager: Who owns the fields that are applied.
    """

    def __init__(
        self, client: httpx2.Client, counted: Counted = _not_counted, *, field_manager: str = FIELD_MANAGER
    ) -> None:
        self._client = client
        self._counted = counted
        self._manager = {"fieldManager": field_manager}
        self._discovered: dict[str, dict[str, Kind]] = {}

    @property
    def server(self) -> str:
        """The API server's address, for messages."""
        return str(self._client.base_url).rstrip("/")

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def version(self) -> tuple[int, int]:
        """The server's (major, minor) version."""
        told = self._json("GET", "/version", "ask for its version")
        return int(told["major"]), int("".join(filter(str.isdigit, told["minor"])))

    def get(self, ref: Ref) -> Body | None:
        """Read an object; None when there is none, or no such kind."""
        self._counted("get", ref.kind.name)
        with _missing():
            return self._json("GET", self._path(ref), f"get {ref}")
        return None

    def list(
        self, kind: Kind, labels: Labels | None = None, *, namespace: str = "", fields: str = ""
    ) -> tuple[tuple[Body, ...], str]:
        """Read all objects of a kind; arguments and answer are those of `iterate`."""
        found, version = self.iterate(kind, labels, namespace=namespace, fields=fields)
        return tuple(found), version

    def iterate(
        self, kind: Kind, labels: Labels | None = None, *, namespace: str = "", fields: str = ""
    ) -> tuple[Iterator[Body], str]:
        """Read all objects of a kind in pages: one page is held at a time, and one object of it as more than text.

        Args:
            kind: Which.
            labels: Labels they must have.
            namespace: Where; everywhere if empty.
            fields: A field selector.

        Returns:
            The objects, and the version of the list, from which `watch` goes on.
        """
        self._counted("list", kind.name)
        path = self._collection(kind, namespace)
        query = {"limit": str(_PAGE), **_selectors(labels, fields)}

        def page() -> _Page:
            content = self._content("GET", path, f"list {kind.plural or kind.name}", params=query)
            return msgspec.json.decode(content, type=_Page)

        def bodies(read: _Page) -> Iterator[Body]:
            while True:
                for item in read.items or ():
                    # A list leaves out what kind its items are.
                    yield {"apiVersion": kind.api_version, "kind": kind.name, **msgspec.json.decode(item)}
                more = read.metadata.get("continue")
                if not more:
                    return
                query["continue"] = more
                read = page()

        first = page()
        return bodies(first), first.metadata.get("resourceVersion", "")

    def watch(self, kind: Kind, labels: Labels, since: str, seconds: int) -> Iterator[tuple[str, Body]]:
        """Yield changes as they happen, until the API ends the connection.

        Args:
            kind: Which objects.
            labels: As for `list`.
            since: The version to go on from.
            seconds: After how long the API ends the connection, so that a dead one is noticed.

        Yields:
            `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`, and the object; a bookmark's has a version only.

        Raises:
            GoneMeanwhile: The version is no longer kept; list again.
            ClusterError: The API refused, or the connection broke or died.
        """
        self._counted("watch", kind.name)
        what = f"watch {kind.plural}"
        request = self._client.build_request(
            "GET",
            self._collection(kind, ""),
            params={
                "watch": "true",
                "resourceVersion": since,
                "timeoutSeconds": str(seconds),
                "allowWatchBookmarks": "true",
                **_selectors(labels, ""),
            },
            timeout=httpx2.Timeout(_CONNECT_SECONDS, read=seconds + _CONNECT_SECONDS),
        )
        try:
            response = self._client.send(request, stream=True)
            with contextlib.closing(response):
                if response.is_error:
                    response.read()
                    raise refusal(what, response)
                for line in response.iter_lines():
                    event = msgspec.json.decode(line)
                    if event["type"] == "ERROR":
                        raise refusal_within(what, event["object"])
                    yield event["type"], {"apiVersion": kind.api_version, "kind": kind.name, **event["object"]}
        except (httpx2.HTTPError, ConfigError) as error:
            self._silent(what, error)

    def create(self, body: Body, *, dry_run: bool = False) -> Body:
        """Make an object that must not exist yet; its fields are of no manager that applies, so no apply removes them.

        Args:
            body: The whole object.
            dry_run: Whether only to be told what would come of it.

        Raises:
            AlreadyThere: It exists.
            ClusterError: The API refused or did not answer.
        """
        ref = ref_of(body)
        self._counted("create", ref.kind.name)
        path = self._collection(ref.kind, ref.namespace or "")
        return self._json("POST", path, f"create {ref}", params={"dryRun": "All"} if dry_run else None, body=body)

    def replace(self, body: Body) -> Body:
        """Put an object as it shall be; with a `resourceVersion`, only if nobody changed it since.

        Raises:
            ClusterError: Somebody did (409), or the API refused or did not answer.
        """
        ref = ref_of(body)
        self._counted("update", ref.kind.name)
        return self._json("PUT", self._path(ref), f"update {ref}", params=self._manager, body=body)

    def apply(self, body: Body, *, dry_run: bool = False) -> Body:
        """Make an object or bring the fields given here to their values (server-side apply).

        Args:
            body: All fields that are ours.
            dry_run: Whether only to be told what would come of it.
        """
        ref = ref_of(body)
        self._counted("apply", ref.kind.name)
        query = {**self._manager, "force": "true", **({"dryRun": "All"} if dry_run else {})}
        return self._json("PATCH", self._path(ref), f"apply {ref}", params=query, body=body, content=_APPLY)

    def outcome_of_applying(self, body: Body, *, dry_run: bool = False) -> str:
        """Apply, and say what that did or would do: `made`, `changed` or `unchanged`.

        Raises:
            ClusterError: As for `apply`; a dry run takes a kind that is not there for one that will be.
        """
        before = self.get(ref_of(body))
        if before is None and dry_run:
            return "made"
        after = self.apply(body, dry_run=dry_run)
        if before is None:
            return "made"
        return UNCHANGED if _declared(before) == _declared(after) else "changed"

    def replace_parts(self, ref: Ref, parts: Mapping[str, Any]) -> Body:
        """Set parts of an object as a whole, whoever has written what is in them (JSON patch, RFC 6902).

        Args:
            ref: Which object.
            parts: Values by JSON pointer; each must be there already.
        """
        self._counted("patch", ref.kind.name)
        patch = [{"op": "replace", "path": pointer, "value": value} for pointer, value in parts.items()]
        what = f"replace parts of {ref}"
        return self._json("PATCH", self._path(ref), what, params=self._manager, body=patch, content=_JSON_PATCH)

    def merge(self, ref: Ref, change: Mapping[str, Any], manager: str) -> Body:
        """Change some fields of an object (JSON merge patch, RFC 7396); None takes one away.

        Args:
            ref: Which object.
            change: With `metadata.resourceVersion`, nothing is done when somebody has changed the object since (409).
            manager: Who owns the fields from now on.
        """
        self._counted("patch", ref.kind.name)
        query = {"fieldManager": manager}
        return self._json("PATCH", self._path(ref), f"change {ref}", params=query, body=dict(change), content=_MERGE)

    def apply_tenant_status(self, name: str, status: Mapping[str, Any]) -> Body | None:
        """Replace what the operator says about a tenant; None when the tenant is gone, and then nothing was done."""
        self._counted("status", TENANT.name)
        ref = Ref(TENANT, None, name)
        body = {
            "apiVersion": TENANT.api_version,
            "kind": TENANT.name,
            "metadata": {"name": name},
            "status": dict(status),
        }
        query, path = {**self._manager, "force": "true"}, f"{self._path(ref)}/status"
        with _missing():
            return self._json("PATCH", path, f"apply the status of {ref}", params=query, body=body, content=_APPLY)
        return None

    def delete(self, ref: Ref) -> bool:
        """Delete an object and what belongs to it; says whether there was one."""
        self._counted("delete", ref.kind.name)
        with _missing():
            self._json("DELETE", self._path(ref), f"delete {ref}", body={"propagationPolicy": "Background"})
            return True
        return False

    def log(self, namespace: str, pod: str, container: str, *, previous: bool) -> str:
        """The last lines a container wrote; empty when there are none to be had."""
        query = {"container": container, "tailLines": str(_LOG_LINES), **({"previous": "true"} if previous else {})}
        try:
            answer = self._client.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", params=query)
        except httpx2.HTTPError:
            return ""
        return answer.text if answer.is_success else ""

    def _path(self, ref: Ref) -> str:
        return f"{self._collection(ref.kind, ref.namespace or '')}/{ref.name}"

    def _collection(self, kind: Kind, namespace: str) -> str:
        found = kind if kind.plural else self._discover(kind)
        place = f"/namespaces/{namespace}" if found.namespaced and namespace else ""
        return f"{_root(kind.api_version)}{place}/{found.plural}"

    def _discover(self, kind: Kind) -> Kind:
        """Find out how a kind is addressed that we know only by name.

        Raises:
            ClusterError: The cluster knows no such kind (404), or the API refused or did not answer.
        """
        if kind.name not in self._discovered.get(kind.api_version, {}):
            # A definition may have been applied since: what is not known is asked for again.
            with _missing():
                told = self._json("GET", _root(kind.api_version), f"ask for the kinds of {kind.api_version}")
                self._discovered[kind.api_version] = {
                    each["kind"]: Kind(kind.api_version, each["kind"], each["name"], namespaced=each["namespaced"])
                    for each in told["resources"]
                    if "/" not in each["name"]
                }
        found = self._discovered.get(kind.api_version, {}).get(kind.name)
        if found is None:
            unknown = f"The cluster knows no {kind.name} of {kind.api_version}."
            raise ClusterError(unknown, status=HTTPStatus.NOT_FOUND, reason="NotFound")
        return found

    def _json(self, method: str, path: str, what: str, **request: Any) -> Body:
        return dict(msgspec.json.decode(self._content(method, path, what, **request)))

    def _content(
        self,
        method: str,
        path: str,
        what: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Body | Sequence[Body] | None = None,
        content: str = _JSON,
    ) -> bytes:
        sent = None if body is None else msgspec.json.encode(body)
        headers = {} if sent is None else {"Content-Type": content}
        try:
            answer = self._client.request(method, path, params=params, content=sent, headers=headers)
        except (httpx2.HTTPError, ConfigError) as error:
            self._silent(what, error)
        if not answer.is_success:
            raise refusal(what, answer)
        return bytes(answer.content)

    def _silent(self, what: str, error: Exception) -> NoReturn:
        if isinstance(error, ConfigError):
            raise ClusterError(f"The kubeconfig's sign-in failed: {error}.", reason="Unreachable", remedy="") from None
        reason = "Timeout" if isinstance(error, httpx2.TimeoutException) else "Unreachable"
        said = str(error) or type(error).__name__
        raise ClusterError(f"The cluster at {self.server} cannot be reached ({what}: {said}).", reason=reason) from None


@contextlib.contextmanager
def _missing() -> Iterator[None]:
    """Go on behind the block where there is no such object or kind."""
    try:
        yield
    except ClusterError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def _selectors(labels: Labels | None, fields: str) -> dict[str, str]:
    wanted = ",".join(name if value is None else f"{name}={value}" for name, value in (labels or {}).items())
    return {**({"labelSelector": wanted} if wanted else {}), **({"fieldSelector": fields} if fields else {})}


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _declared(body: Mapping[str, Any]) -> Body:
    """An object without what the API server writes at every change."""
    kept = {name: value for name, value in body.items() if name != "status"}
    metadata = {name: value for name, value in body["metadata"].items() if name not in _SET_BY_SERVER}
    return {**kept, "metadata": metadata}
