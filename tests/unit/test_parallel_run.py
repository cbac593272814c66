"""A run of all tests: how they are handed out, what it says in the end, and that nothing of it goes on running.

A file that were torn apart would have its fixtures made in every process.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_FOLDERS = ("e2e", "integration/open_webui")
_FILES = ("unit/test_one.py", "unit/test_two.py", *(f"{folder}/test_{n}.py" for folder in _FOLDERS for n in "ab"))
_TEST = "import pytest\n\n@pytest.mark.parametrize('number', range(6))\ndef test_it(number):\n    pass\n"
_LEAVING = """
import subprocess
def test_it():
    left = subprocess.Popen(["sleep", "7654"], start_new_session=True)
    print(left.pid)
    assert left.pid == 0, "this is why\\n" + "and more\\n" * 100
"""


def test_whole_files_are_handed_out_failures_are_told_last_and_nothing_is_left(tmp_path: Path) -> None:
    copy = tmp_path / "tests"
    for name in _FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(_TEST)
        (copy / name).with_name("__init__.py").touch()
    (copy / "unit" / "test_leaving.py").write_text(_LEAVING)
    shutil.copy(_TESTS / "conftest.py", copy)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")

    done = subprocess.run(
        [sys.executable, _TESTS / "support" / "whole_run.py", "-p", "xdist", "--verbose"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("tests/unit/test_leaving.py::test_it: AssertionError: this is why")
    assert "Left running by tests, and ended now (1):\n  sleep 7654" in done.stderr
    (left,) = re.findall(r"^(\d+)$", done.stdout, re.MULTILINE)
    assert not Path(f"/proc/{left}").exists()
    processes = defaultdict(set)
    tests = re.findall(r"^\[(gw\d)\].* PASSED tests/(.+)/(\w+\.py)::", done.stdout, re.MULTILINE)
    for process, folder, name in tests:
        processes[folder if folder in _FOLDERS else name].add(process)
    assert len(tests) == 6 * len(_FILES)
    assert all(len(of_one) == 1 for of_one in processes.values()), dict(processes)
