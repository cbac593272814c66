"""Who gets which answer on every route of the hub, with real tokens of the real provider; docs/contracts.md rules."""

import base64
import itertools
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from presswerk.openwebui.provision import FUNCTION_ID
from presswerk.openwebui.session import PersonSession, sign_in
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.login import provider_login
from tests.support.issuer import running_issuer
from tests.support.platform import RunningPlatform
from tests.support.press import PNG
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

STRANGERS = ("no token", "expired", "wrong issuer", "wrong audience", "ID token", "no JWT", "no key", "Basic")
OTHERS = ("other's author", "other's editor", "other's admin", "other's key")
OWN = ("creator", "author", "editor", "admin")
CALLERS = (*STRANGERS, *OTHERS, *OWN, "operator", "own key")

PEOPLE = {
    "other's author": "nordlicht-author",
    "other's editor": "nordlicht-editor",
    "other's admin": "nordlicht-admin",
    "creator": "acme-author",
    # An author of acme who is an editor elsewhere: that role must not help here.
    "author": "frida",
    "editor": "acme-editor",
    "admin": "acme-admin",
    "operator": "olivia",
}

_ADDRESSES = (f"1.{high}.{low}" for high, low in itertools.product(range(1, 255), repeat=2))

EVERYBODY = dict.fromkeys(CALLERS, 200)


def rule(**answers: int) -> dict[str, int]:
    """Expected statuses: 401 for strangers, `others` for another tenant's, and each of the rest by name."""
    expected = dict.fromkeys(STRANGERS, 401) | dict.fromkeys(OTHERS, answers.pop("others"))
    return expected | {name.replace("_", " "): status for name, status in answers.items()}


MATRIX: dict[tuple[str, str], dict[str, int]] = {
    ("get", "/api/v1/me"): rule(others=200, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200),
    ("get", "/api/v1/sites"): rule(
        others=200, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    ("get", "/api/v1/status"): rule(
        others=200, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    ("post", "/api/v1/previews"): rule(
        others=404, creator=201, author=201, editor=201, admin=201, operator=403, own_key=201
    ),
    # A preview is one person's: not even an admin or an operator sees it.
    **dict.fromkeys(
        (
            ("get", "/api/v1/previews/{preview_id}"),
            ("patch", "/api/v1/previews/{preview_id}"),
            ("get", "/api/v1/previews/{preview_id}/pictures/{sha256}"),
        ),
        rule(others=404, creator=200, author=404, editor=404, admin=404, operator=404, own_key=404),
    ),
    ("post", "/api/v1/publications"): rule(
        others=404, creator=202, author=202, editor=202, admin=202, operator=403, own_key=202
    ),
    ("get", "/api/v1/publications"): rule(
        others=404, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    ("put", "/api/v1/publications/{publication_id}"): rule(
        others=404, creator=202, author=403, editor=202, admin=202, operator=403, own_key=403
    ),
    ("get", "/api/v1/publications/{publication_id}"): rule(
        others=404, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    ("get", "/api/v1/publications/{publication_id}/events"): rule(
        others=404, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    # Whoever may do it is told that a delivered article needs no retry (409) and can no longer be cancelled.
    ("post", "/api/v1/publications/{publication_id}/retry"): rule(
        others=404, creator=409, author=403, editor=409, admin=409, operator=409, own_key=403
    ),
    ("post", "/api/v1/publications/{publication_id}/cancel"): rule(
        others=404, creator=409, author=403, editor=409, admin=409, operator=409, own_key=403
    ),
    ("get", "/api/v1/publications/{publication_id}/site"): rule(
        others=404, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    # Only an editor may, and is told that nothing was left here (409).
    ("post", "/api/v1/publications/{publication_id}/take-over"): rule(
        others=404, creator=403, author=403, editor=409, admin=409, operator=403, own_key=403
    ),
    ("get", "/api/v1/api-keys"): rule(
        others=404, creator=403, author=403, editor=403, admin=200, operator=403, own_key=403
    ),
    ("post", "/api/v1/api-keys"): rule(
        others=404, creator=403, author=403, editor=403, admin=201, operator=403, own_key=403
    ),
    ("delete", "/api/v1/api-keys/{key_id}"): rule(
        others=404, creator=403, author=403, editor=403, admin=204, operator=403, own_key=403
    ),
    ("get", "/api/v1/tenants"): rule(
        others=200, creator=200, author=200, editor=200, admin=200, operator=200, own_key=200
    ),
    ("post", "/api/v1/tenants"): rule(
        others=403, creator=403, author=403, editor=403, admin=403, operator=202, own_key=403
    ),
    ("get", "/api/v1/tenants/{tenant_id}"): rule(
        others=404, creator=403, author=403, editor=403, admin=200, operator=200, own_key=403
    ),
    **dict.fromkeys(
        (
            ("patch", "/api/v1/tenants/{tenant_id}"),
            ("post", "/api/v1/tenants/{tenant_id}/suspend"),
            ("post", "/api/v1/tenants/{tenant_id}/resume"),
            ("delete", "/api/v1/tenants/{tenant_id}"),
        ),
        rule(others=404, creator=403, author=403, editor=403, admin=403, operator=202, own_key=403),
    ),
    ("post", "/api/v1/tenants/{tenant_id}/test"): rule(
        others=404, creator=403, author=403, editor=403, admin=403, operator=200, own_key=403
    ),
    ("get", "/api/v1/tenants/{tenant_id}/members"): rule(
        others=404, creator=403, author=403, editor=403, admin=200, operator=200, own_key=403
    ),
    **dict.fromkeys(
        (
            ("put", "/api/v1/tenants/{tenant_id}/members/{user_name}"),
            ("delete", "/api/v1/tenants/{tenant_id}/members/{user_name}"),
        ),
        rule(others=404, creator=403, author=403, editor=403, admin=202, operator=202, own_key=403),
    ),
    ("get", "/api/v1/tenants/{tenant_id}/invitations"): rule(
        others=404, creator=403, author=403, editor=403, admin=200, operator=200, own_key=403
    ),
    ("post", "/api/v1/tenants/{tenant_id}/invitations"): rule(
        others=404, creator=403, author=403, editor=403, admin=201, operator=201, own_key=403
    ),
    ("delete", "/api/v1/tenants/{tenant_id}/invitations/{invitation_id}"): rule(
        others=404, creator=403, author=403, editor=403, admin=204, operator=204, own_key=403
    ),
    ("get", "/health/live"): EVERYBODY,
    ("get", "/health/ready"): EVERYBODY,
    ("get", "/metrics"): EVERYBODY,
    ("get", "/.well-known/oauth-protected-resource"): EVERYBODY,
}


@dataclass
class Scene:
    """Acme's article and keys, and everybody who may want them."""

    platform: RunningPlatform
    marker: str
    publication: str = ""
    preview: str = ""
    picture: str = ""
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def ask(self, caller: str, method: str, path: str, **request: Any) -> httpx.Response:
        # Wrong tokens are counted by address; on loopback each stranger's request comes from one of its own.
        address = f"127.{next(_ADDRESSES)}" if caller in STRANGERS else "127.0.0.1"
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=30.0) as hub:
            url = f"{self.platform.layout.hub_url}{path}"
            return hub.request(method, url, headers=self.headers[caller], **request)

    def article(self) -> dict[str, Any]:
        return {
            "tenant": "acme",
            "markdown": f"# {self.marker}\n\nText {uuid.uuid4()}.",
            "target": "draft",
            "source": {"kind": "api"},
        }

    def tenant_request(self, method: str, path: str, caller: str) -> tuple[str, dict[str, Any]]:
        """A good request about acme, or about a tenant made for it where the operator's would close acme."""
        spare = {"id": "spare", "name": self.marker}
        if method == "post" and path.endswith("/tenants"):
            return path, {"json": spare}
        about_people = "members" in path or "invitations" in path
        closing = caller == "operator" and (method == "delete" or path.endswith("/suspend")) and not about_people
        if closing:
            self.ask("operator", "post", "/api/v1/tenants", json=spare)
            self.ask("operator", "post", "/api/v1/tenants/spare/resume")
        user_name = "acme-author" if method == "put" else "nobody"
        if "invitations" in path:
            return self.invitation_request(method, path)
        filled = path.format(tenant_id="spare" if closing else "acme", user_name=user_name)
        bodies: dict[str, dict[str, Any]] = {"put": {"role": "author"}, "patch": {"language": "en-US"}}
        return filled, {"json": bodies[method]} if method in bodies else {}

    def preview_request(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        """A good request about the creator's preview."""
        bodies = {"post": self.article(), "patch": {"slug": "doors"}}
        filled = path.format(preview_id=self.preview, sha256=self.picture)
        return filled, {"json": bodies[method]} if method in bodies else {}

    def invitation_request(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        """A good request about acme's invitations; each has one of its own to revoke."""
        body = {"role": "author", "email": f"{self.marker.lower()}@acme.example"}
        made = ""
        if "{invitation_id}" in path:
            made = self.ask("admin", "post", "/api/v1/tenants/acme/invitations", json=body).json()["id"]
        filled = path.format(tenant_id="acme", invitation_id=made)
        return filled, {"json": body} if method == "post" else {}

    def request(self, method: str, path: str, caller: str = "admin") -> tuple[str, dict[str, Any]]:
        """A good request to a route, about acme."""
        if path.startswith("/api/v1/tenants"):
            return self.tenant_request(method, path, caller)
        if path.startswith("/api/v1/previews"):
            return self.preview_request(method, path)
        if path == "/api/v1/publications":
            return path, {"json": self.article()} if method == "post" else {"params": {"tenant": "acme"}}
        if path == "/api/v1/api-keys":
            key = {"tenant": "acme", "role": "author", "label": self.marker}
            return path, {"json": key} if method == "post" else {"params": {"tenant": "acme"}}
        if "{key_id}" in path:
            return path.format(key_id=self.key("admin", "acme")[0]), {}
        filled = path.format(publication_id=self.publication) if "{" in path else path
        return filled, {"json": self.article()} if method == "put" else {}

    def key(self, admin: str, tenant: str) -> tuple[str, str]:
        """A new API key of a tenant: its id and its text."""
        answer = self.ask(
            admin, "post", "/api/v1/api-keys", json={"tenant": tenant, "role": "author", "label": self.marker}
        )
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return body["id"], body["secret"]

    def settle(self) -> None:
        """Wait until the article is delivered."""
        address = f"/api/v1/publications/{self.publication}"
        until(
            lambda: self.ask("admin", "get", address).json()["state"] == "drafted",
            lambda: "the article was not delivered",
        )


def bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def scene(platform: RunningPlatform) -> Iterator[Scene]:
    scene = Scene(platform, marker=f"Unseen{uuid.uuid4().hex}")
    with running_issuer() as foreign:
        now = int(time.time())
        signing = RSAKey.import_key(json.loads(platform.secrets.get(names.IDENTITY_SIGNING_KEY)))
        claims = {"iss": platform.layout.identity_url, "sub": "acme-admin", "aud": ["presswerk-cli"], "iat": now - 7200}
        header = {"alg": "RS256", **({"kid": signing.kid} if signing.kid else {})}
        people = {name: platform.tokens(user) for name, user in PEOPLE.items()}
        scene.headers = {
            "no token": {},
            "expired": bearer(jwt.encode(header, {**claims, "exp": now - 3600}, signing)),
            "wrong issuer": bearer(foreign.access_token("acme-admin", groups=["tenant-acme-admin"])),
            "wrong audience": bearer(platform.tokens("acme-admin", "site-acme").access_token),
            "ID token": bearer(people["admin"].id_token),
            "no JWT": bearer("abc.def.ghi"),
            "no key": bearer("pwk_" + "a" * 12 + "_" + "b" * 43),
            "Basic": {"Authorization": "Basic YWNtZS1hZG1pbjp4"},
            **{name: bearer(tokens.access_token) for name, tokens in people.items()},
        }
        scene.headers["other's key"] = bearer(scene.key("other's admin", "nordlicht")[1])
        # A key acts as who made it, here the admin, with no more than its own role, here author.
        scene.headers["own key"] = bearer(scene.key("admin", "acme")[1])
        made = scene.ask("creator", "post", "/api/v1/publications", json=scene.article())
        assert made.status_code == 202, made.text
        scene.publication = made.json()["id"]
        attachment = {"filename": "a.png", "data": base64.b64encode(PNG).decode()}
        shown = scene.ask("creator", "post", "/api/v1/previews", json={**scene.article(), "attachments": [attachment]})
        assert shown.status_code == 201, shown.text
        scene.preview, scene.picture = shown.json()["id"], shown.json()["pictures"][0]["sha256"]
        scene.settle()
        yield scene


def test_every_route_has_its_row(scene: Scene) -> None:
    served = scene.ask("no token", "get", "/openapi.json").json()["paths"]

    assert {(method, path) for path, methods in served.items() for method in methods} == set(MATRIX)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_a_caller_gets_the_documented_answer(scene: Scene, method: str, path: str, caller: str) -> None:
    address, request = scene.request(method, path, caller)

    answer = scene.ask(caller, method, address, **request)

    assert answer.status_code == MATRIX[method, path][caller], answer.text
    if caller in STRANGERS + OTHERS:
        assert scene.marker not in answer.text
        assert "acme" not in answer.text.lower() or path == "/metrics", answer.text
    if answer.status_code == 401:
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer")
        assert ('error="invalid_token"' in challenge) == (caller not in {"no token", "Basic"})
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    if answer.status_code == 202:
        scene.settle()


@pytest.mark.parametrize("method", ["get", "put", "events", "retry", "cancel"])
def test_anothers_publication_is_answered_like_one_that_does_not_exist(scene: Scene, method: str) -> None:
    def answer(publication: str) -> dict[str, Any]:
        suffix = "" if method in {"get", "put"} else f"/{method}"
        verb = "get" if method in {"get", "events"} else "put" if method == "put" else "post"
        _, request = scene.request(verb, "/api/v1/publications/{publication_id}")
        response = scene.ask("other's admin", verb, f"/api/v1/publications/{publication}{suffix}", **request)
        return {
            name: value for name, value in response.json().items() if name not in {"instance", "request_id", "trace_id"}
        }

    assert answer(scene.publication) == answer("0198c0de-0000-7000-8000-000000000000")


@pytest.mark.parametrize("caller", [*OTHERS, "author", "editor", "admin", "operator", "own key"])
@pytest.mark.parametrize("method", ["get", "patch"])
def test_anothers_preview_is_answered_like_one_that_does_not_exist(scene: Scene, method: str, caller: str) -> None:
    def answer(preview: str) -> dict[str, Any]:
        _, request = scene.request(method, "/api/v1/previews/{preview_id}")
        body = scene.ask(caller, method, f"/api/v1/previews/{preview}", **request).json()
        return {name: value for name, value in body.items() if name != "instance"}

    assert answer(scene.preview) == answer("0198c0de-0000-7000-8000-000000000000")


@pytest.mark.parametrize("caller", [*OTHERS, "author", "editor", "admin", "own key"])
def test_nobody_else_confirms_a_preview(scene: Scene, caller: str) -> None:
    shown = scene.ask("creator", "get", f"/api/v1/previews/{scene.preview}").json()

    answer = scene.ask(caller, "post", "/api/v1/publications", json={"preview": shown["id"], "sha256": shown["sha256"]})

    assert answer.status_code == 409
    assert answer.json()["preview"] is None
    assert scene.marker not in answer.text


@pytest.mark.parametrize("caller", OTHERS)
def test_lists_without_a_filter_show_nothing_of_another_tenant(scene: Scene, caller: str) -> None:
    answer = scene.ask(caller, "get", "/api/v1/publications")

    assert answer.status_code == 200
    assert scene.marker not in answer.text
    assert {item["tenant"] for item in answer.json()["items"]} <= {"nordlicht"}


def test_a_tenant_nobody_has_is_answered_like_anothers(scene: Scene) -> None:
    def status(tenant: str) -> int:
        body = {**scene.article(), "tenant": tenant}
        return scene.ask("other's editor", "post", "/api/v1/publications", json=body).status_code

    assert status("nobody") == status("acme") == 404


@pytest.mark.parametrize("caller", [*OTHERS, *OWN, "operator", "own key"])
def test_somebody_is_offered_only_their_own_sites(scene: Scene, caller: str) -> None:
    offered = {site["tenant"] for site in scene.ask(caller, "get", "/api/v1/sites").json()["items"]}

    own = {"author": {"acme", "nordlicht"}, "operator": set[str]()}
    assert offered == own.get(caller, {"nordlicht"} if caller in OTHERS else {"acme"})


@dataclass(frozen=True)
class Pressed:
    """What somebody who pressed Publish saw, all of it, and which tenants had a publication more afterwards."""

    seen: str
    reached: frozenset[str]


def press(scene: Scene, user_name: str) -> Pressed:
    """Sign in at Open WebUI, have an article written, press Publish, confirm all."""
    platform = scene.platform

    def published() -> dict[str, str]:
        items = scene.ask("operator", "get", "/api/v1/publications", params={"limit": 100}).json()["items"]
        return {item["id"]: item["tenant"] for item in items}

    before = published()
    token = sign_in(platform.layout.chat_url, provider_login(user_name, platform.password(user_name)))
    with PersonSession(platform.layout.chat_url, token) as session:
        message = session.ask("Write an article about doors", model=session.models()[0])
        run = session.run_action(FUNCTION_ID, message)
        after = session.message(message.chat_id, message.message_id)
    told = [*run.statuses, *(text for _, text in run.notifications), after.content]
    asked = [f"{question.title} {question.message} {question.options}" for question in run.questions]
    now = published()
    return Pressed("\n".join([*told, *asked]), frozenset(now[each] for each in now.keys() - before.keys()))


@pytest.mark.parametrize(
    ("user_name", "own", "foreign"),
    [
        ("acme-author", "acme", "Nordlicht"),
        ("acme-admin", "acme", "Nordlicht"),
        ("nordlicht-author", "nordlicht", "Acme"),
        ("nordlicht-editor", "nordlicht", "Acme"),
        ("nordlicht-admin", "nordlicht", "Acme"),
    ],
)
def test_publish_reaches_the_persons_own_tenant_only(scene: Scene, user_name: str, own: str, foreign: str) -> None:
    pressed = press(scene, user_name)

    assert pressed.reached == {own}
    assert foreign not in pressed.seen


def test_an_operator_who_presses_publish_is_told_why_not(scene: Scene) -> None:
    pressed = press(scene, "olivia")

    assert pressed.reached == frozenset()
    assert "Traceback" not in pressed.seen
    assert "Acme" not in pressed.seen
    assert "Nordlicht" not in pressed.seen


@pytest.mark.parametrize("caller", [*STRANGERS, *OTHERS, "admin"])
def test_the_action_runs_for_nobody_who_is_not_signed_in_at_the_chat(scene: Scene, caller: str) -> None:
    body = {"model": "x", "chat_id": "x", "id": "x", "session_id": "x", "messages": []}

    answer = httpx.post(
        f"{scene.platform.layout.chat_url}/api/chat/actions/{FUNCTION_ID}",
        json=body,
        headers=scene.headers[caller],
        trust_env=False,
    )

    assert answer.status_code in {401, 403}
    assert "acme" not in answer.text.lower()
