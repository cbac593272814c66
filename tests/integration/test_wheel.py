"""The wheel as others install it: every module can be imported, and everything that is no Python is in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from presswerk import __version__

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "presswerk"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that holds the wheel and what it needs, at the versions of the lock file."""
    place = tmp_path_factory.mktemp("wheel")
    # Only what is in version control goes in: a file that lies about here must not hide one that is missing.
    tracked = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", at=ROOT).split("\0")
    for name in filter(None, tracked):
        target = place / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    _uv("build", "--wheel", "--quiet", "--out-dir", str(place / "dist"), at=place / "source")
    (wheel,) = (place / "dist").glob("*.whl")
    requirements = place / "requirements.txt"
    requirements.write_text(
        _uv("export", "--frozen", "--no-dev", "--no-emit-project", "--extra", "cluster", at=place / "source")
    )
    _uv("venv", "--quiet", "--python", sys.executable, str(place / "venv"), at=place)
    python = place / "venv" / "bin" / "python"
    _uv("pip", "install", "--quiet", "--python", str(python), "-r", str(requirements), at=place)
    _uv("pip", "install", "--quiet", "--python", str(python), "--no-deps", str(wheel), at=place)
    return python


def test_the_command_says_its_version(installed: Path) -> None:
    assert _run(str(installed.with_name("presswerk")), "--version", at=installed.parent) == f"presswerk {__version__}\n"


def test_every_module_can_be_imported(installed: Path) -> None:
    file, names = json.loads(_run(str(installed), "-m", "presswerk.cli.imports", at=installed.parent))

    assert Path(file).is_relative_to(installed.parents[1])
    assert {"presswerk.wordpress.client", "presswerk.web.app", "presswerk.openwebui.functions.publish"} <= set(names)
    assert len(names) > 100


def test_it_carries_everything_that_the_source_has(installed: Path) -> None:
    place = Path(_run(str(installed), "-c", "import presswerk; print(presswerk.__path__[0])", at=installed.parent)[:-1])
    wanted = {
        path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }

    missing = sorted(str(path) for path in wanted if not (place / path).is_file())

    assert missing == []
    assert (place / "wordpress" / "connector" / "presswerk-connector.php").is_file()
    assert (place / "openwebui" / "functions" / "publish.py").is_file()


def _uv(*arguments: str, at: Path) -> str:
    return _run(str(Path(sys.executable).with_name("uv")), *arguments, at=at)


def _run(*command: str, at: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
