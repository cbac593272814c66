"""Started by root, what needs nothing but its own directory runs as a user of its own, who reads nobody else's."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk.declaration import Platform, demo_platform
from presswerk.runtimes.local.accounts import accounts_for, why_none
from presswerk.runtimes.local.environments import ensure_environment, others_can_run
from presswerk.runtimes.local.identity import identity_database, identity_service, seed
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import state_mark
from presswerk.sites.fpm import ProcessOwner
from tests.support.process import free_ports
from tests.support.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture
def layout() -> Iterator[Layout]:
    directory = Path(tempfile.mkdtemp(prefix="presswerk-owners-"))
    directory.chmod(0o711)
    first = free_ports(4)
    found = Layout(directory / "state", Ports(hub=first, chat=first + 1, identity=first + 2, ai_stand_in=first + 3))
    try:
        if accounts_for(found) is None:
            pytest.skip(f"services cannot have user ids of their own here: {why_none(found)}")
        found.state.mkdir(mode=0o711)
        yield found
    finally:
        Supervision(found).shutdown()
        shutil.rmtree(directory)


def owner_of(layout: Layout, name: str) -> ProcessOwner:
    accounts = accounts_for(layout)
    assert accounts is not None
    return accounts.of_service(name)


def users_of(layout: Layout, service: str) -> set[tuple[int, ...]]:
    """Real, effective, saved and file system's user id of each process of a service; see proc(5)."""
    pids = [found.pid for found in marked_processes(state_mark(layout)) if found.service == service]
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {tuple(map(int, line.split()[1:])) for line in lines if line.startswith("Uid:")}


def is_read_by(owner: ProcessOwner, path: Path) -> bool:
    reading = ("/bin/cat", str(path))
    done = subprocess.run(
        reading, user=owner.user, group=owner.group, extra_groups=(), capture_output=True, check=False
    )
    return done.returncode == 0


def test_every_service_has_an_id_of_its_own_and_none_is_a_tenants(layout: Layout) -> None:
    accounts = accounts_for(layout)
    assert accounts is not None
    names = ("identity", "chat", "ai-stand-in", "cron")
    every = [accounts.web, *(accounts.of_service(name) for name in names), *map(accounts.of_site, range(500))]

    assert len({owner.user for owner in every}) == len(every)


def test_a_service_has_its_directory_and_no_right_of_roots(layout: Layout) -> None:
    owner, other = owner_of(layout, "chat"), owner_of(layout, "identity")
    own, elsewhere = layout.state / "chat", layout.state / "elsewhere"
    for directory in (own / "below", elsewhere):
        directory.mkdir(mode=0o700, parents=True)
    # What a version before, which ran as root, has left, and what is not its own although a name leads there from it.
    (own / "below" / "former").write_text("kept")
    (elsewhere / "secret").write_text("a secret")
    (own / "link").symlink_to(elsewhere)
    (own / "second-name").hardlink_to(elsewhere / "secret")
    says = (
        f"id -u; id -g; id -G; grep Cap[EPBA] /proc/self/status; cat {elsewhere}/secret; cat below/former; echo $HOME"
    )
    service = Service("chat", ("/bin/sh", "-c", f"({says}) > said 2>&1; mv said all-said; sleep 600"), own, owner=owner)
    supervision = Supervision(layout)

    supervision.apply([service])
    until((own / "all-said").exists)

    said = (own / "all-said").read_text().splitlines()
    assert said[:3] == [str(owner.user), str(owner.group), str(owner.group)]
    assert {line.split()[1] for line in said if line.startswith(("CapPrm", "CapEff", "CapAmb"))} == {"0" * 16}
    assert "a secret" not in said
    assert said[-1] == f"kept{own}"
    assert users_of(layout, "chat") == {(owner.user,) * 4}
    given = [path for path in (own, *own.rglob("*")) if path.lstat().st_uid == owner.user]
    assert {path.name for path in given} == {"chat", "below", "former", "link", "all-said", *AUTHORITIES}
    assert {path.stat().st_uid for path in (elsewhere, elsewhere / "secret")} == {0}
    assert not is_read_by(other, own / "below" / "former")
    assert supervision.declared()[0].owner == owner


AUTHORITIES = ("authorities.pem",) if "SSL_CERT_FILE" in os.environ else ()


def test_an_identity_provider_that_ran_as_root_is_taken_over_with_its_people(layout: Layout) -> None:
    if not others_can_run("canaille"):
        pytest.skip("no Python of this machine can be run by another user")
    owner, platform, secrets = owner_of(layout, "identity"), demo_platform(), Secrets.open(layout)
    python = ensure_environment("canaille", layout, silent, for_others=True)
    supervision = Supervision(layout, secrets.all_values())
    layout.identity.mkdir(mode=0o700)
    made = seed(layout, platform, secrets, python)
    former = identity_service(layout, secrets, python)
    supervision.apply([former])
    supervision.wait_ready([former])
    assert users_of(layout, "identity") == {(0, 0, 0, 0)}

    # While the former one still runs, and then while the new one does: what root did not write, root may write.
    taken = seed(layout, platform, secrets, python, owner=owner)
    later = identity_service(layout, secrets, python, owner)
    assert supervision.apply([later]).restarted == ("identity",)
    supervision.wait_ready([later])
    with_another = seed(layout, _with_ada(platform), secrets, python, owner=owner)

    assert made.created
    assert taken.created == ()
    assert with_another.created == ("person ada",)
    assert users_of(layout, "identity") == {(owner.user,) * 4}
    assert not is_read_by(owner_of(layout, "chat"), identity_database(layout))
    assert not is_read_by(owner, layout.state / "secrets.json")
    assert {path.stat().st_uid for path in layout.identity.glob("canaille.sqlite*")} == {owner.user}
    described = json.loads((layout.environment_files / "identity.json").read_text())
    assert described["owner"] == [owner.user, owner.group]
    assert not is_read_by(owner, layout.environment_files / "identity.json")


def _with_ada(platform: Platform) -> Platform:
    first = platform.people[0]
    ada = first.model_copy(update={"user_name": "ada", "email": "ada@press.example"})
    return platform.model_copy(update={"people": (*platform.people, ada)})
