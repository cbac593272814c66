"""What was handed in by somebody who may not any more: it waits until an editor takes it over."""

import datetime as dt
from collections.abc import Callable

import structlog

from presswerk.identity.departures import Departure
from presswerk.identity.people import KnownPeople, KnownPerson
from presswerk.messages import Message
from presswerk.publishing.errors import NotFound, NotPossibleNow, Superseded
from presswerk.publishing.model import Failure, FailureCode, Publication, Step
from presswerk.publishing.reading import Submitted
from presswerk.publishing.store import PublicationStore

log = structlog.get_logger(__name__)


class SubmissionRights:
    """Whether what was handed in may still go to the site in its submitter's right."""

    def __init__(self, store: PublicationStore, people: KnownPeople) -> None:
        self._store = store
        self._people = people

    def check(self, submitted: Submitted) -> None:
        """Let the newest run of what was handed in go on, or hold it.

        Raises:
            Superseded: It is held now.
        """
        code = self.missing(submitted)
        if code is not None:
            self._store.hold(submitted.publication.run, _failure(submitted, code))
            raise Superseded(f"held: {code}")

    def missing(self, submitted: Submitted) -> FailureCode | None:
        """Why it may not go on; None if it may."""
        by, tenant = submitted.by, submitted.publication.tenant
        # Of somebody who never came since people are noted down, what they handed in says who they were then.
        known = self._people.get(by.issuer, by.subject) or KnownPerson(
            by.issuer, by.subject, by.name, {tenant: by.role}, False, submitted.at, "token"
        )
        if known.is_unseen(dt.datetime.now(dt.UTC)):
            return "owner-unseen"
        role = known.roles.get(tenant)
        return None if role is not None and role.includes(submitted.needs) else "owner-left"


class SchedulesPlace:
    """Publications as one of the places that are told of departures."""

    name = "schedules"

    def __init__(self, store: PublicationStore) -> None:
        self._store = store

    def end(self, departure: Departure) -> None:
        """Hold what is under way in the right of somebody who has lost it; what the site is getting now goes on."""
        if departure.tenant is None:
            return
        for submitted in self._store.unfinished_by(departure.issuer, departure.subject, departure.tenant):
            publication = submitted.publication
            left = departure.role
            if (left is not None and left.includes(submitted.needs)) or at_the_site(publication):
                continue
            try:
                self._store.hold(publication.run, _failure(submitted, "owner-left"))
            except (Superseded, NotFound):
                continue
            log.info("publication_held", publication=publication.id, tenant=publication.tenant)


class Releases:
    """Lets go on what was held only because its submitter was not seen for a day, once they are."""

    def __init__(
        self, store: PublicationStore, rights: SubmissionRights, wake: Callable[[dt.datetime | None], None]
    ) -> None:
        self._store = store
        self._rights = rights
        self._wake = wake

    def release(self) -> int:
        """Look once.

        Returns:
            How many go on.
        """
        released = 0
        for submitted in self._store.held("owner-unseen"):
            if self._rights.missing(submitted) is not None:
                continue
            try:
                again = self._store.retry(submitted.publication, _seen_again(submitted))
            except (NotPossibleNow, NotFound):
                continue
            self._wake(again.due_at)
            released += 1
        return released


def at_the_site(publication: Publication) -> bool:
    """Whether the site has its post, or a worker is talking to the site about it.

    While a delivery waits for another try nobody is, and most likely the site does not answer.
    """
    if publication.step in {Step.CONFIRM, Step.ANNOUNCE}:
        return True
    return publication.step is Step.DELIVER and publication.due_at is None


def _seen_again(submitted: Submitted) -> Message:
    return Message("%(name)s was seen again; it goes on.", name=submitted.by.name)


def _failure(submitted: Submitted, code: FailureCode) -> Failure:
    name = submitted.by.name
    if code == "owner-unseen":
        reason = Message(
            "%(name)s signed out or was not seen for 24 hours, and nobody else can say whether %(name)s still may",
            name=name,
        )
        remedy = Message("it goes on when %(name)s signs in, or an editor takes it over", name=name)
    else:
        reason = Message("%(name)s, who handed this in, may not do it any more", name=name)
        remedy = Message("an editor of the tenant takes it over, or cancels it")
    return Failure(step=Step.PREPARE, reason=reason, remedy=remedy, retryable=False, code=code)
