"""What PHP of one tenant reaches of another's: files, environment, sessions, compiled code, processes.

Once with user ids of their own, which only root can give, and once with those of whoever started everything.
"""

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from presswerk.declaration import Tenant
from presswerk.runtimes.local.accounts import accounts_for, why_none
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_sockets import sockets_of
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.memory import PhpMemory
from tests.support.process import free_port, free_ports
from tests.support.processes import visible_command_lines
from tests.support.sites import serving_sites

pytestmark = pytest.mark.integration

RUNS_CODE = """<?php
if ( isset( $_SERVER['HTTP_X_CODE'] ) ) {
    $input = json_decode( base64_decode( $_SERVER['HTTP_X_INPUT'] ), true );
    header( 'Content-Type: application/json' );
    echo json_encode( eval( base64_decode( $_SERVER['HTTP_X_CODE'] ) ) );
    exit;
}
"""
COMPILED = "<?php\nreturn 'compiled for nordlicht';\n"
SECRETS = ("config.php", "salts.json", "database/site.sqlite", "temporary/sess_1", "content/uploads/draft.txt")


@dataclass(frozen=True)
class Neighbours:
    """Two running sites of one installation."""

    acme: LocalSite
    nordlicht: LocalSite

    def run(self, code: str, *, on: str = "acme", **values: Any) -> Any:
        """What PHP of a site returns that runs inside a request."""
        site = self.acme if on == "acme" else self.nordlicht
        headers = {"Host": site.host, "X-Code": _packed(code), "X-Input": _packed(json.dumps(values))}
        answer = httpx.get(site.internal_url, headers=headers, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module", params=["own user ids", "one user id"])
def neighbours(request: pytest.FixtureRequest) -> Iterator[Neighbours]:
    directory = Path(tempfile.mkdtemp(prefix="presswerk-neighbours-"))
    if request.param == "own user ids":
        directory.chmod(0o711)
    ports = Ports(hub=free_port(), first_site=free_ports(2))
    layout = Layout(state=directory / "state", ports=ports)
    accounts = accounts_for(layout)
    if request.param == "own user ids" and accounts is None:
        shutil.rmtree(directory)
        pytest.skip(f"tenants cannot have user ids of their own here: {why_none(layout)}")
    memory = PhpMemory(processes=2, limit_mib=128, decoding_mib=75, image_pixels=1_000_000)
    sites = [
        LocalSite(layout, Tenant(id=name, name=name), place, accounts=accounts, memory=memory)
        for place, name in enumerate(("acme", "nordlicht"))
    ]
    try:
        for site in sites:
            site.ensure(silent)
            (site.content / "mu-plugins" / "0-runs-code.php").write_text(RUNS_CODE)
        other = sites[1]
        (other.content / "mu-plugins" / "1-compiled.php").write_text(COMPILED)
        for secret in ("temporary/sess_1", "content/uploads/draft.txt"):
            (other.directory / secret).write_text("a secret of nordlicht")
        for site in sites:
            site.write_files(site.files())
        with serving_sites(*sites):
            httpx.get(other.internal_url, headers={"Host": other.host}, timeout=60, trust_env=False)
            yield Neighbours(*sites)
    finally:
        shutil.rmtree(directory)


def has_own_ids(neighbours: Neighbours) -> bool:
    return neighbours.acme.accounts is not None


@pytest.mark.parametrize("name", SECRETS)
def test_files_are_not_read(neighbours: Neighbours, name: str) -> None:
    path = neighbours.nordlicht.directory / name
    assert path.exists()

    code = "return array( @file_get_contents( $input['path'] ), @copy( $input['path'], '/tmp/copied-' . getmypid() ) );"

    assert neighbours.run(code, path=str(path)) == [False, False]


def test_directories_are_not_listed_or_written(neighbours: Neighbours) -> None:
    directory = neighbours.nordlicht.directory
    code = (
        "$all = array( @scandir( $input['site'] ), @scandir( $input['uploads'] ) );"
        "$all[] = @file_put_contents( $input['uploads'] . '/mine.txt', 'x' );"
        "$all[] = @file_put_contents( $input['shared'] . '/mine.php', 'x' );"
        "return $all;"
    )
    told = neighbours.run(
        code,
        site=str(directory),
        uploads=str(directory / "content" / "uploads"),
        shared=str(neighbours.acme.files().connector if has_own_ids(neighbours) else Path("/etc")),
    )

    assert told == [False, False, False, False]


def test_compiled_code_is_not_run_or_seen(neighbours: Neighbours) -> None:
    compiled = neighbours.nordlicht.content / "mu-plugins" / "1-compiled.php"
    code = "return array( @include $input['path'], function_exists( 'opcache_get_status' ) && @opcache_get_status() );"

    assert neighbours.run("return @include $input['path'];", on="nordlicht", path=str(compiled)) == (
        "compiled for nordlicht"
    )
    assert neighbours.run(code, path=str(compiled)) == [False, False]


def test_the_environment_of_other_processes_is_not_read(neighbours: Neighbours) -> None:
    neighbours.run("return 1;", on="nordlicht")
    code = (
        "$seen = array( json_encode( getenv() ), json_encode( $_SERVER ) );"
        "foreach ( @glob( '/proc/[0-9]*/environ' ) ?: range( 1, 99999 ) as $place ) {"
        ' $file = is_int( $place ) ? "/proc/$place/environ" : $place; $seen[] = (string) @file_get_contents( $file ); }'
        "return array_values( array_filter( $seen, static fn ( $text ) => str_contains( $text, 'nordlicht' ) ) );"
    )

    assert neighbours.run(code) == []


def test_no_program_is_started_and_no_link_is_made(neighbours: Neighbours) -> None:
    functions = [
        "exec",
        "system",
        "shell_exec",
        "passthru",
        "proc_open",
        "popen",
        "pcntl_exec",
        "symlink",
        "link",
        "dl",
    ]
    code = "return array_values( array_filter( $input['functions'], 'function_exists' ) );"

    assert neighbours.run(code, functions=functions) == []
    assert neighbours.run("try { return (bool) FFI::cdef( '' ); } catch ( Throwable $e ) { return false; }") is False


def test_nobody_sends_requests_to_anothers_php_or_signals_to_its_processes(neighbours: Neighbours) -> None:
    if not has_own_ids(neighbours):
        pytest.skip("one user id: whoever may open sockets reaches them all, which is why root gives ids")
    theirs = sockets_of(neighbours.nordlicht.layout) / "nordlicht.sock"
    assert theirs.exists()
    other = neighbours.run("return getmypid();", on="nordlicht")
    code = (
        "return array( (bool) @stream_socket_client( 'unix://' . $input['socket'] ),"
        " posix_kill( $input['pid'], 0 ) || posix_get_last_error() !== 1, posix_getuid() );"
    )

    reached, signalled, user = neighbours.run(code, socket=str(theirs), pid=other)

    assert (reached, signalled) == (False, False)
    assert user == neighbours.acme.layout.ports.first_site + 400_000


def test_a_site_cannot_change_what_it_is_told_or_switch_off_the_connector(neighbours: Neighbours) -> None:
    if not has_own_ids(neighbours):
        pytest.skip("one user id: the files are its own")
    site = neighbours.acme
    code = (
        "return array( @file_put_contents( $input['config'], 'x', FILE_APPEND ), @unlink( $input['connector'] ),"
        " @rename( $input['plugins'], $input['plugins'] . '-off' ),"
        " @file_put_contents( $input['plugins'] . '/a.php', '' ) );"
    )
    told = neighbours.run(
        code,
        config=str(site.directory / "config.php"),
        connector=str(site.content / "mu-plugins" / "presswerk-connector.php"),
        plugins=str(site.content / "mu-plugins"),
    )

    assert told == [False, False, False, False]
    assert neighbours.run("return @file_put_contents( WP_CONTENT_DIR . '/uploads/own.txt', 'own' );") == 3
    served = httpx.get(f"{site.internal_url}/wp-content/uploads/own.txt", headers={"Host": site.host}, trust_env=False)
    assert (served.status_code, served.text) == (200, "own")


def test_only_the_master_of_the_processes_is_roots(neighbours: Neighbours) -> None:
    if not has_own_ids(neighbours):
        pytest.skip("one user id: that of whoever started everything")
    state = str(neighbours.acme.layout.state)
    neighbours.run("return 1;")
    ours = {pid: line for pid, line in visible_command_lines().items() if state in line}

    assert len(ours) > 1
    assert [line.partition(" (")[0] for pid, line in ours.items() if _user_of(pid) == 0] == ["php-fpm: master process"]


def _user_of(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except FileNotFoundError:
        return -1


def test_a_second_time_hands_over_nothing(neighbours: Neighbours) -> None:
    site = neighbours.acme
    ours = [site.directory, site.content, site.content / "uploads", site.directory / "config.php"]
    before = [(path.stat().st_uid, path.stat().st_mode, path.stat().st_ctime_ns) for path in ours]

    site.write_files(site.files())

    assert [(path.stat().st_uid, path.stat().st_mode, path.stat().st_ctime_ns) for path in ours] == before
