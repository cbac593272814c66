"""Store people, groups and clients in Canaille; runs in Canaille's own environment and imports nothing of ours.

It reads what is declared as JSON from standard input, so that no secret stands on a command line, and prints as JSON
what it created, updated and left alone. One process does it all, because starting Canaille takes seconds.
"""

import datetime as dt
import json
import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend

_PERSON_FIELDS = ("given_name", "family_name", "formatted_name", "emails")
_OUR_GROUPS = ("presswerk-admin", "tenant-")


class Seeding:
    """One run; `report` tells what happened to each thing."""

    def __init__(self) -> None:
        self.backend = Backend.instance
        self.report: dict[str, list[str]] = {"created": [], "updated": [], "unchanged": [], "removed": []}

    def person(self, declared: dict[str, Any]) -> None:
        """Make a person, or bring name and address up to date; the password is theirs once they exist."""
        user_name = declared["user_name"]
        wanted = {field: declared[field] for field in _PERSON_FIELDS}
        user = self.backend.get(models.User, user_name=user_name)
        if user is None:
            user = models.User(user_name=user_name, password=declared["password"], **wanted)
            self.backend.save(user)
            self.report["created"].append(f"person {user_name}")
        else:
            self._update(f"person {user_name}", user, wanted)
            self._lock(user, locked=declared["locked"])

    def _lock(self, user: Any, *, locked: bool) -> None:
        """Let somebody who belongs nowhere sign in nowhere, until they belong somewhere again."""
        if locked == (user.lock_date is not None):
            return
        user.lock_date = dt.datetime.now(dt.UTC) if locked else None
        self.backend.save(user)
        if locked:
            self._end_tokens(user)
        self.report["updated"].append(f"person {user.user_name}")

    def _end_tokens(self, user: Any) -> None:
        """Canaille's userinfo answers for the tokens of somebody locked as before, and fails for those of nobody."""
        for token in self.backend.query(models.Token, subject=user):
            self.backend.delete(token)

    def group(self, name: str, user_names: list[str]) -> None:
        """Give a group exactly these members."""
        group = self.backend.get(models.Group, display_name=name)
        members = [self.backend.get(models.User, user_name=user_name) for user_name in user_names]
        if group is None:
            self.backend.save(models.Group(display_name=name, members=members))
            self.report["created"].append(f"group {name}")
        elif {member.user_name for member in group.members} == set(user_names):
            self.report["unchanged"].append(f"group {name}")
        else:
            group.members = members
            self.backend.save(group)
            self.report["updated"].append(f"group {name}")

    def empty_others(self, declared: set[str]) -> None:
        """Take everybody out of groups of ours that are no longer declared, such as a removed tenant's."""
        for group in self.backend.query(models.Group):
            name = group.display_name
            if name.startswith(_OUR_GROUPS) and name not in declared and group.members:
                group.members = []
                self.backend.save(group)
                self.report["updated"].append(f"group {name}")

    def remove(self, absent: dict[str, list[str]]) -> None:
        """Take people, groups and clients away, with the tokens and consents that clients had; nobody else's."""
        for client_id in absent["clients"]:
            self._delete(f"client {client_id}", self.backend.get(models.Client, client_id=client_id))
        for name in absent["groups"]:
            self._delete(f"group {name}", self.backend.get(models.Group, display_name=name))
        for user_name in absent["people"]:
            user = self.backend.get(models.User, user_name=user_name)
            if user is not None:
                self._end_tokens(user)
            self._delete(f"person {user_name}", user)

    def _delete(self, what: str, instance: Any) -> None:
        if instance is not None:
            self.backend.delete(instance)
            self.report["removed"].append(what)

    def client(self, declared: dict[str, Any]) -> None:
        """Make a client, or bring it up to date; its tokens are for itself alone."""
        client_id, secret = declared["client_id"], declared["client_secret"]
        wanted = {
            **declared,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            # Without it Canaille signs with RS512; OpenID Connect's own default is what every client knows.
            "id_token_signed_response_alg": "RS256",
            "token_endpoint_auth_method": "none" if secret is None else "client_secret_basic",
        }
        client = self.backend.get(models.Client, client_id=client_id)
        if client is not None:
            self._update(f"client {client_id}", client, wanted)
            return
        client = models.Client(client_id_issued_at=dt.datetime.now(dt.UTC), **wanted)
        self.backend.save(client)
        client.audience = [client]
        self.backend.save(client)
        self.report["created"].append(f"client {client_id}")

    def _update(self, what: str, instance: Any, wanted: dict[str, Any]) -> None:
        changed = {field: value for field, value in wanted.items() if _plain(getattr(instance, field)) != value}
        for field, value in changed.items():
            setattr(instance, field, value)
        if changed:
            self.backend.save(instance)
        self.report["updated" if changed else "unchanged"].append(what)


def _plain(value: Any) -> Any:
    """A stored value as JSON would give it: lists of the database are their own class."""
    return value if value is None or isinstance(value, str) else list(value)


def main() -> None:
    """Seed what standard input declares."""
    declared = json.load(sys.stdin)
    application = create_app()
    with application.app_context(), Backend.instance.session():
        seeding = Seeding()
        seeding.remove(declared["absent"])
        for person in declared["people"]:
            seeding.person(person)
        for name, user_names in declared["groups"].items():
            seeding.group(name, user_names)
        seeding.empty_others(set(declared["groups"]))
        for client in declared["clients"]:
            seeding.client(client)
    print(json.dumps(seeding.report))


if __name__ == "__main__":
    main()
