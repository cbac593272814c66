"""The AI endpoint's client and `presswerk ai check`, against the stand-in and against endpoints that misbehave."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from presswerk.ai import AiEndpoint, AiError, AiFailure, ChatMessage, check_endpoint
from presswerk.ai.stand_in import STAND_IN_MODEL
from tests.integration.test_ai_stand_in import KEY, stand_in
from tests.support.process import free_port, running
from tests.support.serving import serving

pytestmark = pytest.mark.integration

MODELS = {"object": "list", "data": [{"id": "BAAI/bge-m3"}, {"id": "meta-llama/Llama-4"}]}
HELLO = [ChatMessage("user", "Write about bees")]


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory, port = tmp_path_factory.mktemp("ai"), free_port()
    with running(stand_in(directory, port, PRESSWERK_AI_STAND_IN_API_KEY=KEY), directory / "log"):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def misbehaving(answers: Mapping[str, tuple[int, object]], headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """An endpoint that answers as told, by path: a real one cannot be made to fail when a test wants it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer()

        def answer(self) -> None:
            status, document = answers[self.path.removeprefix("/v1")]
            body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server) as address:
        yield f"{address}/v1"


def completion(text: object) -> dict[str, object]:
    return {"model": "m", "choices": [{"message": {"content": text}, "finish_reason": "stop"}]}


def test_models_and_a_completion(base_url: str) -> None:
    with AiEndpoint(base_url, KEY) as endpoint:
        assert endpoint.models() == (STAND_IN_MODEL,)
        written = endpoint.complete(HELLO, model=STAND_IN_MODEL)
    assert written.text.startswith("# Bees\n")
    assert (written.model, written.finish_reason) == (STAND_IN_MODEL, "stop")
    assert written.completion_tokens is not None
    assert written.completion_tokens > 100


def test_a_check_of_the_stand_in_works_and_says_what_it_is(base_url: str) -> None:
    with AiEndpoint(base_url + "/", KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert (report.ok, report.reachable, report.is_stand_in) == (True, True, True)
    assert (report.models, report.model, report.failure) == ((STAND_IN_MODEL,), STAND_IN_MODEL, None)
    assert report.latency_seconds is not None
    assert report.latency_seconds > 0
    assert report.completion
    assert report.picture is not None
    assert (report.picture.media_type, report.picture.reason) == ("image/png", None)
    assert (report.picture.size_bytes or 0) > 100


@pytest.mark.parametrize("key", [None, "", "wrong-key"])
def test_a_wrong_or_no_key_is_said_so(key: str | None, base_url: str) -> None:
    with AiEndpoint(base_url, key) as endpoint:
        report = check_endpoint(endpoint)
    assert (report.ok, report.reachable, report.failure) == (False, True, AiFailure.UNAUTHORIZED)
    assert "PRESSWERK_AI_API_KEY" in (report.remedy or "")
    assert ("wants a key" in (report.reason or "")) == (not key)


@pytest.mark.parametrize("around", ["{}\n", " {}", "{}\r\n"])
def test_a_key_out_of_a_file_is_the_key(around: str, base_url: str) -> None:
    with AiEndpoint(base_url, around.format(KEY)) as endpoint:
        assert endpoint.models() == (STAND_IN_MODEL,)


def test_an_unknown_model_is_said_so(base_url: str) -> None:
    with AiEndpoint(base_url, KEY) as endpoint:
        report = check_endpoint(endpoint, "gpt-5")
    assert (report.ok, report.reachable, report.failure) == (False, True, AiFailure.UNKNOWN_MODEL)
    assert report.models == (STAND_IN_MODEL,)


def test_an_address_without_v1_is_said_so(base_url: str) -> None:
    with AiEndpoint(base_url.removesuffix("/v1"), KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert report.failure is AiFailure.REFUSED
    assert "/v1" in (report.remedy or "")


def test_nobody_there_is_said_so() -> None:
    with AiEndpoint(f"http://127.0.0.1:{free_port()}/v1", KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert (report.ok, report.reachable, report.failure) == (False, False, AiFailure.UNREACHABLE)


def test_an_endpoint_that_says_nothing_runs_into_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with AiEndpoint(address, KEY, timeout_seconds=0.2) as endpoint:
            report = check_endpoint(endpoint)
    assert (report.reachable, report.failure) == (False, AiFailure.TIMEOUT)
    assert "0.2 seconds" in (report.reason or "")


def test_too_many_requests_say_how_long_to_wait() -> None:
    told = {"error": {"message": "slow down"}}
    with misbehaving({"/models": (429, told)}, {"Retry-After": "7"}) as url, AiEndpoint(url, KEY) as endpoint:
        with pytest.raises(AiError) as refused:
            endpoint.models()
        assert (refused.value.failure, refused.value.retry_after_seconds) == (AiFailure.RATE_LIMITED, 7)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ((500, "oops"), AiFailure.BROKEN),
        ((503, {"error": {"message": "busy"}}), AiFailure.BROKEN),
        ((200, "<html>a portal</html>"), AiFailure.BROKEN),
        ((200, []), AiFailure.BROKEN),
        ((200, {"data": "none"}), AiFailure.BROKEN),
        ((200, {"data": []}), AiFailure.UNKNOWN_MODEL),
        ((200, {"data": [7, {"id": None}]}), AiFailure.UNKNOWN_MODEL),
        ((403, {"error": "no"}), AiFailure.UNAUTHORIZED),
        ((418, {"error": ["strange"]}), AiFailure.REFUSED),
    ],
)
def test_a_strange_list_of_models_is_said_so(answer: tuple[int, object], failure: AiFailure) -> None:
    with misbehaving({"/models": answer}) as url, AiEndpoint(url, KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert (report.ok, report.failure) == (False, failure)
    assert report.reason
    assert report.remedy


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{}]}, {"choices": [7]}, {"choices": "x"}, []])
def test_a_strange_completion_is_said_so(answer: object) -> None:
    answers: dict[str, tuple[int, object]] = {"/models": (200, MODELS), "/chat/completions": (200, answer)}
    with misbehaving(answers) as url, AiEndpoint(url, KEY) as endpoint:
        report = check_endpoint(endpoint, "meta-llama/Llama-4")
    assert (report.ok, report.failure) == (False, AiFailure.BROKEN)


def test_a_model_that_writes_is_chosen_before_one_that_embeds() -> None:
    answers: dict[str, tuple[int, object]] = {"/models": (200, MODELS), "/chat/completions": (200, completion("Hi"))}
    with misbehaving(answers) as url, AiEndpoint(url, KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert (report.ok, report.model, report.is_stand_in) == (True, "meta-llama/Llama-4", False)


def test_what_the_endpoint_says_of_limits_is_told() -> None:
    answers: dict[str, tuple[int, object]] = {"/models": (200, MODELS), "/chat/completions": (200, completion("Hi"))}
    headers = {"X-RateLimit-Limit": "5", "x-ratelimit-remaining-requests": "4", "RateLimit": "r=4", "X-Rate": "none"}
    with misbehaving(answers, headers) as url, AiEndpoint(url, KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert report.limits == {"x-ratelimit-limit": "5", "x-ratelimit-remaining-requests": "4", "ratelimit": "r=4"}
    assert report.picture is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {"data": [{"b64_json": base64.b64encode(b"\xff\xd8\xff and so on").decode()}]}), None),
        ((200, {"data": [{"b64_json": base64.b64encode(b"<svg/>").decode()}]}), "neither PNG, JPEG nor WebP"),
        ((200, {"data": [{"url": "https://example.org/picture"}]}), "holds no picture"),
        ((200, {"data": []}), "holds no picture"),
        ((200, {"data": [{"b64_json": "not base64!"}]}), "holds no picture"),
        ((429, {"error": "slow down"}), "too many requests"),
    ],
)
def test_whether_a_model_draws_is_told_and_no_reason_to_fail(answer: tuple[int, object], told: str | None) -> None:
    models = {"data": [{"id": "black-forest-labs/FLUX.1-schnell"}, {"id": "meta-llama/Llama-4"}]}
    answers: dict[str, tuple[int, object]] = {
        "/models": (200, models),
        "/chat/completions": (200, completion("Hi")),
        "/images/generations": answer,
    }
    with misbehaving(answers) as url, AiEndpoint(url, KEY) as endpoint:
        report = check_endpoint(endpoint)
        without = check_endpoint(endpoint, draw=False)
    assert (report.ok, report.model) == (True, "meta-llama/Llama-4")
    assert report.picture is not None
    assert report.picture.model == "black-forest-labs/FLUX.1-schnell"
    assert report.picture.media_type == (None if told else "image/jpeg")
    assert told is None or told in (report.picture.reason or "")
    assert without.picture is None


def test_an_error_that_repeats_the_key_is_not_repeated() -> None:
    told = {"error": {"message": f"Strange request with {KEY}"}}
    with misbehaving({"/models": (400, told)}) as url, AiEndpoint(url, KEY) as endpoint:
        report = check_endpoint(endpoint)
    assert report.failure is AiFailure.REFUSED
    assert KEY not in str(report)


def check(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "presswerk.cli", "ai", "check", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )


def test_the_command_tells_a_person(base_url: str, tmp_path: Path) -> None:
    done = check(tmp_path, PRESSWERK_AI_BASE_URL=base_url, PRESSWERK_AI_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert "which is no AI" in done.stdout
    assert "The endpoint works." in done.stdout
    assert "drew image/png" in done.stdout
    assert "Limits: it tells none" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_the_command_tells_a_program(base_url: str, tmp_path: Path) -> None:
    done = check(tmp_path, "--json", PRESSWERK_AI_BASE_URL=base_url, PRESSWERK_AI_API_KEY=KEY)
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"], report["is_stand_in"]) == (0, True, True)
    assert KEY not in done.stdout + done.stderr


def test_the_command_fails_for_a_named_model_that_does_not_draw(base_url: str, tmp_path: Path) -> None:
    settings = {"PRESSWERK_AI_BASE_URL": base_url, "PRESSWERK_AI_API_KEY": KEY}
    done = check(tmp_path, "--image-model", "dall-e-3", **settings)
    assert done.returncode == 1
    assert "dall-e-3 drew nothing: There is no such model" in done.stdout


def test_the_command_fails_with_the_endpoint(base_url: str, tmp_path: Path) -> None:
    wrong = "wrong-key-wrong-key"
    done = check(tmp_path, PRESSWERK_AI_BASE_URL=base_url, PRESSWERK_AI_API_KEY=wrong)
    assert done.returncode == 1
    assert "The endpoint does not work." in done.stdout
    assert wrong not in done.stdout + done.stderr
    done = check(tmp_path, "--json", PRESSWERK_AI_BASE_URL=base_url, PRESSWERK_AI_API_KEY=wrong)
    assert (done.returncode, json.loads(done.stdout)["failure"]) == (1, "unauthorized")


@pytest.mark.parametrize("address", ["nowhere", "ftp://example.org", "https://name:secret-word@example.org/v1"])
def test_the_command_names_a_setting_that_is_wrong(address: str, tmp_path: Path) -> None:
    done = check(tmp_path, PRESSWERK_AI_BASE_URL=address)
    assert done.returncode == 2
    assert "PRESSWERK_AI_BASE_URL" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
