"""What a site refuses when somebody signs on: forged tokens, foreign answers, repeated ones."""

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import RSAKey

from tests.support.issuer import ec_key, rsa_key
from tests.support.sign_on import (
    Claims,
    SignOnProvider,
    SignOnSite,
    new_browser,
    running_sign_on_provider,
    signed_in_as,
)
from tests.support.sites import running_site

pytestmark = pytest.mark.integration

EVE = {"sub": "eve", "name": "Eve", "email": "eve@acme.example", "groups": ["tenant-acme-admin"]}
STRANGER = rsa_key()


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


def _part(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _unsigned(_provider: SignOnProvider, claims: Claims) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def _signed_with_public_key(provider: SignOnProvider, claims: Claims) -> str:
    key = provider.issuer.keys[0]
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': key.kid})}.{_part(claims)}"
    signature = hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _signed_with_client_secret(provider: SignOnProvider, claims: Claims) -> str:
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.new(provider.client.client_secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _signed_by_somebody_else(provider: SignOnProvider, claims: Claims) -> str:
    return provider.sign(claims, key=STRANGER, header={"kid": provider.issuer.keys[0].kid})


def _with_its_own_key(provider: SignOnProvider, claims: Claims) -> str:
    key = ec_key()
    return provider.sign(claims, key=key, header={"jwk": key.as_dict(private=False)})


def _tampered(provider: SignOnProvider, claims: Claims) -> str:
    header, _, signature = provider.sign(claims).split(".")
    return f"{header}.{_part({**claims, 'groups': ['presswerk-admin']})}.{signature}"


def _with_a_critical_header(provider: SignOnProvider, claims: Claims) -> str:
    key = provider.issuer.keys[0]
    assert isinstance(key, RSAKey)
    assert key.private_key is not None
    signed = f"{_part({'alg': 'RS256', 'kid': key.kid, 'crit': ['x'], 'x': 1})}.{_part(claims)}"
    signature = key.private_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _with_a_short_key(provider: SignOnProvider, claims: Claims) -> str:
    with warnings.catch_warnings(action="ignore"):
        small = rsa_key(1024)
    provider.issuer.keys.append(small)
    return provider.sign(claims, key=small)


def _with(**changes: Any) -> Callable[[SignOnProvider, Claims], str]:
    return lambda provider, claims: provider.sign({**claims, **changes})


BAD_TOKENS: Mapping[str, Callable[[SignOnProvider, Claims], str | None]] = MappingProxyType(
    {
        "there is none": lambda _provider, _claims: None,
        "not a token": lambda _provider, _claims: "opaque",
        "unsigned": _unsigned,
        "signed with the public key": _signed_with_public_key,
        "signed with the client's secret": _signed_with_client_secret,
        "signed by somebody else": _signed_by_somebody_else,
        "unknown key": lambda provider, claims: provider.sign(claims, key=STRANGER),
        "its own key in the header": _with_its_own_key,
        "a key too short": _with_a_short_key,
        "an algorithm nobody chose": lambda provider, claims: provider.sign(claims, algorithm="RS512"),
        "a critical header": _with_a_critical_header,
        "tampered": _tampered,
        "cut off": lambda provider, claims: provider.sign(claims)[:-8],
        "wrong issuer": _with(iss="http://127.0.0.1:1"),
        "issuer with another slash": lambda provider, claims: provider.sign({**claims, "iss": claims["iss"] + "/"}),
        "without issuer": _with(iss=None),
        "wrong audience": _with(aud="site-other"),
        "wrong audiences": _with(aud=["site-other", "presswerk-hub"]),
        "audience contains ours": _with(aud="xsite-acmex"),
        "without audience": _with(aud=None),
        "for several, given to another": _with(aud=["site-acme", "site-other"], azp="site-other"),
        "for several, given to nobody": _with(aud=["site-acme", "site-other"]),
        "given to another": _with(azp="site-other"),
        "expired": _with(exp=int(time.time()) - 3600),
        "without expiry": _with(exp=None),
        "expiry is no time": _with(exp="tomorrow"),
        "not valid yet": _with(nbf=int(time.time()) + 7200),
        "issued in the future": _with(iat=int(time.time()) + 7200),
        "wrong nonce": _with(nonce="another"),
        "without nonce": _with(nonce=None),
        "nonce is a list": lambda provider, claims: provider.sign({**claims, "nonce": [claims["nonce"]]}),
        "without subject": _with(sub=None),
        "empty subject": _with(sub=""),
        "subject is a number": _with(sub=7),
    }
)


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
    assert signed_in_as(browser.get(callback)) == "Eve"

    assert browser.get(callback).status_code == 403
    assert acme.provider.exchanges == 1


def test_an_answer_given_many_times_at_once_is_good_once(tmp_path: Path) -> None:
    # Every process has read the attempt before the first one takes it away.
    slow = {
        "slow.php": "<?php add_filter( 'all', static function ( $hook ) {"
        " if ( str_starts_with( $hook, 'transient_presswerk_attempt_' ) ) { usleep( 500000 ); } } );"
    }
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path, sign_on=provider.client, plugins=slow) as site,
    ):
        provider.reset(EVE)
        provider.keeps_codes = True
        browser = new_browser()
        callback = SignOnSite(site, provider).callback(browser)

        def give(_number: int) -> int:
            with new_browser() as copy:
                copy.cookies.update(browser.cookies)
                return copy.get(callback, follow_redirects=False).status_code

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(give, range(4)))

    assert statuses == [302, 403, 403, 403]
    assert provider.exchanges == 1


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
    assert "not allowed" in asked.text
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
