"""The durable engine (DBOS): how it is configured, started, asked and stopped."""

import datetime as dt
import logging
from collections.abc import Iterable
from enum import Enum

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import make_url

from presswerk.database import connect
from presswerk.publishing.model import Run
from presswerk.publishing.workflow import PublicationWorkflow

WORKFLOW_VERSION = "2"
"""Raise it when a run begun before cannot go on; what a hub of an older version left unfinished begins anew then."""

_FORMER_QUEUE = "publications"
"""Of version 1, whose runs waited in the engine."""
_DRAIN_SECONDS = 5
_BATCH = 500


class RunStatus(Enum):
    """What the engine knows of a run."""

    UNKNOWN = "unknown"  # it never got it
    ALIVE = "alive"  # runs
    ENDED = "ended"  # came to its end
    BROKEN = "broken"  # ended by a defect, or too many crashes


# What is recovered waits for a moment in a queue of the engine's own.
_STATUSES = {"PENDING": RunStatus.ALIVE, "ENQUEUED": RunStatus.ALIVE, "SUCCESS": RunStatus.ENDED}


class DurableRuns:
    """Runs that the engine, which must be launched, carries out; one that is killed goes on with the next start."""

    def __init__(self) -> None:
        self._workflow: PublicationWorkflow | None = None

    def serve(self, workflow: PublicationWorkflow) -> None:
        """Say which workflow runs are for."""
        self._workflow = workflow

    def begin(self, tenant: str, run: Run) -> None:
        """Carry a run out in a thread of its own; the same run is taken once, also by several hubs."""
        if self._workflow is None:
            raise RuntimeError("a workflow must be served before runs begin")
        with SetWorkflowID(run.workflow_id(tenant)):
            DBOS.start_workflow(self._workflow.publish, tenant, run.publication, run.revision, run.attempt)

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
    DBOS.listen_queues([])
    DBOS.launch()
    DBOS.delete_queue(_FORMER_QUEUE)


def forget_runs(before: dt.datetime) -> None:
    """Forget what the engine noted of runs that began before a moment (aware UTC), which must be days ago."""
    while found := DBOS.list_workflows(end_time=before.isoformat(), limit=_BATCH, load_input=False, load_output=False):
        DBOS.delete_workflows([each.workflow_id for each in found])


def shut_down() -> None:
    """Stop taking runs, give running steps a moment, and let go; what does not end in time goes on after a restart."""
    DBOS.destroy(workflow_completion_timeout_sec=_DRAIN_SECONDS)
