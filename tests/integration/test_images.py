"""The images as far as they go without a container engine: Dockerfiles, what they run, and a site served from one."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.declaration import Tenant
from presswerk.runtimes.local.artifacts import PHP_EXTENSIONS
from presswerk.wordpress import Connection, SiteClient
from tests.support.process import free_port, running
from tests.support.site_image import PASSWORD, Pod, assemble
from tests.support.sites import article, new_publication
from tests.support.workflows import ROOT, Runner, tool

pytestmark = pytest.mark.integration

IMAGES = ROOT / "deploy" / "images"
HOST = "bakery.press.example"
DIGEST = f"sha256:{'ab' * 32}"
SECURE = {"Host": HOST, "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("image")
    assemble(directory / "wordpress", _plugin(directory / "mcp-adapter.zip"))
    return directory / "wordpress"


def _plugin(archive: Path) -> Path:
    """A stand-in for the release of the MCP adapter, which no package registry carries: a plugin with one route."""
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(
            "mcp-adapter/mcp-adapter.php",
            "<?php\n/**\n * Plugin Name: MCP Adapter\n */\n"
            "add_action( 'rest_api_init', static fn () => register_rest_route( 'mcp', 'stand-in', array(\n"
            "'methods' => 'GET', 'callback' => static fn () => 'here', 'permission_callback' => '__return_true' ) ) );",
        )
    return archive


@pytest.fixture(scope="module")
def pod(wordpress: Path, tmp_path_factory: pytest.TempPathFactory) -> Pod:
    """Installed by the Job, as it happens to be when the Job is first on a new volume."""
    pod = Pod.of(
        Tenant(id="bakery", name="The Corner Bakery", language="de"), wordpress, tmp_path_factory.mktemp("pod")
    )
    done = pod.install()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"application_password": None, "wordpress": "7.1.1"}
    return pod


@pytest.fixture(scope="module")
def site(pod: Pod) -> Iterator[httpx.Client]:
    with (
        running(pod.service(), pod.directory / "log"),
        httpx.Client(base_url=f"http://{pod.address}", headers=SECURE, timeout=60.0, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("image", ["hub", "wordpress"])
def test_hadolint_finds_nothing(image: str) -> None:
    command = [tool("hadolint"), "--failure-threshold", "style", str(IMAGES / image / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("image", ["hub", "wordpress"])
def test_an_image_is_pinned_copies_what_exists_and_runs_as_nobody(image: str) -> None:
    lines = (IMAGES / image / "Dockerfile").read_text(encoding="utf-8").splitlines()
    bases = [line for line in lines if line.startswith("FROM ")]
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]

    assert bases
    assert all(re.match(r"FROM [a-z]+:[\w.-]+@\$\{(PYTHON|DEBIAN)_DIGEST\}", base) for base in bases)
    assert [path for path in copied if path != "build/image/" and not (ROOT / path).exists()] == []
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


def test_a_site_answers_its_probe_and_says_its_name(site: httpx.Client) -> None:
    answer = site.get("/wp-json/?_fields=name")

    assert answer.json() == {"name": "The Corner Bakery"}


def test_a_site_knows_that_its_visitors_came_by_https(site: httpx.Client, pod: Pod) -> None:
    headers = {"Host": HOST, "X-Forwarded-Proto": "http"}
    plain = httpx.get(f"http://{pod.address}/", headers=headers, timeout=60.0, trust_env=False)

    assert f"http://{HOST}/wp-includes/" in plain.text
    assert f"http://{HOST}/wp-includes/" not in site.get("/").text
    assert site.get("/wp-login.php").headers.get("location", "").startswith(f"https://{HOST}/wp-login.php?")


def test_the_hub_delivers_over_the_managed_connection_from_within_the_cluster(site: httpx.Client, pod: Pod) -> None:
    connection = Connection(f"https://{HOST}", f"http://{pod.address}", "presswerk", PASSWORD)

    with SiteClient(connection, timeout_seconds=60.0) as client:
        publication = new_publication()
        written = client.put_publication(publication, article())
        found = client.get_publication(publication)

    assert found is not None
    assert found.post_id == written.post_id


def test_a_site_speaks_its_language_and_serves_its_theme(site: httpx.Client) -> None:
    page = site.get("/")

    assert 'lang="de"' in page.text
    found = re.search(r"https://[^\"']+/wp-(?:content/themes|includes)/[^\"']+\.css", page.text)
    assert found is None or site.get(found.group().removeprefix(f"https://{HOST}")).status_code == 200
    assert site.get("/wp-content/themes/twentytwentyfive/style.css").status_code == 200


@pytest.mark.parametrize(
    "path", ["/wp-content/database/site.sqlite", "/image/start.sh", "/wp-config.php", "/install.php"]
)
def test_what_is_not_for_visitors_is_not_served(site: httpx.Client, path: str) -> None:
    assert site.get(path).status_code == 404


def test_php_does_not_follow_out_of_the_pod_s_directories(site: httpx.Client, pod: Pod) -> None:
    assert site.get("/").status_code == 200
    (running_php,) = _of_group(pod)[:1]

    command = Path(f"/proc/{running_php}/cmdline").read_text(encoding="utf-8").split("\0")

    allowed = next(part for part in command if part.startswith("open_basedir="))
    assert allowed.removeprefix("open_basedir=").split(":") == [
        f"{pod.wordpress}/",
        f"{pod.volume}/",
        f"{pod.directory / 'site'}/",
        f"{pod.directory / 'tmp'}/",
    ]


def test_a_second_preparation_changes_nothing(pod: Pod, site: httpx.Client) -> None:
    before = _listing(pod.volume / "content")

    done = pod.run(["php", str(pod.wordpress / "image" / "prepare.php")])

    assert done.returncode == 0, done.stderr
    assert _listing(pod.volume / "content") == before


def test_a_repeated_installation_keeps_the_site(pod: Pod, site: httpx.Client) -> None:
    done = pod.install()

    assert done.returncode == 0, done.stderr
    assert site.get("/wp-json/?_fields=name").json() == {"name": "The Corner Bakery"}


def test_content_can_be_taken_out(pod: Pod) -> None:
    done = pod.run(["php", str(pod.wordpress / "content_out.php")])

    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["end"] is True
    assert "wp_posts" in last["tables"]


def test_a_copy_can_be_restored_and_half_a_copy_cannot(pod: Pod, tmp_path: Path) -> None:
    content = pod.run(["php", str(pod.wordpress / "content_out.php")]).stdout
    whole, half = tmp_path / "whole.jsonl.gz", tmp_path / "half.jsonl.gz"
    whole.write_bytes(gzip.compress(content.encode()))
    half.write_bytes(gzip.compress("".join(content.splitlines(keepends=True)[:-1]).encode()))

    good, bad = _drill(whole), _drill(half)

    assert good.returncode == 0, good.stderr
    assert re.search(r"^restored \d{2} tables, \d+ rows in wp_posts$", good.stdout, re.MULTILINE)
    assert bad.returncode != 0
    assert "The content ends too early." in bad.stderr


def _drill(copy: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRESSWERK_PYTHON": sys.executable}
    command = [ROOT / "scripts" / "restore_drill.sh", copy]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_wp_cli_works_on_the_site(pod: Pod) -> None:
    done = pod.run([str(pod.wordpress / "image" / "wp"), "--allow-root", "option", "get", "blogname"])

    assert (done.returncode, done.stdout) == (0, "The Corner Bakery\n"), done.stderr


def test_a_site_has_the_mcp_adapter_for_its_administrator_to_switch_on(site: httpx.Client, pod: Pod) -> None:
    def answer() -> int:
        return site.get("/", params={"rest_route": "/mcp/stand-in"}).status_code

    wp = [str(pod.wordpress / "image" / "wp"), "--allow-root", "plugin"]
    before = answer()
    switched_on = pod.run([*wp, "activate", "mcp-adapter"])
    during = answer()
    pod.run([*wp, "deactivate", "mcp-adapter"])

    assert switched_on.returncode == 0, switched_on.stderr
    assert (before, during, answer()) == (404, 200, 404)


def test_an_archive_without_the_plugin_fails_the_build(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as made:
        made.writestr("mcp-adapter/readme.txt", "")

    with pytest.raises(SystemExit, match=r"there is no mcp-adapter\.php in it"):
        assemble(tmp_path / "wordpress", tmp_path / "other.zip")


def test_a_site_told_to_end_leaves_no_process_and_nothing_in_the_image(pod: Pod, wordpress: Path) -> None:
    before = _listing(wordpress)
    check = ["php", str(wordpress / "image" / "healthcheck.php")]
    own = Pod(pod.wordpress, pod.directory, pod.objects, f"127.0.0.1:{free_port()}")
    with running(own.service(), pod.directory / "ending.log") as process:
        healthy = own.run(check).returncode
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)

    assert healthy == 0
    assert own.run(check).returncode == 1
    assert _of_group(own) == []
    assert _listing(wordpress) == before


def test_a_php_that_lacks_an_extension_fails_the_build(wordpress: Path, tmp_path: Path) -> None:
    check = tmp_path / "check_php.sh"
    check.write_bytes((wordpress / "image" / "check_php.sh").read_bytes())
    check.chmod(0o755)
    (tmp_path / "php-extensions").write_text("\n".join([*PHP_EXTENSIONS, "imaginary"]) + "\n", encoding="utf-8")

    complete = subprocess.run([wordpress / "image" / "check_php.sh"], capture_output=True, text=True, check=False)
    lacking = subprocess.run([check], capture_output=True, text=True, check=False)

    assert complete.returncode == 0, complete.stderr
    assert (lacking.returncode, lacking.stderr) == (1, "PHP lacks: imaginary\n")


def _of_group(pod: Pod) -> list[int]:
    """The PHP processes that serve a pod, the one that started the others first."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            continue
        if pod.address in command:
            found.append(int(directory.name))
    return sorted(found)


def _listing(directory: Path) -> list[tuple[str, int, int]]:
    every = ((path, path.lstat()) for path in directory.rglob("*"))
    return sorted((str(path), status.st_mtime_ns, status.st_size) for path, status in every if not path.is_dir())


def test_nothing_is_built_without_digests(tmp_path: Path) -> None:
    runner = Runner.prepare(tmp_path)

    done = _script(runner, "build_image.sh", "hub", "example/hub:1")

    assert done.returncode == 1
    assert "run scripts/pin_images.sh" in done.stderr
    assert runner.called() == []


@pytest.fixture
def building(tmp_path: Path) -> Runner:
    """A registry that gives digests, and a plugin that can be fetched."""
    runner = Runner.prepare(tmp_path)
    runner.double("docker", f'case "$2" in imagetools) printf "{DIGEST}" ;; esac')
    runner.double("uv", 'case "$1" in build) mkdir -p build/image ;; export) : >build/image/requirements.txt ;; esac')
    _fetchable(runner, "PK-as-it-was")
    return runner


def test_what_is_pinned_is_what_is_built_from(building: Runner) -> None:
    pinned = _script(building, "pin_images.sh")
    done = _script(building, "build_image.sh", "wordpress", "example/wordpress:1", "--load")

    assert (pinned.returncode, done.returncode) == (0, 0), pinned.stderr + done.stderr
    assert building.called()[-1] == (
        "docker buildx build --file deploy/images/wordpress/Dockerfile --tag example/wordpress:1"
        f" --build-arg PYTHON_DIGEST={DIGEST} --build-arg DEBIAN_DIGEST={DIGEST} --load ."
    )
    assert (building.checkout / "build" / "image" / "mcp-adapter.zip").read_text(encoding="utf-8") == "PK-as-it-was"


def test_a_plugin_that_is_another_than_what_was_pinned_is_not_built_in(building: Runner) -> None:
    pinned = _script(building, "pin_images.sh")
    _fetchable(building, "PK-changed")

    done = _script(building, "build_image.sh", "wordpress", "example/wordpress:1")

    assert (pinned.returncode, done.returncode) == (0, 1)
    assert "mcp-adapter.zip is not what is pinned" in done.stderr
    assert not building.called()[-1].startswith("docker buildx build")


@pytest.mark.parametrize("broken", ["docker", "curl"])
def test_what_cannot_be_asked_for_leaves_what_was_pinned(building: Runner, broken: str) -> None:
    file = building.checkout / "deploy" / "images" / "digests.env"
    before = file.read_text(encoding="utf-8")
    building.double("docker", "echo unauthorized") if broken == "docker" else _fetchable(building, "<html>")

    done = _script(building, "pin_images.sh")

    assert done.returncode == 1
    assert file.read_text(encoding="utf-8") == before


def _fetchable(runner: Runner, content: str) -> None:
    write = 'for word; do [ "$last" != --output ] || printf %s "' + content + '" >"$word"; last="$word"; done'
    runner.double("curl", write)


def _script(runner: Runner, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = runner.checkout / "scripts" / name
    environment = {"PATH": f"{runner.doubles}:/usr/bin:/bin"}
    return subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)


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
