"""The way to what a tenant shall have at Authentik: computed from what is there, and nothing more than needed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration import OPERATOR_GROUP, Role, Tenant, parse_groups
from presswerk.identity.clients import site_client_id
from presswerk.identity.providers.authentik_plan import (
    Found,
    FoundApplication,
    FoundBinding,
    FoundGroup,
    FoundProvider,
    FreshSecret,
    Made,
    Operation,
    plan,
    removal,
    resolved,
)
from presswerk.identity.providers.authentik_wanted import (
    DesiredSignOn,
    Foundation,
    discovery_url,
    issuer,
    tenant_groups,
    wanted,
)

FOUNDATION = Foundation(
    authorization_flow="flow-in",
    invalidation_flow="flow-out",
    signing_key="key",
    scopes={scope: f"scope-{scope}" for scope in ("openid", "profile", "email", "groups", "offline_access")},
    operators="operators",
)
KNOWN = {OPERATOR_GROUP: "operators"}
ACME = Tenant(id="acme", name="Acme News")
WANTED = wanted(ACME, "https://acme.example.com", FOUNDATION)

tenant_ids = st.from_regex(r"\A[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])\Z")


def complete(of: DesiredSignOn = WANTED) -> Found:
    """A state in which there is nothing to do."""
    groups = {name: FoundGroup(f"pk-{name}", name) for name in of.groups}
    keys = {**KNOWN, **{name: group.pk for name, group in groups.items()}}
    return Found(
        groups=groups,
        application=FoundApplication("pk-app", 7, of.application),
        provider=FoundProvider(7, of.provider, "s3cret"),
        bindings=tuple(
            FoundBinding(f"pk-binding-{order}", order, group=keys[name]) for order, name in enumerate(of.bound)
        ),
    )


def with_provider(**changes: Any) -> Found:
    found = complete()
    return Found(
        found.groups, found.application, FoundProvider(7, {**WANTED.provider, **changes}, "s3cret"), found.bindings
    )


def apply(found: Found, operations: tuple[Operation, ...]) -> Found:  # noqa: PLR0912 - one for each operation
    """What is there after an Authentik did these; written for itself, by the API's rules."""
    groups, application, provider = dict(found.groups), found.application, found.provider
    bindings = {each.pk: each for each in found.bindings}
    made: dict[str, object] = {}

    def bind(body: Any) -> None:
        pk = f"new-binding-{len(made)}-{len(bindings)}-{body['order']}"
        rest = {key: body[key] for key in ("enabled", "negate", "timeout", "failure_result")}
        bindings[pk] = FoundBinding(pk, body["order"], group=body["group"], attributes=rest)

    for planned in operations:
        body: Any = resolved(planned, made, lambda: "fresh").body or {}
        collection = planned.path.strip("/").split("/")[1]
        key = planned.path.strip("/").split("/")[-1]
        match (planned.method, collection):
            case ("POST", "groups"):
                groups[body["name"]] = FoundGroup(f"new-{body['name']}", body["name"], body["is_superuser"])
                made[str(planned.makes)] = f"new-{body['name']}"
            case ("PATCH", "groups"):
                name = next(name for name, each in groups.items() if each.pk == key)
                groups[name] = FoundGroup(key, name, body["is_superuser"])
            case ("PUT", "transactional"):
                assert application is None
                assert provider is None
                provider = FoundProvider(8, body["provider"], "made")
                application = FoundApplication("new-app", 8, body["app"])
                for each in body["policy_bindings"]:
                    bind(each)
            case ("POST", "oauth2"):
                provider = FoundProvider(9, body, "made")
                made[str(planned.makes)] = 9
            case ("PATCH", "oauth2"):
                assert provider is not None
                provider = FoundProvider(
                    provider.pk, {**provider.attributes, **body}, body.get("client_secret", provider.client_secret)
                )
            case ("POST", "applications"):
                application = FoundApplication("new-app", body["provider"], body)
                made[str(planned.makes)] = "new-app"
            case ("PATCH", "applications"):
                assert application is not None
                application = FoundApplication(
                    application.pk, body.get("provider", application.provider), {**application.attributes, **body}
                )
            case ("POST", "bindings"):
                assert application is not None
                assert body["target"] == application.pk
                bind(body)
            case ("PATCH", "bindings"):
                old = bindings[key]
                rest = {name: value for name, value in body.items() if name != "order"}
                bindings[key] = FoundBinding(
                    key, body.get("order", old.order), group=old.group, attributes={**old.attributes, **rest}
                )
            case ("DELETE", "bindings"):
                del bindings[key]
            case other:
                raise AssertionError(f"unknown {other}")
    return Found(groups, application, provider, tuple(bindings.values()))


def spoiled(value: Any) -> st.SearchStrategy[Any]:
    """The wanted value, or another of its kind."""
    others: st.SearchStrategy[Any] = st.sampled_from(["else", ""]) if isinstance(value, str) else st.just(None)
    if isinstance(value, list):
        others = st.sampled_from([[], value[:1], list(reversed(value))])
    return st.one_of(st.just(value), others)


@st.composite
def states(draw: st.DrawFn) -> Found:
    """Anything a crash or a person may have left of the tenant."""
    names = draw(st.sets(st.sampled_from(WANTED.groups)))
    groups = {name: FoundGroup(f"pk-{name}", name, draw(st.booleans())) for name in names}
    provider = None
    if draw(st.booleans()):
        attributes = {name: draw(spoiled(value)) for name, value in WANTED.provider.items()}
        provider = FoundProvider(7, attributes, draw(st.sampled_from(["", "s3cret"])))
    application, bindings = None, []
    if draw(st.booleans()):
        application = FoundApplication(
            "pk-app",
            draw(st.sampled_from([None, 7, 99])),
            {name: draw(spoiled(value)) for name, value in WANTED.application.items()},
        )
        for number in range(draw(st.integers(0, 6))):
            group = draw(st.sampled_from(["operators", "strangers", *(each.pk for each in groups.values())]))
            bindings.append(
                FoundBinding(
                    f"pk-binding-{number}",
                    draw(st.integers(0, 9)),
                    group=group,
                    attributes={
                        "enabled": draw(st.booleans()),
                        "negate": draw(st.booleans()),
                        "timeout": draw(st.sampled_from([0, 30])),
                        "failure_result": draw(st.booleans()),
                    },
                )
            )
    return Found(groups, application, provider, tuple(bindings))


@given(found=states())
def test_from_any_state_one_plan_leads_to_what_is_wanted(found: Found) -> None:
    after = apply(found, plan(WANTED, found, KNOWN))

    assert plan(WANTED, after, KNOWN) == ()
    assert set(after.groups) == set(WANTED.groups)
    assert not any(group.is_superuser for group in after.groups.values())
    assert after.provider is not None
    assert after.application is not None
    assert after.application.provider == after.provider.pk
    assert after.provider.client_secret
    assert sorted(str(each.group) for each in after.bindings) == sorted(
        ["operators", *(group.pk for group in after.groups.values())]
    )


@given(found=states(), data=st.data())
def test_a_crash_anywhere_in_a_plan_leaves_a_state_from_which_the_next_one_goes_on(
    found: Found, data: st.DataObject
) -> None:
    operations = plan(WANTED, found, KNOWN)
    done = data.draw(st.integers(0, len(operations)))

    between = apply(found, operations[:done])
    after = apply(between, plan(WANTED, between, KNOWN))

    assert plan(WANTED, after, KNOWN) == ()


def test_nothing_is_done_when_all_is_as_wanted() -> None:
    assert plan(WANTED, complete(), KNOWN) == ()


def test_the_order_in_which_authentik_lists_things_is_no_difference() -> None:
    shuffled = with_provider(
        property_mappings=list(reversed(WANTED.provider["property_mappings"])),
        redirect_uris=list(reversed(WANTED.provider["redirect_uris"])),
    )

    assert plan(WANTED, shuffled, KNOWN) == ()


def test_a_redirect_without_a_kind_is_one_for_signing_in() -> None:
    sign_in, sign_out = WANTED.provider["redirect_uris"]
    plain = {name: value for name, value in sign_in.items() if name != "redirect_uri_type"}

    assert plan(WANTED, with_provider(redirect_uris=[plain, sign_out]), KNOWN) == ()
    assert plan(WANTED, with_provider(redirect_uris=[sign_in, {**plain, "url": sign_out["url"]}]), KNOWN) != ()


def test_only_what_differs_is_sent() -> None:
    (operation,) = plan(WANTED, with_provider(signing_key=None), KNOWN)

    assert (operation.method, operation.path) == ("PATCH", "/providers/oauth2/7/")
    assert operation.body == {"signing_key": "key"}
    assert operation.does == "correct provider site-acme: signing_key"


def test_what_is_new_is_referred_to_until_it_has_a_key() -> None:
    *groups, transaction = plan(WANTED, Found(), KNOWN)
    bindings = (transaction.body or {})["policy_bindings"]

    assert [operation.makes for operation in groups] == list(WANTED.groups)
    assert [each["group"] for each in bindings] == [*(Made(name) for name in WANTED.groups), "operators"]
    real = resolved(transaction, {name: f"pk-{name}" for name in WANTED.groups}, lambda: "fresh").body
    assert [each["group"] for each in (real or {})["policy_bindings"]] == [
        "pk-tenant-acme-admin",
        "pk-tenant-acme-editor",
        "pk-tenant-acme-author",
        "operators",
    ]


def test_a_missing_secret_is_made_when_it_is_sent_and_not_before() -> None:
    found = complete()
    bare = Found(found.groups, found.application, FoundProvider(7, WANTED.provider, ""), found.bindings)

    (operation,) = plan(WANTED, bare, KNOWN)

    assert operation.body == {"client_secret": FreshSecret()}
    assert resolved(operation, {}, lambda: "fresh").body == {"client_secret": "fresh"}


def test_no_secret_is_in_the_text_of_what_was_found() -> None:
    assert "s3cret" not in repr(complete())


def test_a_removal_goes_from_the_door_inwards() -> None:
    found = complete()

    operations = removal("site-acme", tuple(found.groups.values()), found)

    assert [operation.path for operation in operations] == [
        "/core/applications/site-acme/",
        "/providers/oauth2/7/",
        "/core/groups/pk-tenant-acme-admin/",
        "/core/groups/pk-tenant-acme-editor/",
        "/core/groups/pk-tenant-acme-author/",
    ]
    assert {operation.method for operation in operations} == {"DELETE"}
    assert removal("site-acme", (), Found()) == ()


@given(one=tenant_ids, other=tenant_ids)
def test_no_two_tenants_have_a_name_in_common(one: str, other: str) -> None:
    if one != other:
        assert site_client_id(one) != site_client_id(other)
        assert not set(tenant_groups(one)) & set(tenant_groups(other))


@given(tenant=tenant_ids)
def test_the_groups_are_those_the_hub_reads(tenant: str) -> None:
    assert {parse_groups([name])[tenant] for name in tenant_groups(tenant)} == set(Role)


def test_addresses_do_not_depend_on_a_final_slash() -> None:
    assert wanted(ACME, "https://a.example/", FOUNDATION) == wanted(ACME, "https://a.example", FOUNDATION)
    assert issuer("https://login.example/") == issuer("https://login.example")


def test_an_issuer_is_written_as_authentik_writes_it() -> None:
    assert issuer("https://login.example") == "https://login.example/"
    own = "https://login.example/application/o/site-acme/"
    assert discovery_url("https://login.example", "site-acme") == f"{own}.well-known/openid-configuration"


@pytest.mark.parametrize(
    "address",
    ["", "acme.example.com", "javascript:alert(1)", "https://a.example/?x=1", "https://u:p@a.example", "https://a#b"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no site's address"):
        wanted(ACME, address, FOUNDATION)


def test_people_are_never_told_apart_by_what_they_can_change() -> None:
    assert WANTED.provider["sub_mode"] == "hashed_user_id"
    assert WANTED.provider["signing_key"] == "key"
    assert {each["matching_mode"] for each in WANTED.provider["redirect_uris"]} == {"strict"}
