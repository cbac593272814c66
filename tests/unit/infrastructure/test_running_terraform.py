"""A Terraform that is interrupted is asked to stop and waited for; what it says is told without secrets."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from presswerk.infrastructure.terraform.errors import explained
from presswerk.infrastructure.terraform.running import run

# It interrupts the program that started it, as Ctrl-C would, and needs a while to put its things in order.
_WORKS = """
import os, signal, sys, time
def stop(number, frame):
    print("in order", flush=True)
    sys.exit(1)
signal.signal(signal.SIGINT, stop)
print("begun", flush=True)
os.kill(os.getppid(), signal.{name})
time.sleep(60)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_is_passed_on_and_the_end_waited_for(tmp_path: Path, name: str) -> None:
    heard: list[str] = []
    before = signal.getsignal(getattr(signal, name))
    words = [sys.executable, "-c", _WORKS.replace("{name}", name)]
    ended = run(words, cwd=tmp_path, environment=os.environ, heard=heard.append)
    assert heard == ["begun", "in order"]
    assert ended.interrupted
    assert signal.getsignal(getattr(signal, name)) is before


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_before_the_start_is_over_is_passed_on_too(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = subprocess.Popen

    def interrupted(*words: Any, **options: Any) -> Any:
        child = begin(*words, **options)
        os.kill(os.getpid(), getattr(signal, name))
        return child

    monkeypatch.setattr(subprocess, "Popen", interrupted)

    ended = run(["sleep", "60"], cwd=tmp_path, environment=os.environ)

    assert ended.interrupted


def test_much_on_both_streams_does_not_block(tmp_path: Path) -> None:
    program = "import sys; sys.stderr.write('e' * 300_000); sys.stdout.write('o' * 300_000)"
    ended = run([sys.executable, "-c", program], cwd=tmp_path, environment=os.environ)
    assert (ended.code, len(ended.out), len(ended.err), ended.interrupted) == (0, 300_000, 300_000, False)


def test_an_interrupted_run_is_told_as_such() -> None:
    told = explained("apply", "whatever it said", [], interrupted=True)
    assert "what it had done until then is in the state" in str(told)
    assert "again" in told.remedy


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: Saved plan is stale", "another run has changed the state since this plan was shown"),
        ("api error NoSuchBucket: The specified bucket does not exist", "The bucket of the state does not exist"),
        ("Error: password hunter2-hunter2 refused", "password *** refused"),
    ],
)
def test_what_is_known_is_told_with_its_remedy(said: str, told: str) -> None:
    assert told in str(explained("plan", said, ["hunter2-hunter2"]))
