"""What came of a delivery: told at its end, and kept in the cluster with what it replaced, a ConfigMap each."""

import base64
import dataclasses
import enum
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.plan import PlannedChange
from presswerk.infrastructure.delivery.preflight import PreflightResult
from presswerk.infrastructure.delivery.probes import ProbeAnswer
from presswerk.infrastructure.delivery.tools import Timed
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import CONFIG_MAP, Body, Ref
from presswerk.kubernetes.lease import Held
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

KEPT = 10
_NAME = "presswerk-delivery-{:06d}"
_LABEL = "presswerk.io/delivery"


class DeliveryState(enum.StrEnum):
    """What became of a delivery."""

    RUNNING = "running"  # or interrupted, which nobody was left to write
    DONE = "done"
    RESTORED = "restored"  # it failed, and what was before is back
    FAILED = "failed"  # it failed, and what it has done is there


@dataclass(frozen=True)
class Record:
    """One delivery.

    Attributes:
        number: It counts from 1.
        kind: `deploy` or `rollback`.
        state: What became of it.
        version: Of Presswerk.
        began: When, as UTC in ISO 8601.
        by: Who ran it.
        before: Release -> the revision it began with; 0 when it was not there. What an undoing goes back to.
        releases: Release -> the revision it ended with.
        goal: Of a rollback: release -> the revision it goes to.
        previous: Number of the delivery whose objects were there before; 0 when there was none.
        reason: Why it did not succeed.
        objects: What it applied beside the charts, once it had succeeded; of a rollback, what it applies.
    """

    number: int
    kind: str
    state: DeliveryState
    version: str
    began: str
    by: str
    before: Mapping[str, int]
    releases: Mapping[str, int] = field(default_factory=dict)
    goal: Mapping[str, int] = field(default_factory=dict)
    previous: int = 0
    reason: str = ""
    objects: Sequence[Body] = ()

    @property
    def is_good(self) -> bool:
        """Whether the platform was whole after it: somewhere to go back to."""
        return self.state in {DeliveryState.DONE, DeliveryState.RESTORED}


class Records:
    """Reads and writes them.

    Args:
        connection: To the cluster; the platform's namespace must exist for writing.
    """

    def __init__(self, connection: ClusterApi) -> None:
        self._connection = connection

    def all(self) -> tuple[Record, ...]:
        """Those that are kept, oldest first."""
        found, _ = self._connection.list(CONFIG_MAP, {_LABEL: None}, namespace=PLATFORM_NAMESPACE)
        return tuple(sorted((_read(each) for each in found), key=lambda record: record.number))

    def begin(self, record: Record, kept: Sequence[Record], *, goes_on: bool) -> Record:
        """Keep that one has begun.

        Args:
            record: But for its number, and the delivery before it.
            kept: Those before it.
            goes_on: Whether it is the last one once more.
        """
        number, good = (kept[-1].number + (not goes_on) if kept else 1), last_good(kept)
        begun = dataclasses.replace(record, number=number, previous=good.number if good else 0)
        self.write(begun)
        return begun

    def write(self, record: Record) -> None:
        """Keep one, and forget the oldest beyond those that are kept."""
        self._connection.apply(_body(record))
        for old in self.all()[:-KEPT]:
            self.forget(old)

    def conclude(self, record: Record, held: Held, revisions: Callable[[], Mapping[str, int]]) -> str:
        """Keep how one ended, if that can be: what it has done is not undone by a record that cannot be written.

        Args:
            record: With its end.
            held: Whoever has the lock writes.
            revisions: Tells the revisions it ended with.

        Returns:
            Why it could not be kept; empty when it is.
        """
        try:
            held.check()
            self.write(dataclasses.replace(record, releases=revisions()))
        except PresswerkError as problem:
            return f"It could not be recorded, so the next delivery takes it for interrupted: {problem.problem}"
        return ""

    def forget(self, record: Record) -> None:
        """Remove one."""
        self._connection.delete(Ref(CONFIG_MAP, PLATFORM_NAMESPACE, _NAME.format(record.number)))


def last_good(kept: Sequence[Record]) -> Record | None:
    """The newest after which the platform was whole."""
    return next((record for record in reversed(kept) if record.is_good), None)


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
    return Record(**{**told, "state": DeliveryState(told["state"])}, objects=tuple(objects))


class DeliveryOutcome(enum.StrEnum):
    """How it ended."""

    DONE = "done"
    UNCHANGED = "unchanged"  # all was as declared already
    INCOMPLETE = "incomplete"  # all is well but for what the reason names
    LEFT = "left"  # a first installation failed, and stays for a look
    RESTORED = "restored"  # it failed, and what was before is back and answers
    BROKEN = "broken"  # it failed, and what was before is not back: a person must look


EXIT_CODES = {
    DeliveryOutcome.DONE: 0,
    DeliveryOutcome.UNCHANGED: 0,
    DeliveryOutcome.INCOMPLETE: 1,
    DeliveryOutcome.LEFT: 1,
    DeliveryOutcome.RESTORED: 3,
    DeliveryOutcome.BROKEN: 4,
}


@dataclass(frozen=True)
class DeliveryReport:
    """The whole.

    Attributes:
        outcome: How it ended.
        number: Of the delivery.
        version: Of Presswerk.
        reason: Why it is not done.
        next_step: What to do now.
        changes: What was to be done.
        steps: What was done, in order.
        answers: Of the endpoints, the last ones.
        warnings: What else is to be known.
        findings: Of the checks before.
    """

    outcome: DeliveryOutcome
    number: int
    version: str
    reason: str = ""
    next_step: str = ""
    changes: Sequence[PlannedChange] = ()
    steps: Sequence[Timed] = ()
    answers: Sequence[ProbeAnswer] = ()
    warnings: Sequence[str] = ()
    findings: Sequence[PreflightResult] = ()

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(each.seconds for each in self.steps)

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return EXIT_CODES[self.outcome]


def as_json(report: DeliveryReport) -> dict[str, Any]:
    """The whole, for programs."""
    return {
        "outcome": report.outcome,
        "delivery": report.number,
        "version": report.version,
        "reason": report.reason,
        "next_step": report.next_step,
        "seconds": round(report.seconds, 3),
        "checks": [vars(each) for each in report.findings],
        "changes": [vars(each) for each in report.changes],
        "steps": [{**vars(each), "seconds": round(each.seconds, 3)} for each in report.steps],
        "probes": [
            {"name": each.endpoint.name, "url": each.endpoint.url, "good": each.good, "said": each.said}
            for each in report.answers
        ],
        "warnings": list(report.warnings),
    }
