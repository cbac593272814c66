"""What must hold before anything is changed; everything that does not is told at once."""

import base64
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.capacity.assessment import assess, demand_of
from presswerk.infrastructure.capacity.model import PoolSize
from presswerk.infrastructure.delivery.errors import DeliveryProblem
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import SECRET, Ref
from presswerk.runtimes.cluster.rendering.secrets import RequiredSecret, required_secrets

_SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN", "KEY", "_URL")
_SHORTEST = 6
Values = Mapping[tuple[str, str], Mapping[str, str]]
"""(namespace, name of a Secret) -> key -> value; never told."""


@dataclass(frozen=True)
class Finding:
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


class NotPrepared(DeliveryProblem):
    """Checks failed; nothing was changed.

    Attributes:
        findings: All of them, the good ones too.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        bad = [each for each in findings if not each.good]
        told = "\n".join(f"  {each.check}: {each.said}\n    {each.remedy}".rstrip() for each in bad)
        super().__init__(f"Nothing was changed: {len(bad)} of {len(findings)} checks failed.\n{told}")
        self.findings = tuple(findings)


def tried(check: str, ask: Callable[[], str]) -> Finding:
    """One check; a problem becomes its finding."""
    try:
        return Finding(check, ask())
    except PresswerkError as problem:
        return Finding(check, problem.problem, problem.remedy, good=False)


def supported(connection: ClusterApi, oldest: tuple[int, int]) -> str:
    """That the cluster answers, and is new enough.

    Raises:
        DeliveryProblem: It is not.
    """
    found = connection.version()
    if found < oldest:
        raise DeliveryProblem(
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
        DeliveryProblem: It does not.
    """
    demand, pool = demand_of(platform), PoolSize.of(platform.node_pool)
    found, scaling = assess(demand, pool), platform.node_pool.autoscaling
    while found.pending and scaling is not None and pool.nodes < scaling.max_nodes:
        pool = replace(pool, nodes=pool.nodes + 1)
        found = assess(demand, pool)
    if not found.fits:
        raise DeliveryProblem(
            f"what is declared does not fit {pool}: {found.missing} is missing.",
            "`presswerk capacity` says what would, and which pool to buy.",
        )
    return f"{pool} carry it"


def read_secrets(connection: ClusterApi, platform: Platform) -> Values:
    """The required Secrets as they are; one that is missing has no keys.

    Raises:
        DeliveryProblem: One is of another type than it must be.
        ClusterError: The API refused or did not answer.
    """
    found = {}
    for each in required_secrets(platform):
        body = connection.get(Ref(SECRET, each.namespace, each.name)) or {}
        if body and body.get("type", "Opaque") != each.type:
            raise DeliveryProblem(
                f"Secret {each.namespace}/{each.name} is of type {body.get('type', 'Opaque')} and has to be of type"
                f" {each.type}, or nobody can use it.",
                "A type cannot be changed: keep its values, delete it, and run `presswerk secrets`.",
            )
        data = body.get("data") or {}
        found[each.namespace, each.name] = {
            key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()
        }
    return found


def told_never(secrets: Values) -> frozenset[str]:
    """The values that are secret, for whoever tells what pods wrote; a user's or a bucket's name is none."""
    return frozenset(
        part
        for keys in secrets.values()
        for key, value in keys.items()
        if any(word in key for word in _SECRET_WORDS)
        for part in _parts(value)
        if len(part) >= _SHORTEST
    )


def _parts(value: str) -> Iterator[str]:
    """A value, each of several in it, and the password of an address."""
    yield value.strip()
    for each in value.split(","):
        yield each.strip()
        with contextlib.suppress(ValueError):  # it only looks like an address
            yield unquote(urlsplit(each.strip()).password or "")


def complete(platform: Platform, values: Values) -> str:
    """That every required key has a value, and that those that must be alike are.

    Raises:
        DeliveryProblem: Some are missing or differ; it names them and never a value.
    """
    required = required_secrets(platform)
    problems = [told for each in required for told in _problems(each, values)]
    if problems:
        raise DeliveryProblem(
            "; ".join(problems) + ".",
            "`presswerk secrets` fills in what is missing; of two that differ delete the wrong key, and it copies the"
            " other. `presswerk render --only secrets.yaml` says how each is made by hand.",
        )
    return f"all {sum(len(each.keys) for each in required)} keys of {len(required)} Secrets are there"


def _problems(secret: RequiredSecret, values: Values) -> Iterator[str]:
    found = values[secret.namespace, secret.name]
    place = f"Secret {secret.namespace}/{secret.name}"
    missing = [key.name for key in secret.keys if not found.get(key.name, "").strip()]
    if missing:
        yield f"{place} {'lacks' if found else 'is missing, with'} {', '.join(missing)}"
    for key in secret.keys:
        other = key.same_as
        if other is None or key.name in missing:
            continue
        expected = values.get((other.namespace, other.secret), {}).get(other.key, "")
        if expected.strip() and expected != found[key.name]:
            yield f"{place}: {key.name} is not the same as {other.key} of {other.namespace}/{other.secret}"
