"""One release at a time: repaired if Helm was interrupted, upgraded, ready; or taken back to an earlier revision."""

import tempfile
from pathlib import Path

from presswerk.infrastructure.delivery.helm import DEPLOYED, HelmFailed, History
from presswerk.infrastructure.delivery.plan import ReleaseStep, is_current, is_first
from presswerk.infrastructure.delivery.tools import Tools
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import JOB
from presswerk.kubernetes.readiness import Failed, not_ready
from presswerk.kubernetes.rollout import awaited
from presswerk.runtimes.cluster.rendering.releases import Release
from presswerk.runtimes.cluster.rendering.text import yaml_text
from presswerk.runtimes.cluster.rendering.values import Values

_SETTLE_SECONDS, _SETTLE_SHARE = 10.0, 20


class Releaser:
    """Changes releases, each with the patience of the tools from when its upgrade begins until it is ready.

    Every method raises `HelmFailed` where Helm, the cluster or a hook refuses.

    Args:
        tools: To do it with.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._helm = tools.helm

    def bring(self, step: ReleaseStep, history: History) -> str:
        """Bring a release to what it shall be, and wait until it is ready.

        Args:
            step: What it shall be.
            history: What it is.

        Returns:
            What was done; `unchanged` if nothing.

        Raises:
            NotReady: It does not become ready.
        """
        history = self._settled(step.release, history)
        repaired = self._repair(step.release, history)
        if repaired:
            history = self._helm.history(step.release)
        if is_current(step, history, self._helm):
            self.ready(step.release)
            return repaired or "unchanged"
        begun = step.first is not None and self._first(step, step.first, history)
        self._upgrade(step, step.values)
        return repaired or ("installed" if history.newest is None or begun else "upgraded")

    def back(self, release: Release, revision: int) -> bool:
        """Bring a release back to an earlier revision, without waiting until it is ready.

        Returns:
            Whether anything had to be done.
        """
        newest = self._helm.history(release).newest
        if newest is not None and newest.status == DEPLOYED and self._is_like(release, newest.number, revision):
            return False
        self._tools.tell(f"  {release.name}: back to revision {revision} ...")
        try:
            self._helm.rollback(release, revision, patience_seconds=self._tools.patience_seconds)
        except HelmFailed as failed:
            raise HelmFailed(f"{failed.problem}{self._failed_hooks(release)}") from None
        return True

    def ready(self, release: Release, deadline: Deadline | None = None) -> None:
        """Wait until everything of a release is ready.

        Raises:
            NotReady: It does not become so.
        """
        refs = awaited(self._helm.manifest(release), release.namespace)
        self._tools.waiter.until_ready(refs, deadline or self._tools.deadline())

    def _is_like(self, release: Release, newest: int, revision: int) -> bool:
        if newest == revision:
            return True
        content = self._helm.content(release, newest)
        return bool(content) and content == self._helm.content(release, revision)

    def _settled(self, release: Release, history: History) -> History:
        """Its history, once a helm that outlived its caller has had time to end."""
        wait_seconds = min(_SETTLE_SECONDS, self._tools.patience_seconds / _SETTLE_SHARE)
        deadline = self._tools.deadline(wait_seconds)
        while (
            history.newest is not None and history.newest.is_pending and deadline.allows_another_look(wait_seconds / 5)
        ):
            history = self._helm.history(release)
        return history

    def _repair(self, release: Release, history: History) -> str:
        """Free a release that Helm was interrupted with: it refuses to touch one."""
        newest, good = history.newest, history.good
        if newest is None or not newest.is_pending:
            return ""
        if good is None:
            # It was never whole, and nothing of the platform's data is in it.
            self._tools.tell(f"  {release.name}: its installation was interrupted; removing what there is of it ...")
            self._helm.uninstall(release)
            return "installed again after an interruption"
        self._tools.tell(f"  {release.name}: revision {newest.number} was interrupted; back to {good.number} first ...")
        self._helm.rollback(release, good.number, patience_seconds=self._tools.patience_seconds)
        return "upgraded after an interruption"

    def _first(self, step: ReleaseStep, values: Values, history: History) -> bool:
        """Whether this is the very first time: then it has begun with the values for that, and is ready."""
        newest, content = history.newest, step.chart.content(values)
        begun = newest is not None and newest.status == DEPLOYED
        if newest is not None and begun and self._helm.content(step.release, newest.number) == content:
            self.ready(step.release)
            return True
        if is_first(step.release, history):
            self._upgrade(step, values)
            return True
        return False

    def _upgrade(self, step: ReleaseStep, values: Values) -> None:
        deadline = self._tools.deadline()
        with tempfile.TemporaryDirectory(prefix="presswerk-values-") as scratch:
            file = Path(scratch) / "values.yaml"
            file.write_text(yaml_text(values), encoding="utf-8")
            try:
                self._helm.upgrade(
                    step.release,
                    step.chart.path,
                    file,
                    content=step.chart.content(values),
                    patience_seconds=self._tools.patience_seconds,
                )
            except HelmFailed as failed:
                raise HelmFailed(f"{failed.problem}{self._failed_hooks(step.release)}") from None
        self.ready(step.release, deadline)

    def _failed_hooks(self, release: Release) -> str:
        """Why a hook's Job did not complete, when that is why Helm failed."""
        told = []
        try:
            for job in self._tools.connection.list(JOB, namespace=release.namespace)[0]:
                try:
                    state = not_ready(job)
                except Failed as failed:
                    state = str(failed)
                if state:
                    reason = self._tools.waiter.reasons.of(job)
                    told.append(f"Job {job['metadata']['name']}: {state}{'; ' + reason if reason else ''}")
        except ClusterError:
            return ""
        return "".join(f"; {each}" for each in told)
