"""Everything a delivery meets, for tests: an emulated cluster, small charts, Secrets, and an entry that answers https.

The charts of other projects cannot be fetched by tests, so each is replaced by a small one of the same name and version
with one Deployment; our own chart is the real one. The entry is a double of the cluster's Gateway: what it answers for
each host is up to the test.
"""

import base64
import contextlib
import copy
import datetime as dt
import json
import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presswerk import __version__
from presswerk.cli.deploy import PATIENCE_SECONDS
from presswerk.cli.render import resources_of
from presswerk.declaration import Platform, load_platform
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.infrastructure.delivery.charts import Charts
from presswerk.infrastructure.delivery.deployment import Deployment
from presswerk.infrastructure.delivery.helm import Helm
from presswerk.infrastructure.delivery.preflight import Preparation, Prepared
from presswerk.infrastructure.delivery.probes import Prober
from presswerk.infrastructure.delivery.records import DeliveryReport
from presswerk.infrastructure.delivery.tools import LEASE, Tools
from presswerk.kubernetes import kinds
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import SystemClock
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.reasons import Reasons
from presswerk.kubernetes.rollout import Waiter
from presswerk.runtimes.cluster.rendering.objects import namespaces
from presswerk.runtimes.cluster.rendering.releases import PRESSWERK, Release, releases
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from tests.support.cluster_store import Body, Store
from tests.support.delivery_cluster import DeliveryCluster, running_delivery_cluster
from tests.support.helm import CHART, helm
from tests.support.serving import serving

PLATFORM_TEXT = """\
domain: press.example
ai: {base_url: https://openai.inference.de-txl.ionos.com/v1}
entry: {controller: envoy-gateway, certificate_email: ops@press.example}
node_pool: {nodes: 3, cores: 4, ram_gib: 8, storage_gib: 100}
tenants:
  - {id: acme, name: Acme, tier: pro, admin: ada@press.example}
  - {id: blog, name: Blog, tier: pro, admin: ben@press.example}
"""
Page = tuple[int, Any]
"""Status, and what is sent: a mapping goes as JSON, a text as a page."""


@dataclass
class FakeClock(SystemClock):
    """Time that passes only when somebody sleeps, and at once then."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Settling(FakeClock):
    """While it passes, the cluster's controllers look again at what a test has decided."""

    cluster: DeliveryCluster = field(kw_only=True)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.cluster.settle()


@dataclass
class Entry:
    """What answers https; `page` decides by host and path."""

    port: int
    authority: Path
    page: Callable[[str, str], Page]


@dataclass
class World:
    """All of it.

    Attributes:
        cluster: The emulated one.
        entry: Answers for every host.
        directory: Holds `platform.yaml`, `kubeconfig` and `charts/`.
        told: What deliveries told of their progress.
        clock: Of deliveries run in this process.
    """

    cluster: DeliveryCluster
    entry: Entry
    directory: Path
    told: list[str] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "kubeconfig"

    @property
    def charts(self) -> Path:
        return self.directory / "charts"

    @property
    def environment(self) -> dict[str, str]:
        """For Helm: nothing of this machine's configuration."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.directory)}

    def platform(self, text: str = PLATFORM_TEXT) -> Platform:
        return load_platform(text, source="platform.yaml")

    def helm(self) -> Helm:
        return Helm((str(helm().binary),), KubeContext(self.kubeconfig), self.environment)

    @contextlib.contextmanager
    def connection(self) -> Iterator[ClusterApi]:
        with contextlib.closing(connect(KubeContext(self.kubeconfig))) as connection:
            yield connection

    def prepared(
        self,
        connection: ClusterApi,
        version: str = __version__,
        platform: Platform | None = None,
        program: Helm | None = None,
    ) -> Prepared:
        program = program or self.helm()
        charts = Charts(program, self.directory / "scratch", self.charts, CHART)
        declared = platform or self.platform()
        return Preparation(declared, resources_of(PLATFORM), version, connection, program, charts).prepare()

    @contextlib.contextmanager
    def tools(self, connection: ClusterApi, program: Helm, secrets: frozenset[str] = frozenset()) -> Iterator[Tools]:
        trust = ssl.create_default_context(cafile=str(self.entry.authority))
        prober = Prober(lambda _host: ("127.0.0.1", self.entry.port), trust)
        with contextlib.closing(prober):
            waiter = Waiter(connection, Reasons(connection, secrets), self.told.append)
            yield Tools(connection, program, prober, waiter, self.clock, PATIENCE_SECONDS, self.told.append)

    def deploy(self, version: str = __version__, platform: Platform | None = None) -> DeliveryReport:
        """Prepare and deliver, in this process."""
        self.told.clear()
        declared = platform or self.platform()
        program = self.helm()
        with self.connection() as connection:
            prepared = self.prepared(connection, version, declared, program)
            with self.tools(connection, program, prepared.secrets) as tools:
                return Deployment(declared, prepared.plan, version, tools).run(prepared.changes)

    def keep(self) -> Store:
        """The cluster as it is, for another world to begin with."""
        with self.cluster.lock:
            return copy.deepcopy(self.cluster.store)

    def next_version(self, version: str) -> None:
        """Put our chart there as a later one, whose image is another."""
        target = self.charts / f"presswerk-{version}"
        shutil.copytree(CHART, target)
        metadata = yaml.safe_load((target / "Chart.yaml").read_text(encoding="utf-8"))
        metadata |= {"version": version, "appVersion": version}
        (target / "Chart.yaml").write_text(yaml.safe_dump(metadata), encoding="utf-8")
        packed = helm().run("package", str(target), "--destination", str(self.charts))
        assert packed.returncode == 0, packed.stderr

    def change_chart(self, name: str, image: str, hook: str = "") -> None:
        """Make the small chart of a release another one at the same version: another image, and a hook's, if any."""
        release = next(each for each in releases(self.platform()) if each.name == name)
        write_chart(self.charts, release, image)
        if hook:
            job = {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": f"{name}-check", "annotations": {"helm.sh/hook": "post-install,post-upgrade"}},
                "spec": {
                    "template": {
                        "metadata": {"labels": {"job-name": f"{name}-check"}},
                        "spec": {"restartPolicy": "Never", "containers": [{"name": "check", "image": hook}]},
                    }
                },
            }
            path = self.charts / release.chart.rpartition("/")[2] / "templates" / "hook.yaml"
            path.write_text(yaml.safe_dump(job), encoding="utf-8")

    def images(self) -> dict[str, str]:
        """Workload -> the image of its first container."""
        return {
            key.name: body["spec"]["template"]["spec"]["containers"][0]["image"]
            for key, body in self.cluster.everything().items()
            if key.plural in {"deployments", "statefulsets"}
        }

    def revisions(self) -> dict[str, tuple[str, ...]]:
        """Release -> the status of each of its revisions."""
        return {
            release.name: tuple(each.status for each in self.helm().history(release).revisions)
            for release in releases(self.platform())
        }


def write_chart(charts: Path, release: Release, image: str = "") -> None:
    """A small chart in the place of another project's."""
    name = release.chart.rpartition("/")[2]
    directory = charts / name
    (directory / "templates").mkdir(parents=True, exist_ok=True)
    (directory / "Chart.yaml").write_text(
        yaml.safe_dump({"apiVersion": "v2", "name": name, "version": release.version}), encoding="utf-8"
    )
    labels = {"app": release.name}
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": release.name},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": image or f"{release.name}:{release.version}"}]},
            },
        },
    }
    text = yaml.safe_dump(workload).replace("replicas: 1", "replicas: {{ .Values.replicaCount | default 1 }}")
    (directory / "templates" / "workload.yaml").write_text(text, encoding="utf-8")
    if release.name == "envoy-gateway":
        (directory / "crds").mkdir(exist_ok=True)
        (directory / "crds" / "definitions.yaml").write_text(yaml.safe_dump(_definition()), encoding="utf-8")


def _definition() -> dict[str, Any]:
    group, plural = "gateway.envoyproxy.io", "envoyproxies"
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": "EnvoyProxy", "plural": plural},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def put_secrets(cluster: DeliveryCluster, platform: Platform) -> None:
    """Every required Secret in its namespace; each key's value names the key."""
    for body in namespaces(platform):
        cluster.put(body)
    for secret in required_secrets(platform):
        # What must be alike is told by the keys themselves.
        named = {key.name: key.name if key.same_as is None else key.same_as.key for key in secret.keys}
        values = {name: f"the-value-of-{shared}" for name, shared in named.items()}
        cluster.put(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": secret.name, "namespace": secret.namespace},
                "type": secret.type,
                "data": {name: base64.b64encode(value.encode()).decode() for name, value in values.items()},
            }
        )


def well(host: str, path: str) -> Page:
    """What an installation answers when all is well."""
    if host.startswith("id."):
        return 200, {"issuer": f"https://{host}/"}
    if host.startswith(("hub.", "chat.")):
        return 200, {"status": True}
    return 200, "<h1>A site</h1>"


@contextlib.contextmanager
def running_world(directory: Path, kept: Store | None = None) -> Iterator[World]:
    """A cluster as another was, or with the required Secrets and nothing else; charts, and an entry that answers."""
    with running_delivery_cluster() as cluster, running_entry(directory) as entry:
        world = World(cluster, entry, directory)
        world.kubeconfig.write_text(cluster.kubeconfig(), encoding="utf-8")
        (directory / "platform.yaml").write_text(PLATFORM_TEXT, encoding="utf-8")
        for release in releases(world.platform()):
            if release.name != PRESSWERK.name:
                write_chart(world.charts, release)
        if kept is None:
            put_secrets(cluster, world.platform())
        else:
            cluster.store = copy.deepcopy(kept)
        yield world


def installed(directory: Path) -> Store:
    """A cluster with the platform on it, for as many worlds as need one."""
    with running_world(directory) as running:
        assert running.deploy().outcome == "done"
        return running.keep()


@contextlib.contextmanager
def connected(cluster: DeliveryCluster, directory: Path) -> Iterator[ClusterApi]:
    """A connection to a cluster; its kubeconfig is in the directory."""
    file = directory / "kubeconfig"
    file.write_text(cluster.kubeconfig(), encoding="utf-8")
    with contextlib.closing(connect(KubeContext(file))) as connection:
        yield connection


def lease(holder: str, renewed: str = "2026-11-23T10:00:00.000000Z") -> Body:
    """The lock of deliveries as somebody holds it."""
    return {
        "apiVersion": kinds.LEASE.api_version,
        "kind": kinds.LEASE.name,
        "metadata": {"name": LEASE.name, "namespace": LEASE.namespace},
        "spec": {"holderIdentity": holder, "acquireTime": "2026-11-23T10:00:00.000000Z", "renewTime": renewed},
    }


@contextlib.contextmanager
def running_entry(directory: Path) -> Iterator[Entry]:
    """Answers https for every host below press.example, with a certificate of an authority of its own."""
    certificate = directory / "entry.pem"
    authority = _certificates(directory, certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _EntryHandler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    entry = Entry(int(server.server_address[1]), authority, well)
    server.entry = entry  # type: ignore[attr-defined]  # the handler finds it there
    with serving(server):
        yield entry


class _EntryHandler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        entry: Entry = self.server.entry  # type: ignore[attr-defined]  # see running_entry
        status, told = entry.page(self.headers["Host"].partition(":")[0], self.path)
        as_json = isinstance(told, dict)
        content = (json.dumps(told) if as_json else str(told)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if as_json else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _certificates(directory: Path, target: Path) -> Path:
    now = dt.datetime.now(dt.UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])

    def begun(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
        )

    authority = (
        begun(root, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .add_extension(_usage(signs=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "press.example")])
    leaf = (
        begun(subject, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.press.example")]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    target.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    found = directory / "authority.pem"
    found.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    return found


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
