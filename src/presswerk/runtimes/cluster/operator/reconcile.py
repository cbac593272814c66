"""Bring one tenant to what is declared, as far as that goes now; never waits, and can be repeated at any time."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from presswerk.declaration import Platform
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import AlreadyThere, ClusterError
from presswerk.kubernetes.kinds import (
    DEPLOYMENT,
    JOB,
    NAMESPACE,
    VOLUME_CLAIM,
    Body,
    Ref,
    ref_of,
)
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import Move, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.manifests.configuration import SERVICE_USER
from presswerk.runtimes.cluster.manifests.namespace import namespace_objects
from presswerk.runtimes.cluster.manifests.shape import Wanted
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.conditions import (
    Condition,
    TenantPhase,
    Topic,
    has,
    is_current,
    phase_of,
    status_of,
    stopped,
    summed_up,
)
from presswerk.runtimes.cluster.operator.credentials import ContentLocation, Credentials, credentials_ref
from presswerk.runtimes.cluster.operator.outcome import PROBLEMS, Problem, ReconcileOutcome, ServiceError
from presswerk.runtimes.cluster.operator.plan import HOLD_DATA, ObjectPlan, Write, marked, plan
from presswerk.runtimes.cluster.operator.removal import FINALIZER, TenantRemoval, with_finalizers
from presswerk.runtimes.cluster.operator.services import ExternalServices, ServiceAnswers, ServiceProvisioner
from presswerk.runtimes.cluster.operator.tenants import TenantCache
from presswerk.runtimes.cluster.resource import InvalidResource, TenantResource, tenant_of
from presswerk.wordpress.model import Connection

_CHECK_SECONDS = 600.0
"""How often a tenant that is as wanted is looked at although nothing has told of a change."""

log = structlog.get_logger(__name__)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Reconciler:
    """Carries tenants from what they are to what is declared.

    Args:
        api: The cluster.
        mirror: What the cluster holds of tenants; noted here at once when something is written.
        cluster: How the cluster is to be used.
        platform: Its tiers.
        outside: DatabaseService, identity, chat, hub.
        declared: All tenants as last seen; noted here at once when the operator writes to one.
        now: The time, aware UTC.
    """

    def __init__(
        self,
        api: ClusterApi,
        mirror: ObjectCache,
        cluster: Cluster,
        platform: Platform,
        outside: ExternalServices,
        *,
        declared: TenantCache | None = None,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._api = api
        self._mirror = mirror
        self._cluster = cluster
        self._platform = platform
        self._outside = outside
        self._declared = declared or TenantCache()
        self._now = now
        self._asking = ServiceProvisioner(outside, platform, self._keep)
        self._removal = TenantRemoval(api, mirror, outside, self._write_status, now)

    def reconcile(self, body: Body) -> ReconcileOutcome:
        """Do what can be done now for one tenant.

        Args:
            body: The custom resource as it was last seen.

        Returns:
            When to come back; what the cluster's API or somebody outside refuses is said in the status.
        """
        name = str(body["metadata"]["name"])
        statements: dict[Topic, Condition] = {}
        try:
            if "deletionTimestamp" in body["metadata"]:
                outcome = self._removal.remove(body)
                if outcome.again_in_seconds is None:
                    self._asking.forget(name)
                return outcome
            resource = self._read(body)
            problem = self._converge(body, resource, statements)
        except InvalidResource as error:
            statements[Topic.READY] = Condition(Topic.READY, False, "Invalid", str(error))
            problem, resource = None, None
        except PROBLEMS as error:
            return ReconcileOutcome.stopped_by(error)
        try:
            settled = self._say(body, name, resource, statements)
        except PROBLEMS as error:
            return ReconcileOutcome.stopped_by(error)
        if problem is not None:
            return ReconcileOutcome.stopped_by(problem)
        return ReconcileOutcome(_CHECK_SECONDS if settled else 0.0, settled=settled)

    def _read(self, body: Body) -> TenantResource:
        resource = tenant_of(body)
        problems = self._platform.problems_with(resource.tenant, self._declared.earlier_with_a_domain_of(body))
        reserved = self._platform.reserved(resource.tenant.id)
        # One that was taken on before keeps it.
        if reserved is not None and FINALIZER not in body["metadata"].get("finalizers", ()):
            raise InvalidResource((f"metadata.name: {reserved}",))
        if problems:
            raise InvalidResource(tuple(f"spec.{field}: {told}" for field, told in problems))
        return resource

    def _converge(self, body: Body, resource: TenantResource, statements: dict[Topic, Condition]) -> Problem | None:
        """Everything in its order; what stands in the way first is said, and ends the pass.

        While somebody outside does not answer, what the cluster has of a tenant is kept as their last answers made it.
        """
        tenant, suspended = resource.tenant, resource.suspended
        wanted = Wanted(
            self._cluster, tenant, self._platform.allotment(tenant), suspended, self._volume_is_shared(tenant.id)
        )
        topic = Topic.SITE
        try:
            self._hold(body)
            credentials, kept = self._credentials(wanted)
            answers, outage = self._asking.ask(wanted, credentials, kept, statements)
            if answers is None:
                return outage
            if answers.move is not None:
                statements[topic] = self._carry(wanted, credentials, answers, answers.move)
                return outage
            done = self._apply(wanted, answers.secrets(credentials))
            statements[topic] = self._site(wanted, done)
            topic = Topic.CONNECTION
            if statements[Topic.SITE].holds or suspended:
                connection = _connection(wanted, credentials)
                self._outside.connections.register(tenant, connection, suspended=suspended)
                statements[topic] = Condition(topic, True, "Registered", "The hub knows the site.")
        except PROBLEMS as error:
            statements[topic] = stopped(topic, error)
            return error
        return outage or self._leave(answers)

    def _leave(self, answers: ServiceAnswers) -> Problem | None:
        """Remove the database that content has left; the tenant is well all the same while that does not succeed."""
        try:
            self._asking.leave(answers)
        except PROBLEMS as error:
            return error
        return None

    def _carry(self, wanted: Wanted, credentials: Credentials, answers: ServiceAnswers, move: Move) -> Condition:
        """Close the site, and have its content moved once no pod of it runs; then it opens with the other database."""
        closed = dataclasses.replace(wanted, suspended=True)
        is_empty = _runs_nowhere(self._live(wanted).get(Ref(DEPLOYMENT, wanted.namespace, names.SITE)))
        self._apply(closed, answers.secrets(credentials), move if is_empty else None)
        job = self._live(wanted).get(Ref(JOB, wanted.namespace, move.job), {})
        kept = answers.kept
        if has(job, "Failed"):
            message = (
                f"The content could not be moved, and is still whole where it was. See the log of Job {move.job}; set "
                "the tier back, or mend the cause and delete the Job."
            )
            return Condition(Topic.SITE, False, "MoveFailed", message)
        if has(job, "Complete"):
            self._keep(wanted.tenant.id, ContentLocation(wanted.allotment.database, kept.kind, kept.moves + 1))
        told = f"The site is closed while its content moves from {kept.kind} to {wanted.allotment.database}."
        return Condition(Topic.SITE, None, "Moving", told)

    def _keep(self, tenant_id: str, kept: ContentLocation) -> None:
        self._write(kept.body(tenant_id))

    def _live(self, wanted: Wanted) -> Mapping[Ref, Body]:
        return self._mirror.objects(wanted.tenant.id)

    def _volume_is_shared(self, tenant_id: str) -> bool | None:
        ref = Ref(VOLUME_CLAIM, names.tenant_namespace(tenant_id), names.VOLUME)
        volume = self._mirror.objects(tenant_id).get(ref)
        return None if volume is None else "ReadWriteMany" in volume["spec"]["accessModes"]

    def _hold(self, body: Body) -> None:
        """See that the resource stays until everything of the tenant is gone."""
        if FINALIZER not in body["metadata"].get("finalizers", ()):
            self._declared.note(self._api.apply(with_finalizers(body, [FINALIZER])))

    def _credentials(self, wanted: Wanted) -> tuple[Credentials, ContentLocation]:
        tenant_id, ref = wanted.tenant.id, credentials_ref(wanted.tenant.id)
        held = self._mirror.objects(tenant_id).get(ref)
        if held is None:
            if Ref(NAMESPACE, None, wanted.namespace) not in self._mirror.objects(tenant_id):
                self._write(_namespace(wanted))
            try:
                first = ContentLocation(wanted.allotment.database)
                held = self._api.create(Credentials.new().secret(tenant_id, first.annotations))
            except AlreadyThere:
                # Made by a pass that was cut off before it could note it.
                held = self._api.get(ref)
            if held is None:
                raise ServiceError("Gone", "the tenant's credentials disappeared while they were read")
            self._mirror.note(held)
        try:
            return Credentials.read(held), ContentLocation.read(held) or ContentLocation(wanted.allotment.database)
        except ValueError as error:
            raise ServiceError("CredentialsDamaged", str(error)) from None

    def _apply(self, wanted: Wanted, secrets: SiteSecrets, move: Move | None = None) -> ObjectPlan:
        objects = tenant_objects(wanted, secrets, move=move)
        todo = plan(objects, self._mirror.objects(wanted.tenant.id))
        refused: ClusterError | None = None
        for write in todo.writes:
            try:
                self._carry_out(write)
            except ClusterError as error:
                # The API does not take this one; what comes after it is healed all the same.
                if not error.is_invalid:
                    raise
                refused = refused or error
        for ref in todo.removals:
            self._delete(wanted.tenant.id, ref)
        if refused is not None:
            raise refused
        return todo

    def _carry_out(self, write: Write) -> None:
        ref, tenant_id = ref_of(write.body), write.body["metadata"]["labels"][names.LABEL_TENANT]
        if write.anew:
            self._delete(tenant_id, ref)
        try:
            if write.lists:
                self._mirror.note(self._api.replace_parts(ref, write.lists))
            self._write(write.body)
        except ClusterError as error:
            # What somebody made of it cannot be changed into what is wanted, as another selector: it is made anew.
            is_there = ref in self._mirror.objects(tenant_id)
            if not error.is_invalid or write.anew or not is_there or ref.kind in HOLD_DATA:
                raise
            self._delete(tenant_id, ref)
            self._write(write.body)

    def _write(self, body: Body) -> None:
        self._mirror.note(self._api.apply(body))

    def _delete(self, tenant_id: str, ref: Ref) -> None:
        self._api.delete(ref)
        self._mirror.forget(tenant_id, ref)

    def _site(self, wanted: Wanted, done: ObjectPlan) -> Condition:
        """Whether the site serves, from what the cluster says of its pods and its installation."""
        live = self._mirror.objects(wanted.tenant.id)
        if wanted.suspended:
            return Condition(Topic.SITE, False, "Suspended", "The site is closed on request; all its data stays.")
        if done.shrinking and wanted.tenant.overrides.storage_gib is not None:
            kept = done.shrinking[0]
            message = f"{kept.ref} stays {kept.has}: a volume only grows, and {kept.wanted} is less."
            return Condition(Topic.SITE, False, "VolumeOnlyGrows", message)
        jobs = [body for ref, body in live.items() if ref.kind == JOB and "ownerReferences" not in body["metadata"]]
        if any(has(job, "Failed") for job in jobs):
            message = "The installation failed; see the log of its Job, mend the cause, and delete the Job."
            return Condition(Topic.SITE, False, "InstallationFailed", message)
        deployment = live.get(Ref(DEPLOYMENT, wanted.namespace, names.SITE), {})
        if not has(deployment, "Available") or not is_current(deployment):
            return Condition(Topic.SITE, None, "Starting", "The site's pods are not ready yet.")
        if not jobs or not all(has(job, "Complete") for job in jobs):
            return Condition(Topic.SITE, None, "Installing", "WordPress is being installed or brought up to date.")
        return Condition(Topic.SITE, True, "HealthServer", f"The site answers at {wanted.url}.")

    def _say(
        self, body: Body, name: str, resource: TenantResource | None, statements: Mapping[Topic, Condition]
    ) -> bool:
        """Write the status if it says anything else than before; tells whether nothing more is to come."""
        previous = body.get("status", {})
        suspended = resource is not None and resource.suspended
        conditions = tuple(summed_up(statements, suspended=suspended))
        ready = conditions[-1]
        phase = phase_of(ready, previous, suspended=suspended)
        url = (
            None
            if resource is None
            else Wanted(self._cluster, resource.tenant, self._platform.allotment(resource.tenant)).url
        )
        status = status_of(
            previous,
            phase=phase,
            conditions=conditions,
            site_url=url,
            generation=int(body["metadata"].get("generation", 0)),
            now=self._now(),
        )
        if status != previous:
            self._write_status(name, status)
            log.info("tenant_status", tenant=name, phase=phase, reason=ready.reason)
        return phase in {TenantPhase.READY, TenantPhase.SUSPENDED, TenantPhase.DEGRADED} and ready.holds is not None

    def _write_status(self, name: str, status: Mapping[str, Any]) -> None:
        written = self._api.apply_tenant_status(name, status)
        if written is not None:
            self._declared.note(written)


def _runs_nowhere(deployment: Body | None) -> bool:
    """Whether the cluster says that no pod of a Deployment is left."""
    if deployment is None or deployment["spec"].get("replicas") != 0 or not is_current(deployment):
        return False
    status = deployment.get("status", {})
    return not status.get("replicas") and not status.get("terminatingReplicas")


def _namespace(wanted: Wanted) -> Body:
    """The namespace alone, in which the tenant's credentials are kept before anything else can be made."""
    return marked(next(iter(namespace_objects(wanted))))


def _connection(wanted: Wanted, credentials: Credentials) -> Connection:
    internal = f"http://{names.SITE}.{wanted.namespace}.svc"
    return Connection(wanted.url, internal, SERVICE_USER, credentials.application_password)
