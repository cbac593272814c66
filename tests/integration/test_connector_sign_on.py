"""Signing on to a site: where it leads, who one is there, and how it ends."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.wordpress import PostAuthor
from tests.support.issuer import ec_key, rsa_key
from tests.support.sign_on import (
    SignOnSite,
    let_newcomers_age,
    link_with,
    new_browser,
    running_sign_on_provider,
    signed_in_as,
)
from tests.support.sites import article, new_publication, running_site

pytestmark = pytest.mark.integration

BERTA = {"sub": "berta", "name": "Berta Brandt", "email": "berta@acme.example", "groups": ["tenant-acme-author"]}


on_either_database = pytest.mark.parametrize("running", ["sqlite", "mariadb"], indirect=True, scope="module")
"""For what depends on the database; all else is tested on one."""


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignOnSite]:
    mariadb = getattr(request, "param", "sqlite") == "mariadb"
    database = request.getfixturevalue("mariadb").new_database() if mariadb else None
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path_factory.mktemp("site"), database=database, sign_on=provider.client) as site,
    ):
        yield SignOnSite(site, provider)


@pytest.fixture
def acme(running: SignOnSite) -> SignOnSite:
    """The site without people, and a provider that tells the truth and at which Berta is signed in."""
    running.forget()
    running.provider.reset(BERTA)
    return running


@on_either_database
def test_a_link_to_a_page_of_the_administration_leads_there_through_the_provider(acme: SignOnSite) -> None:
    with acme.site.client() as client:
        author = PostAuthor(acme.provider.client.issuer, "berta", "Berta Brandt", None, Role.AUTHOR)
        post = client.put_publication(new_publication(), article(author=author))

    answer = acme.sign_in(f"/wp-admin/post.php?post={post.post_id}&action=edit")

    assert answer.status_code == 200
    assert str(answer.url) == post.edit_link
    assert signed_in_as(answer) == "Berta Brandt"
    assert "wp-block-editor" in answer.text


def test_a_link_to_the_preview_of_a_draft_leads_there_through_the_provider(acme: SignOnSite) -> None:
    with acme.site.client() as client:
        author = PostAuthor(acme.provider.client.issuer, "berta", "Berta Brandt", None, Role.AUTHOR)
        post = client.put_publication(new_publication(), article(author=author))

    answer = new_browser().get(post.preview_link)

    assert (answer.status_code, str(answer.url)) == (200, post.preview_link)
    assert "Yeast eats sugar." in answer.text


def test_a_draft_stays_hidden_from_readers_and_from_other_authors(acme: SignOnSite) -> None:
    with acme.site.client() as client:
        post = client.put_publication(new_publication(), article())

    assert "Yeast eats sugar." not in new_browser().get(post.link).text
    assert "Yeast eats sugar." not in new_browser().get(post.preview_link).text


def test_the_request_to_the_provider_proves_itself_without_a_secret(acme: SignOnSite) -> None:
    acme.sign_in()
    acme.sign_in()

    first, second = acme.provider.authorizations
    assert first["redirect_uri"] == f"{acme.url}/wp-login.php?action=presswerk-callback"
    assert set(first["scope"].split()) >= {"openid", "profile", "email", "groups"}
    assert "offline_access" not in first["scope"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]
    assert "client_secret" not in first


def test_the_browser_is_told_apart_by_a_cookie_that_scripts_cannot_read(acme: SignOnSite) -> None:
    answer = new_browser().get(f"{acme.url}/wp-login.php?action=presswerk", follow_redirects=False)

    (cookie,) = [each for each in answer.headers.get_list("Set-Cookie") if each.startswith("presswerk_sign_on=")]
    attributes = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["tenant-acme-author"], "presswerk_author"),
        (["tenant-acme-editor"], "editor"),
        (["tenant-acme-admin"], "administrator"),
        (["presswerk-admin"], "administrator"),
        (["tenant-acme-author", "tenant-acme-admin", "tenant-other-author"], "administrator"),
        (["tenant-other-admin", "tenant-acme-editor"], "editor"),
    ],
)
def test_the_highest_group_of_this_tenant_gives_the_role(acme: SignOnSite, groups: list[str], role: str) -> None:
    acme.provider.person = {**BERTA, "groups": groups}

    acme.sign_in()

    assert [user["roles"] for user in acme.users()] == [[role]]


@pytest.mark.parametrize(
    "groups",
    [[], ["tenant-other-admin"], ["tenant-acme"], ["tenant-acme-owner"], ["tenant-acme-admin-x"], "tenant-acme-admin"],
)
def test_without_a_group_of_this_tenant_there_is_no_entry(acme: SignOnSite, groups: object) -> None:
    acme.provider.person = {**BERTA, "groups": groups}
    browser = new_browser()

    answer = acme.sign_in(browser=browser)

    assert answer.status_code == 403
    assert "Berta Brandt, but you are not a member of this site" in answer.text
    assert acme.users() == []
    assert not [cookie for cookie in browser.cookies.jar if cookie.name.startswith("wordpress_logged_in")]


@pytest.mark.parametrize(
    ("asked", "language", "told"),
    [
        (
            "de-AT,de;q=0.9,en;q=0.5",
            "de",
            "Sie sind als Berta Brandt angemeldet, gehören aber nicht",
        ),
        ("en-GB", "en", "You are signed in as Berta Brandt"),
        ("fr,de;q=0.5", "en", "You are signed in as Berta Brandt"),
    ],
)
def test_no_entry_is_told_in_the_language_of_the_browser(
    acme: SignOnSite, asked: str, language: str, told: str
) -> None:
    acme.provider.person = {**BERTA, "groups": []}
    browser = new_browser()
    browser.headers["Accept-Language"] = asked

    answer = acme.sign_in(browser=browser)

    assert told in answer.text
    assert f'<html lang="{language}' in answer.text


def test_somebody_with_no_entry_can_sign_in_as_somebody_else(acme: SignOnSite) -> None:
    acme.provider.person = {**BERTA, "groups": []}
    browser = new_browser()
    answer = acme.sign_in(browser=browser)

    left = browser.get(link_with("/end-session?", answer))

    assert str(left.url) == f"{acme.url}/wp-login.php?loggedout=true"
    assert acme.provider.logouts[-1]["client_id"] == "site-acme"


@on_either_database
def test_a_role_follows_the_groups_at_every_sign_on(acme: SignOnSite) -> None:
    acme.sign_in()
    acme.provider.person = {**BERTA, "groups": ["tenant-acme-editor"], "name": "Berta Neu"}

    acme.sign_in()

    (user,) = acme.users()
    assert (user["roles"], user["name"]) == (["editor"], "Berta Neu")


@on_either_database
def test_leaving_all_groups_ends_sessions_and_application_passwords(acme: SignOnSite) -> None:
    elsewhere = new_browser()
    assert signed_in_as(acme.sign_in(browser=elsewhere)) == "Berta Brandt"
    (user,) = acme.users()
    personal = acme.site.personal_connection(user["login"])
    with acme.site.http(personal.user_name, personal.application_password) as http:
        assert http.get("/wp-json/wp/v2/users/me").status_code == 200
        acme.provider.person = {**BERTA, "groups": []}

        assert acme.sign_in().status_code == 403

        assert http.get("/wp-json/wp/v2/users/me").status_code == 401
    gone = elsewhere.get(f"{acme.url}/wp-admin/profile.php", follow_redirects=False)
    assert gone.status_code == 302
    assert [user["roles"] for user in acme.users()] == [[]]


@on_either_database
def test_whoever_comes_in_and_is_removed_before_the_hub_sees_them_is_out_within_a_minute(acme: SignOnSite) -> None:
    """The hub tells of people it knows; nobody would tell of this one."""
    browser = new_browser()
    acme.sign_in(browser=browser)
    (user,) = acme.users()
    personal = acme.site.personal_connection(user["login"])
    acme.provider.issuer.tell(acme.provider.access_tokens[-1], {**BERTA, "groups": ["tenant-other-admin"]})
    with acme.site.http(personal.user_name, personal.application_password) as http:
        assert http.get("/wp-json/wp/v2/users/me").status_code == 200

        let_newcomers_age(acme.site, 36)

        assert http.get("/wp-json/wp/v2/users/me").status_code == 401
    assert browser.get(f"{acme.url}/wp-admin/profile.php", follow_redirects=False).status_code == 302
    assert [each["roles"] for each in acme.users()] == [[]]


@on_either_database
def test_a_newcomer_who_is_still_a_member_goes_on_and_is_asked_about_once(acme: SignOnSite) -> None:
    browser = new_browser()
    acme.sign_in(browser=browser)
    let_newcomers_age(acme.site, 36)
    acme.provider.issuer.requests.clear()

    pages = [browser.get(f"{acme.url}/wp-admin/profile.php") for _ in range(3)]

    assert [signed_in_as(page) for page in pages] == ["Berta Brandt"] * 3
    assert acme.provider.issuer.requests["/userinfo"] == 1


def test_a_newcomers_role_follows_the_groups_when_they_are_asked_about_once_more(acme: SignOnSite) -> None:
    acme.provider.person = {**BERTA, "groups": ["tenant-acme-admin"]}
    browser = new_browser()
    acme.sign_in(browser=browser)
    acme.provider.issuer.tell(acme.provider.access_tokens[-1], BERTA)
    let_newcomers_age(acme.site, 36)

    browser.get(f"{acme.url}/wp-admin/profile.php")

    assert [user["roles"] for user in acme.users()] == [["presswerk_author"]]


def test_a_raised_member_is_asked_about_once_more_too(acme: SignOnSite) -> None:
    browser = new_browser()
    acme.sign_in(browser=browser)
    let_newcomers_age(acme.site, 36)
    browser.get(f"{acme.url}/wp-admin/profile.php")
    acme.provider.person = {**BERTA, "groups": ["tenant-acme-admin"]}
    raised = new_browser()
    acme.sign_in(browser=raised)
    acme.provider.issuer.tell(acme.provider.access_tokens[-1], BERTA)
    let_newcomers_age(acme.site, 36)

    raised.get(f"{acme.url}/wp-admin/profile.php")

    assert [user["roles"] for user in acme.users()] == [["presswerk_author"]]


def test_a_newcomers_locked_account_is_out_and_its_password_pauses_until_the_next_sign_on(acme: SignOnSite) -> None:
    browser = new_browser()
    acme.sign_in(browser=browser)
    (user,) = acme.users()
    personal = acme.site.personal_connection(user["login"])
    acme.provider.issuer.revoke(acme.provider.access_tokens[-1])
    let_newcomers_age(acme.site, 36)
    with acme.site.http(personal.user_name, personal.application_password) as http:
        assert http.get("/wp-json/wp/v2/users/me").status_code == 401
        assert browser.get(f"{acme.url}/wp-admin/profile.php", follow_redirects=False).status_code == 302

        acme.sign_in(browser=browser)

        assert http.get("/wp-json/wp/v2/users/me").status_code == 200


def test_while_the_provider_is_silent_a_newcomer_goes_on_for_a_minute(acme: SignOnSite) -> None:
    browser = new_browser()
    acme.sign_in(browser=browser)
    page = f"{acme.url}/wp-admin/profile.php"
    acme.provider.issuer.down = True
    let_newcomers_age(acme.site, 36)
    assert signed_in_as(browser.get(page)) == "Berta Brandt"

    let_newcomers_age(acme.site, 25)
    assert browser.get(page).status_code == 503

    acme.provider.issuer.down = False
    assert signed_in_as(browser.get(page)) == "Berta Brandt"


@on_either_database
def test_the_author_of_a_delivery_is_who_signs_on_later(acme: SignOnSite) -> None:
    author = PostAuthor(acme.provider.client.issuer, "berta", "B. Brandt", "berta@acme.example", Role.AUTHOR)
    with acme.site.client() as client:
        post = client.put_publication(new_publication(), article(author=author))

    acme.sign_in()

    assert [(user["id"], user["name"]) for user in acme.users()] == [(post.author_id, "Berta Brandt")]


@on_either_database
def test_first_sign_ons_at_once_make_one_user(acme: SignOnSite) -> None:
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _number: signed_in_as(acme.sign_in()), range(4)))

    assert names == ["Berta Brandt"] * 4
    assert [user["roles"] for user in acme.users()] == [["presswerk_author"]]


@on_either_database
def test_the_same_address_does_not_make_two_people_one(acme: SignOnSite) -> None:
    acme.site.php(
        "return wp_insert_user( array( 'user_login' => 'chief', 'user_pass' => wp_generate_password(),"
        " 'user_email' => 'berta@acme.example', 'role' => 'administrator' ) );"
    )

    acme.sign_in()
    acme.provider.person = {**BERTA, "sub": "other-berta"}
    acme.sign_in()

    assert [user["email"] for user in acme.users()] == ["berta@acme.example", "", ""]
    assert [user["roles"] for user in acme.users()] == [["administrator"], ["presswerk_author"], ["presswerk_author"]]


@pytest.mark.parametrize("sub", ["presswerk", "admin", "<b>x</b>", "Jürgen Müller", "ユーザー", "a" * 255, "../x", "0"])
def test_any_subject_becomes_a_user_of_its_own(acme: SignOnSite, sub: str) -> None:
    acme.provider.person = {**BERTA, "sub": sub}

    answer = acme.sign_in()

    assert signed_in_as(answer) == "Berta Brandt"
    (user,) = acme.users()
    assert user["login"] != sub


def test_a_name_with_markup_is_shown_as_text(acme: SignOnSite) -> None:
    acme.provider.person = {**BERTA, "name": "<script>alert(1)</script>Eve", "groups": []}

    answer = acme.sign_in()

    assert answer.status_code == 403
    assert "<script>alert(1)" not in answer.text


def test_groups_may_come_from_userinfo(acme: SignOnSite) -> None:
    acme.provider.groups_from = "userinfo"

    assert signed_in_as(acme.sign_in()) == "Berta Brandt"


@pytest.mark.parametrize("key", [rsa_key(), ec_key()], ids=["RS256", "ES256"])
def test_a_new_signing_key_is_fetched_when_it_is_needed(
    acme: SignOnSite, monkeypatch: pytest.MonkeyPatch, key: object
) -> None:
    monkeypatch.setattr(acme.provider.issuer, "keys", [key])

    assert signed_in_as(acme.sign_in()) == "Berta Brandt"


def test_discovery_and_keys_are_asked_for_once(acme: SignOnSite) -> None:
    acme.provider.issuer.requests.clear()

    for _ in range(3):
        acme.sign_in()

    assert acme.provider.issuer.requests["/.well-known/openid-configuration"] == 1
    assert acme.provider.issuer.requests["/jwks"] == 1


@on_either_database
def test_signing_out_here_signs_out_at_the_provider(acme: SignOnSite) -> None:
    browser = new_browser()
    page = acme.sign_in(browser=browser)

    answer = browser.get(link_with("action=logout", page))

    asked = acme.provider.logouts[-1]
    back = f"{acme.url}/wp-login.php?loggedout=true"
    assert (asked["client_id"], asked["post_logout_redirect_uri"]) == ("site-acme", back)
    assert asked["id_token_hint"] == acme.provider.issued[-1]
    assert str(answer.url) == back
    assert "You are signed out" in answer.text
    assert browser.get(f"{acme.url}/wp-admin/", follow_redirects=False).status_code == 302


def test_the_administration_links_to_the_chat_and_shows_the_connection(acme: SignOnSite) -> None:
    acme.provider.person = {**BERTA, "groups": ["tenant-acme-admin"]}

    page = acme.sign_in("/wp-admin/options-general.php?page=presswerk")

    assert page.status_code == 200
    assert re.search(r"Sign-on</th><td>ready", page.text)
    assert re.search(r"Delivery</th><td>ready", page.text)
    assert link_with(acme.site.site.layout.chat_url, page) == acme.site.site.layout.chat_url
    assert "Write with AI" in page.text
    assert acme.provider.client.client_secret not in page.text


def test_an_author_does_not_see_the_settings(acme: SignOnSite) -> None:
    assert acme.sign_in("/wp-admin/options-general.php?page=presswerk").status_code == 403


def test_an_author_may_write_but_not_publish(acme: SignOnSite) -> None:
    acme.sign_in()
    (user,) = acme.users()

    may = acme.site.php(
        "$user = get_user_by( 'id', $input['id'] );"
        "return array_values( array_filter( $input['asked'], static fn ( $one ) => $user->has_cap( $one ) ) );",
        id=user["id"],
        asked=[
            "edit_posts",
            "upload_files",
            "publish_posts",
            "edit_others_posts",
            "presswerk_deliver",
            "unfiltered_html",
        ],
    )

    assert may == ["edit_posts", "upload_files"]


def test_without_a_wish_the_dashboard_opens(acme: SignOnSite) -> None:
    assert str(acme.sign_in("/wp-login.php").url) == f"{acme.url}/wp-admin/"


@pytest.mark.parametrize(
    "outside", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_nobody_is_led_to_another_place_after_signing_in(acme: SignOnSite, outside: str) -> None:
    answer = acme.sign_in(f"/wp-login.php?redirect_to={quote(outside, safe='')}")

    assert str(answer.url).startswith(f"{acme.url}/")
    assert signed_in_as(answer) == "Berta Brandt"


def test_a_page_in_a_frame_offers_a_button_instead_of_the_provider(acme: SignOnSite) -> None:
    answer: httpx.Response = new_browser().get(f"{acme.url}/wp-login.php?interim-login=1")

    assert answer.status_code == 200
    assert str(answer.url).startswith(acme.url)
    assert re.search(r'<a class="button[^>]+target="_blank"[^>]*>Sign in</a>', answer.text)


def test_under_https_no_neighbour_on_the_same_domain_can_plant_the_cookie(tmp_path: Path) -> None:
    # As behind the entry of a cluster, which ends TLS.
    plugins = {"https.php": "<?php $_SERVER['HTTPS'] = 'on';"}
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path, sign_on=provider.client, plugins=plugins) as site,
        site.http() as browser,
    ):
        answer = browser.get("/wp-login.php?action=presswerk")

    cookies = [each for each in answer.headers.get_list("Set-Cookie") if "presswerk_sign_on=" in each]
    assert answer.status_code == 302
    assert len(cookies) == 1
    assert cookies[0].startswith("__Host-presswerk_sign_on=")
    assert {"secure", "path=/", "httponly"} <= {part.strip().lower() for part in cookies[0].split(";")}
    assert "domain" not in cookies[0].lower()
