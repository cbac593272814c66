"""What the web server is told of a site; that it serves so is shown by the tests of running sites."""

import json
from typing import Any

import pytest

from presswerk.sites.closed_page import Closed
from presswerk.sites.web_server import ServedSite, site_routes, site_server, web_server_configuration

SITE = ServedSite("/wordpress/core", "/acme/content", "/sockets/acme.sock", "http://acme.localhost:8101")


def flat(routes: Any) -> str:
    return json.dumps(routes)


def test_the_same_sites_give_the_same_text() -> None:
    servers = {"b": site_server("127.0.0.1:8102", SITE), "a": site_server("127.0.0.1:8101", SITE)}
    turned = dict(reversed(servers.items()))

    assert web_server_configuration(servers) == web_server_configuration(turned)


def test_the_last_route_answers_everything_else() -> None:
    assert "match" not in site_routes(SITE)[-1]


def test_a_site_without_other_names_leads_nowhere() -> None:
    other = ServedSite(SITE.core, SITE.content, SITE.socket, "http://acme.example:8101", ("acme.localhost",))

    assert "Location" not in flat(site_routes(SITE))
    assert "http://acme.example:8101{http.request.uri}" in flat(site_routes(other))


def test_a_closed_site_opens_no_file_and_runs_no_php() -> None:
    closed = ServedSite(
        SITE.core, SITE.content, SITE.socket, SITE.url, closed=Closed.of("Acme {http.request.host} & Co", "de-AT")
    )
    told = flat(site_routes(closed))

    assert [part for part in (SITE.core, SITE.content, SITE.socket, "fastcgi", "file_server") if part in told] == []
    assert "Acme \\\\{http.request.host} &amp; Co" in told
    assert "vorübergehend geschlossen" in json.loads(flat(site_routes(closed)))[-1]["handle"][0]["body"]


def test_what_is_logged_of_an_error_has_neither_a_query_nor_a_header() -> None:
    told = json.loads(web_server_configuration({"acme": site_server("127.0.0.1:8101", SITE)}))
    fields = told["logging"]["logs"]["default"]["encoder"]["fields"]

    assert fields["request>headers"] == {"filter": "delete"}
    assert fields["request>uri"]["regexp"] == r"\?.*"
    assert told["admin"]["disabled"] is True


@pytest.mark.parametrize(("language", "said"), [("de", "geschlossen"), ("en", "closed for now")])
def test_a_page_for_several_sites_names_none(language: str, said: str) -> None:
    page = Closed().page(language)

    assert said in page
    assert f'lang="{language}"' in page
