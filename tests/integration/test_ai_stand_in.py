"""The stand-in as a process, spoken to as an OpenAI client would."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.runtimes.local.service import Service
from tests.support.process import free_port, running

pytestmark = pytest.mark.integration

PROMPT = "Schreibe einen Artikel über Bienen auf Berliner Dächern!"
KEY = "a-key-for-the-stand-in"


def stand_in(directory: Path, port: int, **environment: str) -> Service:
    return Service(
        name="ai",
        command=(sys.executable, "-m", "presswerk.ai.stand_in", "--host", "127.0.0.1", "--port", str(port)),
        directory=directory,
        environment=environment,
        health_url=f"http://127.0.0.1:{port}/health",
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory, port = tmp_path_factory.mktemp("ai"), free_port()
    with (
        running(stand_in(directory, port), directory / "log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0) as client,
    ):
        yield client


def ask(client: httpx.Client, **request: Any) -> httpx.Response:
    body = {"model": STAND_IN_MODEL, "messages": [{"role": "user", "content": PROMPT}], **request}
    return client.post("/v1/chat/completions", json=body)


def events(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def streamed_text(chunks: list[dict[str, Any]]) -> str:
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])


def test_it_says_everywhere_that_it_is_no_ai(client: httpx.Client) -> None:
    (model,) = client.get("/v1/models").json()["data"]
    assert model["id"] == STAND_IN_MODEL
    assert "no-ai" in STAND_IN_MODEL
    assert client.get(f"/v1/models/{STAND_IN_MODEL}").json() == model
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "This is no AI" in page.text
    assert client.get("/health").json() == {"status": "ok", "ai": False, "model": STAND_IN_MODEL}
    assert "keine KI" in ask(client).json()["choices"][0]["message"]["content"]


def test_the_same_prompt_gives_the_same_bytes(client: httpx.Client) -> None:
    assert ask(client).content == ask(client).content
    assert ask(client, stream=True).content == ask(client, stream=True).content


def test_a_stream_says_what_a_whole_answer_says(client: httpx.Client) -> None:
    whole = ask(client).json()
    chunks = events(ask(client, stream=True))
    assert streamed_text(chunks) == whole["choices"][0]["message"]["content"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"] == "stop"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["id"] for chunk in chunks} == {whole["id"]}
    assert len(chunks) > 20


def test_an_image_comes_in_one_piece(client: httpx.Client) -> None:
    """A chat that shows half an image shows a broken one."""
    chunks = events(ask(client, stream=True))
    (piece,) = [chunk for chunk in chunks if "data:image" in streamed_text([chunk])]
    assert ")" in streamed_text([piece]).partition("data:image")[2]


def test_usage_comes_with_a_stream_when_asked_for(client: httpx.Client) -> None:
    usage = events(ask(client, stream=True, stream_options={"include_usage": True}))[-1]
    assert usage["choices"] == []
    assert usage["usage"] == ask(client).json()["usage"]
    assert usage["usage"]["total_tokens"] == usage["usage"]["prompt_tokens"] + usage["usage"]["completion_tokens"]


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_limit_is_kept(limit: str, client: httpx.Client) -> None:
    answer = ask(client, **{limit: 5}).json()
    assert answer["usage"]["completion_tokens"] == 5
    assert answer["choices"][0]["finish_reason"] == "length"


def test_a_message_may_have_parts(client: httpx.Client) -> None:
    parts = [
        {"type": "text", "text": PROMPT},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]
    answer = ask(client, messages=[{"role": "user", "content": parts}]).json()
    assert answer["choices"][0]["message"]["content"].startswith("# Bienen auf Berliner Dächern\n")


def test_a_follow_up_is_about_the_same(client: httpx.Client) -> None:
    messages = [
        {"role": "system", "content": "You are an author of Acme."},
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": "# Bienen"},
        {"role": "user", "content": "Bitte kürzer."},
    ]
    text = ask(client, messages=messages).json()["choices"][0]["message"]["content"]
    assert text.startswith("# Bienen auf Berliner Dächern\n")
    assert "## Kurz gesagt" in text


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-5"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": "hello"}, 400, "messages"),
        ({"messages": [{"role": "nobody", "content": "x"}]}, 400, "messages.0.role"),
        ({"messages": [{"content": "x"}]}, 400, "messages.0.role"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"n": 2}, 400, "n"),
    ],
)
def test_a_bad_request_is_told_in_openais_shape(
    change: dict[str, Any], status: int, param: str, client: httpx.Client
) -> None:
    response = ask(client, **change)
    assert response.status_code == status
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert error["message"]


def test_what_is_no_json_or_no_route_is_told_too(client: httpx.Client) -> None:
    answer = client.post("/v1/chat/completions", content="{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "The body is not valid JSON.")
    answer = client.post("/v1/embeddings", json={})
    assert (answer.status_code, "error" in answer.json()) == (404, True)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/images/generations"])
@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"model": "\\ud83d", "prompt": "x", "messages": [{"role": "user", "content": "x"}]}',
        b'{"model": "M", "prompt": "\\ud83d", "messages": [{"role": "user", "content": "\\ude00 x"}]}',
        b'{"model": "M", "messages": [{"role": "user", "content": [{"type": "text", "text": "\\ud83d"}]}]}',
    ],
)
def test_what_is_no_text_is_told_and_no_failure_of_the_server(path: str, body: bytes, client: httpx.Client) -> None:
    body = body.replace(b'"M"', json.dumps(STAND_IN_MODEL).encode())

    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert "not part of this stand-in" not in answer.json()["error"]["message"]


def test_an_image_can_be_asked_for(client: httpx.Client) -> None:
    answer = client.post("/v1/images/generations", json={"prompt": "bees"})
    assert answer.json()["data"][0]["b64_json"].startswith("iVBOR")
    assert answer.content == client.post("/v1/images/generations", json={"prompt": "bees"}).content


def test_with_a_key_only_that_key_is_let_in(tmp_path: Path) -> None:
    port = free_port()
    service = stand_in(tmp_path, port, PRESSWERK_AI_STAND_IN_API_KEY=KEY)
    with running(service, tmp_path / "log"):
        models = f"http://127.0.0.1:{port}/v1/models"
        for given in (b"", b"Bearer wrong", KEY.encode()[:-1], "Bearer ü".encode()):
            answer = httpx.get(models, headers={b"Authorization": given})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
            assert KEY not in answer.text
        assert httpx.get(models, headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    assert KEY not in (tmp_path / "log").read_text()
