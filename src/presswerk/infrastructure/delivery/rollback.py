"""Back to an earlier delivery: chosen from the records, restored under the lock, proved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.helm import DEPLOYED, Helm, HelmFailed
from presswerk.infrastructure.delivery.plan import PlannedChange
from presswerk.infrastructure.delivery.probes import Endpoint, platform_endpoints, site_endpoint
from presswerk.infrastructure.delivery.records import DeliveryOutcome, DeliveryReport, DeliveryState, Record, Records
from presswerk.infrastructure.delivery.release import Releaser
from presswerk.infrastructure.delivery.tools import Steps, Tools, locked
from presswerk.infrastructure.delivery.verification import Verification, tenant_ref
from presswerk.kubernetes.api import UNCHANGED, ClusterApi
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import Body, ref_of
from presswerk.kubernetes.lease import Held, LeaseLost
from presswerk.kubernetes.rollout import NotReady
from presswerk.runtimes.cluster.rendering.releases import PRESSWERK, Release, releases


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

    def __init__(self, tools: Tools, proof: Verification, steps: Steps, held: Held) -> None:
        self._tools = tools
        self._held = held
        self._releaser = Releaser(tools)
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
        deadline = self._tools.deadline()
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


@dataclass(frozen=True)
class RollbackTarget:
    """Where to go back to.

    Attributes:
        said: In words.
        revisions: Release -> revision; 0 for one that was not there.
        objects: Beside the charts, as they were.
        version: Of Presswerk then; empty when nobody recorded it.
    """

    said: str
    revisions: Mapping[str, int]
    objects: Sequence[Body]
    version: str


def choose(records: Sequence[Record], number: int | None) -> RollbackTarget:
    """What to go back to (pure).

    Args:
        records: All that are kept, oldest first.
        number: Of a delivery; None for what was before the last one.

    Raises:
        PresswerkError: There is nothing to go back to, or no such delivery.
    """
    kept = {record.number: record for record in records}
    if not records:
        raise PresswerkError(
            "No delivery is recorded on this cluster, so there is nothing to go back to.",
            "What was installed by hand is taken back by hand: `helm history` and `helm rollback`.",
        )
    if number is not None:
        return _numbered(kept, number)
    last = records[-1]
    if last.kind == "rollback" and not last.is_good:
        # Interrupted, or not wholly back: it goes on to where it went.
        return RollbackTarget(f"what delivery {last.number} was going back to", last.goal, last.objects, last.version)
    revisions = last.before
    if not any(revisions.values()):
        raise PresswerkError(
            f"Delivery {last.number} was the first: there is nothing before it to go back to.",
            "Mend what is wrong and run `presswerk deploy`.",
        )
    earlier = kept.get(last.previous)
    said = f"what delivery {last.number} replaced"
    return RollbackTarget(said, revisions, earlier.objects if earlier else (), _version_after(earlier, kept))


def _numbered(kept: Mapping[int, Record], number: int) -> RollbackTarget:
    good = [str(each.number) for each in kept.values() if each.is_good]
    found = kept.get(number)
    if found is None or not found.is_good:
        why = "is not recorded" if found is None else f"is {found.state}"
        raise PresswerkError(f"Delivery {number} {why}.", f"There are: {', '.join(good) or 'none'}.")
    return RollbackTarget(f"delivery {number}", found.releases, found.objects, _version_after(found, kept))


def _version_after(record: Record | None, kept: Mapping[int, Record]) -> str:
    """Which version was there after a delivery: one that was taken back left that of the delivery before it."""
    while record is not None and record.state is DeliveryState.RESTORED:
        record = kept.get(record.previous)
    return record.version if record else ""


def changes(aim: RollbackTarget, wanted: Sequence[Release], helm: Helm) -> tuple[PlannedChange, ...]:
    """What going back would do.

    Raises:
        PresswerkError: A revision is kept no longer.
        HelmFailed: Helm or the cluster refused.
    """
    return tuple(_change(release, aim.revisions.get(release.name, 0), helm) for release in wanted)


def _change(release: Release, revision: int, helm: Helm) -> PlannedChange:
    if not revision:
        return PlannedChange(release.name, UNCHANGED, "was not there before, and stays as it is")
    history = helm.history(release)
    found = next((each for each in history.revisions if each.number == revision), None)
    newest = history.newest
    if found is None or newest is None:
        raise PresswerkError(
            f"Helm keeps revision {revision} of {release.name} no longer.",
            "Choose a later delivery with --to, or deploy the version you want: `presswerk deploy --to VERSION`.",
        )
    same = newest.number == revision or (helm.content(release, newest.number) == helm.content(release, revision) != "")
    if newest.status == DEPLOYED and same:
        return PlannedChange(release.name, UNCHANGED, f"{found.chart}, revision {newest.number}")
    return PlannedChange(
        release.name, "go back", f"{newest.chart}, revision {newest.number} -> {found.chart}, revision {revision}"
    )


class Rollback:
    """One run of `presswerk rollback`.

    Args:
        platform: As declared: which endpoints there are.
        aim: Where to go back to.
        tools: To do it with.
    """

    def __init__(self, platform: Platform, aim: RollbackTarget, tools: Tools) -> None:
        self._platform = platform
        self._aim = aim
        self._tools = tools
        self._records = Records(tools.connection)

    def run(self, planned: Sequence[PlannedChange]) -> DeliveryReport:
        """Go back, and prove it.

        Raises:
            Locked: Somebody else delivers.
            ClusterError: The cluster does not answer; run it again.
        """
        tools, wanted = self._tools, releases(self._platform)
        with locked(tools.connection, tools.clock, tools.tell) as held:
            record = self._begin(wanted, held.identity)
            steps = tools.steps()
            proof = Verification(self._platform, tools, steps)
            restored = Restorer(tools, proof, steps, held).restore(
                wanted, self._aim.revisions, self._aim.objects, self._endpoints()
            )
            reason = "; ".join(restored.problems)
            ended = replace(
                record,
                state=DeliveryState.FAILED if reason else DeliveryState.DONE,
                reason=reason,
                objects=self._aim.objects,
            )
            unkept = self._records.conclude(ended, held, lambda: self._revisions(wanted))
        return DeliveryReport(
            DeliveryOutcome.BROKEN if reason else DeliveryOutcome.DONE,
            record.number,
            record.version,
            reason,
            "Look at what is named, then run it again." if reason else f"Back at {self._aim.said}.",
            planned,
            steps.timed,
            proof.answers,
            [*restored.warnings, *filter(None, [unkept])],
        )

    def _begin(self, wanted: Sequence[Release], by: str) -> Record:
        kept = self._records.all()
        last = kept[-1]
        unfinished = last.kind == "rollback" and not last.is_good
        record = Record(
            number=0,
            kind="rollback",
            state=DeliveryState.RUNNING,
            version=self._aim.version,
            began=self._tools.clock.now().isoformat(timespec="seconds"),
            by=by,
            before=last.before if unfinished else self._revisions(wanted),
            goal=self._aim.revisions,
            objects=self._aim.objects,
        )
        return self._records.begin(record, kept, goes_on=unfinished and last.state is DeliveryState.RUNNING)

    def _revisions(self, wanted: Sequence[Release]) -> dict[str, int]:
        found = {release.name: self._tools.helm.history(release).good for release in wanted}
        return {name: good.number if good else 0 for name, good in found.items()}

    def _endpoints(self) -> tuple[Endpoint, ...]:
        """The platform's own if it was there, and the sites that say of themselves that they are ready."""
        if not self._aim.revisions.get(PRESSWERK.name):
            return ()
        sites = [
            site_endpoint(self._platform, tenant.id)
            for tenant in self._platform.tenants
            if _is_ready(self._tools.connection, tenant.id)
        ]
        return (*platform_endpoints(self._platform), *sites)


def _is_ready(connection: ClusterApi, tenant: str) -> bool:
    live = connection.get(tenant_ref(tenant))
    if live is None or live["spec"].get("suspended"):
        return False
    conditions = live.get("status", {}).get("conditions", [])
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)
