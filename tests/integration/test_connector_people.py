"""Ending what a removed person has on a site, in a real WordPress, on SQLite and MariaDB."""

from typing import Any

import pytest

from presswerk.declaration import Role
from presswerk.wordpress import PostAuthor, SiteRejected
from tests.support.sites import RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

ISSUER = "https://id.example"


def somebody(site: RunningSite, subject: str, role: Role) -> int:
    """A person with an article, a session and an application password on the site; the user's id."""
    author = PostAuthor(ISSUER, subject, subject.title(), None, role)
    with site.client() as client:
        user_id = client.put_publication(new_publication(), article(author=author)).author_id
    site.php(
        """
        WP_Session_Tokens::get_instance( $input['id'] )->create( time() + 3600 );
        WP_Application_Passwords::create_new_application_password( $input['id'], array( 'name' => 'x' ) );
        """,
        id=user_id,
    )
    return user_id


def ways_in(site: RunningSite, user_id: int) -> dict[str, Any]:
    found: dict[str, Any] = site.php(
        """
        return array(
            'roles'     => array_values( get_userdata( $input['id'] )->roles ),
            'sessions'  => count( WP_Session_Tokens::get_instance( $input['id'] )->get_all() ),
            'passwords' => count( WP_Application_Passwords::get_user_application_passwords( $input['id'] ) ),
            'posts'     => count( get_posts( array( 'author' => $input['id'], 'post_status' => 'any' ) ) ),
        );
        """,
        id=user_id,
    )
    return found


@pytest.mark.parametrize(
    ("left", "roles"), [(None, []), (Role.AUTHOR, ["presswerk_author"]), (Role.EDITOR, ["editor"])]
)
def test_a_persons_ways_in_end_and_their_articles_stay(site: RunningSite, left: Role | None, roles: list[str]) -> None:
    gone = somebody(site, f"gone-{left}", Role.ADMIN)
    stays = somebody(site, f"stays-{left}", Role.ADMIN)
    before = ways_in(site, stays)
    with site.client() as client:
        for _ in range(2):
            assert client.end_person(ISSUER, f"gone-{left}", left)
            assert ways_in(site, gone) == {"roles": roles, "sessions": 0, "passwords": 0, "posts": 1}
    assert ways_in(site, stays) == before
    assert (before["sessions"], before["passwords"]) == (1, 1)


def test_somebody_the_site_does_not_know_is_no_error(site: RunningSite) -> None:
    somebody(site, "known", Role.AUTHOR)
    with site.client() as client:
        assert not client.end_person(ISSUER, "nobody", None)
        assert not client.end_person("https://other.example", "known", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": "x", "role": None}, "issuer"),
        ({"issuer": ISSUER, "subject": "", "role": None}, "subject"),
        ({"issuer": ISSUER, "subject": ["x"], "role": None}, "subject"),
        ({"issuer": ISSUER, "subject": "x" * 1001, "role": None}, "subject"),
        ({"issuer": ISSUER, "subject": "x"}, "role"),
        ({"issuer": ISSUER, "subject": "x", "role": "owner"}, "role"),
        ({"issuer": ISSUER, "subject": "x", "role": True}, "role"),
        ([], "issuer"),
    ],
)
def test_a_wrong_field_is_named(site: RunningSite, body: object, field: str) -> None:
    with site.managed_http() as http:
        answer = http.post("/wp-json/presswerk/v1/people/end", json=body)
    assert answer.status_code == 400, answer.text
    assert field in answer.json()["data"]["params"]


def test_only_the_hub_may_end_people(site: RunningSite) -> None:
    user_id = somebody(site, "admin", Role.ADMIN)
    body = {"issuer": ISSUER, "subject": "admin", "role": None}
    with site.http() as stranger, site.signed_in(user_id) as admin:
        assert stranger.post("/wp-json/presswerk/v1/people/end", json=body).status_code == 401
        assert admin.post("/wp-json/presswerk/v1/people/end", json=body).status_code in {401, 403}
    assert ways_in(site, user_id)["roles"] == ["administrator"]


def test_the_client_says_which_field_a_site_refused(site: RunningSite) -> None:
    with site.client() as client, pytest.raises(SiteRejected, match="subject"):
        client.end_person(ISSUER, "x" * 2000, None)


def test_of_somebody_who_signed_out_at_the_provider_sessions_end_and_the_rest_stays(site: RunningSite) -> None:
    """Their passwords pause because the site forgets when they last signed on (`Credentials`)."""
    left = somebody(site, "signed-out", Role.EDITOR)
    site.php("update_user_meta( $input['id'], 'presswerk_signed_on', time() ); return 1;", id=left)
    with site.client() as client:
        for _ in range(2):
            assert client.end_person(ISSUER, "signed-out", Role.EDITOR, signed_out=True)
    assert ways_in(site, left) == {"roles": ["editor"], "sessions": 0, "passwords": 1, "posts": 1}
    assert site.php("return get_user_meta( $input['id'], 'presswerk_signed_on', true );", id=left) == ""
