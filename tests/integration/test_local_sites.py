"""A tenant's site on this machine: made once, private where it must be, and serving what a browser needs."""

import dataclasses
import http.client
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import httpx
import pytest

from presswerk.declaration import Tenant
from presswerk.runtimes.local.artifacts import ensure_php
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_cron import CronTarget, call
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.configuration import SignOn, installation
from presswerk.wordpress import SiteClient, SiteRefusedCredentials
from tests.support.process import free_port
from tests.support.processes import visible_command_lines
from tests.support.sites import RunningSite, article, new_publication, running_site, serving_sites

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("acme")) as site:
        yield site


def test_a_second_time_changes_nothing(acme: RunningSite) -> None:
    own = [path for path in acme.site.directory.rglob("*") if path.is_file() and path.parent.name != "database"]
    before = {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in own}

    again = acme.site.ensure(silent, acme.connection)

    assert again == acme.connection
    assert {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in own} == before
    passwords = acme.php(
        "return count( WP_Application_Passwords::get_user_application_passwords("
        " get_user_by( 'login', 'presswerk' )->ID ) );"
    )
    assert passwords == 1


def test_a_lost_or_revoked_password_is_replaced(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        lost = site.site.ensure(silent)
        site.php(
            "WP_Application_Passwords::delete_all_application_passwords("
            " get_user_by( 'login', 'presswerk' )->ID ); return 1;"
        )
        renewed = site.site.install(lost)

        assert len({site.connection, lost, renewed}) == 3
        with site.client(renewed) as client:
            assert client.status().connector
        for old in (site.connection, lost):
            with site.client(old) as client, pytest.raises(SiteRefusedCredentials):
                client.status()


def test_articles_outlive_being_brought_up_again(acme: RunningSite) -> None:
    publication = new_publication()
    with acme.client() as client:
        post = client.put_publication(publication, article())
    acme.site.ensure(silent, acme.connection)
    with acme.client() as client:
        assert client.get_publication(publication) == dataclasses.replace(post, outcome=None)


def test_what_is_secret_is_private_and_in_no_process_list(acme: RunningSite) -> None:
    for path in (acme.site.directory / "config.php", acme.site.directory / "salts.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (acme.site.directory, acme.site.directory / "database"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    salt = acme.php("return AUTH_KEY;")
    shown = repr(acme.site) + repr(acme.connection) + "".join(visible_command_lines().values())
    assert salt not in shown + str(acme.environment)
    assert acme.connection.application_password not in shown + str(acme.environment)


PRIVATE = [
    "/wp-config.php",
    "/../wp-config.php",
    "/%2e%2e/wp-config.php",
    "/wp-content/../config.php",
    "/wp-content/%2e%2e/config.php",
    "/wp-content/..%2fconfig.php",
    "/wp-content/..%5cconfig.php",
    "/wp-content/../database/site.sqlite",
    "/wp-content/%2e%2e/database/site.sqlite",
    "/wp-content/..%2f..%2f..%2f..%2fetc/passwd",
    "/wp-content/db.php",
    "/wp-content/uploads/evil.php",
    "/wp-content/uploads/evil.php/x.css",
    "/wp-content/uploads/evil.phtml",
    "/wp-content/uploads/.hidden.txt",
    "/wp-content/uploads/",
    "/wp-content/plugins/",
    "/wp-content/mu-plugins/presswerk-connector.php",
    "/wp-admin/upgrade.php",
    "/wp-admin/maint/repair.php",
    "/wp-content/uploads/%00.txt",
    "/wp-includes/version.php",
    "/wp-includes/version.php/x.css",
    "//x/wp-includes/version.php",
    "/wp-includes/",
    "/wp-admin/includes/file.php",
    "/wp-admin/install.php",
    "/wp-admin/setup-config.php",
    "/wp-settings.php",
    "/wp-load.php",
    "/xmlrpc.php",
    "/router.php",
    "/salts.json",
    "/database/site.sqlite",
    "/.git/config",
    "/.htaccess",
]


@pytest.mark.parametrize("path", PRIVATE)
def test_nothing_private_is_served(acme: RunningSite, path: str) -> None:
    uploads = acme.site.content / "uploads"
    for name in ("evil.php", "evil.phtml", ".hidden.txt"):
        (uploads / name).write_text("<?php echo 'ran' . 'it';")

    status, body = _raw(acme, path)

    assert status == 404
    for sign in (b"ranit", b"<?php", b"SQLite format", b"AUTH_KEY", b"root:", b"Fatal error"):
        assert sign not in body


@pytest.mark.parametrize(
    ("path", "status", "sign"),
    [
        ("/", 200, b"</html>"),
        ("/wp-json/", 200, b"presswerk\\/v1"),
        ("/wp-json/?_fields=name", 200, b"Acme Press"),
        ("/wp-login.php", 200, b"user_login"),
        ("/wp-cron.php", 200, b""),
        ("/wp-admin/", 302, b""),
        ("/wp-admin/css/common.min.css", 200, b"{"),
        ("/wp-includes/js/dist/blocks.min.js", 200, b"wp"),
        ("/wp-content/uploads/notes%20and%20more.txt", 200, b"plain"),
        ("/robots.txt", 200, b"User-agent"),
        ("/no-such-page/", 404, b"</html>"),
    ],
)
def test_what_a_browser_needs_is_served(acme: RunningSite, path: str, status: int, sign: bytes) -> None:
    (acme.site.content / "uploads" / "notes and more.txt").write_text("plain")

    found, body = _raw(acme, path)

    assert found == status
    assert sign in body


def test_an_article_has_an_address_that_reads_well(acme: RunningSite) -> None:
    with acme.client() as client:
        post = client.put_publication(new_publication(), article(status="publish", slug="reads-well"))

    assert post.link.endswith("/reads-well/")
    status, body = _raw(acme, post.link.removeprefix(acme.site.public_url))
    assert status == 200
    assert b"Yeast eats sugar." in body
    assert b'<meta name="description" content="What yeast does."' in body


def test_nothing_is_fetched_from_outside(acme: RunningSite) -> None:
    asked = acme.php("$answer = wp_remote_get( 'https://example.org/' ); return $answer->get_error_code();")

    assert asked == "http_request_not_executed"


def test_two_sites_share_core_and_nothing_else(acme: RunningSite, tmp_path: Path) -> None:
    with running_site(tmp_path, tenant="nordlicht") as other:
        assert acme.php("return ABSPATH;") == other.php("return ABSPATH;")
        stolen = dataclasses.replace(other.connection, application_password=acme.connection.application_password)
        with SiteClient(stolen) as client, pytest.raises(SiteRefusedCredentials):
            client.status()
        for name in ("AUTH_KEY", "WP_CONTENT_DIR", "DB_DIR", "WP_HOME", "PRESSWERK_TENANT"):
            assert acme.php(f"return {name};") != other.php(f"return {name};")


def test_nothing_can_be_installed_or_written_into_the_shared_core(acme: RunningSite) -> None:
    assert acme.php("return wp_is_file_mod_allowed( 'install_plugins' );") is False
    assert acme.php("return defined( 'AUTOMATIC_UPDATER_DISABLED' ) && AUTOMATIC_UPDATER_DISABLED;") is True


@pytest.mark.parametrize(
    ("language", "locale"), [("de-DE", "de"), ("de", "de"), ("de-AT", "de"), ("ja", "ja"), ("tlh", "en-US")]
)
def test_a_site_speaks_the_tenants_language(tmp_path: Path, language: str, locale: str) -> None:
    layout = Layout(state=tmp_path, ports=Ports(first_site=free_port()))
    site = LocalSite(layout, Tenant(id="verlag", name="Verlag & Söhne »Nord«", language=language), 0)
    site.ensure(silent)

    with serving_sites(site):
        page = httpx.get(site.internal_url, headers={"Host": site.host}, timeout=60).text

    assert f'<html lang="{locale}">' in page
    assert "Verlag &amp; Söhne »Nord«" in page


def _raw(site: RunningSite, path: str) -> tuple[int, bytes]:
    """Ask for a path to the letter: clients tidy it up."""
    connection = http.client.HTTPConnection("127.0.0.1", site.site.layout.ports.first_site, timeout=60)
    try:
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", site.site.host)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_what_an_editor_scheduled_on_the_site_appears_once_it_is_due(acme: RunningSite) -> None:
    post_id = acme.php(
        "global $wpdb;"
        "$id = wp_insert_post( array( 'post_title' => 'Later', 'post_status' => 'future',"
        " 'post_date_gmt' => gmdate( 'Y-m-d H:i:s', time() + HOUR_IN_SECONDS ) ) );"
        # An hour passes.
        "$past = gmdate( 'Y-m-d H:i:s', time() - 60 );"
        "$wpdb->update( $wpdb->posts, array( 'post_date' => $past, 'post_date_gmt' => $past ), array( 'ID' => $id ) );"
        "wp_clear_scheduled_hook( 'publish_future_post', array( $id ) );"
        "wp_schedule_single_event( time() - 60, 'publish_future_post', array( $id ) );"
        "return $id;"
    )
    status = "return get_post_status( $input['id'] );"
    assert acme.php(status, id=post_id) == "future"

    problem = call(CronTarget(acme.site.host, acme.site.internal_url))

    assert problem is None
    assert acme.php(status, id=post_id) == "publish"


SETTINGS = (
    "return array( get_option( 'blogname' ), get_option( 'WPLANG' ),"
    " get_option( 'timezone_string' ), get_stylesheet() );"
)


def test_a_changed_declaration_reaches_the_site_and_its_admins_own_choice_stays_otherwise(tmp_path: Path) -> None:
    with running_site(tmp_path) as running:
        assert running.php(SETTINGS)[:3] == ["Acme Press", "", "UTC"]
        theme = sorted(running.php("return array_keys( wp_get_themes() );"))[0]
        running.php("update_option( 'blogname', 'Chosen on the site' ); return 1;")

        tenant = running.site.tenant.model_copy(
            update={"language": "de", "time_zone": "Europe/Berlin", "theme": theme},
        )
        dataclasses.replace(running.site, tenant=tenant).ensure(silent, running.connection)

        assert running.php(SETTINGS) == ["Chosen on the site", "de_DE", "Europe/Berlin", theme]
        renamed = tenant.model_copy(update={"name": "Acme Daily"})
        dataclasses.replace(running.site, tenant=renamed).ensure(silent, running.connection)
        assert running.php(SETTINGS)[0] == "Acme Daily"


def test_a_theme_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with running_site(tmp_path) as running:
        tenant = running.site.tenant.model_copy(update={"theme": "no-such-theme"})

        with pytest.raises(LocalRuntimeError, match=r"There is no theme no-such-theme; declare one of \w+"):
            dataclasses.replace(running.site, tenant=tenant).ensure(silent, running.connection)


def test_a_password_that_is_given_is_taken_and_not_told(tmp_path: Path) -> None:
    given = "GivenPasswordOf24Letters"
    with running_site(tmp_path) as site:
        file = tmp_path / "installation.json"
        wanted = installation(site.site.tenant)
        file.write_text(json.dumps({**wanted, "application_password": given}))
        script = resources.files("presswerk.sites.php").joinpath("install.php")
        told = [
            subprocess.run(
                [str(ensure_php()), str(script)],
                env={**site.environment, "PATH": os.environ["PATH"], "PRESSWERK_INSTALLATION": str(file)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for _ in range(2)
        ]

        assert [json.loads(each)["application_password"] for each in told] == [None, None]
        with site.client(dataclasses.replace(site.connection, application_password=given)) as client:
            assert client.status().connector
        with site.client() as client, pytest.raises(SiteRefusedCredentials):
            client.status()


def test_a_client_with_a_document_of_its_own_reads_that_one(tmp_path: Path) -> None:
    spy = (
        "<?php add_filter( 'pre_http_request', static function ( $answer, $arguments, $address ) {"
        " file_put_contents( WP_CONTENT_DIR . '/asked', $address . chr( 10 ), FILE_APPEND );"
        " return new WP_Error( 'no', 'no' ); }, 10, 3 );"
    )
    own = "http://localhost:1/application/o/site-acme/.well-known/openid-configuration"
    sign_on = SignOn("http://localhost:1/", "site-acme", "secret", discovery_url=own)
    with running_site(tmp_path, sign_on=sign_on, plugins={"spy.php": spy}) as site, site.http() as browser:
        browser.get("/wp-login.php", params={"action": "presswerk"})

        assert own in (site.site.content / "asked").read_text().splitlines()
