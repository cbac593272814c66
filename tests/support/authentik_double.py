"""Authentik's API over HTTP on a free port, as far as tenants need it; see `authentik_store` for why it is a double.

Every request must be one the official client knows, its query and its body as the client's own models say; every answer
is checked the same way. What is not as it should be is kept in `violations` and refused.
"""

import contextlib
import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from presswerk.declaration import Tenant
from presswerk.identity.providers.authentik import AuthentikTenants
from tests.support import authentik_models as models
from tests.support.authentik_answers import Answers
from tests.support.authentik_models import NotTheContract
from tests.support.authentik_store import Refused, Store
from tests.support.serving import serving

TOKEN = "token-of-the-operator-0123456789"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        status: Answered instead of doing it; None when there is no answer.
        done: Whether it is done all the same, and only the answer is lost.
        body: The answer's JSON.
        headers: The answer's headers.
        late: The answer comes when nobody waits for it any more.
    """

    status: int | None = None
    done: bool = False
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Route:
    """An operation of the official client: where, what it takes and gives, what it needs."""

    api: str
    operation: str
    method: str
    path: str
    handler: str
    permission: str
    takes: str | None = None
    gives: str | None = None

    def match(self, path: str) -> tuple[str, ...] | None:
        found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", self.path), path)
        return None if found is None else found.groups()


_OAUTH2 = "authentik_providers_oauth2"
ROUTES = (
    Route("core_api", "core_groups_list", "GET", "/core/groups/", "groups", "authentik_core.view_group", gives="group"),
    Route("core_api", "core_groups_create", "POST", "/core/groups/", "make_group", "authentik_core.add_group",
          "group_request", "group"),
    Route("core_api", "core_groups_partial_update", "PATCH", "/core/groups/{group_uuid}/", "change_group",
          "authentik_core.change_group", "patched_group_request", "group"),
    Route("core_api", "core_groups_destroy", "DELETE", "/core/groups/{group_uuid}/", "delete_group",
          "authentik_core.delete_group"),
    Route("core_api", "core_groups_add_user_create", "POST", "/core/groups/{group_uuid}/add_user/", "add_user",
          "authentik_core.add_user_to_group", "user_account_request"),
    Route("core_api", "core_groups_remove_user_create", "POST", "/core/groups/{group_uuid}/remove_user/",
          "remove_user", "authentik_core.remove_user_from_group", "user_account_request"),
    Route("core_api", "core_users_list", "GET", "/core/users/", "users", "authentik_core.view_user", gives="user"),
    Route("core_api", "core_applications_retrieve", "GET", "/core/applications/{slug}/", "application",
          "authentik_core.view_application", gives="application"),
    Route("core_api", "core_applications_create", "POST", "/core/applications/", "make_application",
          "authentik_core.add_application", "application_request", "application"),
    Route("core_api", "core_applications_partial_update", "PATCH", "/core/applications/{slug}/", "change_application",
          "authentik_core.change_application", "patched_application_request", "application"),
    Route("core_api", "core_applications_destroy", "DELETE", "/core/applications/{slug}/", "delete_application",
          "authentik_core.delete_application"),
    Route("core_api", "core_transactional_applications_update", "PUT", "/core/transactional/applications/",
          "transaction", "authentik_core.add_application", None, "transaction_application_response"),
    Route("providers_api", "providers_oauth2_list", "GET", "/providers/oauth2/", "providers",
          f"{_OAUTH2}.view_oauth2provider", gives="o_auth2_provider"),
    Route("providers_api", "providers_oauth2_retrieve", "GET", "/providers/oauth2/{id}/", "provider",
          f"{_OAUTH2}.view_oauth2provider", gives="o_auth2_provider"),
    Route("providers_api", "providers_oauth2_create", "POST", "/providers/oauth2/", "make_provider",
          f"{_OAUTH2}.add_oauth2provider", "o_auth2_provider_request", "o_auth2_provider"),
    Route("providers_api", "providers_oauth2_partial_update", "PATCH", "/providers/oauth2/{id}/", "change_provider",
          f"{_OAUTH2}.change_oauth2provider", "patched_o_auth2_provider_request", "o_auth2_provider"),
    Route("providers_api", "providers_oauth2_destroy", "DELETE", "/providers/oauth2/{id}/", "delete_provider",
          f"{_OAUTH2}.delete_oauth2provider"),
    Route("policies_api", "policies_bindings_list", "GET", "/policies/bindings/", "bindings",
          "authentik_policies.view_policybinding", gives="policy_binding"),
    Route("policies_api", "policies_bindings_create", "POST", "/policies/bindings/", "make_binding",
          "authentik_policies.add_policybinding", "policy_binding_request", "policy_binding"),
    Route("policies_api", "policies_bindings_partial_update", "PATCH", "/policies/bindings/{policy_binding_uuid}/",
          "change_binding", "authentik_policies.change_policybinding", "patched_policy_binding_request",
          "policy_binding"),
    Route("policies_api", "policies_bindings_destroy", "DELETE", "/policies/bindings/{policy_binding_uuid}/",
          "delete_binding", "authentik_policies.delete_policybinding"),
    Route("flows_api", "flows_instances_list", "GET", "/flows/instances/", "flows", "authentik_flows.view_flow",
          gives="flow"),
    Route("crypto_api", "crypto_certificatekeypairs_list", "GET", "/crypto/certificatekeypairs/", "certificates",
          "authentik_crypto.view_certificatekeypair", gives="certificate_key_pair"),
    Route("propertymappings_api", "propertymappings_provider_scope_list", "GET", "/propertymappings/provider/scope/",
          "mappings", f"{_OAUTH2}.view_scopemapping", gives="scope_mapping"),
)  # fmt: skip


@dataclass
class AuthentikDouble:
    """One Authentik.

    Attributes:
        url: Its address.
        store: What it holds.
        permissions: Of the token's owner; None for all.
        requests: What was asked: method and path.
        violations: What was not as the client's models say; must be empty.
        fault: Asked before each request, with its number from 0, its method and its path.
        page_size: How many objects stand on a page at most.
        hides_secrets: Whether it leaves clients' secrets out of its answers.
    """

    url: str = ""
    store: Store = field(default_factory=Store.fresh)
    permissions: frozenset[str] | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    fault: Callable[[int, str, str], Fault | None] = lambda *_: None
    page_size: int = 2
    lock: threading.RLock = field(default_factory=threading.RLock)
    hides_secrets: bool = False
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Requests that change something."""
        return [each for each in self.requests if each[0] != "GET"]

    def answer(self, method: str, target: str, token: str, body: Any) -> tuple[int, Any]:
        """Do a request: status and JSON, None for no body."""
        path, _, query = target.removeprefix("/api/v3").partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if token != TOKEN:
            return 403, {"detail": "Token invalid/expired", "code": "authentication_failed"}
        for route in ROUTES:
            keys = route.match(path)
            if route.method == method and keys is not None:
                return self._do(route, keys, asked, body)
        return self._violation(f"{method} {path}: the double knows no such route")

    def _do(self, route: Route, keys: tuple[str, ...], asked: dict[str, str], body: Any) -> tuple[int, Any]:
        try:
            assert models.has_operation(route.api, route.method, route.path), f"the client has no {route}"
            unknown = set(asked) - models.query_parameters(route.api, route.operation)
            if unknown:
                raise NotTheContract(f"{route.operation} takes no {', '.join(sorted(unknown))}")
            if route.takes is not None:
                models.check(route.takes, body)
            elif route.handler == "transaction":
                _check_transaction(body)
            elif body is not None:
                raise NotTheContract(f"{route.operation} takes no body")
        except NotTheContract as wrong:
            return self._violation(str(wrong))
        if self.permissions is not None and route.permission not in self.permissions:
            return 403, {"detail": "You do not have permission to perform this action.", "code": "permission_denied"}
        try:
            status, document = getattr(Answers(self.store, self.permissions), route.handler)(
                *keys, asked=asked, body=body
            )
        except Refused as refused:
            return 400, refused.fields
        except KeyError:
            return 404, {"detail": "No matching object found."}
        return self._checked(route, status, document, asked)

    def _checked(self, route: Route, status: int, document: Any, asked: dict[str, str]) -> tuple[int, Any]:
        try:
            if route.gives is not None and isinstance(document, list):
                for each in document:
                    models.check(route.gives, each)
                    if self.hides_secrets:
                        each.pop("client_secret", None)
                document = self._page(document, asked)
            elif route.gives is not None and status < 300:
                models.check(route.gives, document)
        except NotTheContract as wrong:
            return self._violation(f"the double's own answer: {wrong}")
        return status, document

    def _page(self, results: list[Any], asked: dict[str, str]) -> dict[str, Any]:
        size = min(int(asked.get("page_size", "20")), self.page_size)
        page, pages = int(asked.get("page", "1")), max(1, -(-len(results) // size))
        pagination = {
            "next": page + 1 if page < pages else 0,
            "previous": page - 1,
            "count": len(results),
            "current": page,
            "total_pages": pages,
            "start_index": (page - 1) * size + 1,
            "end_index": min(page * size, len(results)),
        }
        models.check("pagination", pagination)
        return {"pagination": pagination, "results": results[(page - 1) * size : page * size], "autocomplete": {}}

    def _violation(self, told: str) -> tuple[int, Any]:
        self.violations.append(told)
        return 400, {"detail": f"contract: {told}"}


def _check_transaction(body: Any) -> None:
    # The client's own model takes the provider only if it fits exactly one kind of provider, so each part is checked.
    known = set(models.load("transaction_application_request").model_fields)
    if not isinstance(body, dict) or set(body) - known:
        raise NotTheContract(f"TransactionApplicationRequest has no {sorted(set(body) - known)}")
    models.check("application_request", body["app"])
    models.check("o_auth2_provider_request", body["provider"])
    if body["provider_model"] != "authentik_providers_oauth2.oauth2provider":
        raise NotTheContract(f"{body['provider_model']} is no OAuth2 provider")
    for binding in body.get("policy_bindings", ()):
        models.check("transaction_policy_binding_request", binding)


@contextlib.contextmanager
def running_authentik() -> Iterator[AuthentikDouble]:
    """Serve one on a free loopback port; what was not by the contract fails at the end."""
    double = AuthentikDouble()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(double))
    double.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        try:
            yield double
        finally:
            double.closing.set()
    assert double.violations == []


def _handler(double: AuthentikDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path = self.path.removeprefix("/api/v3").partition("?")[0]
            with double.lock:
                number = len(double.requests)
                double.requests.append((self.command, path))
                fault = double.fault(number, self.command, path)
                status, document = None, None
                if fault is None or fault.done:
                    token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                    status, document = double.answer(self.command, self.path, token, body)
            if fault is not None and fault.late:
                double.closing.wait(2.0)
            if fault is not None and fault.status is None:
                self.close_connection = True
                return
            if fault is not None:
                status, document = fault.status, fault.body
            assert status is not None
            self._answer(status, document, () if fault is None else fault.headers)

        def _answer(self, status: int, document: Any, headers: tuple[tuple[str, str], ...]) -> None:
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PUT(self) -> None:
            self._serve()

        def do_PATCH(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

    return Handler


def drift(tenants: AuthentikTenants, tenant: Tenant, site_url: str) -> tuple[str, ...]:
    """What `ensure` would do now, in words; nothing is changed."""
    return tuple(operation.does for operation in tenants._look(tenant, site_url)[1])
