"""Going back: each release to the revision it had, in reverse order, and the objects; then all of it is waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from presswerk.infrastructure.delivery.errors import HelmFailed
from presswerk.infrastructure.delivery.probes import Endpoint
from presswerk.infrastructure.delivery.proving import Proof
from presswerk.infrastructure.delivery.timing import Steps
from presswerk.infrastructure.delivery.tools import Tools
from presswerk.infrastructure.delivery.waiting import NotReady
from presswerk.kubernetes.api import UNCHANGED
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import Body, ref_of
from presswerk.kubernetes.lease import Held, LeaseLost
from presswerk.runtimes.cluster.rendering.releases import Release


@dataclass(frozen=True)
class Restored:
    """What came of going back.

    Attributes:
        problems: What is not as it was.
        warnings: What else is to be known.
    """

    problems: Sequence[str]
    warnings: Sequence[str]


class Restorer:
    """Brings back what was before.

    Args:
        tools: To do it with.
        proof: Asks whether what is back answers.
        steps: Times it.
        held: The lock, without which nothing is touched.
    """

    def __init__(self, tools: Tools, proof: Proof, steps: Steps, held: Held) -> None:
        self._tools = tools
        self._held = held
        self._releaser = tools.releaser()
        self._proof = proof
        self._steps = steps
        self._problems: list[str] = []

    def restore(
        self,
        releases: Sequence[Release],
        before: Mapping[str, int],
        objects: Sequence[Body],
        endpoints: Sequence[Endpoint],
    ) -> Restored:
        """Go on to the end, whatever fails on the way: half restored is better told than left.

        Args:
            releases: In the order they are installed.
            before: Release -> revision to go back to; 0 for one that was not there, which stays as it is.
            objects: Beside the charts, as they were.
            endpoints: Which must answer then.
        """
        known = [each for each in releases if before.get(each.name, 0)]
        left = [f"{each.name} was not there before, and stays." for each in releases if each not in known]
        try:
            self._bring_back(known, before, objects)
        except LeaseLost as lost:
            return Restored([*self._problems, lost.problem], left)
        answers = self._proof.ask("probes", endpoints, self._tools.answering_seconds)
        silent = [f"{each.endpoint.name}: {each.said}" for each in answers if not each.good]
        return Restored([*self._problems, *silent], left)

    def _bring_back(self, releases: Sequence[Release], before: Mapping[str, int], objects: Sequence[Body]) -> None:
        again = [each for each in reversed(releases) if not self._goes_back(each, before[each.name])]
        self._held.check()
        self._steps.take("objects", lambda: f"{self._objects(objects)} brought back")
        # All of them begin anew together: together they are given the patience of one.
        deadline = Deadline.after(self._tools.patience_seconds, self._tools.clock)
        for release in releases:
            self._is_back(release, before[release.name], deadline, again=release in again)

    def _goes_back(self, release: Release, revision: int) -> bool:
        """Send a release back, and wait for nothing: what others need may be what is broken, objects too.

        Returns:
            Whether it went; if not, it has to be tried again when those it needs are back.
        """
        self._held.check()
        try:
            self._steps.take(release.name, lambda: self._back(release, revision))
        except (HelmFailed, ClusterError) as problem:
            self._tools.tell(f"  {release.name}: {problem.problem}; it is tried again when the others are back")
            return False
        return True

    def _back(self, release: Release, revision: int) -> str:
        return f"back to revision {revision}" if self._releaser.back(release, revision) else ""

    def _is_back(self, release: Release, revision: int, deadline: Deadline, *, again: bool) -> None:
        try:
            if again:
                self._held.check()
                self._steps.take(release.name, lambda: self._back(release, revision))
            self._steps.take(release.name, lambda: self._ready(release, deadline))
        except (HelmFailed, NotReady, ClusterError) as problem:
            self._problems.append(f"{release.name}: {problem.problem}")
            self._tools.tell(f"  {release.name}: {problem.problem}")

    def _ready(self, release: Release, deadline: Deadline) -> str:
        self._releaser.ready(release, deadline)
        return "ready"

    def _objects(self, objects: Sequence[Body]) -> int:
        """Apply those that are still there: what was deleted since, a tenant above all, must not come back."""
        touched = 0
        for body in objects:
            ref = ref_of(body)
            try:
                live = self._tools.connection.get(ref)
                if live is None or "deletionTimestamp" in live["metadata"]:
                    continue
                touched += self._tools.connection.outcome_of_applying(body) != UNCHANGED
            except ClusterError as refused:
                self._problems.append(refused.problem)
        return touched
