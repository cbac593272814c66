"""What docs/tenants.md shows is what happens: its commands run, in their order, on the real platform."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e

PAGE = Path(__file__).parents[2] / "docs" / "tenants.md"
_BLOCK = re.compile(r"^## (?P<heading>.+?)$|^```console\n(?P<shown>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A command of the page and the lines shown below it; `...` stands for anything."""

    heading: str
    command: str
    answer: str

    def pattern(self) -> re.Pattern[str]:
        lines = [
            r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\s*\n"
            for line in self.answer.splitlines()
        ]
        return re.compile("".join(lines) + r"\Z")


def shown() -> Iterator[Shown]:
    heading = ""
    for found in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        heading = found["heading"] or heading
        for each in re.split(r"^\$ ", found["shown"] or "", flags=re.MULTILINE)[1:]:
            command, _, answer = each.partition("\n")
            yield Shown(heading, command, answer)


def test_the_page_shows_what_an_operator_does() -> None:
    assert list(dict.fromkeys(each.heading for each in shown())) == [
        "Add a tenant",
        "Change a tier",
        "Bring your own domain",
        "Suspend, and open again",
        "Delete a tenant",
    ]


def answer_of(command: str, platform: RunningPlatform, directory: Path) -> str:
    done = subprocess.run(
        command,
        shell=True,
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PRESSWERK_STATE_DIR": str(platform.layout.state),
            "COLUMNS": "200",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}{done.stdout}"
    return done.stdout


# One test, because each command stands on those before it, and tests that run side by side keep no order.
def test_the_commands_of_the_page_answer_as_shown(platform: RunningPlatform, tmp_path: Path) -> None:
    for step in shown():
        answered = answer_of(step.command, platform, tmp_path)

        assert step.pattern().match(answered), f"{step.command}\n{answered}"
