"""A delivery carried out: step by step under the lock, recorded, proved, and taken back if it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from presswerk.infrastructure.delivery.clock import Clock, Deadline
from presswerk.infrastructure.delivery.connection import Connection, Ref
from presswerk.infrastructure.delivery.entry import entry_problems
from presswerk.infrastructure.delivery.errors import ClusterRefused, DeliveryProblem, HelmFailed
from presswerk.infrastructure.delivery.helm import Helm, History
from presswerk.infrastructure.delivery.lock import Held, locked
from presswerk.infrastructure.delivery.plan import Change, ObjectsStep, ReleaseStep, Step, restorable
from presswerk.infrastructure.delivery.probes import Answer, Endpoint, Prober, platform_endpoints, site_endpoint
from presswerk.infrastructure.delivery.records import DONE, FAILED, RESTORED, RUNNING, Record, Records
from presswerk.infrastructure.delivery.releasing import Releaser
from presswerk.infrastructure.delivery.report import BROKEN, INCOMPLETE, LEFT, UNCHANGED, Report, Timed
from presswerk.infrastructure.delivery.report import DONE as SUCCEEDED
from presswerk.infrastructure.delivery.report import RESTORED as WENT_BACK
from presswerk.infrastructure.delivery.restoring import Restorer
from presswerk.infrastructure.delivery.waiting import NotReady, Tell, Waiter
from presswerk.runtimes.kubernetes import names
from presswerk.runtimes.kubernetes.rendering.releases import PRESSWERK, Release
from presswerk.spec import Platform

_PROBES_SHARE = 4
_AGAIN = "Run the same command again: it goes on where this one stopped."


class NotAnswering(DeliveryProblem):
    """An endpoint that answered before, or that the platform is made of, does not answer."""


@dataclass(frozen=True)
class Tools:
    """What a delivery works with.

    Attributes:
        connection: To the cluster.
        helm: For the same cluster.
        prober: Asks the endpoints.
        waiter: Waits for objects.
        clock: Whose time.
        patience_seconds: How long a release may take to be ready, and the endpoints to answer.
        tell: Told of progress.
    """

    connection: Connection
    helm: Helm
    prober: Prober
    waiter: Waiter
    clock: Clock
    patience_seconds: float
    tell: Tell

    def releaser(self) -> Releaser:
        """Changes releases."""
        return Releaser(self.helm, self.connection, self.waiter, self.clock, self.patience_seconds, self.tell)

    def restorer(self) -> Restorer:
        """Brings back what was before."""
        return Restorer(self.releaser(), self.connection, self.prober, self.clock, self.tell)


@dataclass(frozen=True)
class Sites:
    """The declared tenants' sites.

    Attributes:
        proven: Those that answered before; they must afterwards.
        down: Those that were there and did not answer; nothing is held against a delivery for them.
        new: Those of tenants that are new.
    """

    proven: tuple[Endpoint, ...] = ()
    down: tuple[Endpoint, ...] = ()
    new: tuple[Endpoint, ...] = ()


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
        self._timed: list[Timed] = []
        self._answers: tuple[Answer, ...] = ()
        self._warnings: list[str] = []
        self._histories: dict[str, History] = {}

    def run(self, changes: Sequence[Change] = ()) -> Report:
        """Deliver.

        Args:
            changes: What the plan would do, as it was shown.

        Raises:
            Locked: Somebody else delivers.
            LockLost: Somebody else may deliver by now.
            ClusterRefused: The cluster does not answer any more; nothing is lost, run it again.
        """
        tools = self._tools
        # The lock and the record live in the platform's namespace.
        self._step(self._plan[0])
        with locked(tools.connection, tools.clock, tools.tell) as held:
            record = self._begin(held)
            sites = self._sites(record)
            try:
                problem = self._carry_out(held, record, sites)
            except (NotReady, HelmFailed, NotAnswering) as failed:
                return replace(self._failed(record, failed, sites), changes=changes)
            except ClusterRefused as refused:
                if not refused.status:
                    raise ClusterRefused(refused.problem, _AGAIN) from None
                return replace(self._failed(record, refused, sites), changes=changes)
            return replace(self._done(record, problem), changes=changes)

    @property
    def _releases(self) -> tuple[Release, ...]:
        return tuple(step.release for step in self._plan if isinstance(step, ReleaseStep))

    def _begin(self, held: Held) -> Record:
        kept = self._records.all()
        last = kept[-1] if kept else None
        good = [record for record in kept if record.state in {DONE, RESTORED}]
        resumed = last is not None and last.state == RUNNING
        number = last.number + (not resumed) if last is not None else 1
        record = Record(
            number=number,
            kind="deploy",
            state=RUNNING,
            version=self._version,
            began=self._tools.clock.now().isoformat(timespec="seconds"),
            by=held.identity,
            before=self._before(last),
            previous=good[-1].number if good else 0,
        )
        self._records.write(record)
        return record

    def _before(self, last: Record | None) -> Mapping[str, int]:
        """What to go back to: what an earlier, unfinished run began with, else what is there now."""
        inherited = {} if last is None or last.state not in {RUNNING, FAILED} else (last.goal or last.before)
        return {release.name: self._revision(release, inherited) for release in self._releases}

    def _revision(self, release: Release, inherited: Mapping[str, int]) -> int:
        history = self._histories[release.name] = self._tools.helm.history(release)
        earlier = inherited.get(release.name)
        if earlier == 0 or earlier in {revision.number for revision in history.revisions}:
            return earlier or 0
        return history.good.number if history.good else 0

    def _sites(self, record: Record) -> Sites:
        """Ask every site there is before anything changes, so that only what worked is expected to work.

        Until the platform has been whole once, no site counts as one that is down anyway.
        """
        first = not any(record.before.values())
        there: list[Endpoint] = []
        new: list[Endpoint] = []
        for tenant in self._platform.tenants:
            live = self._tools.connection.get(_tenant(tenant.id))
            if live is not None and (live["spec"].get("suspended") or "deletionTimestamp" in live["metadata"]):
                continue
            (new if live is None else there).append(site_endpoint(self._platform, tenant.id))
        answers = self._tools.prober.ask_all(there)
        silent = tuple(each.endpoint for each in answers if not each.good)
        return Sites(
            proven=tuple(each.endpoint for each in answers if each.good),
            down=() if first else silent,
            new=(*new, *(silent if first else ())),
        )

    def _carry_out(self, held: Held, record: Record, sites: Sites) -> str:
        """Do every step and prove it.

        Returns:
            What is not as it should be and no reason to go back; empty when all is well.
        """
        first = not any(record.before.values())
        for step in self._plan[1:]:
            held.check()
            self._step(step)
            if step.name == PRESSWERK.name:
                self._prove("probes of the platform", platform_endpoints(self._platform), first=first)
        held.check()
        self._prove("probes of the sites", sites.proven, first=first)
        down = self._tools.prober.ask_all(sites.down)
        self._answers = (*self._answers, *down)
        self._warnings += [f"{_told(each)}, as before; {self._tenant_says(each)}" for each in down if not each.good]
        answers = self._probe("probes of new sites", sites.new, self._tools.patience_seconds)
        return "; ".join(f"{_told(each)}; {self._tenant_says(each)}" for each in answers if not each.good)

    def _step(self, step: Step) -> None:
        self._tools.tell(f"{step.name} ...")
        self._time(step.name, lambda: self._bring(step))

    def _bring(self, step: Step) -> str:
        if isinstance(step, ReleaseStep):
            did = self._tools.releaser().bring(step, self._histories[step.name])
            if did != UNCHANGED:
                self._histories[step.name] = self._tools.helm.history(step.release)
            return did
        return self._apply(step)

    def _apply(self, step: ObjectsStep) -> str:
        applied = [self._tools.connection.apply(body) for body in step.bodies if not self._is_going(body)]
        definitions = [each.ref for each in applied if each.ref.kind == "CustomResourceDefinition"]
        deadline = Deadline.after(self._tools.patience_seconds, self._tools.clock)
        self._tools.waiter.until_ready(definitions, deadline)
        counted = {outcome: sum(each.outcome == outcome for each in applied) for outcome in ("made", "changed")}
        return ", ".join(f"{number} {outcome}" for outcome, number in counted.items() if number) or "unchanged"

    def _is_going(self, body: Mapping[str, object]) -> bool:
        if body["kind"] != names.KIND:
            return False
        live = self._tools.connection.get(Ref.of(body))
        return live is not None and "deletionTimestamp" in live["metadata"]

    def _prove(self, name: str, endpoints: Sequence[Endpoint], *, first: bool) -> None:
        # The first time certificates have to be issued; later only the entry has to notice the new pods.
        patience = self._tools.patience_seconds / (1 if first else _PROBES_SHARE)
        bad = [each for each in self._probe(name, endpoints, patience) if not each.good]
        if bad:
            told = [f"{each.endpoint.name} ({each.endpoint.url}): {each.said}" for each in bad]
            raise NotAnswering("; ".join([*told, *entry_problems(self._tools.connection)]))

    def _probe(self, name: str, endpoints: Sequence[Endpoint], patience_seconds: float) -> tuple[Answer, ...]:
        if not endpoints:
            return ()
        tools, answers = self._tools, list[Answer]()
        tools.tell(f"{name} ...")

        def ask() -> str:
            deadline = Deadline.after(patience_seconds, tools.clock)
            answers.extend(tools.prober.until_good(endpoints, deadline, tools.clock, tools.tell))
            return f"{sum(each.good for each in answers)} of {len(answers)} answer"

        self._time(name, ask)
        self._answers = (*self._answers, *answers)
        return tuple(answers)

    def _tenant_says(self, answer: Answer) -> str:
        live = self._tools.connection.get(_tenant(answer.endpoint.name.removeprefix("site ")))
        conditions = (live or {}).get("status", {}).get("conditions", [])
        bad = [each for each in conditions if each.get("status") != "True" and each.get("type") != "Ready"]
        if not bad:
            return "its Tenant says nothing of it" if conditions else "the operator has not looked at its Tenant yet"
        return f"its Tenant says {bad[0].get('type')}: {bad[0].get('message', '')}"

    def _time(self, name: str, do: Callable[[], str]) -> None:
        began, did = self._tools.clock.monotonic(), "failed"
        try:
            did = do()
        finally:
            seconds = self._tools.clock.monotonic() - began
            self._timed.append(Timed(name, did, seconds))
            self._tools.tell(f"  {name}: {did} ({seconds:.1f} s)")

    def _done(self, record: Record, problem: str) -> Report:
        done = replace(record, state=DONE, releases=self._known(), reason=problem, objects=restorable(self._plan))
        next_step = "Run it again when that is mended; nothing was taken back for it." if problem else ""
        earlier = self._previous(record)
        if earlier is not None and done.releases == record.before and list(done.objects) == list(earlier.objects):
            # A repeat that changed nothing is no delivery: what a rollback goes back to stays what it was.
            self._records.forget(record)
            return self._report(earlier, INCOMPLETE if problem else UNCHANGED, problem, next_step)
        self._records.write(done)
        return self._report(record, INCOMPLETE if problem else SUCCEEDED, problem, next_step)

    def _previous(self, record: Record) -> Record | None:
        return next((each for each in self._records.all() if each.number == record.previous), None)

    def _failed(self, record: Record, problem: DeliveryProblem, sites: Sites) -> Report:
        self._tools.tell(f"It failed: {problem.problem}")
        if not any(record.before.values()):
            self._records.write(replace(record, state=FAILED, releases=self._now(), reason=problem.problem))
            next_step = f"There was nothing before it to go back to, so all of it stays for you to look at. {_AGAIN}"
            return self._report(record, LEFT, problem.problem, next_step)
        self._tools.tell("Going back to what was before ...")
        endpoints = (*platform_endpoints(self._platform), *sites.proven) if record.before.get(PRESSWERK.name) else ()
        previous = self._previous(record)
        earlier = previous.objects if previous else ()
        restored = self._tools.restorer().restore(self._releases, record.before, earlier, endpoints)
        self._timed += [replace(each, step=f"back: {each.step}") for each in restored.steps]
        self._answers = tuple(restored.answers)
        good = not restored.problems
        self._records.write(
            replace(
                record,
                state=RESTORED if good else FAILED,
                releases=self._now(),
                reason=problem.problem,
                objects=earlier,
            )
        )
        back = [each.step for each in restored.steps if each.did.startswith("back to")]
        told = (
            f"Brought back and answering: {', '.join(back) or 'all as it was'}."
            if good
            else "; ".join(restored.problems)
        )
        report = self._report(record, WENT_BACK if good else BROKEN, problem.problem, told)
        return replace(report, warnings=[f"{name} was not there before, and stays." for name in restored.left])

    def _now(self) -> dict[str, int]:
        """The newest revisions, asked anew."""
        for release in self._releases:
            self._histories[release.name] = self._tools.helm.history(release)
        return self._known()

    def _known(self) -> dict[str, int]:
        found = {name: history.newest for name, history in self._histories.items()}
        return {name: newest.number for name, newest in found.items() if newest is not None}

    def _report(self, record: Record, outcome: str, reason: str = "", next_step: str = "") -> Report:
        return Report(
            outcome,
            record.number,
            self._version,
            reason,
            next_step,
            steps=tuple(self._timed),
            answers=self._answers,
            warnings=tuple(self._warnings),
        )


def _told(answer: Answer) -> str:
    return f"{answer.endpoint.name}: {answer.said}"


def _tenant(name: str) -> Ref:
    return Ref(names.API_VERSION, names.KIND, name)
