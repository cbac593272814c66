"""What people see of the connector in a real site's administration."""

import dataclasses

import pytest

from presswerk.declaration import Role
from presswerk.wordpress import SitePost
from tests.support.sites import ANNA, RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

LINK = "Write with AI"


def post_by(site: RunningSite, role: Role) -> SitePost:
    author = dataclasses.replace(ANNA, subject=f"an-{role.value}", role=role)
    with site.client() as client:
        return client.put_publication(new_publication(), article(author=author))


@pytest.mark.parametrize("role", list(Role))
def test_whoever_writes_opens_the_own_draft_in_the_editor_and_finds_the_way_to_the_chat(
    site: RunningSite, role: Role
) -> None:
    post = post_by(site, role)

    with site.signed_in(post.author_id) as browser:
        editor = browser.get(post.edit_link.removeprefix(site.site.public_url))
        dashboard = browser.get("/wp-admin/")

    assert editor.status_code == 200
    assert "wp.editPost.initializeEditor" in editor.text
    assert LINK in dashboard.text
    assert f'href="{site.site.layout.chat_url}' in dashboard.text.replace("'", '"')


def test_a_visitor_sees_no_way_to_the_chat(site: RunningSite) -> None:
    with site.http() as browser:
        page = browser.get("/")

    assert page.status_code == 200
    assert LINK not in page.text


def test_the_settings_page_tells_an_admin_how_delivery_and_sign_on_are(site: RunningSite) -> None:
    post = post_by(site, Role.ADMIN)

    with site.signed_in(post.author_id) as browser:
        page = browser.get("/wp-admin/options-general.php?page=presswerk")

    assert page.status_code == 200
    for text in ("<h1>Presswerk</h1>", "acme", "delivered, the last on", "not configured", "7.1.1"):
        assert text in page.text


def test_the_settings_page_is_for_admins_only(site: RunningSite) -> None:
    post = post_by(site, Role.EDITOR)

    with site.signed_in(post.author_id) as browser:
        assert browser.get("/wp-admin/options-general.php?page=presswerk").status_code == 403
