"""Going back: each release to the revision it had, in reverse order, then the objects, then proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from presswerk.infrastructure.delivery.clock import Clock, Deadline
from presswerk.infrastructure.delivery.connection import Body, Connection, Ref
from presswerk.infrastructure.delivery.errors import ClusterRefused, HelmFailed
from presswerk.infrastructure.delivery.probes import Answer, Endpoint, Prober
from presswerk.infrastructure.delivery.releasing import Releaser
from presswerk.infrastructure.delivery.report import Timed
from presswerk.infrastructure.delivery.waiting import NotReady, Tell
from presswerk.runtimes.kubernetes.rendering.releases import Release


@dataclass(frozen=True)
class Restored:
    """What going back did.

    Attributes:
        steps: Each with its time.
        left: Releases that were not there before, and stay.
        problems: What is not as it was.
        answers: Of the endpoints afterwards.
    """

    steps: Sequence[Timed]
    left: Sequence[str]
    problems: Sequence[str]
    answers: Sequence[Answer]


@dataclass(frozen=True)
class Restorer:
    """Brings back what was before.

    Attributes:
        releaser: Changes releases.
        connection: To the cluster.
        prober: Asks the endpoints.
        clock: Whose time.
        tell: Told what is done.
    """

    releaser: Releaser
    connection: Connection
    prober: Prober
    clock: Clock
    tell: Tell

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
        done: list[Timed] = []
        problems: list[str] = []
        again = [each for each in reversed(releases) if self._goes_back(each, before.get(each.name, 0), done)]
        for release in releases:
            if revision := before.get(release.name, 0):
                self._is_back(release, revision, done, problems, again=release in again)
        began = self.clock.monotonic()
        touched = self._objects(objects, problems)
        done.append(Timed("objects", f"{touched} brought back", self.clock.monotonic() - began))
        began = self.clock.monotonic()
        self.tell("  probing ...")
        deadline = Deadline.after(self.releaser.patience_seconds, self.clock)
        answers = self.prober.until_good(endpoints, deadline, self.clock, self.tell)
        bad = [f"{each.endpoint.name}: {each.said}" for each in answers if not each.good]
        done.append(Timed("probes", "failed" if bad else "answered", self.clock.monotonic() - began))
        left = [each.name for each in releases if not before.get(each.name, 0)]
        return Restored(done, left, [*problems, *bad], answers)

    def _goes_back(self, release: Release, revision: int, done: list[Timed]) -> bool:
        """Send a release back, and wait for nothing: what others need may be what is broken.

        Returns:
            Whether it failed and must be tried again, when those it needs are back.
        """
        began = self.clock.monotonic()
        if not revision:
            return False
        try:
            changed = self.releaser.back(release, revision)
        except (HelmFailed, ClusterRefused) as problem:
            self.tell(f"  {release.name}: {problem.problem}; it is tried again when the others are back")
            return True
        if changed:
            done.append(Timed(release.name, f"back to revision {revision}", self.clock.monotonic() - began))
        return False

    def _is_back(self, release: Release, revision: int, done: list[Timed], problems: list[str], *, again: bool) -> None:
        began, did = self.clock.monotonic(), "ready"
        try:
            if again:
                self.releaser.back(release, revision)
                did = f"back to revision {revision}"
            self.releaser.ready(release)
        except (HelmFailed, NotReady, ClusterRefused) as problem:
            problems.append(f"{release.name}: {problem.problem}")
            self.tell(f"  {release.name}: {problem.problem}")
            did = "could not be brought back"
        done.append(Timed(release.name, did, self.clock.monotonic() - began))

    def _objects(self, objects: Sequence[Body], problems: list[str]) -> int:
        """Apply those that are still there: what was deleted since, a tenant above all, must not come back."""
        touched = 0
        for body in objects:
            ref = Ref.of(body)
            try:
                live = self.connection.get(ref)
                if live is None or "deletionTimestamp" in live["metadata"]:
                    continue
                touched += self.connection.apply(body).outcome != "unchanged"
            except ClusterRefused as refused:
                problems.append(refused.problem)
        return touched
