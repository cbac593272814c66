"""Why a workload is not ready, in the words of its pods, their events and their last lines."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import EVENT, POD, VOLUME_CLAIM

Body = Mapping[str, Any]
_LONGEST = 300
_SHOWN_PODS = 3
# What a URL carries before its host, such as a database's password.
_CREDENTIALS = re.compile(r"://[^/\s@]+@")
_NO_NODE = "Unschedulable"


class Reasons:
    """Asks a cluster why.

    Args:
        api: Of the cluster.
        secrets: Values that must not be told, whatever a log line says.
    """

    def __init__(self, api: ClusterApi, secrets: Iterable[str] = ()) -> None:
        self._api = api
        self._secrets = tuple(sorted({each for each in secrets if each.strip()}, key=len, reverse=True))

    def of(self, body: Body) -> str:
        """One line on an object that is not ready; empty when nothing is known."""
        try:
            told = self._events(body) if body["kind"] == "PersistentVolumeClaim" else self._workload(body)
        except ClusterError as refused:
            told = refused.problem
        return self.safe(told)

    def safe(self, text: str) -> str:
        """A text without anything secret, on one line and not too long."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = " ".join(_CREDENTIALS.sub("://***@", text).split())
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

    def _workload(self, body: Body) -> str:
        labels = body.get("spec", {}).get("selector", {}).get("matchLabels")
        if body["kind"] == "Job":
            # Its own selector names its uid; this label every Job's pods have had from the beginning.
            labels = {"job-name": body["metadata"]["name"]}
        if not labels:
            return self._events(body)
        namespace = body["metadata"]["namespace"]
        found, _ = self._api.list(POD, labels, namespace=namespace)
        pods = [pod for pod in found if not _is_ready(pod)]
        told = [reason for pod in pods[:_SHOWN_PODS] if (reason := self._pod(pod))]
        return "; ".join(dict.fromkeys(told)) or self._events(body)

    def _pod(self, pod: Body) -> str:
        name, status = pod["metadata"]["name"], pod.get("status", {})
        for condition in status.get("conditions", []):
            if condition.get("reason") == _NO_NODE:
                return f"no node takes pod {name}: {condition.get('message', '')}{self._claims(pod)}"
        for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
            if told := self._container(pod, container):
                return f"pod {name}: {told}"
        if status.get("phase") == "Failed":
            return f"pod {name} has failed: {status.get('reason', '')} {status.get('message', '')}"
        event = self._events(pod)
        return f"pod {name} runs and is not ready{': ' + event if event else ''}"

    def _container(self, pod: Body, status: Body) -> str:
        state = status.get("state", {})
        ended = state.get("terminated") or status.get("lastState", {}).get("terminated")
        waiting = state.get("waiting", {})
        reason, message = waiting.get("reason", ""), waiting.get("message", "")
        if reason == "CrashLoopBackOff" or (ended and ended.get("exitCode") and not status.get("ready")):
            line = self._last_line(pod, status)
            code = ended.get("exitCode") if ended else "an unknown status"
            how = "out of memory" if ended and ended.get("reason") == "OOMKilled" else f"with {code}"
            said = f"; it last wrote: {line}" if line else ""
            return f"{status['name']} ends {how}, again and again ({status.get('restartCount', 0)} times){said}"
        if reason in {"", "ContainerCreating", "PodInitializing"}:
            return self._events(pod) if reason == "ContainerCreating" else ""
        return f"{status['name']} waits: {reason}{': ' + message if message else ''}"

    def _last_line(self, pod: Body, status: Body) -> str:
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        running = "running" in status.get("state", {})
        text = self._api.log(namespace, name, status["name"], previous=not running and status["restartCount"] > 0)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def _claims(self, pod: Body) -> str:
        namespace = pod["metadata"]["namespace"]
        claimed = {
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["spec"].get("volumes", [])
            if "persistentVolumeClaim" in volume
        }
        claims = self._api.list(VOLUME_CLAIM, namespace=namespace)[0] if claimed else ()
        unbound = [
            claim
            for claim in claims
            if claim["metadata"]["name"] in claimed and claim.get("status", {}).get("phase") != "Bound"
        ]
        return "".join(
            f"; volume claim {claim['metadata']['name']} is not bound{self._added(claim)}" for claim in unbound
        )

    def _added(self, claim: Body) -> str:
        event = self._events(claim)
        return f": {event}" if event else ""

    def _events(self, about: Body) -> str:
        """The newest warning about an object."""
        metadata = about["metadata"]
        named, namespace = f"involvedObject.name={metadata['name']}", metadata.get("namespace", "")
        found = [
            event
            for event in self._api.list(EVENT, namespace=namespace, fields=named)[0]
            if event.get("type") == "Warning"
            and event.get("involvedObject", {}).get("name") == metadata["name"]
            and event.get("involvedObject", {}).get("kind") == about["kind"]
        ]
        if not found:
            return ""
        newest = max(found, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
        return f"{newest.get('reason', '')}: {newest.get('message', '')}"


def _is_ready(pod: Body) -> bool:
    status = pod.get("status", {})
    if status.get("phase") == "Succeeded" or "deletionTimestamp" in pod["metadata"]:
        return True
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in status.get("conditions", []))
