"""What makes sign-on, hub, chat and the AI endpoint red, against a server that answers as scripted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from presswerk.operations.checks import CHECKS, Memory, Outcome, Result, Target, ask, services
from presswerk.operations.checks import requests as bounded
from presswerk.operations.checks.targets import AiTarget, ChatTarget, HubTarget, SignOnTarget
from tests.support.scripted_server import Scripted, ScriptedServer, scripted_server

DISCOVERY = "/.well-known/openid-configuration"
ISSUER = "http://localhost:9000"
SPA = Scripted("<!doctype html><html><head><title>Open WebUI</title><script></script></head><body></body></html>")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as found:
        yield found


def as_json(document: object, status: int = 200) -> Scripted:
    return Scripted(json.dumps(document), status, media_type="application/json")


def look(check: str, target: Target) -> Result:
    return ask([entry for entry in CHECKS if entry.id == check], [target])[0]


def provider(server: ScriptedServer, **changes: object) -> SignOnTarget:
    document = {
        "issuer": server.url,
        "authorization_endpoint": f"{server.url}/authorize",
        "token_endpoint": f"{server.url}/token",
        "jwks_uri": f"{server.url}/jwks",
        **changes,
    }
    server.answers |= {DISCOVERY: as_json(document), "/jwks": as_json({"keys": [{"kty": "RSA"}]})}
    return SignOnTarget(service="identity", address=server.url)


def test_a_provider_that_publishes_what_is_needed_is_green(server: ScriptedServer) -> None:
    assert look("sign-on-document", provider(server)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"issuer": "http://elsewhere.example"}, "calls itself http://elsewhere.example"),
        ({"issuer": None}, "calls itself nothing"),
        ({"token_endpoint": ""}, "names no token_endpoint"),
        ({"jwks_uri": None}, "names no jwks_uri"),
    ],
)
def test_a_provider_with_a_wrong_document_is_red(server: ScriptedServer, changes: dict[str, object], seen: str) -> None:
    result = look("sign-on-document", provider(server, **changes))

    assert result.outcome is Outcome.FAILED
    assert seen in result.seen


def test_an_issuer_with_a_slash_too_many_is_another_issuer(server: ScriptedServer) -> None:
    result = look("sign-on-document", provider(server, issuer=f"{server.url}/"))

    assert result.outcome is Outcome.FAILED
    assert "to the letter" in result.remedy


@pytest.mark.parametrize("answer", [SPA, Scripted("", 502), as_json({}, 404), as_json({"keys": []})])
def test_a_provider_without_document_or_keys_is_red(server: ScriptedServer, answer: Scripted) -> None:
    target = provider(server)
    server.answers["/jwks" if "keys" in answer.body else DISCOVERY] = answer

    assert look("sign-on-document", target).outcome is Outcome.FAILED


def hub(server: ScriptedServer) -> HubTarget:
    server.answers = {
        "/health/ready": as_json({"status": "ready", "checks": {"database": "ok"}}),
        "/.well-known/oauth-protected-resource": as_json({"authorization_servers": [ISSUER]}),
    }
    return HubTarget(service="hub", address="http://localhost:8000", internal_url=server.url, issuer=ISSUER)


def test_a_hub_that_takes_articles_and_trusts_the_right_provider_is_green(server: ScriptedServer) -> None:
    target = hub(server)

    assert {look(check, target).outcome for check in ("hub-ready", "hub-issuer")} == {Outcome.OK}


@pytest.mark.parametrize(
    ("check", "path", "answer", "seen"),
    [
        ("hub-ready", "/health/ready", as_json({"status": "ready"}, 503), "503"),
        ("hub-ready", "/health/ready", as_json({"checks": {"database": "unavailable"}}, 503), "database: unavailable"),
        ("hub-ready", "/health/ready", SPA, "no JSON"),
        ("hub-ready", "/health/ready", as_json({}), "cannot take articles"),
        (
            "hub-issuer",
            "/.well-known/oauth-protected-resource",
            as_json({"authorization_servers": ["http://elsewhere.example"]}),
            "trusts http://elsewhere.example",
        ),
        ("hub-issuer", "/.well-known/oauth-protected-resource", as_json({}), "trusts nobody"),
    ],
)
def test_a_hub_that_cannot_work_is_red(
    server: ScriptedServer, check: str, path: str, answer: Scripted, seen: str
) -> None:
    target = hub(server)
    server.answers[path] = answer

    result = look(check, target)

    assert result.outcome is Outcome.FAILED
    assert seen in result.seen


CONFIG: dict[str, Any] = {"status": True, "version": "0.12.4", "oauth": {"providers": {"oidc": "single sign-on"}}}


def test_a_chat_with_page_and_sign_on_is_green(server: ScriptedServer) -> None:
    server.answers = {"/api/config": as_json(CONFIG), "/": SPA}

    result = look("chat-ready", ChatTarget(service="chat", address=server.url))

    assert (result.outcome, result.seen) == (Outcome.OK, "Open WebUI 0.12.4 shows its page.")


@pytest.mark.parametrize(
    ("config", "page", "seen"),
    [
        (SPA, SPA, "no JSON"),  # Open WebUI answers unknown addresses with its page
        (as_json({"status": True}), SPA, "not what Open WebUI answers"),
        (as_json(CONFIG | {"oauth": {"providers": {}}}), SPA, "no sign-on"),
        (as_json(CONFIG), Scripted("", 200), "without content"),
        (as_json(CONFIG), as_json({"detail": "Not Found"}, 404), "404"),
        (Scripted("Bad Gateway", 502), SPA, "502"),
    ],
)
def test_a_chat_without_content_is_red(server: ScriptedServer, config: Scripted, page: Scripted, seen: str) -> None:
    server.answers = {"/api/config": config, "/": page}

    result = look("chat-ready", ChatTarget(service="chat", address=server.url))

    assert result.outcome is Outcome.FAILED
    assert seen in result.seen


def written(text: str, reason: str = "stop") -> Scripted:
    return as_json({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": reason}]})


def ai(server: ScriptedServer, answer: Scripted, model: str = "llama") -> AiTarget:
    server.answers = {"/v1/models": as_json({"data": [{"id": "llama"}]}), "/v1/chat/completions": answer}
    return AiTarget(service="ai", base_url=f"{server.url}/v1", api_key="the-secret-key", model=model)


@pytest.mark.parametrize("answer", [written("Yes"), written("", "length")], ids=["a token", "thinks first"])
def test_an_endpoint_that_writes_is_green_and_is_asked_for_one_token(server: ScriptedServer, answer: Scripted) -> None:
    result = look("ai-writes", ai(server, answer))

    assert (result.outcome, result.seen) == (Outcome.OK, "llama writes.")
    assert sum(asked.startswith("POST") for asked in server.asked) == 1


AI_FAULTS = {
    "revoked key": (as_json({"error": {"message": "bad key the-secret-key"}}, 401), "401", "PRESSWERK_AI_API_KEY"),
    "forbidden": (as_json({}, 403), "403", "PRESSWERK_AI_API_KEY"),
    "unpaid": (as_json({"error": "quota"}, 402), "allowance", "Pay"),
    "rate limit": (as_json({}, 429), "429", "Wait"),
    "no such model": (as_json({"error": {"message": "The model llama does not exist"}}, 404), "model", "Choose"),
    "wrong address": (Scripted("Not Found", 404), "does not exist", "/v1"),
    "its own error": (Scripted("oops", 500), "500", ""),
    "empty answer": (written(""), "answers nothing", "model"),
    "blank answer": (written(" \n"), "answers nothing", "model"),
    "no choice": (as_json({"choices": []}), "no message", ""),
    "HTML": (SPA, "JSON", ""),
    "nothing": (Scripted(""), "JSON", ""),
}


@pytest.mark.parametrize("fault", AI_FAULTS)
def test_an_endpoint_that_writes_nothing_is_red_and_says_which_of_all_reasons(
    server: ScriptedServer, fault: str
) -> None:
    answer, seen, remedy = AI_FAULTS[fault]

    result = look("ai-writes", ai(server, answer))

    assert result.outcome is Outcome.FAILED
    assert seen in result.seen
    assert remedy in result.remedy
    # What is set is taken when the chat is started again.
    assert ("PRESSWERK_AI_" in result.remedy) == result.remedy.endswith("`presswerk up`.")
    assert "the-secret-key" not in f"{result}"


def test_an_endpoint_that_hangs_is_red(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 0.4)

    result = look("ai-writes", ai(server, Scripted(hangs=True)))

    assert result.outcome is Outcome.FAILED
    assert "did not answer" in result.seen


def test_a_token_is_asked_for_once_in_a_while_only(server: ScriptedServer) -> None:
    entry, memory, target = [check for check in CHECKS if check.id == "ai-writes"], Memory(), ai(server, written("Y"))

    results = [ask(entry, [target], memory=memory)[0] for _ in range(5)]

    assert sum(asked.startswith("POST") for asked in server.asked) == 1
    assert len({result.asked_at for result in results}) == 1
    assert 0 < entry[0].remember_seconds < 60, "a revoked key is to be noticed within 60 s"


@pytest.mark.parametrize("check", ["sign-on-document", "hub-ready", "chat-ready"])
def test_a_service_that_hangs_is_red_in_its_time(
    server: ScriptedServer, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(bounded, "_PAUSE_SECONDS", 0.4)
    server.others = Scripted(hangs=True)
    targets = {
        "sign-on-document": SignOnTarget(service="identity", address=server.url),
        "hub-ready": HubTarget(service="hub", address=server.url, internal_url=server.url, issuer=ISSUER),
        "chat-ready": ChatTarget(service="chat", address=server.url),
    }

    result = look(check, targets[check])

    assert result.outcome is Outcome.FAILED
    assert "does not answer" in result.seen
