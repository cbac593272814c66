"""How a parallel run hands out the tests: a file that were torn apart would have its fixtures made in every process."""

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


def test_one_process_takes_a_whole_file_and_all_of_what_shares_a_platform(tmp_path: Path) -> None:
    copy = tmp_path / "tests"
    for name in _FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(_TEST)
        (copy / name).with_name("__init__.py").touch()
    shutil.copy(_TESTS / "conftest.py", copy)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    makefile = (_TESTS.parent / "Makefile").read_text()
    options = re.search(r"@pytest (--numprocesses .*)$", makefile, re.MULTILINE)
    assert options is not None

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist", "--verbose", *options[1].split()],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    processes = defaultdict(set)
    tests = re.findall(r"^\[(gw\d)\].* PASSED tests/(.+)/(\w+\.py)::", done.stdout, re.MULTILINE)
    for process, folder, name in tests:
        processes[folder if folder in _FOLDERS else name].add(process)
    assert len(tests) == 6 * len(_FILES)
    assert all(len(of_one) == 1 for of_one in processes.values()), dict(processes)
