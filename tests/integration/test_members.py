"""Members and invitations over the API and the pages: who reads, changes, invites and joins, and what they learn."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from presswerk.declaration import Tenant
from presswerk.wordpress import Connection
from tests.support.console import ConsoleHub, form_token, running_console, text_of
from tests.support.hub import HubClient, local_tenants, register

pytestmark = pytest.mark.integration

# The hub declares the demonstration's people; a token says who each of them is.
CALLERS = {
    "admin of A": ("acme-admin", "tenant-acme-admin"),
    "admin of B": ("nordlicht-admin", "tenant-nordlicht-admin"),
    "operator": ("olivia", "presswerk-admin"),
    "editor": ("acme-editor", "tenant-acme-editor"),
}
TARGETS = {
    "member of A": "acme-author",
    "member of B": "nordlicht-author",
    "member of both": "frida",
    "operator": "olivia",
    "unknown": "nobody-here",
}
NAMES = {"given_name": "Greta", "family_name": "Garten"}
_COUNT = itertools.count()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHub]:
    with running_console(tmp_path_factory.mktemp("members")) as console:
        nowhere = Connection("http://127.0.0.1:9", "http://127.0.0.1:9", "presswerk", "password")
        register(console.hub.environment, dict.fromkeys(("acme", "nordlicht"), nowhere))
        tenants = local_tenants(console.hub.environment)
        for tenant, name in (("acme", "Acme News"), ("nordlicht", "Verlag <i>Nordlicht</i>")):
            tenants.apply(Tenant(id=tenant, name=name))
        yield console


def caller(console: ConsoleHub, name: str) -> HubClient:
    if name == "key":
        body = {"tenant": "acme", "role": "admin", "label": "key"}
        made = console.client(*CALLERS["admin of A"]).request("POST", "/api-keys", json=body)
        return console.hub.client(made.json()["secret"])
    return console.client(*CALLERS[name])


def people(console: ConsoleHub) -> dict[str, dict[str, Any]]:
    """Everybody's names and addresses, as an operator reads them."""
    operator = caller(console, "operator")
    found = {}
    for tenant in ("acme", "nordlicht"):
        for member in operator.request("GET", f"/tenants/{tenant}/members").json()["items"]:
            found[member["user_name"]] = {name: value for name, value in member.items() if name != "role"}
    return found


@pytest.fixture
def new() -> dict[str, str]:
    """Somebody nobody knows, another one each time."""
    user_name = f"greta{next(_COUNT)}"
    return {"user_name": user_name, **NAMES, "email": f"{user_name}@new.example"}


REFUSED = {"admin of B": 404, "editor": 403, "key": 403}


def expected(name: str, act: str, target: str) -> int:
    """The documented status of an act in tenant acme."""
    if act == "read":
        return {**REFUSED, "key": 200}.get(name, 200)
    if name in REFUSED:
        return REFUSED[name]
    if act == "invite":
        return 201
    if act == "remove":
        return 202
    known = target != "unknown"
    if act == "put with names":
        # Names of declared people are the file's, and of somebody elsewhere their own.
        return 422 if known else 202
    ours = target in {"member of A", "member of both"}
    return 202 if known and (ours or name == "operator") else 422


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("act", ["read", "put", "put with names", "remove", "invite"])
@pytest.mark.parametrize("name", [*CALLERS, "key"])
def test_who_may_do_what(console: ConsoleHub, new: dict[str, str], name: str, act: str, target: str) -> None:
    before = people(console)
    client = caller(console, name)
    user_name = TARGETS[target] if target != "unknown" else new["user_name"]
    path = f"/tenants/acme/members/{user_name}"
    given = {key: value for key, value in new.items() if key != "user_name"}

    answer = {
        "read": lambda: client.request("GET", "/tenants/acme/members"),
        "put": lambda: client.request("PUT", path, json={"role": "author"}),
        "put with names": lambda: client.request("PUT", path, json={"role": "author", **given}),
        "remove": lambda: client.request("DELETE", path),
        "invite": lambda: client.request(
            "POST",
            "/tenants/acme/invitations",
            json={"role": "author", "email": before.get(user_name, new)["email"]},
        ),
    }[act]()

    assert answer.status_code == expected(name, act, target), answer.text
    if name not in {"operator", "admin of B"} and act != "invite":  # which says again what it was told
        assert "nordlicht" not in answer.text
        assert before["frida"]["email"] not in answer.text
    elif name == "admin of B":
        assert "acme" not in answer.text
    after = people(console)
    for known in before.keys() & after.keys():
        assert after[known] == before[known]
    # As it was, for the next one.
    operator = caller(console, "operator")
    for member in ("acme-author", "frida"):
        operator.request("PUT", f"/tenants/acme/members/{member}", json={"role": "author"})
    for member in ("nordlicht-author", "olivia", new["user_name"]):
        operator.request("DELETE", f"/tenants/acme/members/{member}")


@pytest.mark.parametrize("given", [{}, {"given_name": "X"}, {"email": "x"}, {"role": "chief"}])
def test_somebody_elsewhere_is_answered_like_nobody(console: ConsoleHub, given: dict[str, str]) -> None:
    client = caller(console, "admin of A")

    def answer(user_name: str) -> dict[str, Any]:
        found = client.request("PUT", f"/tenants/acme/members/{user_name}", json={"role": "author", **given})
        return {name: value for name, value in found.json().items() if name != "instance"}

    assert answer("nordlicht-author") == answer("nobody-here") == answer("olivia")


def test_an_address_of_somebody_elsewhere_makes_no_account(console: ConsoleHub, new: dict[str, str]) -> None:
    client = caller(console, "admin of A")
    body = {**NAMES, "role": "author", "email": "Author@Nordlicht.localhost"}

    answer = client.request("PUT", f"/tenants/acme/members/{new['user_name']}", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["email"]
    assert "nordlicht" not in answer.text.lower()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a@b.example\r\nBcc: c@d.example"),
        ("email", "a\u0000@b.example"),
        ("email", "x" * 300),
        ("given_name", "a\nb"),
        ("given_name", "\u0000"),
        ("family_name", "x" * 101),
        ("role", "chief"),
    ],
)
def test_a_wrong_field_is_named(console: ConsoleHub, new: dict[str, str], field: str, value: str) -> None:
    body = {"role": "author", **{name: text for name, text in new.items() if name != "user_name"}, field: value}

    answer = caller(console, "admin of A").request("PUT", f"/tenants/acme/members/{new['user_name']}", json=body)

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_surrogates_are_refused(console: ConsoleHub, new: dict[str, str]) -> None:
    content = b'{"role": "author", "given_name": "\\ud800", "family_name": "x", "email": "a@b.example"}'
    headers = {"Content-Type": "application/json"}

    path = f"/tenants/acme/members/{new['user_name']}"
    answer = caller(console, "admin of A").request("PUT", path, content=content, headers=headers)

    assert answer.status_code in {400, 422}


def invite(console: ConsoleHub, role: str = "editor", email: str | None = None) -> dict[str, Any]:
    answer = caller(console, "admin of A").request(
        "POST", "/tenants/acme/invitations", json={"role": role, "email": email}
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def path_of(invitation: dict[str, Any]) -> str:
    return httpx.URL(invitation["link"]).path


def test_the_answer_to_an_invitation_tells_nothing_about_anybody(console: ConsoleHub) -> None:
    def shape(email: str) -> tuple[dict[str, str], dict[str, Any]]:
        client = caller(console, "admin of A")
        made = client.request("POST", "/tenants/acme/invitations", json={"role": "author", "email": email})
        varying = {"id", "link", "email", "created_at", "expires_at"}
        return (
            {name: value for name, value in made.headers.items() if name in {"cache-control", "content-type"}},
            {name: value for name, value in made.json().items() if name not in varying},
        )

    assert shape("author@nordlicht.localhost") == shape("nobody@nowhere.example") == shape("author@acme.localhost")


@pytest.mark.parametrize(
    ("user_name", "groups"),
    [("nordlicht-author", ["tenant-nordlicht-author"]), ("olivia", ["presswerk-admin"]), ("nordlicht-editor", [])],
)
def test_whoever_is_signed_in_joins(console: ConsoleHub, user_name: str, groups: list[str]) -> None:
    invitation = invite(console, "author", "somebody-else@acme.localhost")

    with console.signed_in(user_name, *groups) as browser:
        offered = browser.get(path_of(invitation))
        assert "Join Acme News" in offered.text
        assert f"<code>{user_name}</code>" in offered.text
        joined = browser.send(path_of(invitation))

    assert "You belong to Acme News" in joined.text
    members = caller(console, "admin of A").request("GET", "/tenants/acme/members").json()["items"]
    assert [each["email"] for each in members if each["user_name"] == user_name] == [None]
    shown = caller(console, "admin of A").request("GET", "/tenants/acme/invitations").json()["items"]
    accepted = next(each for each in shown if each["id"] == invitation["id"])
    assert (accepted["state"], accepted["accepted_by"]["subject"]) == ("accepted", user_name)
    assert "link" not in accepted
    caller(console, "operator").request("DELETE", f"/tenants/acme/members/{user_name}")


def test_whoever_was_taken_out_again_is_not_told_to_belong(console: ConsoleHub) -> None:
    invitation = invite(console)
    with console.signed_in("nordlicht-author") as browser:
        assert "You belong to Acme News" in browser.send(path_of(invitation)).text
        caller(console, "operator").request("DELETE", "/tenants/acme/members/nordlicht-author")
    with console.signed_in("nordlicht-author") as browser:
        later = browser.get(path_of(invitation))

    assert later.status_code == 410
    assert "You do not belong to Acme News any more" in later.text
    assert "You belong to" not in later.text


def test_a_link_is_good_for_one_person(console: ConsoleHub) -> None:
    invitation = invite(console)
    with console.signed_in("nordlicht-author") as browser:
        browser.send(path_of(invitation))
        assert "You belong to" in browser.get(path_of(invitation)).text
    with console.signed_in("nordlicht-editor") as browser:
        late = browser.get(path_of(invitation))
        token = form_token(late)
        pressed = browser.post(path_of(invitation), {"form_token": token})

    assert (late.status_code, pressed.status_code) == (410, 410)
    assert "This invitation is over" in late.text
    assert "This invitation is over" in pressed.text
    members = caller(console, "operator").request("GET", "/tenants/acme/members").json()["items"]
    assert "nordlicht-editor" not in {each["user_name"] for each in members}
    caller(console, "operator").request("DELETE", "/tenants/acme/members/nordlicht-author")


def test_a_revoked_link_and_one_nobody_made(console: ConsoleHub) -> None:
    invitation = invite(console)
    client = caller(console, "admin of A")
    assert client.request("DELETE", f"/tenants/acme/invitations/{invitation['id']}").status_code == 204
    assert client.request("DELETE", f"/tenants/acme/invitations/{invitation['id']}").status_code == 204
    assert client.request("DELETE", "/tenants/acme/invitations/0000000000000000").status_code == 404

    with console.signed_in("nordlicht-editor", language="de") as browser:
        assert "Diese Einladung ist vorbei" in browser.get(path_of(invitation)).text
        for token in ("x" * 43, "x", "%00", "..%2f"):
            assert browser.get(f"/invitations/{token}").status_code == 404


def test_another_page_makes_nobody_join(console: ConsoleHub) -> None:
    invitation = invite(console)
    with console.signed_in("nordlicht-editor") as browser:
        forged = browser.http.post(
            f"{browser.url}{path_of(invitation)}",
            data={"form_token": form_token(browser.get(path_of(invitation)))},
            headers={"Sec-Fetch-Site": "same-site"},
        )
        assert forged.status_code == 403
        assert "Join Acme News" in browser.get(path_of(invitation)).text


def test_who_is_not_signed_in_comes_back_to_the_invitation(console: ConsoleHub) -> None:
    invitation = invite(console)
    with console.signed_in("nordlicht-editor") as browser:
        browser.http.cookies.clear()
        asked = browser.get(path_of(invitation))
        login = httpx.URL(asked.headers["location"])
        arrived = console.arrive(browser, login.params["next"])

    assert arrived.headers["location"] == path_of(invitation)


def test_names_are_no_markup_and_links_are_in_no_log(console: ConsoleHub) -> None:
    mallory = console.client("mallory", "tenant-nordlicht-admin")
    console.provider.issuer.tell(
        mallory.token, {"sub": "mallory", "name": "<script>x</script>", "groups": ["tenant-nordlicht-admin"]}
    )
    made = mallory.request("POST", "/tenants/nordlicht/invitations", json={"role": "author"}).json()

    with console.signed_in("acme-editor") as browser:
        page = browser.get(path_of(made))

    assert "<script>" not in page.text
    assert "<i>" not in page.text
    assert "&lt;script&gt;x&lt;/script&gt; invites you to Verlag &lt;i&gt;Nordlicht&lt;/i&gt;" in page.text
    token = made["link"].rsplit("/", 1)[-1]
    assert token not in console.hub.log
    assert "/invitations/" in console.hub.log
    assert "Author" in text_of(page)
