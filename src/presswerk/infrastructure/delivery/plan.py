"""What a delivery consists of, in order, and what each step would change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from presswerk.declaration import Platform
from presswerk.infrastructure.delivery.charts import Chart
from presswerk.infrastructure.delivery.helm import DEPLOYED, Helm, History
from presswerk.kubernetes.api import UNCHANGED, ClusterApi
from presswerk.kubernetes.kinds import Body, ref_of
from presswerk.runtimes.cluster.rendering import objects
from presswerk.runtimes.cluster.rendering.releases import OPEN_WEBUI, PRESSWERK, Release, releases
from presswerk.runtimes.cluster.rendering.values import Resources, Values, over, values_of

_DEFINITION = "CustomResourceDefinition"


@dataclass(frozen=True)
class ObjectsStep:
    """Objects of ours to apply."""

    name: str
    bodies: Sequence[Body]


@dataclass(frozen=True)
class ReleaseStep:
    """A chart to install or upgrade.

    Attributes:
        release: Which, and at which version.
        chart: It.
        values: Of it.
        first: Its values for the very first time, if others; they must have come to rest before the real ones follow.
    """

    release: Release
    chart: Chart
    values: Values
    first: Values | None = None

    @property
    def name(self) -> str:
        """Of the release."""
        return self.release.name

    @property
    def content(self) -> str:
        """What tells its revision from others."""
        return self.chart.content(self.values)


Step = ObjectsStep | ReleaseStep


@dataclass(frozen=True)
class PlannedChange:
    """What a step would do.

    Attributes:
        what: The release's name, or what the objects are.
        action: `install`, `upgrade`, `repair`, `change` or `unchanged`.
        detail: From which version to which, or which objects.
    """

    what: str
    action: str
    detail: str


def wanted_releases(platform: Platform, version: str) -> tuple[Release, ...]:
    """The platform's releases, with Presswerk at a version."""
    return tuple(replace(each, version=version) if each.name == PRESSWERK.name else each for each in releases(platform))


def steps(
    platform: Platform,
    *,
    resources: Resources,
    charts: Mapping[str, Chart],
    definitions: Callable[[Path], str],
    version: str,
    gateway_api: Sequence[Body] = (),
    extra: Mapping[str, Values] = MappingProxyType({}),
) -> tuple[Step, ...]:
    """The whole delivery, in the order of its needs.

    Args:
        platform: Needs a domain.
        resources: Of each workload.
        charts: Of each release, by its name.
        definitions: Reads a chart's `crds/`.
        version: Of Presswerk.
        gateway_api: Definitions for an entry whose chart does not bring them.
        extra: Release -> values that go over the rendered ones.
    """
    rendered = values_of(platform, resources)
    values = {name: over(each, extra.get(name, {})) for name, each in rendered.items()}
    entry, certificates, identity, chat, ours = (
        ReleaseStep(each, charts[each.name], values[each.name]) for each in wanted_releases(platform, version)
    )
    chat = replace(chat, first={**chat.values, "replicaCount": 1})
    laid_out: list[Step | None] = [
        ObjectsStep("namespaces", objects.namespaces(platform)),
        _some("the Gateway API's definitions", gateway_api),
        *_with_definitions(entry, definitions),
        _some("the entry's class", objects.entry(platform, resources)),
        *_with_definitions(certificates, definitions),
        ObjectsStep("the identity provider's blueprint", objects.blueprint(platform)),
        *_with_definitions(identity, definitions),
        ObjectsStep("who may reach the chat", objects.chat_policies(platform)),
        *_with_definitions(chat, definitions),
        ObjectsStep("what a Tenant is", objects.definitions()),
        *_with_definitions(ours, definitions),
        _some("tenants", tuple(objects.tenants(platform).values())),
    ]
    return tuple(each for each in laid_out if each is not None)


def _some(name: str, bodies: Sequence[Body]) -> ObjectsStep | None:
    return ObjectsStep(name, bodies) if bodies else None


def _with_definitions(step: ReleaseStep, definitions: Callable[[Path], str]) -> tuple[Step | None, Step]:
    text = definitions(step.chart.path) if step.chart.defines else ""
    found: list[Any] = [body for body in yaml.safe_load_all(text) if body]
    return _some(f"definitions of {step.name}", found), step


def restorable(plan: Sequence[Step]) -> tuple[Body, ...]:
    """The objects a rollback may bring back: no namespaces, and no definitions, since an older one may lose data."""
    bodies = [body for step in plan if isinstance(step, ObjectsStep) for body in step.bodies]
    return tuple(body for body in bodies if body["kind"] not in {_DEFINITION, "Namespace"})


def change(step: Step, connection: ClusterApi, helm: Helm) -> PlannedChange:
    """What a step would do now.

    Raises:
        PresswerkError: The cluster or Helm refused.
    """
    if isinstance(step, ReleaseStep):
        return _release_change(step, helm.history(step.release), helm)
    outcomes = ((ref_of(body), connection.outcome_of_applying(body, dry_run=True)) for body in step.bodies)
    touched = [f"{outcome} {ref}" for ref, outcome in outcomes if outcome != UNCHANGED]
    return PlannedChange(step.name, "change" if touched else UNCHANGED, ", ".join(touched))


def _release_change(step: ReleaseStep, history: History, helm: Helm) -> PlannedChange:
    newest, deployed = history.newest, history.deployed
    if newest is None:
        return PlannedChange(step.name, "install", step.chart.version)
    if newest.is_pending:
        done = f"goes back to revision {history.good.number}" if history.good else "is removed"
        return PlannedChange(
            step.name, "repair", f"revision {newest.number} is {newest.status}: it {done}, then {step.chart.version}"
        )
    if is_current(step, history, helm):
        return PlannedChange(step.name, UNCHANGED, step.chart.version)
    before = (deployed or newest).chart.removeprefix(f"{step.release.chart.rpartition('/')[2]}-")
    same = before == step.chart.version
    detail = f"{before}, with other values or content" if same else f"{before} -> {step.chart.version}"
    return PlannedChange(step.name, "upgrade", detail)


def is_current(step: ReleaseStep, history: History, helm: Helm) -> bool:
    """Whether a release is already what it shall be."""
    newest = history.newest
    if newest is None or newest.status != DEPLOYED:
        return False
    return helm.content(step.release, newest.number) == step.content


def is_first(release: Release, history: History) -> bool:
    """Whether a release that begins smaller has never been whole."""
    return release.name == OPEN_WEBUI.name and history.good is None
