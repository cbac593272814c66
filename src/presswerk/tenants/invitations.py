"""Invitations: one-time links that bind whoever opens them signed in, never whom they were sent to."""

import datetime as dt
import enum
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, insert, select, update

from presswerk.declaration import Role
from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.tenants.errors import InvitationOver, TooManyInvitations, UnknownInvitation
from presswerk.tenants.tables import tenant_invitations

INVITATION_LIFE = dt.timedelta(days=7)
MAX_OPEN_INVITATIONS = 50
"""How many links of one tenant may be good at a time."""

_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_ID_BYTES = 8
_ID = re.compile(r"[0-9a-f]{16}")
_MOST_LISTED = 200


class InvitationState(enum.StrEnum):
    """How an invitation is."""

    OPEN = "open"  # its link is good
    ACCEPTED = "accepted"  # somebody has become a member by it
    REVOKED = "revoked"  # an admin took it back
    EXPIRED = "expired"  # nobody opened it in time


@dataclass(frozen=True)
class Invitation:
    """An invitation as stored, without its link.

    Attributes:
        id: What the tenant's admins call it by.
        tenant: Where to.
        role: As what.
        email: Where the link is sent; says nothing about who may accept.
        inviter_issuer: Who invites, with `inviter_subject` and `inviter_name`.
        accepted_issuer: Who accepted, with `accepted_subject` and `accepted_name`.
    """

    id: str
    tenant: str
    role: Role
    email: str | None
    inviter_issuer: str
    inviter_subject: str
    inviter_name: str
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    accepted_at: dt.datetime | None
    accepted_issuer: str | None
    accepted_subject: str | None
    accepted_name: str | None

    @property
    def state(self) -> InvitationState:
        """How it is now."""
        if self.accepted_at is not None:
            return InvitationState.ACCEPTED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.OPEN if dt.datetime.now(dt.UTC) < self.expires_at else InvitationState.EXPIRED

    def was_accepted_by(self, principal: Principal) -> bool:
        """Whether this person is who accepted it."""
        return (
            self.accepted_issuer is not None
            and self.accepted_subject is not None
            and principal.is_person(self.accepted_issuer, self.accepted_subject)
        )


class Invitations:
    """Stores invitations; of a link only its SHA-256, since 256 random bits leave nothing to guess."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, inviter: Principal, tenant: str, role: Role, email: str | None) -> tuple[Invitation, str]:
        """Make an invitation.

        Returns:
            It, and the token of its link, which is not stored and cannot be shown again.

        Raises:
            TooManyInvitations: The tenant has as many open ones as it may have.
        """
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), dt.datetime.now(dt.UTC)
        invitation_id = secrets.token_hex(_ID_BYTES)
        values = {
            "id": invitation_id,
            "token_sha256": _digest(token),
            "tenant": tenant,
            "role": role,
            "email": email,
            "inviter_issuer": inviter.issuer,
            "inviter_subject": inviter.subject,
            "inviter_name": inviter.name,
            "created_at": now,
            "expires_at": now + INVITATION_LIFE,
        }
        with self._engine.begin() as database:
            opened = select(func.count()).where(tenant_invitations.c.tenant == tenant, _is_open(now))
            if database.execute(opened).scalar_one() >= MAX_OPEN_INVITATIONS:
                raise TooManyInvitations(
                    f"There are {MAX_OPEN_INVITATIONS} invitations that nobody has accepted; revoke some first."
                )
            database.execute(insert(tenant_invitations).values(values))
        return self.get(tenant, invitation_id), token

    def list(self, tenant: str) -> tuple[Invitation, ...]:
        """A tenant's invitations, the newest 200, newest first."""
        query = select(tenant_invitations).where(tenant_invitations.c.tenant == tenant)
        query = query.order_by(tenant_invitations.c.created_at.desc(), tenant_invitations.c.id).limit(_MOST_LISTED)
        with self._engine.connect() as database:
            return tuple(_invitation(row) for row in database.execute(query).mappings())

    def get(self, tenant: str, invitation_id: str) -> Invitation:
        """One of a tenant's invitations.

        Raises:
            UnknownInvitation: It has none of this id.
        """
        key = (tenant_invitations.c.tenant == tenant) & (tenant_invitations.c.id == invitation_id)
        return self._one(key if _ID.fullmatch(invitation_id) else None)

    def by_token(self, token: str) -> Invitation:
        """The invitation of a link.

        Raises:
            UnknownInvitation: There is none.
        """
        key = tenant_invitations.c.token_sha256 == _digest(token)
        return self._one(key if _TOKEN.fullmatch(token) else None)

    def revoke(self, tenant: str, invitation_id: str) -> bool:
        """Make a link useless from now on; tells whether it was good.

        Raises:
            UnknownInvitation: The tenant has none of this id.
        """
        known, now = self.get(tenant, invitation_id), dt.datetime.now(dt.UTC)
        query = update(tenant_invitations).where(tenant_invitations.c.id == known.id, _is_open(now))
        with self._engine.begin() as database:
            return database.execute(query.values(revoked_at=now)).rowcount == 1

    def revoke_of(self, issuer: str, subject: str, tenant: str | None = None) -> None:
        """Make all good links of an inviter useless, of one tenant or of all."""
        now = dt.datetime.now(dt.UTC)
        query = update(tenant_invitations).where(
            tenant_invitations.c.inviter_issuer == issuer,
            tenant_invitations.c.inviter_subject == subject,
            _is_open(now),
        )
        if tenant is not None:
            query = query.where(tenant_invitations.c.tenant == tenant)
        with self._engine.begin() as database:
            database.execute(query.values(revoked_at=now))

    def accept(self, invitation: Invitation, principal: Principal, give: Callable[[Connection], object]) -> None:
        """Bind a person and give them the membership, both or neither.

        Args:
            invitation: Which one.
            principal: Who.
            give: Gives the membership, within the transaction.

        Raises:
            InvitationOver: Somebody else accepted it, it was revoked, or its time has passed.
        """
        now = dt.datetime.now(dt.UTC)
        query = update(tenant_invitations).where(tenant_invitations.c.id == invitation.id, _is_open(now))
        by = {"issuer": principal.issuer, "subject": principal.subject, "name": principal.name}
        with self._engine.begin() as database:
            bound = query.values(accepted_at=now, **{f"accepted_{name}": value for name, value in by.items()})
            if database.execute(bound).rowcount != 1:
                raise InvitationOver(Message("This invitation cannot be accepted any more."))
            give(database)

    def forget(self, tenant: str) -> None:
        """Remove a tenant's invitations."""
        with self._engine.begin() as database:
            database.execute(tenant_invitations.delete().where(tenant_invitations.c.tenant == tenant))

    def _one(self, key: ColumnElement[bool] | None) -> Invitation:
        if key is not None:
            with self._engine.connect() as database:
                row = database.execute(select(tenant_invitations).where(key)).mappings().first()
            if row is not None:
                return _invitation(row)
        raise UnknownInvitation(Message("There is no such invitation."))


def _is_open(now: dt.datetime) -> ColumnElement[bool]:
    return (
        tenant_invitations.c.accepted_at.is_(None)
        & tenant_invitations.c.revoked_at.is_(None)
        & (tenant_invitations.c.expires_at > now)
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _invitation(row: RowMapping) -> Invitation:
    fields = {name: value for name, value in row.items() if name != "token_sha256"}
    return Invitation(**{**fields, "role": Role(row["role"])})
