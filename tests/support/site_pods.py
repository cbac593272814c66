"""A tenant's Deployment and Jobs as they are rendered, run by podman: pods without a cluster."""

import base64
import contextlib
import copy
import dataclasses
import os
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from presswerk.declaration import Platform, Tenant, TierName
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import DesiredTenant, Move, SiteSecrets, tenant_objects
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.wordpress.model import Connection
from tests.support.containers import SITE, podman
from tests.support.process import NO_AUTHORITIES, free_port
from tests.support.waiting import until

PASSWORD = "abcdEFGH1234ijklMNOP5678"
HOST_OF_MACHINE = "10.0.2.2"
"""What a pod calls the machine that it runs on."""
_NETWORK = "slirp4netns:allow_host_loopback=true"
_SALTS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY")


@dataclasses.dataclass
class SitePods:
    """One tenant's pods.

    What no cluster is here for is changed, and nothing else: Secrets are ConfigMaps, names are this run's own, the
    site's port is also one of the machine's, and its Service is the port itself.

    Attributes:
        tenant: Whose they are.
        database: Where the content is; None for a file.
        name: Of this run's pod, volume and configuration.
        port: Where the machine reaches the site.
        image: Of the site.
    """

    tenant: Tenant
    database: DatabaseAccess | None = None
    name: str = dataclasses.field(default_factory=lambda: f"test-{uuid.uuid4().hex[:8]}")
    port: int = dataclasses.field(default_factory=free_port)
    image: str = SITE

    @property
    def host(self) -> str:
        """The site's public name."""
        return f"{self.tenant.id}.press.example"

    @property
    def container(self) -> str:
        """What podman calls the site's container."""
        return f"{self.name}-pod-0-site"

    @property
    def connection(self) -> Connection:
        """The managed one, from the machine."""
        return Connection(f"https://{self.host}", f"http://127.0.0.1:{self.port}", "presswerk", PASSWORD)

    def objects(self, move: Move | None = None) -> tuple[Body, ...]:
        """What the operator would apply."""
        platform = Platform(tenants=(self.tenant,), domain="press.example")
        cluster = dataclasses.replace(Cluster.of(platform), wordpress_image=self.image)
        wanted = DesiredTenant(cluster, self.tenant, platform.allotment(self.tenant), suspended=move is not None)
        return tenant_objects(wanted, self.secrets, move=move)

    @property
    def secrets(self) -> SiteSecrets:
        """What only the site knows."""
        return SiteSecrets(
            salts={name: f"salt-{name}" for name in _SALTS},
            application_password=PASSWORD,
            issuer="https://id.press.example/",
            client_id="site",
            client_secret="client-secret",
            database=self.database,
        )

    def start(self) -> None:
        """Start the Deployment's pod."""
        has_volume = podman("volume", "exists", self.name, check=False).returncode == 0
        kinds = ("Secret", "Deployment") if has_volume else ("PersistentVolumeClaim", "Secret", "Deployment")
        rendered = [_as_podman_takes_it(body, self) for body in self.objects() if body["kind"] in kinds]
        played = yaml.safe_dump_all([each for each in rendered if each is not None])
        podman("kube", "play", "--network", _NETWORK, "-", text=played)

    def stop(self) -> None:
        """End the pod; its volume stays."""
        podman("pod", "rm", "--force", "--time", "10", f"{self.name}-pod-0", check=False)

    def remove(self) -> None:
        """Remove everything."""
        self.stop()
        volumes = podman("volume", "ls", "--quiet", "--filter", f"name={self.name}").stdout.split()
        podman("volume", "rm", "--force", *volumes, check=False)

    def get(self, path: str, *, scheme: str = "https") -> httpx.Response:
        """What the site answers the entry."""
        headers = {"Host": self.host, "X-Forwarded-Proto": scheme}
        address = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(address, headers=headers, timeout=30, verify=NO_AUTHORITIES, trust_env=False)

    def signal(self, part: str, number: int) -> None:
        """Send a signal to the processes of the site's container whose command has this in it."""
        listed: list[str] = []

        def found() -> list[int]:
            # A container that is being started anew has none of them for a moment.
            listed[:] = podman("top", self.container, "hpid", "args", check=False).stdout.splitlines()[1:]
            return [int(line.split()[0]) for line in listed if part in line]

        for process in until(found, lambda: f"{listed}\n{self.log()}"):
            with contextlib.suppress(ProcessLookupError):  # it ends with a container that has just ended
                os.kill(process, number)

    def probe(self, kind: str) -> int:
        """What the kubelet would get; 0 for no answer in time. It takes what is below 400 as a good one."""
        (container,) = self._one("Deployment")["spec"]["template"]["spec"]["containers"]
        asked = container[kind]
        headers = {each["name"]: each["value"] for each in asked["httpGet"]["httpHeaders"]}
        address = f"http://127.0.0.1:{self.port}{asked['httpGet']['path']}"
        try:
            timeout = asked["timeoutSeconds"]
            return httpx.get(address, headers=headers, timeout=timeout, verify=NO_AUTHORITIES).status_code
        except httpx.TransportError:
            return 0

    def await_probe(self, kind: str) -> None:
        """Wait until the kubelet would be content."""
        until(lambda: 200 <= self.probe(kind) < 400, lambda: f"{kind}: {self.probe(kind)}\n{self.log()[-3000:]}")

    def log(self) -> str:
        """What the site's container wrote."""
        done = podman("logs", self.container, check=False)
        return done.stdout + done.stderr

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the site's container."""
        return podman("exec", self.container, *command, check=check)

    def install(self) -> subprocess.CompletedProcess[str]:
        """Run the Job of the installation."""
        return self.job(self._one("Job"))

    def ask_the_clock(self) -> subprocess.CompletedProcess[str]:
        """Run a Job of the CronJob, beside the pod."""
        return self.job(self._one("CronJob")["spec"]["jobTemplate"])

    def move(self, target: DatabaseAccess | None) -> subprocess.CompletedProcess[str]:
        """Run the Job that moves the content, the site's pod being closed; the site then has the other database."""
        objects = self.objects(Move(target, 0))
        (job,) = [body for body in objects if body["metadata"]["name"] == "site-move-0"]
        # Nobody has been answering for a long time.
        for container in job["spec"]["template"]["spec"]["initContainers"]:
            container["command"][-1] = container["command"][-1].replace("sleep 60", "sleep 0")
        done = self.job(job, objects)
        if done.returncode == 0:
            self.database = target
            tier = TierName.FREE if target is None else TierName.PRO
            self.tenant = self.tenant.model_copy(update={"tier": tier})
        return done

    def job(self, body: Body, objects: Sequence[Body] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the containers of a Job one after the other, each with exactly what it mounts; the last one run."""
        spec = body["spec"]["template"]["spec"]
        with tempfile.TemporaryDirectory(dir="/tmp") as directory:
            volumes = {
                volume["name"]: list(self._mounted(volume, objects or self.objects(), Path(directory)))
                for volume in spec["volumes"]
            }
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                done = podman(*self._command(spec, container, volumes), check=False)
                if done.returncode != 0:
                    break
            return done

    def _command(self, spec: Body, container: Body, volumes: Mapping[str, list[str]]) -> Iterator[str]:
        pod, own = spec["securityContext"], container["securityContext"]
        limits = container["resources"]["limits"]
        assert own["readOnlyRootFilesystem"]
        assert pod["runAsNonRoot"]
        yield from ("run", "--rm", "--no-healthcheck", "--read-only", "--read-only-tmpfs=false", "--pull=never")
        yield from ("--user", f"{pod['runAsUser']}:{pod['runAsGroup']}", "--security-opt", "no-new-privileges")
        yield from (f"--cap-drop={name}" for name in own["capabilities"]["drop"])
        yield from ("--memory", limits["memory"].replace("Mi", "m"))
        yield from ("--network", self._network())
        for variable in container.get("env", ()):
            value = variable["value"].replace("http://site", "http://127.0.0.1:8080")
            yield from ("--env", f"{variable['name']}={value}")
        for mount in container.get("volumeMounts", ()):
            kind, *rest = volumes[mount["name"]]
            rest = [part.format(target=mount["mountPath"]) for part in rest]
            yield from ("--mount", ",".join([f"type={kind}", *rest]))
        program, *arguments = container["command"]
        yield from ("--entrypoint", program, container["image"], *arguments)

    def _network(self) -> str:
        """The pod's own where there is one, which stands for the Service."""
        found = podman("inspect", "--format", "{{.State.Pid}}", self.container, check=False)
        return _NETWORK if found.returncode != 0 else f"ns:/proc/{found.stdout.strip()}/ns/net"

    def _mounted(self, volume: Body, objects: Sequence[Body], directory: Path) -> Iterator[str]:
        if "emptyDir" in volume:
            size = volume["emptyDir"]["sizeLimit"].replace("Mi", "m")
            yield from ("tmpfs", "destination={target}", f"tmpfs-size={size}", "tmpfs-mode=1777")
            return
        if "persistentVolumeClaim" in volume:
            yield from ("volume", f"source={self.name}", "destination={target}")
            return
        place = directory / volume["name"]
        place.mkdir()
        (secret,) = [
            body
            for body in objects
            if body["kind"] == "Secret" and body["metadata"]["name"] == volume["secret"]["secretName"]
        ]
        for item in volume["secret"]["items"]:
            file = place / item["path"]
            file.write_bytes(base64.b64decode(secret["data"][item["key"]]))
            os.chown(file, 0, 10_001)
            file.chmod(volume["secret"]["defaultMode"])
        directory.chmod(0o755)
        yield from ("bind", f"source={place}", "destination={target}", "ro=true")

    def _one(self, kind: str) -> Body:
        (found,) = [body for body in self.objects() if body["kind"] == kind]
        return found


def _as_podman_takes_it(body: Body, pods: SitePods) -> dict[str, Any] | None:
    made = copy.deepcopy(body)
    metadata = made["metadata"]
    if made["kind"] == "PersistentVolumeClaim":
        metadata["name"] = pods.name
    elif made["kind"] == "Secret":
        if "config.php" not in made["data"]:
            return None
        data = {name: base64.b64decode(value).decode() for name, value in made["data"].items()}
        metadata["name"] = f"{pods.name}-{metadata['name']}"
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    else:
        metadata["name"] = pods.name
        spec = made["spec"]["template"]["spec"]
        # With an autoscaler a Deployment does not say how many.
        made["spec"].setdefault("replicas", 1)
        for volume in spec["volumes"]:
            if "persistentVolumeClaim" in volume:
                volume["persistentVolumeClaim"]["claimName"] = pods.name
            if "emptyDir" in volume:
                # Podman makes a volume of it that all pods with this name share, and that outlives them.
                own = f"{pods.name}-{volume['name']}"
                for mount in spec["containers"][0]["volumeMounts"]:
                    mount["name"] = own if mount["name"] == volume["name"] else mount["name"]
                volume["name"] = own
            if secret := volume.pop("secret", None):
                volume["configMap"] = {"name": f"{pods.name}-{secret['secretName']}", "items": secret["items"]}
        (container,) = spec["containers"]
        container["ports"][0]["hostPort"] = pods.port
    return made


@contextlib.contextmanager
def site_pods(tenant: Tenant, database: DatabaseAccess | None = None, image: str = SITE) -> Iterator[SitePods]:
    """A tenant's pods, until the block ends; none of them is started."""
    pods = SitePods(tenant, database, image=image)
    try:
        yield pods
    finally:
        pods.remove()
