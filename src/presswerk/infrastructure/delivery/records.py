"""What was delivered, and what it replaced: a ConfigMap a delivery, kept in the cluster."""

import base64
import dataclasses
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from presswerk.infrastructure.delivery.connection import Body, Connection, Ref
from presswerk.runtimes.kubernetes.names import PLATFORM_NAMESPACE

RUNNING, DONE, RESTORED, FAILED = "running", "done", "restored", "failed"
KEPT = 10
_NAME = "presswerk-delivery-{:06d}"
_LABEL = "presswerk.io/delivery"


@dataclass(frozen=True)
class Record:
    """One delivery.

    Attributes:
        number: It counts from 1.
        kind: `deploy` or `rollback`.
        state: `running`, `done`, `restored` (it failed, and what was before is back) or `failed`.
        version: Of Presswerk.
        began: When, as UTC in ISO 8601.
        by: Who ran it.
        before: Release -> the revision it began with; 0 when it was not there. What an undoing goes back to.
        releases: Release -> the revision it ended with.
        goal: Of a rollback: release -> the revision it goes to.
        previous: Number of the delivery whose objects were there before; 0 when there was none.
        reason: Why it did not succeed.
        objects: What it applied beside the charts, once it had succeeded.
    """

    number: int
    kind: str
    state: str
    version: str
    began: str
    by: str
    before: Mapping[str, int]
    releases: Mapping[str, int] = field(default_factory=dict)
    goal: Mapping[str, int] = field(default_factory=dict)
    previous: int = 0
    reason: str = ""
    objects: Sequence[Body] = ()


class Records:
    """Reads and writes them.

    Args:
        connection: To the cluster; the platform's namespace must exist for writing.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> tuple[Record, ...]:
        """Those that are kept, oldest first.

        Raises:
            ClusterRefused: The API refused or did not answer.
        """
        found = self._connection.list("v1", "ConfigMap", PLATFORM_NAMESPACE, labels=_LABEL)
        return tuple(sorted((_read(each) for each in found), key=lambda record: record.number))

    def write(self, record: Record) -> None:
        """Keep one, and forget the oldest beyond those that are kept.

        Raises:
            ClusterRefused: The API refused or did not answer.
        """
        self._connection.apply(_body(record))
        for old in self.all()[:-KEPT]:
            self.forget(old)

    def forget(self, record: Record) -> None:
        """Remove one.

        Raises:
            ClusterRefused: The API refused or did not answer.
        """
        self._connection.delete(Ref("v1", "ConfigMap", _NAME.format(record.number), PLATFORM_NAMESPACE))


def _body(record: Record) -> Body:
    told = {name: value for name, value in dataclasses.asdict(record).items() if name != "objects"}
    packed = gzip.compress(json.dumps(list(record.objects), sort_keys=True).encode(), mtime=0)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": _NAME.format(record.number),
            "namespace": PLATFORM_NAMESPACE,
            "labels": {_LABEL: str(record.number), "app.kubernetes.io/part-of": "presswerk"},
        },
        "data": {"delivery": json.dumps(told, indent=2, sort_keys=True)},
        "binaryData": {"objects": base64.b64encode(packed).decode()},
    }


def _read(body: Body) -> Record:
    told: dict[str, Any] = json.loads(body["data"]["delivery"])
    objects = json.loads(gzip.decompress(base64.b64decode(body["binaryData"]["objects"])))
    return Record(**told, objects=tuple(objects))
