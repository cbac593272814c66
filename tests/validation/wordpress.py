"""WordPress's own block validator as one Node process: what the block editor would say of an article's content."""

import fcntl
import hashlib
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent
SETUP_COMMAND = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
_STAMP = PROJECT / "node_modules" / ".installed-lock-sha256"
_SETUP_SECONDS = 900
_RUN_SECONDS = 500


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
        text: Visible text of the content, white space as it stands.
        reference_text: Visible text of the case's reference.
    """

    name: str
    problems: tuple[str, ...]
    blocks: tuple[str, ...]
    serialized: str
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


def validate(cases: Iterable[Case]) -> dict[str, Verdict]:
    """Judge all cases in one Node process and return the verdicts by name."""
    install()
    lines = [json.dumps({"id": case.name, "content": case.content, "html": case.html}) for case in cases]
    done = subprocess.run(
        ("node", "validate.mjs"),
        cwd=PROJECT,
        input="\n".join(lines),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=_RUN_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"the validator ended with {done.returncode}:\n{done.stderr[-4000:]}")
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    if len(answers) != len(lines):
        raise RuntimeError(f"the validator answered {len(answers)} of {len(lines)} cases:\n{done.stderr[-4000:]}")
    return {answer["id"]: _verdict(answer) for answer in answers}


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
        text=str(answer["text"]),
        reference_text=str(answer["reference_text"]),
    )
