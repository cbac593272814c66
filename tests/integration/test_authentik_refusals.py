"""What is said, and what is not, when Authentik does not take a request; and who a tenant's members are."""

import dataclasses
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stamina
import structlog

from presswerk.declaration import Role, Tenant
from presswerk.identity.providers.authentik import AuthentikTenants, DesiredMember
from presswerk.identity.providers.authentik_blueprints import OPERATOR_PERMISSIONS
from presswerk.identity.providers.authentik_wanted import SIGNING_KEY
from presswerk.identity.providers.errors import (
    AuthentikRefused,
    AuthentikUnavailable,
    DidNotConverge,
    IdentityAdministrationError,
    MissingPrerequisite,
    NotAllowed,
    NotSignedIn,
    TenantNotPrepared,
    UnexpectedAnswer,
)
from tests.support.authentik_double import TOKEN, AuthentikDouble, Fault, drift, running_authentik

pytestmark = pytest.mark.integration

ACME = Tenant(id="acme", name="Acme News")
SITE = "https://acme.example.com"


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
    with AuthentikTenants(authentik.url, TOKEN) as made:
        yield made


def always(fault: Fault, method: str, part: str) -> Callable[[int, str, str], Fault | None]:
    """Let this go wrong with each request of a method whose path has this part."""
    return lambda _, asked, path: fault if asked == method and part in path else None


class TestPermissions:
    def test_those_of_the_blueprints_role_are_enough(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.permissions = frozenset(OPERATOR_PERMISSIONS)
        store = authentik.store
        store.user("anna")

        tenants.ensure(ACME, SITE)
        store.applications["site-acme"]["name"] = "Else"
        next(iter(store.providers.values()))["signing_key"] = None
        store.bindings.popitem()
        next(iter(store.bindings.values()))["enabled"] = False
        group = store.group_named("tenant-acme-admin")
        assert group is not None
        group["is_superuser"] = True
        store.make_binding({"target": store.applications["site-acme"]["pk"], "order": 9, "user": 1})
        tenants.ensure(ACME, SITE)
        tenants.ensure_members("acme", [DesiredMember("anna", Role.AUTHOR)])
        tenants.ensure_members("acme", [DesiredMember("anna", None)])
        store.delete_application("site-acme")
        tenants.ensure(ACME, SITE)
        tenants.remove("acme")

        assert store.applications == {}

    def test_members_may_be_left_to_authentik_alone(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.permissions = frozenset(OPERATOR_PERMISSIONS) - {
            "authentik_core.view_user",
            "authentik_core.add_user_to_group",
            "authentik_core.remove_user_from_group",
        }

        tenants.ensure(ACME, SITE)
        assert tenants.members("acme") == ()
        tenants.remove("acme")

        assert authentik.store.applications == {}

    @pytest.mark.parametrize(
        "permission",
        [
            "authentik_core.view_group",
            "authentik_core.add_group",
            "authentik_core.view_application",
            "authentik_core.add_application",
            "authentik_core.delete_application",
            "authentik_core.delete_group",
            "authentik_providers_oauth2.add_oauth2provider",
            "authentik_policies.add_policybinding",
            "authentik_providers_oauth2.view_oauth2provider",
            "authentik_providers_oauth2.delete_oauth2provider",
            "authentik_providers_oauth2.view_scopemapping",
            "authentik_policies.view_policybinding",
            "authentik_flows.view_flow",
            "authentik_crypto.view_certificatekeypair",
        ],
    )
    def test_a_missing_one_is_named_with_what_to_do(
        self, permission: str, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.permissions = frozenset(OPERATOR_PERMISSIONS) - {permission}

        def come_and_go() -> None:
            tenants.ensure(ACME, SITE)
            tenants.remove("acme")

        with pytest.raises(NotAllowed) as refusal:
            come_and_go()

        assert refusal.value.permission == permission
        assert permission in str(refusal.value)
        assert "Directory > Roles" in str(refusal.value)

    def test_a_token_authentik_does_not_know_is_told_from_a_missing_permission(
        self, authentik: AuthentikDouble
    ) -> None:
        with (
            AuthentikTenants(authentik.url, "another-token") as tenants,
            pytest.raises(NotSignedIn, match="does not take the API token"),
        ):
            tenants.ensure(ACME, SITE)

    def test_401_is_about_the_token(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        authentik.fault = always(Fault(401, body={"detail": "No."}), "GET", "/")

        with pytest.raises(NotSignedIn):
            tenants.members("acme")


class TestRefusals:
    def test_a_field_is_named_with_what_is_wrong(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        body = {"provider": {"redirect_uris": [{"url": ["Enter a valid URL."]}]}}
        authentik.fault = always(Fault(400, body=body), "PUT", "transactional")

        with pytest.raises(AuthentikRefused, match=r"redirect_uris.*Enter a valid URL") as refusal:
            tenants.ensure(ACME, SITE)

        assert refusal.value.status == 400
        assert refusal.value.fields == (("provider.redirect_uris.0.url", "Enter a valid URL."),)

    def test_the_same_refusal_twice_is_final(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        authentik.fault = always(Fault(400, body={"name": ["Too long."]}), "POST", "/core/groups/")

        with pytest.raises(AuthentikRefused):
            tenants.ensure(ACME, SITE)

        assert authentik.writes == [("POST", "/core/groups/")] * 2

    def test_a_transaction_that_was_not_applied_is_no_success(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.fault = always(Fault(200, body={"applied": False, "logs": []}), "PUT", "transactional")

        with pytest.raises(AuthentikRefused, match="did not apply it"):
            tenants.ensure(ACME, SITE)

    def test_a_secret_that_is_not_shown_is_not_replaced(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure(ACME, SITE)
        authentik.hides_secrets = True
        authentik.requests.clear()

        with pytest.raises(UnexpectedAnswer, match="shows no client secret of site-acme"):
            tenants.ensure(ACME, SITE)

        assert authentik.writes == []

    def test_somebody_who_undoes_everything_is_noticed(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure(ACME, SITE)
        store = authentik.store

        def undo(number: int, method: str, path: str) -> None:
            store.applications["site-acme"]["name"] = "Mine!"

        authentik.fault = undo

        with pytest.raises(DidNotConverge, match="correct application site-acme: name") as failure:
            tenants.ensure(ACME, SITE)

        assert failure.value.remaining == ("correct application site-acme: name",)

    def test_two_at_once_end_with_one_of_each(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        with AuthentikTenants(authentik.url, TOKEN) as other:
            begun = False

            def meanwhile(number: int, method: str, path: str) -> None:
                nonlocal begun
                if method == "POST" and not begun:
                    begun = True
                    authentik.lock.release()
                    other.ensure(ACME, SITE)
                    authentik.lock.acquire()

            authentik.fault = meanwhile
            client = tenants.ensure(ACME, SITE)

            assert other.ensure(ACME, SITE) == client
        assert [len(authentik.store.applications), len(authentik.store.bindings)] == [1, 4]

    def test_many_threads_end_with_one_of_each(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        declared = [Tenant(id=f"tenant-{number % 3}", name="Many") for number in range(9)]

        with ThreadPoolExecutor(6) as pool:
            clients = list(pool.map(lambda tenant: tenants.ensure(tenant, SITE), declared))

        assert len({client.client_secret for client in clients}) == 3
        assert [len(authentik.store.applications), len(authentik.store.providers)] == [3, 3]
        assert [drift(tenants, tenant, SITE) for tenant in declared] == [()] * 9

    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (lambda store: store.flows.clear(), "no flow default-provider-authorization"),
            (lambda store: store.certificates.clear(), "no certificate 'authentik Self-signed Certificate'"),
            (lambda store: store.mappings.clear(), "no scope mapping for email, groups, offline_access"),
            (lambda store: store.groups.clear(), "no group presswerk-admin"),
        ],
        ids=["flow", "key", "mappings", "operators"],
    )
    def test_what_must_be_there_before_is_named(
        self, spoil: Callable[[Any], object], told: str, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        spoil(authentik.store)

        with pytest.raises(MissingPrerequisite, match=told):
            tenants.ensure(ACME, SITE)

        assert authentik.writes == []

    @pytest.mark.parametrize(
        ("key_type", "private", "told"),
        [("ed25519", True, "key of type ed25519"), ("rsa", False, "with a private key")],
    )
    def test_a_key_the_sites_cannot_check_is_refused(
        self, key_type: str, private: bool, told: str, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.store.certificates.clear()
        authentik.store.certificate(SIGNING_KEY, key_type, private=private)

        with pytest.raises(MissingPrerequisite, match=told):
            tenants.ensure(ACME, SITE)

    def test_a_key_that_was_replaced_is_looked_up_again(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure(ACME, SITE)
        authentik.store.certificates.clear()
        renewed = authentik.store.certificate("authentik Self-signed Certificate")
        other = Tenant(id="other", name="Other")

        tenants.ensure(other, "https://other.example.com")

        assert {each["signing_key"] for each in authentik.store.providers.values()} >= {renewed["pk"]}


class TestUnavailable:
    def test_nobody_listens(self) -> None:
        with AuthentikTenants("http://127.0.0.1:1", TOKEN) as tenants, pytest.raises(AuthentikUnavailable) as failure:
            tenants.ensure(ACME, SITE)

        assert "http://127.0.0.1:1 cannot be reached" in str(failure.value)

    def test_a_read_is_tried_again_and_then_given_up(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.fault = always(Fault(503), "GET", "/")

        with pytest.raises(AuthentikUnavailable, match="answered 503"):
            tenants.members("acme")

        assert len(authentik.requests) == 5

    def test_it_waits_as_long_as_it_is_told(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        left = [Fault(429, headers=(("Retry-After", "0.25"),), body={"detail": "Request was throttled."})]
        authentik.fault = lambda *_: left.pop() if left else None
        tenants.ensure(ACME, SITE)
        waits: list[float] = []
        left.append(Fault(429, headers=(("Retry-After", "0.25"),)))

        stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
        try:
            with stamina.set_testing(False):
                tenants.members("acme")
        finally:
            stamina.instrumentation.set_on_retry_hooks(None)

        assert waits == [0.25]

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (Fault(200, body=["no", "object"]), "without the JSON of Authentik"),
            (Fault(200, body={"results": []}), "no results or pagination"),
            (Fault(404), "not Authentik's API"),
            (Fault(302, headers=(("Location", "https://elsewhere.example/"),)), "answered 302"),
        ],
    )
    def test_something_else_at_the_address_is_told(
        self, answer: Fault, told: str, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        authentik.fault = always(answer, "GET", "/")

        with pytest.raises(UnexpectedAnswer, match=told):
            tenants.members("acme")

    @pytest.mark.parametrize("url", ["", "login.example.com", "ftp://x", "https://user:password@login.example.com"])
    def test_an_address_that_is_none_is_refused_without_repeating_it(self, url: str) -> None:
        with pytest.raises(ValueError, match="give Authentik's address") as refusal:
            AuthentikTenants(url, TOKEN)

        assert "password@" not in str(refusal.value)

    @pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut"])
    def test_a_token_that_is_none_is_refused_without_repeating_it(self, token: str) -> None:
        with pytest.raises(ValueError, match="give one API token") as refusal:
            AuthentikTenants("https://login.example.com", token)

        assert not token or token not in str(refusal.value)


class TestSecrecy:
    def test_no_secret_is_in_a_text_a_log_or_an_error(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        texts = [repr(tenants), repr(vars(tenants)["_api"])]
        with structlog.testing.capture_logs() as logs:
            client = tenants.ensure(ACME, SITE)
            next(iter(authentik.store.providers.values()))["client_secret"] = ""
            changed = tenants.ensure(ACME, SITE)
            echo = {"name": [f"{TOKEN} is not good"]}
            authentik.fault = always(Fault(400, body=echo), "PATCH", "/")
            authentik.store.applications["site-acme"]["name"] = "Else"
            with pytest.raises(AuthentikRefused) as refusal:
                tenants.ensure(ACME, SITE)
        texts += [repr(client), str(refusal.value), repr(refusal.value), str(refusal.value.fields), str(logs)]
        texts += [record.getMessage() for record in caplog.records]

        assert client.client_secret != changed.client_secret
        assert len(logs) >= 5
        assert "*** is not good" in str(refusal.value)
        for secret in (TOKEN, client.client_secret, changed.client_secret):
            assert not [text for text in texts if secret in text]

    def test_a_fresh_secret_that_authentik_repeats_is_cut_out(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("secrets.token_urlsafe", lambda _: "fresh-secret")
        tenants.ensure(ACME, SITE)
        next(iter(authentik.store.providers.values()))["client_secret"] = ""
        authentik.fault = always(Fault(400, body={"client_secret": ["fresh-secret is weak"]}), "PATCH", "oauth2")

        with pytest.raises(AuthentikRefused, match=r"client_secret: \*\*\* is weak"):
            tenants.ensure(ACME, SITE)

    def test_nothing_of_an_error_leads_back_to_the_request(self, tenants: AuthentikTenants) -> None:
        with AuthentikTenants("http://127.0.0.1:1", TOKEN) as away, pytest.raises(AuthentikUnavailable) as failure:
            away.members("acme")

        # A chained error would carry the request, and with it the token, into whatever prints tracebacks with locals.
        assert failure.value.__suppress_context__
        assert not isinstance(failure.value, httpx.HTTPError)


class TestMembers:
    @pytest.fixture(autouse=True)
    def prepared(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        tenants.ensure(ACME, SITE)
        for name in ("anna", "emil", "ann"):
            authentik.store.user(name)

    def test_are_added_changed_and_removed(self, tenants: AuthentikTenants) -> None:
        tenants.ensure_members("acme", [DesiredMember("anna", Role.AUTHOR)])
        tenants.ensure_members("acme", [DesiredMember("emil", Role.EDITOR)])
        tenants.ensure_members("acme", [DesiredMember("anna", Role.ADMIN)])
        found = {member.user_name: member.role for member in tenants.members("acme")}
        assert found == {"anna": Role.ADMIN, "emil": Role.EDITOR}

        tenants.ensure_members("acme", [DesiredMember("anna", None)])

        (emil,) = tenants.members("acme")
        assert (emil.user_name, emil.name, emil.email) == ("emil", "Emil", "emil@example.com")
        assert emil.subject.startswith("hashed-")
        assert emil.active

    def test_have_a_role_at_every_moment_of_a_change(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        tenants.ensure_members("acme", [DesiredMember("anna", Role.AUTHOR)])
        authentik.requests.clear()

        tenants.ensure_members("acme", [DesiredMember("anna", Role.EDITOR)])

        assert [path.split("/")[-2] for _, path in authentik.writes] == ["add_user", "remove_user"]

    def test_a_repeat_writes_nothing(self, authentik: AuthentikDouble, tenants: AuthentikTenants) -> None:
        tenants.ensure_members("acme", [DesiredMember("anna", Role.EDITOR)])
        authentik.requests.clear()

        tenants.ensure_members("acme", [DesiredMember("anna", Role.EDITOR)])
        tenants.ensure_members("acme", [DesiredMember("emil", None)])

        assert authentik.writes == []

    def test_somebody_in_several_groups_has_the_highest_role(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        for members in authentik.store.members.values():
            members.update(user["pk"] for user in authentik.store.users.values() if user["username"] == "anna")

        (anna,) = tenants.members("acme")

        assert anna.role is Role.ADMIN

    def test_nobody_of_that_name(self, tenants: AuthentikTenants) -> None:
        wanted = [DesiredMember("otto", Role.AUTHOR), DesiredMember("anna", Role.AUTHOR), DesiredMember("none", None)]

        assert tenants.ensure_members("acme", wanted) == ("otto",)
        assert [member.user_name for member in tenants.members("acme")] == ["anna"]

    def test_whoever_has_taken_over_a_name_gets_nothing(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        anna = tenants.find(user_name="anna")
        assert anna is not None
        wanted = [DesiredMember("anna", Role.ADMIN, anna.subject)]
        for user in authentik.store.users.values():
            user["username"] = {"anna": "anna-2", "ann": "anna"}.get(user["username"], user["username"])

        assert tenants.ensure_members("acme", wanted) == ("anna",)
        assert tenants.members("acme") == ()
        assert tenants.find(subject=anna.subject) == dataclasses.replace(anna, user_name="anna-2")
        assert tenants.find(user_name="anna", subject=anna.subject) is None

    def test_a_tenant_without_its_groups(self, tenants: AuthentikTenants) -> None:
        with pytest.raises(TenantNotPrepared, match="tenant-other-admin, tenant-other-author, tenant-other-editor"):
            tenants.members("other")

    def test_a_lost_answer_to_a_membership_is_no_harm(
        self, authentik: AuthentikDouble, tenants: AuthentikTenants
    ) -> None:
        left = [Fault(done=True), Fault(500)]
        authentik.fault = lambda *asked: left.pop() if left and "add_user" in asked[2] else None

        tenants.ensure_members("acme", [DesiredMember("anna", Role.AUTHOR)])

        assert [member.user_name for member in tenants.members("acme")] == ["anna"]

    def test_every_error_is_of_one_family(self) -> None:
        for kind in (NotAllowed, NotSignedIn, AuthentikRefused, AuthentikUnavailable, DidNotConverge):
            assert issubclass(kind, IdentityAdministrationError)
