"""What makes a site red: answers that no real WordPress gives on request come from a scripted server."""

from collections.abc import Iterator

import pytest

from presswerk.operations.checks import CHECKS, Outcome, Result, ask
from presswerk.operations.checks import requests as bounded
from presswerk.operations.checks.targets import SiteTarget
from tests.support.scripted_server import Scripted, ScriptedServer, scripted_server

PUBLIC = "http://acme.localhost:8101"
GOOD = f"""<!DOCTYPE html><html lang="en"><head><title>Acme News</title>
<link rel="https://api.w.org/" href="{PUBLIC}/wp-json/" /><style>p {{ color: red }}</style></head>
<body class="home"><h1>Acme News</h1><p>How bread rises</p></body></html>"""
REST = f'{{"name": "Acme News", "home": "{PUBLIC}", "namespaces": ["wp/v2", "presswerk/v1"]}}'
JSON = "application/json; charset=UTF-8"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as found:
        found.answers["/"] = Scripted(GOOD)
        found.answers["/wp-json/"] = Scripted(REST, media_type=JSON)
        yield found


def look(server: ScriptedServer, check: str, *, closed: bool = False) -> Result:
    site = SiteTarget(
        service="site-acme",
        address=PUBLIC,
        name="Acme News",
        internal_url=server.url,
        issuer="http://localhost:9000",
        closed=closed,
    )
    return ask([entry for entry in CHECKS if entry.id == check], [site])[0]


def moved(target: str, status: int = 302) -> Scripted:
    return Scripted("", status, headers=(("Location", target),))


def page(body: str, head: str = f"<link href='{PUBLIC}/style.css'>") -> Scripted:
    return Scripted(f"<!doctype html><html><head><title>x</title>{head}</head><body>{body}</body></html>")


FATAL = (
    "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function x() in <b>/srv/p.php</b> on line <b>3</b>"
)

BAD_PAGES = {
    "white": (Scripted(""), "shows nothing"),
    "white with a skeleton": (page(""), "shows nothing"),
    "only a script": (page("<script>var a = 'text'</script><style>b {}</style>"), "shows nothing"),
    "only a title": (page("<!-- theme missing -->  &nbsp; \n"), "shows nothing"),
    "fatal error instead of a page": (Scripted(FATAL), "Fatal error: Uncaught"),
    "fatal error after half a page": (Scripted(GOOD[: GOOD.index("<p>")] + FATAL), "Fatal error"),
    "fatal error within a whole page": (page(f"<h1>Acme</h1>{FATAL}"), "Fatal error"),
    "parse error": (Scripted("<b>Parse error</b>: syntax error, unexpected '}'"), "Parse error"),
    "fatal error as text": (
        Scripted("PHP Fatal error:  Allowed memory size of 1 bytes exhausted", media_type="text/plain"),
        "Allowed memory",
    ),
    "breaks off": (Scripted(GOOD[:-20]), "breaks off"),
    "500": (Scripted("<p>There has been a critical error on this website.</p>", 500), "critical error"),
    "404": (Scripted("", 404), "404"),
    "403": (Scripted("Forbidden", 403), "403"),
    "401": (Scripted("", 401), "401"),
    "error page with 200": (
        Scripted(f"<html><body id='error-page'>{PUBLIC}<p>Error establishing a database connection</p></body></html>"),
        "database connection",
    ),
    "maintenance": (
        Scripted("<body id='error-page'>Briefly unavailable for scheduled maintenance.</body>", 503),
        "maintenance",
    ),
    "maintenance with 200": (
        Scripted("<html><body><h1>Under maintenance</h1><p>We are back soon.</p></body></html>"),
        "another's",
    ),
    "installer redirect": (moved(f"{PUBLIC}/wp-admin/install.php"), "offers to be installed"),
    "installer redirect, relative": (moved("/wp-admin/install.php"), "offers to be installed"),
    "set-up redirect": (moved("wp-admin/setup-config.php", 301), "offers to be installed"),
    "installer page": (page(f"<p>{PUBLIC}</p><form id='setup' action='install.php?step=1'>Go</form>"), "installed"),
    "database upgrade": (moved(f"{PUBLIC}/wp-admin/upgrade.php"), "upgrade"),
    "another host": (moved("https://parked.example/"), "parked.example"),
    "another port": (moved("http://acme.localhost:8102/"), "acme.localhost:8102"),
    "loop": (moved("/"), "without end"),
    "another site": (Scripted(GOOD.replace("acme.localhost:8101", "nordlicht.localhost:8102")), "another's"),
    "server's welcome page": (
        Scripted("<html><body><h1>Welcome to nginx!</h1>Thank you for using nginx.</body></html>"),
        "Welcome to nginx",
    ),
    "JSON": (Scripted(REST, media_type=JSON), "application/json"),
    "file": (Scripted("PK..", media_type="application/zip"), "application/zip"),
}


@pytest.mark.parametrize("name", BAD_PAGES)
def test_a_front_page_that_no_reader_wants_is_red_and_says_why(server: ScriptedServer, name: str) -> None:
    server.answers["/"], seen = BAD_PAGES[name]

    result = look(server, "site-page")

    assert result.outcome is Outcome.FAILED, result
    assert seen in result.seen
    assert result.remedy


GOOD_PAGES = {
    "usual": Scripted(GOOD),
    "article about PHP": page(
        "<h1>How to read &lt;b&gt;Fatal error&lt;/b&gt;: in PHP</h1><p>Fatal error: Uncaught</p>"
    ),
    "article about maintenance": page("<h1>Maintenance</h1><p>Briefly unavailable for scheduled maintenance.</p>"),
    "one picture": page("<img src='/a.png' alt=''>"),
    "Chinese": page("<h1>面包</h1>"),
    "own host in the header only": Scripted(
        "<html><body>Hello</body></HTML>", headers=(("Link", f'<{PUBLIC}/wp-json/>; rel="https://api.w.org/"'),)
    ),
    "own host within a script": page("Hello", head='<script>var a = "http:\\/\\/acme.localhost:8101\\/"</script>'),
}


@pytest.mark.parametrize("name", GOOD_PAGES)
def test_a_front_page_with_content_is_green(server: ScriptedServer, name: str) -> None:
    server.answers["/"] = GOOD_PAGES[name]

    assert look(server, "site-page").outcome is Outcome.OK


def test_a_redirect_within_the_site_is_followed(server: ScriptedServer) -> None:
    server.answers |= {"/": moved(f"{PUBLIC}/en/"), "/en/": moved("/en/home"), "/en/home": Scripted(GOOD)}

    assert look(server, "site-page").outcome is Outcome.OK


BAD_REST = {
    "noise before it": (
        Scripted(f"Notice: Undefined index in /srv/p.php on line 3\n{REST}"),
        "Something stands before",
    ),
    "HTML before it": (Scripted(f"<br /><b>Warning</b>: x{REST}"), "Something stands before"),
    "HTML": (Scripted(GOOD), "no JSON"),
    "nothing": (Scripted(""), "nothing"),
    "a list": (Scripted("[]", media_type=JSON), "no JSON"),
    "cut short": (Scripted(REST[:40], media_type=JSON), "no JSON"),
    "closed by a plugin": (
        Scripted('{"code": "rest_disabled", "message": "REST is off"}', 401, media_type=JSON),
        "REST is off",
    ),
    "fatal error": (Scripted("", 500), "500"),
    "another site": (Scripted(REST.replace("acme.localhost:8101", "b.localhost:8102"), media_type=JSON), "b.localhost"),
    "no connector": (Scripted(REST.replace(', "presswerk/v1"', ""), media_type=JSON), "connector"),
    "leads away": (moved("https://parked.example/wp-json/"), "parked.example"),
    "leads to the installer": (moved("/wp-admin/install.php"), "offers to be installed"),
}


@pytest.mark.parametrize("name", BAD_REST)
def test_a_rest_api_that_no_hub_can_use_is_red_and_says_why(server: ScriptedServer, name: str) -> None:
    server.answers["/wp-json/"], seen = BAD_REST[name]

    result = look(server, "site-rest")

    assert result.outcome is Outcome.FAILED, result
    assert seen in result.seen


def test_a_closed_site_is_green_only_while_it_says_so(server: ScriptedServer) -> None:
    server.answers["/"] = Scripted("<html><body><h1>Acme News</h1>This site is closed for now.</body></html>", 503)
    as_wanted = look(server, "site-page", closed=True)
    server.answers["/"] = Scripted(GOOD)
    still_open = look(server, "site-page", closed=True)

    assert as_wanted.outcome is Outcome.OK
    assert still_open.outcome is Outcome.FAILED
    assert "suspended" in still_open.seen


@pytest.mark.parametrize("answer", [Scripted(hangs=True), Scripted(GOOD, drip_seconds=0.2)], ids=["hangs", "drips"])
def test_a_site_that_hangs_is_red_in_its_time(
    server: ScriptedServer, answer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(bounded, "_PAUSE_SECONDS", 0.5)
    server.answers["/"] = answer

    result = look(server, "site-page")

    assert result.outcome is Outcome.FAILED
    assert "does not answer" in result.seen


def test_a_site_that_is_not_there_is_red() -> None:
    with scripted_server() as gone:
        pass

    result = look(gone, "site-page")

    assert (result.outcome, result.seen) == (Outcome.FAILED, "Nobody listens there.")


def test_an_answer_without_end_is_read_to_its_limit(server: ScriptedServer) -> None:
    server.answers["/"] = Scripted("<p>" + "x" * (3 * 2**20))

    assert "breaks off" in look(server, "site-page").seen
