"""Tenants of a cluster: what is wanted of each is its `Tenant` resource, and how far the operator is, its status."""

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import structlog
from sqlalchemy import Connection

from presswerk.declaration import Tenant
from presswerk.identity.providers.authentik import DesiredMember
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import AlreadyThere, ClusterError
from presswerk.kubernetes.kinds import TENANT, Body, Ref
from presswerk.runtimes.cluster.resource import (
    MOST_MEMBERS,
    NOT_OF_THE_DECLARATION,
    InvalidResource,
    TenantResource,
    member_entry,
    tenant_body,
    tenant_of,
    tenant_spec,
)
from presswerk.tenants import (
    ChangedMeanwhile,
    DeclaredPlatform,
    DeclaredTenant,
    DesiredState,
    InvalidTenant,
    KeptAtProvider,
    Member,
    Origin,
    TenantsUnavailable,
    UnknownTenant,
)
from presswerk.tenants.provider_people import ProviderPeople

REMOVE_AT = "presswerk.io/remove-at"
"""Annotation: when a tenant that was closed for it is to be deleted, as RFC 3339 has it."""
DELETE = "presswerk.io/delete"
"""Annotation: the tenant's own name, without which the cluster refuses to delete it."""
FIELD_MANAGER = "presswerk-hub"

_LOOK_SECONDS = 60.0
_TRIES = 5

log = structlog.get_logger(__name__)


# What a tool leaves on objects that it applies from a repository, and again when somebody changes them: a label or an
# annotation, its name, and the tool as people call it; the value says which application or release of it.
# https://fluxcd.io/flux/components/kustomize/kustomizations/, https://fluxcd.io/flux/components/helm/helmreleases/,
# https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/, https://helm.sh/docs/chart_best_practices/labels/
_MARKS = (
    ("labels", "kustomize.toolkit.fluxcd.io/name", "Flux's Kustomization"),
    ("labels", "helm.toolkit.fluxcd.io/name", "Flux's HelmRelease"),
    ("annotations", "argocd.argoproj.io/tracking-id", "Argo CD's application"),
    ("labels", "argocd.argoproj.io/instance", "Argo CD's application"),
    ("annotations", "meta.helm.sh/release-name", "the Helm release"),
    # Argo CD up to 2 by itself, and Helm charts by convention.
    ("labels", "app.kubernetes.io/instance", "the application"),
)


class ClusterRuntime:
    """Reads and patches `Tenant` resources; the operator carries them out.

    Args:
        api: The cluster.
        declared: The platform; tenants of its file are delivered with it.
        people: As the identity provider has them; None where it cannot be asked.
    """

    def __init__(
        self,
        api: ClusterApi,
        declared: DeclaredPlatform,
        people: ProviderPeople | None = None,
    ) -> None:
        self._api = api
        self._declared = declared
        self._people = people

    def list(self) -> tuple[DeclaredTenant, ...]:
        """As `TenantRuntime.list`."""
        with _problems():
            bodies, _ = self._api.list(TENANT, {})
        return tuple(sorted((self._read(body) for body in bodies), key=lambda known: known.id))

    def get(self, tenant_id: str) -> DeclaredTenant:
        """As `TenantRuntime.get`."""
        return self._read(self._body(tenant_id))

    def apply(self, tenant: Tenant, known: DeclaredTenant | None = None) -> DeclaredTenant:
        """As `TenantRuntime.apply`."""
        if known is None:
            with _problems(tenant.id):
                return self._read(self._api.create(tenant_body(tenant)))
        if known.tenant == tenant:
            return known
        body = self._body(tenant.id)
        kept = {name: body["spec"][name] for name in NOT_OF_THE_DECLARATION & body["spec"].keys()}
        return self._patch(known, {"spec": _difference(body["spec"], {**tenant_spec(tenant), **kept})})

    def suspend(self, known: DeclaredTenant) -> DeclaredTenant:
        """As `TenantRuntime.suspend`."""
        if known.wanted is DesiredState.SUSPENDED:
            return known
        return self._patch(known, {"spec": {"suspended": True}})

    def resume(self, known: DeclaredTenant) -> DeclaredTenant:
        """As `TenantRuntime.resume`."""
        if known.wanted is DesiredState.ACTIVE:
            return known
        metadata = {"annotations": {REMOVE_AT: None, DELETE: None}}
        return self._patch(known, {"metadata": metadata, "spec": {"suspended": False}})

    def remove(self, known: DeclaredTenant, at: dt.datetime, final_backup: str | None = None) -> DeclaredTenant:
        """As `TenantRuntime.remove`."""
        if final_backup is not None:
            told = "is written on one machine only; on a cluster make a backup before, see docs/gitops.md"
            raise InvalidTenant("The tenant cannot be deleted like this.", (("final_backup", told),))
        now = dt.datetime.now(dt.UTC)
        if known.wanted is DesiredState.ABSENT and (known.is_due(now) or known.remove_at == at):
            return known
        if at > now:
            metadata = {"annotations": {REMOVE_AT: at.isoformat()}}
            return self._patch(known, {"metadata": metadata, "spec": {"suspended": True}})
        return self._delete(known)

    def remove_due(self) -> None:
        """Delete the tenants whose waiting period is over.

        Raises:
            TenantsUnavailable: The cluster's API refused or did not answer.
        """
        now = dt.datetime.now(dt.UTC)
        for known in self.list():
            if known.wanted is DesiredState.ABSENT and known.is_due(now):
                # Somebody who resumes it at this moment is not overruled: the version has changed then.
                with contextlib.suppress(ChangedMeanwhile, UnknownTenant):
                    self._delete(known)

    def members(self, tenant_id: str) -> tuple[Member, ...]:
        """As `TenantRuntime.members`: as the provider has them, and over it what was given and taken here."""
        people = self._people
        if people is None:
            raise KeptAtProvider(f"The identity provider knows who belongs to {tenant_id}, and cannot be asked here.")
        found = {
            each.user_name: Member(tenant_id, each.user_name, each.role, each.name, "", each.email, each.subject)
            for each in people.members(tenant_id)
        }
        for entry in self._entries(self._body(tenant_id)):
            there = found.pop(entry.user_name, None)
            if entry.role is not None:
                if there is None:
                    account = people.find(user_name=entry.user_name)
                    if account is None or entry.subject not in {"", account.subject}:
                        continue
                    there = Member(tenant_id, account.user_name, None, account.name, "", account.email, account.subject)
                found[entry.user_name] = replace(there, role=entry.role)
        return tuple(found[name] for name in sorted(found))

    def find_person(self, *, user_name: str | None = None, subject: str | None = None) -> Member | None:
        """As `TenantRuntime.find_person`."""
        account = None if self._people is None else self._people.find(user_name=user_name, subject=subject)
        if account is None:
            return None
        return Member("", account.user_name, None, account.name, "", account.email, account.subject)

    def put_member(self, member: Member, within: Connection | None = None) -> bool:
        """As `TenantRuntime.put_member`; the operator carries it to the provider."""
        body = self._body(member.tenant)
        known, entries = self._read(body), self._entries(body)
        entry = DesiredMember(member.user_name, member.role, member.subject)
        if entry in entries:
            return False
        there = set() if self._people is None else {each.user_name for each in self._people.members(member.tenant)}
        # Whoever was taken out, and is out, need not be named any longer.
        kept = [each for each in entries if each.role is not None or each.user_name in there]
        wanted = [entry, *(each for each in kept if each.user_name != entry.user_name)]
        if len(wanted) > MOST_MEMBERS:
            told = f"has {MOST_MEMBERS} people named here already; put further ones into its groups at the provider"
            raise InvalidTenant("The member cannot be added as given.", (("user_name", told),))
        members = [member_entry(each) for each in sorted(wanted, key=lambda each: each.user_name)]
        self._patch(known, {"spec": {"members": members}})
        return True

    def _entries(self, body: Body) -> tuple[DesiredMember, ...]:
        try:
            return tenant_of(body).members
        except InvalidResource as invalid:
            raise InvalidTenant("The tenant is not declared rightly.", (("tenant", str(invalid)),)) from None

    def _delete(self, known: DeclaredTenant) -> DeclaredTenant:
        marked = self._patch(known, {"metadata": {"annotations": {DELETE: known.id}}, "spec": {"suspended": True}})
        with _problems(known.id):
            self._api.delete(_ref(known.id))
        try:
            return self.get(known.id)
        except UnknownTenant:
            return replace(marked, wanted=DesiredState.ABSENT, remove_at=dt.datetime.now(dt.UTC), version="")

    def _body(self, tenant_id: str) -> Body:
        with _problems(tenant_id):
            body = self._api.get(_ref(tenant_id))
        if body is None:
            raise _unknown(tenant_id)
        return body

    def _patch(self, known: DeclaredTenant, change: dict[str, Any]) -> DeclaredTenant:
        """Change a resource that is as it was read, but for what the operator says of it meanwhile."""
        version, before = known.version, (known.generation, known.wanted, known.remove_at)
        for _ in range(_TRIES):
            metadata = {**change.get("metadata", {}), "resourceVersion": version}
            try:
                with _problems(known.id):
                    return self._read(self._api.merge(_ref(known.id), {**change, "metadata": metadata}, FIELD_MANAGER))
            except ChangedMeanwhile:
                now = self.get(known.id)
                if (now.generation, now.wanted, now.remove_at) != before:
                    raise
                version = now.version
        raise TenantsUnavailable(f"{known.id} changes faster than it can be changed from here; try again soon.")

    def _read(self, body: Body) -> DeclaredTenant:
        metadata, status = body["metadata"], body.get("status", {})
        name, generation = str(metadata["name"]), int(metadata.get("generation", 1))
        is_current = int(status.get("observedGeneration", 0)) >= generation
        problem = _problem(status) if is_current else None
        try:
            resource = tenant_of(body)
        except InvalidResource as invalid:
            # Whoever wrote it has to see what is wrong with it, here too.
            resource, problem = TenantResource(Tenant.model_construct(id=name, name=name)), str(invalid)
        wanted, remove_at = _wanted(metadata, resource)
        done = is_current and status.get("phase") in {"Ready", "Suspended"}
        owner = _owner(metadata)
        return DeclaredTenant(
            tenant=resource.tenant,
            origin=self._origin(name, owner),
            wanted=wanted,
            generation=generation,
            applied=generation if done else generation - 1,
            remove_at=remove_at,
            final_backup=None,
            problem=problem,
            created_at=_time(metadata["creationTimestamp"]),
            updated_at=_changed_at(metadata),
            url=status.get("urls", {}).get("site"),
            version=str(metadata["resourceVersion"]),
            declared_by=owner or self._declared.declaring(name, "deploy it again"),
        )

    def _origin(self, name: str, owner: str | None) -> Origin:
        if owner is not None:
            return Origin.REPOSITORY
        return Origin.COMMAND if self._declared.declaring(name, "") is None else Origin.FILE


class DueRemovals:
    """Deletes tenants whose waiting period is over, once a minute beside the hub; several hubs may do so at once.

    Args:
        tenants: The cluster's.
    """

    def __init__(self, tenants: ClusterRuntime) -> None:
        self._tenants = tenants
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="due-removals", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ending.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._ending.wait(_LOOK_SECONDS):
            try:
                self._tenants.remove_due()
            except TenantsUnavailable as error:
                log.warning("due_removals_not_looked_at", problem=str(error))


def _ref(tenant_id: str) -> Ref:
    return Ref(TENANT, None, tenant_id)


def _unknown(tenant_id: str) -> UnknownTenant:
    return UnknownTenant(f"There is no tenant {tenant_id!r}; `presswerk tenant list` names them.")


@contextlib.contextmanager
def _problems(tenant_id: str = "") -> Iterator[None]:
    """What the cluster's API refuses, as a request about tenants is answered."""
    try:
        yield
    except AlreadyThere:
        raise ChangedMeanwhile(f"Somebody declared {tenant_id} just now; look at it and try again.") from None
    except ClusterError as error:
        if error.status == HTTPStatus.CONFLICT:
            raise ChangedMeanwhile(f"Somebody else changed {tenant_id} just now; look at it and try again.") from None
        if error.status == HTTPStatus.NOT_FOUND:
            raise _unknown(tenant_id) from None
        if error.is_invalid:
            told = f"the cluster does not take it: {error.told}"
            raise InvalidTenant("The tenant cannot be declared like this.", (("tenant", told),)) from None
        raise TenantsUnavailable(f"The cluster's API does not do it now ({error}); try again soon.") from None


def _wanted(metadata: Mapping[str, Any], resource: TenantResource) -> tuple[DesiredState, dt.datetime | None]:
    if "deletionTimestamp" in metadata:
        return DesiredState.ABSENT, _time(metadata["deletionTimestamp"])
    remove_at = metadata.get("annotations", {}).get(REMOVE_AT)
    # Whoever opened it by hand has taken the removal back.
    if resource.suspended and remove_at is not None:
        with contextlib.suppress(ValueError):
            return DesiredState.ABSENT, _time(remove_at)
    return (DesiredState.SUSPENDED if resource.suspended else DesiredState.ACTIVE), None


def _problem(status: Mapping[str, Any]) -> str | None:
    """Why it is not as wanted; None where it is, or is only on its way."""
    ready = next((item for item in status.get("conditions", ()) if item["type"] == "Ready"), None)
    if ready is None or ready["status"] != "False" or ready.get("reason") == "Suspended":
        return None
    return str(ready.get("message") or ready.get("reason"))


def _owner(metadata: Mapping[str, Any]) -> str | None:
    """Which tool applies this object from a repository, as the end of "acme is declared ..."."""
    for place, name, tool in _MARKS:
        value = metadata.get(place, {}).get(name)
        if value:
            which = str(value).partition(":")[0]
            return (
                f"by {tool} {which}: change it in the repository that it applies. What was changed here, it would undo."
            )
    return None


def _changed_at(metadata: Mapping[str, Any]) -> dt.datetime:
    """When anything but the status was last written."""
    times = [
        _time(entry["time"])
        for entry in metadata.get("managedFields", ())
        if "time" in entry and entry.get("subresource") != "status"
    ]
    return max(times, default=_time(metadata["creationTimestamp"]))


def _time(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _difference(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the live object the wanted one, as a JSON merge patch (RFC 7396)."""
    patch: dict[str, Any] = {name: None for name in live if name not in wanted}
    for name, value in wanted.items():
        before = live.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            patch[name] = _difference(before, value)
        elif value != before:
            patch[name] = value
    return patch
