"""All that a site holds in one archive: its tables, its uploads, and what was declared of it."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.private_files import replacing
from presswerk.runtimes.local.site_database import kept_in, write_content
from presswerk.runtimes.local.wordpress import LocalSite

_PRIVATE = 0o600


def write_archive(site: LocalSite, archive: Path, described: Mapping[str, object]) -> None:
    """Write `archive` (tar, gzip) whole or not at all, readable by its owner only.

    It holds `content.jsonl` (all tables, from either kind of database), `uploads/`, and `tenant.json`; no secret of the
    platform. A tenant that never had a site gives `tenant.json` alone.

    Args:
        site: Nobody may write to it meanwhile.
        archive: Its directory is made where it is missing.
        described: What goes into `tenant.json`.

    Raises:
        LocalRuntimeError: It cannot be written; nothing else was changed.
    """
    try:
        archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(archive) as file, tarfile.open(fileobj=file, mode="w:gz") as tar:
            _add_text(tar, "tenant.json", json.dumps(described, indent=2, ensure_ascii=False) + "\n")
            _add_site(tar, site)
    except OSError as error:
        raise LocalRuntimeError(
            f"the last backup of {site.tenant.id} cannot be written to {archive}: {error.strerror}",
            "Nothing was removed. Make room or name another directory with --final-backup, and try again.",
        ) from None


def _add_site(tar: tarfile.TarFile, site: LocalSite) -> None:
    if kept_in(site.layout, site.tenant.id) is None:
        return
    content = site.directory / "content.jsonl"
    try:
        write_content(site, content)
        tar.add(content, "content.jsonl")
    finally:
        content.unlink(missing_ok=True)
    uploads = site.content / "uploads"
    if uploads.is_dir():
        tar.add(uploads, "uploads")


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), _PRIVATE
    tar.addfile(entry, io.BytesIO(data))
