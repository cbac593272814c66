"""What ends in a real Open WebUI when somebody leaves a tenant."""

import httpx
import pytest

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.people import end_membership
from presswerk.openwebui.session import sign_in
from tests.integration.open_webui.conftest import OpenWebUI

pytestmark = pytest.mark.integration


def account(open_webui: OpenWebUI, token: str) -> httpx.Response:
    """What Open WebUI says to a session about its owner."""
    return httpx.get(f"{open_webui.chat.url}/api/v1/auths/", headers={"Authorization": f"Bearer {token}"})


def test_sessions_and_groups_end_and_the_account_stays(open_webui: OpenWebUI, administrator: OpenWebUIClient) -> None:
    gone, stays = (
        sign_in(open_webui.chat.url, open_webui.identity.login(name)) for name in ("acme-author", "acme-editor")
    )
    assert account(open_webui, gone).status_code == 200
    group = next(each for each in administrator.groups() if each.name == "tenant-acme-author")
    user = next(each for each in administrator.users() if each.subject == "acme-author")
    assert user.id in administrator.group_members(group.id)

    for _ in range(2):
        assert end_membership(administrator, "acme-author", frozenset({"tenant-acme-author"}))

    assert account(open_webui, gone).status_code == 401
    assert account(open_webui, stays).status_code == 200
    assert user.id not in administrator.group_members(group.id)
    assert user in administrator.users()


def test_somebody_the_chat_does_not_know_is_no_error(administrator: OpenWebUIClient) -> None:
    assert not end_membership(administrator, "nobody", frozenset({"tenant-acme-author"}))
