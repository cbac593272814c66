"""presswerk deploy: the cluster side installed or upgraded, proved, and taken back by itself when it fails."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from presswerk import __version__
from presswerk.cli.options import DEFAULT_CONFIG_FILE, ConfigFile, Json
from presswerk.cli.render import resources_of
from presswerk.declaration import DeclarationError, YamlProblem, read_yaml
from presswerk.errors import PresswerkError
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.infrastructure.delivery.charts import Charts
from presswerk.infrastructure.delivery.deployment import Deployment
from presswerk.infrastructure.delivery.helm import Helm, find_helm
from presswerk.infrastructure.delivery.preflight import NotPrepared, Preparation, Prepared
from presswerk.infrastructure.delivery.probes import Prober, Resolver, from_dns
from presswerk.infrastructure.delivery.records import DeliveryOutcome, DeliveryReport, as_json
from presswerk.infrastructure.delivery.tools import Tools
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import SystemClock
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.reasons import Reasons
from presswerk.kubernetes.rollout import Waiter
from presswerk.runtimes.cluster.rendering.releases import releases
from presswerk.runtimes.cluster.rendering.values import over
from presswerk.runtimes.declaration_file import platform_in, read_declaration

PATIENCE_SECONDS = 180.0
_HTTPS = 443
_CHART = Path("deploy/charts/presswerk")

Kubeconfig = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Which cluster; without it what KUBECONFIG names, or your own file.")
]
Context = Annotated[str | None, typer.Option(metavar="NAME", help="Another context of that file.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Patience = Annotated[
    float, typer.Option(min=1, metavar="SECONDS", help="How long each release may take to be ready, and to answer.")
]
Entry = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS[:PORT]",
        help="Probe there instead of where DNS points: the Gateway's address, before DNS does.",
    ),
]
_To = Annotated[str, typer.Option("--to", metavar="VERSION", help="Of Presswerk; the one you run by default.")]
_Charts = Annotated[
    Path | None,
    typer.Option("--charts", metavar="DIR", help="Charts fetched before with `helm pull`; nothing is fetched then."),
]
_Values = Annotated[
    list[str] | None,
    typer.Option(
        "--values", metavar="RELEASE=FILE", help="Values of your own over the rendered ones; may be repeated."
    ),
]
_Chart = Annotated[Path, typer.Option("--chart", metavar="DIR", help="Presswerk's own chart.")]


def deploy(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    to: _To = __version__,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    charts: _Charts = None,
    chart: _Chart = _CHART,
    values: _Values = None,
    entry_address: Entry = None,
    patience: Patience = PATIENCE_SECONDS,
    yes: Yes = False,
    json_output: Json = False,
) -> None:
    """Install or upgrade everything on the cluster, prove it, and take it back by itself if it fails.

    First it checks: helm, charts, cluster, Secrets, capacity. Then it shows what would change, and asks.\n
    Each release is waited for, and what is not ready is named with its reason. Then hub, chat, sign-on and every site
    are asked over https. If any of that fails, every release goes back to what it was, which is proved as well.\n
    A first installation that fails stays, for you to look at. After any interruption, run the same command again.\n
    Status: 0 done, 1 not done, 3 failed and taken back, 4 failed and NOT taken back: look at it now.
    """
    platform = platform_in(config)
    extra = _extra(values or [], {each.name for each in releases(platform)})
    with opened(KubeContext(kubeconfig, context)) as (connection, helm), _scratch() as scratch:
        found = Charts(helm, scratch, charts, chart)
        preparation = Preparation(platform, resources_of(PLATFORM), to, connection, helm, found, extra)
        prepared = _prepared(preparation, json_output)
        _show(prepared)
        if not (yes or prepared.is_nothing):
            typer.confirm("Do this?", abort=True, err=True)
        with tools(connection, helm, prepared.secrets, entry_address, patience) as working:
            report = Deployment(platform, prepared.plan, to, working).run(prepared.changes)
    finish(report, json_output=json_output)


@contextlib.contextmanager
def opened(target: KubeContext) -> Iterator[tuple[ClusterApi, Helm]]:
    """A cluster and a helm for it.

    Raises:
        PresswerkError: It is not to be reached.
    """
    with reached(target) as connection:
        yield connection, Helm(find_helm(), target)


@contextlib.contextmanager
def reached(target: KubeContext) -> Iterator[ClusterApi]:
    """A cluster.

    Raises:
        PresswerkError: It is not to be reached.
    """
    with contextlib.closing(connect(target)) as connection:
        yield connection


@contextlib.contextmanager
def tools(
    connection: ClusterApi, helm: Helm, secrets: frozenset[str], entry_address: str | None, patience: float
) -> Iterator[Tools]:
    """What deliveries work with, on this machine's clock."""
    clock, prober = SystemClock(), Prober(_resolver(entry_address))
    with contextlib.closing(prober):
        waiter = Waiter(connection, Reasons(connection, secrets), tell)
        yield Tools(connection, helm, prober, waiter, clock, patience, tell)


def tell(text: str) -> None:
    """Progress; standard output is for the answer."""
    typer.echo(text, err=True)


def finish(report: DeliveryReport, *, json_output: bool) -> None:
    """Tell the end, and end with its status."""
    if json_output:
        typer.echo(json.dumps(as_json(report), indent=2))
    else:
        _tell_end(report, typer.echo)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


_ENDS = {
    DeliveryOutcome.DONE: "Done: delivery {number}, Presswerk {version}, in {seconds:.1f} s.",
    DeliveryOutcome.UNCHANGED: "Everything is as declared: delivery {number}, Presswerk {version}, in {seconds:.1f} s.",
    DeliveryOutcome.INCOMPLETE: "Delivery {number} is in place, but not everything answers yet ({seconds:.1f} s).",
    DeliveryOutcome.LEFT: "Delivery {number} failed after {seconds:.1f} s.",
    DeliveryOutcome.RESTORED: "Delivery {number} failed and was taken back, in {seconds:.1f} s in all.",
    DeliveryOutcome.BROKEN: "Delivery {number} FAILED AND WAS NOT TAKEN BACK ({seconds:.1f} s). Look at it now.",
}


def _tell_end(report: DeliveryReport, out: Callable[[str], None]) -> None:
    for step in report.steps:
        out(f"{step.seconds:8.1f} s  {step.step}: {step.did}")
    for answer in report.answers:
        out(f"{'ok' if answer.good else 'NOT OK':>10}  {answer.endpoint.name} {answer.endpoint.url}: {answer.said}")
    for warning in report.warnings:
        out(f"Note: {warning}")
    out(_ENDS[report.outcome].format(number=report.number, version=report.version, seconds=report.seconds))
    for text in filter(None, (report.reason, report.next_step)):
        out(text)


def _prepared(preparation: Preparation, json_output: bool) -> Prepared:
    try:
        return preparation.prepare()
    except NotPrepared as problem:
        if json_output:
            checks = [vars(each) for each in problem.findings]
            typer.echo(json.dumps({"outcome": "not prepared", "reason": problem.problem, "checks": checks}, indent=2))
            # It is told: a program reads one answer.
            raise typer.Exit(1) from None
        raise


def _show(prepared: Prepared) -> None:
    for finding in prepared.findings:
        tell(f"ok  {finding.check}: {finding.said}")
    for each in prepared.changes:
        tell(f"{each.action:10} {each.what}{': ' + each.detail if each.detail else ''}")


def _extra(given: list[str], known: set[str]) -> dict[str, dict[str, Any]]:
    extra: dict[str, dict[str, Any]] = {}
    for each in given:
        name, _, file = each.partition("=")
        if name not in known or not file:
            raise typer.BadParameter(
                f"{each}: needs RELEASE=FILE, of {', '.join(sorted(known))}", param_hint="--values"
            )
        try:
            found = read_yaml(read_declaration(Path(file)))[1] or {}
        except YamlProblem as problem:
            raise DeclarationError(problem.lines(file)) from None
        if not isinstance(found, dict):
            raise PresswerkError(f"{file} holds no values.", "It needs a mapping, such as `image: {repository: ...}`.")
        extra[name] = over(extra.get(name, {}), found)
    return extra


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="presswerk-charts-") as directory:
        yield Path(directory)


def _resolver(address: str | None) -> Resolver:
    if address is None:
        return from_dns
    host, _, port = address.rpartition(":") if address.rpartition(":")[2].isdigit() else (address, "", "")
    if not host:
        raise typer.BadParameter("needs ADDRESS or ADDRESS:PORT", param_hint="--entry-address")
    where = (host, int(port) if port else _HTTPS)
    return lambda _host: where
