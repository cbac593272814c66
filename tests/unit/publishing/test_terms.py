"""What the hub remembers of a site's terms, and for how long."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from presswerk.database import connect, migrate
from presswerk.declaration import Tenant
from presswerk.messages import Message
from presswerk.publishing.terms import MAX_AGE_SECONDS, SILENCE_SECONDS, TermCache
from presswerk.tenants import TenantRegistry, UnknownTenant, Vault
from presswerk.wordpress import Connection, SiteTerms, SiteUnavailable
from tests.support.waiting import PATIENCE_SECONDS


@dataclass
class Sites:
    """Sites that answer with the terms given them, or not at all; the clock is the test's."""

    terms: dict[str, SiteTerms | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now: float = 1000.0
    wait: threading.Event | None = None

    @contextlib.contextmanager
    def open(self, connection: Connection) -> Iterator[Any]:
        yield Site(self, connection.application_password)

    def seconds(self) -> float:
        return self.now


@dataclass
class Site:
    sites: Sites
    name: str

    def terms(self) -> SiteTerms:
        self.sites.asked.append(self.name)
        if self.sites.wait is not None:
            self.sites.wait.wait(PATIENCE_SECONDS)
        terms = self.sites.terms.get(self.name)
        if terms is None:
            raise SiteUnavailable(Message("it is away"), remedy=Message("wait"))
        return terms


def connection(password: str) -> Connection:
    return Connection("https://acme.example", "http://acme", "presswerk", password)


@pytest.fixture
def tenants(tmp_path: Path) -> TenantRegistry:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    registry = TenantRegistry(engine, Vault.from_setting(Fernet.generate_key().decode()))
    registry.put(Tenant(id="acme", name="Acme"), connection("first"))
    return registry


@pytest.fixture
def sites() -> Sites:
    return Sites({"first": SiteTerms(("Bread",), (), None)})


@pytest.fixture
def cache(tenants: TenantRegistry, sites: Sites) -> TermCache:
    return TermCache(tenants, sites.open, sites.seconds)


def test_an_answer_serves_for_ten_minutes_and_no_longer(cache: TermCache, sites: Sites) -> None:
    for _ in range(3):
        assert cache.of("acme") == SiteTerms(("Bread",), (), None)
    sites.now += MAX_AGE_SECONDS - 1
    cache.of("acme")
    assert sites.asked == ["first"]
    sites.now += 1
    sites.terms["first"] = SiteTerms(("Cheese",), (), None)
    assert cache.of("acme") == SiteTerms(("Cheese",), (), None)


def test_an_old_answer_does_not_serve_while_the_site_is_silent(cache: TermCache, sites: Sites) -> None:
    cache.of("acme")
    sites.terms.clear()
    sites.now += MAX_AGE_SECONDS
    assert cache.of("acme") is None


def test_a_silent_site_is_left_alone_for_a_while(cache: TermCache, sites: Sites) -> None:
    known = sites.terms.pop("first")
    assert [cache.of("acme"), cache.of("acme")] == [None, None]
    assert sites.asked == ["first"]
    sites.terms["first"] = known
    sites.now += SILENCE_SECONDS
    assert cache.of("acme") == known


def test_many_at_once_ask_the_site_once(cache: TermCache, sites: Sites) -> None:
    sites.wait = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(cache.of, "acme") for _ in range(8)]
        sites.wait.set()
        assert {answer.result() for answer in answers} == {SiteTerms(("Bread",), (), None)}
    assert sites.asked == ["first"]


def test_a_tenant_made_anew_has_none_of_its_predecessors_terms(
    cache: TermCache, sites: Sites, tenants: TenantRegistry
) -> None:
    cache.of("acme")
    tenants.forget("acme")
    with pytest.raises(UnknownTenant):
        cache.of("acme")
    tenants.put(Tenant(id="acme", name="Acme"), connection("second"))
    sites.terms["second"] = SiteTerms(("Cheese",), (), None)
    assert cache.of("acme") == SiteTerms(("Cheese",), (), None)


def test_a_question_about_to_be_asked_may_be_forgotten_by_another(
    cache: TermCache, sites: Sites, tenants: TenantRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants.put(
        Tenant(id="beta", name="Beta"), Connection("https://beta.example", "http://beta", "presswerk", "second")
    )
    sites.terms["second"] = SiteTerms(("Cheese",), (), None)
    in_between: list[Callable[[], object]] = []

    class Turn:
        """A lock before whose taking somebody else may come."""

        def __init__(self) -> None:
            self._lock = real()

        def __enter__(self) -> None:
            if in_between:
                in_between.pop()()
            self._lock.acquire()

        def __exit__(self, *_: object) -> None:
            self._lock.release()

        def locked(self) -> bool:
            return self._lock.locked()

    real = threading.Lock
    monkeypatch.setattr(threading, "Lock", Turn)
    cache.of("acme")
    sites.now += MAX_AGE_SECONDS
    in_between.append(lambda: cache.of("beta"))
    cache.of("acme")
    sites.now += MAX_AGE_SECONDS
    assert cache.of("beta") == SiteTerms(("Cheese",), (), None)
