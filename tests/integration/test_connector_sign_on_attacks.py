"""What a site refuses when somebody signs on: forged tokens, foreign answers, repeated ones."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.support.id_tokens import BAD_TOKENS
from tests.support.sign_on import (
    SignOnSite,
    new_browser,
    running_sign_on_provider,
    signed_in_as,
)
from tests.support.sites import running_site

pytestmark = pytest.mark.integration

EVE = {"sub": "eve", "name": "Eve", "email": "eve@acme.example", "groups": ["tenant-acme-admin"]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignOnSite]:
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path_factory.mktemp("site"), sign_on=provider.client) as site,
    ):
        yield SignOnSite(site, provider)


@pytest.fixture
def acme(running: SignOnSite) -> SignOnSite:
    running.forget()
    running.provider.reset(EVE)
    return running


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_bad_id_token_signs_nobody_on(acme: SignOnSite, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr(acme.provider.issuer, "keys", [*acme.provider.issuer.keys])
    acme.provider.make_id_token = BAD_TOKENS[case]
    browser = new_browser()

    answer = acme.sign_in(browser=browser)

    assert acme.provider.exchanges == 1
    _nobody(acme, browser, answer, 401)
    assert "answer was refused" in answer.text


def test_userinfo_about_somebody_else_gives_no_role(acme: SignOnSite) -> None:
    acme.provider.groups_from = "userinfo"
    acme.provider.userinfo = {"sub": "somebody-else", "groups": ["tenant-acme-admin"]}
    browser = new_browser()

    _nobody(acme, browser, acme.sign_in(browser=browser), 401)


def test_an_answer_is_good_only_in_the_browser_that_asked(acme: SignOnSite) -> None:
    callback = acme.callback(new_browser())
    victim = new_browser()
    acme.callback(victim)

    _nobody(acme, victim, victim.get(callback), 403)
    bare = new_browser()
    _nobody(acme, bare, bare.get(callback), 403)
    assert acme.provider.exchanges == 0


def test_an_answer_is_good_once(acme: SignOnSite) -> None:
    acme.provider.keeps_codes = True
    browser = new_browser()
    callback = acme.callback(browser)
    with new_browser() as copy:
        copy.cookies.update(browser.cookies)
        assert signed_in_as(browser.get(callback)) == "Eve"

        assert new_browser().get(callback).status_code == 403
        # Whoever is signed in already, as with two windows, only goes on.
        again = browser.get(callback, follow_redirects=False)
    assert again.is_redirect
    assert acme.provider.exchanges == 1


def test_whoever_begins_or_answers_without_an_account_leaves_nothing_in_the_database(acme: SignOnSite) -> None:
    count = (
        'global $wpdb; return array_map( static fn( $table ) => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $table" ),'
    )
    count += " array( $wpdb->options, $wpdb->users, $wpdb->usermeta ) );"
    new_browser().get(f"{acme.url}/wp-login.php?action=presswerk", follow_redirects=False)
    before = acme.site.php(count)

    for number in range(5):
        browser = new_browser()
        begun = browser.get(f"{acme.url}/wp-login.php?action=presswerk", follow_redirects=False)
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        given = {"action": "presswerk-callback", "state": state, "code": f"guess-{number}"}
        assert browser.get(f"{acme.url}/wp-login.php?{urlencode(given)}").status_code == 403
        assert new_browser().get(f"{acme.url}/wp-login.php?{urlencode(given)}").status_code == 403

    assert acme.site.php(count) == before


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("state", "", 403),
        ("state", "state=", 403),
        ("state", "state=guess", 403),
        ("state", "state[]=x", 403),
        ("code", "", 403),
        ("code", "code[]=x", 403),
        ("code", "code=guess", 403),
    ],
)
def test_an_answer_with_another_state_or_code_is_refused(acme: SignOnSite, name: str, change: str, status: int) -> None:
    browser = new_browser()
    callback = acme.callback(browser)
    sent = {key: values[0] for key, values in parse_qs(urlsplit(callback).query).items()}
    del sent[name]

    _nobody(acme, browser, browser.get(f"{acme.url}/wp-login.php?{urlencode(sent)}&{change}"), status)


def test_an_answer_of_another_provider_is_refused(acme: SignOnSite) -> None:
    browser = new_browser()
    callback = acme.callback(browser)

    _nobody(acme, browser, browser.get(f"{callback}&iss=https://other.example"), 403)
    assert acme.provider.exchanges == 0


def test_who_presses_deny_is_told_so(acme: SignOnSite) -> None:
    acme.provider.denies = True
    browser = new_browser()

    answer = acme.sign_in(browser=browser)

    _nobody(acme, browser, answer, 403)
    assert "did not sign you in" in answer.text


def test_a_provider_that_is_down_gets_a_page_that_says_so(acme: SignOnSite) -> None:
    acme.provider.issuer.down = True
    browser = new_browser()

    answer = acme.sign_in(browser=browser)

    _nobody(acme, browser, answer, 503)
    assert "Try again in a minute" in answer.text
    with acme.site.client() as client:
        assert client.status().sign_on.startswith("The identity provider cannot be used now")
    acme.provider.issuer.down = False
    assert signed_in_as(acme.sign_in(browser=browser)) == "Eve"
    with acme.site.client() as client:
        assert client.status().sign_on == "ready"


def test_a_provider_that_calls_itself_otherwise_is_refused(acme: SignOnSite) -> None:
    acme.provider.issuer.named = acme.provider.issuer.url + "/"
    browser = new_browser()

    answer = acme.sign_in(browser=browser)

    _nobody(acme, browser, answer, 503)
    assert acme.provider.authorizations == []


def test_a_password_of_the_site_opens_nothing(acme: SignOnSite) -> None:
    _with_password(acme)

    for path in ("/wp-login.php", "/wp-login.php?local=1"):
        browser = new_browser()
        form = {"log": "chief", "pwd": "of the site", "wp-submit": "Log In"}
        answer = browser.post(f"{acme.url}{path}", data=form, follow_redirects=False)
        assert not _signed_in(browser)
        assert "user_pass" not in answer.text
    asked = new_browser().post(f"{acme.url}/wp-login.php?action=lostpassword", data={"user_login": "chief"})
    assert "This site has no passwords of its own" in asked.text
    assert 'name="user_login"' not in asked.text
    assert new_browser().get(f"{acme.url}/xmlrpc.php").status_code == 404


def test_an_application_password_is_for_the_rest_api_only(acme: SignOnSite) -> None:
    acme.sign_in()
    (user,) = acme.users()
    personal = acme.site.personal_connection(user["login"])
    tried = (
        "define( $input['kind'], true ); $user = wp_authenticate( $input['login'], $input['password'] );"
        "return is_wp_error( $user ) ? null : $user->ID;"
    )

    came_in = {
        kind: acme.site.php(tried, kind=kind, login=user["login"], password=personal.application_password)
        for kind in ("REST_REQUEST", "XMLRPC_REQUEST", "UNRELATED")
    }

    assert came_in == {"REST_REQUEST": user["id"], "XMLRPC_REQUEST": None, "UNRELATED": None}
    with acme.site.http(personal.user_name, personal.application_password) as http:
        assert http.get("/wp-json/wp/v2/users/me").status_code == 200
        assert http.get("/wp-admin/profile.php").status_code == 302


def test_no_secret_of_a_sign_on_is_logged(acme: SignOnSite) -> None:
    browser = new_browser()
    acme.sign_in(browser=browser)
    acme.provider.make_id_token = BAD_TOKENS["wrong nonce"]
    acme.sign_in(browser=new_browser())

    log = acme.site.log.read_text()
    for secret in (acme.provider.client.client_secret, *acme.provider.issued, acme.provider.authorizations[0]["state"]):
        assert secret not in log


def test_a_site_that_allows_it_takes_passwords_of_its_own_beside_the_one_login(
    tmp_path: Path,
) -> None:
    allowed = {"allow.php": "<?php define( 'PRESSWERK_LOCAL_LOGIN', true );"}
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path, sign_on=provider.client, plugins=allowed) as site,
    ):
        provider.reset(EVE)
        acme = SignOnSite(site, provider)
        _with_password(acme)
        browser = new_browser()
        form = browser.get(f"{acme.url}/wp-login.php?local=1")
        assert 'name="pwd"' in form.text

        fields = {"log": "chief", "pwd": "of the site", "wp-submit": "Log In", "testcookie": "1"}
        browser.post(f"{acme.url}/wp-login.php?local=1", data=fields)

        assert _signed_in(browser)
        assert signed_in_as(acme.sign_in()) == "Eve"


def _with_password(acme: SignOnSite) -> None:
    acme.site.php(
        "return wp_insert_user( array( 'user_login' => 'chief', 'user_pass' => 'of the site',"
        " 'user_email' => 'chief@acme.example', 'role' => 'administrator' ) );"
    )


def _signed_in(browser: httpx.Client) -> bool:
    return any(cookie.name.startswith("wordpress_logged_in") for cookie in browser.cookies.jar)


def _nobody(acme: SignOnSite, browser: httpx.Client, answer: httpx.Response, status: int) -> None:
    """Nobody came in: the page says so, the browser has no session, and the site no user more."""
    assert answer.status_code == status
    assert "no-store" in answer.headers["Cache-Control"]
    assert not _signed_in(browser)
    assert acme.users() == []
