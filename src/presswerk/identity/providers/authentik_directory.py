"""Authentik's people, groups and locks, read over its API with the right to view users and groups alone."""

from collections import defaultdict
from collections.abc import Mapping

import httpx

from presswerk.declaration import OPERATOR_GROUP
from presswerk.identity.directory import DirectoryEntry, DirectoryUnavailable
from presswerk.identity.providers.authentik_api import AuthentikApi
from presswerk.identity.providers.errors import IdentityAdministrationError

_VIEW_GROUP = "authentik_core.view_group"


class AuthentikDirectory:
    """The directory of one Authentik.

    Args:
        url: Authentik's address as this process reaches it.
        token: An API token that may view users and groups, and nothing else.
        client: Does the requests; one of its own if not given.
    """

    def __init__(self, url: str, token: str, *, client: httpx.Client | None = None) -> None:
        # It is asked again soon, so that one try is enough.
        self._api = AuthentikApi(url, token, client=client, attempts=1)

    def members(self) -> Mapping[str, DirectoryEntry]:
        """As `Directory.members`; a person's subject is the hashed id that their tokens carry at every client."""
        groups: dict[str, set[str]] = defaultdict(set)
        names: dict[str, str] = {}
        locked: set[str] = set()
        try:
            for group in self._api.pages("/core/groups/", _VIEW_GROUP, include_users="true"):
                name = group.get("name")
                if not isinstance(name, str) or not (name == OPERATOR_GROUP or name.startswith("tenant-")):
                    continue
                for user in group.get("users_obj") or ():
                    subject = user["uid"]
                    groups[subject].add(name)
                    names[subject] = user.get("name") or user.get("username") or subject
                    if user.get("is_active") is False:
                        locked.add(subject)
        except (IdentityAdministrationError, KeyError, TypeError) as error:
            raise DirectoryUnavailable(f"Authentik cannot be asked: {error}") from None
        return {
            subject: DirectoryEntry(names[subject], frozenset(of), subject in locked) for subject, of in groups.items()
        }
