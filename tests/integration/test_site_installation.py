"""A site that is as it was installed costs no PHP again, and one that has lost a part of it is found and mended."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_database import sqlite_file
from presswerk.runtimes.local.site_installation import not_as_installed
from presswerk.runtimes.local.wordpress import LocalSite
from tests.support.sites import RunningSite, running_site

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("installation")) as site:
        yield site


@pytest.fixture
def site(acme: RunningSite) -> RunningSite:
    """The site, whole, whatever a test before has left."""
    acme.site.write_files(acme.site.files())
    return replace(acme, connection=acme.site.install(acme.connection))


@pytest.fixture
def without_php(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing may run a script of the site's."""

    def refuse(site: LocalSite, name: str, **_: object) -> None:
        raise AssertionError(f"{name} of {site.tenant.id} runs")

    monkeypatch.setattr(LocalSite, "run_script", refuse)
    return monkeypatch


def is_lost(site: RunningSite) -> bool:
    return not_as_installed([(site.site, site.connection)], silent) != ()


def mend(site: RunningSite) -> RunningSite:
    """As `presswerk up` does: the files, and the installation where the site says that it is not as installed."""
    connection = site.site.ensure(silent, site.connection)
    lost = not_as_installed([(site.site, connection)], silent)
    return replace(site, connection=site.site.install(connection) if lost else connection)


def test_what_is_as_it_was_installed_costs_no_php(site: RunningSite, without_php: pytest.MonkeyPatch) -> None:
    assert site.site.ensure(silent, site.connection) == site.connection
    assert not is_lost(site)


def test_what_the_admin_has_chosen_stays_and_costs_no_php(site: RunningSite, without_php: pytest.MonkeyPatch) -> None:
    site.php("update_option( 'WPLANG', 'de_DE' ); update_option( 'blogname', 'Chosen on the site' ); return 1;")

    assert site.site.ensure(silent, site.connection) == site.connection
    assert not is_lost(site)
    assert site.php("return array( get_option( 'WPLANG' ), get_option( 'blogname' ) );") == [
        "de_DE",
        "Chosen on the site",
    ]


def test_another_declaration_or_configuration_is_installed_again(
    site: RunningSite, without_php: pytest.MonkeyPatch
) -> None:
    other = replace(site.site, tenant=site.site.tenant.model_copy(update={"time_zone": "Europe/Berlin"}))
    smaller = replace(site.site, memory=replace(site.site.memory, image_pixels=1_000_000))
    for changed in (other, smaller):
        with pytest.raises(AssertionError, match=r"install\.php of acme runs"):
            changed.ensure(silent, site.connection)


def test_an_installation_that_failed_is_tried_again(site: RunningSite, without_php: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match=r"install\.php"):
        site.site.install(site.connection)

    with pytest.raises(AssertionError, match=r"install\.php"):
        site.site.ensure(silent, site.connection)


LOSSES = {
    "application password revoked": (
        "WP_Application_Passwords::delete_all_application_passwords( get_user_by( 'login', 'presswerk' )->ID );"
    ),
    "service user deleted": (
        "require ABSPATH . 'wp-admin/includes/user.php';"
        "add_filter( 'map_meta_cap', '__return_empty_array', 99 );"
        "wp_delete_user( get_user_by( 'login', 'presswerk' )->ID, 1 );"
    ),
    "service user with another role": "get_user_by( 'login', 'presswerk' )->set_role( 'administrator' );",
    "an older WordPress's tables": "update_option( 'db_version', 58975 );",
    "every table gone": (
        "global $wpdb; foreach ( $wpdb->tables( 'all' ) as $table ) { $wpdb->query( \"DROP TABLE $table\" ); }"
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_lost_is_found_and_mended(site: RunningSite, loss: str) -> None:
    site.php(f"{LOSSES[loss]} return 1;")
    assert is_lost(site)

    mended = mend(site)

    assert not is_lost(mended)
    with mended.client() as client:
        assert client.status().writable
    assert mended.php("return array_values( get_user_by( 'login', 'presswerk' )->roles );") == ["presswerk_service"]


def test_a_lost_database_is_made_anew(site: RunningSite) -> None:
    file = sqlite_file(site.site.layout, "acme")
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
    assert is_lost(site)

    assert not is_lost(mend(site))


def test_an_older_database_gets_what_was_declared_since(site: RunningSite, tmp_path: Path) -> None:
    file, kept = sqlite_file(site.site.layout, "acme"), tmp_path / "older.sqlite"
    shutil.copy(file, kept)
    later = replace(
        site, site=replace(site.site, tenant=site.site.tenant.model_copy(update={"time_zone": "Europe/Berlin"}))
    )
    later.site.ensure(silent, site.connection)
    assert not is_lost(later)
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
    shutil.copy(kept, file)
    assert later.php("return get_option( 'timezone_string' );") == "UTC"
    assert is_lost(later)

    mended = mend(later)

    assert not is_lost(mended)
    assert mended.php("return get_option( 'timezone_string' );") == "Europe/Berlin"


def test_a_removed_connector_is_put_back_without_the_installation(
    site: RunningSite, without_php: pytest.MonkeyPatch
) -> None:
    (site.site.content / "mu-plugins" / "presswerk-connector.php").unlink()
    assert is_lost(site)

    site.site.ensure(silent, site.connection)

    assert not is_lost(site)
