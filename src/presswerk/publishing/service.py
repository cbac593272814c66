"""What people may hand in, and who may: an article or its preview, as a publication or a newer version of one."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

import structlog

from presswerk.declaration import Role, Tenant
from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.acts import PublicationActs
from presswerk.publishing.allowance import Allowance
from presswerk.publishing.composition import Preview
from presswerk.publishing.errors import FieldError, Forbidden, InvalidManuscript, NotPossibleNow
from presswerk.publishing.model import Confirmation, Manuscript, Publication, State, Submitter
from presswerk.publishing.permission import (
    identity_of,
    person_of,
    require_target,
    require_writable,
)
from presswerk.publishing.previews import PreviewService
from presswerk.publishing.records import manuscript_sha256
from presswerk.publishing.sites import Sites
from presswerk.publishing.steps import Audit
from presswerk.publishing.store import KeyedRequest, PublicationStore, Submission
from presswerk.publishing.validating import check_idempotency_key, check_manuscript, check_schedule
from presswerk.tenants import TenantRegistry
from presswerk.wordpress import SiteError, SiteState
from presswerk.wordpress.model import OnConflict

_RACES = 5
_CANCELLED = frozenset({State.CANCELLED})
_UNDONE = frozenset({State.FAILED, State.CANCELLED})

log = structlog.get_logger(__name__)


class PublishingService(PublicationActs):
    """Publications as their authors see them, and hand them in.

    Args:
        previews: What people confirm.
    """

    def __init__(
        self,
        store: PublicationStore,
        tenants: TenantRegistry,
        wake: Callable[[dt.datetime | None], None],
        audit: Audit,
        *,
        previews: PreviewService,
        sites: Sites,
        allowance: Callable[[Tenant], Allowance],
    ) -> None:
        super().__init__(store, tenants, wake, audit, sites=sites, allowance=allowance)
        self._previews = previews

    def accept(
        self, principal: Principal, tenant: str, manuscript: Manuscript, idempotency_key: str | None = None
    ) -> Publication:
        """Take a new article.

        Args:
            principal: Who hands it in; at least author of the tenant, editor to publish or schedule.
            tenant: Whose site it is for.
            manuscript: The article.
            idempotency_key: The same key with the same article gives the same publication.

        Raises:
            NotFound: The caller is not of the tenant.
            Forbidden: The caller's role is too low.
            SiteSuspended: The tenant takes no publications.
            InvalidManuscript: Fields are wrong.
            IdempotencyKeyReused: The key came before with another article.
            LimitReached: The tenant has made as many publications this month as its tier allows.
        """
        require_writable(self._tenants, principal, tenant)
        require_target(principal, tenant, manuscript)
        check_idempotency_key(idempotency_key)
        by = person_of(principal, tenant)
        requests = _keyed(idempotency_key, by, tenant, manuscript_sha256(manuscript))
        known = self._store.made_before(requests)
        if known is not None:
            # Before the content is checked: a repeat must not fail because the time it was scheduled for has come.
            return self._repeated(
                principal, known, manuscript.resolves_conflicts, lambda: Submission.of(manuscript, by), _CANCELLED
            )
        check_manuscript(manuscript)
        return self._take(principal, tenant, Submission.of(manuscript, by), requests)

    def accept_preview(
        self, principal: Principal, confirmation: Confirmation, idempotency_key: str | None = None
    ) -> Publication:
        """Take a new article exactly as its preview shows it; the same confirmation gives the same publication.

        Args:
            principal: Whose preview it is.
            confirmation: Of which preview.
            idempotency_key: The same key with the same confirmation gives the same publication.

        Raises:
            PreviewChanged: The preview is another one by now, or there is none.
            Forbidden: The caller's role is too low.
            SiteSuspended: The tenant takes no publications.
            InvalidManuscript: The time it is scheduled for has come.
            IdempotencyKeyReused: The key came before with something else.
            LimitReached: The tenant has made as many publications this month as its tier allows.
        """
        check_idempotency_key(idempotency_key)
        known = self._store.confirmed_before(identity_of(principal), principal.roles, confirmation.key)
        if known is not None:
            # A preview goes after a day; what it became stays.
            require_writable(self._tenants, principal, known.tenant)
            return self._confirmed_before(principal, known, confirmation)
        preview = self._confirmed(principal, confirmation)
        by = person_of(principal, preview.tenant)
        requests = (
            *_keyed(confirmation.key, by, preview.tenant, preview.sha256),
            *_keyed(idempotency_key, by, preview.tenant, preview.sha256),
        )
        known = self._store.made_before(requests)
        if known is not None:
            return self._confirmed_before(principal, known, confirmation)
        return self._take(principal, preview.tenant, Submission.confirmed(preview, by), requests)

    def revise(
        self, principal: Principal, publication_id: str, tenant: str, manuscript: Manuscript, key: str | None = None
    ) -> Publication:
        """Take a newer version; an equal one changes nothing, or runs again: if it failed, was cancelled or no longer
        stands on the site as it was delivered.

        Args:
            principal: The publication's creator, or an editor of its tenant.
            publication_id: Which publication.
            tenant: Its tenant, as the caller believes.
            manuscript: The article.
            key: Checked for its form; equality of content is what makes a repeat harmless.

        Raises:
            NotFound: There is none, or the caller is not of its tenant.
            Forbidden: The caller's role is too low.
            SiteSuspended: The tenant takes no publications.
            InvalidManuscript: Fields are wrong.
            NotPossibleNow: Others revise it all the time.
        """
        check_idempotency_key(key)
        publication = self._changeable(principal, publication_id, operators=False)
        if tenant != publication.tenant:
            raise InvalidManuscript(
                FieldError("tenant", Message("a publication stays with its tenant; make a new one"))
            )
        require_writable(self._tenants, principal, tenant)
        require_target(principal, tenant, manuscript)
        if publication.state is State.CANCELLED or not self._is_current(publication, manuscript_sha256(manuscript)):
            check_manuscript(manuscript)
        return self._revise(principal, publication_id, Submission.of(manuscript, person_of(principal, tenant)))

    def revise_to_preview(
        self, principal: Principal, publication_id: str, confirmation: Confirmation, key: str | None = None
    ) -> Publication:
        """Let a publication become what a preview shows; as `revise` and `accept_preview`.

        Raises:
            NotFound: There is no such publication, or the caller is not of its tenant.
            PreviewChanged: The preview is another one by now, or there is none.
            Forbidden: The caller's role is too low.
            SiteSuspended: The tenant takes no publications.
            InvalidManuscript: It is another tenant's preview, or the time it is scheduled for has come.
            NotPossibleNow: Others revise the publication all the time.
        """
        check_idempotency_key(key)
        publication = self._changeable(principal, publication_id, operators=False)
        tenant = publication.tenant
        require_writable(self._tenants, principal, tenant)
        if self._is_current(publication, confirmation.sha256):
            # A preview goes after a day; what it became stays.
            manuscript = self._store.details(publication.run)
            require_target(principal, tenant, manuscript)
            self._require_right_to_change_published(principal, publication, manuscript)
            if publication.state is State.CANCELLED:
                check_schedule(manuscript)
            on_conflict = confirmation.on_conflict or manuscript.resolves_conflicts
            anew = self._confirmed_anew(principal, confirmation)
            return self._repeated(principal, publication, on_conflict, anew, _UNDONE)
        preview = self._confirmed(principal, confirmation)
        if preview.tenant != tenant:
            raise InvalidManuscript(
                FieldError("preview", Message("is for another tenant; a publication stays with its own"))
            )
        return self._revise(principal, publication_id, Submission.confirmed(preview, person_of(principal, tenant)))

    def _require_right_to_change_published(
        self, principal: Principal, publication: Publication, manuscript: Manuscript
    ) -> None:
        if publication.post is None or publication.post.status != "publish":
            return
        editor = principal.may(Role.EDITOR, publication.tenant)
        if (editor and manuscript.target == "publish") or not self._is_published(publication):
            return
        if not editor:
            raise Forbidden(Message("The article is published; an editor of the tenant may change it."))
        raise NotPossibleNow(
            Message(
                'The article is published. Use "target": "publish" to update it, or take it back on the site first.'
            )
        )

    def _is_published(self, publication: Publication) -> bool:
        """Whether it still is: somebody may have taken it back on the site since it was delivered."""
        state = self._site_state(publication)
        return state is None or (state.post is not None and state.post.status == "publish")

    def _stands_otherwise(self, publication: Publication, on_conflict: OnConflict) -> bool:
        """Whether the site no longer has what was delivered, and it matters: nobody is told that all is well then."""
        if publication.state not in {State.DRAFTED, State.PUBLISHED}:
            return False
        state = self._site_state(publication)
        if state is None:
            return False
        overrules = on_conflict in {"replace", "merge"} and on_conflict != publication.on_conflict
        return state.presence in {"trash", "deleted"} or (overrules and bool(state.differences))

    def _site_state(self, publication: Publication) -> SiteState | None:
        """What the site holds now; None when it does not say, which keeps nobody from going on."""
        try:
            with self._sites.open(publication.tenant) as site:
                return site.get_site_state(publication.id)
        except SiteError as error:
            log.info("site_state_unknown", publication=publication.id, reason=str(error.reason))
            return None

    def _take(
        self, principal: Principal, tenant: str, submission: Submission, requests: Sequence[KeyedRequest]
    ) -> Publication:
        def record(publication: Publication) -> None:
            self._record(principal, "publication.accept", publication)

        publication, made = self._store.create(tenant, submission, requests, self._allowed(tenant), record)
        return self._hand_over(publication) if made else publication

    def _revise(self, principal: Principal, publication_id: str, submission: Submission) -> Publication:
        for _ in range(_RACES):
            publication = self._changeable(principal, publication_id, operators=False)
            self._require_right_to_change_published(principal, publication, submission.manuscript)
            if self._is_current(publication, submission.body_sha256):
                on_conflict = submission.manuscript.resolves_conflicts
                return self._repeated(principal, publication, on_conflict, lambda: submission, _UNDONE)
            try:
                revised = self._store.revise(publication, submission, self._allowed(publication.tenant))
            except NotPossibleNow:
                continue
            self._record(principal, "publication.revise", revised)
            return self._hand_over(revised)
        raise NotPossibleNow(Message("Others change this publication at the same time; try again."))

    def _confirmed(self, principal: Principal, confirmation: Confirmation) -> Preview:
        preview = self._previews.confirmed(principal, confirmation.preview, confirmation.sha256)
        require_writable(self._tenants, principal, preview.tenant)
        require_target(principal, preview.tenant, preview.manuscript)
        check_schedule(preview.manuscript)
        on_conflict = confirmation.on_conflict or preview.manuscript.on_conflict
        return dataclasses.replace(preview, manuscript=dataclasses.replace(preview.manuscript, on_conflict=on_conflict))

    def _confirmed_before(
        self, principal: Principal, publication: Publication, confirmation: Confirmation
    ) -> Publication:
        on_conflict = confirmation.on_conflict or self._store.details(publication.run).resolves_conflicts
        anew = self._confirmed_anew(principal, confirmation)
        return self._repeated(principal, publication, on_conflict, anew, _CANCELLED)

    def _confirmed_anew(self, principal: Principal, confirmation: Confirmation) -> Callable[[], Submission]:
        """What was confirmed, while its preview is kept."""

        def submission() -> Submission:
            preview = self._confirmed(principal, confirmation)
            return Submission.confirmed(preview, person_of(principal, preview.tenant))

        return submission

    def _repeated(
        self,
        principal: Principal,
        publication: Publication,
        on_conflict: OnConflict,
        content: Callable[[], Submission],
        tried_again: frozenset[State],
    ) -> Publication:
        """What was taken before, run again in these states, and where the site no longer has it."""
        if publication.state not in tried_again and not self._stands_otherwise(publication, on_conflict):
            return publication
        # Asked for again on purpose. The same publication, never a new one: the site may have its post already.
        return self._again(principal, publication, content, on_conflict=on_conflict)

    def _is_current(self, publication: Publication, body_sha256: str) -> bool:
        return self._store.body_sha256(publication.run) == body_sha256


def _keyed(key: str | None, by: Submitter, tenant: str, body_sha256: str) -> tuple[KeyedRequest, ...]:
    return () if key is None else (KeyedRequest(key, by, tenant, body_sha256),)
