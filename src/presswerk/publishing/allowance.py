"""What a tenant may make and have stored: checked and counted in the very transaction that stores."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from presswerk.declaration import Limits
from presswerk.messages import Message
from presswerk.publishing.errors import LimitReached
from presswerk.publishing.model import State, Submitter
from presswerk.publishing.reading import UNFINISHED
from presswerk.publishing.tables import publication_usage, publications, revisions

MEBIBYTE = 1024 * 1024
VERSIONS_PER_PUBLICATION = 20
"""So many versions are taken for each article of the month, delivered or not: each leaves a few rows behind."""
LEAST_OF_A_PERSON_BYTES = 32 * MEBIBYTE
"""One article always fits."""

_NOT_DELIVERED = (*UNFINISHED, State.FAILED, State.HELD)
_TRY_AGAIN = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Allowance:
    """How much a tenant may have.

    Attributes:
        publications_per_month: New articles of a calendar month (UTC) that did not fail and were not cancelled.
        pending_bytes: Text and attachments of articles that are not on the site.
    """

    publications_per_month: int
    pending_bytes: int

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """What a tenant's limits allow."""
        return cls(limits.publications_per_month, limits.pending_attachments_mib * MEBIBYTE)

    @property
    def pending_bytes_of_a_person(self) -> int:
        """One person may have half of it."""
        return max(self.pending_bytes // 2, LEAST_OF_A_PERSON_BYTES)


@dataclass(frozen=True)
class Charge:
    """What is about to be stored for a tenant."""

    tenant: str
    by: Submitter
    size_bytes: int

    def check(self, database: Connection, allowance: Allowance, *, counts: bool) -> None:
        """Count it, and refuse what is too much; until the transaction ends nobody else of the tenant is checked.

        Args:
            database: In the transaction that will store it.
            allowance: What the tenant may have.
            counts: Whether it makes an article of this month.

        Raises:
            LimitReached: It is too much.
        """
        now = dt.datetime.now(dt.UTC)
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        # First of all: this row is locked from here on, on both kinds of database, and so is the tenant's turn.
        versions = _count_version(database, self.tenant, month.date())
        limit = allowance.publications_per_month
        if counts and _made_since(database, self.tenant, month) >= limit:
            raise LimitReached(
                Message(
                    "This tenant's tier allows %(limit)s new articles a month, and this month's are used up. Newer"
                    " versions of articles are still taken; for more, ask an operator for a higher tier.",
                    limit=limit,
                ),
                _next_month(month),
            )
        if versions > limit * VERSIONS_PER_PUBLICATION:
            raise LimitReached(
                Message(
                    "This tenant has handed in %(limit)s articles and newer versions this month, as many as its tier"
                    " allows; for more, ask an operator for a higher tier.",
                    limit=limit * VERSIONS_PER_PUBLICATION,
                ),
                _next_month(month),
            )
        whole, own = _pending_bytes(database, self.tenant, self.by)
        for whose, taken, most in (
            (Message("This tenant's articles"), whole, allowance.pending_bytes),
            (Message("Your articles"), own, allowance.pending_bytes_of_a_person),
        ):
            if taken + self.size_bytes > most:
                raise LimitReached(
                    Message(
                        "%(whose)s that are not on the site may take %(most)s MiB, and %(taken)s MiB are taken; this"
                        " one needs %(size)s MiB. Cancel some that wait or have failed, or wait until they are"
                        " delivered.",
                        whose=whose,
                        most=most // MEBIBYTE,
                        taken=round(taken / MEBIBYTE, 1),
                        size=round(self.size_bytes / MEBIBYTE, 1),
                    ),
                    now + _TRY_AGAIN,
                )


def _count_version(database: Connection, tenant: str, month: dt.date) -> int:
    kind = postgresql.insert if database.dialect.name == "postgresql" else sqlite.insert
    counted: int = database.execute(
        kind(publication_usage)
        .values(tenant=tenant, month=month, versions=1)
        .on_conflict_do_update(index_elements=["tenant", "month"], set_={"versions": publication_usage.c.versions + 1})
        .returning(publication_usage.c.versions)
    ).scalar_one()
    return counted


def _made_since(database: Connection, tenant: str, month: dt.datetime) -> int:
    counts = or_(publications.c.state.not_in((State.FAILED, State.CANCELLED)), publications.c.post.is_not(None))
    query = select(func.count()).where(
        publications.c.tenant == tenant,
        # Ids begin with the time they were made at (UUIDv7), and are indexed with the tenant; their eight digits before
        # the first dash count in 65 seconds.
        publications.c.id >= f"{int(month.timestamp() * 1000):012x}"[:8],
        publications.c.created_at >= month,
        counts,
    )
    return int(database.execute(query).scalar_one())


def _pending_bytes(database: Connection, tenant: str, by: Submitter) -> tuple[int, int]:
    """Of all of the tenant, and of one person."""
    submitter = revisions.c.submitted_by
    is_own = (submitter["issuer"].as_string() == by.issuer) & (submitter["subject"].as_string() == by.subject)
    query = (
        select(
            func.coalesce(func.sum(revisions.c.size_bytes), 0),
            func.coalesce(func.sum(case((is_own, revisions.c.size_bytes), else_=0)), 0),
        )
        .join(publications, publications.c.id == revisions.c.publication)
        .where(publications.c.tenant == tenant, publications.c.state.in_(_NOT_DELIVERED))
    )
    whole, own = database.execute(query).one()
    return int(whole), int(own)


def _next_month(month: dt.datetime) -> dt.datetime:
    return (month + dt.timedelta(days=32)).replace(day=1)
