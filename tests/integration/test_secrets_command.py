"""`presswerk secrets` as a process, on an emulated cluster: asked at a terminal, from files, killed at every write."""

import base64
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from presswerk.infrastructure.delivery.secrets import complete, planned, put, read_secrets
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.kinds import SECRET
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from tests.support.cluster_server import Call
from tests.support.delivery import World, running_world
from tests.support.deploy_command import Killing, to_its_end
from tests.unit.infrastructure.test_delivery_secrets import GIVEN

pytestmark = pytest.mark.integration
CHAT = ("open-webui", "presswerk")
_TIMEOUT_SECONDS = 400


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A cluster without any Secret and without the namespaces they are in."""
    with running_world(tmp_path) as world:
        for key in [key for key in world.cluster.store.objects if key.plural in {"secrets", "namespaces"}]:
            del world.cluster.store.objects[key]
        yield world


@pytest.fixture
def values(world: World) -> Path:
    """What somebody gave out, for those keys that this declaration needs."""
    directory = world.directory / "values"
    directory.mkdir(mode=0o700)
    needed = {key.name for secret in required_secrets(world.platform()) for key in secret.keys}
    for name in needed & GIVEN.keys():
        (directory / name).write_text(f"{GIVEN[name]}\n", encoding="utf-8")
    return directory


def _command(world: World, *words: str) -> list[str]:
    places = ("--config", str(world.directory / "platform.yaml"), "--kubeconfig", str(world.kubeconfig))
    return [sys.executable, "-m", "presswerk.cli", "secrets", *places, *words]


def _run(world: World, *words: str, killing: Killing | None = None) -> subprocess.CompletedProcess[str]:
    return to_its_end(world, _command(world, *words), _environment(world), killing)


def _environment(world: World) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(world.directory), "NO_COLOR": "1"}


def _is_complete(world: World) -> bool:
    connection = connect(KubeContext(world.kubeconfig))
    return "are there" in complete(world.platform(), read_secrets(connection, world.platform()))


def test_secrets_and_their_namespaces_are_made_and_a_repeat_changes_nothing(world: World, values: Path) -> None:
    blank = {"metadata": {"name": "presswerk-hub", "namespace": "presswerk"}, "type": "Opaque"}
    kept = {
        "PRESSWERK_AI_API_KEY": base64.b64encode(b" \n").decode(),
        "OF_SOMEBODY": base64.b64encode(b"else").decode(),
        "EMPTY_AND_OF_SOMEBODY": "",
    }
    world.cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "presswerk"}})
    world.cluster.put({"apiVersion": "v1", "kind": "Secret", **blank, "data": kept})

    first = _run(world, "--from", str(values), "--yes")
    before = {key: body for key, body in world.cluster.store.objects.items() if key.plural == "secrets"}
    again = _run(world, "--from", str(values), "--yes", "--json")

    assert first.returncode == 0, first.stderr
    assert _is_complete(world)
    (hub,) = [body for key, body in before.items() if key.name == "presswerk-hub"]
    assert {key: hub["data"].get(key) for key in kept if "SOMEBODY" in key} == {
        key: value for key, value in kept.items() if "SOMEBODY" in key
    }
    assert again.returncode == 0, again.stderr
    assert {each["value"] for each in json.loads(again.stdout)["keys"]} == {"there"}
    assert {key: body for key, body in world.cluster.store.objects.items() if key.plural == "secrets"} == before
    told = "".join((first.stdout, first.stderr, again.stdout, again.stderr))
    secret = [value for name, value in GIVEN.items() if "HOST" not in name and "URL" not in name and len(value) > 12]
    assert [value for value in secret if value in told and value != GIVEN["AUTHENTIK_BOOTSTRAP_EMAIL"]] == []
    assert "bb22" not in told


def test_without_a_terminal_what_is_missing_is_named_and_nothing_changed(world: World) -> None:
    told = _run(world, "--yes")

    assert told.returncode == 1
    assert "DATABASE_URL: postgresql://user:password@host" in told.stderr
    assert "--from" in told.stderr
    assert [key for key in world.cluster.store.objects if key.plural in {"secrets", "namespaces"}] == []


def test_a_person_is_asked_again_until_it_can_be_a_value_and_nothing_typed_is_shown(world: World, values: Path) -> None:
    (values / "DATABASE_URL").unlink()
    ours, theirs = pty.openpty()
    terminal = _Terminal(ours)
    with subprocess.Popen(
        _command(world, "--from", str(values), "--yes"),
        env=_environment(world),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            status = _answered(process, terminal)
        finally:
            process.kill()
    os.close(ours)

    assert status == 0, terminal.shown.decode()
    assert b"bb22" not in terminal.shown
    assert _is_complete(world)


def _answered(process: "subprocess.Popen[bytes]", terminal: "_Terminal") -> int:
    # What is typed before the space is thrown away: the prompt comes first, then the hiding, then the space.
    terminal.until(b"value: ")
    os.write(terminal.descriptor, b"postgresql://chat:PASSWORD@pg.lan/chat\n")
    terminal.until(b"stands for the real one")
    terminal.until(b"value: ")
    os.write(terminal.descriptor, GIVEN["DATABASE_URL"].encode() + b"\n")
    terminal.until(None)
    return process.wait(_TIMEOUT_SECONDS)


@dataclass
class _Terminal:
    """What a program shows at a terminal, by the other end of it."""

    descriptor: int
    shown: bytes = b""
    seen: int = 0

    def until(self, wanted: bytes | None) -> None:
        """Read on to some words behind those of before, or to the program's end."""
        while wanted is None or self.shown.find(wanted, self.seen) < 0:
            ready, _, _ = select.select([self.descriptor], [], [], _TIMEOUT_SECONDS)
            assert ready, self.shown.decode()
            try:
                part = os.read(self.descriptor, 4096)
            except OSError:  # the program has closed its end
                part = b""
            if not part:
                assert wanted is None, self.shown.decode()
                return
            self.shown += part
        self.seen = self.shown.find(wanted, self.seen) + len(wanted)


def test_killed_after_each_write_a_repeat_goes_on_and_nothing_differs(world: World, values: Path) -> None:
    def second_write() -> Killing:
        writes: list[Call] = []

        def is_second(call: Call) -> bool:
            if call.is_write:
                writes.append(call)
            return len(writes) == 2

        return Killing(is_second)

    killed = 0
    while (killing := second_write()) and _run(world, "--from", str(values), "--yes", killing=killing).returncode:
        assert killing.happened
        killed += 1
        assert killed < 20

    # Two namespaces and four Secrets, each written by a run that died of the next.
    assert killed == 5
    assert _is_complete(world)


@pytest.mark.parametrize("ahead", [1, 2, 3])
def test_of_two_runs_at_the_same_time_what_must_be_alike_is(world: World, ahead: int) -> None:
    world.cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "authentik"}})
    world.cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "presswerk"}})
    connection, required = connect(KubeContext(world.kubeconfig)), required_secrets(world.platform())
    one, other = (planned(required, read_secrets(connection, world.platform()), GIVEN) for _ in range(2))
    put(connection, [entry for entry in one if entry.secret in required[:ahead]], lambda _line: None)
    held = read_secrets(connection, world.platform())

    after = put(connection, other, lambda _line: None)

    found = read_secrets(connection, world.platform())
    assert "are there" in complete(world.platform(), found)
    assert {name: found[name] for name, keys in held.items() if keys} == {n: keys for n, keys in held.items() if keys}
    assert {entry.place: entry.value for entry in after} == {
        entry.place: found[entry.secret.namespace, entry.secret.name][entry.key.name] for entry in after
    }


def _secret(world: World, name: str) -> dict[str, Any]:
    return world.cluster.get(SECRET, name, "presswerk") or {}


def test_a_check_tells_what_is_to_be_done_and_changes_nothing(world: World, values: Path) -> None:
    empty = _run(world, "--check", "--json")
    nothing = [key for key in world.cluster.store.objects if key.plural in {"secrets", "namespaces"}]
    _run(world, "--from", str(values), "--yes")
    full = _run(world, "--check", "--vault", str(world.directory / "vault.env"))

    assert (empty.returncode, nothing) == (1, [])
    assert "keys are not there" in empty.stderr
    by_origin = {(each["secret"], each["key"]): each["value"] for each in json.loads(empty.stdout)["keys"]}
    assert by_origin["open-webui", "DATABASE_URL"] == "missing"
    assert by_origin["authentik", "AUTHENTIK_SECRET_KEY"] == "made"
    assert (full.returncode, full.stderr) == (0, f"secrets: all {len(by_origin)} keys of 4 Secrets are there\n")
    assert not (world.directory / "vault.env").exists()


def test_two_that_differ_are_named_and_copied_anew_once_one_is_deleted(world: World, values: Path) -> None:
    _run(world, "--from", str(values), "--yes")
    older = base64.b64encode(b"an-older-one").decode()
    world.cluster.edit(SECRET, *CHAT, lambda body: body["data"].update(OAUTH_CLIENT_SECRET=older))

    differing = _run(world, "--yes")
    world.cluster.edit(SECRET, *CHAT, lambda body: body["data"].pop("OAUTH_CLIENT_SECRET"))
    mended = _run(world, "--yes")

    assert differing.returncode == 1
    assert "OAUTH_CLIENT_SECRET is not the same as" in differing.stderr
    assert "delete the wrong key" in differing.stderr
    assert "an-older-one" not in differing.stdout + differing.stderr
    assert mended.returncode == 0, mended.stderr
    assert _is_complete(world)


def test_a_given_value_that_is_not_used_is_told_and_not_shown(world: World, values: Path) -> None:
    _run(world, "--from", str(values), "--yes")
    before = _secret(world, "open-webui")
    (values / "DATABASE_URL").write_text("postgresql://chat:an0ther@pg.lan:5432/chat\n", encoding="utf-8")

    told = _run(world, "--from", str(values), "--yes")

    assert told.returncode == 0, told.stderr
    assert told.stderr.count("Note:") == 1
    assert "presswerk/open-webui: DATABASE_URL is there with another value" in told.stderr
    assert "an0ther" not in told.stderr + told.stdout
    assert _secret(world, "open-webui") == before


def test_what_is_new_can_be_kept_and_no_file_is_overwritten(world: World, values: Path) -> None:
    vault = world.directory / "vault.env"
    made = _run(world, "--from", str(values), "--yes", "--vault", str(vault))
    later = _run(world, "--yes", "--vault", str(world.directory / "later.env"))
    for key in [key for key in world.cluster.store.objects if key.name == "presswerk-hub"]:
        del world.cluster.store.objects[key]
    nowhere = _run(world, "--yes", "--from", str(values), "--vault", str(world.directory / "none" / "vault.env"))
    refused = _run(world, "--from", str(values), "--yes", "--vault", str(vault))

    assert made.returncode == 0, made.stderr
    assert vault.stat().st_mode & 0o777 == 0o600
    lines = dict(line.split("=", 1) for line in vault.read_text(encoding="utf-8").splitlines())
    assert lines["presswerk/open-webui/DATABASE_URL"] == GIVEN["DATABASE_URL"]
    assert len(lines["authentik/authentik/AUTHENTIK_SECRET_KEY"]) == 64
    assert later.returncode == 0, later.stderr
    assert (world.directory / "later.env").read_bytes() == vault.read_bytes()
    assert [(each.returncode, "that is not there yet" in each.stderr) for each in (refused, nowhere)] == [(1, True)] * 2
    assert [key for key in world.cluster.store.objects if key.name == "presswerk-hub"] == []


def test_what_others_can_read_or_nobody_needs_is_refused(world: World, values: Path) -> None:
    (values / "DATABASE_URI").write_text("x", encoding="utf-8")
    unknown = _run(world, "--from", str(values), "--yes")
    values.chmod(0o755)
    open_to_all = _run(world, "--from", str(values), "--yes")

    assert (unknown.returncode, "DATABASE_URI, which is no key of a Secret" in unknown.stderr) == (1, True)
    assert (open_to_all.returncode, "chmod 700" in open_to_all.stderr) == (1, True)
