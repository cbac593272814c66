"""A tenant's objects as the operator writes them: its credentials, then whatever a plan says."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import AlreadyThere, ClusterError
from presswerk.kubernetes.kinds import NAMESPACE, VOLUME_CLAIM, Body, Ref, ref_of
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests import Move, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.manifests.namespace import namespace_objects
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant
from presswerk.runtimes.cluster.manifests.site import volume_claim
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.conditions import why_it_stays
from presswerk.runtimes.cluster.operator.credentials import ContentLocation, Credentials, credentials_ref, kept_ref
from presswerk.runtimes.cluster.operator.outcome import NotYet, ServiceError
from presswerk.runtimes.cluster.operator.plan import (
    HOLD_DATA,
    ObjectPlan,
    Write,
    as_it_can_be,
    difference,
    growth,
    marked,
    plan,
)

_GROWTH_PAUSE_SECONDS = 300.0


class ObjectWriter:
    """Writes objects, and notes in the cache at once what it wrote.

    Args:
        api: The cluster.
        cache: What the cluster holds of tenants.
    """

    def __init__(self, api: ClusterApi, cache: ObjectCache) -> None:
        self._api = api
        self._cache = cache

    def live(self, tenant_id: str) -> Mapping[Ref, Body]:
        """A tenant's objects as last seen."""
        return self._cache.objects(tenant_id)

    def volume(self, tenant_id: str) -> Body | None:
        """The claim of the volume that holds the site's files."""
        return self.live(tenant_id).get(Ref(VOLUME_CLAIM, names.tenant_namespace(tenant_id), names.VOLUME))

    def credentials(self, wanted: DesiredTenant) -> tuple[Credentials, ContentLocation]:
        """The tenant's secrets, made when there are none, and where its content is.

        Raises:
            ServiceError: What is kept of them cannot be read.
            ClusterError: The API refused or did not answer.
        """
        tenant_id, live = wanted.tenant.id, self.live(wanted.tenant.id)
        here, elsewhere = credentials_ref(tenant_id), kept_ref(tenant_id)
        first = ContentLocation(wanted.allotment.database)
        held, kept = live.get(here), live.get(elsewhere)
        try:
            if held is None:
                # What cannot be made again is kept first where it does not go with the tenant's namespace.
                kept = kept or self._created(Credentials.new().secret(elsewhere, tenant_id, first))
                if Ref(NAMESPACE, None, wanted.namespace) not in live:
                    # The namespace alone: the credentials are kept in it before anything else can be made.
                    self._write(marked(next(iter(namespace_objects(wanted)))))
                again = Credentials.read(kept).secret(here, tenant_id, ContentLocation.read(kept) or first)
                held = self._created(again)
            found, location = Credentials.read(held), ContentLocation.read(held) or first
        except ValueError as error:
            told = f"{error}; Secret {elsewhere.namespace}/{elsewhere.name} has one"
            raise ServiceError("CredentialsDamaged", str(error) if kept is None else told) from None
        copy = found.secret(elsewhere, tenant_id, location)
        if kept is None or difference(copy, kept) is not None:
            self._write(copy)
        return found, location

    def record(self, tenant_id: str, location: ContentLocation) -> None:
        """Keep where the tenant's content is."""
        self._write(location.body(tenant_id))

    def refused_growth(self, wanted: DesiredTenant) -> ServiceError | None:
        """Why the volume cannot become as large as is wanted, or not yet; None where it can, or is.

        The API itself is asked, by a request that it only tries: it knows what the storage class can do.

        Raises:
            ClusterError: The API did not answer.
        """
        claim, there = volume_claim(wanted), self.volume(wanted.tenant.id)
        sizes = None if there is None else growth(claim, there)
        if there is None or sizes is None:
            return None
        # The tenant's own quota would refuse it first.
        quota = [each for each in namespace_objects(wanted) if each["kind"] == "ResourceQuota"]
        for write in plan(quota, self.live(wanted.tenant.id)).writes:
            self._carry_out(wanted.tenant.id, write)
        try:
            self._api.apply(marked(as_it_can_be(claim, there)), dry_run=True)
        except ClusterError as error:
            return _refusal(error, *sizes)
        return None

    def without_growth(self, wanted: DesiredTenant, location: ContentLocation) -> DesiredTenant:
        """The same tenant with its content where it is."""
        return dataclasses.replace(wanted, allotment=dataclasses.replace(wanted.allotment, database=location.kind))

    def require_namespace(self, wanted: DesiredTenant, now: dt.datetime) -> None:
        """Let on only where objects can be made.

        Raises:
            NotYet: Somebody deletes the namespace; each object that goes with it would be asked for in vain.
        """
        there = self.live(wanted.tenant.id).get(Ref(NAMESPACE, None, wanted.namespace), {})
        if "deletionTimestamp" in there.get("metadata", {}):
            told = f"Namespace {wanted.namespace} is being deleted; everything is made anew once it is gone."
            raise NotYet("NamespaceEnding", f"{told} {why_it_stays(there, now)}".rstrip())

    def apply(
        self, wanted: DesiredTenant, secrets: SiteSecrets, move: Move | None = None, *, grows: bool = True
    ) -> ObjectPlan:
        """Bring the tenant's objects to what is wanted; a volume that does not grow stays as it is.

        Raises:
            ClusterError: The API refused or did not answer; what it does not take holds up nothing else.
        """
        todo = plan(tenant_objects(wanted, secrets, move=move), self.live(wanted.tenant.id), grows=grows)
        refused: ClusterError | None = None
        for write in todo.writes:
            try:
                self._carry_out(wanted.tenant.id, write)
            except ClusterError as error:
                if not error.is_invalid:
                    raise
                refused = refused or error
        for ref in todo.removals:
            self._delete(wanted.tenant.id, ref)
        if refused is not None:
            raise refused
        return todo

    def _carry_out(self, tenant_id: str, write: Write) -> None:
        ref = ref_of(write.body)
        if write.anew:
            self._delete(tenant_id, ref)
        try:
            if write.parts:
                self._cache.note(self._api.replace_parts(ref, write.parts))
            self._write(write.body)
        except ClusterError as error:
            # What somebody made of it cannot be changed into what is wanted, as another selector: it is made anew.
            is_there = ref in self.live(tenant_id)
            if not error.is_invalid or write.anew or not is_there or ref.kind in HOLD_DATA:
                raise
            self._require_validity(write.body, error)
            self._delete(tenant_id, ref)
            self._write(write.body)

    def _require_validity(self, body: Body, refused: ClusterError) -> None:
        """See that an object is refused for what is there and not for what it is: else nothing would be left of it.

        Raises:
            ClusterError: The API does not take it under another name either.
        """
        metadata = {**body["metadata"], "name": f"{body['metadata']['name']}-anew"}
        try:
            self._api.create({**body, "metadata": metadata}, dry_run=True)
        except ClusterError as error:
            if error.is_invalid:
                raise refused from None

    def _created(self, secret: Body) -> Body:
        ref = ref_of(secret)
        try:
            held: Body | None = self._api.create(secret)
        except AlreadyThere:
            # Made by a pass that was cut off before it could note it.
            held = self._api.get(ref)
        if held is None:
            raise ServiceError("Gone", "the tenant's credentials disappeared while they were read")
        self._cache.note(held)
        return held

    def _write(self, body: Body) -> None:
        self._cache.note(self._api.apply(body))

    def _delete(self, tenant_id: str, ref: Ref) -> None:
        self._api.delete(ref)
        self._cache.forget(tenant_id, ref)


def _refusal(error: ClusterError, has: str, wants: str) -> ServiceError:
    """What stands in the way of a volume's growth.

    Raises:
        NotYet: The cluster counts by the former quota for a moment.
        ClusterError: It says nothing about growth.
    """
    if error.is_invalid:
        # A claim that no volume is bound to yet takes no change at all.
        return NotYet("VolumeNotBound", f"The volume of {has} grows to {wants} as soon as the cluster has made it.")
    if error.status != HTTPStatus.FORBIDDEN:
        raise error
    if "exceeded quota" in error.told:
        raise NotYet("QuotaNotRaised", f"The volume of {has} grows to {wants} once the cluster has raised the quota.")
    return ServiceError(
        "VolumeCannotGrow",
        f"The tenant is to have a volume of {wants}, and its volume of {has} cannot grow: {error.told}. Its content "
        "stays where it is; all else is as the tier has it. Allow it in the storage class (allowVolumeExpansion: "
        f"true), if its driver can do that; or keep the volume with spec.overrides.storageGib: "
        f"{has.removesuffix('Gi')}; or set the tier back.",
        again_in_seconds=_GROWTH_PAUSE_SECONDS,
    )
