"""Where a local site's content is kept, and how it moves between SQLite and MariaDB without losing a row."""

import dataclasses
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from presswerk.runtimes.databases import DatabaseAccess
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import DamagedFile, read_object, write_private
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.wordpress import LocalSite

_SHOWN = 800
_EXAMPLES = '{"mariadb_user": null} for SQLite, or the name of its user of MariaDB'


@dataclass(frozen=True)
class KeptIn:
    """Where a site's content is: MariaDB with the user its configuration signs in as, or SQLite where that is None."""

    mariadb_user: str | None = None


def kept_in(layout: Layout, tenant_id: str) -> KeptIn | None:
    """Where a site's content is now; None when the site was never made."""
    file = _note(layout, tenant_id)
    if file.exists():
        found = read_object(file, f"Write where its content is: {_EXAMPLES}.")
        user = found.get("mariadb_user", False)
        if user is not None and not isinstance(user, str):
            raise DamagedFile(f"{file} is damaged.", f"Write where its content is: {_EXAMPLES}.")
        return KeptIn(user)
    # Sites of earlier versions have no note and a file.
    return KeptIn() if sqlite_file(layout, tenant_id).exists() else None


def note_kept_in(layout: Layout, tenant_id: str, kept: KeptIn) -> None:
    """Say where a site's content is from now on; this is the moment a move takes place."""
    write_private(_note(layout, tenant_id), json.dumps(dataclasses.asdict(kept)) + "\n")


def being_restored(layout: Layout, tenant_id: str) -> str | None:
    """The backup that a site's content is being replaced by; it stays closed until that is done."""
    file = _restoring(layout, tenant_id)
    if not file.exists():
        return None
    remedy = f"Restore a backup of {tenant_id} again: `presswerk backup restore {tenant_id}`."
    return str(read_object(file, remedy).get("snapshot", ""))


def note_being_restored(layout: Layout, tenant_id: str, snapshot: str | None) -> None:
    """Say that a site's content is being replaced, or with None that it is whole again."""
    if snapshot is None:
        _restoring(layout, tenant_id).unlink(missing_ok=True)
    else:
        write_private(_restoring(layout, tenant_id), json.dumps({"snapshot": snapshot}) + "\n")


def put_content(site: LocalSite, content: Path) -> None:
    """Replace all tables of a closed site by those of a file that `write_content` wrote, and compare them.

    Raises:
        LocalRuntimeError: They are not there whole; what the site had before is gone in part, so try again.
    """
    with content.open("rb") as lines:
        _run("content_in.php", site, standard_input=lines)


def adopt_sqlite(layout: Layout, tenant_id: str, directory: Path) -> None:
    """Put a file that was written in another directory in the place of a closed site's own."""
    # What an earlier database of this name left beside it would be taken for this one's.
    remove_sqlite(layout, tenant_id)
    file = sqlite_file(layout, tenant_id)
    # With what SQLite keeps beside it, which is empty but after an end that was none of its own.
    for arrived in sorted(directory.glob(f"{file.name}*"), reverse=True):
        arrived.replace(file.with_name(arrived.name))


def sqlite_file(layout: Layout, tenant_id: str) -> Path:
    """The file that a site on SQLite keeps its content in."""
    return layout.site(tenant_id) / "database" / "site.sqlite"


def remove_sqlite(layout: Layout, tenant_id: str) -> None:
    """Remove a site's file, which must not be in use, with what SQLite keeps beside it."""
    file = sqlite_file(layout, tenant_id)
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink(missing_ok=True)


def move(site: LocalSite, target: DatabaseAccess | None, progress: Progress) -> None:
    """Bring a closed site's content from the database it uses to another, check that all of it arrived, and switch.

    Until the last step the site's own database is untouched, so that an interrupted move is simply made again.

    Args:
        site: As it is; nothing may write to its database meanwhile.
        target: An empty database, or None for SQLite.
        progress: Told how far it is.

    Raises:
        LocalRuntimeError: The content could not be read or written, or did not arrive whole; the site is as before.
    """
    layout, tenant_id = site.layout, site.tenant.id
    scratch = site.directory / "moving"
    shutil.rmtree(scratch, ignore_errors=not scratch.exists())
    scratch.mkdir(mode=0o700)
    content = scratch / "content.jsonl"
    progress(f"content of {tenant_id}: taken out of {_kind(site.database)}")
    write_content(site, content)
    progress(f"content of {tenant_id}: put into {_kind(target)} and compared")
    arriving = dataclasses.replace(site, database=target, aside=scratch)
    arriving.write_files(arriving.files())
    put_content(arriving, content)
    if target is None:
        adopt_sqlite(layout, tenant_id, scratch / "database")
    note_kept_in(layout, tenant_id, KeptIn(None if target is None else target.user))
    shutil.rmtree(scratch)


def write_content(site: LocalSite, file: Path) -> None:
    """Write all tables of a site to a file that only its owner reads, one JSON value a line.

    Raises:
        LocalRuntimeError: They could not be read.
    """
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
        _run("content_out.php", site, standard_output=written)
        written.flush()
        os.fsync(written.fileno())


def _run(
    script: str,
    site: LocalSite,
    *,
    standard_input: BinaryIO | int = subprocess.DEVNULL,
    standard_output: BinaryIO | int = subprocess.DEVNULL,
) -> None:
    done = site.run_script(script, memory_mib=512, standard_input=standard_input, standard_output=standard_output)
    if done.returncode != 0:
        told = done.stderr.decode(errors="replace").strip()[-_SHOWN:] or f"PHP ended with {done.returncode}"
        raise LocalRuntimeError(
            f"the content of {site.tenant.id} could not be moved: {told}",
            "Nothing is lost, the site keeps the database it had. Mend that, or scale the tenant back, and try again.",
        )


def _kind(database: DatabaseAccess | None) -> str:
    return "SQLite" if database is None else "MariaDB"


def _restoring(layout: Layout, tenant_id: str) -> Path:
    return layout.site(tenant_id) / "restoring.json"


def _note(layout: Layout, tenant_id: str) -> Path:
    return layout.site(tenant_id) / "database.json"
