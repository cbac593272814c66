"""Bring one tenant to what is declared, as far as that goes now; never waits, and can be repeated at any time."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import structlog

from presswerk.declaration import Platform
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import DEPLOYMENT, JOB, Body, Ref
from presswerk.kubernetes.reasons import Reasons
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import Move
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant
from presswerk.runtimes.cluster.manifests.site import volume_claim
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.conditions import (
    Condition,
    TenantPhase,
    Topic,
    content_condition,
    has,
    is_current,
    is_same_at_a_glance,
    phase_of,
    status_of,
    stopped,
    summed_up,
)
from presswerk.runtimes.cluster.operator.credentials import ContentLocation, Credentials
from presswerk.runtimes.cluster.operator.events import EventRecorder
from presswerk.runtimes.cluster.operator.objects import ObjectWriter
from presswerk.runtimes.cluster.operator.outcome import PROBLEMS, Problem, ReconcileOutcome
from presswerk.runtimes.cluster.operator.plan import ObjectPlan
from presswerk.runtimes.cluster.operator.readiness import YOUNG, TenantObjects, Why, nothing_known
from presswerk.runtimes.cluster.operator.removal import FINALIZER, TenantRemoval, with_finalizers
from presswerk.runtimes.cluster.operator.services import ExternalServices, ServiceAnswers, ServiceProvisioner
from presswerk.runtimes.cluster.operator.tenants import TenantCache
from presswerk.runtimes.cluster.operator.traffic import TrafficService
from presswerk.runtimes.cluster.resource import InvalidResource, TenantResource, tenant_of
from presswerk.sites.configuration import SERVICE_USER
from presswerk.wordpress.model import Connection

_CHECK_SECONDS = 600.0
"""How often a tenant that is as wanted is looked at although nothing has told of a change."""
_PATIENCE = dt.timedelta(seconds=20)
"""How long pods may take before it is asked why they are not ready."""
_AT_REST = frozenset({TenantPhase.READY, TenantPhase.SUSPENDED, TenantPhase.DEGRADED})

log = structlog.get_logger(__name__)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class _Report:
    """What is found of a tenant in one look."""

    conditions: dict[str, Condition] = field(default_factory=dict)
    resource: TenantResource | None = None
    url: str | None = None
    volume: str | None = None

    @property
    def suspended(self) -> bool:
        return self.resource is not None and self.resource.suspended

    @classmethod
    def of(cls, body: Body) -> Self:
        """A look begins with what was known before it: a loss of content is no less while something else is wrong."""
        status = body.get("status", {})
        report = cls(volume=status.get("volume"))
        for each in status.get("conditions", ()):
            if each["type"] == Topic.CONTENT and each["status"] == "False":
                report.say(Condition(Topic.CONTENT, False, each["reason"], each["message"]))
        return report

    def say(self, condition: Condition) -> None:
        self.conditions[condition.topic] = condition


class Reconciler:
    """Carries tenants from what they are to what is declared.

    Args:
        api: The cluster.
        cache: What the cluster holds of tenants; noted here at once when something is written.
        cluster: How the cluster is to be used.
        platform: Its tiers.
        services: Databases, identity, chat, hub.
        traffic: Asks sites whether they answer.
        tenants: All tenants as last seen; noted here at once when the operator writes to one.
        now: The time, aware UTC.
    """

    def __init__(
        self,
        api: ClusterApi,
        cache: ObjectCache,
        cluster: Cluster,
        platform: Platform,
        services: ExternalServices,
        *,
        traffic: TrafficService,
        tenants: TenantCache | None = None,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._api = api
        self._cluster = cluster
        self._platform = platform
        self._services = services
        self._traffic = traffic
        self._tenants = tenants or TenantCache()
        self._now = now
        self._objects = ObjectWriter(api, cache)
        self._reasons = Reasons(api)
        self._events = EventRecorder(api, now)
        self._provisioner = ServiceProvisioner(services, platform, self._objects.record)
        self._removal = TenantRemoval(api, cache, services, self._write_status, now)

    def reconcile(self, body: Body) -> ReconcileOutcome:
        """Do what can be done now for one tenant.

        Args:
            body: The custom resource as it was last seen.

        Returns:
            When to come back; what the cluster's API or somebody outside refuses is said in the status.
        """
        try:
            if "deletionTimestamp" in body["metadata"]:
                outcome = self._removal.remove(body)
                if outcome.again_in_seconds is None:
                    self._provisioner.forget(body["metadata"]["name"])
                return outcome
            report = _Report.of(body)
            problem = self._converge(body, report)
            settled = self._write_report(body, report)
        except PROBLEMS as error:
            return ReconcileOutcome.stopped_by(error)
        if problem is not None:
            return ReconcileOutcome.stopped_by(problem)
        return ReconcileOutcome(_CHECK_SECONDS if settled else 0.0, settled=settled)

    def _converge(self, body: Body, report: _Report) -> Problem | None:
        """Everything in its order; what stands in the way first is said, and ends the look.

        While somebody outside does not answer, what the cluster has of a tenant is kept as their last answers made it.
        """
        try:
            report.resource = resource = self._read(body)
        except InvalidResource as error:
            report.say(Condition(Topic.READY, False, "Invalid", str(error)))
            return None
        wanted = self._desired(resource)
        report.url = wanted.url
        try:
            self._add_finalizer(body)
            self._objects.require_namespace(wanted, self._now())
            credentials, location = self._objects.credentials(wanted)
            refusal = self._objects.refused_growth(wanted)
            if refusal is not None:
                wanted = self._objects.without_growth(wanted, location)
            is_new = body.get("status", {}).get("phase", TenantPhase.PENDING) == TenantPhase.PENDING
            answers, outage = self._provisioner.ensure(
                wanted, credentials, location, report.say, members=resource.members, reuse=is_new
            )
            if answers is None:
                return outage
            if answers.move is not None:
                report.say(self._migrate_content(wanted, credentials, answers, answers.move))
                return outage
            done = self._objects.apply(wanted, answers.secrets(credentials), grows=refusal is None)
        except PROBLEMS as error:
            report.say(stopped(Topic.SITE, error))
            return error
        problem = self._check(body, wanted, done, credentials, report)
        if refusal is not None and not wanted.suspended:
            report.say(stopped(Topic.SITE, refusal))
        return outage or problem or self._remove_former_database(answers) or refusal

    def _read(self, body: Body) -> TenantResource:
        resource = tenant_of(body)
        problems = self._platform.problems_with(resource.tenant, self._tenants.earlier_with_a_domain_of(body))
        reserved = self._platform.reserved(resource.tenant.id)
        # One that was taken on before keeps it.
        if reserved is not None and FINALIZER not in body["metadata"].get("finalizers", ()):
            raise InvalidResource((f"metadata.name: {reserved}",))
        if problems:
            raise InvalidResource(tuple(f"spec.{field}: {told}" for field, told in problems))
        return resource

    def _desired(self, resource: TenantResource) -> DesiredTenant:
        tenant, volume = resource.tenant, self._objects.volume(resource.tenant.id)
        is_shared = None if volume is None else "ReadWriteMany" in volume["spec"]["accessModes"]
        return DesiredTenant(self._cluster, tenant, self._platform.allotment(tenant), resource.suspended, is_shared)

    def _add_finalizer(self, body: Body) -> None:
        """See that the resource stays until everything of the tenant is gone."""
        if FINALIZER not in body["metadata"].get("finalizers", ()):
            self._tenants.note(self._api.apply(with_finalizers(body, [FINALIZER])))

    def _migrate_content(
        self, wanted: DesiredTenant, credentials: Credentials, answers: ServiceAnswers, move: Move
    ) -> Condition:
        """Close the site, and have its content moved once no pod of it runs; then it opens with the other database."""
        closed = dataclasses.replace(wanted, suspended=True)
        live = self._objects.live(wanted.tenant.id)
        is_empty = _runs_nowhere(live.get(Ref(DEPLOYMENT, wanted.namespace, names.SITE)))
        self._objects.apply(closed, answers.secrets(credentials), move if is_empty else None)
        job = self._objects.live(wanted.tenant.id).get(Ref(JOB, wanted.namespace, move.job), {})
        location = answers.location
        if has(job, "Failed"):
            message = (
                f"The content could not be moved, and is still whole where it was. See the log of Job {move.job}; set "
                "the tier back, or fix the cause and delete the Job."
            )
            return Condition(Topic.SITE, False, "MoveFailed", message)
        if has(job, "Complete"):
            there = ContentLocation(wanted.allotment.database, location.kind, location.moves + 1)
            self._objects.record(wanted.tenant.id, there)
        told = f"The site is closed while its content moves from {location.kind} to {wanted.allotment.database}."
        return Condition(Topic.SITE, None, "Moving", told)

    def _remove_former_database(self, answers: ServiceAnswers) -> Problem | None:
        """Of content that has left it; the tenant is well all the same while that does not succeed."""
        try:
            self._provisioner.remove_former_database(answers)
        except PROBLEMS as error:
            return error
        return None

    def _check(
        self, body: Body, wanted: DesiredTenant, done: ObjectPlan, credentials: Credentials, report: _Report
    ) -> Problem | None:
        """Say of each part whether it works; what others depend on is asked as they ask it."""
        made, tenant_id = dt.datetime.fromisoformat(body["metadata"]["creationTimestamp"]), wanted.tenant.id
        objects = TenantObjects(wanted, self._objects.live(tenant_id), made, self._now())
        volume = self._objects.volume(tenant_id)
        storage_class = volume_claim(wanted)["spec"].get("storageClassName")
        content = content_condition(body, wanted.allotment.database, volume, storage_class)
        report.volume = report.volume if volume is None else volume["metadata"]["uid"]
        site, entry = objects.site(done, self._why(body, made)), objects.entry()
        for condition in (content, site, objects.clock(), entry, *objects.domains()):
            report.say(condition)
        if not site.holds and not wanted.suspended:
            return None
        topic = Topic.CONNECTION
        try:
            connection = _connection(wanted, credentials)
            self._services.connections.register(wanted.tenant, connection, suspended=wanted.suspended)
            report.say(Condition(topic, True, "Registered", "The hub knows the site."))
            if wanted.suspended:
                return None
            self._traffic.ask_connector(connection)
            report.say(Condition(topic, True, "Answers", "The hub knows the site, and its connector answers."))
            topic = Topic.ENTRY
            if entry.holds:
                self._traffic.ask_entry(wanted.platform_host, wanted.hosts[0])
                report.say(Condition(topic, True, "Answers", f"The gateway answers at https://{wanted.platform_host}."))
        except PROBLEMS as error:
            told = stopped(topic, error)
            # A gateway takes its time to see what is new.
            is_young = self._now() - made < YOUNG and topic is Topic.ENTRY
            report.say(dataclasses.replace(told, holds=None) if is_young else told)
            return error
        return None

    def _why(self, body: Body, made: dt.datetime) -> Why:
        """Who says why pods are not ready; nobody is asked about those that have only just been made."""
        before = next(
            (each for each in body.get("status", {}).get("conditions", ()) if each["type"] == Topic.SITE), None
        )
        since = made if before is None else dt.datetime.fromisoformat(before["lastTransitionTime"])
        is_long = self._now() - since > _PATIENCE and (before is None or before["status"] != "True")
        return self._reasons.of if is_long else nothing_known

    def _write_report(self, body: Body, report: _Report) -> bool:
        """Write the status if it says anything else than before; tells whether nothing more is to come."""
        previous, suspended = body.get("status", {}), report.suspended
        domains = () if report.resource is None else report.resource.tenant.domains
        conditions = tuple(summed_up(report.conditions, domains, suspended=suspended))
        ready = conditions[-1]
        phase = phase_of(ready, previous, suspended=suspended)
        status = status_of(
            previous,
            phase=phase,
            conditions=conditions,
            generation=int(body["metadata"].get("generation", 0)),
            now=self._now(),
            site_url=report.url,
            volume=report.volume,
        )
        if status != previous and not is_same_at_a_glance(previous, status):
            name = str(body["metadata"]["name"])
            self._events.record(body, conditions)
            self._write_status(name, status)
            log.info("tenant_status", tenant=name, phase=phase, reason=ready.reason)
        clock = report.conditions.get(Topic.CLOCK)
        clock_fails = clock is not None and clock.reason == "ClockFails"
        return phase in _AT_REST and ready.holds is not None and not clock_fails

    def _write_status(self, name: str, status: Mapping[str, Any]) -> None:
        written = self._api.apply_tenant_status(name, status)
        if written is not None:
            self._tenants.note(written)


def _runs_nowhere(deployment: Body | None) -> bool:
    """Whether the cluster says that no pod of a Deployment is left."""
    if deployment is None or deployment["spec"].get("replicas") != 0 or not is_current(deployment):
        return False
    status = deployment.get("status", {})
    return not status.get("replicas") and not status.get("terminatingReplicas")


def _connection(wanted: DesiredTenant, credentials: Credentials) -> Connection:
    internal = f"http://{names.SITE}.{wanted.namespace}.svc"
    return Connection(wanted.url, internal, SERVICE_USER, credentials.application_password)
