"""API keys: a person's own rights, narrowed to one tenant and role, for programs."""

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Engine, Row, insert, select, update

from presswerk.identity.errors import InvalidToken
from presswerk.identity.principal import Principal
from presswerk.identity.tables import api_keys
from presswerk.spec import Role

PREFIX = "pwk_"
_FORMAT = re.compile(r"\Apwk_(?P<id>[a-z0-9]{12})_(?P<secret>[A-Za-z0-9_-]{43})\Z")
_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_USE_RECORDED_EVERY = dt.timedelta(minutes=1)


class KeyNotAllowed(Exception):
    """The person may not make such a key; the message says why."""


@dataclass(frozen=True)
class ApiKey:
    """A key as it may be shown: everything but its secret."""

    id: str
    tenant: str
    role: Role
    label: str
    owner_issuer: str
    owner_subject: str
    owner_name: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ApiKeys:
    """The store of API keys; only the SHA-256 of a key's random secret is kept."""

    def __init__(self, engine: Engine, *, clock: Callable[[], dt.datetime] = _utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def create(
        self, tenant: str, role: Role, label: str, owner: Principal, expires_at: dt.datetime | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key that acts as its owner, in one tenant, with at most the owner's role.

        Returns:
            The key and its text; the text is not kept and cannot be shown again.

        Raises:
            KeyNotAllowed: The owner's role in the tenant is lower than the key's.
        """
        if not owner.may(role, tenant):
            raise KeyNotAllowed(f"a key for {role} in {tenant} needs that role there; choose a lower role")
        key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
        secret = secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            connection.execute(
                insert(api_keys).values(
                    id=key_id,
                    tenant=tenant,
                    role=role.value,
                    label=label,
                    secret_sha256=_digest(secret),
                    owner_issuer=owner.issuer,
                    owner_subject=owner.subject,
                    owner_name=owner.name,
                    owner_email=owner.email,
                    created_at=self._clock(),
                    expires_at=expires_at,
                )
            )
        key = self.get(key_id)
        assert key is not None  # noqa: S101 - it was inserted above
        return key, f"{PREFIX}{key_id}_{secret}"

    def authenticate(self, text: str) -> Principal:
        """Find whose key this is.

        Raises:
            InvalidToken: No such key, or it is revoked or expired.
        """
        match = _FORMAT.match(text)
        if match is None:
            raise InvalidToken("it is no API key of this hub")
        with self._engine.connect() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.id == match["id"])).one_or_none()
        if row is None or not hmac.compare_digest(row.secret_sha256, _digest(match["secret"])):
            raise InvalidToken("it is no API key of this hub")
        now = self._clock()
        if row.revoked_at is not None:
            raise InvalidToken("this API key has been revoked; ask an admin of the tenant for a new one")
        if row.expires_at is not None and row.expires_at <= now:
            raise InvalidToken("this API key has expired; ask an admin of the tenant for a new one")
        self._record_use(row, now)
        return Principal(
            issuer=row.owner_issuer,
            subject=row.owner_subject,
            name=row.owner_name,
            email=row.owner_email,
            roles=MappingProxyType({row.tenant: Role(row.role)}),
            via="api-key",
            api_key_id=row.id,
        )

    def list(self, tenant: str) -> list[ApiKey]:
        """A tenant's keys, newest first, revoked ones too."""
        query = select(api_keys).where(api_keys.c.tenant == tenant).order_by(api_keys.c.created_at.desc())
        with self._engine.connect() as connection:
            return [_key(row) for row in connection.execute(query)]

    def get(self, key_id: str) -> ApiKey | None:
        """A key by its id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).one_or_none()
        return None if row is None else _key(row)

    def revoke(self, key_id: str) -> None:
        """Make a key useless from now on; a second time changes nothing."""
        with self._engine.begin() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )

    def _record_use(self, row: Row[tuple[object, ...]], now: dt.datetime) -> None:
        if row.last_used_at is not None and now - row.last_used_at < _USE_RECORDED_EVERY:
            return
        with self._engine.begin() as connection:
            connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(last_used_at=now))


def _digest(secret: str) -> bytes:
    # A plain hash is right for 256 random bits; slow hashes are for what people choose.
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        role=Role(row.role),
        label=row.label,
        owner_issuer=row.owner_issuer,
        owner_subject=row.owner_subject,
        owner_name=row.owner_name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
