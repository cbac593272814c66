"""Tenants at Authentik over HTTP: what is asked of it, what becomes of faults, crashes and other people's changes."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import stamina

from presswerk.declaration import Tenant
from presswerk.identity.providers.authentik import AuthentikTenants
from presswerk.identity.providers.errors import NotAllowed, NotSignedIn
from tests.support.authentik_double import TOKEN, AuthentikDouble, Fault, drift, running_authentik
from tests.support.authentik_store import Store

pytestmark = pytest.mark.integration

ACME = Tenant(id="acme", name="Acme News")
SITE = "https://acme.example.com"
SLUG = "site-acme"
HTTP = httpx.Client()
"""One for all, since making one takes longer than most tests; it says nothing of its own."""


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.fixture
def authentik() -> Iterator[AuthentikDouble]:
    with running_authentik() as double:
        yield double


@pytest.fixture
def tenants(authentik: AuthentikDouble) -> Iterator[AuthentikTenants]:
    with AuthentikTenants(authentik.url, TOKEN, client=HTTP) as made:
        yield made


def provider_of(double: AuthentikDouble) -> dict[str, Any]:
    (provider,) = double.store.providers.values()
    return provider


def assert_complete(double: AuthentikDouble, tenants: AuthentikTenants) -> None:
    """Everything is there, once, and as wanted."""
    store = double.store
    assert sorted(each["name"] for each in store.groups.values()) == [
        "authentik Admins",
        "presswerk-admin",
        "tenant-acme-admin",
        "tenant-acme-author",
        "tenant-acme-editor",
    ]
    assert list(store.applications) == [SLUG]
    assert store.applications[SLUG]["provider"] == provider_of(double)["pk"]
    bound = [store.groups[each["group"]]["name"] for each in store.bindings.values()]
    assert sorted(bound) == ["presswerk-admin", "tenant-acme-admin", "tenant-acme-author", "tenant-acme-editor"]
    assert drift(tenants, ACME, SITE) == ()


def assert_gone(double: AuthentikDouble) -> None:
    """Nothing of the tenant is left, and everything else is."""
    store = double.store
    assert sorted(each["name"] for each in store.groups.values()) == ["authentik Admins", "presswerk-admin"]
    assert (store.applications, store.providers, store.bindings) == ({}, {}, {})


class TestEnsure:
    def test_makes_groups_application_provider_and_bindings(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        client = tenants.ensure(ACME, SITE)

        assert_complete(authentik, tenants)
        assert client.issuer == f"{authentik.url}/"
        assert client.client_id == "site-acme"
        assert client.client_secret == provider_of(authentik)["client_secret"]

    def test_gives_the_site_a_client_as_the_connector_needs_it(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure(ACME, SITE)

        provider = provider_of(authentik)
        store = authentik.store
        assert provider["client_type"] == "confidential"
        assert provider["grant_types"] == ["authorization_code"]
        assert provider["redirect_uris"] == [
            {
                "matching_mode": "strict",
                "redirect_uri_type": "authorization",
                "url": "https://acme.example.com/wp-login.php?action=presswerk-callback",
            },
            {
                "matching_mode": "strict",
                "redirect_uri_type": "logout",
                "url": "https://acme.example.com/wp-login.php?loggedout=true",
            },
        ]
        assert store.certificates[provider["signing_key"]]["name"] == "authentik Self-signed Certificate"
        assert sorted(store.mappings[key]["name"] for key in provider["property_mappings"]) == [
            "Presswerk groups",
            "Presswerk profile",
            "authentik default: email",
            "authentik default: openid",
        ]
        assert provider["access_token_validity"] == "hours=1"
        assert provider["sub_mode"] == "hashed_user_id"
        assert provider["invalidation_flow"] == store.flows["default-invalidation-flow"]["pk"]

    def test_uses_the_transaction_for_a_new_site(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        tenants.ensure(ACME, SITE)

        assert authentik.writes == [("POST", "/core/groups/")] * 3 + [("PUT", "/core/transactional/applications/")]

    def test_takes_at_most_25_calls(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        authentik.page_size = 100

        tenants.ensure(ACME, SITE)

        assert len(authentik.requests) <= 25

    def test_a_second_time_writes_nothing_and_gives_the_same(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        first = tenants.ensure(ACME, SITE)
        authentik.requests.clear()

        assert tenants.ensure(ACME, SITE) == first
        assert authentik.writes == []

    def test_finds_everything_by_name_from_another_process(self, authentik: AuthentikDouble) -> None:
        with AuthentikTenants(authentik.url, TOKEN, client=HTTP) as one:
            first = one.ensure(ACME, SITE)
        with AuthentikTenants(authentik.url, TOKEN, client=HTTP) as other:
            assert other.ensure(ACME, SITE) == first

    def test_names_the_issuer_by_its_public_address(self, authentik: AuthentikDouble) -> None:
        with AuthentikTenants(authentik.url, TOKEN, client=HTTP, public_url="https://login.example.com/") as tenants:
            client = tenants.ensure(ACME, SITE)

        assert client.issuer == "https://login.example.com/"
        assert client.discovery_url.startswith("https://login.example.com/application/o/site-acme/")

    def test_heals_a_client_that_has_an_issuer_of_its_own(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure(ACME, SITE)
        provider_of(authentik)["issuer_mode"] = "per_provider"

        assert drift(tenants, ACME, SITE) == ("correct provider site-acme: issuer_mode",)
        client = tenants.ensure(ACME, SITE)

        assert provider_of(authentik)["issuer_mode"] == "global"
        assert client.issuer == f"{authentik.url}/"
        assert client.discovery_url == f"{authentik.url}/application/o/site-acme/.well-known/openid-configuration"

    def test_reads_every_page(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        for number in range(7):
            authentik.store.mapping(f"Another {number}", f"another-{number}")
        authentik.page_size = 1

        tenants.ensure(ACME, SITE)

        assert_complete(authentik, tenants)

    def test_tenants_whose_ids_are_alike_share_nothing(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        longer = Tenant(id="acme-admin", name="Other")
        tenants.ensure(ACME, SITE)
        tenants.ensure(longer, "https://acme-admin.example.com")

        tenants.remove("acme")

        assert drift(tenants, longer, "https://acme-admin.example.com") == ()

    def test_keeps_members_who_were_there_before(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        group = authentik.store.make_group({"name": "tenant-acme-editor"})
        authentik.store.members[group["pk"]].add(authentik.store.user("emil")["pk"])

        tenants.ensure(ACME, SITE)

        assert [member.user_name for member in tenants.members("acme")] == ["emil"]


Spoil = Callable[[Store], object]


def _provider(**changes: Any) -> Spoil:
    return lambda store: next(iter(store.providers.values())).update(changes)


def _application(**changes: Any) -> Spoil:
    return lambda store: store.applications[SLUG].update(changes)


def _binding_of(store: Store, group: str) -> dict[str, Any]:
    found = store.group_named(group)
    assert found is not None
    return next(each for each in store.bindings.values() if each["group"] == found["pk"])


def _delete_group(store: Store) -> None:
    found = store.group_named("tenant-acme-author")
    assert found is not None
    store.delete_group(found["pk"])


def _delete_both(store: Store) -> None:
    store.delete_application(SLUG)
    store.delete_provider(next(iter(store.providers)))


def _promote(store: Store) -> None:
    found = store.group_named("tenant-acme-author")
    assert found is not None
    found["is_superuser"] = True


def _also_bind(**who: Any) -> Spoil:
    return lambda store: store.make_binding({"target": store.applications[SLUG]["pk"], "order": 9, **who})


def _let_everybody_in(store: Store) -> None:
    admins = store.group_named("authentik Admins")
    assert admins is not None
    _also_bind(group=admins["pk"])(store)


DRIFTS: dict[str, tuple[Spoil, str]] = {
    "a redirect address of somebody else": (
        _provider(redirect_uris=[{"matching_mode": "strict", "url": "https://evil.example/"}]),
        "redirect_uris",
    ),
    "a redirect address for everything": (
        _provider(redirect_uris=[{"matching_mode": "regex", "url": ".*"}]),
        "redirect_uris",
    ),
    "no signing key": (_provider(signing_key=None), "signing_key"),
    "no grant types": (_provider(grant_types=[]), "grant_types"),
    "one more grant type": (_provider(grant_types=["authorization_code", "password"]), "grant_types"),
    "a public client": (_provider(client_type="public"), "client_type"),
    "no secret": (_provider(client_secret=""), "client_secret"),
    "another client id": (_provider(client_id="else"), "client_id"),
    "another name": (_provider(name="else"), "name"),
    "another name and client id": (_provider(name="else", client_id="else"), "name, client_id"),
    "no scopes": (_provider(property_mappings=[]), "property_mappings"),
    "tokens for a minute": (_provider(access_token_validity="minutes=1"), "access_token_validity"),
    "people by their e-mail": (_provider(sub_mode="user_email"), "sub_mode"),
    "an issuer of its own": (_provider(issuer_mode="per_provider"), "issuer_mode"),
    "foreign tokens exchanged": (_provider(jwt_federation_providers=[99]), "jwt_federation_providers"),
    "no provider": (lambda store: store.delete_provider(next(iter(store.providers))), "create provider"),
    "a provider let go": (_application(provider=None), "correct application site-acme: provider"),
    "no application": (lambda store: store.delete_application(SLUG), "create application site-acme"),
    "neither": (
        _delete_both,
        "create application and provider",
    ),
    "another display name": (_application(name="Else"), "name"),
    "all bindings needed": (_application(policy_engine_mode="all"), "policy_engine_mode"),
    "no group": (_delete_group, "create group tenant-acme-author"),
    "a superuser group": (_promote, "superuser"),
    "no binding": (
        lambda store: store.bindings.pop(_binding_of(store, "tenant-acme-editor")["pk"]),
        "bind group tenant-acme-editor",
    ),
    "a binding turned off": (
        lambda store: _binding_of(store, "tenant-acme-editor").update(enabled=False),
        "correct the binding of group tenant-acme-editor",
    ),
    "a binding turned round": (
        lambda store: _binding_of(store, "tenant-acme-editor").update(negate=True),
        "correct the binding of group tenant-acme-editor",
    ),
    "a binding twice": (
        lambda store: store.make_binding({**_binding_of(store, "tenant-acme-editor"), "order": 7}),
        "which has one already",
    ),
    "a group more": (_let_everybody_in, "remove from application site-acme the binding of group"),
    "a person more": (_also_bind(user=4711), "the binding of user 4711"),
    "a policy more": (_also_bind(policy="0b2b6b39-8e31-4b06-ae10-1f5ccb7a5d5c"), "the binding of policy"),
}


class TestDrift:
    @pytest.mark.parametrize("name", DRIFTS)
    def test_is_told_without_a_change_and_healed(
        self, name: str, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        spoil, told = DRIFTS[name]
        tenants.ensure(ACME, SITE)
        spoil(authentik.store)
        authentik.requests.clear()

        found = drift(tenants, ACME, SITE)

        assert any(told in each for each in found), found
        assert authentik.writes == []
        client = tenants.ensure(ACME, SITE)
        assert_complete(authentik, tenants)
        assert client.client_secret == provider_of(authentik)["client_secret"] != ""

    def test_a_changed_address_and_name_reach_authentik(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        before = tenants.ensure(ACME, SITE)
        renamed = Tenant(id="acme", name="Acme Times")

        after = tenants.ensure(renamed, "https://times.example.org")

        assert after == before
        assert authentik.store.applications[SLUG]["name"] == "Acme Times"
        assert provider_of(authentik)["redirect_uris"][0]["url"].startswith("https://times.example.org/")


class TestRemove:
    def test_leaves_nothing_of_the_tenant_and_everything_else(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure(ACME, SITE)

        tenants.remove("acme")

        assert_gone(authentik)

    def test_shuts_the_door_first(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        tenants.ensure(ACME, SITE)
        authentik.requests.clear()

        tenants.remove("acme")

        assert [path.split("/")[2] for _, path in authentik.writes] == ["applications", "oauth2"] + ["groups"] * 3

    def test_of_what_is_not_there_does_nothing(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        tenants.remove("acme")

        assert authentik.writes == []

    def test_needs_no_foundation(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        tenants.ensure(ACME, SITE)
        authentik.store.flows.clear()
        authentik.store.mappings.clear()

        tenants.remove("acme")

        assert authentik.store.applications == {}

    @pytest.mark.parametrize("tenant_id", ["", "../x", "a", "A-B", "acme/", "acme\n"])
    def test_takes_no_id_that_is_none(self, tenant_id: str, tenants: AuthentikTenants) -> None:
        with pytest.raises(ValueError, match="no tenant id"):
            tenants.remove(tenant_id)


class Killed(BaseException):
    """The process is gone; nothing catches it."""


class Deadly(httpx.HTTPTransport):
    """Kills the process around its request number `at`."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__(verify=False)  # it speaks to no TLS, and loading authorities takes longer than the test
        self._left = at
        self._after = after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        dies, self._left = self._left == 0, self._left - 1
        if dies and not self._after:
            raise Killed
        response = super().handle_request(request)
        if dies:
            response.read()
            raise Killed
        return response


def killed(double: AuthentikDouble, at: int, *, after: bool, doing: Callable[[AuthentikTenants], object]) -> bool:
    """Do something in a process that is killed around a request; whether it came so far."""
    with (
        httpx.Client(transport=Deadly(at, after=after)) as client,
        AuthentikTenants(double.url, TOKEN, client=client) as tenants,
        contextlib.suppress(Killed),
    ):
        doing(tenants)
        return False
    return True


class TestCrash:
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_at_any_request_of_ensure_a_repeat_goes_on_and_makes_nothing_twice(
        self, after: bool, authentik: AuthentikDouble
    ) -> None:
        authentik.page_size = 100
        at = 0
        while True:
            authentik.store = Store.fresh()
            if not killed(authentik, at, after=after, doing=lambda tenants: tenants.ensure(ACME, SITE)):
                break
            with AuthentikTenants(authentik.url, TOKEN, client=HTTP) as tenants:
                tenants.ensure(ACME, SITE)
                assert_complete(authentik, tenants)
                tenants.remove("acme")
            assert_gone(authentik)
            at += 1
        assert at >= 15

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_at_any_request_of_remove_a_repeat_leaves_nothing(self, after: bool, authentik: AuthentikDouble) -> None:
        authentik.page_size = 100
        at = 0
        while True:
            authentik.store = Store.fresh()
            with AuthentikTenants(authentik.url, TOKEN, client=HTTP) as tenants:
                tenants.ensure(ACME, SITE)
            if not killed(authentik, at, after=after, doing=lambda tenants: tenants.remove("acme")):
                break
            with AuthentikTenants(authentik.url, TOKEN, client=HTTP) as tenants:
                tenants.remove("acme")
            assert_gone(authentik)
            at += 1
        assert at >= 10


FAULTS = {
    "429": Fault(429, headers=(("Retry-After", "0"),), body={"detail": "Request was throttled."}),
    "500": Fault(500, body={"detail": "Internal error"}),
    "500 though it was done": Fault(500, done=True, body={"detail": "Internal error"}),
    "503 from the entry": Fault(503),
    "connection lost before": Fault(),
    "connection lost after": Fault(done=True),
    "409": Fault(409, body={"detail": "Conflict"}),
}


def once(fault: Fault, at: int) -> Callable[[int, str, str], Fault | None]:
    """Let this go wrong with one request."""

    def choose(number: int, method: str, path: str) -> Fault | None:
        # What only reads is never in conflict.
        in_conflict = fault.status == 409 and method == "GET"
        return fault if number == at and not in_conflict else None

    return choose


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    def test_once_at_any_kind_of_request_is_got_over(self, name: str, authentik: AuthentikDouble) -> None:
        authentik.page_size = 100
        lifecycle(authentik)
        numbers = {(method, kind_of(path)): number for number, (method, path) in enumerate(authentik.requests)}

        for number in numbers.values():
            authentik.store = Store.fresh()
            authentik.requests.clear()
            authentik.fault = once(FAULTS[name], number)
            lifecycle(authentik)

        assert len(numbers) >= 12

    @pytest.mark.parametrize(("status", "kind"), [(401, NotSignedIn), (403, NotAllowed)])
    def test_a_refusal_for_ever_is_told_and_the_next_try_goes_on(
        self, status: int, kind: type[Exception], authentik: AuthentikDouble
    ) -> None:
        authentik.page_size = 100
        lifecycle(authentik)
        kinds = {(method, kind_of(path)) for method, path in authentik.requests}

        for method, path in sorted(kinds):
            authentik.store = Store.fresh()
            authentik.fault = refusing(status, method, path)
            with pytest.raises(kind):
                lifecycle(authentik)
            authentik.fault = lambda *_: None
            lifecycle(authentik)

    def test_an_answer_that_comes_too_late_is_looked_for(self, authentik: AuthentikDouble) -> None:
        authentik.page_size = 100
        lifecycle(authentik)
        writes = {(method, kind_of(path)): number for number, (method, path) in enumerate(authentik.requests)}

        for number in (number for (method, _), number in writes.items() if method != "GET"):
            authentik.store = Store.fresh()
            authentik.requests.clear()
            authentik.fault = once(Fault(200, done=True, body={}, late=True), number)
            lifecycle(authentik, timeout_seconds=0.5)

        assert authentik.requests


def refusing(status: int, method: str, path: str) -> Callable[[int, str, str], Fault | None]:
    """Refuse all requests of a kind."""
    fault = Fault(status, body={"detail": "You do not have permission to perform this action."})
    return lambda _, asked, where: fault if (asked, kind_of(where)) == (method, path) else None


def lifecycle(double: AuthentikDouble, timeout_seconds: float = 10.0) -> None:
    """A tenant comes and goes."""
    with AuthentikTenants(double.url, TOKEN, client=HTTP, timeout_seconds=timeout_seconds) as tenants:
        tenants.ensure(ACME, SITE)
        assert_complete(double, tenants)
        tenants.remove("acme")
    assert_gone(double)


def kind_of(path: str) -> str:
    """A path without the keys in it."""
    return re.sub(r"/(?:[0-9]+|[0-9a-f-]{36})/", "/*/", path)
