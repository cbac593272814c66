"""A site's pods from its image: installed, served, kept alive, closed; and what they say when something is wrong."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.declaration import Tenant, TierName
from presswerk.runtimes.databases import DatabaseAccess, Encryption, TcpServer
from presswerk.wordpress import SiteClient
from tests.support import containers
from tests.support.process import free_port
from tests.support.site_pods import HOST_OF_MACHINE, SitePods, site_pods
from tests.support.sites import article, new_publication
from tests.support.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture
def unreachable() -> DatabaseAccess:
    """A database on a server that does not listen."""
    server = TcpServer(HOST_OF_MACHINE, free_port(), encryption=Encryption.PRIVATE_NETWORK)
    return DatabaseAccess(server, "site_bakery", "site_bakery_a", "site-password")


def test_a_pod_without_an_installation_lives_and_is_not_ready(site_image: str) -> None:
    with site_pods(Tenant(id="empty", name="Empty")) as pods:
        pods.start()
        pods.await_probe("startupProbe")

        assert pods.get("/").status_code == 302
        assert pods.probe("livenessProbe") == 200
        assert pods.probe("readinessProbe") == 503
        clock = pods.ask_the_clock()
        assert clock.returncode == 1
        assert "presswerk-ready: HTTP/1.1 503" in clock.stderr


def test_an_installation_that_is_repeated_changes_nothing(free: SitePods) -> None:
    done = free.install()

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"application_password": None, "wordpress": "7.1.1"}


def test_an_installation_without_its_database_fails_and_says_so(site_image: str, unreachable: DatabaseAccess) -> None:
    with site_pods(Tenant(id="pro", name="Pro", tier=TierName.PRO), unreachable) as pods:
        done = pods.install()

    assert done.returncode == 1
    assert done.stdout == ""
    assert "WordPress has stopped: Error establishing a database connection" in done.stderr
    assert "<" not in done.stderr


def test_content_does_not_move_to_a_database_that_is_away(
    site_image: str, unreachable: DatabaseAccess, free: SitePods
) -> None:
    done = free.move(unreachable)

    assert done.returncode == 1
    assert "Error establishing a database connection" in done.stderr
    assert free.database is None
    assert free.probe("readinessProbe") == 200


def test_visitors_get_pages_and_files(free: SitePods) -> None:
    page = free.get("/")

    assert page.status_code == 200
    assert 'lang="de"' in page.text
    assert f"http://{free.host}/" not in page.text
    assert free.get("/wp-content/themes/twentytwentyfive/style.css").headers["content-type"].startswith("text/css")
    assert free.get("/wp-includes/css/buttons.min.css").status_code == 200
    login = free.get("/wp-login.php")
    assert login.headers.get("location", "").startswith(f"https://{free.host}/wp-login.php?")
    screen = free.get("/wp-admin/")
    assert (screen.status_code, screen.headers["location"].split("?")[0]) == (302, f"https://{free.host}/wp-login.php")
    assert free.get("/wp-json/?_fields=name").json() == {"name": "The Corner Bakery"}
    assert free.get("/nothing-here/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/wp-content/database/site.sqlite",
        "/wp-content/db.php",
        "/wp-content/plugins/../../config.php",
        "/image/start.sh",
        "/nginx.conf",
        "/wp-config.php",
        "/../wp-config.php",
        "/%2e%2e/wp-config.php",
        "/install.php",
        "/.htaccess",
        "/wp-content/.env.txt",
        "/wp-load.php",
        "/wp-settings.php",
        "/xmlrpc.php",
        "/wp-admin/install.php",
        "/wp-admin/includes/file.php",
        "/wp-includes/version.php",
        "//wp-includes/version.php",
        "/wp-includes/",
        "/wp-content/uploads/",
        "/readme.html/x.php",
        "/index.php/../wp-load.php",
        "/wp-content/uploads/x.php/y.txt",
    ],
)
def test_what_is_not_for_visitors_is_not_served(free: SitePods, path: str) -> None:
    # As it is written: a client would make another path of some.
    with httpx.Client(trust_env=False) as client:
        request = client.build_request("GET", f"http://127.0.0.1:{free.port}/", headers={"Host": free.host})
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = client.send(request)

    assert answer.status_code == 404, answer.text[:200]


def test_plain_http_of_the_entry_is_known_as_such(free: SitePods) -> None:
    plain = free.get("/", scheme="http")

    assert f"http://{free.host}/wp-includes/" in plain.text


_DUE = """
$id = wp_insert_post( array( 'post_title' => 'Due', 'post_status' => 'future', 'post_date' => '2099-01-01' ) );
global $wpdb;
$wpdb->update( $wpdb->posts, array( 'post_date_gmt' => '2020-01-01 00:00:00' ), array( 'ID' => $id ) );
wp_clear_scheduled_hook( 'publish_future_post', array( $id ) );
wp_schedule_single_event( time() - 60, 'publish_future_post', array( $id ) );
echo $id;"""


def test_the_clock_publishes_what_is_due(free: SitePods) -> None:
    made = free.run("wp", "eval", _DUE)

    clock = free.ask_the_clock()

    assert clock.returncode == 0, clock.stderr
    until(lambda: free.run("wp", "post", "get", made.stdout, "--field=status").stdout.strip() == "publish")


def test_a_clock_whose_site_is_away_fails_and_says_so(site_image: str) -> None:
    with site_pods(Tenant(id="away", name="Away")) as pods:
        done = pods.ask_the_clock()

    assert done.returncode == 1
    assert done.stderr == "http://127.0.0.1:8080/presswerk-ready: no answer\n"


def test_the_container_is_nobody_and_writes_only_where_it_may(free: SitePods) -> None:
    assert free.run("id", "-u").stdout == "10001\n"
    tried = free.run("sh", "-c", "touch /etc/x /srv/wordpress/x /var/lib/presswerk/x /tmp/x", check=False)
    assert re.findall(r"'(.+?)'", tried.stderr) == ["/etc/x", "/srv/wordpress/x"]
    listed = free.run("find", "/srv/wordpress", "(", "-perm", "/4022", "-o", "!", "-readable", ")", "!", "-type", "l")
    assert listed.stdout == ""


def test_php_has_everything_and_a_missing_part_is_named(free: SitePods) -> None:
    complete = free.run("/srv/system/check_php.sh")
    lacking = free.run(
        "sh",
        "-c",
        "cd /tmp; cp /srv/system/check_php.sh .; echo imaginary >php-extensions; sh check_php.sh",
        check=False,
    )

    assert complete.stdout == ""
    assert (lacking.returncode, lacking.stderr) == (1, "PHP lacks: imaginary\n")


def test_a_killed_worker_is_replaced(free: SitePods) -> None:
    # One that has had nothing to do for a while has ended by itself.
    assert free.get("/").status_code == 200
    free.signal("php-fpm: pool", signal.SIGKILL)

    free.await_probe("livenessProbe")
    assert free.get("/").status_code == 200


def test_workers_that_hang_fail_the_liveness_probe_though_the_port_is_open(free: SitePods) -> None:
    # With the master, which would end those that are idle and make others.
    free.signal("php-fpm: ", signal.SIGSTOP)
    try:
        assert free.probe("livenessProbe") == 0
    finally:
        free.signal("php-fpm: ", signal.SIGCONT)
    free.await_probe("livenessProbe")


@pytest.fixture
def own(site_image: str) -> Iterator[SitePods]:
    """A pod that a test may end."""
    with site_pods(Tenant(id="ending", name="Ending")) as pods:
        pods.start()
        pods.await_probe("startupProbe")
        yield pods


@pytest.mark.parametrize("part", ["php-fpm: master", "nginx: master"])
def test_a_part_that_dies_ends_the_container_which_says_so_and_is_started_anew(own: SitePods, part: str) -> None:
    own.signal(part, signal.SIGKILL)

    count = ("inspect", "--format", "{{.RestartCount}}", own.container)
    until(lambda: containers.podman(*count).stdout.strip() != "0", own.log)
    own.await_probe("livenessProbe")
    assert "PHP-FPM or the web server has ended by itself" in own.log()


def test_what_is_being_answered_is_answered_before_the_container_ends(own: SitePods) -> None:
    assert own.install().returncode == 0
    slow = (
        "<?php add_action( 'init', static function () {"
        " if ( isset( $_GET['slow'] ) ) { touch( '/tmp/asked' ); sleep( 5 ); } } );"
    )
    own.run("sh", "-c", f"cat >/var/lib/presswerk/content/mu-plugins/slow.php <<'PHP'\n{slow}\nPHP")
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(own.get("/?slow=1")))
    asking.start()
    until(lambda: own.run("test", "-e", "/tmp/asked", check=False).returncode == 0)

    containers.podman("stop", "--time", "60", own.container)
    asking.join()

    assert [answer.status_code for answer in answers] == [200]
    # One that is killed when its time is over ends with 137.
    assert containers.podman("inspect", "--format", "{{.State.ExitCode}}", own.container).stdout == "0\n"


def test_a_full_volume_is_told(site_image: str, tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755,uid=10001,gid=10001", "site", tmp_path], check=True)
    try:
        with site_pods(Tenant(id="full", name="Full")) as pods:
            options = ("--opt", "type=none", "--opt", f"device={tmp_path}", "--opt", "o=bind")
            containers.podman("volume", "create", *options, pods.name)

            done = pods.install()
    finally:
        subprocess.run(["umount", tmp_path], check=True)

    assert done.returncode == 1
    assert re.search(r"disk.*full|No space left|disk I/O error", done.stderr), done.stderr


def test_an_article_arrives_over_the_managed_connection(free: SitePods) -> None:
    with SiteClient(free.connection, timeout_seconds=60.0) as client:
        publication = new_publication()
        written = client.put_publication(publication, article())
        found = client.get_publication(publication)

    assert found is not None
    assert found.post_id == written.post_id


def test_the_image_s_own_health_check_asks_a_worker(free: SitePods, own: SitePods) -> None:
    check = ("php", "/srv/wordpress/image/healthcheck.php")

    assert free.run(*check).returncode == 0
    own.signal("php-fpm: ", signal.SIGSTOP)
    try:
        assert own.run(*check, check=False).returncode == 1
    finally:
        own.signal("php-fpm: ", signal.SIGCONT)


def test_a_pod_that_copies_a_closed_site_ends_when_it_is_told(site_image: str) -> None:
    script = (containers.ROOT / "scripts" / "copy_sites.sh").read_text(encoding="utf-8")
    (command,) = re.findall(r"\{command: (\[.*?\])\}", script)
    program, *arguments = json.loads(command)
    made = containers.podman("run", "--detach", "--no-healthcheck", "--entrypoint", program, site_image, *arguments)
    name = made.stdout.strip()

    containers.podman("stop", "--time", "60", name)

    # One that is killed when its time is over ends with 137.
    assert containers.podman("inspect", "--format", "{{.State.ExitCode}}", name).stdout != "137\n"
    containers.podman("rm", name)


def test_wp_cli_works_on_the_site(free: SitePods) -> None:
    assert free.run("wp", "option", "get", "blogname").stdout == "The Corner Bakery\n"


def test_a_second_preparation_changes_nothing(free: SitePods) -> None:
    listing = ("find", "/var/lib/presswerk/content", "-printf", "%p %T@ %l\n")
    before = free.run(*listing).stdout

    free.run("php", "/srv/wordpress/image/prepare.php")

    assert free.run(*listing).stdout == before


def test_a_copy_can_be_restored_and_half_a_copy_cannot(free: SitePods, tmp_path: Path) -> None:
    content = free.run("php", "/srv/wordpress/content_out.php").stdout
    whole, half = tmp_path / "whole.jsonl.gz", tmp_path / "half.jsonl.gz"
    whole.write_bytes(gzip.compress(content.encode()))
    half.write_bytes(gzip.compress("".join(content.splitlines(keepends=True)[:-1]).encode()))

    good, bad = _drill(whole), _drill(half)

    assert good.returncode == 0, good.stderr
    assert re.search(r"^restored \d{2} tables, \d+ rows in wp_posts$", good.stdout, re.MULTILINE)
    assert bad.returncode != 0
    assert "The content ends too early." in bad.stderr


def _drill(copy: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRESSWERK_PYTHON": sys.executable}
    command = [containers.ROOT / "scripts" / "restore_drill.sh", copy]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
