"""One repository of backups, by restic (https://restic.readthedocs.io): encrypted, deduplicated, one a tenant."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from presswerk.operations.backup.errors import (
    BackupProblem,
    DamagedRepository,
    FullTarget,
    InUse,
    NoSuchBackup,
    Unreachable,
    WrongKey,
)

RESTIC_PACKAGE = "restic"
_HOST = "presswerk"
_TOLD = 600
_S3 = "s3:"
_KINDS: tuple[tuple[str, type[BackupProblem], str], ...] = (
    (
        r"wrong password or no key found",
        WrongKey,
        "The key is in the installation's secrets.json; put back the one that the repository was made with.",
    ),
    (r"no space left on device|disk quota exceeded", FullTarget, "Make room there, and run it again."),
    (r"unable to create lock|already locked", InUse, "Wait until the other command has ended, and try again."),
    (
        r"dial tcp|connection refused|no such host|i/o timeout|connection reset|Client\.Timeout",
        Unreachable,
        "See that the storage can be reached from this machine, and run it again; nothing was lost.",
    ),
    (r"no matching ID found|no snapshot found", NoSuchBackup, "`presswerk backup list` names those there are."),
    (
        r"config file does not exist|unable to open config file|Is there a repository",
        DamagedRepository,
        "Put the repository back from a copy, or move what is left of it away: the next backup makes a new one.",
    ),
    (
        r"retrying after|ciphertext verification failed|does not match|not found in index|invalid data|load\(<|"
        r"repository contains errors|number of used blobs|pack .* (does not exist|is damaged)|size could not be found|"
        r"invalid character|tree .* is not|error for tree|checking pack|hash mismatch|unexpected EOF|EOF",
        DamagedRepository,
        "Bring back a copy of the repository. Backups that `presswerk backup prove` still proves can be restored.",
    ),
)


@dataclass(frozen=True)
class Snapshot:
    """A backup as its repository has it.

    Attributes:
        id: 64 hexadecimal digits.
        taken_at: Aware UTC.
        reason: Why it was taken.
    """

    id: str
    taken_at: dt.datetime
    reason: str


@dataclass(frozen=True)
class Written:
    """What one backup has brought.

    Attributes:
        snapshot: Its id, 64 hexadecimal digits.
        files: Of the backup.
        bytes: Of the backup, before anything is left out.
        added_bytes: That the repository has grown by.
    """

    snapshot: str
    files: int
    bytes: int
    added_bytes: int


@dataclass(frozen=True)
class Repository:
    """Backups of one tenant, or of the platform itself.

    Attributes:
        location: A directory, or `s3:https://HOST/BUCKET/PATH`.
        key: What it is encrypted with.
        cache: A directory for what is read often.
    """

    location: str
    key: str = field(repr=False)
    cache: Path

    @property
    def directory(self) -> Path | None:
        """Where it is on this machine; None where it is not."""
        return None if self.location.startswith(_S3) else Path(self.location)

    def exists(self) -> bool:
        """Whether it was made.

        Raises:
            BackupProblem: Nobody can say.
        """
        if self.directory is not None:
            return (self.directory / "config").exists()
        try:
            self._run("cat", "config")
        except DamagedRepository:
            return False
        return True

    def ensure(self) -> None:
        """Make it where it is missing.

        Raises:
            BackupProblem: It cannot be made.
        """
        if self.exists():
            return
        if self.directory is not None:
            if self.directory.exists() and any(self.directory.iterdir()):
                raise DamagedRepository(
                    f"{self.directory} holds something, but no repository of backups.",
                    "Put its file `config` back from a copy, or move the directory away: then a new one is made.",
                )
            try:
                self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise BackupProblem(
                    f"{self.directory} cannot be made: {error.strerror}.", "Name another place under `backups`."
                ) from None
        self._run("init", "--repository-version", "2")

    def write(self, directory: Path, taken_at: dt.datetime, reason: str, before: str | None) -> Written:
        """Add all that is in a directory as one backup.

        Args:
            directory: Its files' times and sizes say what has changed.
            taken_at: The moment it shows.
            reason: Why it is taken.
            before: The backup that it is compared with.

        Raises:
            BackupProblem: It is not there; what was there before is.
        """
        # A file that was linked elsewhere meanwhile has another time of its inode, and still the same content.
        told = self._run(
            *("backup", ".", "--json", "--host", _HOST, "--tag", reason, "--ignore-ctime", "--ignore-inode"),
            *("--time", f"{taken_at.astimezone():%Y-%m-%d %H:%M:%S}"),
            *(() if before is None else ("--parent", before)),
            directory=directory,
        )
        summary = next(line for line in _json_lines(told) if line.get("message_type") == "summary")
        short = str(summary["snapshot_id"])
        whole = next((each.id for each in self.snapshots() if each.id.startswith(short)), None)
        if whole is None:
            raise DamagedRepository("The repository does not show the backup that was just written.", "Run it again.")
        return Written(
            whole,
            int(summary["total_files_processed"]),
            int(summary["total_bytes_processed"]),
            int(summary["data_added"]),
        )

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All backups there are, the oldest first.

        Raises:
            BackupProblem: They cannot be read.
        """
        found = json.loads(self._run("snapshots", "--json", "--no-lock") or "[]") or []
        listed = (
            Snapshot(each["id"], _moment(each["time"]), next(iter(each.get("tags") or ()), "unknown")) for each in found
        )
        return tuple(sorted(listed, key=lambda each: (each.taken_at, each.id)))

    def check(self, *, read_data: bool) -> None:
        """See that everything is there that its backups consist of.

        Args:
            read_data: Read all data too, not only what says which data there is.

        Raises:
            DamagedRepository: Something is missing or damaged.
        """
        self._unlock()
        self._run("check", *(("--read-data",) if read_data else ()))

    def bring_back(self, snapshot: str, target: Path, only: Sequence[str] = ()) -> None:
        """Write a backup, or some paths of it, to a directory, and compare what was written.

        Raises:
            BackupProblem: Not all of it came.
        """
        chosen = [part for path in only for part in ("--include", _literal(path))]
        self._run("restore", snapshot, "--target", str(target.absolute()), "--verify", "--no-lock", *chosen)

    def read(self, snapshot: str, path: str) -> bytes:
        """One file of a backup.

        Raises:
            BackupProblem: It is not there.
        """
        return self._run("dump", snapshot, path, "--no-lock")

    def forget(self, snapshots: Sequence[str]) -> None:
        """Remove backups, and what only they consist of.

        Raises:
            BackupProblem: They are still there.
        """
        self._unlock()
        if snapshots:
            self._run("forget", *snapshots, "--prune")

    def remove(self) -> None:
        """Remove it with all its backups."""
        if self.directory is not None:
            shutil.rmtree(self.directory, ignore_errors=not self.directory.exists())
        elif self.exists():
            self.forget([each.id for each in self.snapshots()])

    def _unlock(self) -> None:
        """Remove the locks of commands that were killed; one that still runs keeps its own."""
        self._run("unlock")

    def _run(self, *arguments: str, directory: Path | None = None) -> bytes:
        self.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _as_file(self.key) as key, tempfile.TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603  restic, as it was found
                [ensure_restic(), "--repo", self.location, "--password-file", f"/dev/fd/{key}", *arguments],
                cwd=directory or "/",
                env=_environment(os.environ, self.cache),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.PIPE,
                pass_fds=(key,),
            )
            complaints = self._complaints(process)
            said.seek(0)
            told = said.read()
        if process.returncode == 0:
            return told
        raise self._problem(complaints + "\n" + _errors_in(told))

    def _complaints(self, process: "subprocess.Popen[bytes]") -> str:
        """Wait for its end; what it has complained of."""
        complaints = []
        with process:
            for line in process.stderr or ():
                complaints.append(line.decode(errors="replace"))
                # It would go on for a quarter of an hour. A network may come back; a file that is not there does not.
                if self.directory is not None and "retrying after" in complaints[-1]:
                    process.kill()
                    break
        return "".join(complaints)

    def _problem(self, told: str) -> BackupProblem:
        said = re.sub(r"\s+", " ", told).strip()
        for pattern, kind, remedy in _KINDS:
            if re.search(pattern, said, re.IGNORECASE):
                return kind(f"The backups in {self.location}: {said[-_TOLD:]}", remedy)
        return BackupProblem(f"The backups in {self.location}: {said[-_TOLD:]}", "Mend that, and run it again.")


def ensure_restic() -> str:
    """Find restic.

    Raises:
        BackupProblem: It is not installed.
    """
    found = shutil.which("restic")
    if found is None:
        raise BackupProblem(
            "restic is not installed, so nothing can be backed up.",
            f"Run: sudo apt-get install -y --no-install-recommends {RESTIC_PACKAGE}",
        )
    return found


@contextmanager
def _as_file(secret: str) -> Iterator[int]:
    """A descriptor from which a program reads a secret, which so stands in no file, argument or environment."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(secret + "\n")
        yield reading
    finally:
        os.close(reading)


def _environment(own: Mapping[str, str], cache: Path) -> dict[str, str]:
    kept = {name: value for name, value in own.items() if name.startswith("AWS_") or name in ("PATH", "SSL_CERT_FILE")}
    # Its output is read by programs.
    return {**kept, "RESTIC_CACHE_DIR": str(cache), "TMPDIR": str(cache), "HOME": str(cache), "LC_ALL": "C.UTF-8"}


def _json_lines(told: bytes) -> Iterator[dict[str, Any]]:
    for line in told.decode(errors="replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _errors_in(told: bytes) -> str:
    lines = told.decode(errors="replace").splitlines()
    return " ".join(line for line in lines if re.search("error|fatal|damaged|missing|incomplete", line, re.IGNORECASE))


def _moment(text: str) -> dt.datetime:
    """A time as Go writes it, with up to nine digits of a second."""
    return dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).astimezone(dt.UTC)


def _literal(path: str) -> str:
    """A path in which restic finds no pattern."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", path)
