"""A delivery carried out: step by step under the lock, recorded, proved, and taken back if it fails."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.helm import HelmFailed, History
from presswerk.infrastructure.delivery.plan import ObjectsStep, PlannedChange, ReleaseStep, Step, restorable
from presswerk.infrastructure.delivery.probes import platform_endpoints
from presswerk.infrastructure.delivery.records import (
    DeliveryOutcome,
    DeliveryReport,
    DeliveryState,
    Record,
    Records,
    last_good,
)
from presswerk.infrastructure.delivery.release import Releaser
from presswerk.infrastructure.delivery.rollback import Restorer
from presswerk.infrastructure.delivery.tools import Tools, locked
from presswerk.infrastructure.delivery.verification import NotAnswering, SiteEndpoints, Verification
from presswerk.kubernetes.api import UNCHANGED
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import DEFINITION, TENANT, ref_of
from presswerk.kubernetes.lease import Held
from presswerk.kubernetes.rollout import NotReady
from presswerk.runtimes.cluster.rendering.releases import PRESSWERK, Release

_BACK_SECONDS = 45.0
_LOOK_SECONDS = 2.0
_AGAIN = "Run the same command again: it goes on where this one stopped."


class Deployment:
    """One run of `presswerk deploy`.

    Args:
        platform: As declared.
        plan: What to do.
        version: Of Presswerk.
        tools: To do it with.
    """

    def __init__(self, platform: Platform, plan: Sequence[Step], version: str, tools: Tools) -> None:
        self._platform = platform
        self._plan = plan
        self._version = version
        self._tools = tools
        self._records = Records(tools.connection)
        self._steps = tools.steps()
        self._proof = Verification(platform, tools, self._steps)
        self._warnings: list[str] = []
        self._histories: dict[str, History] = {}
        self._earlier: Record | None = None

    def run(self, changes: Sequence[PlannedChange] = ()) -> DeliveryReport:
        """Deliver.

        Args:
            changes: What the plan would do, as it was shown.

        Raises:
            Locked: Somebody else delivers.
            LeaseLost: Somebody else may deliver by now.
            ClusterError: The cluster does not answer any more, so that nothing can be taken back; run it again.
            HelmFailed: Helm or the cluster refused to say what there is; nothing was changed.
        """
        tools = self._tools
        # The lock and the record live in the platform's namespace.
        self._step(self._plan[0])
        with locked(tools.connection, tools.clock, tools.tell) as held:
            record = self._begin(held)
            sites = self._proof.sites(first=_is_first(record))
            try:
                problem = self._carry_out(held, record, sites)
            except (NotReady, HelmFailed, NotAnswering, ClusterError) as failed:
                self._tools.tell(f"It failed: {failed.problem}")
                self._wait_for_the_cluster(failed)
                # Whoever has taken the lock meanwhile must not have the ground moved under their feet.
                held.check()
                report = self._failed(held, record, failed, sites)
            else:
                report = self._done(held, record, problem)
        return replace(report, changes=changes)

    @property
    def _releases(self) -> tuple[Release, ...]:
        return tuple(step.release for step in self._plan if isinstance(step, ReleaseStep))

    def _begin(self, held: Held) -> Record:
        kept = self._records.all()
        last = kept[-1] if kept else None
        self._earlier = last_good(kept)
        record = Record(
            number=0,
            kind="deploy",
            state=DeliveryState.RUNNING,
            version=self._version,
            began=self._tools.clock.now().isoformat(timespec="seconds"),
            by=held.identity,
            before=self._before(last),
        )
        return self._records.begin(record, kept, goes_on=last is not None and last.state is DeliveryState.RUNNING)

    def _before(self, last: Record | None) -> Mapping[str, int]:
        """What to go back to: what an earlier, unfinished run began with, else what is there now."""
        inherited = {} if last is None or last.is_good else (last.goal or last.before)
        return {release.name: self._revision(release, inherited) for release in self._releases}

    def _revision(self, release: Release, inherited: Mapping[str, int]) -> int:
        history = self._histories[release.name] = self._tools.helm.history(release)
        earlier = inherited.get(release.name)
        if earlier == 0 or earlier in {revision.number for revision in history.revisions}:
            return earlier or 0
        return history.good.number if history.good else 0

    def _carry_out(self, held: Held, record: Record, sites: SiteEndpoints) -> str:
        """Do every step and prove it.

        Returns:
            What is not as it should be and no reason to go back; empty when all is well.
        """
        # The first time certificates have to be issued.
        patience = self._tools.patience_seconds
        to_answer = patience if _is_first(record) else self._tools.answering_seconds
        for step in self._plan[1:]:
            held.check()
            self._step(step)
            if step.name == PRESSWERK.name:
                self._proof.prove("probes of the platform", platform_endpoints(self._platform), to_answer)
        held.check()
        self._proof.prove("probes of the sites", sites.proven, to_answer)
        down = [each for each in self._proof.ask_once(sites.down) if not each.good]
        self._warnings += [self._proof.explained(each, since=", as before") for each in down]
        new = self._proof.ask("probes of new sites", sites.new, patience)
        return "; ".join(self._proof.explained(each) for each in new if not each.good)

    def _step(self, step: Step) -> None:
        self._tools.tell(f"{step.name} ...")
        self._steps.take(step.name, lambda: self._bring(step))

    def _bring(self, step: Step) -> str:
        if isinstance(step, ReleaseStep):
            did = Releaser(self._tools).bring(step, self._histories[step.name])
            if did != UNCHANGED:
                self._histories[step.name] = self._tools.helm.history(step.release)
            return did
        return self._apply(step)

    def _apply(self, step: ObjectsStep) -> str:
        bodies = [body for body in step.bodies if not self._is_going(body)]
        outcomes = Counter(self._tools.connection.outcome_of_applying(body) for body in bodies)
        definitions = [ref for body in bodies if (ref := ref_of(body)).kind == DEFINITION]
        self._tools.waiter.until_ready(definitions, self._tools.deadline())
        told = (f"{outcomes[outcome]} {outcome}" for outcome in ("made", "changed") if outcomes[outcome])
        return ", ".join(told) or UNCHANGED

    def _is_going(self, body: Mapping[str, object]) -> bool:
        if body["kind"] != TENANT.name:
            return False
        live = self._tools.connection.get(ref_of(body))
        return live is not None and "deletionTimestamp" in live["metadata"]

    def _done(self, held: Held, record: Record, problem: str) -> DeliveryReport:
        objects, earlier = restorable(self._plan), self._earlier
        next_step = "Run it again when that is mended; nothing was taken back for it." if problem else ""
        if earlier is not None and self._known() == record.before and list(objects) == list(earlier.objects):
            # A repeat that changed nothing is no delivery: what a rollback goes back to stays what it was.
            self._records.forget(record)
            return self._report(
                earlier, DeliveryOutcome.INCOMPLETE if problem else DeliveryOutcome.UNCHANGED, problem, next_step
            )
        ended = replace(record, state=DeliveryState.DONE, reason=problem, objects=objects)
        self._warn(self._records.conclude(ended, held, self._known))
        return self._report(record, DeliveryOutcome.INCOMPLETE if problem else DeliveryOutcome.DONE, problem, next_step)

    def _wait_for_the_cluster(self, failed: PresswerkError) -> None:
        """A connection that is lost for a moment must not leave the cluster half way; a lost cluster cannot go back.

        Raises:
            ClusterError: It does not come back.
        """
        deadline = self._tools.deadline(_BACK_SECONDS)
        while True:
            try:
                self._tools.connection.version()
            except ClusterError as refused:
                if not refused.retryable:
                    return
                if not deadline.allows_another_look(_LOOK_SECONDS):
                    raise ClusterError(f"{failed.problem} {refused.problem}", remedy=_AGAIN) from None
            else:
                return

    def _failed(self, held: Held, record: Record, problem: PresswerkError, sites: SiteEndpoints) -> DeliveryReport:
        if not any(record.before.values()):
            return self._left(held, replace(record, state=DeliveryState.FAILED, reason=problem.problem))
        self._tools.tell("Going back to what was before ...")
        endpoints = (*platform_endpoints(self._platform), *sites.proven) if record.before.get(PRESSWERK.name) else ()
        earlier = self._earlier.objects if self._earlier else ()
        steps = self._steps.below("back: ")
        # What was asked before says nothing of what is back.
        self._proof = Verification(self._platform, self._tools, steps)
        restored = Restorer(self._tools, self._proof, steps, held).restore(
            self._releases, record.before, earlier, endpoints
        )
        state = DeliveryState.FAILED if restored.problems else DeliveryState.RESTORED
        ended = replace(record, state=state, reason=problem.problem, objects=earlier)
        self._warn(*restored.warnings, self._records.conclude(ended, held, self._now))
        if restored.problems:
            return self._report(record, DeliveryOutcome.BROKEN, problem.problem, "; ".join(restored.problems))
        back = [each.step.removeprefix("back: ") for each in self._steps.timed if each.did.startswith("back to")]
        told = f"Brought back and answering: {', '.join(back) or 'all as it was'}."
        return self._report(record, DeliveryOutcome.RESTORED, problem.problem, told)

    def _left(self, held: Held, record: Record) -> DeliveryReport:
        self._warn(self._records.conclude(record, held, self._now))
        next_step = f"There was nothing before it to go back to, so all of it stays for you to look at. {_AGAIN}"
        return self._report(record, DeliveryOutcome.LEFT, record.reason, next_step)

    def _warn(self, *warnings: str) -> None:
        self._warnings += filter(None, warnings)

    def _now(self) -> dict[str, int]:
        """The newest revisions, asked anew."""
        for release in self._releases:
            self._histories[release.name] = self._tools.helm.history(release)
        return self._known()

    def _known(self) -> dict[str, int]:
        found = {name: history.newest for name, history in self._histories.items()}
        return {name: newest.number for name, newest in found.items() if newest is not None}

    def _report(
        self, record: Record, outcome: DeliveryOutcome, reason: str = "", next_step: str = ""
    ) -> DeliveryReport:
        return DeliveryReport(
            outcome,
            record.number,
            self._version,
            reason,
            next_step,
            steps=tuple(self._steps.timed),
            answers=self._proof.answers,
            warnings=tuple(self._warnings),
        )


def _is_first(record: Record) -> bool:
    """Whether the platform has never been whole, whatever somebody has installed beside it."""
    return not record.before.get(PRESSWERK.name)
