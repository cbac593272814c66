"""Backups of tenants that are written to: proven, brought back whole, and nobody else touched."""

import base64
import datetime as dt
import hashlib
import itertools
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.operations.backup.places import BackupPlaces
from presswerk.operations.reconcile import converge
from presswerk.operations.workspace import exclusive_workspace, open_workspace, operator_here
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_database import write_content
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.wordpress import SiteClient
from tests.e2e.test_tenants import Operator
from tests.support.drill import every, up_to
from tests.support.platform import RunningPlatform
from tests.support.sites import article, new_publication
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

TIERS = {"kept-file": "free", "kept-server": "pro", "kept-next": "free"}
PASSING = ("options", "usermeta")
"""Tables in which a site notes things by itself: due work, sessions, the platform's own password."""


@pytest.fixture(scope="module")
def operator(platform: RunningPlatform) -> Iterator[Operator]:
    """Three tenants, two of which are backed up in the tests, and somebody who does it."""
    for tenant, tier in TIERS.items():
        with exclusive_workspace(platform.layout.state) as found:
            found.tenants.create(operator_here(), {"id": tenant, "name": f"Name of {tenant}", "tier": tier})
            converge(found, tenant, {}, silent)
    yield Operator(platform, "backup")
    for tenant in TIERS:
        with exclusive_workspace(platform.layout.state) as found:
            found.tenants.delete(operator_here(), tenant, after=dt.timedelta(0))
            converge(found, tenant, {}, silent)
            assert not (platform.layout.state / "backups" / "repositories" / tenant).exists()


def site_of(platform: RunningPlatform, tenant: str) -> LocalSite:
    with open_workspace(remembered(platform.layout.state)) as found:
        return found.stack({}).site(found.tenants.get(tenant).tenant)


def everything(platform: RunningPlatform, tenant: str, scratch: Path) -> dict[str, str]:
    """What a tenant has: its files and its tables by what is in them."""
    site = site_of(platform, tenant)
    told = {
        str(file.relative_to(site.content)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in site.content.rglob("*")
        if file.is_file() and not file.is_symlink()
    }
    write_content(site, scratch / "now.jsonl")
    for line in (scratch / "now.jsonl").read_text(encoding="utf-8").split("\n"):
        if '"rows":' in line and not line.startswith('{"end"'):
            table = line.split('"')[3]
            if not table.endswith(PASSING):
                told[table] = hashlib.sha256(told.get(table, "").encode() + line.encode()).hexdigest()
    return told


def posted(platform: RunningPlatform, tenant: str) -> int:
    """Write one more article, with a picture that no other has; its id."""
    picture = GIF + uuid.uuid4().bytes
    with SiteClient(platform.connection(tenant)) as client:
        digest = hashlib.sha256(picture).hexdigest()
        media = client.put_media(digest, picture, filename="bread.gif", media_type="image/gif", alt="Bread")
        written = article(title=f"Bread {uuid.uuid4().hex}", featured_media=media.attachment_id)
        return client.put_publication(new_publication(), written).post_id


def run_php(platform: RunningPlatform, tenant: str, code: str) -> LocalSite:
    """Run PHP in a tenant's WordPress, as its own user."""
    site = site_of(platform, tenant)
    script = site.content / "uploads" / "once.php"
    script.write_text(f"<?php require getenv( 'PRESSWERK_WORDPRESS' ) . '/wp-load.php'; {code}")
    done = site.run_script(str(script), memory_mib=256)
    script.unlink()
    assert done.returncode == 0, done.stderr
    return site


def destroy(platform: RunningPlatform, tenant: str) -> None:
    """As after an intruder, or a hand's slip."""
    emptied = "foreach ( array( 'posts', 'postmeta', 'users' ) as $t ) $wpdb->query( \"DELETE FROM {$wpdb->$t}\" );"
    site = run_php(platform, tenant, emptied)
    for path in (site.content / "uploads").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("object-cache.php", "mu-plugins/stays.php", "languages/de.php"):
        (site.content / name).parent.mkdir(exist_ok=True)
        (site.content / name).write_text("<?php // what an intruder leaves")


@pytest.mark.parametrize("tenant", ["kept-server", "kept-file"][:: every(2)])
def test_a_destroyed_tenant_comes_back_whole_and_nobody_elses_is_touched(
    platform: RunningPlatform, operator: Operator, tenant: str, tmp_path: Path
) -> None:
    for _ in range(3):
        posted(platform, tenant)
    before = everything(platform, tenant, tmp_path)
    others = everything(platform, "kept-next", tmp_path)

    (taken,) = operator.run("create", tenant)["backups"]
    destroy(platform, tenant)
    planned = operator.run("restore", tenant, "--plan", "--snapshot", taken["snapshot"])
    told = operator.run("restore", tenant, "--yes", "--snapshot", taken["snapshot"])

    assert planned["backup"]["snapshot"] == told["snapshot"] == taken["snapshot"]
    assert everything(platform, tenant, tmp_path) == before
    assert everything(platform, "kept-next", tmp_path) == others
    # The site takes articles again, by the platform's own password, which the backup may not know.
    assert posted(platform, tenant) > 0
    # What it was before the restore is a backup, too.
    assert told["before"] in {each["snapshot"] for each in operator.run("list", tenant)["backups"]}


def test_a_site_of_which_nothing_is_left_comes_back(
    platform: RunningPlatform, operator: Operator, tmp_path: Path
) -> None:
    posted(platform, "kept-file")
    operator.run("create", "kept-file")
    before = everything(platform, "kept-file", tmp_path)
    site = site_of(platform, "kept-file")
    shutil.rmtree(site.directory)

    operator.run("restore", "kept-file", "--yes")

    assert everything(platform, "kept-file", tmp_path) == before
    assert posted(platform, "kept-file") > 0


@pytest.mark.parametrize("tenant", ["kept-file", "kept-server"])
def test_what_is_written_meanwhile_is_in_it_up_to_one_moment(
    platform: RunningPlatform, operator: Operator, tenant: str
) -> None:
    written: list[int] = []
    ending = threading.Event()

    def write() -> None:
        while not ending.is_set():
            written.append(posted(platform, tenant))

    person = "array( 'user_login' => 'boss', 'user_pass' => wp_generate_password(), 'role' => 'administrator' )"
    run_php(platform, tenant, f"wp_insert_user( {person} );")
    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: len(written) >= 2, lambda: str(written))
    before = list(written)
    (taken,) = operator.run("create", tenant)["backups"]
    ending.set()
    writer.join()
    after = posted(platform, tenant)

    proof = operator.run("prove", tenant)["proofs"][0]
    assert (proof["problem"], proof["found"]["missing"], proof["found"]["signs_on"]) == (None, [], True)
    operator.run("restore", tenant, "--yes", "--snapshot", taken["snapshot"], "--no-keep-present")
    with SiteClient(platform.connection(tenant)) as client:
        listed = client._http.send("GET", "/wp/v2/posts", params={"per_page": "100", "status": "draft"})
        found = {post["id"] for post in listed.raise_for_status().json()}
    there = [post in found for post in written]
    assert all(post in found for post in before)
    assert after not in found
    # Up to one article all are there, and from then on none.
    assert [is_there for is_there, _ in itertools.groupby(there)] in ([True], [True, False])


def test_one_file_comes_back_alone(platform: RunningPlatform, operator: Operator, tmp_path: Path) -> None:
    site = site_of(platform, "kept-file")
    picture = site.content / "uploads" / "2026" / "Brötchen [1].jpg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(b"bread")
    operator.run("create", "kept-file")
    picture.unlink()
    now = everything(platform, "kept-file", tmp_path)

    told = operator.run("restore", "kept-file", "--file", "uploads/2026/Brötchen [1].jpg")

    assert (told["files"], picture.read_bytes()) == (1, b"bread")
    picture.unlink()
    assert everything(platform, "kept-file", tmp_path) == now


def test_killed_at_every_step_a_repeat_finishes(platform: RunningPlatform, operator: Operator, tmp_path: Path) -> None:
    for tenant in ("kept-file", "kept-server"):
        posted(platform, tenant)
        kills = operator.survives("create", tenant)
        snapshot = operator.run("list", tenant)["backups"][-1]["snapshot"]
        before = everything(platform, tenant, tmp_path)
        destroy(platform, tenant)

        kills += operator.survives("restore", tenant, "--yes", "--snapshot", snapshot)

        assert everything(platform, tenant, tmp_path) == before
        assert kills >= up_to(6, 2)
        assert operator.run("verify", tenant, "--read-data")["failed"] == {}
        assert not list((platform.layout.state / "backups" / "under-way").iterdir())


def test_a_site_whose_restore_was_killed_stays_closed_until_it_is_whole(
    platform: RunningPlatform, operator: Operator
) -> None:
    operator.run("create", "kept-file")
    line = 0
    while operator.killed_at(line, "restore", "kept-file", "--yes", "--no-keep-present"):
        with httpx.Client(trust_env=False) as http:
            connection = platform.connection("kept-file")
            host = connection.public_url.removeprefix("http://")
            status = http.get(connection.internal_url, headers={"Host": host}, timeout=60).status_code
        if status == 503:
            break
        line += 1
    assert status == 503
    # Whatever else is done meanwhile leaves it closed.
    with exclusive_workspace(platform.layout.state) as found:
        assert found.stack({}).site(found.tenants.get("kept-file").tenant).suspended
    operator.run("restore", "kept-file", "--yes")
    assert posted(platform, "kept-file") > 0


def test_a_backup_that_has_vanished_is_missed(platform: RunningPlatform, operator: Operator) -> None:
    (taken,) = operator.run("create", "kept-next")["backups"]
    before = operator.run("verify", "kept-next")["verified"]["kept-next"]
    with open_workspace(platform.installation) as found:
        repository = BackupPlaces(platform.layout, found.secrets).repository("kept-next")
    (Path(repository.location) / "snapshots" / taken["snapshot"]).unlink()

    told = operator.fails("verify", "kept-next")["failed"]["kept-next"]

    assert "vanished" in told
    assert taken["snapshot"][:8] in told
    operator.run("forget", "kept-next", taken["snapshot"][:12], "--yes")
    assert operator.run("verify", "kept-next")["verified"] == {"kept-next": before - 1}


def test_what_is_due_is_done_once(platform: RunningPlatform, operator: Operator) -> None:
    operator.run("schedule", "--run")
    rows = {row["tenant"]: row for row in operator.run("schedule")["tenants"]}
    assert {row["kept"] > 0 and row["last_proof"] is not None for row in rows.values()} == {True}
    assert operator.run("schedule", "--run")["done"] == []
