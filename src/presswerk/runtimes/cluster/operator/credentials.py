"""A tenant's secrets and where its content is, kept in a Secret of its namespace that no pod mounts.

A copy is in the platform's namespace: whoever deletes a tenant's takes all that is in it, and the administrator's
password of a database cluster is told by nobody again.
"""

import base64
import json
import secrets
import string
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from presswerk.declaration import DatabaseKind
from presswerk.kubernetes.kinds import SECRET, Body, Ref
from presswerk.runtimes.cluster import names
from presswerk.sites.configuration import SALTS

_ANNOTATION = "presswerk.io/content"

_KEY = "credentials.json"
_LETTERS = string.ascii_letters + string.digits
_APPLICATION_PASSWORD_LENGTH = 24  # as WordPress makes them


@dataclass(frozen=True)
class Credentials:
    """A tenant's secrets.

    Attributes:
        salts: WordPress's, by the names of their constants.
        application_password: Of the managed connection.
        database_password: Of the site's user on its database server.
        cluster_admin_password: Of a database cluster of the tenant's own.
    """

    salts: dict[str, str] = field(repr=False)
    application_password: str = field(repr=False)
    database_password: str = field(repr=False)
    cluster_admin_password: str = field(repr=False)

    @classmethod
    def new(cls) -> "Credentials":
        """Random ones."""
        return cls(
            {name: secrets.token_urlsafe(48) for name in SALTS},
            "".join(secrets.choice(_LETTERS) for _ in range(_APPLICATION_PASSWORD_LENGTH)),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
        )

    @classmethod
    def read(cls, body: Body) -> "Credentials":
        """As a Secret keeps them.

        Raises:
            ValueError: It keeps no credentials, or not all of them.
        """
        try:
            stored: dict[str, Any] = json.loads(base64.b64decode(body["data"][_KEY]))
            return cls(**stored)
        except (KeyError, TypeError, ValueError):
            raise ValueError("the Secret of the tenant's credentials is damaged; put it back from a backup") from None

    def secret(self, ref: Ref, tenant_id: str, location: "ContentLocation") -> Body:
        """The Secret that keeps them, with where the content is."""
        data = base64.b64encode(json.dumps(asdict(self), sort_keys=True).encode()).decode()
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": ref.name,
                "namespace": ref.namespace,
                # Of nobody's managing: what is not wanted is removed, and these must never be.
                "annotations": location.annotations,
                "labels": {names.LABEL_TENANT: tenant_id, "app.kubernetes.io/part-of": "presswerk"},
            },
            "type": "Opaque",
            "data": {_KEY: data},
        }


def credentials_ref(tenant_id: str) -> Ref:
    """Where they are."""
    return Ref(SECRET, names.tenant_namespace(tenant_id), names.CREDENTIALS)


def kept_ref(tenant_id: str) -> Ref:
    """Where the copy of them is."""
    return Ref(SECRET, names.PLATFORM_NAMESPACE, f"{names.CREDENTIALS}-{tenant_id}")


@dataclass(frozen=True)
class ContentLocation:
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
