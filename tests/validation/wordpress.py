"""WordPress's own block validator as a Node process: what the block editor would say of an article's content."""

import fcntl
import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).parent
SETUP_COMMAND = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
_STAMP = PROJECT / "node_modules" / ".installed-lock-sha256"
_SETUP_SECONDS = 900


@dataclass(frozen=True)
class Case:
    """Content to judge; `html` is a reference whose visible text is wanted as well."""

    name: str
    content: str
    html: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the editor says of a case.

    Attributes:
        problems: One entry a block that is invalid or of an unknown type.
        blocks: Names of all blocks in document order, inner ones included.
        serialized: What the editor would save without a change by its user.
        retyped: What it would save once somebody had typed in every text of it.
        text: Visible text of the content, white space as it stands.
        reference_text: Visible text of the case's reference.
    """

    name: str
    problems: tuple[str, ...]
    blocks: tuple[str, ...]
    serialized: str
    retyped: str
    text: str
    reference_text: str


def install() -> None:
    """Install the Node packages when they are missing or the lock file has changed since."""
    wanted = hashlib.sha256((PROJECT / "package-lock.json").read_bytes()).hexdigest()
    with (PROJECT / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _STAMP.exists() and _STAMP.read_text(encoding="ascii") == wanted:
            return
        subprocess.run(SETUP_COMMAND, cwd=PROJECT, check=True, capture_output=True, timeout=_SETUP_SECONDS)
        _STAMP.write_text(wanted, encoding="ascii")


class Validator:
    """A Node process with the editor's code in it, which takes seconds to load.

    Args:
        process: It answers each line of its input with one of its output.
        complaints: Where its standard error goes.
    """

    def __init__(self, process: subprocess.Popen[str], complaints: IO[str]) -> None:
        self._process = process
        self._complaints = complaints

    def validate(self, cases: Iterable[Case]) -> dict[str, Verdict]:
        """Judge cases one after the other and return the verdicts by name."""
        return {case.name: self._judge(case) for case in cases}

    def _judge(self, case: Case) -> Verdict:
        to, back = self._process.stdin, self._process.stdout
        assert to is not None
        assert back is not None
        to.write(json.dumps({"id": case.name, "content": case.content, "html": case.html}) + "\n")
        to.flush()
        answer = back.readline()
        if not answer:
            self._complaints.seek(0)
            raise RuntimeError(f"the validator ended at {case.name}:\n{self._complaints.read()[-4000:]}")
        return _verdict(json.loads(answer))


@contextmanager
def running_validator() -> Iterator[Validator]:
    """Run the validator until the block ends."""
    install()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        process = subprocess.Popen(
            ("node", "validate.mjs"),
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
        )
        try:
            yield Validator(process, complaints)
        finally:
            process.kill()
            process.communicate()


def _verdict(answer: dict[str, object]) -> Verdict:
    def strings(key: str) -> tuple[str, ...]:
        value = answer[key]
        if not isinstance(value, list):
            raise TypeError(f"{key} of the answer is no list")
        return tuple(map(str, value))

    return Verdict(
        name=str(answer["id"]),
        problems=strings("problems"),
        blocks=strings("blocks"),
        serialized=str(answer["serialized"]),
        retyped=str(answer["retyped"]),
        text=str(answer["text"]),
        reference_text=str(answer["reference_text"]),
    )
