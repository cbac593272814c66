"""What must hold before anything is changed, all told at once; and the plan of what will be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from presswerk.certificates import authorities
from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.capacity.assessment import assess_scaled, demand_of
from presswerk.infrastructure.capacity.model import PoolSize
from presswerk.infrastructure.delivery.charts import Chart, Charts
from presswerk.infrastructure.delivery.helm import Helm
from presswerk.infrastructure.delivery.plan import PlannedChange, Step, change, steps, wanted_releases
from presswerk.infrastructure.delivery.secrets import complete, read_secrets, told_never
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.rendering.releases import GATEWAY_API_URL, GATEWAY_API_VERSION
from presswerk.runtimes.cluster.rendering.values import Resources, Values


@dataclass(frozen=True)
class PreflightResult:
    """What one check found.

    Attributes:
        check: Its name.
        said: What it found, in a sentence.
        remedy: What to do; empty when all is well.
        good: Whether a delivery may begin.
    """

    check: str
    said: str
    remedy: str = ""
    good: bool = True


class NotPrepared(PresswerkError):
    """Checks failed; nothing was changed.

    Attributes:
        findings: All of them, the good ones too.
    """

    def __init__(self, findings: Sequence[PreflightResult]) -> None:
        bad = [each for each in findings if not each.good]
        told = "\n".join(f"  {each.check}: {each.said}\n    {each.remedy}".rstrip() for each in bad)
        super().__init__(f"Nothing was changed: {len(bad)} of {len(findings)} checks failed.\n{told}")
        self.findings = tuple(findings)


def tried(check: str, ask: Callable[[], str]) -> PreflightResult:
    """One check; a problem becomes its finding."""
    try:
        return PreflightResult(check, ask())
    except PresswerkError as problem:
        return PreflightResult(check, problem.problem, problem.remedy, good=False)


def supported(connection: ClusterApi, oldest: tuple[int, int]) -> str:
    """That the cluster answers, and is new enough.

    Raises:
        PresswerkError: It is not.
    """
    found = connection.version()
    if found < oldest:
        raise PresswerkError(
            f"the cluster at {connection.server} runs Kubernetes {_written(found)};"
            f" {_written(oldest)} is the oldest that works.",
            "Upgrade the cluster first: set k8s_version for `presswerk infra apply`.",
        )
    return f"{connection.server} runs Kubernetes {_written(found)}"


def _written(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def fits(platform: Platform) -> str:
    """That what is declared fits the declared node pool, as `presswerk capacity` reckons.

    Raises:
        PresswerkError: It does not.
    """
    scaling = platform.node_pool.autoscaling
    found = assess_scaled(
        demand_of(platform), PoolSize.of(platform.node_pool), None if scaling is None else scaling.max_nodes
    )
    if not found.fits:
        raise PresswerkError(
            f"what is declared does not fit {found.pool}: {found.missing} is missing.",
            "`presswerk capacity` says what would, and which pool to buy.",
        )
    return f"{found.pool} carry it"


_GATEWAY_FILE = f"gateway-api-{GATEWAY_API_VERSION}.yaml"


@dataclass(frozen=True)
class Prepared:
    """A delivery that may begin.

    Attributes:
        plan: Its steps.
        changes: What each would do.
        findings: Of the checks.
        secrets: Values that must never be told.
    """

    plan: Sequence[Step]
    changes: Sequence[PlannedChange]
    findings: Sequence[PreflightResult]
    secrets: frozenset[str]

    @property
    def is_nothing(self) -> bool:
        """Whether everything is as declared already."""
        return all(each.action == "unchanged" for each in self.changes)


@dataclass(frozen=True)
class Preparation:
    """What is prepared, and with what.

    Attributes:
        platform: Needs a domain.
        resources: Of each workload.
        version: Of Presswerk.
        connection: To the cluster.
        helm: For the same cluster.
        charts: Where charts come from.
        extra: Release -> values of its user's own, over the rendered ones.
    """

    platform: Platform
    resources: Resources
    version: str
    connection: ClusterApi
    helm: Helm
    charts: Charts
    extra: Mapping[str, Values] = field(default_factory=dict)

    def prepare(self) -> Prepared:
        """Check everything, and compute the plan.

        Raises:
            NotPrepared: Something does not hold; the problem names all of it.
            NoDomain: The platform has no domain.
            PresswerkError: The cluster or Helm refused to say what there is.
        """
        found: dict[str, Chart] = {}
        secrets: dict[tuple[str, str], Mapping[str, str]] = {}
        gateway_api: list[Body] = []
        findings = [tried("helm", lambda: f"helm {self.helm.version()}")]
        if findings[0].good:
            findings.append(tried("charts", lambda: self._charts(found, gateway_api)))
        findings.append(tried("cluster", lambda: self._cluster(found)))
        if findings[-1].good:
            findings.append(tried("secrets", lambda: self._secrets(secrets)))
        findings.append(tried("capacity", lambda: fits(self.platform)))
        if not all(each.good for each in findings):
            raise NotPrepared(findings)
        plan = steps(
            self.platform,
            resources=self.resources,
            charts=found,
            definitions=self.helm.definitions,
            version=self.version,
            gateway_api=gateway_api,
            extra=self.extra,
        )
        changes = tuple(change(step, self.connection, self.helm) for step in plan)
        return Prepared(plan, changes, findings, told_never(secrets))

    def _charts(self, found: dict[str, Chart], gateway_api: list[Body]) -> str:
        for release in wanted_releases(self.platform, self.version):
            found[release.name] = self.charts.find(release)
        if self.platform.entry.controller == "traefik":
            gateway_api += [body for body in yaml.safe_load_all(_gateway_api(self.charts.directory)) if body]
        return f"{len(found)} charts at their versions"

    def _cluster(self, found: Mapping[str, Chart]) -> str:
        oldest = max((chart.oldest_cluster for chart in found.values()), default=(0, 0))
        return supported(self.connection, oldest)

    def _secrets(self, found: dict[tuple[str, str], Mapping[str, str]]) -> str:
        values = read_secrets(self.connection, self.platform)
        found.update(values)
        return complete(self.platform, values)


def _gateway_api(directory: Path | None) -> str:
    """The Gateway API's definitions, which Traefik's chart does not bring.

    Raises:
        PresswerkError: They cannot be had.
    """
    if directory is not None:
        file = directory / _GATEWAY_FILE
        if file.is_file():
            return file.read_text(encoding="utf-8")
        raise PresswerkError(f"{file} is missing.", f"Fetch {GATEWAY_API_URL} there.")
    try:
        answer = httpx.get(GATEWAY_API_URL, follow_redirects=True, timeout=30.0, verify=authorities())
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise PresswerkError(
            f"The Gateway API's definitions cannot be fetched: {error}.",
            f"Fetch {GATEWAY_API_URL} as {_GATEWAY_FILE} into a directory, and name that with --charts.",
        ) from None
    return answer.text
