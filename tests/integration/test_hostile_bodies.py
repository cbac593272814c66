"""A hostile body is refused with a short, clear answer, and keeps nobody else from being served."""

import base64
import contextlib
import gzip
import json
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.issuer import Issuer
from tests.support.press import PNG, Press, running_press

pytestmark = pytest.mark.integration

MIB = 1024 * 1024
PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}
LONGEST_ANSWER_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        yield press


def article(**fields: Any) -> bytes:
    return json.dumps({"tenant": "acme", "markdown": "Text.", **fields}).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "two million wrong tags": lambda: article(tags=[1] * 2_000_000),
    "two million empty tags": lambda: article(tags=[""] * 2_000_000),
    "long wrong tags": lambda: article(tags=["x" * 4000] * 1000),
    "unknown fields": lambda: article(**{f"field{number}": 1 for number in range(300_000)}),
    "unknown fields below the bound of values": lambda: article(**{f"field{number}": 1 for number in range(9_000)}),
    "one long name": lambda: article(**{"x" * 4 * MIB: 1}),
    "attachments that are none": lambda: article(attachments=[1] * 1_000_000),
    "attachments without anything": lambda: article(attachments=[{}] * 1_000_000),
    "a markdown of 4 MiB": lambda: article(markdown="x" * 4 * MIB),
    "a markdown of escapes": lambda: article(markdown="\x01" * 2 * MIB),
    "a title of astral characters": lambda: article(title="\N{GRINNING FACE}" * MIB),
    "nested lists": lambda: b"[" * 4 * MIB,
    "nested lists below the bound of values": lambda: article(tags=0).replace(b"0", b"[" * 9_000 + b"]" * 9_000),
    "nested objects": lambda: b'{"a":' * MIB,
    "a huge number": lambda: article(tags=0).replace(b"0", b"9" * 4 * MIB),
    "a number beyond every float": lambda: article(tags=0).replace(b"0", b"1e999999"),
    "not a number": lambda: article(tags=0).replace(b"0", b"NaN"),
    "infinity": lambda: article(tags=0).replace(b"0", b"-Infinity"),
    "a key twice": lambda: b'{"tenant":"acme","markdown":"a","markdown":"b"}',
    "a long key twice": lambda: b'{"%b":1,"%b":2}' % (b"k" * MIB, b"k" * MIB),
    "half a surrogate pair": lambda: b'{"tenant":"acme","markdown":"\\ud83d"}',
    "no UTF-8": lambda: b'{"tenant":"acme","markdown":"\xff\xfe"}',
    "UTF-16": lambda: article().decode().encode("utf-16"),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + article(),
    "quotes only": lambda: b'"' * 4 * MIB,
    "backslashes only": lambda: b'"' + b"\\" * 4 * MIB,
    "white space": lambda: b" " * 30 * MIB,
    "random bytes": lambda: os.urandom(4 * MIB),
    "the end is missing": lambda: article(markdown="x" * MIB)[:-1],
}


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


def test_a_body_that_does_not_come_is_given_up(press: Press) -> None:
    head = (
        f"POST /api/v1/publications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {press.anna.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", press.hub.port), timeout=60) as connection:
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too-slow" in answer


def good_body() -> bytes:
    """As large as a hub takes: 1 MiB of Markdown and 25 MiB of attachments."""
    data = base64.b64encode(PNG + os.urandom(5 * MIB - 1000)).decode()
    files = [{"filename": f"{number}.png", "data": data} for number in range(5)]
    return article(markdown="Some words of an article.\n\n" * (MIB // 28), attachments=files)


def cpu_seconds(press: Press) -> float:
    """What the hub has used of the processor: unlike a clock it does not count what else this machine does."""
    assert press.hub.process is not None
    fields = Path(f"/proc/{press.hub.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_hostile_body_costs_less_than_a_good_one_of_its_size(press: Press) -> None:
    client, good = press.anna, good_body()

    def cost(body: bytes) -> tuple[float, int]:
        before = cpu_seconds(press)
        answer = client.request("POST", "/publications", content=body, headers=JSON)
        return cpu_seconds(press) - before, answer.status_code

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
