"""What keeps a site's people, and those who left it, from more than is theirs."""

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk.declaration import Role
from presswerk.sites.configuration import SERVICE_USER, SignOn
from presswerk.wordpress import Connection
from tests.support.sites import ANNA, RunningSite, article, new_publication, running_site

pytestmark = pytest.mark.integration

PEEK = """
add_action( 'init', static function (): void {
    if ( isset( $_GET['peek'] ) ) {
        echo false === @file_get_contents( $_GET['peek'] ) ? 'closed' : 'open';
        exit;
    }
} );
"""


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site whose people come in by single sign-on only; nobody signs on here, so no provider answers."""
    sign_on = SignOn("http://localhost:9", "site-acme", "not-used-in-these-tests")
    directory = tmp_path_factory.mktemp("protected")
    with running_site(directory, sign_on=sign_on, plugins={"peek.php": f"<?php {PEEK}"}) as running:
        yield running


def admin(site: RunningSite, subject: str) -> str:
    """The login of a tenant's admin."""
    author = dataclasses.replace(ANNA, subject=subject, role=Role.ADMIN)
    with site.client() as client:
        return client.put_publication(new_publication(), article(author=author)).author_login


def signed_on(site: RunningSite, login: str, seconds_ago: int) -> None:
    site.php(
        "$user = get_user_by( 'login', $input['login'] );"
        "return update_user_meta( $user->ID, 'presswerk_signed_on', time() - $input['ago'] );",
        login=login,
        ago=seconds_ago,
    )


def status_of(site: RunningSite, connection: Connection) -> int:
    with site.http(connection.user_name, connection.application_password) as http:
        return http.get("/wp-json/wp/v2/users/me").status_code


@pytest.mark.parametrize(("seconds_ago", "status"), [(60, 200), (8 * 86400, 401)])
def test_an_application_password_counts_while_its_person_signs_on(
    protected: RunningSite, seconds_ago: int, status: int
) -> None:
    login = admin(protected, f"leaver-{seconds_ago}")
    signed_on(protected, login, 60)
    connection = protected.personal_connection(login)

    signed_on(protected, login, seconds_ago)

    assert status_of(protected, connection) == status


def test_an_application_password_of_a_user_made_by_hand_does_not_count(protected: RunningSite) -> None:
    protected.php("return wp_insert_user( array( 'user_login' => 'spare', 'user_pass' => 'x', 'role' => 'editor' ) );")

    assert status_of(protected, protected.personal_connection("spare")) == 401


def test_the_hubs_own_connection_keeps_working(protected: RunningSite) -> None:
    assert status_of(protected, protected.connection) == 200


@pytest.mark.parametrize(
    ("capability", "reaches_people"),
    [
        ("create_app_password", True),
        ("delete_app_passwords", True),
        ("edit_user", True),
        ("list_app_passwords", True),
        # Who belongs to the site is decided at the platform.
        ("delete_user", False),
    ],
)
def test_an_administrator_does_not_reach_the_service_user(
    protected: RunningSite, capability: str, reaches_people: bool
) -> None:
    login = admin(protected, "ada")

    allowed = protected.php(
        "wp_set_current_user( get_user_by( 'login', $input['login'] )->ID );"
        "$service = get_user_by( 'login', $input['service'] )->ID;"
        "$other = get_user_by( 'login', $input['login'] )->ID;"
        "return array( current_user_can( $input['cap'], $service ), current_user_can( $input['cap'], $other ) );",
        login=login,
        service=SERVICE_USER,
        cap=capability,
    )

    assert allowed == [False, reaches_people]


def test_no_setting_moves_the_uploads(protected: RunningSite, tmp_path: Path) -> None:
    place = protected.php(
        "update_option( 'upload_path', $input['elsewhere'] );"
        "update_option( 'upload_url_path', 'http://elsewhere.example' );"
        "return wp_upload_dir();",
        elsewhere=str(tmp_path),
    )

    assert place["basedir"] == str(protected.site.content / "uploads")
    assert place["baseurl"].startswith(protected.site.public_url)


def test_a_sites_php_reads_no_file_of_another_site(protected: RunningSite, tmp_path: Path) -> None:
    neighbour = protected.site.directory.parent / "neighbour"
    neighbour.mkdir(exist_ok=True)
    (neighbour / "config.php").write_text("<?php // secrets")

    with protected.http() as http:
        own = http.get("/", params={"peek": str(protected.site.directory / "config.php")}).text
        foreign = http.get("/", params={"peek": str(neighbour / "config.php")}).text

    assert (own, foreign) == ("open", "closed")


def test_whoever_made_a_user_of_a_persons_name_has_no_way_in_by_it(protected: RunningSite) -> None:
    subject = "squatted"
    key = hashlib.sha256(f"{len(ANNA.issuer)}:{ANNA.issuer}{subject}".encode()).hexdigest()
    login = f"{subject}-{key[:8]}"
    protected.php(
        "return wp_insert_user( array( 'user_login' => $input['login'], 'user_pass' => 'known' ) );",
        login=login,
    )
    squatter = protected.personal_connection(login)

    assert admin(protected, subject) == login
    signed_on(protected, login, 0)

    assert status_of(protected, squatter) == 401
    assert protected.php("return is_wp_error( wp_authenticate( $input['login'], 'known' ) );", login=login)


@pytest.mark.parametrize("path", ["/wp-admin//install.php", "//wp-login.php", "/wp-admin//includes/file.php"])
def test_a_doubled_slash_opens_nothing(protected: RunningSite, path: str) -> None:
    with protected.http() as http:
        assert http.request("GET", f"{protected.site.internal_url}{path}").status_code == 404
