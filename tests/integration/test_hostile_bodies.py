"""A hostile body is refused with a short, clear answer, and keeps nobody else from being served."""

import base64
import contextlib
import gzip
import os
import selectors
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from presswerk.web.admission import REQUESTS_OF_A_PERSON
from tests.support.bodies import HOSTILE, MIB, article, cpu_seconds, good_body
from tests.support.hub import HubClient
from tests.support.issuer import Issuer
from tests.support.press import PNG, Press, running_press
from tests.support.waiting import until

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
    assert errors[-1] == {"field": "", "message": "and 4,900 more"}


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
    sent_mib = 0
    # What the hub said may be lost with the connection that it closes.
    with begun(press, press.anna, None, b"") as connection, contextlib.suppress(OSError):
        while sent_mib < 200:
            connection.sendall(chunk(b" " * MIB))
            sent_mib += 1
    assert 39 <= sent_mib < 199


def chunk(data: bytes) -> bytes:
    """A part of a body in chunks; the last one is empty."""
    return b"%x\r\n" % len(data) + data + b"\r\n"


def begun(press: Press, client: HubClient, declared: int | None, sent: bytes) -> socket.socket:
    """A request whose body is longer than what has come of it; in chunks, where it does not declare how long."""
    length = "Transfer-Encoding: chunked" if declared is None else f"Content-Length: {declared}"
    head = (
        f"POST /api/v1/publications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
        f"Content-Type: application/json\r\n{length}\r\n\r\n"
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


def test_who_sends_slowly_keeps_nobody_waiting(press: Press) -> None:
    """Bodies for which memory would never have room together; others get in while they come, and none is given up."""
    slow = [press.client(f"slow-{number}", f"tenant-{('acme', 'beta')[number % 2]}-author") for number in range(12)]
    others = {"acme": press.ada, "beta": press.client("bella", "tenant-beta-author")}
    large = good_body()
    answered = threading.Event()

    def trickle(connection: socket.socket) -> bytes:
        while not answered.wait(0.25):
            connection.sendall(chunk(b" " * 32 * 1024))
        connection.sendall(chunk(b""))
        return connection.recv(12)

    with contextlib.ExitStack() as open_ones, ThreadPoolExecutor(max_workers=len(slow)) as pool:
        connections = [open_ones.enter_context(begun(press, client, None, chunk(b" " * MIB))) for client in slow]
        trickling = [pool.submit(trickle, connection) for connection in connections]
        try:
            answers = [
                client.request("POST", "/publications", content=body.replace(b"acme", tenant.encode(), 1), headers=JSON)
                for body in (article(), large)
                for tenant, client in others.items()
            ]
        finally:
            answered.set()
        endings = [each.result() for each in trickling]
    assert [answer.status_code for answer in answers] == [202] * 4, [answer.text for answer in answers]
    # Each was being received all the time, and was no article in the end.
    assert endings == [b"HTTP/1.1 400"] * len(slow)
    for client, answer in zip(list(others.values()) * 2, answers, strict=True):
        client.await_state(answer.json()["id"])


def test_who_sends_slowly_takes_up_no_turn_of_their_tenant(press: Press) -> None:
    two = [press.client(name, "tenant-acme-author") for name in ("carl", "cora")]
    with contextlib.ExitStack() as open_ones:
        for client in two * 8:
            open_ones.enter_context(begun(press, client, 1000, b"{"))
        # By these answers the hub has seen what was sent before.
        statuses = [client.request("GET", "/me").status_code for client in (press.bert, press.ada)]
    assert statuses == [200, 200]


def test_who_reads_slowly_gets_no_more_at_once_than_anybody(press: Press) -> None:
    """Answers that nobody takes would all be in the hub's memory."""
    picture = PNG + os.urandom(9 * MIB)
    file = {"filename": "a.png", "reference": "a.png", "data": base64.b64encode(picture).decode()}
    reader = press.client("reader", "tenant-acme-author")
    body = article(markdown="![A loaf](a.png)", attachments=[file])
    address = reader.request("POST", "/previews", content=body, headers=JSON).json()["pictures"][0]["address"]
    with contextlib.ExitStack() as open_ones, selectors.DefaultSelector() as answered:
        for _ in range(REQUESTS_OF_A_PERSON + 4):
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", press.hub.port), timeout=60))
            # Little is taken by the kernel in the reader's place.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            head = f"GET {address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {reader.token}\r\n\r\n"
            connection.sendall(head.encode())
            answered.register(connection, selectors.EVENT_READ)
        _await_answers(answered, REQUESTS_OF_A_PERSON)
        # By this answer the hub has seen all that was sent before.
        assert press.bert.request("GET", "/me").status_code == 200
        begun_ones = [key.fileobj for key, _ in answered.select(0)]
        assert len(begun_ones) == REQUESTS_OF_A_PERSON
        # Whoever goes makes way for the next.
        for gone in begun_ones[:2]:
            assert isinstance(gone, socket.socket)
            answered.unregister(gone)
            gone.close()
        _await_answers(answered, REQUESTS_OF_A_PERSON)


def _await_answers(answered: selectors.BaseSelector, number: int) -> None:
    until(lambda: len(answered.select(1)) >= number, lambda: "too few are answered")


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
