"""People's sessions at the hub: ids hashed, tokens sealed, each ended by idleness, by age, or on purpose."""

import datetime as dt
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Index,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from presswerk.database import UtcDateTime, metadata
from presswerk.identity import Authenticator, Departure, InvalidToken, Principal
from presswerk.identity.relying_party import RelyingParty, TokenSet
from presswerk.identity.single_flight import SingleFlight
from presswerk.tenants import CannotOpen, Vault

hub_sessions = Table(
    "hub_sessions",
    metadata,
    Column("id_sha256", String(64), primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("locale", String(35)),
    Column("sealed_tokens", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Index(None, "issuer", "subject", "created_at"),
)

IDLE = dt.timedelta(hours=12)
LIFE = dt.timedelta(days=7)
MAX_SESSIONS_OF_A_PERSON = 20

_ID_BYTES = 32
_TOUCH_AFTER = dt.timedelta(minutes=1)
# An access token is renewed this long before it ends, so that none ends on its way.
_RENEW_BEFORE_SECONDS = 60.0


@dataclass(frozen=True)
class Session:
    """A session that counts.

    Attributes:
        id: What the cookie holds; never stored.
        issuer: Whose it is, with `subject`.
        locale: The person's language, where the provider says it.
        sealed_tokens: As stored.
    """

    id: str = field(repr=False)
    issuer: str
    subject: str
    locale: str | None
    sealed_tokens: str = field(repr=False)

    @property
    def form_token(self) -> str:
        """What every form of this session carries; without the id nobody can compute it (CSRF)."""
        return hashlib.sha256(f"form of {self.id}".encode()).hexdigest()


class Sessions:
    """Stores sessions, and says for each request whose it is, as for an access token.

    Args:
        engine: The hub's database.
        vault: Seals the tokens.
        authenticator: Asks the provider about the person again and again.
        relying_party: Renews access tokens; None where sign-in is not configured, and so no session is made.
    """

    def __init__(
        self, engine: Engine, vault: Vault, authenticator: Authenticator, relying_party: RelyingParty | None
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._authenticator = authenticator
        self._relying_party = relying_party
        self._flights: SingleFlight[Principal] = SingleFlight()

    def create(self, tokens: TokenSet, locale: str | None) -> str:
        """Begin a session with fresh tokens; its id is shown this once.

        Raises:
            InvalidToken: The access token proves nothing.
            IdentityProviderUnavailable: It cannot be checked just now.
        """
        principal = self._authenticator.person(tokens.access_token)
        session_id, now = secrets.token_urlsafe(_ID_BYTES), _now()
        person = _of_person(principal.issuer, principal.subject)
        newest = (
            select(hub_sessions.c.id_sha256)
            .where(person)
            .order_by(hub_sessions.c.created_at.desc())
            .limit(MAX_SESSIONS_OF_A_PERSON - 1)
        )
        values = {
            "id_sha256": _digest(session_id),
            "issuer": principal.issuer,
            "subject": principal.subject,
            "locale": locale,
            "sealed_tokens": self._seal(tokens),
            "created_at": now,
            "last_used_at": now,
        }
        with self._engine.begin() as database:
            kept = database.execute(newest).scalars().all()
            database.execute(delete(hub_sessions).where(person, hub_sessions.c.id_sha256.not_in(kept)))
            database.execute(delete(hub_sessions).where(~_counts(now)))
            database.execute(insert(hub_sessions).values(values))
        return session_id

    def find(self, session_id: str) -> Session | None:
        """The session of this id, unless it has ended."""
        now = _now()
        query = select(hub_sessions).where(hub_sessions.c.id_sha256 == _digest(session_id), _counts(now))
        with self._engine.connect() as database:
            row = database.execute(query).mappings().first()
        if row is None:
            return None
        if now - row["last_used_at"] > _TOUCH_AFTER:
            with self._engine.begin() as database:
                touched = update(hub_sessions).where(hub_sessions.c.id_sha256 == row["id_sha256"])
                database.execute(touched.values(last_used_at=now))
        return _session(session_id, row)

    def principal(self, session: Session) -> Principal:
        """Say who uses a session, with the roles the provider gives them now.

        Raises:
            InvalidToken: The provider vouches for the person no more; the session has ended.
            IdentityProviderUnavailable: It cannot be asked just now.
        """
        try:
            tokens = self._open(session)
            if tokens.expires_at - _RENEW_BEFORE_SECONDS <= _now().timestamp():
                return self._flights.do(session.id, lambda: self._renew(session))
            return self._known(session, tokens)
        except InvalidToken:
            self.end(session.id)
            raise

    def id_token(self, session: Session) -> str:
        """The ID token of a session's sign-in, for signing out of the provider; empty where it cannot be had."""
        try:
            return self._open(session).id_token
        except InvalidToken:
            return ""

    def end(self, session_id: str) -> None:
        """End one session."""
        with self._engine.begin() as database:
            database.execute(delete(hub_sessions).where(hub_sessions.c.id_sha256 == _digest(session_id)))

    def end_of_person(self, issuer: str, subject: str) -> int:
        """End all sessions of a person; tells how many there were."""
        with self._engine.begin() as database:
            return database.execute(delete(hub_sessions).where(_of_person(issuer, subject))).rowcount

    def _renew(self, session: Session) -> Principal:
        """Get new tokens; another hub may have done so already, and a refresh token may count once only."""
        current = self.find(session.id)
        if current is None or self._relying_party is None:
            raise InvalidToken("its session has ended")
        if current.sealed_tokens != session.sealed_tokens:
            return self._known(current, self._open(current))
        try:
            tokens = self._relying_party.refresh(self._open(current))
        except InvalidToken:
            later = self.find(session.id)
            if later is None or later.sealed_tokens == current.sealed_tokens:
                raise
            return self._known(later, self._open(later))
        with self._engine.begin() as database:
            stored = update(hub_sessions).where(hub_sessions.c.id_sha256 == _digest(session.id))
            database.execute(stored.values(sealed_tokens=self._seal(tokens)))
        return self._known(session, tokens)

    def _known(self, session: Session, tokens: TokenSet) -> Principal:
        principal = self._authenticator.person(tokens.access_token)
        if not principal.is_person(session.issuer, session.subject):
            raise InvalidToken("its issuer says it belongs to somebody else")
        return principal

    def _seal(self, tokens: TokenSet) -> str:
        return self._vault.seal(json.dumps(asdict(tokens)))

    def _open(self, session: Session) -> TokenSet:
        try:
            return TokenSet(**json.loads(self._vault.open(session.sealed_tokens)))
        except CannotOpen:
            raise InvalidToken("its session was sealed with a key that is gone") from None


class SessionsPlace:
    """Sessions at the hub as one of the places that are told of departures."""

    name = "sessions"

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def end(self, departure: Departure) -> None:
        """End the sessions of somebody who belongs nowhere any more; others' may do less from their next request on."""
        person = departure.person
        if person is None or not (person.roles or person.operator):
            self._sessions.end_of_person(departure.issuer, departure.subject)


def _session(session_id: str, row: RowMapping) -> Session:
    fields = {name: row[name] for name in ("issuer", "subject", "locale", "sealed_tokens")}
    return Session(session_id, **fields)


def _counts(now: dt.datetime) -> ColumnElement[bool]:
    return (hub_sessions.c.last_used_at > now - IDLE) & (hub_sessions.c.created_at > now - LIFE)


def _of_person(issuer: str, subject: str) -> ColumnElement[bool]:
    return (hub_sessions.c.issuer == issuer) & (hub_sessions.c.subject == subject)


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
