"""Signing in at the hub's pages: with the real Canaille, and with a provider that misbehaves."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, update

from presswerk.database import connect
from presswerk.identity.clients import HUB_CLIENT
from presswerk.runtimes.local.identity import clients_of
from presswerk.runtimes.local.layout import Ports
from presswerk.web.console.sessions import hub_sessions
from tests.support.console import (
    SAME_ORIGIN,
    ConsoleBrowser,
    ConsoleHub,
    console_browser,
    form_token,
    running_console,
    text_of,
)
from tests.support.hub import HubProcess, hub_environment, register, running_hub
from tests.support.id_tokens import BAD_TOKENS
from tests.support.identity import Identity, identity_running
from tests.support.process import free_port
from tests.support.sign_on import running_sign_on_provider
from tests.support.site_double import running_site_double

pytestmark = pytest.mark.integration

COOKIE = "presswerk_hub_session"
EVE = {"sub": "eve", "name": "Eve <i>Evans</i>", "email": "eve@acme.example", "groups": ["tenant-acme-admin"]}


@dataclass(frozen=True)
class Console:
    """A hub and the real provider."""

    hub: HubProcess
    identity: Identity
    url: str


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    directory = tmp_path_factory.mktemp("console")
    ports = Ports(identity=free_port(), hub=free_port(), chat=free_port())
    with identity_running(directory / "identity", ports=ports) as identity:
        client = next(
            each
            for each in clients_of(identity.layout, identity.platform, identity.secrets)
            if each.client_id == HUB_CLIENT
        )
        environment = hub_environment(
            f"sqlite:///{directory}/hub.db",
            identity.issuer,
            PRESSWERK_HUB_URL=identity.layout.hub_url,
            PRESSWERK_OIDC_CLIENT_SECRET=client.secret or "",
        )
        hub = HubProcess(directory, environment, port=ports.hub)
        try:
            hub.start()
            yield Console(hub, identity, identity.layout.hub_url)
        finally:
            hub.stop()


@pytest.fixture
def browser(console: Console) -> Iterator[ConsoleBrowser]:
    with console_browser(console.url) as browser:
        yield browser


def test_who_opens_a_page_signs_in_and_arrives_there(console: Console, browser: ConsoleBrowser) -> None:
    asked = browser.get("/account")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/auth/login?next=%2Faccount"

    arrived = browser.sign_in(console.identity, "frida")
    page = browser.get(arrived.headers["location"])

    assert arrived.status_code == 303
    assert arrived.headers["location"] == "/account"
    assert page.status_code == 200
    assert "Frida Freelance" in page.text


def test_the_cookie_is_out_of_scripts_reach_and_of_a_name_of_its_own(console: Console, browser: ConsoleBrowser) -> None:
    arrived = browser.sign_in(console.identity, "acme-editor")
    (set_cookie,) = [value for value in arrived.headers.get_list("set-cookie") if value.startswith(f"{COOKIE}=")]

    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert "Path=/" in set_cookie
    assert "Domain" not in set_cookie
    # On one machine the provider and the chat share the host, and so the cookies, with the hub.
    assert COOKIE not in {"session", "token", "oauth_session_id"}


def test_https_makes_it_a_host_cookie(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("https")
    with running_sign_on_provider(HUB_CLIENT) as provider:
        provider.reset(EVE)
        environment = hub_environment(
            f"sqlite:///{directory}/hub.db",
            provider.issuer.url,
            PRESSWERK_HUB_URL="https://hub.example",
            PRESSWERK_OIDC_CLIENT_SECRET=provider.client.client_secret,
        )
        with running_hub(directory, environment) as hub:
            begun = httpx.get(f"{hub.url}/auth/login", headers={"Accept": "text/html"})
            (aside,) = begun.headers.get_list("set-cookie")
            back = httpx.get(begun.headers["location"]).headers["location"]
            name, _, value = aside.partition(";")[0].partition("=")
            arrived = httpx.get(
                back.replace("https://hub.example", hub.url),
                headers={"Accept": "text/html", "Cookie": f"{name}={value}"},
            )
    session = next(each for each in arrived.headers.get_list("set-cookie") if each.startswith("__Host-presswerk_hub="))
    assert "Secure" in session
    assert "Secure" in aside


def test_what_is_stored_of_a_session_opens_nothing(console: Console, browser: ConsoleBrowser) -> None:
    browser.sign_in(console.identity, "acme-editor")
    session_id = browser.cookie(COOKIE)
    assert session_id
    with connect(console.hub.environment["PRESSWERK_DATABASE_URL"]).connect() as database:
        rows = list(database.execute(select(hub_sessions)).mappings())
    stored = " ".join(str(value) for row in rows for value in row.values())

    assert session_id not in stored
    assert "eyJ" not in stored  # how every JWT begins
    with console_browser(console.url) as thief:
        for row in rows:
            thief.http.cookies.set(COOKIE, row["id_sha256"], domain="localhost.local")
            assert thief.get("/account").status_code == 303
    assert session_id not in console.hub.log


def test_a_session_given_before_sign_in_is_none_afterwards(console: Console, browser: ConsoleBrowser) -> None:
    browser.sign_in(console.identity, "acme-author")
    first = browser.cookie(COOKIE)
    browser.sign_in(console.identity, "acme-author")
    second = browser.cookie(COOKIE)

    assert first != second
    with console_browser(console.url) as fixed:
        # Whoever planted a session's cookie learns nothing by its owner's signing in: the id is a new one.
        fixed.http.cookies.set(COOKIE, str(first), domain="localhost.local")
        assert fixed.get("/account").status_code == 303
    with console_browser(console.url) as planted:
        planted.http.cookies.set(COOKIE, "planted", domain="localhost.local")
        planted.sign_in(console.identity, "acme-author")
        assert planted.cookie(COOKIE) != "planted"


def test_signing_out_ends_it_here_and_at_the_provider(console: Console, browser: ConsoleBrowser) -> None:
    browser.sign_in(console.identity, "acme-editor")
    kept = browser.cookie(COOKIE)

    out = browser.send("/auth/logout", page="/account")
    assert out.status_code == 303
    query = parse_qs(urlsplit(out.headers["location"]).query)
    assert out.headers["location"].startswith(console.identity.issuer)
    assert query["id_token_hint"][0].count(".") == 2
    returned = browser.http.get(out.headers["location"])

    assert returned.headers["location"].rstrip("/") == console.url
    assert browser.cookie(COOKIE) is None
    with console_browser(console.url) as thief:
        thief.http.cookies.set(COOKIE, str(kept), domain="localhost.local")
        assert thief.get("/account").status_code == 303
    begun = browser.get("/auth/login")
    # The provider asks again who it is: it does not send a code at once.
    assert "code=" not in browser.http.get(begun.headers["location"]).headers.get("location", "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_of_another_page_does_nothing(
    console: Console, browser: ConsoleBrowser, headers: dict[str, str]
) -> None:
    browser.sign_in(console.identity, "acme-editor")
    token = form_token(browser.get("/account"))

    answer = browser.http.post(f"{console.url}/auth/logout", data={"form_token": token}, headers=headers)

    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert browser.get("/account").status_code == 200


def test_a_form_from_a_browser_that_tells_its_origin_only_is_taken(console: Console, browser: ConsoleBrowser) -> None:
    browser.sign_in(console.identity, "acme-editor")
    token = form_token(browser.get("/account"))

    answer = browser.http.post(
        f"{console.url}/auth/logout", data={"form_token": token}, headers={"Origin": console.url}
    )

    assert answer.status_code == 303


@pytest.mark.parametrize("token", ["", "0" * 64, "another's"])
def test_a_form_of_another_session_does_nothing(console: Console, browser: ConsoleBrowser, token: str) -> None:
    browser.sign_in(console.identity, "acme-editor")
    if token == "another's":
        with console_browser(console.url) as other:
            other.sign_in(console.identity, "acme-author")
            token = form_token(other.get("/account"))

    assert browser.post("/auth/logout", {"form_token": token}).status_code == 403
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("content", [b"\xff\xfe", b"form_token=%ff", b"a&" * 600])
def test_what_is_no_form_is_refused(console: Console, browser: ConsoleBrowser, content: bytes) -> None:
    browser.sign_in(console.identity, "acme-editor")
    headers = {**SAME_ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}

    answer = browser.http.post(f"{console.url}/auth/logout", content=content, headers=headers)

    assert answer.status_code in {403, 415}


def test_pages_may_run_nothing_and_be_framed_by_nobody(console: Console, browser: ConsoleBrowser) -> None:
    browser.sign_in(console.identity, "acme-editor")
    page = browser.get("/account")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de-AT, en;q=0.5", "Ihre Websites"), ("en", "Your sites"), ("fr, xx;q=nonsense", "Your")],
)
def test_pages_speak_the_browsers_language(console: Console, sites: None, language: str, expected: str) -> None:
    with console_browser(console.url, language) as browser:
        browser.sign_in(console.identity, "acme-editor")
        assert expected in browser.get("/account").text


@pytest.fixture(scope="module")
def sites(console: Console) -> None:
    with running_site_double() as site:
        register(console.hub.environment, {"acme": site.connection})


def test_an_idle_session_ends_and_so_does_an_old_one(console: Console) -> None:
    engine = connect(console.hub.environment["PRESSWERK_DATABASE_URL"])
    for column, ago in (("last_used_at", dt.timedelta(hours=13)), ("created_at", dt.timedelta(days=8))):
        with console_browser(console.url) as browser:
            browser.sign_in(console.identity, "nordlicht-editor")
            assert browser.get("/account").status_code == 200
            with engine.begin() as database:
                mine = update(hub_sessions).where(hub_sessions.c.subject == "nordlicht-editor")
                database.execute(mine.values({column: dt.datetime.now(dt.UTC) - ago}))

            assert browser.get("/account").status_code == 303, column


def test_a_program_gets_a_problem_and_a_browser_a_page(console: Console, browser: ConsoleBrowser) -> None:
    program = httpx.get(f"{console.url}/account")
    assert (program.status_code, program.headers["content-type"]) == (401, "application/problem+json")

    missing = browser.get("/no-such-page")
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("text/html")
    assert "There is no such page" in missing.text
    with console_browser(console.url, "de") as german:
        assert "Diese Seite gibt es nicht" in german.get("/no-such-page").text


@pytest.fixture(scope="module")
def misled_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHub]:
    with running_console(tmp_path_factory.mktemp("misled")) as console:
        yield console


@pytest.fixture
def misled(misled_hub: ConsoleHub) -> ConsoleHub:
    misled_hub.provider.reset(EVE)
    return misled_hub


@pytest.fixture
def visitor(misled: ConsoleHub) -> Iterator[ConsoleBrowser]:
    with console_browser(misled.hub.url) as browser:
        yield browser


def test_a_good_token_signs_in_and_a_name_is_no_markup(misled: ConsoleHub, visitor: ConsoleBrowser) -> None:
    assert misled.arrive(visitor).status_code == 303
    page = visitor.get("/account")

    assert "Eve <i>Evans</i>" not in page.text
    assert "Eve &lt;i&gt;Evans&lt;/i&gt;" in page.text


@pytest.mark.parametrize(("locale", "expected"), [("de-CH", "Ihr Konto"), ("xx", "Your account"), (7, "Your account")])
def test_the_persons_own_language_counts_most(
    misled: ConsoleHub, visitor: ConsoleBrowser, locale: object, expected: str
) -> None:
    misled.provider.reset({**EVE, "locale": locale})
    misled.arrive(visitor)

    assert expected in visitor.get("/account").text


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_bad_id_token_signs_nobody_in(
    misled: ConsoleHub, visitor: ConsoleBrowser, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr(misled.provider.issuer, "keys", [*misled.provider.issuer.keys])
    misled.provider.make_id_token = BAD_TOKENS[case]

    answer = misled.arrive(visitor)

    assert misled.provider.exchanges == 1
    assert answer.status_code in {400, 503}, answer.text
    assert visitor.cookie(COOKIE) is None
    assert visitor.get("/account").status_code == 303


@pytest.mark.parametrize("change", ["state=guess", "state=", "code=", "iss=https%3A%2F%2Fother.example", "error=x"])
def test_an_answer_that_was_changed_signs_nobody_in(misled: ConsoleHub, visitor: ConsoleBrowser, change: str) -> None:
    begun = visitor.get("/auth/login")
    back = visitor.http.get(begun.headers["location"]).headers["location"]
    name = change.partition("=")[0]
    kept = "&".join(part for part in urlsplit(back).query.split("&") if not part.startswith(f"{name}="))

    answer = visitor.get(f"/auth/callback?{kept}&{change}")

    assert answer.status_code == 400
    assert "Signing in did not work" in answer.text
    assert misled.provider.exchanges == 0


def test_an_answer_is_good_only_in_the_browser_that_asked(misled: ConsoleHub, visitor: ConsoleBrowser) -> None:
    begun = visitor.get("/auth/login")
    back = visitor.http.get(begun.headers["location"]).headers["location"]
    with console_browser(misled.hub.url) as victim:
        victim.get("/auth/login")
        assert victim.http.get(back).status_code == 400
        assert victim.cookie(COOKIE) is None
    assert misled.provider.exchanges == 0


def test_a_short_access_token_is_renewed_and_a_lost_group_is_noticed(
    misled: ConsoleHub, visitor: ConsoleBrowser
) -> None:
    misled.provider.expires_in = 30
    misled.arrive(visitor)
    assert visitor.get("/account").status_code == 200
    assert misled.provider.refreshes >= 1

    misled.provider.refresh_tokens.clear()
    assert visitor.get("/account").status_code == 303
    assert visitor.cookie(COOKIE) is not None
    assert visitor.get("/account").status_code == 303


def test_what_the_provider_says_about_the_person_counts_at_once(misled: ConsoleHub, visitor: ConsoleBrowser) -> None:
    misled.provider.expires_in = 30  # so short that every page renews it, and asks about the person
    misled.arrive(visitor)

    misled.provider.userinfo = {**EVE, "name": "Eve Other"}
    assert "Eve Other" in visitor.get("/account").text
    misled.provider.userinfo = {"sub": "somebody-else"}
    assert visitor.get("/account").status_code == 303
    misled.provider.userinfo = None
    assert visitor.get("/account").status_code == 303, "the session has ended for good"


def test_a_provider_that_is_down_ends_no_session_and_begins_none(misled: ConsoleHub, visitor: ConsoleBrowser) -> None:
    misled.provider.expires_in = 30
    misled.arrive(visitor)
    misled.provider.issuer.down = True

    waiting = visitor.get("/account")
    with console_browser(misled.hub.url) as other:
        refused = misled.arrive(other)
        assert other.cookie(COOKIE) is None
    misled.provider.issuer.down = False

    assert (waiting.status_code, refused.status_code) == (503, 503)
    assert "Sign-on does not answer" in waiting.text
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("next_path", "expected"),
    [
        ("/previews/x?y=1", "/previews/x?y=1"),
        ("https://evil.example/", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("\\/evil.example", "/account"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("/\t/evil.example", "/account"),
        ("/.//evil.example", "/.//evil.example"),
        ("javascript:alert(1)", "/account"),
        ("evil.example", "/account"),
        (" //evil.example", "/account"),
        ("/auth/logout", "/account"),
        ("/" + "a" * 600, "/account"),
        ("", "/account"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(
    misled: ConsoleHub, visitor: ConsoleBrowser, next_path: str, expected: str
) -> None:
    begun = visitor.get("/auth/login", params={"next": next_path})
    back = visitor.http.get(begun.headers["location"])
    arrived = visitor.http.get(back.headers["location"])

    assert arrived.headers["location"] == expected
    assert str(httpx.URL(f"{misled.hub.url}/auth/callback").join(expected)).startswith(f"{misled.hub.url}/")


def test_no_secret_of_a_sign_in_is_logged(misled: ConsoleHub, visitor: ConsoleBrowser) -> None:
    misled.arrive(visitor)
    secrets = [
        misled.provider.client.client_secret,
        *misled.provider.issued,
        *misled.provider.access_tokens,
        misled.provider.authorizations[-1]["state"],
        str(visitor.cookie(COOKIE)),
    ]
    assert [secret for secret in secrets if secret in misled.hub.log] == []
    assert text_of(visitor.get("/account"))
