"""The durable engine (DBOS): how it is configured, started, asked and stopped."""

import datetime as dt
import logging
from collections.abc import Iterable
from enum import Enum

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import make_url

from presswerk.database import connect
from presswerk.publishing.model import Run
from presswerk.publishing.workflow import PublicationWorkflow

QUEUE = "publications"
WORKFLOW_VERSION = "1"
"""Raise it only when a workflow's steps change so that a run begun before cannot go on; such runs wait for a hub of the
old version, so let one finish them before it is replaced."""

# Many more than one tenant may have: a handful of sites that hang must not take every place.
_RUNS_AT_ONCE = 48
_RUNS_AT_ONCE_PER_TENANT = 2
_POLLING_INTERVAL_SECONDS = 0.1
_DRAIN_SECONDS = 5


class RunStatus(Enum):
    """What the engine knows of a run."""

    UNKNOWN = "unknown"  # it never got it
    ALIVE = "alive"  # waits or runs
    ENDED = "ended"  # came to its end
    BROKEN = "broken"  # ended by a defect, or too many crashes


_STATUSES = {
    "DELAYED": RunStatus.ALIVE,
    "ENQUEUED": RunStatus.ALIVE,
    "PENDING": RunStatus.ALIVE,
    "SUCCESS": RunStatus.ENDED,
}


class DurableQueue:
    """Hands runs to the engine, which must be launched."""

    def __init__(self) -> None:
        self._workflow: PublicationWorkflow | None = None

    def serve(self, workflow: PublicationWorkflow) -> None:
        """Say which workflow runs are for."""
        self._workflow = workflow

    def enqueue(self, tenant: str, run: Run, due_at: dt.datetime | None) -> None:
        """Hand a run over, to begin not before `due_at`; the same run is taken once."""
        if self._workflow is None:
            raise RuntimeError("a queue must serve a workflow before it takes runs")
        wait_seconds = 0.0 if due_at is None else (due_at - dt.datetime.now(dt.UTC)).total_seconds()
        options = SetEnqueueOptions(
            queue_partition_key=tenant, delay_seconds=wait_seconds if wait_seconds > 0 else None
        )
        with SetWorkflowID(run.workflow_id(tenant)), options:
            DBOS.enqueue_workflow(QUEUE, self._workflow.publish, tenant, run.publication, run.revision, run.attempt)

    def cancel(self, tenant: str, run: Run) -> None:
        """Stop a run at its next step, or before it begins; does nothing when there is none."""
        DBOS.cancel_workflow(run.workflow_id(tenant))

    def statuses(self, runs: Iterable[tuple[str, Run]]) -> dict[Run, RunStatus]:
        """What the engine knows of runs, each given with its tenant."""
        by_id = {run.workflow_id(tenant): run for tenant, run in runs}
        found = DBOS.list_workflows(workflow_ids=list(by_id), load_input=False, load_output=False)
        known = {each.workflow_id: _STATUSES.get(each.status, RunStatus.BROKEN) for each in found}
        return {run: known.get(workflow_id, RunStatus.UNKNOWN) for workflow_id, run in by_id.items()}


def launch(system_database_url: str, executor_id: str) -> None:
    """Start the engine; runs of a killed process with the same executor id go on.

    Args:
        system_database_url: `sqlite:///path` or `postgresql://...`; created when missing.
        executor_id: Names this process among all that share the database, and stays the same over restarts.
    """
    config = DBOSConfig(
        name="presswerk",
        application_version=WORKFLOW_VERSION,
        executor_id=executor_id,
        # The default is pickle: whoever can write to the database could run code in the hub.
        serializer=DBOSPortableJSONSerializer(),
        log_level="WARNING",
    )
    if make_url(system_database_url).get_backend_name() == "sqlite":
        # Only an engine of ours has WAL, without which readers and the writer wait for each other.
        config["system_database_engine"] = connect(system_database_url)
    else:
        config["system_database_url"] = system_database_url
    DBOS(config=config)
    # The engine writes its log its own way; let it go where all others go.
    engine_log = logging.getLogger("dbos")
    engine_log.handlers.clear()
    engine_log.propagate = True
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=_RUNS_AT_ONCE,
        # Counted per process: a process that is gone must not use up its tenants' places.
        partition_worker_concurrency=_RUNS_AT_ONCE_PER_TENANT,
        polling_interval_sec=_POLLING_INTERVAL_SECONDS,
        on_conflict="always_update",
    )


def shut_down() -> None:
    """Stop taking runs, give running steps a moment, and let go; what does not end in time goes on after a restart."""
    DBOS.destroy(workflow_completion_timeout_sec=_DRAIN_SECONDS)
