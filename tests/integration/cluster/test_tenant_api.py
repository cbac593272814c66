"""The hub's tenant API as a cluster has it: over HTTP, with the operator's own code running, at an emulated API."""

import contextlib
import functools
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from presswerk.cli.tenant import app
from presswerk.database import connect, migrate
from presswerk.declaration import Platform, Tenant, TierName
from presswerk.errors import PresswerkError
from presswerk.identity import ApiKeys, AuditTrail, KnownPeople
from presswerk.identity.providers.authentik import AuthentikTenants
from presswerk.kubernetes.kinds import TENANT
from presswerk.operations.external_services import AuthentikSignOn, RegistryConnections
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster as Layout
from presswerk.runtimes.cluster.operator.process import HealthAddress, Operator
from presswerk.runtimes.cluster.operator.services import ExternalServices
from presswerk.runtimes.cluster.operator.worker import Pace
from presswerk.runtimes.cluster.rendering.rights import hub_rules
from presswerk.runtimes.cluster.rendering.values import platform_text
from presswerk.runtimes.cluster.resource import tenant_body
from presswerk.tenants import InvalidTenant, KeptAtProvider, TenantRegistry, UnknownTenant, Vault
from presswerk.web.settings import load_settings
from tests.support.authentik_double import TOKEN, AuthentikDouble, running_authentik
from tests.support.cluster import Cluster, running_cluster
from tests.support.hub import HubClient, HubProcess, hub_environment, running_hub
from tests.support.issuer import Issuer
from tests.support.outside import Others
from tests.support.process import free_port
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

PLATFORM = Platform(tenants=(Tenant(id="acme", name="Acme News"),), domain="press.example")
BAKERY = {"id": "bakery", "name": "The Corner Bakery", "tier": "pro"}


@dataclass
class World:
    """A hub whose tenants are on a cluster, and everybody beside it."""

    hub: HubProcess
    cluster: Cluster
    authentik: AuthentikDouble
    issuer: Issuer

    def person(self, name: str, group: str) -> HubClient:
        """Somebody whom the provider has in a group, signed in."""
        with self.authentik.lock:
            store = self.authentik.store
            user = next((each for each in store.users.values() if each["username"] == name), None) or store.user(name)
            found = store.group_named(group) or store.make_group({"name": group})
            store.members.setdefault(found["pk"], set()).add(user["pk"])
        return self.hub.client(self.issuer.access_token(user["uid"], name=name, groups=(group,)))

    @functools.cached_property
    def operator(self) -> HubClient:
        return self.person("olivia", "presswerk-admin")

    def admin_of(self, tenant: str) -> HubClient:
        """An admin of a tenant that is ready."""
        return self.person(f"admin-of-{tenant}", f"tenant-{tenant}-admin")

    def groups_of(self, name: str) -> set[str]:
        """Which groups the provider has somebody in."""
        with self.authentik.lock:
            store = self.authentik.store
            user = next(pk for pk, each in store.users.items() if each["username"] == name)
            return {store.groups[pk]["name"] for pk, inside in store.members.items() if user in inside}

    def ask(self, method: str, path: str, status: int, **arguments: Any) -> dict[str, Any]:
        answer = self.operator.request(method, path, **arguments)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def tenant(self, tenant_id: str) -> dict[str, Any] | None:
        answer = self.operator.request("GET", f"/tenants/{tenant_id}")
        return answer.json() if answer.status_code == 200 else None

    def await_phase(self, tenant_id: str, phase: str | None) -> None:
        until(lambda: (self.tenant(tenant_id) or {}).get("phase") == phase)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("tenant-api")
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(running_cluster())
        authentik = stack.enter_context(running_authentik())
        # The operator's own lines, so that a command's output is its own.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
        stack.callback(structlog.reset_defaults)
        cluster.controllers = True
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}})
        (directory / "kubeconfig").write_text(cluster.kubeconfig())
        (directory / "platform.yaml").write_text(platform_text(PLATFORM))
        environment = hub_environment(
            f"sqlite:///{directory}/hub.db",
            issuer.url,
            PRESSWERK_RUNTIME="cluster",
            PRESSWERK_PLATFORM_FILE=str(directory / "platform.yaml"),
            PRESSWERK_DIRECTORY_URL=authentik.url,
            PRESSWERK_DIRECTORY_TOKEN=TOKEN,
            KUBECONFIG=str(directory / "kubeconfig"),
        )
        stack.enter_context(_running_operator(cluster, authentik, environment))
        hub = stack.enter_context(running_hub(directory, environment))
        yield World(hub, cluster, authentik, issuer)


@contextlib.contextmanager
def _running_operator(cluster: Cluster, authentik: AuthentikDouble, environment: dict[str, str]) -> Iterator[None]:
    """The operator with the hub's registry and Authentik's API; for databases, chat and gateway see `Others`."""
    settings, others = load_settings(environment), Others()
    doubles = others.outside()
    engine = connect(settings.database_url.get_secret_value())
    migrate(engine)
    registry = TenantRegistry(engine, Vault.from_setting(settings.encryption_keys.get_secret_value()))
    services = ExternalServices(
        doubles.databases,
        AuthentikSignOn(AuthentikTenants(authentik.url, TOKEN)),
        doubles.chat,
        RegistryConnections(registry, engine),
    )
    stop, ready = threading.Event(), threading.Event()
    listening, pace = HealthAddress(port=free_port()), Pace(first_seconds=0.01)
    layout = Layout.of(PLATFORM)
    operator = Operator(cluster.client(), layout, PLATFORM, services, listening, traffic=others.traffic(), pace=pace)
    thread = threading.Thread(target=operator.run, kwargs={"stop": stop, "ready": ready})
    thread.start()
    try:
        ready.wait()
        yield
    finally:
        stop.set()
        thread.join()
        engine.dispose()


def test_a_tenants_life_over_the_api(world: World) -> None:
    made = world.ask("POST", "/tenants", 202, json=BAKERY)
    world.await_phase("bakery", "Ready")
    ready = world.ask("GET", "/tenants/bakery", 200)
    listed = world.ask("GET", "/tenants", 200)["items"]

    assert (made["phase"], made["declared_in"], made["url"]) == ("Pending", "command", None)
    assert (ready["problem"], ready["url"]) == (None, "https://bakery.press.example")
    assert [each["tenant"]["id"] for each in listed if each["tenant"]["id"] == "bakery"] == ["bakery"]

    world.ask("PATCH", "/tenants/bakery", 202, json={"name": "Bäckerei", "language": "de"})
    world.await_phase("bakery", "Ready")
    body = world.cluster.get(TENANT, "bakery")
    assert body is not None
    assert (body["spec"]["name"], body["spec"]["language"]) == ("Bäckerei", "de")

    assert world.ask("POST", "/tenants/bakery/suspend", 202)["phase"] == "Pending"
    world.await_phase("bakery", "Suspended")
    refused = world.admin_of("bakery").request("POST", "/publications", json={"tenant": "bakery", "markdown": "# x"})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "tenant-suspended")
    world.ask("POST", "/tenants/bakery/resume", 202)
    world.await_phase("bakery", "Ready")

    waiting = world.ask("DELETE", "/tenants/bakery?in_days=7", 202)
    assert waiting["phase"] == "Deleting"
    world.ask("POST", "/tenants/bakery/resume", 202)
    world.await_phase("bakery", "Ready")

    world.ask("DELETE", "/tenants/bakery?in_days=0", 202)
    world.await_phase("bakery", None)
    assert world.ask("GET", "/tenants", 200)["items"] == []
    assert [str(key) for key in world.cluster.everything() if "bakery" in str(key)] == []
    trail = AuditTrail(connect(world.hub.environment["PRESSWERK_DATABASE_URL"])).list()
    asked = [record.action for record in reversed(trail) if record.name == "olivia"]
    assert asked == [
        "tenant.create", "tenant.update", "tenant.suspend", "tenant.resume", "tenant.delete", "tenant.resume",
        "tenant.delete",
    ]  # fmt: skip


def test_the_same_request_again_changes_nothing(world: World) -> None:
    world.ask("POST", "/tenants", 202, json={"id": "twice", "name": "Twice"})
    world.await_phase("twice", "Ready")
    before = world.cluster.get(TENANT, "twice")

    world.ask("POST", "/tenants", 202, json={"id": "twice", "name": "Twice"})
    world.ask("PATCH", "/tenants/twice", 202, json={"name": "Twice"})
    world.ask("POST", "/tenants/twice/resume", 202)
    other = world.operator.request("POST", "/tenants", json={"id": "twice", "name": "Other"})

    assert world.cluster.get(TENANT, "twice") == before
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "tenant-exists")


def test_what_is_declared_elsewhere_is_refused_with_where(world: World) -> None:
    world.cluster.put(tenant_body(PLATFORM.tenants[0]), manager="presswerk-deploy")
    flux = tenant_body(Tenant(id="flux", name="Flux"))
    labels = {"kustomize.toolkit.fluxcd.io/name": "tenants", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    world.cluster.put({**flux, "metadata": {**flux["metadata"], "labels": labels}}, manager="kustomize-controller")

    for tenant, where, told in (
        ("acme", "file", "platform.yaml"),
        ("flux", "repository", "Flux's Kustomization tenants"),
    ):
        answer = world.operator.request("POST", f"/tenants/{tenant}/suspend")
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "declared-elsewhere")
        assert told in answer.json()["detail"]
        assert world.ask("GET", f"/tenants/{tenant}", 200)["declared_in"] == where


def test_whoever_lacks_the_role_changes_nothing(world: World) -> None:
    world.ask("POST", "/tenants", 202, json={"id": "shut", "name": "Shut"})
    world.await_phase("shut", "Ready")
    admin, stranger = world.admin_of("shut"), world.admin_of("other")

    assert admin.request("GET", "/tenants/shut").status_code == 200
    assert admin.request("POST", "/tenants/shut/suspend").status_code == 403
    assert stranger.request("GET", "/tenants/shut").status_code == 404
    assert stranger.request("DELETE", "/tenants/shut").status_code == 404


def test_members_are_whom_the_provider_has_in_the_tenants_groups(world: World) -> None:
    world.ask("POST", "/tenants", 202, json={"id": "people", "name": "People"})
    world.await_phase("people", "Ready")
    world.person("greta", "tenant-people-editor")

    items = world.ask("GET", "/tenants/people/members", 200)["items"]
    to_admin = world.admin_of("people").request("GET", "/tenants/people/members").json()["items"]

    assert items == [
        {"user_name": "greta", "given_name": "Greta", "family_name": "", "email": "greta@example.com", "role": "editor"}
    ]
    # Whether she belongs to others, too, nobody here knows: so her address is hers.
    assert {**items[0], "email": None} in to_admin


def test_members_are_given_changed_and_taken_over_the_api(world: World) -> None:
    world.ask("POST", "/tenants", 202, json={"id": "crowd", "name": "Crowd"})
    world.await_phase("crowd", "Ready")
    admin, gina = world.admin_of("crowd"), world.person("gina", "tenant-crowd-admin")
    key = gina.request("POST", "/api-keys", json={"tenant": "crowd", "role": "author", "label": "CI"}).json()["secret"]
    path = "/tenants/crowd/members/gina"

    raised = admin.request("PUT", path, json={"role": "editor"})
    until(lambda: world.groups_of("gina") == {"tenant-crowd-editor"})
    works = world.hub.client(key).request("GET", "/me").status_code
    gone = admin.request("DELETE", path)
    ended = world.hub.client(key).request("GET", "/me").status_code
    until(lambda: world.groups_of("gina") == set())
    stranger = admin.request("PUT", path, json={"role": "author"})
    by_operator = world.ask("PUT", path, 202, json={"role": "author"})
    until(lambda: world.groups_of("gina") == {"tenant-crowd-author"})
    account = world.operator.request(
        "PUT", path, json={"role": "author", "given_name": "G", "family_name": "G", "email": "g@example.com"}
    )
    invited = admin.request("POST", "/tenants/crowd/invitations", json={"role": "author"})

    assert (raised.status_code, works, gone.status_code, ended) == (202, 200, 202, 401)
    assert raised.json()["first_password"] is None
    assert {each["user_name"]: each["role"] for each in raised.json()["items"]}["gina"] == "editor"
    assert "gina" not in {each["user_name"] for each in gone.json()["items"]}
    assert (stranger.status_code, stranger.json()["errors"][0]["field"]) == (422, "user_name")
    assert {each["user_name"]: each["role"] for each in by_operator["items"]}["gina"] == "author"
    assert account.status_code == 422
    assert (invited.status_code, invited.json()["state"]) == (201, "open")


def test_the_hub_asks_the_cluster_for_nothing_that_it_may_not(world: World) -> None:
    """Every request about Tenants that this file's other tests made it send, held against the rights of the chart."""
    (rule,) = hub_rules()
    world.cluster.calls.clear()
    world.ask("POST", "/tenants", 202, json={"id": "rights", "name": "Rights"})
    world.ask("PATCH", "/tenants/rights", 202, json={"name": "Right"})
    world.ask("GET", "/tenants", 200)
    world.ask("DELETE", "/tenants/rights?in_days=0", 202)
    world.await_phase("rights", None)

    by_operator = {"apply", "status", "watch"}
    asked = {call.verb for call in world.cluster.calls if call.key.plural == TENANT.plural} - by_operator
    assert asked == set(rule["verbs"])


def test_a_key_ends_with_its_tenant(world: World) -> None:
    world.ask("POST", "/tenants", 202, json={"id": "keys", "name": "Keys"})
    world.await_phase("keys", "Ready")
    body = {"tenant": "keys", "role": "author", "label": "CI"}
    secret = world.admin_of("keys").request("POST", "/api-keys", json=body).json()["secret"]
    world.ask("DELETE", "/tenants/keys?in_days=0", 202)
    world.await_phase("keys", None)

    engine = connect(world.hub.environment["PRESSWERK_DATABASE_URL"])
    assert world.hub.client(secret).request("GET", "/me").status_code == 401
    assert ApiKeys(engine, KnownPeople(engine)).list("keys") == ()


@dataclass(frozen=True)
class Command:
    """`presswerk tenant` for the tenants of one place."""

    place: tuple[str, str]

    def run(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        done = CliRunner().invoke(app, [*arguments, "--json", *self.place], catch_exceptions=False)
        assert done.exit_code == status, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture(params=["hub", "kubeconfig"])
def command(request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("PRESSWERK_API_KEY", world.operator.token)
    if request.param == "hub":
        return Command(("--hub", world.hub.url))
    data = {"platform.yaml": platform_text(PLATFORM)}
    metadata = {"name": "presswerk-platform", "namespace": names.PLATFORM_NAMESPACE}
    world.cluster.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    return Command(("--kubeconfig", world.hub.environment["KUBECONFIG"]))


def test_a_tenants_life_by_command(command: Command, request: pytest.FixtureRequest) -> None:
    tenant = f"by-{request.node.callspec.params['command']}"

    made = command.run("create", tenant, "--name", "Made here", "--tier", "pro", "--domain", f"{tenant}.example")
    again = command.run("create", tenant, "--name", "Made here", "--tier", "pro", "--domain", f"{tenant}.example")
    changed = command.run("update", tenant, "--name", "Changed here")
    scaled = command.run("scale", tenant, "--tier", "enterprise")
    shown = command.run("show", tenant)
    closed = command.run("suspend", tenant)
    opened = command.run("resume", tenant)
    leaving = command.run("delete", tenant, "--in-days", "7")
    back = command.run("resume", tenant)
    listed = [each["id"] for each in command.run("list")["tenants"]]
    gone = command.run("delete", tenant, "--now", "--yes")
    gone_already = command.run("delete", tenant, "--now", "--yes")

    assert (made["phase"], made["url"], made["carried_out"]) == ("Ready", f"https://{tenant}.example", True)
    assert {**again, "changes": []} == {**made, "changes": []}
    assert (changed["phase"], changed["name"], changed["domains"]) == ("Ready", "Changed here", [f"{tenant}.example"])
    assert (scaled["phase"], scaled["tier"], shown["database"]) == ("Ready", "enterprise", "own-mariadb")
    assert shown["limits"]["storage_gib"] == PLATFORM.tiers[TierName.ENTERPRISE].limits.storage_gib
    assert [each["phase"] for each in (closed, opened, leaving, back)] == ["Suspended", "Ready", "Deleting", "Ready"]
    assert tenant in listed
    assert gone["phase"] is gone_already["phase"] is None


def test_members_by_command_are_whom_the_provider_has(world: World, command: Command) -> None:
    command.run("create", "crew", "--name", "Crew")
    world.person("greta", "tenant-crew-editor")

    if command.place[0] == "--kubeconfig":
        for request in (("list", "crew"), ("add", "crew", "greta", "--role", "admin")):
            with pytest.raises(KeptAtProvider, match="--hub"):
                command.run("members", *request)
        return
    command.run("members", "add", "crew", "greta", "--role", "admin")
    found = command.run("members", "list", "crew")["members"]
    assert {each["user_name"]: each["role"] for each in found} == {"greta": "admin"}
    command.run("members", "remove", "crew", "greta")
    assert command.run("members", "list", "crew")["members"] == []


def test_a_command_says_what_is_wrong_as_the_place_says_it(command: Command) -> None:
    with pytest.raises(UnknownTenant, match="presswerk tenant list"):
        command.run("suspend", "nobody-here")
    with pytest.raises(InvalidTenant) as wrong:
        command.run("create", "wrong", "--name", "x", "--theme", "Not A Slug")
    with pytest.raises(PresswerkError) as not_on_this_tier:
        command.run("create", "wrong", "--name", "x", "--domain", "wrong.example")

    assert [field for field, _ in wrong.value.fields] == ["theme"]
    assert "domains" in f"{not_on_this_tier.value} {not_on_this_tier.value.fields}"
