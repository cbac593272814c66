"""One release at a time: repaired if Helm was interrupted, upgraded, ready; or taken back to an earlier revision."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from presswerk.infrastructure.delivery.helm import DEPLOYED, Helm, HelmFailed, History
from presswerk.infrastructure.delivery.plan import ReleaseStep, is_current, is_first
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import Deadline, SystemClock
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import JOB
from presswerk.kubernetes.readiness import Failed, not_ready
from presswerk.kubernetes.rollout import Tell, Waiter, awaited
from presswerk.runtimes.cluster.rendering.releases import Release
from presswerk.runtimes.cluster.rendering.text import yaml_text
from presswerk.runtimes.cluster.rendering.values import Values

_SETTLE_SECONDS, _SETTLE_SHARE = 10.0, 20


@dataclass(frozen=True)
class Releaser:
    """Changes releases.

    Attributes:
        helm: By which.
        connection: To the same cluster.
        waiter: Waits for what they consist of.
        clock: Whose patience.
        patience_seconds: For each release, from when its upgrade begins until it is ready.
        tell: Told what is done.
    """

    helm: Helm
    connection: ClusterApi
    waiter: Waiter
    clock: SystemClock
    patience_seconds: float
    tell: Tell

    def bring(self, step: ReleaseStep, history: History) -> str:
        """Bring a release to what it shall be, and wait until it is ready.

        Args:
            step: What it shall be.
            history: What it is.

        Returns:
            What was done; `unchanged` if nothing.

        Raises:
            NotReady: It does not become ready.
            HelmFailed: Helm, the cluster or a hook refused.
        """
        history = self._settled(step.release, history)
        repaired = self._repair(step.release, history)
        if repaired:
            history = self.helm.history(step.release)
        if is_current(step, history, self.helm):
            self.ready(step.release)
            return repaired or "unchanged"
        begun = step.first is not None and self._first(step, step.first, history)
        self._upgrade(step, step.values)
        return repaired or ("installed" if history.newest is None or begun else "upgraded")

    def back(self, release: Release, revision: int) -> bool:
        """Bring a release back to an earlier revision, without waiting until it is ready.

        Returns:
            Whether anything had to be done.

        Raises:
            HelmFailed: Helm or the cluster refused, or a hook failed.
        """
        newest = self.helm.history(release).newest
        if newest is not None and newest.status == DEPLOYED and self._is_like(release, newest.number, revision):
            return False
        self.tell(f"  {release.name}: back to revision {revision} ...")
        try:
            self.helm.rollback(release, revision, patience_seconds=self.patience_seconds)
        except HelmFailed as failed:
            raise HelmFailed(f"{failed.problem}{self._failed_hooks(release)}") from None
        return True

    def ready(self, release: Release, deadline: Deadline | None = None) -> None:
        """Wait until everything of a release is ready.

        Raises:
            NotReady: It does not become so.
            HelmFailed: Helm or the cluster refused.
        """
        refs = awaited(self.helm.manifest(release), release.namespace)
        self.waiter.until_ready(refs, deadline or Deadline.after(self.patience_seconds, self.clock))

    def _is_like(self, release: Release, newest: int, revision: int) -> bool:
        if newest == revision:
            return True
        content = self.helm.content(release, newest)
        return bool(content) and content == self.helm.content(release, revision)

    def _settled(self, release: Release, history: History) -> History:
        """Its history, once a helm that outlived its caller has had time to end."""
        wait_seconds = min(_SETTLE_SECONDS, self.patience_seconds / _SETTLE_SHARE)
        deadline = Deadline.after(wait_seconds, self.clock)
        while history.newest is not None and history.newest.is_pending and not deadline.is_over:
            self.clock.sleep(wait_seconds / 5)
            history = self.helm.history(release)
        return history

    def _repair(self, release: Release, history: History) -> str:
        """Free a release that Helm was interrupted with: it refuses to touch one."""
        newest, good = history.newest, history.good
        if newest is None or not newest.is_pending:
            return ""
        if good is None:
            # It was never whole, and nothing of the platform's data is in it.
            self.tell(f"  {release.name}: its installation was interrupted; removing what there is of it ...")
            self.helm.uninstall(release)
            return "installed again after an interruption"
        self.tell(f"  {release.name}: revision {newest.number} was interrupted; back to {good.number} first ...")
        self.helm.rollback(release, good.number, patience_seconds=self.patience_seconds)
        return "upgraded after an interruption"

    def _first(self, step: ReleaseStep, values: Values, history: History) -> bool:
        """Whether this is the very first time: then it has begun with the values for that, and is ready."""
        newest, content = history.newest, step.chart.content(values)
        begun = newest is not None and newest.status == DEPLOYED
        if newest is not None and begun and self.helm.content(step.release, newest.number) == content:
            self.ready(step.release)
            return True
        if is_first(step.release, history):
            self._upgrade(step, values)
            return True
        return False

    def _upgrade(self, step: ReleaseStep, values: Values) -> None:
        deadline = Deadline.after(self.patience_seconds, self.clock)
        with tempfile.TemporaryDirectory(prefix="presswerk-values-") as scratch:
            file = Path(scratch) / "values.yaml"
            file.write_text(yaml_text(values), encoding="utf-8")
            try:
                self.helm.upgrade(
                    step.release,
                    step.chart.path,
                    file,
                    content=step.chart.content(values),
                    patience_seconds=self.patience_seconds,
                )
            except HelmFailed as failed:
                raise HelmFailed(f"{failed.problem}{self._failed_hooks(step.release)}") from None
        self.ready(step.release, deadline)

    def _failed_hooks(self, release: Release) -> str:
        """Why a hook's Job did not complete, when that is why Helm failed."""
        told = []
        try:
            for job in self.connection.list(JOB, namespace=release.namespace)[0]:
                try:
                    state = not_ready(job)
                except Failed as failed:
                    state = str(failed)
                if state:
                    reason = self.waiter.reasons.of(job)
                    told.append(f"Job {job['metadata']['name']}: {state}{'; ' + reason if reason else ''}")
        except ClusterError:
            return ""
        return "".join(f"; {each}" for each in told)
