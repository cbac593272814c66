"""What carries a closed site's content from the database it uses to another: a Secret and a Job, gone afterwards."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.configuration import (
    MOVING,
    SQLITE,
    WORDPRESS,
    SiteSecrets,
    arriving_secret,
    command_files,
)
from presswerk.runtimes.cluster.manifests.network import INSTALLATION
from presswerk.runtimes.cluster.manifests.pod import (
    STOP_SECONDS,
    container_of,
    environment_of,
    pod_spec,
    secret_volume,
    site_volumes,
)
from presswerk.runtimes.cluster.manifests.resources import site_resources
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant, named
from presswerk.runtimes.databases import DatabaseAccess

_DEADLINE_SECONDS = 4 * 3600
_PHP = f"php -d display_errors=stderr -d memory_limit=-1 {WORDPRESS}"
_CONTENT = f"{MOVING}/content.jsonl"
# Requests that had begun when the site was closed may still be writing.
_OUT = f"""set -eu; umask 077
sleep {STOP_SECONDS}
rm -rf {MOVING}; mkdir -p {MOVING}/database
{_PHP}/content_out.php > {_CONTENT}"""
_IN = f"""set -eu; umask 077
{_PHP}/content_in.php < {_CONTENT}"""
_PLACE_FILE = f"""
mkdir -p {SQLITE}; rm -f {SQLITE}/site.sqlite*
mv {MOVING}/database/site.sqlite* {SQLITE}/"""
_TIDY = f"""
rm -rf {MOVING}"""


@dataclass(frozen=True)
class Move:
    """A move of a tenant's content.

    Attributes:
        access: Where it goes; None for a file.
        number: Tells it from the tenant's other moves.
    """

    access: DatabaseAccess | None
    number: int

    @property
    def job(self) -> str:
        """The name of its Job."""
        return f"site-move-{self.number}"

    def to(self, secrets: SiteSecrets) -> SiteSecrets:
        """What the site will be told afterwards."""
        return dataclasses.replace(secrets, database=self.access)


def moving_objects(wanted: DesiredTenant, secrets: SiteSecrets, move: Move) -> Iterator[Body]:
    """Secret and Job of a move; what is in the database it goes to is replaced, the other stays as it is.

    Args:
        wanted: The tenant; no pod of its site runs.
        secrets: As the site is told now.
        move: Where the content goes.
    """
    yield arriving_secret(wanted, move.to(secrets))
    taking_out = _container(wanted, "out", _OUT)
    putting_in = _container(wanted, "in", _IN + (_PLACE_FILE if move.access is None else "") + _TIDY)
    putting_in["volumeMounts"] = [
        {**mount, "name": "arriving"} if mount["name"] == "configuration" else mount
        for mount in putting_in["volumeMounts"]
    ]
    files = command_files(wanted)
    pod = {
        **pod_spec(),
        "restartPolicy": "Never",
        "initContainers": [taking_out],
        "containers": [putting_in],
        "volumes": [*site_volumes(files), secret_volume("arriving", files, names.ARRIVING)],
    }
    spec = {
        "backoffLimit": 3,
        "activeDeadlineSeconds": _DEADLINE_SECONDS,
        # It may reach the databases, as an installation may.
        "template": {"metadata": {"labels": names.labels(wanted.tenant.id, INSTALLATION)}, "spec": pod},
    }
    yield named(wanted, "batch/v1", "Job", move.job, INSTALLATION, spec=spec)


def _container(wanted: DesiredTenant, name: str, script: str) -> Body:
    return {
        **container_of(wanted, name),
        "command": ["sh", "-c", script],
        "env": environment_of(wanted),
        "resources": site_resources(wanted.allotment.limits),
    }
