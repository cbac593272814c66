"""The workflows pass the linters, keep the rules that no linter knows, and their commands run."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.workflows import ROOT, WORKFLOWS, Runner, jobs_of, steps_of, tool, workflow_files

pytestmark = pytest.mark.integration

_NAMES = [path.stem for path in workflow_files()]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner.prepare(tmp_path)


def test_actionlint_finds_nothing() -> None:
    # It looks for shellcheck itself, and would be silent about its absence.
    _passes(tool("actionlint"), "-shellcheck", tool("shellcheck"), *map(str, workflow_files()))


def test_zizmor_finds_nothing() -> None:
    _passes(tool("zizmor"), "--offline", "--no-progress", "--pedantic", "--strict-collection", str(ROOT / ".github"))


def test_shellcheck_finds_nothing() -> None:
    scripts = [*(ROOT / "scripts").glob("*.sh"), *(ROOT / "deploy" / "images").rglob("*.sh"), ROOT / ".ci" / "run"]
    _passes(tool("shellcheck"), "-x", "-P", str(ROOT), *map(str, sorted(scripts)))


@pytest.mark.parametrize("name", _NAMES)
def test_every_action_is_pinned_by_its_commit(name: str) -> None:
    used = [step["uses"] for _, step in steps_of(WORKFLOWS / f"{name}.yml") if "uses" in step]

    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []


@pytest.mark.parametrize("name", _NAMES)
def test_every_job_has_a_time_limit_and_rights_of_its_own(name: str) -> None:
    for job_id, job in jobs_of(WORKFLOWS / f"{name}.yml").items():
        assert "permissions" in job, job_id
        assert "uses" in job or "timeout-minutes" in job, job_id


@pytest.mark.parametrize("name", _NAMES)
def test_no_command_holds_an_expression(name: str) -> None:
    commands = [step["run"] for _, step in steps_of(WORKFLOWS / f"{name}.yml") if "run" in step]

    assert [command for command in commands if "${{" in command] == []


def test_lint_checks_every_example(runner: Runner) -> None:
    ran = runner.run(WORKFLOWS / "ci.yml", "lint", event="push")

    assert ran.status == 0, ran.output
    assert "make lint" in ran.called
    assert "presswerk capacity --config examples/one-machine.yaml" in ran.called


def test_lint_fails_for_an_example_that_does_not_hold(runner: Runner) -> None:
    (runner.checkout / "examples" / "broken.yaml").write_text("tenants: 3\n", encoding="utf-8")

    ran = runner.run(WORKFLOWS / "ci.yml", "lint", event="push")

    assert ran.status != 0
    assert "examples/broken.yaml" in ran.output


def _passes(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
