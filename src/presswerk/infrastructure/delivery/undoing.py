"""Back to an earlier delivery on a person's word: chosen from the records, restored under the lock, proved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from presswerk.declaration import Platform
from presswerk.infrastructure.delivery.errors import DeliveryProblem
from presswerk.infrastructure.delivery.helm import DEPLOYED, Helm
from presswerk.infrastructure.delivery.lock import locked
from presswerk.infrastructure.delivery.plan import Change
from presswerk.infrastructure.delivery.probes import Endpoint, platform_endpoints, site_endpoint
from presswerk.infrastructure.delivery.proving import Proof, tenant_ref
from presswerk.infrastructure.delivery.records import Record, Records, State
from presswerk.infrastructure.delivery.report import Outcome, Report
from presswerk.infrastructure.delivery.restoring import Restorer
from presswerk.infrastructure.delivery.tools import Tools
from presswerk.kubernetes.api import UNCHANGED, ClusterApi
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.rendering.releases import PRESSWERK, Release, releases


@dataclass(frozen=True)
class Aim:
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


def choose(records: Sequence[Record], number: int | None) -> Aim:
    """What to go back to (pure).

    Args:
        records: All that are kept, oldest first.
        number: Of a delivery; None for what was before the last one.

    Raises:
        DeliveryProblem: There is nothing to go back to, or no such delivery.
    """
    kept = {record.number: record for record in records}
    if not records:
        raise DeliveryProblem(
            "No delivery is recorded on this cluster, so there is nothing to go back to.",
            "What was installed by hand is taken back by hand: `helm history` and `helm rollback`.",
        )
    if number is not None:
        return _numbered(kept, number)
    last = records[-1]
    if last.kind == "rollback" and not last.is_good:
        # Interrupted, or not wholly back: it goes on to where it went.
        return Aim(f"what delivery {last.number} was going back to", last.goal, last.objects, last.version)
    revisions = last.before
    if not any(revisions.values()):
        raise DeliveryProblem(
            f"Delivery {last.number} was the first: there is nothing before it to go back to.",
            "Mend what is wrong and run `presswerk deploy`.",
        )
    earlier = kept.get(last.previous)
    said = f"what delivery {last.number} replaced"
    return Aim(said, revisions, earlier.objects if earlier else (), earlier.version if earlier else "")


def _numbered(kept: Mapping[int, Record], number: int) -> Aim:
    good = [str(each.number) for each in kept.values() if each.is_good]
    found = kept.get(number)
    if found is None or not found.is_good:
        why = "is not recorded" if found is None else f"is {found.state}"
        raise DeliveryProblem(f"Delivery {number} {why}.", f"There are: {', '.join(good) or 'none'}.")
    return Aim(f"delivery {number}", found.releases, found.objects, found.version)


def changes(aim: Aim, wanted: Sequence[Release], helm: Helm) -> tuple[Change, ...]:
    """What going back would do.

    Raises:
        DeliveryProblem: A revision is kept no longer.
        HelmFailed: Helm or the cluster refused.
    """
    return tuple(_change(release, aim.revisions.get(release.name, 0), helm) for release in wanted)


def _change(release: Release, revision: int, helm: Helm) -> Change:
    if not revision:
        return Change(release.name, UNCHANGED, "was not there before, and stays as it is")
    history = helm.history(release)
    found = next((each for each in history.revisions if each.number == revision), None)
    newest = history.newest
    if found is None or newest is None:
        raise DeliveryProblem(
            f"Helm keeps revision {revision} of {release.name} no longer.",
            "Choose a later delivery with --to, or deploy the version you want: `presswerk deploy --to VERSION`.",
        )
    same = newest.number == revision or (helm.content(release, newest.number) == helm.content(release, revision) != "")
    if newest.status == DEPLOYED and same:
        return Change(release.name, UNCHANGED, f"{found.chart}, revision {newest.number}")
    return Change(
        release.name, "go back", f"{newest.chart}, revision {newest.number} -> {found.chart}, revision {revision}"
    )


class Undoing:
    """One run of `presswerk rollback`.

    Args:
        platform: As declared: which endpoints there are.
        aim: Where to go back to.
        tools: To do it with.
    """

    def __init__(self, platform: Platform, aim: Aim, tools: Tools) -> None:
        self._platform = platform
        self._aim = aim
        self._tools = tools
        self._records = Records(tools.connection)

    def run(self, planned: Sequence[Change]) -> Report:
        """Go back, and prove it.

        Raises:
            Locked: Somebody else delivers.
            ClusterError: The cluster does not answer; run it again.
        """
        tools, wanted = self._tools, releases(self._platform)
        with locked(tools.connection, tools.clock, tools.tell) as held:
            record = self._begin(wanted, held.identity)
            steps = tools.steps()
            proof = Proof(self._platform, tools, steps)
            restored = Restorer(tools, proof, steps, held).restore(
                wanted, self._aim.revisions, self._aim.objects, self._endpoints()
            )
            reason = "; ".join(restored.problems)
            ended = replace(
                record, state=State.FAILED if reason else State.DONE, reason=reason, objects=self._aim.objects
            )
            unkept = self._records.conclude(ended, held, lambda: self._revisions(wanted))
        return Report(
            Outcome.BROKEN if reason else Outcome.DONE,
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
        good = [record for record in kept if record.is_good]
        record = Record(
            number=last.number if unfinished and last.state is State.RUNNING else last.number + 1,
            kind="rollback",
            state=State.RUNNING,
            version=self._aim.version,
            began=self._tools.clock.now().isoformat(timespec="seconds"),
            by=by,
            before=last.before if unfinished else self._revisions(wanted),
            goal=self._aim.revisions,
            previous=good[-1].number if good else 0,
            objects=self._aim.objects,
        )
        self._records.write(record)
        return record

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
