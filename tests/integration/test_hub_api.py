"""The hub's HTTP surface: errors, limits, headers, health, metrics, pages, logs, API keys."""

import json
import re
import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from presswerk import __version__
from presswerk.tenants import TenantState
from tests.support.hub import HubClient
from tests.support.issuer import Issuer
from tests.support.press import Press, running_press
from tests.support.site_double import PASSWORD

pytestmark = pytest.mark.integration

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        yield press


def _problem(answer: httpx.Response, status: int, slug: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, object] = answer.json()
    assert body["type"] == f"https://presswerk.dev/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert str(body["instance"]).startswith("urn:presswerk:request:")
    return body


def test_no_token_is_asked_for_one(press: Press) -> None:
    answer = httpx.get(f"{press.hub.url}/api/v1/me")
    _problem(answer, 401, "not-signed-in")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", ["expired", "foreign", "audience", "id", "nonsense", "key"])
def test_a_wrong_token_is_refused(press: Press, kind: str) -> None:
    issuer = press.issuer
    makers: dict[str, Callable[[], str]] = {
        "expired": lambda: issuer.access_token("anna", expires_in=-3600),
        "foreign": lambda: issuer.access_token("anna", iss="http://evil.example"),
        "audience": lambda: issuer.access_token("anna", audience="site-acme"),
        "id": lambda: issuer.id_token("anna"),
        "nonsense": lambda: "not.a.token",
        "key": lambda: "pwk_abcdefghijkl_" + "x" * 43,
    }
    token = makers[kind]()
    answer = httpx.get(f"{press.hub.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    _problem(answer, 401, "invalid-token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert token not in answer.text


def test_strangers_are_refused_before_the_body_is_read(press: Press) -> None:
    with socket.create_connection(("127.0.0.1", press.hub.port)) as connection:
        connection.sendall(
            b"POST /api/v1/publications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 30000000\r\n\r\n{"
        )
        connection.settimeout(20)
        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"tenant", "markdown"}),
        ({"tenant": "acme", "markdown": "x", "surprise": 1}, {"surprise"}),
        ({"tenant": "acme", "markdown": " \n"}, {"markdown"}),
        ({"tenant": "acme", "markdown": "a\x00b"}, {"markdown"}),
        ({"tenant": "acme", "markdown": "x" * (1024 * 1024 + 1)}, {"markdown"}),
        ({"tenant": "acme", "markdown": "x", "title": "t" * 201, "slug": "s" * 201}, {"title", "slug"}),
        ({"tenant": "acme", "markdown": "x", "tags": ["a", " "]}, {"tags.1"}),
        ({"tenant": "acme", "markdown": "x", "tags": ["a"] * 31}, {"tags"}),
        ({"tenant": "acme", "markdown": "x", "target": "later"}, {"target"}),
        ({"tenant": "acme", "markdown": "x", "language": "klingon!"}, {"language"}),
        ({"tenant": "acme", "markdown": "x", "scheduled_for": "tomorrow"}, {"scheduled_for"}),
        ({"tenant": "acme", "markdown": "x", "scheduled_for": "2030-01-01T00:00:00"}, {"scheduled_for"}),
        ({"tenant": "acme", "markdown": "x", "scheduled_for": "2999-01-01T00:00:00Z"}, {"scheduled_for"}),
        (
            {"tenant": "acme", "markdown": "x", "attachments": [{"filename": "", "data": "eA=="}]},
            {"attachments.0.filename"},
        ),
        ({"tenant": "acme", "markdown": "x", "attachments": [{"filename": "a", "data": "%"}]}, {"attachments.0.data"}),
        ({"tenant": "acme", "markdown": "x", "attachments": [{"filename": "a", "data": 5}]}, {"attachments.0.data"}),
        ({"tenant": "acme", "markdown": "x", "source": {"kind": "fax"}}, {"source.kind"}),
        ([], {"body"}),
    ],
)
def test_bad_input_names_its_fields(press: Press, body: object, fields: set[str]) -> None:
    answer = press.anna.request("POST", "/publications", json=body)
    errors = _problem(answer, 422, "invalid-input")["errors"]
    assert isinstance(errors, list)
    assert fields <= {each["field"] for each in errors}
    assert all(each["message"] for each in errors)


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b'{"tenant": "acme", "markdown": "\\ud800"}', b"[" * 100_000, b'{"a":' * 5000]
)
def test_what_is_no_json_is_a_client_error(press: Press, content: bytes) -> None:
    answer = press.anna.request("POST", "/publications", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 413, 422}
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(press: Press, declared: bool) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(41):
            yield b" " * 1024 * 1024

    answer = press.anna.request(
        "POST",
        "/publications",
        content=b" " * 41 * 1024 * 1024 if declared else chunks(),
        headers={"Content-Type": "application/json"},
    )
    _problem(answer, 413, "too-large")


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 1000}, {"limit": "many"}, {"cursor": "%%%"}, {"cursor": "AAAA"}, {"state": "gone"}],
)
def test_bad_queries_are_named(press: Press, query: dict[str, str]) -> None:
    answer = press.anna.request("GET", "/publications", params=query)
    errors = _problem(answer, 422, "invalid-input")["errors"]
    assert isinstance(errors, list)
    assert errors[0]["field"] == next(iter(query))


@pytest.mark.parametrize("path", ["/publications/%00", "/publications/..%2f", "/publications/" + "a" * 3000])
def test_strange_ids_are_not_found(press: Press, path: str) -> None:
    assert press.anna.request("GET", path).status_code == 404
    assert press.anna.request("GET", "/publications", params={"tenant": "a\x00"}).status_code == 404


def test_unknown_routes_and_methods(press: Press) -> None:
    _problem(httpx.get(f"{press.hub.url}/nope"), 404, "not-found")
    answer = press.anna.request("DELETE", "/publications")
    _problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize("key", [b"", b"with space", b"x" * 256, b"\xfcmlaut"])
def test_a_bad_idempotency_key_is_named(press: Press, key: bytes) -> None:
    body = {"tenant": "acme", "markdown": "x"}
    answer = press.anna.request("POST", "/publications", json=body, headers={"Idempotency-Key": key})
    errors = _problem(answer, 422, "invalid-input")["errors"]
    assert isinstance(errors, list)
    assert errors[0]["field"] == "Idempotency-Key"


def test_who_am_i_and_where_may_i_write(press: Press) -> None:
    me = press.emil.request("GET", "/me").json()
    assert me == {
        "issuer": press.issuer.url,
        "subject": "emil",
        "name": "Emil",
        "operator": False,
        "memberships": [{"tenant": "acme", "role": "editor"}],
    }
    sites = press.emil.request("GET", "/sites").json()["items"]
    assert [(each["tenant"], each["may"]) for each in sites] == [("acme", ["draft", "publish", "schedule"])]
    assert press.client("nora").request("GET", "/sites").json() == {"items": []}


def test_health_needs_the_database_and_tells_of_the_identity_provider(press: Press) -> None:
    assert httpx.get(f"{press.hub.url}/health/live").json() == {"status": "live", "version": __version__}
    ready = httpx.get(f"{press.hub.url}/health/ready")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "workflows": "ok", "identity_provider": "ok"}


def test_metrics_count_publications_without_naming_tenants(press: Press) -> None:
    press.anna.await_state(press.anna.publish("acme", "Counted.")["id"])
    text = httpx.get(f"{press.hub.url}/metrics").text
    assert re.search(r'presswerk_publications\{state="drafted"\} [1-9]', text)
    assert re.search(r'presswerk_step_seconds_count\{outcome="done",step="deliver"\} [1-9]', text)
    assert re.search(r"presswerk_queue_age_seconds 0\.0|presswerk_queue_age_seconds \d", text)
    assert 'route="/api/v1/publications/{publication_id}"' in text
    assert "acme" not in text


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere_and_run_no_script(press: Press, path: str) -> None:
    answer = httpx.get(f"{press.hub.url}{path}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert re.findall(r'(?:src|href)="([^"]+\.(?:css|js))"', answer.text) == ["/static/hub.css"]
    assert httpx.get(f"{press.hub.url}/static/hub.css").headers["content-type"].startswith("text/css")


def test_the_status_tells_each_person_of_their_own_sites_and_an_operator_of_all(press: Press) -> None:
    told = {name: press.client(name, *groups).request("GET", "/status") for name, groups in STATUS_READERS.items()}

    assert {answer.status_code for answer in told.values()} == {200}
    services = {name: {each["name"] for each in answer.json()["services"]} for name, answer in told.items()}
    assert services["anna"] == {"site-acme"}
    assert services["bert"] == {"site-beta"}
    assert {"site-acme", "site-beta", "hub", "identity"} <= services["olga"]
    for answer in told.values():
        described = answer.json()
        assert described["verdict"] in {"works", "warned", "failed"}
        assert all(check["age_seconds"] >= 0 for each in described["services"] for check in each["checks"])
        named = {each["name"] for each in described["services"]}
        assert {found["service"] for found in described["findings"]} <= named
    assert "site-beta" not in told["anna"].text


STATUS_READERS = {
    "olga": ("presswerk-admin",),
    "anna": ("tenant-acme-author",),
    "bert": ("tenant-beta-editor",),
}


def test_the_home_page_says_that_there_is_no_ai(press: Press) -> None:
    assert "There is no AI here" in httpx.get(f"{press.hub.url}/").text


def test_the_reference_shows_every_route_of_the_description(press: Press) -> None:
    description = httpx.get(f"{press.hub.url}/openapi.json").json()
    page = httpx.get(f"{press.hub.url}/docs").text
    for path in description["paths"]:
        assert path in page
    assert "/api/v1/publications/{publication_id}/events" in description["paths"]


def test_every_answer_has_security_headers_and_a_request_id(press: Press) -> None:
    for answer in (httpx.get(f"{press.hub.url}/api/v1/me"), httpx.get(f"{press.hub.url}/")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers
    named = httpx.get(f"{press.hub.url}/api/v1/me", headers={"X-Request-ID": "mine-1", "Origin": "http://evil"})
    assert named.headers["x-request-id"] == "mine-1"
    assert named.json()["instance"].endswith("mine-1")
    assert "access-control-allow-origin" not in named.headers
    forged = httpx.get(f"{press.hub.url}/api/v1/me", headers={"X-Request-ID": 'x" onload'})
    assert forged.headers["x-request-id"] != 'x" onload'


def _new_key(client: HubClient, role: str, tenant: str = "acme") -> dict[str, str]:
    answer = client.request("POST", "/api-keys", json={"tenant": tenant, "role": role, "label": "ci"})
    assert answer.status_code == 201, answer.text
    key: dict[str, str] = answer.json()
    return key


def test_an_api_key_acts_as_its_maker_until_it_is_revoked(press: Press) -> None:
    key = _new_key(press.ada, "author")
    program = press.hub.client(key["secret"])
    assert program.request("GET", "/me").json()["memberships"] == [{"tenant": "acme", "role": "author"}]
    assert program.publish("acme", "By a program.")["created_by"]["subject"] == "ada"
    body = {"tenant": "acme", "markdown": "x", "target": "publish"}
    assert program.request("POST", "/publications", json=body).status_code == 403
    assert program.request("POST", "/publications", json={**body, "tenant": "beta"}).status_code == 404
    listed = press.ada.request("GET", "/api-keys", params={"tenant": "acme"}).json()["items"]
    assert key["id"] in {each["id"] for each in listed}
    assert key["secret"] not in json.dumps(listed)
    assert press.ada.request("DELETE", f"/api-keys/{key['id']}").status_code == 204
    assert program.request("GET", "/me").status_code == 401


def test_only_an_admin_manages_keys_and_nobody_those_of_others(press: Press) -> None:
    key = _new_key(press.ada, "editor")
    body = {"tenant": "acme", "role": "author", "label": "x"}
    for client, expected in ((press.anna, 403), (press.emil, 403), (press.olivia, 403), (press.bert, 404)):
        assert client.request("POST", "/api-keys", json=body).status_code == expected
        assert client.request("DELETE", f"/api-keys/{key['id']}").status_code == expected
        assert client.request("GET", "/api-keys", params={"tenant": "acme"}).status_code == expected
    assert press.anna.request("GET", "/api-keys").status_code == 403
    assert press.ada.request("DELETE", "/api-keys/nosuchkey000").status_code == 404


def test_no_secret_reaches_the_log(press: Press) -> None:
    key = _new_key(press.ada, "author")
    httpx.get(f"{press.hub.url}/api/v1/me?access_token={key['secret']}", headers={"Authorization": "Bearer broken.t.x"})
    press.hub.client(key["secret"]).request("GET", "/me")
    press.anna.await_state(press.anna.publish("acme", "Quiet.")["id"])
    log = press.hub.log
    secrets = (
        key["secret"],
        press.anna.token,
        PASSWORD,
        press.environment["PRESSWERK_ENCRYPTION_KEYS"],
        "access_token=",
    )
    assert [secret for secret in secrets if secret in log] == []
    assert all(json.loads(line) for line in log.splitlines())


def test_a_suspended_tenant_takes_nothing(press: Press) -> None:
    press.registry.set_state("beta", TenantState.SUSPENDED)
    try:
        answer = press.bert.request("POST", "/publications", json={"tenant": "beta", "markdown": "x"})
        _problem(answer, 409, "tenant-suspended")
        assert press.bert.request("GET", "/sites").json()["items"][0]["may"] == []
    finally:
        press.registry.set_state("beta", TenantState.ACTIVE)


def test_sse_refuses_a_malformed_last_event_id(press: Press) -> None:
    made = press.anna.publish("acme", "x")["id"]
    answer = press.anna.request("GET", f"/publications/{made}/events", headers={"Last-Event-ID": "x"})
    _problem(answer, 422, "invalid-input")


def test_where_tokens_come_from_is_told(press: Press) -> None:
    found = httpx.get(f"{press.hub.url}/.well-known/oauth-protected-resource").json()
    assert found["authorization_servers"] == [press.issuer.url]


def test_methods_that_nobody_knows_make_no_series(press: Press) -> None:
    for method in ("MADEUP", "PATCH"):
        _problem(httpx.request(method, f"{press.hub.url}/api/v1/me"), 405, "method-not-allowed")
    counted = httpx.get(f"{press.hub.url}/metrics").text
    assert 'method="any",route="/api/v1/me",status="405"' in counted
    assert "MADEUP" not in counted


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/api-keys", "expires_at", {"role": "author", "label": "late"}),
        ("/previews", "scheduled_for", {"markdown": "# Late", "target": "publish"}),
        ("/publications", "scheduled_for", {"markdown": "# Late", "target": "publish"}),
    ],
)
def test_a_time_that_utc_cannot_say_is_a_wrong_field(
    press: Press, path: str, field: str, body: dict[str, object], moment: str
) -> None:
    answer = press.ada.request("POST", path, json={"tenant": "acme", **body, field: moment})
    errors = _problem(answer, 422, "invalid-input")["errors"]
    assert isinstance(errors, list)
    assert errors[0]["field"].startswith(field)
