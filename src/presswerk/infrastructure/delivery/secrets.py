"""The Secrets an installation needs: what they lack, where each value comes from, and the values put in."""

import base64
import contextlib
import enum
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import SECRET, Body, Ref
from presswerk.runtimes.cluster.rendering.secrets import (
    PULL_CREDENTIALS,
    Key,
    RequiredSecret,
    SecretPlace,
    required_secrets,
)

_TRIES = 5
# What an address still holds when somebody has copied it from a page.
_PLACEHOLDER = re.compile(r"\b(PASSWORD|HOST|USER|NAME)\b|\.\.\.|<[^>]*>|(?i::password@|@host(?=[:/]|$))")


_SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN", "KEY", "_URL")
_SHORTEST = 6
SecretValues = Mapping[tuple[str, str], Mapping[str, str]]
"""(namespace, name of a Secret) -> key -> value; never told."""


class ValueSource(enum.StrEnum):
    """Where the value of a key comes from."""

    THERE = "there"  # it is on the cluster, and stays as it is
    COPIED = "copied"  # another Secret has it, or gets it as soon as it is known
    FRESH = "made"  # nobody gives it out
    GIVEN = "given"  # somebody gave it now
    MISSING = "missing"  # somebody has to give it


@dataclass(frozen=True)
class SecretEntry:
    """One key of a Secret, and what is to be done about it.

    Attributes:
        secret: Which Secret.
        key: Which key of it.
        origin: Where its value comes from.
        value: It; None while it is missing.
    """

    secret: RequiredSecret
    key: Key
    origin: ValueSource
    value: str | None = field(default=None, repr=False)

    @property
    def place(self) -> SecretPlace:
        """Where it is."""
        return SecretPlace(self.secret.namespace, self.secret.name, self.key.name)


def planned(
    required: Sequence[RequiredSecret], present: SecretValues, given: Mapping[str, str]
) -> tuple[SecretEntry, ...]:
    """What to do about each key; a value that is there is never replaced.

    Args:
        required: The Secrets, each after those whose values it shares.
        present: What is on the cluster.
        given: Name of a key -> its value, as somebody gave it; where two must be alike, the name of either.

    Raises:
        PresswerkError: A value that was given cannot be one.
    """
    known: dict[SecretPlace, str] = {}
    for _, key, place in _keys(required):
        value = _there(present, place)
        if value.strip():
            known[place] = value
            # A copy that is there says what its source must be, when that was lost.
            known.setdefault(key.same_as or place, value)
    alike = {key.same_as.key: given[key.name] for _, key, _ in _keys(required) if key.same_as and key.name in given}
    entries = []
    for secret, key, place in _keys(required):
        shared = known.get(key.same_as or place)
        entry = _entry(secret, key, _there(present, place), shared, {**alike, **given})
        if entry.value is not None:
            known[place] = entry.value
        entries.append(entry)
    return tuple(entries)


def _keys(required: Sequence[RequiredSecret]) -> Iterator[tuple[RequiredSecret, Key, SecretPlace]]:
    for secret in required:
        for key in secret.keys:
            yield secret, key, SecretPlace(secret.namespace, secret.name, key.name)


def _there(present: SecretValues, place: SecretPlace) -> str:
    return present.get((place.namespace, place.secret), {}).get(place.key, "")


def _entry(secret: RequiredSecret, key: Key, there: str, shared: str | None, given: Mapping[str, str]) -> SecretEntry:
    if there.strip():
        return SecretEntry(secret, key, ValueSource.THERE, there)
    if shared is not None or key.same_as is not None:
        return SecretEntry(secret, key, ValueSource.COPIED, shared)
    if key.name in given:
        return SecretEntry(secret, key, ValueSource.GIVEN, taken(key, given[key.name]))
    if key.fresh is not None:
        return SecretEntry(secret, key, ValueSource.FRESH, key.fresh.made())
    return SecretEntry(secret, key, ValueSource.MISSING)


def ignored(entries: Sequence[SecretEntry], given: Mapping[str, str]) -> tuple[SecretPlace, ...]:
    """Where another value is on the cluster, and stays, than the one that somebody gave.

    Args:
        entries: As planned.
        given: Name of a key -> its value, as somebody gave it.
    """
    return tuple(
        entry.place
        for entry in entries
        if entry.origin is ValueSource.THERE
        and entry.key.name in given
        and entry.value != _without_line_end(entry.key, given[entry.key.name])
    )


def taken(key: Key, text: str) -> str:
    """A value as somebody gave it, without the line end that editors and `echo` leave.

    Raises:
        PresswerkError: It cannot be one; the problem names the key and never the value.
    """
    value = _without_line_end(key, text)
    why = None
    if not value.strip():
        why = "is empty"
    elif key.form is None and re.search(r"\s", value):
        why = "has a space or a line end within"
    elif key.form is not None and re.fullmatch(key.form, value) is None:
        why = "has another form"
    elif key.name == PULL_CREDENTIALS and not _is_docker_config(value):
        why = "is neither name:password nor Docker's file of credentials"
    elif _PLACEHOLDER.search(value):
        why = "still holds a word that stands for the real one"
    if why is not None:
        raise PresswerkError(f"The value given for {key.name} {why}.", f"It is: {key.what}.")
    return value


def _without_line_end(key: Key, text: str) -> str:
    """The value; of pull credentials Docker's file, which a name and a password become."""
    value = text.rstrip("\r\n")
    if key.name != PULL_CREDENTIALS:
        return value
    name, colon, password = value.partition(":")
    if value.startswith("{") or not colon:
        return value
    return json.dumps({"auths": {key.host: {"username": name, "password": password}}})


def _is_docker_config(value: str) -> bool:
    try:
        return isinstance(json.loads(value)["auths"], dict)
    except (ValueError, KeyError):
        return False


def put(connection: ClusterApi, entries: Sequence[SecretEntry], told: Callable[[str], None]) -> tuple[SecretEntry, ...]:
    """Put what is new into the Secrets, one after the other; after an interruption a repeat goes on from there.

    Of two that run at the same time, the one that writes a value first decides it, and whatever shares it follows.

    Args:
        connection: To the cluster; the namespaces are there.
        entries: As planned; none is missing.
        told: Gets a line for each Secret.

    Returns:
        The entries with the values that the cluster has now.

    Raises:
        ClusterError: The API refused or did not answer.
    """
    held: dict[SecretPlace, str] = {}
    for name in dict.fromkeys((entry.secret.namespace, entry.secret.name) for entry in entries):
        mine = [entry for entry in entries if (entry.secret.namespace, entry.secret.name) == name]
        held.update((entry.place, _settled(entry, held)) for entry in mine)
        new = {entry.key.name: _encoded(held[entry.place]) for entry in mine if entry.origin is not ValueSource.THERE}
        if new:
            has = _add(connection, mine[0].secret, new)
            held.update((SecretPlace(*name, key), base64.b64decode(has[key]).decode(errors="replace")) for key in new)
            told(f"Secret {'/'.join(name)}: {len(new)} keys added.")
    return tuple(replace(entry, value=held[entry.place]) for entry in entries)


def _settled(entry: SecretEntry, held: Mapping[SecretPlace, str]) -> str:
    """Its value: a copy's is what its source has become, which another run may have made in the meantime."""
    planned_value = entry.value or ""
    if entry.origin is ValueSource.THERE or entry.key.same_as is None:
        return planned_value
    return held.get(entry.key.same_as, planned_value)


def _add(connection: ClusterApi, secret: RequiredSecret, new: Mapping[str, str]) -> Mapping[str, str]:
    """All keys of it afterwards; those that others have added in the meantime win: what is there is never replaced."""
    for left in reversed(range(_TRIES)):
        ref = Ref(SECRET, secret.namespace, secret.name)
        before = connection.get(ref)
        try:
            if before is None:
                data = dict(new)
                metadata = {"name": secret.name, "namespace": secret.namespace}
                connection.create(_body(metadata, secret.type, data))
            else:
                there = before.get("data") or {}
                data = {**there, **{key: value for key, value in new.items() if _is_blank(there.get(key, ""))}}
                connection.replace(_body(before["metadata"], before.get("type", secret.type), data))
        except ClusterError as refused:
            if refused.status != HTTPStatus.CONFLICT or not left:
                raise
        else:
            return data
    raise AssertionError("the last try returns or raises")


def _body(metadata: Body, kind: str, data: Mapping[str, str]) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": dict(data)}


def _is_blank(encoded: str) -> bool:
    return not base64.b64decode(encoded).strip()


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def read_secrets(connection: ClusterApi, platform: Platform) -> SecretValues:
    """The required Secrets as they are; one that is missing has no keys.

    Raises:
        PresswerkError: One is of another type than it must be.
        ClusterError: The API refused or did not answer.
    """
    found = {}
    for each in required_secrets(platform):
        body = connection.get(Ref(SECRET, each.namespace, each.name)) or {}
        if body and body.get("type", "Opaque") != each.type:
            raise PresswerkError(
                f"Secret {each.namespace}/{each.name} is of type {body.get('type', 'Opaque')} and has to be of type"
                f" {each.type}, or nobody can use it.",
                "A type cannot be changed: keep its values, delete it, and run `presswerk secrets`.",
            )
        data = body.get("data") or {}
        found[each.namespace, each.name] = {
            key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()
        }
    return found


def told_never(secrets: SecretValues) -> frozenset[str]:
    """The values that are secret, for whoever tells what pods wrote; a user's or a bucket's name is none."""
    return frozenset(
        part
        for keys in secrets.values()
        for key, value in keys.items()
        if any(word in key for word in _SECRET_WORDS)
        for part in _parts(value)
        if len(part) >= _SHORTEST
    )


def _parts(value: str) -> Iterator[str]:
    """A value, each of several in it, and the password of an address."""
    yield value.strip()
    for each in value.split(","):
        yield each.strip()
        with contextlib.suppress(ValueError):  # it only looks like an address
            yield unquote(urlsplit(each.strip()).password or "")


def complete(platform: Platform, values: SecretValues) -> str:
    """That every required key has a value, and that those that must be alike are.

    Raises:
        PresswerkError: Some are missing or differ; it names them and never a value.
    """
    required = required_secrets(platform)
    problems = [told for each in required for told in _problems(each, values)]
    if problems:
        raise PresswerkError(
            "; ".join(problems) + ".",
            "`presswerk secrets` fills in what is missing; of two that differ delete the wrong key, and it copies the"
            " other. `presswerk render --only secrets.yaml` says how each is made by hand.",
        )
    return f"all {sum(len(each.keys) for each in required)} keys of {len(required)} Secrets are there"


def _problems(secret: RequiredSecret, values: SecretValues) -> Iterator[str]:
    found = values[secret.namespace, secret.name]
    place = f"Secret {secret.namespace}/{secret.name}"
    missing = [key.name for key in secret.keys if not found.get(key.name, "").strip()]
    if missing:
        yield f"{place} {'lacks' if found else 'is missing, with'} {', '.join(missing)}"
    for key in secret.keys:
        other = key.same_as
        if other is None or key.name in missing:
            continue
        expected = values.get((other.namespace, other.secret), {}).get(other.key, "")
        if expected.strip() and expected != found[key.name]:
            yield f"{place}: {key.name} is not the same as {other.key} of {other.namespace}/{other.secret}"
