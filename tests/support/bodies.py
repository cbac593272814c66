"""Bodies that are sent to harm the hub, and one as large and good as it takes; what a process uses of the machine."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.press import PNG

MIB = 1024 * 1024


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


def good_body() -> bytes:
    """As large as a hub takes: 1 MiB of Markdown and 25 MiB of attachments."""
    data = base64.b64encode(PNG + os.urandom(5 * MIB - 1000)).decode()
    files = [{"filename": f"{number}.png", "data": data} for number in range(5)]
    return article(markdown="Some words of an article.\n\n" * (MIB // 28), attachments=files)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor: unlike a clock it does not count what else this machine does."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
