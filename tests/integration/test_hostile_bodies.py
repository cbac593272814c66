"""A hostile body is refused with a short, clear answer, and keeps nobody else from being served."""

import contextlib
import gzip
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.bodies import HOSTILE, MIB, article, cpu_seconds, good_body
from tests.support.hub import HubClient
from tests.support.issuer import Issuer
from tests.support.press import Press, running_press

pytestmark = pytest.mark.integration

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}
LONGEST_ANSWER_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        yield press


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_body_is_refused_in_few_words(press: Press, kind: str) -> None:
    body = HOSTILE[kind]()

    answer = press.anna.request("POST", "/publications", content=body, headers=JSON)

    assert answer.status_code in {400, 413, 422}, answer.text[:500]
    assert answer.headers["content-type"] == PROBLEM
    assert len(answer.content) < LONGEST_ANSWER_BYTES
    problem = answer.json()
    assert problem["detail"]
    assert len(problem.get("errors", [])) <= 101
    assert "xxxxx" * 30 not in answer.text
    assert "kkkkk" not in answer.text


def test_a_hundred_errors_are_named_and_the_rest_is_counted(press: Press) -> None:
    body = article(**{f"field{number}": 1 for number in range(5_000)})

    errors = press.anna.request("POST", "/publications", content=body, headers=JSON).json()["errors"]

    assert len(errors) == 101
    assert errors[0]["field"].startswith("field")
    assert errors[-1] == {"field": "", "message": "and 4900 more"}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "nonsense"])
def test_a_compressed_body_is_not_taken(press: Press, coding: str) -> None:
    bomb = gzip.compress(b"[" * 10 * MIB)

    answer = press.anna.request("POST", "/publications", content=bomb, headers={**JSON, "Content-Encoding": coding})

    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json", ""])
def test_a_body_of_another_kind_is_not_taken(press: Press, kind: str) -> None:
    answer = press.anna.request("POST", "/publications", content=article(), headers={"Content-Type": kind})

    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"]
)
def test_json_by_its_other_names_is_taken(press: Press, kind: str) -> None:
    answer = press.anna.request("POST", "/publications", content=article(), headers={"Content-Type": kind})

    assert answer.status_code == 202, answer.text


def test_chunks_without_an_end_are_refused_at_the_limit(press: Press) -> None:
    head = (
        f"POST /api/v1/publications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {press.anna.token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"%x\r\n" % MIB + b" " * MIB + b"\r\n"
    sent_mib = 0
    with socket.create_connection(("127.0.0.1", press.hub.port), timeout=60) as connection:
        connection.sendall(head.encode())
        # What the hub said may be lost with the connection that it closes.
        with contextlib.suppress(OSError):
            while sent_mib < 200:
                connection.sendall(chunk)
                sent_mib += 1
    assert 39 <= sent_mib < 199


def begun(press: Press, client: HubClient, declared: int, sent: bytes) -> socket.socket:
    """A request whose body is longer than what has come of it."""
    head = (
        f"POST /api/v1/publications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {declared}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", press.hub.port), timeout=60)
    connection.sendall(head.encode() + sent)
    return connection


@pytest.mark.parametrize("sent", [b"{", b" " * 8 * MIB], ids=["nothing came", "much came at once"])
def test_a_body_whose_rest_does_not_come_is_given_up(press: Press, sent: bytes) -> None:
    with begun(press, press.anna, len(sent) + 1000, sent) as connection:
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too-slow" in answer


def test_large_bodies_that_trickle_keep_nobody_from_sending_a_text(press: Press) -> None:
    """Two tenants' people together have all the room there is, for as long as they like."""
    answered = threading.Event()

    def trickle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not answered.wait(0.25):
                connection.sendall(b" " * 32 * 1024)

    senders = [press.anna, press.emil, press.bert, press.client("bella", "tenant-beta-author")]
    with contextlib.ExitStack() as open_ones, ThreadPoolExecutor(max_workers=len(senders)) as pool:
        for client in senders:
            pool.submit(trickle, open_ones.enter_context(begun(press, client, 40 * MIB, b"{")))
        try:
            # By its answer the hub has seen what was sent before.
            assert press.ada.request("GET", "/me").status_code == 200
            answer = press.ada.request("POST", "/publications", content=article(), headers=JSON)
        finally:
            answered.set()
    assert answer.status_code == 202, answer.text


def test_a_hostile_body_costs_less_than_a_good_one_of_its_size(press: Press) -> None:
    client, good = press.anna, good_body()

    def cost(body: bytes) -> tuple[float, int]:
        before = cpu_seconds(press.hub.pid)
        answer = client.request("POST", "/publications", content=body, headers=JSON)
        return cpu_seconds(press.hub.pid) - before, answer.status_code

    hostile = {
        "values": b'{"tags":[' + b"1," * (len(good) // 2),
        "fields": b"{" + b'"a":1,' * (len(good) // 6),
        "escapes": b'{"markdown":"' + b"\\n" * (len(good) // 2),
        "one value": b'{"tenant":"acme","markdown":"' + b"x" * (len(good) - 40) + b'"}',
        "an unknown field": b'{"x":"' + b"x" * (13 * MIB) + b'"}',
    }
    costs = {name: cost(body) for name, body in hostile.items()}
    taken, status = cost(good)

    assert status == 202
    assert {status for _, status in costs.values()} <= {400, 413, 422}
    assert {name: seconds for name, (seconds, _) in costs.items() if seconds > taken} == {}


def test_others_are_served_while_somebody_sends_as_much_as_possible(press: Press) -> None:
    good, bert = good_body(), press.bert

    def send(_number: int) -> int:
        return press.anna.request("POST", "/publications", content=good, headers=JSON).status_code

    with ThreadPoolExecutor(max_workers=4) as pool, httpx.Client() as http:
        sending = [pool.submit(send, number) for number in range(4)]
        answers = []
        while not all(each.done() for each in sending):
            answer = http.get(
                f"{press.hub.url}/api/v1/sites", headers={"Authorization": f"Bearer {bert.token}"}, timeout=60
            )
            answers.append(answer.status_code)
        statuses = {each.result() for each in sending}

    assert set(answers) == {200}
    assert len(answers) > 10, "others waited until somebody was done"
    assert statuses <= {202, 429, 503}
