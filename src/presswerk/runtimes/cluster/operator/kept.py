"""Where a tenant's content is, kept beside its credentials, so that a change of tier moves it and never loses it."""

import json
from dataclasses import dataclass
from typing import Any, Self

from presswerk.declaration import DatabaseKind
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.operator.credentials import credentials_ref

_ANNOTATION = "presswerk.io/content"


@dataclass(frozen=True)
class Kept:
    """Where the content is.

    Attributes:
        kind: Of the database that the site uses.
        other: Of one that it does not use, and that is still to be removed: what it moves to, or has come from.
        moves: How often it has moved, so that each move is told from those before.
    """

    kind: DatabaseKind
    other: DatabaseKind | None = None
    moves: int = 0

    @classmethod
    def read(cls, secret: Body) -> Self | None:
        """As the Secret of the credentials keeps it; None when it does not.

        Raises:
            ValueError: What it keeps cannot be read.
        """
        text = secret["metadata"].get("annotations", {}).get(_ANNOTATION)
        if text is None:
            return None
        try:
            stored: dict[str, Any] = json.loads(text)
            other = stored["other"]
            return cls(DatabaseKind(stored["kind"]), None if other is None else DatabaseKind(other), stored["moves"])
        except (KeyError, TypeError, ValueError):
            told = f"the annotation {_ANNOTATION} of the tenant's credentials is damaged; put it back from a backup"
            raise ValueError(told) from None

    @property
    def annotations(self) -> dict[str, str]:
        """As it is kept."""
        stored = {"kind": self.kind.value, "other": None if self.other is None else self.other.value}
        return {_ANNOTATION: json.dumps({**stored, "moves": self.moves}, sort_keys=True)}

    def body(self, tenant_id: str) -> Body:
        """What is applied to the Secret to keep it; everything else of the Secret stays."""
        ref = credentials_ref(tenant_id)
        metadata = {"name": ref.name, "namespace": ref.namespace, "annotations": self.annotations}
        return {"apiVersion": ref.kind.api_version, "kind": ref.kind.name, "metadata": metadata}
