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


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operator")


def test_the_page_shows_what_an_operator_does() -> None:
    assert list(dict.fromkeys(each.heading for each in shown())) == [
        "Add a tenant",
        "Change a tier",
        "Bring your own domain",
        "Suspend, and open again",
        "Delete a tenant",
    ]


@pytest.mark.parametrize("step", list(shown()), ids=lambda step: step.command[:48])
def test_a_command_of_the_page_answers_as_shown(platform: RunningPlatform, directory: Path, step: Shown) -> None:
    done = subprocess.run(
        step.command,
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

    assert done.returncode == 0, done.stderr + done.stdout
    assert step.pattern().match(done.stdout), done.stdout
