"""What people may ask for about publications, and who may ask: the one place that decides it."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.allowance import Allowance
from presswerk.publishing.composition import Preview
from presswerk.publishing.errors import FieldError, Forbidden, InvalidManuscript, NotFound, NotPossibleNow
from presswerk.publishing.holding import at_the_site
from presswerk.publishing.model import Confirmation, Manuscript, Person, Publication, Run, State
from presswerk.publishing.permission import (
    identity_of,
    person_of,
    require_active,
    require_target,
    require_visible,
    require_writable,
)
from presswerk.publishing.previews import PreviewService
from presswerk.publishing.reading import NO_SUCH_PUBLICATION, Page
from presswerk.publishing.records import manuscript_sha256
from presswerk.publishing.sites import Sites
from presswerk.publishing.steps import Audit
from presswerk.publishing.store import KeyedRequest, PublicationStore, Submission
from presswerk.publishing.validating import check_idempotency_key, check_manuscript, check_schedule
from presswerk.publishing.workflow import Queue
from presswerk.spec import Role, Tenant
from presswerk.tenants import TenantRegistry
from presswerk.wordpress import SiteError, SiteState
from presswerk.wordpress.model import IfGone, OnConflict

_RACES = 5
_CANCELLED = frozenset({State.CANCELLED})
_UNDONE = frozenset({State.FAILED, State.CANCELLED})
_STATES = {
    State.ACCEPTED: Message("accepted"),
    State.SCHEDULED: Message("scheduled"),
    State.RUNNING: Message("running"),
    State.HELD: Message("held"),
    State.DRAFTED: Message("drafted"),
    State.PUBLISHED: Message("published"),
    State.FAILED: Message("failed"),
    State.CANCELLED: Message("cancelled"),
}

log = structlog.get_logger(__name__)


class CancellableQueue(Queue, Protocol):
    """A queue that runs can be taken out of."""

    def cancel(self, tenant: str, run: Run) -> None:
        """Stop a run; does nothing when there is none."""
        ...


class PublishingService:
    """Publications as their authors see them.

    Another tenant's publication is as if it did not exist (`NotFound`); too low a role in one's own is `Forbidden`.

    Args:
        store: Publications.
        tenants: Whose sites there are.
        queue: Takes runs.
        audit: Gets a record of each act.
        previews: What people confirm.
        sites: Opens sites, to ask what they hold; one that does not answer soon is not waited for.
        allowance: What a tenant may make and have stored.
    """

    def __init__(
        self,
        store: PublicationStore,
        tenants: TenantRegistry,
        queue: CancellableQueue,
        audit: Audit,
        *,
        previews: PreviewService,
        sites: Sites,
        allowance: Callable[[Tenant], Allowance],
    ) -> None:
        self._allowance = allowance
        self._store = store
        self._tenants = tenants
        self._queue = queue
        self._audit = audit
        self._previews = previews
        self._sites = sites

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

    def retry(
        self,
        principal: Principal,
        publication_id: str,
        *,
        on_conflict: OnConflict | None = None,
        if_gone: IfGone | None = None,
    ) -> Publication:
        """Try a failed publication again.

        Args:
            principal: Its creator, or an editor of its tenant, or an operator.
            publication_id: Which.
            on_conflict: What to do about changes made on the site; None: as before.
            if_gone: What to do about a post that is gone; None: fail, or as decided before a conflict came up.

        Raises:
            NotFound: There is none, or the caller may not see it.
            Forbidden: The caller is neither its creator nor an editor of its tenant nor an operator, or may only draft
                while it is to be published.
            NotPossibleNow: It has not failed.
            SiteSuspended: The tenant takes no publications.
        """
        publication = self._changeable(principal, publication_id, operators=True)
        if publication.state is not State.FAILED:
            raise NotPossibleNow(
                Message(
                    "Only a failed publication can be tried again; this one is %(state)s.",
                    state=_STATES[publication.state],
                )
            )
        require_active(self._tenants, publication.tenant)
        if publication.failure is not None and publication.failure.code == "conflict":
            # Somebody had the post restored, and was asked about what was changed on it before anything was done.
            if_gone = if_gone or publication.if_gone
        return self._again(principal, publication, _no_content, on_conflict=on_conflict, if_gone=if_gone)

    def cancel(self, principal: Principal, publication_id: str) -> Publication:
        """Stop a publication before its site gets it; cancelling twice is fine.

        Raises:
            NotFound: There is none, or the caller may not see it.
            Forbidden: The caller is neither its creator nor an editor of its tenant nor an operator.
            NotPossibleNow: It is finished, or on its way to the site at this moment.
        """
        publication = self._changeable(principal, publication_id, operators=True)
        if publication.state is State.CANCELLED:
            return publication
        if publication.state.final and publication.state is not State.HELD:
            raise NotPossibleNow(Message("The publication is %(state)s already.", state=_STATES[publication.state]))
        if at_the_site(publication):
            raise NotPossibleNow(
                Message("The article is on its way to the site at this moment; look again in a minute.")
            )
        cancelled = self._store.cancel(publication, Message("Cancelled by %(name)s.", name=principal.name))
        self._record(principal, "publication.cancel", cancelled)
        self._queue.cancel(publication.tenant, publication.run)
        return cancelled

    def take_over(self, principal: Principal, publication_id: str) -> Publication:
        """Let a held publication go on in the caller's right, at its scheduled time or now; its author stays.

        Raises:
            NotFound: There is none, or the caller may not see it.
            Forbidden: The caller is no editor of its tenant.
            NotPossibleNow: It is not held.
            SiteSuspended: The tenant takes no publications.
        """
        publication = self.get(principal, publication_id)
        if not principal.may(Role.EDITOR, publication.tenant):
            raise Forbidden(Message("Only an editor of the tenant may take over a publication."))
        if publication.state is not State.HELD:
            raise NotPossibleNow(
                Message(
                    "Only a held publication can be taken over; this one is %(state)s.",
                    state=_STATES[publication.state],
                )
            )
        require_active(self._tenants, publication.tenant)
        by = person_of(principal, publication.tenant)
        taken = self._store.retry(publication, Message("%(name)s took it over.", name=principal.name), by=by)
        self._record(principal, "publication.take_over", taken)
        return self._hand_over(taken)

    def get(self, principal: Principal, publication_id: str) -> Publication:
        """Look at a publication.

        Raises:
            NotFound: There is none, or the caller may not see it.
        """
        publication = self._store.get(publication_id)
        if not principal.sees(publication.tenant):
            raise NotFound(NO_SUCH_PUBLICATION)
        return publication

    def page(
        self,
        principal: Principal,
        *,
        tenant: str | None = None,
        state: State | None = None,
        source: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """List publications of the caller's tenants, newest first; an operator sees everybody's.

        Raises:
            NotFound: `tenant` is not the caller's, or nobody's.
        """
        tenants = None if principal.operator else tuple(principal.roles)
        if tenant is not None:
            require_visible(self._tenants, principal, tenant)
            tenants = (tenant,)
        # A chat is one person's: somebody else's publication that claims to come from it is not found by it.
        creator = None if source is None else identity_of(principal)
        return self._store.page(
            tenants=tenants, state=state, source=source, creator=creator, before=before, limit=limit
        )

    def site_state(self, principal: Principal, publication_id: str) -> SiteState:
        """What the site holds of a publication now, and what somebody changed of it.

        Raises:
            NotFound: There is none, or the caller may not see it.
            SiteError: The site does not answer.
        """
        publication = self.get(principal, publication_id)
        with self._sites.open(publication.tenant) as site:
            return site.get_site_state(publication.id)

    # Who may

    def _allowed(self, tenant: str) -> Allowance:
        return self._allowance(self._tenants.get(tenant).tenant)

    def _changeable(self, principal: Principal, publication_id: str, *, operators: bool) -> Publication:
        publication = self.get(principal, publication_id)
        own = principal.is_person(publication.creator.issuer, publication.creator.subject)
        if principal.may(Role.EDITOR, publication.tenant) or (own and principal.may(Role.AUTHOR, publication.tenant)):
            return publication
        if operators and principal.operator:
            return publication
        raise Forbidden(Message("Only the publication's creator or an editor of the tenant may do this."))

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

    # Doing it

    def _take(
        self, principal: Principal, tenant: str, submission: Submission, requests: Sequence[KeyedRequest]
    ) -> Publication:
        publication, made = self._store.create(tenant, submission, requests, self._allowed(tenant))
        if made:
            self._record(principal, "publication.accept", publication)
            publication = self._hand_over(publication)
        return publication

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
            self._queue.cancel(publication.tenant, publication.run)
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

    def _again(
        self,
        principal: Principal,
        publication: Publication,
        content: Callable[[], Submission],
        *,
        on_conflict: OnConflict | None,
        if_gone: IfGone | None = None,
    ) -> Publication:
        if not principal.operator:
            # The role may have been lowered since.
            require_target(principal, publication.tenant, self._store.details(publication.run))
        message = Message("%(name)s had it tried again.", name=principal.name)
        # It goes on in the right of whoever had it tried again; an operator has none of their own in a tenant.
        by = person_of(principal, publication.tenant) if publication.tenant in principal.roles else None
        again = self._store.retry(
            publication,
            message,
            on_conflict=on_conflict,
            if_gone=if_gone,
            by=by,
            content=content() if self._store.lacks_content(publication.run) else None,
            allowance=self._allowed(publication.tenant),
        )
        self._record(principal, "publication.retry", again)
        return self._hand_over(again)

    def _hand_over(self, publication: Publication) -> Publication:
        try:
            self._queue.enqueue(publication.tenant, publication.run, publication.due_at)
            self._store.mark_enqueued(publication.run)
        except SQLAlchemyError as error:
            # It is stored: the sweep hands it over.
            log.warning("not_handed_over", publication=publication.id, error=type(error).__name__)
        return publication

    def _record(self, principal: Principal, action: str, publication: Publication) -> None:
        self._audit.record(
            principal, action, publication.id, {"revision": publication.revision}, tenant=publication.tenant
        )


def _no_content() -> Submission:
    raise NotPossibleNow(
        Message(
            "What was handed in is kept for a few days after a failure, and these are over; send the article again."
        )
    )


def _keyed(key: str | None, by: Person, tenant: str, body_sha256: str) -> tuple[KeyedRequest, ...]:
    return () if key is None else (KeyedRequest(key, by, tenant, body_sha256),)
