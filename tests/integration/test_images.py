"""The images as far as they go without a container engine: their Dockerfiles, and the scripts that build and pin."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.workflows import ROOT, Runner, tool

pytestmark = pytest.mark.integration

IMAGES = ROOT / "deploy" / "images"
DIGEST = f"sha256:{'ab' * 32}"
BASE = "docker.io/library/debian:bookworm-slim"
BUILT = (
    "docker buildx build --file deploy/images/wordpress/Dockerfile --tag example/wordpress:1 --build-arg BASE_IMAGE="
)


@pytest.mark.parametrize("image", ["hub", "wordpress"])
def test_hadolint_finds_nothing(image: str) -> None:
    command = [tool("hadolint"), "--failure-threshold", "style", str(IMAGES / image / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("image", ["hub", "wordpress"])
def test_an_image_has_the_one_base_and_runs_as_nobody(image: str) -> None:
    lines = (IMAGES / image / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert f"ARG BASE_IMAGE={BASE}" in lines
    assert {line.split(" AS ")[0] for line in lines if line.startswith("FROM ")} == {"FROM ${BASE_IMAGE}"}
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


@pytest.fixture
def building(tmp_path: Path) -> Runner:
    """A registry that gives digests, a plugin that can be fetched, and no WordPress."""
    runner = Runner.prepare(tmp_path)
    runner.double("docker", f'case "$2" in imagetools) printf "{DIGEST}" ;; esac')
    runner.double("uv", 'for last; do :; done; case "$1" in export) : >"$last" ;; esac')
    runner.double("python", 'case "$1" in *assemble.py) mkdir -p "$2" ;; esac')
    _fetchable(runner, "PK-as-it-was")
    return runner


@pytest.mark.parametrize("image", ["hub", "wordpress"])
def test_what_is_not_pinned_is_built_to_try_and_never_published(building: Runner, image: str) -> None:
    tried = _script(building, "build_image.sh", image, "example/it:1", "--load")
    refused = _script(building, "build_image.sh", image, "example/it:1", "--push")

    assert tried.returncode == 0, tried.stderr
    assert f"{BASE} is not pinned: this image is one to try things with." in tried.stderr
    assert refused.returncode == 1
    assert "run scripts/pin_images.sh, look at the change, commit it." in refused.stderr
    assert [line for line in building.called() if "buildx build" in line and "--push" in line] == []


def test_what_is_pinned_is_what_is_built_from(building: Runner) -> None:
    pinned = _script(building, "pin_images.sh")
    done = _script(building, "build_image.sh", "wordpress", "example/wordpress:1", "--push")

    assert (pinned.returncode, done.returncode) == (0, 0), pinned.stderr + done.stderr
    assert building.called()[-1] == f"{BUILT}{BASE}@{DIGEST} --push build/wordpress"
    assert "python deploy/images/wordpress/assemble.py build/wordpress build/mcp-adapter.zip" in building.called()
    assert (building.checkout / "build" / "mcp-adapter.zip").read_text(encoding="utf-8") == "PK-as-it-was"
    assert _script(building, "pin_images.sh").returncode == 0
    assert (building.checkout / "deploy" / "images" / "digests.env").read_text(encoding="utf-8").count(DIGEST) == 1


def test_what_a_mirror_needs_is_given_as_secrets_and_another_builder_can_be_had(building: Runner) -> None:
    building.double("buildah")
    environment = {
        "BUILDER": "buildah build --format docker",
        "BASE_IMAGE": "localhost/base:1",
        "BUILD_AUTHORITIES": "/etc/ssl/mirror.pem",
        "BUILD_PIP_CONFIG": "/etc/pip.conf",
    }

    done = _script(building, "build_image.sh", "hub", "example/hub:1", **environment)

    assert done.returncode == 0, done.stderr
    assert building.called()[-1] == (
        "buildah build --format docker --file deploy/images/hub/Dockerfile --tag example/hub:1"
        " --build-arg BASE_IMAGE=localhost/base:1 --secret id=pip,src=/etc/pip.conf"
        " --secret id=authorities,src=/etc/ssl/mirror.pem build/hub"
    )


def test_a_plugin_that_is_another_than_what_was_pinned_is_not_built_in(building: Runner) -> None:
    pinned = _script(building, "pin_images.sh")
    _fetchable(building, "PK-changed")

    done = _script(building, "build_image.sh", "wordpress", "example/wordpress:1")

    assert (pinned.returncode, done.returncode) == (0, 1)
    assert "mcp-adapter.zip is not what is pinned" in done.stderr
    assert not building.called()[-1].startswith("docker buildx build")


def test_a_plugin_that_is_not_to_be_had_is_left_out(building: Runner) -> None:
    _fetchable(building, "<html>")

    pinned = _script(building, "pin_images.sh")
    done = _script(building, "build_image.sh", "wordpress", "example/wordpress:1")

    assert (pinned.returncode, done.returncode) == (0, 0), pinned.stderr + done.stderr
    assert "sites will have no MCP adapter" in pinned.stderr
    assert building.called()[-1] == f"{BUILT}{BASE}@{DIGEST} build/wordpress"
    assert "python deploy/images/wordpress/assemble.py build/wordpress" in building.called()


def test_a_registry_that_cannot_be_asked_leaves_what_was_pinned(building: Runner) -> None:
    file = building.checkout / "deploy" / "images" / "digests.env"
    before = file.read_text(encoding="utf-8")
    building.double("docker", "echo unauthorized")

    done = _script(building, "pin_images.sh")

    assert done.returncode == 1
    assert "docker.io/library/debian:bookworm-slim: the registry gave no digest, but: unauthorized" in done.stderr
    assert file.read_text(encoding="utf-8") == before


def _fetchable(runner: Runner, content: str) -> None:
    write = 'for word; do [ "$last" != --output ] || printf %s "' + content + '" >"$word"; last="$word"; done'
    runner.double("curl", write)


def _script(runner: Runner, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = runner.checkout / "scripts" / name
    variables = {"PATH": f"{runner.doubles}:/usr/bin:/bin", **environment}
    return subprocess.run([path, *arguments], env=variables, capture_output=True, text=True, check=False)


def test_a_missing_module_fails_the_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src" / "presswerk", tmp_path / "presswerk", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "presswerk" / "web" / "problems.py").unlink()

    done = subprocess.run(
        [sys.executable, "-m", "presswerk.cli.imports"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "No module named 'presswerk.web.problems'" in done.stderr
