"""A stand-in for IONOS's MariaDB API over HTTP, since the real one costs money and minutes.

It reads requests and writes answers with the SDK's own models, keeps clusters in memory, and fails on request.
"""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pydantic
from ionoscloud_dbaas_mariadb.models.cluster import Cluster
from ionoscloud_dbaas_mariadb.models.cluster_create import ClusterCreate
from ionoscloud_dbaas_mariadb.models.cluster_ensure import ClusterEnsure
from ionoscloud_dbaas_mariadb.models.cluster_metadata import ClusterMetadata
from ionoscloud_dbaas_mariadb.models.cluster_read import ClusterRead
from ionoscloud_dbaas_mariadb.models.cluster_read_list import ClusterReadList
from ionoscloud_dbaas_mariadb.models.error import Error
from ionoscloud_dbaas_mariadb.models.error_messages_inner import ErrorMessagesInner
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_states import MariadbClusterStates as State

from tests.support.serving import serving

TOKEN = "ionos-token-of-the-contract"
LARGEST_PAGE = 100


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next request of a kind.

    Attributes:
        method: Of the request it is for.
        status: Of the answer; None to close the connection without one.
        body: Of the answer.
        carried_out: Whether what was asked for happens all the same.
        headers: Of the answer.
    """

    method: str
    status: int | None = None
    body: str = ""
    carried_out: bool = False
    headers: tuple[tuple[str, str], ...] = ()


def error_body(status: int, code: str, message: str) -> str:
    return Error(httpStatus=status, messages=[ErrorMessagesInner(errorCode=code, message=message)]).to_json()


@dataclass
class IonosDouble:
    """The API as a test sees it.

    Attributes:
        url: Base URL.
        clusters: By id.
        passwords: Of their first users, by id.
        faults: Still to come.
        others: Clusters that the SDK's models cannot hold, as they stand in the list.
        requests: Method and path of each.
    """

    url: str = ""
    clusters: dict[str, ClusterRead] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    others: list[dict[str, object]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def writes(self) -> list[str]:
        return [method for method, _path in self.requests if method != "GET"]

    def add(self, create: ClusterCreate) -> ClusterRead:
        assert create.properties is not None
        assert create.properties.credentials is not None
        number = len(self.passwords)
        cluster_id = str(uuid.uuid4())
        self.passwords[cluster_id] = create.properties.credentials.password or ""
        properties = Cluster.from_dict(create.properties.to_dict())
        assert properties is not None
        assert properties.credentials is not None
        properties.credentials.password = None
        self.clusters[cluster_id] = ClusterRead(
            id=cluster_id,
            type="cluster",
            href=f"{self.url}/clusters/{cluster_id}",
            metadata=ClusterMetadata(
                createdDate=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number), state=State.PROVISIONING
            ),
            properties=properties,
        )
        return self.clusters[cluster_id]

    def become(self, state: State, status_message: str | None = None) -> None:
        """Bring every cluster to a state; those that were being destroyed are gone."""
        for cluster_id, cluster in list(self.clusters.items()):
            assert cluster.metadata is not None
            if cluster.metadata.state == State.DESTROYING:
                del self.clusters[cluster_id]
                continue
            cluster.metadata.state = state
            cluster.metadata.status_message = status_message
            if state == State.AVAILABLE:
                cluster.metadata.dns_name = f"mdb-{cluster_id[:8]}.mariadb.de-txl.ionos.invalid"

    def listed(self, offset: int, limit: int) -> ClusterReadList:
        chosen = list(self.clusters.values())[offset : offset + min(limit, LARGEST_PAGE)]
        return ClusterReadList(offset=offset, limit=limit, id="clusters", type="collection", items=chosen)


@contextlib.contextmanager
def running_ionos_double() -> Iterator[IonosDouble]:
    """Serve the API until the block ends."""
    double = IonosDouble()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(double))
    double.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield double


def _handler(double: IonosDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(self._read)

        def do_POST(self) -> None:
            self._serve(self._create)

        def do_PUT(self) -> None:
            self._serve(self._replace)

        def do_DELETE(self) -> None:
            self._serve(self._delete)

        def log_message(self, *_values: object) -> None:
            """Not to the test's output."""

        def _serve(self, carry_out: Callable[[], tuple[int, str]]) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._body = body.decode()
            double.requests.append((self.command, self.path))
            fault = next((one for one in double.faults if one.method == self.command), None)
            if fault is None:
                self._answer(*carry_out())
                return
            double.faults.remove(fault)
            if fault.carried_out:
                carry_out()
            if fault.status is None:
                self.close_connection = True
                return
            self._answer(fault.status, fault.body, fault.headers)

        def _answer(self, status: int, body: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, body = 401, error_body(401, "paas-auth-1", "Unauthorized, wrong or no api key provided")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def _read(self) -> tuple[int, str]:
            query = parse_qs(urlsplit(self.path).query)
            offset, limit = (int(query[name][0]) for name in ("offset", "limit"))
            page = _json(double.listed(offset, limit))
            if offset == 0:
                page["items"] = [*double.others, *page["items"]]
            return 200, json.dumps(page)

        def _create(self) -> tuple[int, str]:
            try:
                create = ClusterCreate.from_json(self._body)
            except pydantic.ValidationError as error:
                return 422, error_body(422, "paas-validation-1", str(error))
            assert create is not None
            return 202, json.dumps(_json(double.add(create)))

        def _replace(self) -> tuple[int, str]:
            wanted = ClusterEnsure.from_json(self._body)
            cluster = double.clusters.get(self.path.rpartition("/")[2])
            if cluster is None or wanted is None or wanted.properties is None or cluster.metadata is None:
                return 404, error_body(404, "paas-resource-2", "not found")
            if cluster.metadata.state != State.AVAILABLE:
                return 409, error_body(409, "paas-conflict-1", "the cluster is being changed")
            cluster.properties, cluster.metadata.state = wanted.properties, State.UPDATING
            return 202, json.dumps(_json(cluster))

        def _delete(self) -> tuple[int, str]:
            cluster = double.clusters.get(self.path.rpartition("/")[2])
            if cluster is None or cluster.metadata is None:
                return 404, error_body(404, "paas-resource-2", "not found")
            cluster.metadata.state = State.DESTROYING
            return 202, "{}"

    return Handler


def _json(model: ClusterRead | ClusterReadList) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(json.dumps(model.to_dict(), default=lambda value: value.isoformat()))
    return answer
