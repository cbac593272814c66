"""Waiting until everything of a release is ready, telling how far it is, and why it is not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from presswerk.errors import PresswerkError
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import Ref, kind_of
from presswerk.kubernetes.readiness import Failed, is_awaited, not_ready
from presswerk.kubernetes.reasons import Reasons

_POLL_SECONDS = 2.0
_HOOK = "helm.sh/hook"
Tell = Callable[[str], None]


class NotReady(PresswerkError):
    """Something did not become ready; the problem names each object and its reason."""


def awaited(manifest: str, namespace: str) -> tuple[Ref, ...]:
    """The objects of a manifest that become ready, with a namespace each (pure)."""
    bodies: list[dict[str, Any]] = [body for body in yaml.safe_load_all(manifest) if body]
    return tuple(
        Ref(kind_of(body), body["metadata"].get("namespace") or namespace, body["metadata"]["name"])
        for body in bodies
        if is_awaited(body["kind"]) and _HOOK not in (body["metadata"].get("annotations") or {})
    )


@dataclass(frozen=True)
class Waiter:
    """Waits for objects.

    Attributes:
        connection: To the cluster.
        reasons: Asked why something is not ready.
        tell: Told of every change.
    """

    connection: ClusterApi
    reasons: Reasons
    tell: Tell

    def until_ready(self, refs: Sequence[Ref], deadline: Deadline) -> None:
        """Return when all are ready.

        Raises:
            NotReady: The deadline is over, or one of them will never be.
            ClusterError: The API refused; one that restarts or is busy is waited for.
        """
        told: dict[Ref, str] = {}
        while True:
            missing = self._missing(refs, told)
            for ref, state in missing.items():
                if told.get(ref) != state:
                    self.tell(f"    {ref}: {state}")
            told = missing
            if not missing:
                return
            if not deadline.allows_another_look(_POLL_SECONDS):
                raise NotReady("; ".join(f"{ref} is not ready: {state}" for ref, state in missing.items()))

    def _missing(self, refs: Sequence[Ref], known: dict[Ref, str]) -> dict[Ref, str]:
        missing: dict[Ref, str] = {}
        for ref in refs:
            try:
                state = self._state(ref)
            except ClusterError as refused:
                if not refused.retryable:
                    raise
                # The rest would be asked in vain, and each time until the connection gives up.
                return known or {ref: refused.problem}
            if state:
                missing[ref] = state
        return missing

    def _state(self, ref: Ref) -> str:
        body = self.connection.get(ref)
        if body is None:
            return "it is not there"
        try:
            state = not_ready(body)
        except Failed as failed:
            raise NotReady(f"{ref}: {failed}; {self.reasons.of(body)}".rstrip("; ")) from None
        if not state:
            return ""
        reason = self.reasons.of(body)
        return f"{state}; {reason}" if reason else state
