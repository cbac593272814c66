"""IONOS's MariaDB API as typed calls: every answer a value, every failure one of our errors without a secret."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import urllib3
from ionoscloud_dbaas_mariadb.api.clusters_api import ClustersApi
from ionoscloud_dbaas_mariadb.api_client import ApiClient
from ionoscloud_dbaas_mariadb.configuration import Configuration
from ionoscloud_dbaas_mariadb.exceptions import ApiException
from ionoscloud_dbaas_mariadb.models.cluster import Cluster
from ionoscloud_dbaas_mariadb.models.cluster_backup import ClusterBackup
from ionoscloud_dbaas_mariadb.models.cluster_create import ClusterCreate
from ionoscloud_dbaas_mariadb.models.cluster_create_properties import ClusterCreateProperties
from ionoscloud_dbaas_mariadb.models.cluster_ensure import ClusterEnsure
from ionoscloud_dbaas_mariadb.models.cluster_read import ClusterRead
from ionoscloud_dbaas_mariadb.models.error import Error
from ionoscloud_dbaas_mariadb.models.instance_configuration import InstanceConfiguration
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_connection import MariadbClusterConnection
from ionoscloud_dbaas_mariadb.models.mariadb_user import MariadbUser

from presswerk.runtimes.databases.errors import (
    DatabaseBusy,
    DatabaseProblem,
    DatabaseRefused,
    DatabaseUnreachable,
    InvalidCluster,
    QuotaExceeded,
)

_REQUEST_SECONDS = 30
_PAGE = 100
_OK = 200
_UNAUTHORIZED, _PAYMENT, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY = 401, 402, 403, 404, 409, 429
_INVALID = frozenset({400, 422})
_SERVER_ERRORS = 500
_QUOTA = re.compile(r"quota|limit (?:is )?(?:exceeded|reached)|exceeds? the (?:contract )?limit", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_MODELS = (ClusterCreateProperties, InstanceConfiguration, MariadbClusterConnection, MariadbUser, ClusterBackup)
_FIELDS = frozenset(info.alias or name for model in _MODELS for name, info in model.model_fields.items())
_SPOKEN = frozenset({"name", "version", "connection", "description", "backup", "instances", "location", "database"})
"""Fields that are also words of a sentence: they count only where they end a path such as `properties.name`."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class IonosMariaDbApi:
    """The clusters of one contract at one location.

    Attributes:
        url: Base URL of the location.
        token: The contract's.
    """

    url: str
    token: str = field(repr=False)

    def clusters(self) -> Iterator[ClusterRead]:
        """Every cluster there is, ours and others'.

        Raises:
            DatabaseProblem: See `call`.
        """
        offset = 0
        while True:
            items = self.call("list the clusters", self._page, offset=offset)
            yield from map(_read, items)
            if len(items) < _PAGE:
                return
            offset += len(items)

    def create(self, properties: ClusterCreateProperties) -> ClusterRead:
        """Ask for a new cluster; it is asked once, whatever becomes of the answer.

        Raises:
            DatabaseProblem: See `call`. After `DatabaseUnreachable` it may have been made.
        """
        secrets = () if properties.credentials is None else (properties.credentials.password or "",)
        wanted = ClusterCreate(properties=properties)
        return self.call("create a cluster", self._clusters.clusters_post, wanted, hidden=secrets)

    def replace(self, cluster: ClusterEnsure) -> None:
        """Bring a cluster to other properties.

        Raises:
            DatabaseProblem: See `call`.
        """
        self.call(f"change cluster {cluster.id}", self._clusters.clusters_put, cluster.id, cluster)

    def delete(self, cluster_id: str) -> None:
        """Ask for a cluster's end; one that is gone is passed over.

        Raises:
            DatabaseProblem: See `call`.
        """
        try:
            self._clusters.clusters_delete(cluster_id, _request_timeout=_REQUEST_SECONDS)
        except ApiException as error:
            if error.status != _NOT_FOUND:
                raise self._problem(f"delete cluster {cluster_id}", error, ()) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(f"delete cluster {cluster_id}", error) from None

    def call(
        self, what: str, function: Callable[..., Answer], *values: object, hidden: tuple[str, ...] = (), **named: object
    ) -> Answer:
        """Make one request.

        Raises:
            DatabaseUnreachable: No answer, or one that says to come back.
            DatabaseBusy: The cluster is just being changed.
            DatabaseRefused: The token is wrong, or has not the right to do this.
            QuotaExceeded: The contract's limits are reached.
            InvalidCluster: A value is refused.
            DatabaseProblem: Anything else, such as an answer that is none of this API's.
        """
        try:
            return function(*values, _request_timeout=_REQUEST_SECONDS, **named)
        except ApiException as error:
            raise self._problem(what, error, hidden) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(what, error) from None
        except (ValueError, TypeError, KeyError):
            # As the SDK meets what it cannot read. Its message has what was read, and nobody knows what that was.
            raise DatabaseProblem(f"{self.url} was asked to {what} and answered in a way its API does not") from None

    def _page(self, *, offset: int, _request_timeout: int) -> list[dict[str, Any]]:
        """Unread, since the SDK reads all of a page or nothing of it."""
        response = self._clusters.clusters_get_without_preload_content(
            offset=offset, limit=_PAGE, _request_timeout=_request_timeout
        )
        body = response.data.decode()
        if response.status != _OK:
            failure = ApiException(status=response.status, reason=response.reason, body=body)
            failure.headers = response.headers
            raise failure
        items = json.loads(body)["items"]
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise TypeError("the items of a page are objects")
        return items

    @cached_property
    def _clusters(self) -> ClustersApi:
        # No repeats of its own: a request whose answer is lost may have been carried out, and a second cluster costs.
        configuration = Configuration(host=self.url, token=self.token, retries=0)
        configuration.max_retries = 1
        return ClustersApi(ApiClient(configuration))

    def _unreachable(self, what: str, error: urllib3.exceptions.HTTPError) -> DatabaseUnreachable:
        return DatabaseUnreachable(f"{self.url} was asked to {what} and gave no answer ({type(error).__name__})")

    def _problem(self, what: str, error: ApiException, hidden: tuple[str, ...]) -> DatabaseProblem:
        status, told = int(error.status or 0), _told(error)
        for secret in filter(None, (self.token, *hidden)):
            told = told.replace(secret, "***")
        text = f"{self.url} was asked to {what} and says {status or 'nothing of use'}: {told}"
        if status == 0 or status >= _SERVER_ERRORS or status == _TOO_MANY:
            return DatabaseUnreachable(text, _retry_after(error))
        if status == _PAYMENT or (status != _UNAUTHORIZED and _QUOTA.search(told)):
            return QuotaExceeded(f"{text}; raise the contract's quota or remove a cluster")
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            return DatabaseRefused(f"{text}; see that the token is valid and may manage databases")
        if status == _CONFLICT:
            return DatabaseBusy(text)
        if status in _INVALID:
            return InvalidCluster(text, _fields(told))
        return DatabaseProblem(text)


def _read(item: dict[str, Any]) -> ClusterRead:
    """A cluster; of one that does not fit the SDK's models only what tells whose it is and which address it has.

    Others' clusters may have sizes and states that this version of the SDK does not know, and must not hinder ours.
    """
    try:
        return ClusterRead.model_validate(ClusterRead.from_dict(item))
    except (ValueError, TypeError):
        properties = _object(item.get("properties"))
        connection = _object(properties.get("connection"))
        return ClusterRead(
            id=str(item.get("id")),
            properties=Cluster.model_construct(
                name=properties.get("name"),
                description=properties.get("description"),
                connection=MariadbClusterConnection.model_construct(
                    primary_instance_address=connection.get("primaryInstanceAddress")
                ),
            ),
        )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _told(error: ApiException) -> str:
    """What the API says is wrong: its own messages, else no more than the status's name."""
    try:
        answer = Error.from_json(error.body or "")
    except (ValueError, TypeError):
        answer = None
    messages = [] if answer is None else answer.messages or []
    parts = [" ".join(filter(None, (message.error_code, message.message))) for message in messages]
    return "; ".join(parts) or str(error.reason or "no message")


def _fields(told: str) -> tuple[str, ...]:
    """The API's fields that a message names."""
    paths = re.findall(r"[A-Za-z]+(?:\.[A-Za-z]+)+", told)
    named = [path.rpartition(".")[2] for path in paths]
    named += [word for word in _WORD.findall(told) if word not in _SPOKEN]
    return tuple(dict.fromkeys(name for name in named if name in _FIELDS))


def _retry_after(error: ApiException) -> int | None:
    value = (error.headers or {}).get("Retry-After", "")
    return int(value) if str(value).isdigit() else None
