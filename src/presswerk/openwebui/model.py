"""What Open WebUI stores, as values, and how it writes them as JSON."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ChatSession:
    """Who is signed in; `token` is Open WebUI's own session token."""

    user_id: str
    name: str
    email: str
    role: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Function:
    """A Function as stored; `content` is its source text."""

    id: str
    name: str
    type: str
    content: str = field(repr=False)
    description: str
    is_active: bool
    is_global: bool


@dataclass(frozen=True)
class Grant:
    """Who may do what with a model; `principal_id` is `*` for everybody."""

    principal_type: str
    principal_id: str
    permission: str


@dataclass(frozen=True)
class ModelRecord:
    """What is stored about a model: a preset has a `base_model_id`, a base model has none."""

    id: str
    name: str
    base_model_id: str | None
    params: Mapping[str, Any]
    meta: Mapping[str, Any]
    grants: frozenset[Grant]
    is_active: bool


@dataclass(frozen=True)
class Group:
    """A group, as the identity provider's groups became one at sign-in."""

    id: str
    name: str


@dataclass(frozen=True)
class User:
    """Somebody who has signed in at least once; `subject` is their id at the identity provider."""

    id: str
    name: str
    email: str
    role: str
    subject: str | None


def session_of(row: Mapping[str, Any]) -> ChatSession:
    """A session from its JSON."""
    return ChatSession(*(str(row[name]) for name in ("id", "name", "email", "role", "token")))


def function_of(row: Mapping[str, Any]) -> Function:
    """A Function from its JSON."""
    return Function(
        id=str(row["id"]),
        name=str(row["name"]),
        type=str(row["type"]),
        content=str(row["content"]),
        description=str((row.get("meta") or {}).get("description") or ""),
        is_active=bool(row["is_active"]),
        is_global=bool(row["is_global"]),
    )


def function_form(function_id: str, name: str, description: str, content: str) -> dict[str, Any]:
    """The JSON of a Function's form."""
    return {"id": function_id, "name": name, "content": content, "meta": {"description": description, "manifest": {}}}


def grant_forms(grants: Iterable[Grant]) -> list[dict[str, str]]:
    """The JSON of grants, always in the same order."""
    return [dataclasses.asdict(grant) for grant in sorted(grants, key=repr)]


def model_of(row: Mapping[str, Any]) -> ModelRecord:
    """A stored model from its JSON."""
    grants = (
        Grant(str(grant["principal_type"]), str(grant["principal_id"]), str(grant["permission"]))
        for grant in row.get("access_grants") or []
    )
    return ModelRecord(
        id=str(row["id"]),
        name=str(row["name"]),
        base_model_id=row.get("base_model_id"),
        params=dict(row.get("params") or {}),
        meta=dict(row.get("meta") or {}),
        grants=frozenset(grants),
        is_active=bool(row["is_active"]),
    )


def model_form(model: ModelRecord) -> dict[str, Any]:
    """The JSON of a model's form."""
    stored = {name: value for name, value in vars(model).items() if name != "grants"}
    return {**stored, "access_grants": grant_forms(model.grants)}


def user_of(row: Mapping[str, Any]) -> User:
    """A user from their JSON."""
    oauth = row.get("oauth") or {}
    subject = next((entry.get("sub") for entry in oauth.values() if isinstance(entry, dict)), None)
    return User(str(row["id"]), str(row["name"]), str(row["email"]), str(row["role"]), subject)
