"""People's accounts in the chat: what ends with a membership, and with the last one."""

from collections.abc import Set

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.provision import ChatChange


def end_membership(client: OpenWebUIClient, subject: str, groups: Set[str]) -> bool:
    """End a person's sessions and take them out of groups; the account and its chats stay.

    By itself Open WebUI leaves somebody in their groups whom the identity provider gives none.

    Args:
        client: Signed in as an administrator.
        subject: Whose, by their id at the identity provider.
        groups: Names of groups that are not theirs any more.

    Returns:
        Whether the chat knows the person.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; run it again.
    """
    user = next((user for user in client.users() if user.subject == subject), None)
    if user is None:
        return False
    for group in client.groups():
        if group.name in groups and user.id in client.group_members(group.id):
            client.remove_from_group(group.id, user.id)
    client.end_sessions(user.id)
    return True


def remove_people(client: OpenWebUIClient, subjects: Set[str]) -> tuple[ChatChange, ...]:
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
    return tuple(ChatChange(f"account of {user.subject}", "removed") for user in leaving)
