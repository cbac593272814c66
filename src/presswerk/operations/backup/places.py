"""Where the backups of an installation on this machine are, and by which keys they are read."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.operations.backup.repository import Repository
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import only_one
from presswerk.runtimes.local.secrets import Secrets


def backup_key(tenant_id: str) -> str:
    """The name of the secret that a tenant's backups are encrypted with."""
    return f"backup-{tenant_id}"


@dataclass(frozen=True)
class BackupPlaces:
    """The repositories of one installation.

    Attributes:
        layout: Its directories.
        secrets: Has the keys.
        location: A directory or `s3:https://HOST/BUCKET/PATH`; None for one in the installation's state.
    """

    layout: Layout
    secrets: Secrets = field(repr=False)
    location: str | None = None

    @property
    def directory(self) -> Path:
        """What is needed while backups are made, and the repositories themselves where nothing else is declared."""
        return self.layout.state / "backups"

    def repository(self, tenant_id: str) -> Repository:
        """A tenant's own, whether it was made or not."""
        base = self.location or str((self.directory / "repositories").absolute())
        key = self.secrets.get(backup_key(tenant_id))
        return Repository(f"{base.rstrip('/')}/{tenant_id}", key, (self.directory / "cache").absolute())

    @contextlib.contextmanager
    def working_on(self, tenant_id: str) -> Iterator[Path]:
        """Be the only one that works on a tenant's backups, once others have ended.

        Gives an empty directory, which is removed at the end.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_one(self.directory / f"{tenant_id}.lock"):
            directory = self.directory / "under-way" / tenant_id
            remove_tree(directory)
            directory.mkdir(mode=0o700, parents=True)
            try:
                yield directory
            finally:
                remove_tree(directory)

    def remove(self, tenant_id: str) -> None:
        """Remove a tenant's backups, and their key."""
        if not self.secrets.has(backup_key(tenant_id)):
            return
        self.repository(tenant_id).remove()
        self.secrets.forget([backup_key(tenant_id)])
        (self.directory / f"{tenant_id}.lock").unlink(missing_ok=True)


def remove_tree(directory: Path) -> None:
    """Remove a directory with all in it, also what its owner had closed; what is not there is passed over."""
    if not directory.exists():
        return
    for inside, names, _files in os.walk(directory):
        for name in names:
            if not (path := Path(inside, name)).is_symlink():
                path.chmod(0o700)
    shutil.rmtree(directory)
