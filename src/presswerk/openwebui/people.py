"""People's accounts in the chat, which end with the last tenant they belonged to."""

from collections.abc import Set

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.provision import Change


def remove_people(client: OpenWebUIClient, subjects: Set[str]) -> tuple[Change, ...]:
    """Remove accounts with their chats; a second time there is nothing to do.

    Args:
        client: Signed in as an administrator.
        subjects: Whose, by their ids at the identity provider.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; run it again.
    """
    if not subjects:
        return ()
    leaving = [user for user in client.users() if user.subject in subjects]
    for user in leaving:
        client.delete_user(user.id)
    return tuple(Change(f"account of {user.subject}", "removed") for user in leaving)
