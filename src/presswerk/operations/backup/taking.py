"""Take a backup of a site while it is written to: all of one moment, without closing it."""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from presswerk import __version__
from presswerk.operations.backup import tables
from presswerk.operations.backup.errors import BackupProblem
from presswerk.operations.backup.places import BackupPlaces
from presswerk.operations.workspace import Workspace
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.site_database import kept_in, sqlite_file, write_content
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.tenants.backups import Backup, BackupRecords

FILES = "content"
"""In a backup: what a site has of its own of WP_CONTENT_DIR."""
DESCRIBED = "tenant.json"
"""In a backup: what is declared of the tenant, and what there is in the backup."""
_GENERATED = frozenset({"db.php", "mu-plugins/presswerk-connector.php"})
_PASSING = ("upgrade", "upgrade-temp-backup", "cache")


@dataclasses.dataclass(frozen=True)
class TenantBackups:
    """Makes and knows the backups of an installation's tenants.

    Attributes:
        found: The installation.
        places: Where they are.
    """

    found: Workspace
    places: BackupPlaces

    @property
    def records(self) -> BackupRecords:
        """What the hub has noted."""
        return BackupRecords(self.found.engine)

    def take(self, tenant_id: str, reason: str, progress: Progress) -> Backup:
        """Take one; the site serves and is written to meanwhile.

        Raises:
            BackupProblem: There is nothing to back up, or it could not be written.
            PresswerkError: The site's content could not be read.
        """
        known = self.found.tenants.get(tenant_id)
        site = self.found.stack(os.environ).site(known.tenant)
        if kept_in(site.layout, tenant_id) is None:
            raise BackupProblem(f"{tenant_id} has no site yet.", "Run `presswerk up`, which makes it.")
        repository = self.places.repository(tenant_id)
        repository.ensure()
        earlier = self.records.list(tenant_id)
        with self.places.working_on(tenant_id) as directory:
            progress(f"{tenant_id}: its files and tables as of this moment")
            moment = dt.datetime.now(dt.UTC).replace(microsecond=0)
            files = directory / FILES
            # Before the tables and once more after them: each file that a row speaks of is among one of the two.
            _link_files(site, files)
            counts = self._take_tables(site, directory)
            _link_files(site, files, only=("uploads",))
            described = {
                "tenant": known.tenant.model_dump(mode="json", exclude_none=True),
                "members": [dataclasses.asdict(member) for member in self.found.memberships.members(tenant_id)],
                "taken_at": moment.isoformat(),
                "address": site.public_url,
                "database": "sqlite" if site.database is None else "mariadb",
                "presswerk": __version__,
            }
            text = json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False)
            (directory / DESCRIBED).write_text(text + "\n", encoding="utf-8")
            progress(f"{tenant_id}: into its repository")
            written = repository.write(directory, moment, reason, earlier[-1].snapshot if earlier else None)
            backup = Backup(
                tenant_id,
                written.snapshot,
                moment,
                reason,
                rows=sum(count.rows for count in counts.values()),
                files=sum(1 for path in files.rglob("*") if path.is_file()),
                bytes=written.bytes,
                added_bytes=written.added_bytes,
                tables_sha256=index_digest(directory),
            )
        self.records.add(backup)
        return backup

    def _take_tables(self, site: LocalSite, directory: Path) -> dict[str, tables.TableCount]:
        content = directory / "content.jsonl"
        # In a directory of its own: what the site itself loads, such as a drop-in, may be what is broken.
        with scratch_site(site, "copying", site.database) as scratch:
            if site.database is None:
                _copy_sqlite(site, scratch)
            write_content(scratch, content)
        counts = tables.split(content, directory)
        content.unlink()
        return dict(counts)


def index_digest(directory: Path) -> str:
    """What tells the tables of one backup from those of another."""
    return hashlib.sha256((directory / tables.INDEX).read_bytes()).hexdigest()


@contextlib.contextmanager
def scratch_site(site: LocalSite, name: str, database: DatabaseAccess | None = None) -> Iterator[LocalSite]:
    """The same site in a directory of its own inside of its own, on an empty SQLite file or a database that is there.

    It loads no code of the site's own; it is gone afterwards.
    """
    directory = site.directory / name
    shutil.rmtree(directory, ignore_errors=not directory.exists())
    directory.mkdir(mode=0o700)
    try:
        scratch = dataclasses.replace(site, database=database, aside=directory)
        scratch.write_files(scratch.files())
        yield scratch
    finally:
        shutil.rmtree(directory)


def _copy_sqlite(site: LocalSite, scratch: LocalSite) -> None:
    """Copy a site's file as of one moment; writers wait for no more than a few pages at a time."""
    file = sqlite_file(site.layout, site.tenant.id)
    target = scratch.directory / "database" / file.name
    with (
        contextlib.closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=60.0)) as source,
        contextlib.closing(sqlite3.connect(target)) as copied,
    ):
        source.backup(copied)
    if os.geteuid() == 0:
        owner = file.stat()
        os.chown(target, owner.st_uid, owner.st_gid)


def _link_files(site: LocalSite, target: Path, only: tuple[str, ...] = ()) -> None:
    """Give each of a site's own files a second name, under which it stays what it was when its own name goes."""
    for directory, names, files in os.walk(site.content):
        inside = Path(directory).relative_to(site.content)
        # What is a link leads to what all sites share.
        names[:] = [name for name in names if not Path(directory, name).is_symlink() and not _is_passing(inside, name)]
        if only and inside == Path():
            names[:] = [name for name in names if name in only]
        (target / inside).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in files:
            path = Path(directory, name)
            if path.is_symlink() or str(inside / name) in _GENERATED or (only and inside == Path()):
                continue
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                _link(path, target / inside / name)


def _is_passing(inside: Path, name: str) -> bool:
    return inside == Path() and name in _PASSING


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError as error:
        if isinstance(error, FileExistsError | FileNotFoundError):
            raise
        shutil.copy2(path, target)
