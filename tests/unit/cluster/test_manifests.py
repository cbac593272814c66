"""A tenant's objects: as agreed on, taken by three versions of Kubernetes, and safe for any tenant there can be."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk import __version__
from presswerk.declaration import DatabaseKind, HouseStyle, LimitOverrides, Platform, Tenant, TierName
from presswerk.declaration.images import ContainerImages
from presswerk.kubernetes.kinds import ref_of
from presswerk.runtimes.cluster.cluster import Cluster, Storage
from presswerk.runtimes.cluster.crd import tenant_crd
from presswerk.runtimes.cluster.manifests import DesiredTenant, Move, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.rendering.text import yaml_stream
from presswerk.runtimes.cluster.resource import tenant_body, tenant_of
from presswerk.runtimes.databases import DatabaseAccess, TcpServer
from tests.support.cluster_schemas import VERSIONS, problems_with

SNAPSHOTS = Path(__file__).parent / "snapshots"
# PRESSWERK_UPDATE_SNAPSHOTS=1 writes what is rendered now in the place of what was agreed on; read the difference.
UPDATE = os.environ.get("PRESSWERK_UPDATE_SNAPSHOTS") == "1"
WEB_SERVER = "nginx.conf"
CLUSTER = Cluster("press.example", storage=Storage("ionos-ssd", "ionos-nfs"), hub_url="https://hub.press.example")
SECRET = "s3cret-{}-that-nobody-may-see"
SALTS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY")
PLATFORM = Platform(tenants=(Tenant(id="any", name="Any"),), domain="press.example")


def secrets_of(tenant: Tenant) -> SiteSecrets:
    kind = PLATFORM.allotment(tenant).database
    server = TcpServer("mariadb.lan.example")
    return SiteSecrets(
        salts={name: SECRET.format(name) for name in SALTS},
        application_password=SECRET.format("application"),
        issuer="https://id.press.example/application/o/presswerk/",
        client_id=f"site-{tenant.id}",
        client_secret=SECRET.format("client"),
        database=None
        if kind is DatabaseKind.SQLITE
        else DatabaseAccess(server, "site_x", "site_x_a", SECRET.format("database")),
    )


def rendered(tenant: Tenant, cluster: Cluster = CLUSTER, *, suspended: bool = False) -> tuple[dict[str, Any], ...]:
    return tenant_objects(DesiredTenant(cluster, tenant, PLATFORM.allotment(tenant), suspended), secrets_of(tenant))


NAMED = {
    "free": (Tenant(id="bakery", name="The Corner Bakery"), False),
    "pro": (
        Tenant(id="acme", name="Acme News", tier=TierName.PRO, domains=("news.acme.example", "acme.example")),
        False,
    ),
    "enterprise": (
        Tenant(
            id="nordlicht", name="Verlag Nordlicht", tier=TierName.ENTERPRISE, language="de", theme="twentytwentyfive"
        ),
        False,
    ),
    "suspended": (Tenant(id="acme", name="Acme News", tier=TierName.PRO), True),
}


def tenants() -> st.SearchStrategy[Tenant]:
    """Any tenant that the platform's tiers allow."""
    ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,18}[a-z0-9]", fullmatch=True)
    label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
    domain = st.builds(lambda first, second: f"{first}.{second}.example", label, label)
    return st.builds(
        Tenant,
        id=ids,
        name=st.text(min_size=1, max_size=100).filter(str.strip),
        tier=st.sampled_from([TierName.PRO, TierName.ENTERPRISE]),
        domains=st.lists(domain, max_size=20, unique=True).map(tuple),
        language=st.sampled_from(["de", "en-GB", "pt-BR"]),
        overrides=st.builds(
            LimitOverrides,
            storage_gib=st.none() | st.integers(1, 100),
            php_workers=st.none() | st.integers(2, 16),
            cpu_millicores=st.none() | st.integers(50, 2_000),
            memory_mib=st.none() | st.integers(128, 2_048),
        ),
        house_style=st.builds(HouseStyle, voice=st.none() | st.just("Plain.")),
    ) | st.builds(Tenant, id=ids, name=st.just("Free"))


@pytest.mark.parametrize("name", NAMED)
def test_the_objects_are_those_agreed_on(name: str) -> None:
    tenant, suspended = NAMED[name]
    text, file = yaml_stream(map(_readable, rendered(tenant, suspended=suspended))), SNAPSHOTS / f"{name}.yaml"
    if UPDATE:
        file.write_text(text, encoding="utf-8")

    assert text == file.read_text(encoding="utf-8")


def _readable(body: dict[str, Any]) -> dict[str, Any]:
    """An object as a reviewer reads it: what a Secret holds as the texts they are."""
    if body["kind"] != "Secret":
        return body
    told = {file: base64.b64decode(value).decode() for file, value in body["data"].items()}
    if WEB_SERVER in told:
        # Long, and the same for every site.
        agreed = SNAPSHOTS / WEB_SERVER
        if UPDATE:
            agreed.write_text(told[WEB_SERVER], encoding="utf-8")
        assert told[WEB_SERVER] == agreed.read_text(encoding="utf-8")
        told[WEB_SERVER] = "as in the file beside this one"
    return {**body, "data": told}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMED)
def test_kubernetes_takes_every_object(name: str, version: str) -> None:
    tenant, suspended = NAMED[name]

    for storage in (CLUSTER.storage, Storage()):
        cluster = Cluster("press.example", storage=storage)
        for body in (*rendered(tenant, cluster, suspended=suspended), tenant_body(tenant, suspended=suspended)):
            assert problems_with(body, version, [tenant_crd()]) == []


@pytest.mark.parametrize("to", ["file", "server"])
def test_what_moves_content_is_taken_and_goes_where_it_shall(to: str) -> None:
    tenant = Tenant(id="acme", name="Acme News", tier=TierName.FREE if to == "file" else TierName.ENTERPRISE)
    access = None if to == "file" else DatabaseAccess(TcpServer("new.lan"), "site_acme", "u", SECRET.format("target"))
    wanted = DesiredTenant(CLUSTER, tenant, PLATFORM.allotment(tenant), suspended=True, volume_is_shared=False)

    objects = tenant_objects(wanted, secrets_of(NAMED["pro"][0]), move=Move(access, 3))

    for body in objects:
        assert problems_with(body, VERSIONS[-1], [tenant_crd()]) == []
        assert body["kind"] == "Secret" or "s3cret-" not in json.dumps(body)
    (job,) = [body for body in objects if body["kind"] == "Job"]
    (arriving,) = [body for body in objects if body["metadata"]["name"] == "site-arriving"]
    told = base64.b64decode(arriving["data"]["config.php"]).decode()
    out, put = (job["spec"]["template"]["spec"][key][0]["command"][-1] for key in ("initContainers", "containers"))
    assert job["metadata"]["name"] == "site-move-3"
    assert "sleep 60" in out
    assert ("new.lan" in told, "/moving/database" in told) == (to == "server", to == "file")
    assert ("mv /var/lib/presswerk/moving/database/site.sqlite" in put) == (to == "file")
    for script in (out, put):
        assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


@pytest.mark.parametrize("name", NAMED)
def test_pods_of_a_private_image_show_its_registry_what_the_platform_was_given(name: str) -> None:
    tenant, suspended = NAMED[name]
    images = ContainerImages(registry="registry.example/our", private=True)
    shown = json.dumps({"auths": {"registry.example": {"username": "pull", "password": SECRET.format("registry")}}})
    cluster = replace(Cluster.of(PLATFORM.model_copy(update={"images": images})), registry_credentials=shown)

    objects = rendered(tenant, cluster, suspended=suspended)

    for body in objects:
        assert problems_with(body, VERSIONS[-1], [tenant_crd()]) == []
        assert body["kind"] == "Secret" or SECRET.format("registry") not in json.dumps(body)
    (secret,) = [body for body in objects if body.get("type") == "kubernetes.io/dockerconfigjson"]
    (account,) = [body for body in objects if body["kind"] == "ServiceAccount"]
    assert base64.b64decode(secret["data"][".dockerconfigjson"]).decode() == shown
    assert account["imagePullSecrets"] == [{"name": secret["metadata"]["name"]}]
    assert objects.index(secret) < objects.index(account)
    templates = [body["spec"]["template"]["spec"] for body in objects if body["kind"] in {"Deployment", "Job"}]
    assert {each["serviceAccountName"] for each in templates} == {account["metadata"]["name"]}
    images_of = {container["image"] for each in templates for container in each["containers"]}
    assert images_of == {f"registry.example/our/presswerk/wordpress:{__version__}"}
    assert SECRET.format("registry") not in repr(cluster)


@settings(max_examples=8)
@given(tenant=tenants(), suspended=st.booleans())
def test_any_tenant_gives_objects_that_kubernetes_takes(tenant: Tenant, suspended: bool) -> None:
    for body in rendered(tenant, suspended=suspended):
        assert problems_with(body, VERSIONS[-1], [tenant_crd()]) == []
    assert problems_with(tenant_body(tenant, suspended=suspended), VERSIONS[-1], [tenant_crd()]) == []


@settings(max_examples=40)
@given(tenant=tenants())
def test_a_secret_is_in_secrets_and_nowhere_else(tenant: Tenant) -> None:
    for body in rendered(tenant):
        text = json.dumps(body)
        if body["kind"] == "Secret":
            text = "".join(base64.b64decode(value).decode() for value in body["data"].values())
        assert ("s3cret" in text) == (body["kind"] == "Secret")
    assert "s3cret" not in repr(secrets_of(tenant))


@settings(max_examples=60)
@given(first=tenants(), second=tenants())
def test_names_fit_and_never_meet_those_of_another_tenant(first: Tenant, second: Tenant) -> None:
    def places(tenant: Tenant) -> set[str]:
        bodies = (*rendered(tenant), *rendered(tenant, suspended=True))
        for body in bodies:
            longest = 52 if body["kind"] == "CronJob" else 63
            assert len(body["metadata"]["name"]) <= longest
            assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", body["metadata"]["name"])
            assert all(len(value) <= 63 for value in body["metadata"]["labels"].values())
        return {str(ref_of(body)) for body in bodies}

    if first.id != second.id:
        assert not places(first) & places(second)
    once = [str(ref_of(body)) for body in rendered(first)]
    assert len(once) == len(set(once))


@settings(max_examples=30)
@given(tenant=tenants(), suspended=st.booleans())
def test_a_resource_says_what_was_declared_and_the_same_input_gives_the_same_bytes(
    tenant: Tenant, suspended: bool
) -> None:
    read = tenant_of(tenant_body(tenant, suspended=suspended))

    assert (read.tenant, read.suspended) == (tenant, suspended)
    assert yaml_stream(rendered(read.tenant)) == yaml_stream(rendered(tenant))


def of_kind(
    kind: str, tenant: Tenant, cluster: Cluster = CLUSTER, *, suspended: bool = False
) -> list[Mapping[str, Any]]:
    return [body for body in rendered(tenant, cluster, suspended=suspended) if body["kind"] == kind]


@pytest.mark.parametrize("name", NAMED)
def test_every_pod_is_one_that_pod_security_restricted_lets_in(name: str) -> None:
    tenant, _ = NAMED[name]
    pods = [
        *(body["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for body in of_kind(kind, tenant)),
        *(body["spec"]["jobTemplate"]["spec"]["template"]["spec"] for body in of_kind("CronJob", tenant)),
    ]

    assert len(pods) == 3
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        for container in pod["containers"]:
            shut = container["securityContext"]
            assert (shut["allowPrivilegeEscalation"], shut["readOnlyRootFilesystem"]) == (False, True)
            assert shut["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory", "ephemeral-storage"} <= container["resources"]["limits"].keys()
        assert not [volume for volume in pod.get("volumes", []) if "hostPath" in volume]


@settings(max_examples=40)
@given(tenant=tenants())
def test_the_quota_has_room_for_copies_that_come_while_all_are_leaving_and_for_the_jobs(tenant: Tenant) -> None:
    (quota,) = of_kind("ResourceQuota", tenant)
    (deployment,) = of_kind("Deployment", tenant)
    scalers = of_kind("HorizontalPodAutoscaler", tenant)
    copies = scalers[0]["spec"]["maxReplicas"] if scalers else 1
    limits = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    (clock,) = of_kind("CronJob", tenant)
    pod = clock["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]

    for resource, unit in (("cpu", "m"), ("memory", "Mi"), ("ephemeral-storage", "Mi")):
        most = int(quota["spec"]["hard"][f"limits.{resource}"].removesuffix(unit))
        needed = int(limits[resource].removesuffix(unit)) * (2 * copies + 1) + int(pod[resource].removesuffix(unit))
        assert most >= needed
    assert int(quota["spec"]["hard"]["pods"]) >= 2 * copies + 2


def test_a_site_with_a_single_writer_is_away_no_longer_than_its_start_takes() -> None:
    """It cannot have two pods even for a moment: what it waits for beside its start is time without an answer."""
    for tenant, _ in NAMED.values():
        (deployment,) = of_kind("Deployment", tenant)
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        single = deployment["spec"]["strategy"]["type"] == "Recreate"

        assert container["startupProbe"]["periodSeconds"] == 1
        assert ("lifecycle" in container) is not single


def test_nobody_talks_to_anybody_unless_a_policy_says_so() -> None:
    tenant, _ = NAMED["pro"]
    policies = {body["metadata"]["name"]: body["spec"] for body in of_kind("NetworkPolicy", tenant)}

    assert set(policies) == {"default-deny", "site", "cron", "install"}
    assert all(policy["policyTypes"] == ["Ingress", "Egress"] for policy in policies.values())
    # For all pods, only what proves a domain to the certificate authority, and for none a way out.
    everybody = policies["default-deny"]
    assert (everybody["podSelector"], everybody["egress"]) == ({}, [])
    (challenge,) = everybody["ingress"]
    assert challenge["ports"] == [{"port": 8089, "protocol": "TCP"}]
    assert [peer["namespaceSelector"] for peer in challenge["from"]] == [
        peer["namespaceSelector"] for peer in policies["site"]["ingress"][0]["from"]
    ]
    selected = [policy["podSelector"]["matchLabels"] for policy in policies.values() if policy["podSelector"]]
    pods = [
        *(
            body["spec"]["template"]["metadata"]["labels"]
            for kind in ("Deployment", "Job")
            for body in of_kind(kind, tenant)
        ),
        of_kind("CronJob", tenant)[0]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"],
    ]
    for labels in pods:
        assert any(match.items() <= labels.items() for match in selected), labels
    outside = [
        block
        for rule in policies["site"]["egress"]
        for peer in rule["to"]
        if (block := peer.get("ipBlock", {})).get("cidr") == "0.0.0.0/0"
    ]
    assert len(outside) == 1
    assert {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16"} <= set(outside[0]["except"])


def test_one_node_volumes_and_files_have_a_single_copy_and_never_two_for_a_moment() -> None:
    free, pro = NAMED["free"][0], NAMED["pro"][0]

    for tenant, cluster in ((free, CLUSTER), (pro, Cluster("press.example"))):
        (deployment,) = of_kind("Deployment", tenant, cluster)
        assert deployment["spec"]["strategy"] == {"type": "Recreate"}
        assert deployment["spec"]["replicas"] == 1
        assert of_kind("HorizontalPodAutoscaler", tenant, cluster) == []
        assert of_kind("PodDisruptionBudget", tenant, cluster) == []
        (claim,) = of_kind("PersistentVolumeClaim", tenant, cluster)
        assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
        # A volume bound by its first consumer waits for the site's pod, and the installation for the site's node.
        (job,) = of_kind("Job", tenant, cluster)
        terms = job["spec"]["template"]["spec"]["affinity"]["podAffinity"]
        (term,) = terms["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["labelSelector"]["matchLabels"] == deployment["spec"]["selector"]["matchLabels"]


def test_from_pro_on_a_site_grows_where_many_nodes_can_mount_its_files() -> None:
    tenant = NAMED["pro"][0]

    (deployment,) = of_kind("Deployment", tenant)
    (scaler,) = of_kind("HorizontalPodAutoscaler", tenant)
    (budget,) = of_kind("PodDisruptionBudget", tenant)

    assert "replicas" not in deployment["spec"]
    assert scaler["spec"]["minReplicas"] >= 2
    assert budget["spec"]["maxUnavailable"] == 1


def test_a_suspended_site_runs_no_pod_and_leads_to_the_page_that_says_so() -> None:
    tenant, _ = NAMED["suspended"]

    (deployment,) = of_kind("Deployment", tenant, suspended=True)
    (route,) = of_kind("HTTPRoute", tenant, suspended=True)
    (grant,) = of_kind("ReferenceGrant", tenant, suspended=True)
    (clock,) = of_kind("CronJob", tenant, suspended=True)

    assert deployment["spec"]["replicas"] == 0
    (backend,) = route["spec"]["rules"][0]["backendRefs"]
    assert (backend["name"], backend["namespace"]) == (CLUSTER.closed_page.name, grant["metadata"]["namespace"])
    assert grant["spec"]["from"][0]["namespace"] == route["metadata"]["namespace"]
    assert clock["spec"]["suspend"] is True
    assert of_kind("Job", tenant, suspended=True) == []
    assert of_kind("PersistentVolumeClaim", tenant, suspended=True) == of_kind("PersistentVolumeClaim", tenant)


def test_another_input_is_another_installation_and_a_secret_is_no_input() -> None:
    tenant = NAMED["free"][0]

    def job(of: Tenant) -> str:
        return str(of_kind("Job", of)[0]["metadata"]["name"])

    assert job(tenant) == job(tenant.model_copy(update={"house_style": HouseStyle(voice="Plain.")}))
    assert job(tenant) != job(tenant.model_copy(update={"name": "Another"}))


def containers_of(objects: tuple[dict[str, Any], ...]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every container with the pod that it is of."""
    pods = []
    for body in objects:
        spec = body.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            pods.append(spec["template"]["spec"])
    return [(pod, each) for pod in pods for each in (*pod.get("initContainers", ()), *pod["containers"])]


def test_every_container_can_write_somewhere_else_than_in_its_image() -> None:
    tenant = NAMED["free"][0]
    wanted = DesiredTenant(CLUSTER, tenant, PLATFORM.allotment(tenant), suspended=True)
    moving = tenant_objects(wanted, secrets_of(tenant), move=Move(None, 0))

    found = containers_of((*rendered(tenant), *moving))

    assert {container["name"] for _, container in found} == {"site", "clock", "out", "in"}
    for pod, container in found:
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert {"name": "temporary", "mountPath": "/tmp"} in container["volumeMounts"]
        assert any(volume["name"] == "temporary" and "emptyDir" in volume for volume in pod["volumes"])


def test_whom_the_platform_trusts_its_sites_trust_too() -> None:
    tenant = NAMED["free"][0]
    trusting = replace(CLUSTER, authorities="-----BEGIN CERTIFICATE-----\n")
    wanted = DesiredTenant(trusting, tenant, PLATFORM.allotment(tenant), suspended=True)
    objects = (*rendered(tenant, trusting), *tenant_objects(wanted, secrets_of(tenant), move=Move(None, 0)))

    for body in objects:
        if body["metadata"]["name"] in ("site-configuration", "site-arriving") and body["kind"] == "Secret":
            assert base64.b64decode(body["data"]["authorities.pem"]).decode() == trusting.authorities
    file = {"name": "SSL_CERT_FILE", "value": "/etc/presswerk/site/authorities.pem"}
    for pod, container in containers_of(objects):
        if container["name"] == "clock":
            continue
        assert file in container["env"]
        mounted = {item["path"] for volume in pod["volumes"] for item in volume.get("secret", {}).get("items", ())}
        assert "authorities.pem" in mounted
    assert "SSL_CERT_FILE" not in yaml_stream(rendered(tenant))
