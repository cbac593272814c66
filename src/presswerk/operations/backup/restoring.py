"""Bring a tenant back from a backup, whole or a file of it, and prove that a backup can be brought back."""

import dataclasses
import datetime as dt
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from presswerk.database import reading
from presswerk.errors import PresswerkError
from presswerk.operations.backup import tables
from presswerk.operations.backup.errors import BackupProblem, NoSuchBackup
from presswerk.operations.backup.places import remove_tree
from presswerk.operations.backup.taking import DESCRIBED, FILES, TenantBackups, index_digest, scratch_site
from presswerk.operations.reconcile import converge, prepare_databases
from presswerk.publishing.model import State
from presswerk.publishing.tables import publications
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.site_database import (
    adopt_sqlite,
    being_restored,
    kept_in,
    note_being_restored,
    put_content,
)
from presswerk.runtimes.local.stack import LocalStack
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.tenants import DesiredState
from presswerk.tenants.backups import Backup

BEFORE_RESTORE = "before-restore"
_CONTENT = "content.jsonl"
_MEMORY_MIB = 512
_SHOWN = 600


@dataclasses.dataclass(frozen=True)
class RestorePlan:
    """What a restore will do.

    Attributes:
        backup: What is brought back.
        delivered_after: Articles that were delivered after the backup, which will not be on the site.
        keeps_present: Whether the present state becomes a backup of its own first.
    """

    backup: Backup
    delivered_after: tuple[str, ...]
    keeps_present: bool


@dataclasses.dataclass(frozen=True)
class Proof:
    """How a backup was proven.

    Attributes:
        backup: Which.
        seconds: How long it took.
        found: What WordPress itself found in the restored site.
        problem: What was not as it should be; None where all was.
    """

    backup: Backup
    seconds: float
    found: dict[str, Any]
    problem: str | None


def choose(backups: tuple[Backup, ...], tenant_id: str, snapshot: str | None, at: dt.datetime | None) -> Backup:
    """The backup somebody means: by the beginning of its id, the last before a time, or the last of all.

    What a restore has kept of the state before is meant only by its id: who restores wants to get away from it.

    Raises:
        NoSuchBackup: There is none, or the beginning fits several.
    """
    if snapshot is None:
        found = [each for each in backups if each.reason != BEFORE_RESTORE]
    else:
        found = [each for each in backups if each.snapshot.startswith(snapshot)]
    if at is not None:
        found = [each for each in found if each.taken_at <= at]
    if snapshot is not None and len(found) > 1:
        raise NoSuchBackup(f"{snapshot} is the beginning of {len(found)} backups.", "Name more of it.")
    if not found:
        which = f" {snapshot}" if snapshot else (f" from before {at:%Y-%m-%d %H:%M} UTC" if at else "")
        raise NoSuchBackup(
            f"There is no backup{which} of {tenant_id}.", f"`presswerk backup list {tenant_id}` names those there are."
        )
    return found[-1]


def plan(own: TenantBackups, backup: Backup, *, keep_present: bool = True) -> RestorePlan:
    """What a restore will do; nothing is changed."""
    query = (
        select(publications.c.title)
        .where(publications.c.tenant == backup.tenant, publications.c.state.in_((State.DRAFTED, State.PUBLISHED)))
        .where(publications.c.updated_at > backup.taken_at)
        .order_by(publications.c.updated_at)
    )
    with reading(own.found.engine) as database:
        later = tuple(str(title) for title in database.execute(query).scalars())
    is_whole = being_restored(own.found.installation.layout, backup.tenant) is None
    return RestorePlan(backup, later, keep_present and is_whole)


def restore(own: TenantBackups, backup: Backup, progress: Progress, *, keep_present: bool = True) -> Backup | None:
    """Bring a tenant's site back to what it was; interrupted, the same again goes on.

    The site is closed while its content is replaced, and nobody else's is touched.

    Args:
        own: The tenants' backups.
        backup: Which one.
        progress: Told how far it is.
        keep_present: Make a backup of the present state first.

    Returns:
        The backup of the state before; None where none was made.

    Raises:
        PresswerkError: A step failed; the site stays closed until a restore is whole.
    """
    found, tenant_id = own.found, backup.tenant
    layout = found.installation.layout
    known = found.tenants.get(tenant_id)
    if known.wanted is not DesiredState.ACTIVE:
        raise BackupProblem(f"{tenant_id} is suspended.", f"Run `presswerk tenant resume {tenant_id}` first.")
    supervision = Supervision(layout, found.secrets.all_values())
    if not supervision.is_running():
        raise BackupProblem("The installation does not run.", "Run `presswerk up` first, then restore.")
    before: Backup | None = None
    # What is half replaced is no state to keep; the one before was kept when the replacing began.
    if keep_present and being_restored(layout, tenant_id) is None and kept_in(layout, tenant_id) is not None:
        progress(f"{tenant_id}: a backup of the present state")
        try:
            before = own.take(tenant_id, BEFORE_RESTORE, progress)
        except PresswerkError as error:
            raise BackupProblem(
                f"The present state of {tenant_id} cannot be kept: {error.problem}",
                "Nothing was changed. Mend that, or restore without it: add --no-keep-present.",
            ) from None
    with own.places.working_on(tenant_id) as directory:
        progress(f"{tenant_id}: out of its repository")
        _bring_back(own, backup, directory)
        note_being_restored(layout, tenant_id, backup.snapshot)
        stack = found.stack(os.environ)
        prepare_databases(stack, supervision, progress)
        progress(f"{tenant_id}: its site is closed")
        _close(stack, tenant_id, supervision)
        site = dataclasses.replace(stack, closed=stack.closed - {tenant_id}).site(known.tenant)
        # Of a site whose directory is gone, too.
        site.write_files(site.files())
        progress(f"{tenant_id}: tables put in and compared")
        _replace_tables(site, directory)
        progress(f"{tenant_id}: files put in")
        _replace_files(site, directory / FILES)
        note_being_restored(layout, tenant_id, None)
    converge(found, tenant_id, os.environ, progress)
    return before


def bring_back_files(own: TenantBackups, backup: Backup, path: str, progress: Progress) -> int:
    """Bring back one file or directory below WP_CONTENT_DIR, such as `uploads/2026/11/bread.jpg`; nothing is removed.

    Returns:
        How many files were written.

    Raises:
        BackupProblem: There is none of this name in the backup, or it leads elsewhere.
    """
    inside = Path(path.lstrip("/"))
    if ".." in inside.parts or inside == Path():
        raise BackupProblem(f"{path!r} is no path in wp-content.", "Name one such as uploads/2026/11/bread.jpg.")
    site = own.found.stack(os.environ).site(own.found.tenants.get(backup.tenant).tenant)
    with own.places.working_on(backup.tenant) as directory:
        progress(f"{backup.tenant}: {inside} out of its repository")
        own.places.repository(backup.tenant).bring_back(backup.snapshot, directory, (f"/{FILES}/{inside}",))
        source, written = directory / FILES, 0
        for file in sorted(source.rglob("*")) if source.exists() else ():
            if not file.is_file() or file.is_symlink():
                continue
            target = site.content / file.relative_to(source)
            _make_directories(target.parent, site.content)
            shutil.copy2(file, target.with_name(f".{target.name}.restored"))
            _give(target.with_name(f".{target.name}.restored"), site.content / "uploads")
            target.with_name(f".{target.name}.restored").replace(target)
            written += 1
    if written == 0:
        raise NoSuchBackup(
            f"There is no {inside} in the backup of {backup.taken_at:%Y-%m-%d %H:%M} UTC.", "Choose another backup."
        )
    return written


def prove(own: TenantBackups, backup: Backup, progress: Progress) -> Proof:
    """Bring a backup back into a scratch site and see that everything is there; what was found is noted.

    Raises:
        PresswerkError: It could not be tried, such as for want of room; nothing is noted then.
    """
    found = own.found
    site = dataclasses.replace(found.stack(os.environ).site(found.tenants.get(backup.tenant).tenant), suspended=False)
    began = time.monotonic()
    answer: dict[str, Any] = {}
    problem: str | None = None
    with own.places.working_on(backup.tenant) as directory, scratch_site(site, "proving") as scratch:
        try:
            progress(f"{backup.tenant}: out of its repository")
            _bring_back(own, backup, directory)
            progress(f"{backup.tenant}: into a scratch site, every row compared")
            _fill(scratch, directory)
            progress(f"{backup.tenant}: asked as a visitor and as somebody who signs on")
            answer = _ask(scratch)
            problem = _difference(directory, answer)
        except PresswerkError as error:
            if error.retryable:
                raise
            problem = error.problem
    seconds = time.monotonic() - began
    own.records.note_proof(backup, dt.datetime.now(dt.UTC), round(seconds, 1), problem)
    return Proof(backup, seconds, answer, problem)


def _bring_back(own: TenantBackups, backup: Backup, directory: Path) -> None:
    own.places.repository(backup.tenant).bring_back(backup.snapshot, directory)
    if not (directory / DESCRIBED).exists() or index_digest(directory) != backup.tables_sha256:
        raise BackupProblem(
            f"What is in the repository of {backup.tenant} is not the backup that the hub has noted.",
            "Choose another backup; `presswerk backup verify` looks at them all.",
        )


def _fill(site: LocalSite, directory: Path) -> None:
    content = site.directory / _CONTENT
    tables.join(directory, content)
    put_content(site, content)
    content.unlink()
    _replace_files(site, directory / FILES)


def _replace_tables(site: LocalSite, directory: Path) -> None:
    with scratch_site(site, "restoring", site.database) as scratch:
        content = scratch.directory / _CONTENT
        tables.join(directory, content)
        put_content(scratch, content)
        if site.database is None:
            # A file is made aside and takes the other's place at once.
            adopt_sqlite(site.layout, site.tenant.id, scratch.directory / "database")


def _replace_files(site: LocalSite, source: Path) -> None:
    """Put the site's own files in the place of those it has; what all sites share is linked again by the next `up`."""
    source.mkdir(exist_ok=True)
    restored = set()
    for entry in sorted(source.iterdir()):
        target = site.content / entry.name
        aside = site.content / f".{entry.name}.before"
        remove_tree(aside)
        if target.is_dir() and not target.is_symlink():
            target.rename(aside)
        shutil.move(entry, target)
        remove_tree(aside)
        _give(target, site.content)
        restored.add(entry.name)
    for entry in site.content.iterdir():
        # What has come since, such as code that WordPress loads before everything else.
        if entry.name not in restored:
            remove_tree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    site.write_files(site.files())


def _give(path: Path, like: Path) -> None:
    """Let a path, and what is in it, belong to whom another belongs to."""
    if os.geteuid() != 0:
        return
    owner = like.stat()
    for each in (path, *(path.rglob("*") if path.is_dir() else ())):
        os.chown(each, owner.st_uid, owner.st_gid, follow_symlinks=False)
        if not each.is_symlink():
            each.chmod(0o755 if each.is_dir() else 0o644)


def _make_directories(directory: Path, upto: Path) -> None:
    for path in reversed([directory, *directory.parents]):
        if path.is_relative_to(upto) and not path.exists():
            path.mkdir(mode=0o755)
            _give(path, path.parent)


def _close(stack: LocalStack, tenant_id: str, supervision: Supervision) -> None:
    servers = stack.site_servers()
    servers.apply(supervision)
    servers.wait_ready([site for site in stack.sites() if site.tenant.id == tenant_id])
    servers.wait_ended(tenant_id)


def _ask(site: LocalSite) -> dict[str, Any]:
    done = site.run_script("prove.php", memory_mib=_MEMORY_MIB, standard_output=subprocess.PIPE)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        told = done.stderr.decode(errors="replace").strip()[-_SHOWN:] or f"PHP ended with {done.returncode}"
        raise BackupProblem(f"The restored site does not run: {told}", "Choose another backup.") from None
    return answer


def _difference(directory: Path, answer: dict[str, Any]) -> str | None:
    """What WordPress finds otherwise than the backup has it; None where nothing."""
    counted = tables.read_counts(directory)
    for what in ("posts", "users", "terms"):
        rows = next((count.rows for name, count in counted.items() if name.endswith(f"_{what}")), 0)
        if answer.get(what) != rows:
            return f"WordPress finds {answer.get(what)} {what}, {rows} were backed up."
    if not answer.get("connector"):
        return "Presswerk's connector does not run in the restored site."
    if answer.get("signs_on") is False:
        return "Nobody can sign on to the restored site."
    return None
