"""The cluster's API as the operator uses it: plain objects in and out, every refusal named, every call counted."""

import contextlib
import email.utils
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import httpx2
import msgspec
from lightkube import ApiError, Client
from lightkube.core.selector import build_selector
from lightkube.types import CascadeType, PatchType

from presswerk.kubernetes.errors import AlreadyThere, ClusterError, GoneMeanwhile
from presswerk.kubernetes.kinds import (
    TENANT,
    TENANT_STATUS,
    Body,
    Kind,
    Ref,
    lightkube_class,
    ref_of,
)

FIELD_MANAGER = "presswerk-operator"
"""Who owns the fields we apply; a field somebody else sets beside them stays theirs."""

_PAGE = 250
_CONNECT_SECONDS = 15.0

Counted = Callable[[str, str], None]


def _not_counted(_verb: str, _kind: str) -> None:
    pass


class ClusterApi:
    """Reads and writes objects.

    Args:
        client: Its timeout is that of every call but a watch.
        counted: Told of every call's verb and kind, before it is made.
    """

    def __init__(self, client: Client, counted: Counted = _not_counted) -> None:
        self._client = client
        self._counted = counted

    def get(self, ref: Ref) -> Body | None:
        """Read an object; None when there is none.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._counted("get", ref.kind.name)
        try:
            found = self._client.get(lightkube_class(ref.kind), ref.name, namespace=ref.namespace)
        except httpx2.HTTPError as error:
            if _status(error) == HTTPStatus.NOT_FOUND:
                return None
            _refuse(f"get {ref}", error)
        return dict(found)

    def list(self, kind: Kind, labels: Mapping[str, str | None]) -> tuple[tuple[Body, ...], str]:
        """Read all objects of a kind, in pages, wherever they are.

        Args:
            kind: Which.
            labels: Labels they must have; None for any value.

        Returns:
            The objects, and the version of the list, from which `watch` goes on.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._counted("list", kind.name)
        try:
            pages = self._client.list(
                lightkube_class(kind),
                labels=_selector(labels),
                chunk_size=_PAGE,
                **_everywhere(kind),
            )
            # A list leaves out what kind its items are.
            found = tuple({"apiVersion": kind.api_version, "kind": kind.name, **item} for item in pages)
        except httpx2.HTTPError as error:
            _refuse(f"list {kind.plural}", error)
        return found, pages.resourceVersion

    def watch(
        self, kind: Kind, labels: Mapping[str, str | None], since: str, seconds: int
    ) -> Iterator[tuple[str, Body]]:
        """Yield changes as they happen, until the API ends the connection.

        lightkube's own watch never returns and never times out; this one ends, so that a dead connection is noticed.

        Args:
            kind: Which objects.
            labels: As for `list`.
            since: The version to go on from.
            seconds: After how long the API ends the connection.

        Yields:
            `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`, and the object; a bookmark's has a version only.

        Raises:
            GoneMeanwhile: The version is no longer kept; list again.
            ClusterError: The API refused, or the connection broke or died.
        """
        self._counted("watch", kind.name)
        what = f"watch {kind.plural}"
        client = self._client._client  # lightkube makes requests in no public place
        request = client.prepare_request(
            "list",
            res=lightkube_class(kind),
            watch=True,
            params={
                "labelSelector": build_selector(_selector(labels)) if labels else None,
                "resourceVersion": since,
                "timeoutSeconds": seconds,
                "allowWatchBookmarks": "true",
            },
            **_everywhere(kind),
        )
        request.timeout = httpx2.Timeout(_CONNECT_SECONDS, read=seconds + _CONNECT_SECONDS)
        try:
            response = client.send(client.build_adapter_request(request), stream=True)
            with contextlib.closing(response):
                if response.is_error:
                    response.read()
                    client.raise_for_status(response)  # type: ignore[no-untyped-call]  # lightkube's own
                for line in response.iter_lines():
                    event = msgspec.json.decode(line)
                    if event["type"] == "ERROR":
                        _refuse_event(what, event["object"])
                    yield event["type"], {"apiVersion": kind.api_version, "kind": kind.name, **event["object"]}
        except httpx2.HTTPError as error:
            _refuse(what, error)

    def create(self, body: Body) -> Body:
        """Make an object that must not exist yet.

        Raises:
            AlreadyThere: It exists.
            ClusterError: The API refused or did not answer.
        """
        ref = ref_of(body)
        self._counted("create", ref.kind.name)
        try:
            return dict(self._client.create(lightkube_class(ref.kind)(body), namespace=ref.namespace))
        except httpx2.HTTPError as error:
            _refuse(f"create {ref}", error)

    def apply(self, body: Body) -> Body:
        """Make an object or bring the fields given here to their values (server-side apply).

        Raises:
            ClusterError: The API refused or did not answer.
        """
        ref = ref_of(body)
        self._counted("apply", ref.kind.name)
        try:
            return dict(
                self._client.patch(
                    lightkube_class(ref.kind),
                    ref.name,
                    body,
                    namespace=ref.namespace,
                    patch_type=PatchType.APPLY,
                    field_manager=FIELD_MANAGER,
                    force=True,
                )
            )
        except httpx2.HTTPError as error:
            _refuse(f"apply {ref}", error)

    def replace_parts(self, ref: Ref, parts: Mapping[str, Any]) -> Body:
        """Set parts of an object as a whole, whoever has written what is in them (JSON patch, RFC 6902).

        Args:
            ref: Which object.
            parts: Values by JSON pointer; each must be there already.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._counted("patch", ref.kind.name)
        patch = [{"op": "replace", "path": pointer, "value": value} for pointer, value in parts.items()]
        try:
            return dict(
                self._client.patch(
                    lightkube_class(ref.kind),
                    ref.name,
                    patch,
                    namespace=ref.namespace,
                    patch_type=PatchType.JSON,
                    field_manager=FIELD_MANAGER,
                )
            )
        except httpx2.HTTPError as error:
            _refuse(f"replace parts of {ref}", error)

    def merge(self, ref: Ref, change: Mapping[str, Any], manager: str) -> Body:
        """Change some fields of an object (JSON merge patch, RFC 7396); None takes one away.

        Args:
            ref: Which object.
            change: With `metadata.resourceVersion`, nothing is done when somebody has changed the object since (409).
            manager: Who owns the fields from now on.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._counted("patch", ref.kind.name)
        try:
            return dict(
                self._client.patch(
                    lightkube_class(ref.kind),
                    ref.name,
                    dict(change),
                    namespace=ref.namespace,
                    patch_type=PatchType.MERGE,
                    field_manager=manager,
                )
            )
        except httpx2.HTTPError as error:
            _refuse(f"change {ref}", error)

    def apply_tenant_status(self, name: str, status: Mapping[str, Any]) -> Body | None:
        """Replace what the operator says about a tenant; None when the tenant is gone, and then nothing was done.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._counted("status", TENANT.name)
        body = {
            "apiVersion": TENANT.api_version,
            "kind": TENANT.name,
            "metadata": {"name": name},
            "status": dict(status),
        }
        try:
            return dict(
                self._client.patch(
                    TENANT_STATUS,
                    name,
                    body,
                    patch_type=PatchType.APPLY,
                    field_manager=FIELD_MANAGER,
                    force=True,
                )
            )
        except httpx2.HTTPError as error:
            if _status(error) != HTTPStatus.NOT_FOUND:
                _refuse(f"apply the status of Tenant {name}", error)
            return None

    def delete(self, ref: Ref) -> bool:
        """Delete an object and what belongs to it; says whether there was one.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._counted("delete", ref.kind.name)
        try:
            self._client.delete(
                lightkube_class(ref.kind), ref.name, namespace=ref.namespace, cascade=CascadeType.BACKGROUND
            )
        except httpx2.HTTPError as error:
            if _status(error) == HTTPStatus.NOT_FOUND:
                return False
            _refuse(f"delete {ref}", error)
        return True


def _everywhere(kind: Kind) -> dict[str, Any]:
    return {"namespace": "*"} if kind.namespaced else {}


def _selector(labels: Mapping[str, str | None]) -> dict[str, Any]:
    # lightkube writes None as "has this label, whatever its value".
    return dict(labels)


def _refuse_event(what: str, status: Body) -> NoReturn:
    code = status.get("code")
    error = GoneMeanwhile if code == HTTPStatus.GONE else ClusterError
    raise error(what, status=code, reason=status.get("reason", ""), message=status.get("message", ""))


def _status(error: httpx2.HTTPError) -> int | None:
    if isinstance(error, ApiError) and error.status is not None and error.status.code:
        return int(error.status.code)
    return error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else None


def _refuse(what: str, error: httpx2.HTTPError) -> NoReturn:
    """Say it in our own words, which never carry the body that was sent: it may hold a secret."""
    status = _status(error)
    details: dict[str, Any] = {
        "status": status,
        "reason": _reason(error, status),
        "message": _message(error),
        "retry_after_seconds": _retry_after(error),
    }
    if status == HTTPStatus.CONFLICT and details["reason"] == "AlreadyExists":
        raise AlreadyThere(what, **details) from None
    if status == HTTPStatus.GONE:
        raise GoneMeanwhile(what, **details) from None
    raise ClusterError(what, **details) from None


def _reason(error: httpx2.HTTPError, status: int | None) -> str:
    if isinstance(error, ApiError) and error.status is not None and error.status.reason:
        return str(error.status.reason)
    if isinstance(error, httpx2.TimeoutException):
        return "Timeout"
    return "Unreachable" if status is None else HTTPStatus(status).phrase.replace(" ", "")


def _message(error: httpx2.HTTPError) -> str:
    if isinstance(error, ApiError) and error.status is not None and error.status.message:
        return str(error.status.message)
    return type(error).__name__


def _retry_after(error: httpx2.HTTPError) -> float | None:
    """What `Retry-After` says, in seconds or as a date (RFC 9110, 10.2.3)."""
    response = getattr(error, "response", None)
    said = None if response is None else response.headers.get("Retry-After")
    if said is None:
        return None
    if said.isdigit():
        return float(said)
    parsed = email.utils.parsedate_tz(said)
    return None if parsed is None else max(0.0, email.utils.mktime_tz(parsed) - time.time())
