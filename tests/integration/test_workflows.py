"""The workflows pass the linters, keep the rules that no linter knows, and their commands run."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from presswerk import __version__
from tests.support.workflows import ROOT, WORKFLOWS, Ran, Runner, jobs_of, steps_of, tool, workflow_files

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
    assert "examples/broken.yaml" in ran.called[-1]


SECRETS = {name: f"secret-of-{name}" for name in ("IONOS_TOKEN", "IONOS_S3_ACCESS_KEY", "IONOS_S3_SECRET_KEY")}
VARIABLES = {
    "PRESSWERK_STATE_BUCKET": "state",
    "PRESSWERK_COPIES_BUCKET": "copies",
}


_TENANT = "tenant.tenants.presswerk.io"
_DUMPS = ("authentik.dump", "open-webui.dump", "presswerk-hub.dump")


def run(runner: Runner, workflow: str, job: str, /, **inputs: str) -> Ran:
    return runner.run(WORKFLOWS / f"{workflow}.yml", job, inputs=inputs, secrets=SECRETS, variables=VARIABLES)


def test_a_new_job_is_noticed_here() -> None:
    # Whoever adds one adds it to this list, and a test that runs it.
    commands = {(path.stem, job) for path in workflow_files() for job, step in steps_of(path) if "run" in step}

    assert commands == RUN


RUN = {
    ("ci", "lint"),
    ("ci", "test"),
    ("ci", "cluster"),
    ("deploy", "deploy"),
    ("destroy", "confirm"),
    ("destroy", "destroy"),
    ("images", "build"),
    ("images", "publish"),
    ("nightly", "copies"),
    ("nightly", "drift"),
    ("plan", "comment"),
    ("plan", "plan"),
    ("release", "publish"),
    ("release", "wheel"),
    ("tenant", "declare"),
    ("tenant", "remove"),
}


def test_the_tests_run_on_the_python_that_the_job_is_for(runner: Runner) -> None:
    runner.double(
        "make",
        f'mkdir -p .venv/bin; printf "#!/bin/sh\\necho this is $PYTHON >>{runner.directory}/called\\n" '
        ">.venv/bin/python; chmod +x .venv/bin/python",
    )

    ran = run(runner, "ci", "test")

    assert ran.status == 0, ran.output
    assert [version for version in ("3.11", "3.12", "3.13") if f"this is python{version}" not in ran.called] == []


def test_the_cluster_is_removed_whether_or_not_its_test_succeeds(runner: Runner) -> None:
    with_digests(runner)
    runner.double("kubectl", 'case "$*" in *"option get blogname"*) echo "Acme News" ;; apply*) cat >/dev/null ;; esac')
    good = run(runner, "ci", "cluster")
    runner.double("helm", "exit 1")
    bad = run(runner, "ci", "cluster")

    assert (good.status, good.called[-1]) == (0, "kind delete cluster --name presswerk-test"), good.output
    assert bad.status != 0
    assert bad.called[-1] == "kind delete cluster --name presswerk-test"


def test_a_plan_tells_all_and_fails_when_a_part_of_it_does(runner: Runner) -> None:
    good = run(runner, "plan", "plan")
    runner.double("presswerk", "echo broken; exit 1")
    bad = run(runner, "plan", "plan")

    assert good.status == 0, good.output
    assert "presswerk infra plan --config platform.yaml" in good.called
    assert bad.status != 0


def test_a_plan_becomes_a_comment(runner: Runner) -> None:
    ran = run(runner, "plan", "comment")

    assert ran.status == 0, ran.output
    assert ran.called[-1].startswith("gh pr comment")


def test_a_deployment_applies_both_sides_and_asks_from_outside(runner: Runner) -> None:
    answers(runner)

    ran = run(runner, "deploy", "deploy")

    assert ran.status == 0, ran.output
    ours = [
        line for line in ran.called if line.startswith(("presswerk infra", "presswerk deploy", "presswerk rollback"))
    ]
    assert ours == [
        "presswerk infra apply --yes",
        "presswerk infra kubeconfig --to /tmp/kubeconfig",
        "presswerk deploy --config platform.yaml --kubeconfig /tmp/kubeconfig --yes --json",
    ]
    assert any(line.endswith("https://acme.press.example/") for line in ran.called if line.startswith("curl"))


def test_a_deployment_that_does_not_answer_is_rolled_back_and_fails(runner: Runner) -> None:
    answers(runner)
    runner.double("curl", "exit 22")

    ran = run(runner, "deploy", "deploy")

    assert ran.status != 0
    assert "presswerk rollback --config platform.yaml --kubeconfig /tmp/kubeconfig --yes" in ran.called


def test_a_deployment_that_took_itself_back_is_not_rolled_back_once_more(runner: Runner) -> None:
    answers(runner, deploy=3)

    ran = run(runner, "deploy", "deploy")

    assert ran.status != 0
    assert [line for line in ran.called if line.startswith("presswerk rollback")] == []


def test_a_tenant_is_created_by_a_pull_request(runner: Runner) -> None:
    ran = run(runner, "tenant", "declare", action="create", tenant="neu", name="Neu & Co", tier="pro")

    assert ran.status == 0, ran.output
    assert ran.called[-1].startswith("gh pr create --head tenant/create-neu --title Tenant neu, create")
    assert [line for line in ran.called if "HEAD:refs/heads/tenant/create-neu" in line]


@pytest.mark.parametrize(
    "inputs",
    [
        {"action": "delete", "tenant": "acme", "confirm": "bakery"},
        {"action": "scale", "tenant": "nobody", "tier": "pro"},
        {"action": "create", "tenant": '$(touch x)"', "tier": "pro"},
    ],
)
def test_what_cannot_be_declared_opens_no_pull_request(runner: Runner, inputs: dict[str, str]) -> None:
    ran = run(runner, "tenant", "declare", **inputs)

    assert ran.status != 0
    assert [line for line in ran.called if line.startswith(("gh", "git push"))] == []


def test_a_tenant_is_deleted_only_after_its_content_was_copied(runner: Runner) -> None:
    sites(runner)
    good = run(runner, "tenant", "remove", action="delete", tenant="acme")
    sites(runner, complete=False)
    bad = run(runner, "tenant", "remove", action="delete", tenant="acme")

    deletes = f"kubectl delete {_TENANT}/acme --wait --timeout=60m"
    assert good.status == 0, good.output
    means_it = f"kubectl annotate {_TENANT}/acme presswerk.io/delete=acme --overwrite"
    assert good.called[-2:] == [means_it, deletes]
    assert bad.status != 0
    assert deletes not in bad.called


def test_nothing_is_destroyed_for_another_domain(runner: Runner) -> None:
    assert run(runner, "destroy", "confirm", domain="press.example", allow="x").status == 0
    assert run(runner, "destroy", "confirm", domain="other.example", allow="x").status != 0


def test_everything_is_destroyed_by_name_and_after_sites_and_databases_were_copied(runner: Runner) -> None:
    sites(runner)
    named = 'ionoscloud_datacenter.main ionoscloud_k8s_node_pool.pool["a"]'
    good = run(runner, "destroy", "destroy", domain="press.example", allow=named)
    runner.double("aws", "exit 1")
    bad = run(runner, "destroy", "destroy", domain="press.example", allow=named)

    assert good.status == 0, good.output
    assert [name for name in _DUMPS if any(line.endswith(name) for line in good.called)] == list(_DUMPS)
    assert good.called[-4:-1] == [
        *(f"kubectl annotate {_TENANT}/{id} presswerk.io/delete={id} --overwrite" for id in ("acme", "bakery")),
        f"kubectl delete {_TENANT}/acme {_TENANT}/bakery --wait --timeout=60m",
    ]
    assert good.called[-1] == (
        "presswerk infra destroy --yes --allow-destroy=ionoscloud_datacenter.main"
        ' --allow-destroy=ionoscloud_k8s_node_pool.pool["a"]'
    )
    assert bad.status != 0
    assert [line for line in bad.called if "infra destroy" in line or "delete" in line] == []


def test_a_cluster_without_tenants_can_be_destroyed_and_is_no_quiet_night(runner: Runner) -> None:
    runner.double("kubectl", 'case "$*" in apply* | *--stdin*) cat >/dev/null ;; esac')
    destroyed = run(runner, "destroy", "destroy", domain="press.example", allow="x")
    night = run(runner, "nightly", "copies")

    assert destroyed.status == 0, destroyed.output
    assert destroyed.called[-1] == "presswerk infra destroy --yes --allow-destroy=x"
    assert night.status != 0


def test_a_night_fails_when_something_has_drifted(runner: Runner) -> None:
    plan = 'case "$2" in plan) echo "{\\"changes\\": [%s]}" ;; esac'
    runner.double("presswerk", plan % "")
    same = run(runner, "nightly", "drift")
    runner.double("presswerk", plan % '{\\"action\\": \\"update\\", \\"address\\": \\"lan.private\\"}')
    other = run(runner, "nightly", "drift")

    told = subprocess.run(
        ["scripts/drift.sh", "platform.yaml"],
        cwd=runner.checkout,
        env={**os.environ, "PATH": f"{runner.doubles}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert same.status == 0, same.output
    assert other.status != 0
    assert told.returncode == 1
    assert "update lan.private" in told.stderr


def test_a_night_copies_every_site_and_database(runner: Runner) -> None:
    sites(runner)
    (runner.checkout / "scripts" / "restore_drill.sh").write_text(
        f'#!/bin/sh\necho drilled "$1" >>{runner.directory}/called\n', encoding="utf-8"
    )

    ran = run(runner, "nightly", "copies")

    assert ran.status == 0, ran.output
    assert len([line for line in ran.called if line.startswith("drilled")]) == 2
    kept = [line.rsplit("/", 1)[-1] for line in ran.called if line.startswith("aws s3 cp")]
    assert kept == [*(2 * ["content.jsonl.gz", "uploads.tar.gz"]), *_DUMPS]


def test_databases_are_copied_also_in_a_night_in_which_a_site_cannot_be(runner: Runner) -> None:
    sites(runner, complete=False)

    ran = run(runner, "nightly", "copies")

    assert ran.status != 0
    assert [line.rsplit("/", 1)[-1] for line in ran.called if line.startswith("aws s3 cp")] == list(_DUMPS)


def test_images_are_built_and_published_with_what_proves_them(runner: Runner) -> None:
    with_digests(runner)
    write = (
        'for word; do [ "$last" != --metadata-file ] || echo "{\\"containerimage.digest\\": \\"sha256:1\\"}" >"$word"'
        '; last="$word"; done'
    )
    runner.double("docker", write)
    built = run(runner, "images", "build")
    published = run(runner, "images", "publish")

    assert built.status == 0, built.output
    assert published.status == 0, published.output
    builds = [line for line in published.called if line.startswith("docker buildx build")]
    assert [("--sbom=true" in line, "--provenance=mode=max" in line, "--push" in line) for line in builds] == [
        (True, True, True),
        (True, True, True),
    ]


def test_a_release_is_of_the_version_it_says(runner: Runner) -> None:
    (runner.checkout / ".ci").mkdir()
    (runner.checkout / ".ci" / "run").write_text("#!/bin/sh\n", encoding="utf-8")
    (runner.checkout / ".ci" / "run").chmod(0o755)
    runner.double("uv", 'case "$1" in build) : >dist/presswerk.whl ;; export) : >dist/requirements.txt ;; esac')

    refused = run(runner, "release", "wheel")
    workflow = runner.directory / "release.yml"
    text = (WORKFLOWS / "release.yml").read_text(encoding="utf-8")
    workflow.write_text(text.replace("${{ github.ref_name }}", f"v{__version__}"), encoding="utf-8")
    made = runner.run(workflow, "wheel")

    assert refused.status != 0
    assert made.status == 0, made.output


def test_a_release_checks_what_it_publishes(runner: Runner) -> None:
    (runner.checkout / "dist").mkdir()
    (runner.checkout / "dist" / "presswerk.whl").write_bytes(b"wheel")
    sums = runner.checkout / "dist" / "SHA256SUMS"
    sums.write_text(f"{hashlib.sha256(b'wheel').hexdigest()}  presswerk.whl\n", encoding="utf-8")
    good = run(runner, "release", "publish")
    sums.write_text(f"{hashlib.sha256(b'other').hexdigest()}  presswerk.whl\n", encoding="utf-8")
    bad = run(runner, "release", "publish")

    assert good.status == 0, good.output
    assert good.called[-1].startswith("gh release create")
    assert bad.status != 0
    assert bad.called == []


def test_no_secret_is_an_argument_or_in_a_log(runner: Runner) -> None:
    answers(runner)

    ran = run(runner, "deploy", "deploy")

    assert [value for value in SECRETS.values() if value in ran.output or value in "\n".join(ran.called)] == []


def with_digests(runner: Runner) -> None:
    """Everything is pinned, and the plugin that is fetched is an empty file."""
    pins = {"BASE_IMAGE": f"docker.io/library/debian:bookworm-slim@sha256:{'ab' * 32}"}
    pins |= {"MCP_ADAPTER_URL": "https://plugins.example/it.zip", "MCP_ADAPTER_SHA256": hashlib.sha256().hexdigest()}
    file = runner.checkout / "deploy" / "images" / "digests.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in pins.items()), encoding="utf-8")
    runner.double("curl", 'for word; do [ "$last" != --output ] || : >"$word"; last="$word"; done')
    runner.double("uv", 'for last; do :; done; case "$1" in export) : >"$last" ;; esac')
    runner.double("python", f'case "$1" in *assemble.py) mkdir -p "$2" ;; *) exec {sys.executable} "$@" ;; esac')


def answers(runner: Runner, *, deploy: int = 0) -> None:
    """A platform that answers, and a delivery that ends with a status."""
    runner.double("curl")
    runner.double(
        "presswerk",
        f'case "$1" in deploy) echo "{{\\"outcome\\": \\"done\\"}}"; exit {deploy} ;; infra|rollback) exit 0 ;; esac\n'
        f'exec {tool("presswerk")} "$@"',
    )


def sites(runner: Runner, *, complete: bool = True) -> None:
    """Two tenants on a cluster whose content can be copied."""
    end = 'echo "{\\"end\\": true, \\"tables\\": {}}"' if complete else "echo half"
    runner.double(
        "kubectl",
        f'case "$*" in *"get namespaces"*) echo namespace/tenant-acme; echo namespace/tenant-bakery ;;\n'
        f"*customresourcedefinition*) echo yes ;; 'get {_TENANT}'*) echo {_TENANT}/acme; echo {_TENANT}/bakery ;;\n"
        f"*readyReplicas*) echo 1 ;; *content_out.php*) {end} ;; *tar*) tar -cz -T /dev/null ;;\n"
        "apply* | *--stdin*) cat >/dev/null ;; esac",
    )


def _passes(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
