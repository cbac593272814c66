"""A site's database password changes while the site goes on answering."""

import dataclasses
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pymysql
import pymysql.cursors
import pytest

from presswerk.runtimes.databases import (
    DatabaseAccess,
    DatabaseBusy,
    MariaDbAdmin,
    UnixSocketServer,
    UserLimits,
    rotate,
)
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.mariadb import LocalMariaDb
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.wordpress import LocalSite
from tests.support.databases import Killed, ending_before, new_password, works
from tests.support.sites import RunningSite, running_site

pytestmark = pytest.mark.integration

LIMITS = UserLimits(connections=12)
_VISITORS = 2


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDbAdmin]:
    layout = Layout(tmp_path_factory.mktemp("server") / "state")
    server = LocalMariaDb(layout, Secrets.open(layout))
    supervision = Supervision(layout)
    server.ensure(lambda _line: None)
    try:
        supervision.ensure([server.service()])
        supervision.wait_ready([server.service()])
        yield server.admin
    finally:
        supervision.shutdown()


@dataclasses.dataclass
class Visitors:
    """Ask a site for a page that needs its database, again and again, and note every answer."""

    site: RunningSite
    answers: list[int | str] = dataclasses.field(default_factory=list)
    done: threading.Event = dataclasses.field(default_factory=threading.Event)

    def visit(self) -> None:
        with self.site.http() as http:
            while not self.done.is_set():
                try:
                    self.answers.append(http.get("/wp-json/wp/v2/posts?_fields=id").status_code)
                except httpx.HTTPError as error:
                    self.answers.append(repr(error))

    def __enter__(self) -> "Visitors":
        self._threads = [threading.Thread(target=self.visit) for _ in range(_VISITORS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.done.set()
        for thread in self._threads:
            thread.join()

    def await_more(self, count: int) -> None:
        """Wait until so many more requests have been answered."""
        wanted = len(self.answers) + count
        while len(self.answers) < wanted:
            self.done.wait(0.05)


@dataclasses.dataclass
class Switching:
    """Records an access and brings a site to it, as a runtime does."""

    site: LocalSite
    recorded: list[DatabaseAccess]

    def __call__(self, access: DatabaseAccess) -> None:
        self.recorded.append(access)
        dataclasses.replace(self.site, database=access).ensure(lambda _line: None)


def test_no_request_fails_while_the_password_changes(admin: MariaDbAdmin, tmp_path: Path) -> None:
    old = admin.ensure("acme", new_password(), LIMITS)
    recorded = [old]
    with running_site(tmp_path, database=old) as site:
        switch = Switching(site.site, recorded)
        with Visitors(site) as visitors:
            visitors.await_more(20)
            # PHP notices a changed file after 2 s at most, and what it has begun by then is answered in the rest.
            new = rotate(admin, "acme", old, new_password(), limits=LIMITS, switch=switch, quiet_seconds=6.0)
            visitors.await_more(20)
    print(f"{len(visitors.answers)} requests while the password changed")
    assert set(visitors.answers) == {200}
    assert len(visitors.answers) > 40
    assert (old.user, new.user) == ("site_acme_a", "site_acme_b")
    assert [works(access) for access in (old, new)] == [False, True]
    assert recorded[-1] == new
    assert admin.users("acme") == (new.user,)


@pytest.mark.parametrize("records_first", [True, False], ids=["recorded", "not-recorded"])
def test_an_interrupted_rotation_is_finished_by_the_next(admin: MariaDbAdmin, records_first: bool) -> None:
    tenant = "cut-a" if records_first else "cut-b"
    current = admin.ensure(tenant, new_password(), LIMITS)
    recorded = [current]

    def ends_in_the_middle(access: DatabaseAccess) -> None:
        if records_first:
            recorded.append(access)
        raise Killed

    with pytest.raises(Killed):
        rotate(admin, tenant, current, new_password(), limits=LIMITS, switch=ends_in_the_middle, quiet_seconds=0.1)
    assert works(current)
    assert works(recorded[-1])
    switched: list[DatabaseAccess] = []
    new = rotate(admin, tenant, recorded[-1], new_password(), limits=LIMITS, switch=switched.append, quiet_seconds=0.1)
    assert switched == [recorded[-1], new]
    assert works(new)
    assert not works(current)
    assert admin.users(tenant) == (new.user,)


def test_a_password_that_stays_in_use_stays_good(admin: MariaDbAdmin) -> None:
    current = admin.ensure("busy", new_password(), LIMITS)
    assert isinstance(current.server, UnixSocketServer)
    held = pymysql.connect(unix_socket=str(current.server.socket), user=current.user, password=current.password)
    try:
        with pytest.raises(DatabaseBusy, match="both passwords of busy are good"):
            rotate(
                admin,
                "busy",
                current,
                new_password(),
                limits=LIMITS,
                switch=lambda _access: None,
                quiet_seconds=0.2,
                patience_seconds=1.0,
            )
        assert works(current)
    finally:
        held.close()


def test_short_visits_between_two_looks_count_as_use(admin: MariaDbAdmin) -> None:
    current = admin.ensure("brief", new_password(), LIMITS)
    before = admin.activity("brief", current.user)
    assert works(current)
    after = admin.activity("brief", current.user)
    assert after.sign_ins == before.sign_ins + 1


def test_a_rotation_ended_at_any_call_to_the_server_leaves_a_site_that_works(
    admin: MariaDbAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends before the nth statement, for every n there is, and is repeated each time."""
    for ends_before in itertools.count(1):
        tenant = f"any-{ends_before}"
        current = admin.ensure(tenant, new_password(), LIMITS)
        recorded = [current]
        try:
            with ending_before(monkeypatch, ends_before):
                rotate(
                    admin, tenant, current, new_password(), limits=LIMITS, switch=recorded.append, quiet_seconds=0.01
                )
        except Killed:
            pass
        else:
            break
        assert works(recorded[-1])
        last = recorded[-1]
        new = rotate(admin, tenant, last, new_password(), limits=LIMITS, switch=recorded.append, quiet_seconds=0.01)
        assert works(new)
        assert admin.users(tenant) == (new.user,)
        admin.drop(tenant)
    assert ends_before > 8
