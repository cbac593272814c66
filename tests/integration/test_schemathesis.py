"""The served OpenAPI document holds: whatever is sent, as it says or not, is answered as it says, never with a 5xx."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.drill import up_to
from tests.support.issuer import Issuer
from tests.support.press import Press, running_press

pytestmark = pytest.mark.integration

EXAMPLES = up_to(25, 3)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CALLERS = ("nobody", "author", "admin", "operator", "key")


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        yield press


@pytest.fixture(scope="module")
def known(press: Press) -> dict[str, str]:
    """Ids of things that there are: a guess finds none of them."""
    made = press.anna.await_state(press.anna.publish("acme", "There.")["id"])
    preview = press.anna.request("POST", "/previews", json={"tenant": "acme", "markdown": "Shown."}).json()
    key = press.ada.request("POST", "/api-keys", json={"tenant": "acme", "role": "author", "label": "x"}).json()
    return {
        "publication_id": made["id"],
        "preview_id": preview["id"],
        "key_id": key["id"],
        "tenant_id": "acme",
        "user_name": "anna",
        "sha256": "0" * 64,
    }


@pytest.fixture(scope="module")
def headers(press: Press) -> Mapping[str, dict[str, str]]:
    key = press.ada.request("POST", "/api-keys", json={"tenant": "acme", "role": "author", "label": "fuzz"}).json()
    tokens = {
        "author": press.anna.token,
        "admin": press.ada.token,
        "operator": press.olivia.token,
        "key": key["secret"],
    }
    return {"nobody": {}, **{name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}}


def aimed(case: Case[Any]) -> Case[Any]:
    """Let an article that is right by the document come through where only the hub knows what else it needs."""
    if isinstance(case.body, dict) and "tenant" in case.body:
        case.body["tenant"] = "acme"
        if "markdown" in case.body:
            case.body |= {"markdown": f"Text. {case.body['markdown']}", "target": "draft", "scheduled_for": None}
            case.body |= {"attachments": [], "source": {"kind": "api"}}
    return case


@pytest.mark.parametrize("caller", CALLERS)
def test_the_document_holds(
    press: Press, known: dict[str, str], headers: Mapping[str, dict[str, str]], caller: str
) -> None:
    document = schemathesis.openapi.from_url(f"{press.hub.url}/openapi.json")
    operations = [each.ok() for each in document.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) >= 25
    statuses: set[int] = set()

    for operation in operations:
        names = _names(operation.path)
        there = {name: known[name] for name in names} if names and set(names) <= known.keys() else None
        for number, (mode, ids) in enumerate(_ways(there)):
            cases = operation.as_strategy(generation_mode=mode, path_parameters=ids)

            @seed(number)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=False,
                phases=(Phase.explicit, Phase.generate),
                suppress_health_check=list(HealthCheck),
            )
            @given(case=cases.map(aimed) if mode is GenerationMode.POSITIVE else cases)
            def run(case: Case[Any]) -> None:
                answer = case.call(headers=headers[caller], timeout=60)
                statuses.add(answer.status_code)
                case.validate_response(answer, checks=CHECKS)
                if caller == "nobody" and case.path.startswith("/api/"):
                    assert answer.status_code == 401, (case.method, case.path, answer.status_code)

            # A route that takes nothing can be sent nothing wrong.
            with contextlib.suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
                run()

    # Else it would be only strangers, or nothing but refusals, that the document was tried with.
    assert statuses >= ({401} if caller == "nobody" else {200, 202, 404, 422}), statuses


def _names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _ways(there: dict[str, str] | None) -> Iterator[tuple[GenerationMode, dict[str, Any] | None]]:
    yield GenerationMode.POSITIVE, there
    yield GenerationMode.NEGATIVE, there
    if there:
        yield GenerationMode.POSITIVE, None


def test_every_answer_of_an_error_is_a_problem(press: Press) -> None:
    document = httpx.get(f"{press.hub.url}/openapi.json").json()
    answers = [
        (path, httpx.request(method.upper(), press.hub.url + path.replace("{", "x").replace("}", "x")))
        for path, methods in document["paths"].items()
        for method in methods
    ]
    refused = [(path, answer) for path, answer in answers if answer.status_code >= 400]

    assert len(refused) >= 20
    for path, answer in refused:
        assert answer.headers["content-type"] == "application/problem+json", path
        assert answer.json()["status"] == answer.status_code, path
