"""API keys: what programs use in place of a person's token."""

import datetime as dt
import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import structlog
from sqlalchemy import Engine, RowMapping, delete, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from presswerk.declaration import Role
from presswerk.identity.departures import Departure
from presswerk.identity.errors import InvalidApiKeyRequest, InvalidToken, KeyNotAllowed
from presswerk.identity.people import KnownPeople
from presswerk.identity.principal import Principal, lower_role
from presswerk.identity.tables import api_keys

API_KEY_PREFIX = "pwk_"
MAX_LABEL_LENGTH = 100
DEFAULT_LIFE = dt.timedelta(days=90)
"""How long a key works whose maker chose nothing."""

OWNER_LEFT = "the API key's owner has left the tenant"

Expiry = dt.datetime | Literal["never"] | None
"""When a key ends; None is `DEFAULT_LIFE` from now."""

_ID_LENGTH = 12
_SECRET_BYTES = 32
_ID_ALPHABET = string.ascii_lowercase + string.digits
_FORMAT = re.compile(r"pwk_(?P<id>[a-z0-9]{12})_(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)
_USE_NOTED_EVERY = dt.timedelta(minutes=1)
_WRONG = "the API key is unknown or wrong"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ApiKey:
    """A key as stored, without its secret.

    Attributes:
        id: The part of the key that may be shown.
        tenant: The one tenant it works in.
        role: The most it may do there.
        label: What its owner calls it.
        owner_issuer: Whom it acts as, with `owner_subject`, `owner_name` and `owner_email`.
        created_at: When it was made; like all times here, aware UTC.
        expires_at: From when on it is refused; None is never.
        revoked_at: When it was revoked.
        last_used_at: Noted once a minute at most.
    """

    id: str
    tenant: str
    role: Role
    label: str
    owner_issuer: str
    owner_subject: str
    owner_name: str
    owner_email: str | None
    created_at: dt.datetime
    expires_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None

    def principal(self, role: Role) -> Principal:
        """The owner, limited to this key's tenant and to `role` there."""
        return Principal(
            issuer=self.owner_issuer,
            subject=self.owner_subject,
            name=self.owner_name,
            email=self.owner_email,
            roles=MappingProxyType({self.tenant: role}),
            via="api-key",
            api_key_id=self.id,
        )


class KeysPlace:
    """Keys as one of the places that are told of departures: they die with their owner's membership."""

    name = "keys"

    def __init__(self, keys: "ApiKeys") -> None:
        self._keys = keys

    def end(self, departure: Departure) -> None:
        """Revoke what somebody who left a tenant has made there; who was demoted keeps keys that may do less."""
        if departure.tenant is not None and departure.role is None:
            self._keys.revoke_owned(departure.issuer, departure.subject, departure.tenant)


class ApiKeys:
    """Makes, checks and revokes keys.

    A secret has 256 random bits, so its plain SHA-256 is stored: there is nothing to guess that a slow hash would slow.
    """

    def __init__(self, engine: Engine, people: KnownPeople | None = None) -> None:
        self._engine = engine
        self._people = people or KnownPeople(engine)

    def create(
        self, tenant: str, role: Role, label: str, owner: Principal, expires_at: Expiry = None
    ) -> tuple[ApiKey, str]:
        """Make a key; it works for 90 days, unless another end or `never` is chosen.

        Returns:
            The key and its secret, which is not stored and cannot be shown again.

        Raises:
            KeyNotAllowed: The owner has not that role in the tenant, or is itself a key.
            InvalidApiKeyRequest: The label is empty or too long, or the expiry is naive or past.
        """
        if owner.via != "token":
            raise KeyNotAllowed("an API key cannot make another; sign in yourself")
        if not owner.may(role, tenant):
            raise KeyNotAllowed(f"you are not {role} of {tenant}, so no key of yours can be")
        now = dt.datetime.now(dt.UTC)
        key = ApiKey(
            id="".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH)),
            tenant=tenant,
            role=role,
            label=_checked_label(label),
            owner_issuer=owner.issuer,
            owner_subject=owner.subject,
            owner_name=owner.name,
            owner_email=owner.email,
            created_at=now,
            expires_at=_checked_expiry(expires_at, now),
        )
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        values: dict[str, Any] = {**vars(key), "secret_sha256": _sha256(secret)}
        with self._engine.begin() as database:
            database.execute(insert(api_keys).values(values))
        return key, f"{API_KEY_PREFIX}{key.id}_{secret}"

    def authenticate(self, secret: str) -> Principal:
        """Say for whom a key speaks, with no more than its owner is now.

        Raises:
            InvalidToken: It is malformed, unknown, wrong, expired or revoked, or its owner has left, signed out
                at a provider that has no directory, or was not seen for a day.
        """
        match = _FORMAT.fullmatch(secret)
        if match is None:
            raise InvalidToken("the API key is malformed")
        with self._engine.connect() as database:
            row = database.execute(select(api_keys).where(api_keys.c.id == match["id"])).mappings().first()
        if row is None or not hmac.compare_digest(row["secret_sha256"], _sha256(match["secret"])):
            raise InvalidToken(_WRONG)
        key, now = _key(row), dt.datetime.now(dt.UTC)
        if key.revoked_at is not None:
            raise InvalidToken("the API key was revoked")
        if key.expires_at is not None and key.expires_at <= now:
            raise InvalidToken("the API key has expired")
        owner = self._people.get(key.owner_issuer, key.owner_subject)
        if owner is None or owner.is_unseen(now):
            raise InvalidToken(
                "the API key pauses, because its owner signed out or was not seen for 24 hours;"
                " it goes on once they sign in"
            )
        role = lower_role(key.role, owner.roles.get(key.tenant))
        if role is None:
            raise InvalidToken(OWNER_LEFT)
        self._note_use(key, now)
        return key.principal(role)

    def owner_left(self, key: ApiKey) -> bool:
        """Whether a key's owner is no member of its tenant any more, as far as is known."""
        owner = self._people.get(key.owner_issuer, key.owner_subject)
        return owner is not None and key.tenant not in owner.roles

    def list(self, tenant: str) -> tuple[ApiKey, ...]:
        """A tenant's keys, newest first, revoked ones too."""
        query = select(api_keys).where(api_keys.c.tenant == tenant)
        with self._engine.connect() as database:
            rows = database.execute(query.order_by(api_keys.c.created_at.desc(), api_keys.c.id)).mappings()
            return tuple(_key(row) for row in rows)

    def get(self, key_id: str) -> ApiKey | None:
        """Look a key up by its id."""
        with self._engine.connect() as database:
            row = database.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().first()
        return None if row is None else _key(row)

    def revoke(self, key_id: str) -> None:
        """End a key at once; a second time changes nothing."""
        with self._engine.begin() as database:
            database.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=dt.datetime.now(dt.UTC))
            )

    def revoke_owned(self, issuer: str, subject: str, tenant: str) -> None:
        """End all keys that somebody made in a tenant."""
        with self._engine.begin() as database:
            database.execute(
                update(api_keys)
                .where(
                    api_keys.c.owner_issuer == issuer,
                    api_keys.c.owner_subject == subject,
                    api_keys.c.tenant == tenant,
                    api_keys.c.revoked_at.is_(None),
                )
                .values(revoked_at=dt.datetime.now(dt.UTC))
            )

    def forget(self, tenant: str) -> None:
        """Remove all keys of a tenant that is gone; they end at once."""
        with self._engine.begin() as database:
            database.execute(delete(api_keys).where(api_keys.c.tenant == tenant))

    def _note_use(self, key: ApiKey, now: dt.datetime) -> None:
        before = now - _USE_NOTED_EVERY
        if key.last_used_at is not None and key.last_used_at > before:
            return
        due = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= before)
        try:
            with self._engine.begin() as database:
                database.execute(update(api_keys).where(api_keys.c.id == key.id, due).values(last_used_at=now))
        except OperationalError:
            # A busy database must not turn a good key away.
            log.warning("api_key_use_not_noted", api_key_id=key.id)


def _checked_label(label: str) -> str:
    text = " ".join(label.split())
    if not text or len(text) > MAX_LABEL_LENGTH or not text.isprintable():
        raise InvalidApiKeyRequest(
            "label", f"give 1 to {MAX_LABEL_LENGTH} printable characters that say what it is for"
        )
    return text


def _checked_expiry(expires_at: Expiry, now: dt.datetime) -> dt.datetime | None:
    if expires_at is None:
        return now + DEFAULT_LIFE
    if expires_at == "never":
        return None
    if expires_at.tzinfo is None:
        raise InvalidApiKeyRequest("expires_at", "give a time with its zone")
    if expires_at <= now:
        raise InvalidApiKeyRequest("expires_at", "give a time to come")
    return expires_at.astimezone(dt.UTC)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: RowMapping) -> ApiKey:
    fields = {name: value for name, value in row.items() if name != "secret_sha256"}
    return ApiKey(**{**fields, "role": Role(row["role"])})
