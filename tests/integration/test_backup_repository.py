"""Repositories of backups, by restic: whole after interruptions, and every damage found."""

import datetime as dt
import os
import shutil
import signal
import subprocess
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # it has no types
import pytest
from moto.server import ThreadedMotoServer

from presswerk.operations.backup.errors import (
    BackupProblem,
    DamagedRepository,
    FullTarget,
    InUse,
    NoSuchBackup,
    Unreachable,
    WrongKey,
)
from presswerk.operations.backup.repository import Repository
from tests.support.drill import every
from tests.support.process import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.integration

NOTED = 2
MOMENT = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)


def content(directory: Path, files: int = 12) -> Path:
    """Files of several sizes, of random bytes, so that each needs room of its own."""
    for number in range(files):
        file = directory / f"uploads/{number}" / "bread.jpg"
        file.parent.mkdir(parents=True)
        file.write_bytes(os.urandom(1_000 * (number + 1) ** 2))
    return directory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str, Path]:
    """A repository with two backups, the id of the last, and what is in it."""
    directory = tmp_path_factory.mktemp("repository")
    source = content(directory / "source")
    repository = Repository(str(directory / "acme"), "a key that nobody guesses", directory / "cache")
    repository.ensure()
    first = repository.write(source, MOMENT, "command", None)
    (source / "uploads/0/bread.jpg").write_bytes(b"changed")
    second = repository.write(source, MOMENT + dt.timedelta(hours=1), "schedule", first.snapshot)
    return repository, second.snapshot, source


@pytest.fixture
def copy(made: tuple[Repository, str, Path], tmp_path: Path) -> Repository:
    """The same repository, for a test to damage."""
    shutil.copytree(made[0].location, tmp_path / "acme")
    return Repository(str(tmp_path / "acme"), made[0].key, tmp_path / "cache")


def test_what_was_backed_up_comes_back_byte_for_byte(made: tuple[Repository, str, Path], tmp_path: Path) -> None:
    repository, last, source = made
    repository.bring_back(last, tmp_path)
    assert {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == {
        file.relative_to(source): file.read_bytes() for file in source.rglob("*") if file.is_file()
    }
    assert [each.reason for each in repository.snapshots()] == ["command", "schedule"]
    assert [each.taken_at for each in repository.snapshots()] == [MOMENT, MOMENT + dt.timedelta(hours=1)]


def test_only_what_is_named_comes_back_whatever_its_name(made: tuple[Repository, str, Path], tmp_path: Path) -> None:
    repository, _, _ = made
    source = tmp_path / "odd"
    for name in ("a[1].jpg", "a1.jpg", "star*.jpg", "-flag.jpg", "Brötchen & Käse.jpg"):
        (source / "content").mkdir(parents=True, exist_ok=True)
        (source / "content" / name).write_text(name)
    odd = Repository(str(tmp_path / "own"), repository.key, tmp_path / "cache")
    odd.ensure()
    written = odd.write(source, MOMENT, "command", None)
    for name in ("a[1].jpg", "star*.jpg", "-flag.jpg", "Brötchen & Käse.jpg"):
        target = tmp_path / f"back-{len(name)}-{name}"
        odd.bring_back(written.snapshot, target, (f"/content/{name}",))
        assert [file.name for file in target.rglob("*") if file.is_file()] == [name]


def test_the_key_stands_in_no_command_line_environment_or_error(copy: Repository) -> None:
    other = Repository(copy.location, "another key of somebody", copy.cache)
    with pytest.raises(WrongKey) as told:
        other.snapshots()
    assert "another key" not in str(told.value) + repr(other) + str(told.value.remedy)
    assert "secrets.json" in str(told.value.remedy)


def test_a_repository_that_is_gone_is_not_made_anew_in_what_is_left_of_it(copy: Repository) -> None:
    (Path(copy.location) / "config").unlink()
    with pytest.raises(DamagedRepository, match="no repository"):
        copy.ensure()
    with pytest.raises(DamagedRepository):
        copy.snapshots()


def test_an_unknown_backup_is_told_as_such(made: tuple[Repository, str, Path], tmp_path: Path) -> None:
    with pytest.raises(NoSuchBackup):
        made[0].bring_back("ffffffff", tmp_path)


def test_storage_that_does_not_answer_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    away = Repository(f"s3:http://127.0.0.1:{free_port()}/bucket/acme", "key", tmp_path / "cache")
    with pytest.raises(Unreachable) as told:
        away.exists()
    assert told.value.retryable


def test_a_bucket_holds_backups_like_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        keys = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys).create_bucket(Bucket="backups")
        bucket = Repository(f"s3:http://{host}:{port}/backups/press/acme", "key", tmp_path / "cache")
        assert not bucket.exists()
        bucket.ensure()
        bucket.ensure()
        source = content(tmp_path / "source")
        first = bucket.write(source, MOMENT, "command", None)
        second = bucket.write(source, MOMENT + dt.timedelta(hours=1), "command", first.snapshot)
        bucket.bring_back(second.snapshot, tmp_path / "back", ("/uploads/3",))
        bucket.forget([first.snapshot])
        bucket.check(read_data=True)
        assert [each.id for each in bucket.snapshots()] == [second.snapshot]
        assert (tmp_path / "back/uploads/3/bread.jpg").read_bytes() == (source / "uploads/3/bread.jpg").read_bytes()
        with pytest.raises(WrongKey):
            Repository(bucket.location, "another", bucket.cache).exists()
        bucket.remove()
        assert bucket.snapshots() == ()
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system that is soon full")
def test_a_full_target_keeps_the_backups_it_has(tmp_path: Path) -> None:
    mount = tmp_path / "full"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount)], check=True)
    try:
        repository = Repository(str(mount / "acme"), "key", tmp_path / "cache")
        repository.ensure()
        first = repository.write(content(tmp_path / "small", files=4), MOMENT, "command", None)
        with pytest.raises(FullTarget, match="no space left"):
            repository.write(content(tmp_path / "large", files=40), MOMENT, "command", first.snapshot)
        repository.bring_back(first.snapshot, tmp_path / "back")
        assert [each.id for each in repository.snapshots()] == [first.snapshot]
    finally:
        subprocess.run(["umount", "--lazy", str(mount)], check=True)


def test_a_command_that_was_killed_keeps_nobody_out(copy: Repository, tmp_path: Path) -> None:
    source = content(tmp_path / "source", files=30)
    reading, writing = os.pipe()
    os.write(writing, copy.key.encode() + b"\n")
    os.close(writing)
    began = subprocess.Popen(
        ["restic", "--repo", copy.location, "--password-file", f"/dev/fd/{reading}", "backup", "."],
        cwd=source,
        pass_fds=(reading,),
        env={**os.environ, "RESTIC_CACHE_DIR": str(copy.cache)},
        stdout=subprocess.DEVNULL,
    )
    os.close(reading)
    locks = Path(copy.location) / "locks"
    until(lambda: any(locks.iterdir()) or began.poll() is not None)
    began.send_signal(signal.SIGKILL)
    began.wait()

    written = copy.write(source, MOMENT, "command", None)
    copy.forget([written.snapshot])
    copy.check(read_data=True)
    assert len(copy.snapshots()) == 2


def test_somebody_elses_work_is_not_interrupted(copy: Repository) -> None:
    lock = Path(copy.location) / "locks"
    assert lock.is_dir()
    # A lock of another machine's command: its process cannot be looked for here.
    reading, writing = os.pipe()
    os.write(writing, copy.key.encode() + b"\n")
    os.close(writing)
    began = subprocess.Popen(
        [
            *("unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"),
            *("restic", "--repo", copy.location, "--password-file", f"/dev/fd/{reading}", "backup", "--stdin"),
        ],
        stdin=subprocess.PIPE,
        pass_fds=(reading,),
        env={**os.environ, "RESTIC_CACHE_DIR": str(copy.cache)},
        stdout=subprocess.DEVNULL,
    )
    os.close(reading)
    try:
        until(lambda: any(lock.iterdir()) or began.poll() is not None)
        assert began.poll() is None
        with pytest.raises(InUse):
            copy.check(read_data=False)
    finally:
        began.kill()
        began.wait()


def files_of(repository: Repository, kind: str) -> list[Path]:
    return sorted(
        (path for path in (Path(repository.location) / kind).rglob("*") if path.is_file()), key=lambda p: p.name
    )


def flip(file: Path, at: float) -> None:
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[min(int(len(data) * at), len(data) - 1)] ^= 0x01
    file.write_bytes(bytes(data))


def shorten(file: Path, to: float) -> None:
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * to)])


DAMAGES = [
    *((kind, how) for kind in ("data", "index", "snapshots", "keys") for how in ("gone", "empty", "half", "one bit")),
    ("config", "one bit"),
    ("config", "gone"),
    ("data", "first bit"),
    ("data", "last bit"),
]


@pytest.mark.parametrize(("kind", "how"), DAMAGES[:: every(5)])
def test_every_damage_is_found(copy: Repository, kind: str, how: str) -> None:
    files = [Path(copy.location) / "config"] if kind == "config" else files_of(copy, kind)
    file = files[len(files) // 2]
    if how == "gone":
        file.unlink()
    elif how in {"empty", "half"}:
        shorten(file, 0.0 if how == "empty" else 0.5)
    else:
        flip(file, {"first bit": 0.0, "one bit": 0.5, "last bit": 1.0}[how])
    shutil.rmtree(copy.cache, ignore_errors=True)

    # As `presswerk backup verify` looks: what the hub has noted, and then all that it consists of.
    with pytest.raises(BackupProblem) as told:  # noqa: PT012
        if len(copy.snapshots()) < NOTED:
            raise DamagedRepository("A backup has vanished.", "Put it back.")
        copy.check(read_data=True)
    assert told.value.remedy
