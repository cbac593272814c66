"""What people may do about publications that are there, and who may: looking, trying again, cancelling, taking over."""

import datetime as dt
from collections.abc import Callable

from presswerk.declaration import Role, Tenant
from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.allowance import Allowance
from presswerk.publishing.errors import Forbidden, NotFound, NotPossibleNow
from presswerk.publishing.holding import at_the_site
from presswerk.publishing.model import Publication, State
from presswerk.publishing.permission import (
    identity_of,
    person_of,
    require_active,
    require_target,
    require_visible,
)
from presswerk.publishing.reading import NO_SUCH_PUBLICATION, Page
from presswerk.publishing.sites import Sites
from presswerk.publishing.steps import Audit
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.tenants import TenantRegistry
from presswerk.wordpress import SiteState
from presswerk.wordpress.model import IfGone, OnConflict

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


class PublicationActs:
    """Publications as their authors see them.

    Another tenant's publication is as if it did not exist (`NotFound`); too low a role in one's own is `Forbidden`.

    Args:
        store: Publications.
        tenants: Whose sites there are.
        wake: Told what was stored for a worker, by the time it is due (aware UTC; None: now).
        audit: Gets a record of each act.
        sites: Opens sites, to ask what they hold; one that does not answer soon is not waited for.
        allowance: What a tenant may make and have stored.
    """

    def __init__(
        self,
        store: PublicationStore,
        tenants: TenantRegistry,
        wake: Callable[[dt.datetime | None], None],
        audit: Audit,
        *,
        sites: Sites,
        allowance: Callable[[Tenant], Allowance],
    ) -> None:
        self._allowance = allowance
        self._store = store
        self._tenants = tenants
        self._wake = wake
        self._audit = audit
        self._sites = sites

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
        require_active(self._tenants.get(publication.tenant))
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
        require_active(self._tenants.get(publication.tenant))
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

    def _allowed(self, tenant: str) -> Allowance:
        return self._allowance(self._tenants.declared(tenant))

    def _changeable(self, principal: Principal, publication_id: str, *, operators: bool) -> Publication:
        publication = self.get(principal, publication_id)
        own = principal.is_person(publication.creator.issuer, publication.creator.subject)
        if principal.may(Role.EDITOR, publication.tenant) or (own and principal.may(Role.AUTHOR, publication.tenant)):
            return publication
        if operators and principal.operator:
            return publication
        raise Forbidden(Message("Only the publication's creator or an editor of the tenant may do this."))

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
        self._wake(publication.due_at)
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
