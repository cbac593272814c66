"""The sites' image without a container: its files in a directory, and what a pod of a tenant does with them."""

import base64
import runpy
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presswerk.declaration import Platform, Tenant
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import SiteSecrets, Wanted, tenant_objects
from presswerk.runtimes.local.service import Service
from tests.support.process import free_port

IMAGE = Path(__file__).parents[2] / "deploy" / "images" / "wordpress"
PASSWORD = "abcdEFGH1234ijklMNOP5678"
_SALTS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY")


def assemble(target: Path, plugin: Path | None = None) -> None:
    """Run what the build stage of the Dockerfile runs; WordPress comes from this machine's cache."""
    runpy.run_path(str(IMAGE / "assemble.py"))["assemble"](target, plugin)


@dataclass(frozen=True)
class Pod:
    """A tenant's pods as the manifests describe them, with directories of a test in the place of mounts.

    Attributes:
        wordpress: What the image has as /srv/wordpress.
        directory: Volume, configuration and temporary files.
        objects: The tenant's.
        address: Where the site listens.
    """

    wordpress: Path
    directory: Path
    objects: tuple[Mapping[str, Any], ...]
    address: str

    @classmethod
    def of(cls, tenant: Tenant, wordpress: Path, directory: Path) -> "Pod":
        """Mount what the manifests mount."""
        platform = Platform(tenants=(tenant,), domain="press.example")
        wanted = Wanted(Cluster.of(platform), tenant, platform.allotment(tenant))
        secrets = SiteSecrets(
            salts={name: f"salt-{name}" for name in _SALTS},
            application_password=PASSWORD,
            issuer="https://id.press.example/",
            client_id="site",
            client_secret="client-secret",
        )
        pod = cls(wordpress, directory, tuple(tenant_objects(wanted, secrets)), f"127.0.0.1:{free_port()}")
        for name in ("volume", "site", "installation", "tmp"):
            (directory / name).mkdir(parents=True)
        for file, place in (("config.php", "site"), ("installation.json", "installation")):
            (directory / place / file).write_text(pod.placed(pod._secret(file)), encoding="utf-8")
        return pod

    @property
    def volume(self) -> Path:
        """What is /var/lib/presswerk in a pod."""
        return self.directory / "volume"

    def install(self) -> subprocess.CompletedProcess[str]:
        """Do what the installation's Job does."""
        container = self._container("Job")
        return self.run([self.placed(part) for part in container["command"]], self.environment(container))

    def run(self, command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as in the site's container."""
        return subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", **(environment or self.environment(self._container("Deployment")))},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def service(self) -> Service:
        """The site's container, healthy when its readiness probe is content."""
        container = self._container("Deployment")
        probe = container["readinessProbe"]["httpGet"]
        headers = {header["name"]: header["value"] for header in probe["httpHeaders"]}
        return Service(
            name="site",
            command=(str(self.wordpress / "image" / "start.sh"),),
            directory=self.directory,
            environment=self.environment(container),
            health_url=f"http://{self.address}{probe['path']}",
            health_host=headers["Host"],
            ready_timeout_seconds=60,
        )

    def environment(self, container: Mapping[str, Any]) -> dict[str, str]:
        """What the container is given, and what the image itself sets or has in /etc."""
        given = {each["name"]: self.placed(each["value"]) for each in container["env"]}
        return {
            **given,
            "PRESSWERK_SITE_ADDRESS": self.address,
            "TMPDIR": str(self.directory / "tmp"),
            # After the system's own files, as /etc/php/*/cli/conf.d/99-presswerk.ini would be.
            "PHP_INI_SCAN_DIR": f":{self.wordpress / 'image'}",
        }

    def _secret(self, file: str) -> str:
        for each in self.objects:
            if each["kind"] == "Secret" and file in each["data"]:
                return base64.b64decode(each["data"][file]).decode()
        raise AssertionError(f"no Secret has {file}")

    def _container(self, kind: str) -> Mapping[str, Any]:
        for each in self.objects:
            if each["kind"] == kind:
                container: Mapping[str, Any] = each["spec"]["template"]["spec"]["containers"][0]
                return container
        raise AssertionError(f"there is no {kind}")

    def placed(self, text: str) -> str:
        """A text of the manifests with the test's directories in it."""
        for inside, outside in self._places():
            text = text.replace(inside, str(outside))
        return text

    def _places(self) -> Iterator[tuple[str, Path]]:
        yield "/srv/wordpress", self.wordpress
        yield "/var/lib/presswerk", self.volume
        yield "/etc/presswerk/site", self.directory / "site"
        yield "/etc/presswerk/installation", self.directory / "installation"
