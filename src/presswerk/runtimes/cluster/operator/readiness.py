"""Whether the parts of a tenant work, by what the cluster says of its objects (pure)."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from presswerk.kubernetes.kinds import (
    CERTIFICATE,
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    LISTENER_SET,
    ROUTE,
    Body,
    Kind,
    Ref,
)
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.entry import certificate_of
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant
from presswerk.runtimes.cluster.operator.conditions import DOMAIN, Condition, Topic, has, is_current
from presswerk.runtimes.cluster.operator.plan import ObjectPlan

YOUNG = dt.timedelta(minutes=10)
"""How long a new tenant's certificate and routes may take before something is taken to be wrong."""
_RUNS_MISSED = dt.timedelta(minutes=11)
"""After how long without a good run a site's clock is taken to stand still: it is to go every five minutes."""

Why = Callable[[Body], str]
"""Says why an object is not ready; empty when nothing is known."""


def nothing_known(_: Body) -> str:
    """Says nothing: what has only just been made may take its time."""
    return ""


@dataclass(frozen=True)
class TenantObjects:
    """A tenant's objects as the cluster has them.

    Attributes:
        wanted: What they are made from.
        live: As last seen.
        made: When the tenant was declared, aware.
        now: The time, aware.
    """

    wanted: DesiredTenant
    live: Mapping[Ref, Body]
    made: dt.datetime
    now: dt.datetime

    def site(self, done: ObjectPlan, why: Why = nothing_known) -> Condition:
        """Whether its pods are ready and WordPress is installed."""
        wanted = self.wanted
        if wanted.suspended:
            return Condition(Topic.SITE, False, "Suspended", "The site is closed on request; all its data stays.")
        if done.shrinking and wanted.tenant.overrides.storage_gib is not None:
            kept = done.shrinking[0]
            message = f"{kept.ref} stays {kept.has}: a volume only grows, and {kept.wanted} is less."
            return Condition(Topic.SITE, False, "VolumeOnlyGrows", message)
        jobs = [body for body in self._of(JOB) if "ownerReferences" not in body["metadata"]]
        failed = next((job for job in jobs if has(job, "Failed")), None)
        if failed is not None:
            return _installation_failed(failed, why)
        deployment = self._get(DEPLOYMENT, names.SITE)
        if not has(deployment, "Available") or not is_current(deployment):
            return _starting(deployment, why)
        unfinished = [job for job in jobs if not has(job, "Complete")]
        if unfinished or not jobs:
            return _installing(unfinished, why)
        return Condition(Topic.SITE, True, "Serving", "The site's pods are ready, and WordPress is installed.")

    def clock(self) -> Condition:
        """Whether WordPress's own clock goes: without it nothing that is scheduled appears."""
        if self.wanted.suspended:
            return Condition(Topic.CLOCK, False, "Suspended", "The site is closed on request, and so is its clock.")
        status = self._get(CRON_JOB, names.CRON).get("status", {})
        good = _time(status.get("lastSuccessfulTime"))
        runs = [body for body in self._of(JOB) if "ownerReferences" in body["metadata"]]
        failures = [(ended, job) for job in runs for ended in _failures_of(job)]
        ended, job = max(failures, key=lambda each: each[0], default=(None, None))
        if ended is None or job is None or (good is not None and (good > ended or self.now - good < _RUNS_MISSED)):
            return Condition(Topic.CLOCK, True, "Going", "Scheduled posts appear and background work is done.")
        since = "" if good is None else f"; it last went at {good.isoformat()}"
        message = (
            f"The site's clock fails{since}, so no scheduled post appears. Read the log of Job "
            f"{job['metadata']['name']} in {self.wanted.namespace}."
        )
        return Condition(Topic.CLOCK, False, "ClockFails", message)

    def entry(self) -> Condition:
        """Whether the cluster says that requests for the name that the platform gives reach the site."""
        if self.wanted.suspended:
            return Condition(Topic.ENTRY, False, "Suspended", "Every request is answered by the closed page.")
        return self._reached(Topic.ENTRY, self.wanted.platform_host)

    def domains(self) -> Iterator[Condition]:
        """The same for each domain of the tenant's own."""
        for host in self.wanted.tenant.domains:
            yield self._reached(f"{host}/{DOMAIN}", host)

    def _reached(self, topic: str, host: str) -> Condition:
        problem = next(filter(None, (self._certificate(host), self._listener(host), self._route(host))), None)
        if problem is None:
            return Condition(topic, True, "Reached", f"Requests for {host} reach the site.")
        is_young = self.now - self.made < YOUNG
        return Condition(topic, None if is_young else False, *problem)

    def _certificate(self, host: str) -> tuple[str, str] | None:
        name = certificate_of(self.wanted, host)[0]
        body = self._get(CERTIFICATE, name)
        if has(body, "Ready"):
            return None
        said = _message(body.get("status", {}), "Ready")
        told = (
            f"Certificate {name} for {host} is not ready: {said}. Check that DNS for {host} leads to the platform's "
            f"entry; `kubectl describe challenge --namespace {self.wanted.namespace}` says more."
        )
        return "CertificateNotReady", told

    def _listener(self, host: str) -> tuple[str, str] | None:
        body = self._get(LISTENER_SET, names.SITE)
        status = body.get("status", {})
        for condition in ("Accepted", "Programmed"):
            if not has(body, condition):
                told = (
                    f"The Gateway has not taken ListenerSet {names.SITE} ({condition}): {_message(status, condition)}"
                )
                return "ListenerNotAccepted", told
        name = next((each["name"] for each in body["spec"]["listeners"] if each["hostname"] == host), None)
        found: Body = next((each for each in status.get("listeners", ()) if each["name"] == name), {})
        for condition in ("Accepted", "Programmed", "ResolvedRefs"):
            if not has({"status": found}, condition):
                told = f"The Gateway has no listener for {host} ({condition}): {_message(found, condition)}"
                return "ListenerNotAccepted", told
        return None

    def _route(self, host: str) -> tuple[str, str] | None:
        route = next((each for each in self._of(ROUTE) if host in each["spec"].get("hostnames", ())), None)
        if route is None:
            return "RouteNotAccepted", f"There is no HTTPRoute for {host}."
        name, parents = route["metadata"]["name"], route.get("status", {}).get("parents", ())
        if not parents:
            return "RouteNotAccepted", f"No gateway has taken HTTPRoute {name}; see whether its controller runs."
        for condition in ("Accepted", "ResolvedRefs"):
            if not any(has({"status": each}, condition) for each in parents):
                told = f"HTTPRoute {name} is not in use ({condition}): {_message(parents[0], condition)}"
                return "RouteNotAccepted", told
        return None

    def _get(self, kind: Kind, name: str) -> Body:
        return self.live.get(Ref(kind, self.wanted.namespace, name), {})

    def _of(self, kind: Kind) -> list[Body]:
        return [body for ref, body in self.live.items() if ref.kind == kind]


def _installation_failed(job: Body, why: Why) -> Condition:
    said = why(job)
    message = (
        f"The installation failed{': ' + said if said else ''}. Read the log of Job {job['metadata']['name']}, fix the "
        "cause, and delete the Job; it is then made again."
    )
    return Condition(Topic.SITE, False, "InstallationFailed", message)


def _starting(deployment: Body, why: Why) -> Condition:
    said = _said_by_deployment(deployment) or (why(deployment) if deployment else "")
    if not said:
        return Condition(Topic.SITE, None, "Starting", "The site's pods are not ready yet.")
    return Condition(Topic.SITE, None, "PodsNotReady", f"The site's pods are not ready: {said}")


def _installing(jobs: Iterable[Body], why: Why) -> Condition:
    said = "; ".join(filter(None, map(why, jobs)))
    if said:
        return Condition(Topic.SITE, None, "InstallationWaits", f"WordPress is not installed yet: {said}")
    return Condition(Topic.SITE, None, "Installing", "WordPress is being installed or brought up to date.")


def _said_by_deployment(deployment: Body) -> str:
    """What its controller says stands in the way of making pods, such as a quota."""
    conditions = {each["type"]: each for each in deployment.get("status", {}).get("conditions", ())}
    failure = conditions.get("ReplicaFailure", {})
    return str(failure.get("message", "")) if failure.get("status") == "True" else ""


def _failures_of(job: Body) -> Iterator[dt.datetime]:
    for condition in job.get("status", {}).get("conditions", ()):
        if condition["type"] == "Failed" and condition["status"] == "True":
            ended = _time(condition.get("lastTransitionTime"))
            if ended is not None:
                yield ended


def _message(status: Mapping[str, Any], condition: str) -> str:
    found = next((each for each in status.get("conditions", ()) if each["type"] == condition), None)
    if found is None:
        return "nothing is said of it yet"
    return str(found.get("message") or found.get("reason") or found["status"]).rstrip(".")


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
