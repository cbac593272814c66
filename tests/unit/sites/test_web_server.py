"""What the web server is told of a site; that it serves so is shown by the tests of running sites."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.runtimes.local.artifacts import ensure_web_server
from presswerk.sites.closed_page import Closed
from presswerk.sites.web_server import ServedSite, site_server, web_server_configuration

SITE = ServedSite(
    "/wordpress/core", "/acme/content", "/sockets/acme.sock", "/sockets/deliveries.sock", "http://acme.localhost:8101"
)
ODD = """/a "b" 'c' $uri ${host} {d} \\ ; # %2e\n}"""


def test_a_site_without_other_names_leads_nowhere() -> None:
    other = replace(SITE, url="http://acme.example:8101", other_hosts=("acme.localhost",))

    assert "302" not in site_server("127.0.0.1:8101", SITE)
    assert '302 "http://acme.example:8101$request_uri"' in site_server("127.0.0.1:8101", other)


def test_a_closed_site_opens_no_file_and_runs_no_php() -> None:
    told = site_server("127.0.0.1:8101", replace(SITE, closed=Closed.of("Acme $host & Co", "de-AT")))

    parts = (SITE.core, SITE.content, SITE.socket, "fastcgi", " root ", " alias ")
    assert [part for part in parts if part in told] == []
    assert "Acme ${presswerk_dollar}host &amp; Co" in told
    assert "vorübergehend geschlossen" in told.rpartition("return 503")[2]


@pytest.mark.parametrize("closed", [None, Closed.of(ODD, "en")])
def test_nginx_takes_whatever_directories_and_tenants_are_called(tmp_path: Path, closed: Closed | None) -> None:
    core, content, socket, deliveries = (f"/{name}{ODD}" for name in ("core", "content", "socket", "deliveries"))
    site = ServedSite(core, content, socket, deliveries, SITE.url, ("a.example",), closed)
    file = tmp_path / "nginx.conf"
    file.write_text(web_server_configuration([site_server("127.0.0.1:8101", site)]))

    done = subprocess.run(
        [str(ensure_web_server()), "-t", "-q", "-p", str(tmp_path), "-c", str(file), "-e", "stderr"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@given(st.text(alphabet="${}\"'\\; #\nabc"))
def test_a_name_stays_one_value_without_variables(name: str) -> None:
    """As nginx reads a quoted value (ngx_conf_file.c): a backslash escapes a quote or another backslash."""
    told = site_server("127.0.0.1:8101", replace(SITE, core=name))

    value = told.partition('root "')[2].partition('";\n    set $php')[0].replace("${presswerk_dollar}", "$")
    read = value.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")
    assert read == name


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_page_for_several_sites_names_none(language: str) -> None:
    said = {"de": "geschlossen", "en": "closed for now"}[language]
    page = Closed().page(language)

    assert said in page
    assert f'lang="{language}"' in page
