"""The cluster's API as a delivery uses it: objects of any kind in and out, found by discovery."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import httpx2
import yaml
from lightkube import KubeConfig
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.core.exceptions import ConfigError

from presswerk.infrastructure.delivery.errors import ClusterRefused, DeliveryProblem

Body = dict[str, Any]
"""One object as it travels."""

FIELD_MANAGER = "presswerk-deploy"
_PAGE = 250
_TIMEOUT_SECONDS = 15.0
# What a file can be instead of a kubeconfig: not there, no YAML, of another shape, or with keys that are none.
_UNREADABLE = (ConfigError, yaml.YAMLError, OSError, AttributeError, KeyError, TypeError, ValueError)
_SET_BY_SERVER = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})


@dataclass(frozen=True)
class Ref:
    """Which object."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """The object that a body is."""
        metadata = body["metadata"]
        return cls(body["apiVersion"], body["kind"], metadata["name"], metadata.get("namespace", ""))


@dataclass(frozen=True)
class Applied:
    """What applying an object did, or would do: `made`, `changed` or `unchanged`."""

    ref: Ref
    outcome: str


@dataclass(frozen=True)
class Target:
    """Which cluster.

    Attributes:
        kubeconfig: A file; None for what KUBECONFIG names, or else the user's own.
        context: Of that file; None for its current one.
    """

    kubeconfig: Path | None = None
    context: str | None = None


def connect(target: Target) -> "Connection":
    """Open a connection; nothing is asked yet.

    Raises:
        DeliveryProblem: There is no such file or context, or it cannot be read.
    """
    try:
        found = KubeConfig.from_file(target.kubeconfig or _usual_file())
        single = found.get(target.context)
        if single is None or single.user is None:
            raise ConfigError("the context names no user")
        client = Client(single, ConnectionParams(timeout=httpx2.Timeout(_TIMEOUT_SECONDS)))
    except _UNREADABLE as error:
        raise DeliveryProblem(
            f"No cluster can be found: {' '.join(str(error).split())}.",
            "Name a kubeconfig with --kubeconfig, and one of its contexts with --context; "
            "`presswerk infra kubeconfig` writes one.",
        ) from None
    return Connection(client, server=single.cluster.server)


def _usual_file() -> Path:
    """The file that helm takes as well when none is named: both must mean the same cluster."""
    named = os.environ.get("KUBECONFIG", "")
    if os.pathsep in named:
        raise ConfigError(f"KUBECONFIG names several files ({named})")
    return Path(named) if named else Path.home() / ".kube" / "config"


class Connection:
    """Reads and writes objects.

    Args:
        client: Bound to the API server's address.
        server: That address, for messages.
    """

    def __init__(self, client: httpx2.Client, *, server: str) -> None:
        self._client = client
        self.server = server
        self._plurals: dict[str, dict[str, tuple[str, bool]]] = {}

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def version(self) -> tuple[int, int]:
        """The server's (major, minor) version.

        Raises:
            ClusterRefused: It refuses, or cannot be reached.
        """
        told = self._json("GET", "/version", what="ask for its version")
        return int(told["major"]), int("".join(filter(str.isdigit, told["minor"])))

    def knows(self, api_version: str, kind: str) -> bool:
        """Whether the cluster has such a kind now."""
        return self._resource(api_version, kind) is not None

    def get(self, ref: Ref) -> Body | None:
        """Read an object; None when there is none, or no such kind.

        Raises:
            ClusterRefused: The API refused or did not answer.
        """
        path = self._path(ref)
        if path is None:
            return None
        try:
            return self._json("GET", path, what=f"get {ref}")
        except ClusterRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def list(
        self, api_version: str, kind: str, namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[Body, ...]:
        """Read all objects of a kind, in a namespace or everywhere; none when there is no such kind.

        Raises:
            ClusterRefused: The API refused or did not answer.
        """
        path = self._collection(api_version, kind, namespace)
        if path is None:
            return ()
        found: list[Body] = []
        selectors = {"labelSelector": labels, "fieldSelector": fields}
        query = {"limit": str(_PAGE)} | {name: value for name, value in selectors.items() if value}
        while True:
            page = self._json("GET", path, what=f"list {kind}", params=query)
            found += [{"apiVersion": api_version, "kind": kind, **item} for item in page["items"]]
            query["continue"] = page["metadata"].get("continue", "")
            if not query["continue"]:
                return tuple(found)

    def apply(self, body: Body, *, dry_run: bool = False) -> Applied:
        """Make or change an object by server-side apply, taking over the fields named.

        Args:
            body: All fields that are ours.
            dry_run: Whether only to say what would be done.

        Raises:
            ClusterRefused: The API refused, or there is no such kind (unless it is a dry run: then it will be made).
        """
        ref = Ref.of(body)
        before = self.get(ref)
        path = self._path(ref)
        if path is None or (dry_run and before is None):
            if dry_run:
                return Applied(ref, "made")
            raise ClusterRefused(f"The cluster knows no {ref.kind} of {ref.api_version}.", status=HTTPStatus.NOT_FOUND)
        after = self._json(
            "PATCH",
            path,
            what=f"apply {ref}",
            params={"fieldManager": FIELD_MANAGER, "force": "true"} | ({"dryRun": "All"} if dry_run else {}),
            headers={"Content-Type": "application/apply-patch+yaml"},
            content=json.dumps(body),
        )
        if before is None:
            return Applied(ref, "made")
        return Applied(ref, "unchanged" if _declared(before) == _declared(after) else "changed")

    def create(self, body: Body) -> Body:
        """Make an object that must not exist.

        Raises:
            ClusterRefused: It exists (409), or the API refused or did not answer.
        """
        ref = Ref.of(body)
        path = self._collection(ref.api_version, ref.kind, ref.namespace)
        return self._json("POST", str(path), what=f"create {ref}", params=_OURS, content=json.dumps(body))

    def replace(self, body: Body) -> Body:
        """Put an object as it shall be; with a `resourceVersion`, only if nobody changed it since.

        Raises:
            ClusterRefused: Somebody did (409), or the API refused or did not answer.
        """
        ref = Ref.of(body)
        return self._json("PUT", str(self._path(ref)), what=f"update {ref}", params=_OURS, content=json.dumps(body))

    def delete(self, ref: Ref) -> None:
        """Delete an object, if it is there.

        Raises:
            ClusterRefused: The API refused or did not answer.
        """
        try:
            self._json("DELETE", str(self._path(ref)), what=f"delete {ref}")
        except ClusterRefused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise

    def log(self, namespace: str, pod: str, container: str, *, previous: bool) -> str:
        """The last lines a container wrote; empty when there are none to be had."""
        query = {"container": container, "tailLines": "40"} | ({"previous": "true"} if previous else {})
        try:
            answer = self._client.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", params=query)
        except httpx2.HTTPError:
            return ""
        return answer.text if answer.is_success else ""

    def _path(self, ref: Ref) -> str | None:
        collection = self._collection(ref.api_version, ref.kind, ref.namespace)
        return None if collection is None else f"{collection}/{ref.name}"

    def _collection(self, api_version: str, kind: str, namespace: str) -> str | None:
        found = self._resource(api_version, kind)
        if found is None:
            return None
        plural, namespaced = found
        place = f"/namespaces/{namespace}" if namespaced and namespace else ""
        return f"{_root(api_version)}{place}/{plural}"

    def _resource(self, api_version: str, kind: str) -> tuple[str, bool] | None:
        if kind not in self._plurals.get(api_version, {}):
            # A definition may have been applied since: what is not known is asked for again.
            self._plurals[api_version] = self._discovered(api_version)
        return self._plurals[api_version].get(kind)

    def _discovered(self, api_version: str) -> dict[str, tuple[str, bool]]:
        try:
            told = self._json("GET", _root(api_version), what=f"ask for the kinds of {api_version}")
        except ClusterRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return {}
            raise
        return {
            each["kind"]: (each["name"], each["namespaced"]) for each in told["resources"] if "/" not in each["name"]
        }

    def _json(self, method: str, path: str, *, what: str, **request: Any) -> Body:
        headers = {"Content-Type": "application/json", **request.pop("headers", {})}
        try:
            answer = self._client.request(method, path, headers=headers, **request)
        except ConfigError as error:
            raise ClusterRefused(f"The kubeconfig's sign-in failed: {error}.") from None
        except httpx2.HTTPError as error:
            raise ClusterRefused(
                f"The cluster at {self.server} cannot be reached ({what}: {_said(error)}).",
                "Check the network, the kubeconfig and the API's allow-list, then run the command again.",
            ) from None
        if answer.is_success:
            return dict(answer.json())
        raise ClusterRefused(
            f"The cluster refused to {what}: {answer.status_code} {_message(answer)}",
            _REMEDIES.get(answer.status_code, ""),
            status=answer.status_code,
        )


_OURS = {"fieldManager": FIELD_MANAGER}
_REMEDIES: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "The kubeconfig's credentials are not accepted: fetch a new one.",
    HTTPStatus.FORBIDDEN: "A delivery makes namespaces, definitions and rights: it needs a cluster's administrator.",
}


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _said(error: httpx2.HTTPError) -> str:
    return str(error) or type(error).__name__


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def _declared(body: Mapping[str, Any]) -> Body:
    """An object without what the API server writes at every change."""
    kept = {name: value for name, value in body.items() if name != "status"}
    metadata = {name: value for name, value in body["metadata"].items() if name not in _SET_BY_SERVER}
    return {**kept, "metadata": metadata}
