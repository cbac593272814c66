"""presswerk rollback: the cluster side back to what an earlier delivery left."""

from typing import Annotated

import typer

from presswerk.cli.deploy import (
    PATIENCE_SECONDS,
    Context,
    Entry,
    Kubeconfig,
    Patience,
    Yes,
    finish,
    opened,
    tell,
    tools,
)
from presswerk.cli.options import DEFAULT_CONFIG_FILE, ConfigFile, Json
from presswerk.infrastructure.delivery.records import Records
from presswerk.infrastructure.delivery.rollback import Rollback, changes, choose
from presswerk.infrastructure.delivery.secrets import read_secrets, told_never
from presswerk.kubernetes.api import UNCHANGED
from presswerk.kubernetes.connection import KubeContext
from presswerk.runtimes.cluster.rendering.releases import releases
from presswerk.runtimes.declaration_file import platform_in

_To = Annotated[
    int | None, typer.Option("--to", metavar="DELIVERY", help="Its number; without it, what the last one replaced.")
]


def rollback(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    to: _To = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    entry_address: Entry = None,
    patience: Patience = PATIENCE_SECONDS,
    yes: Yes = False,
    json_output: Json = False,
) -> None:
    """Bring back what was on the cluster before the last `presswerk deploy`, or what an earlier one left.

    Every release goes back to the revision it had, the last installed first; then the objects beside them; then hub,
    chat, sign-on and sites are asked whether they answer.\n
    Definitions of kinds, namespaces and databases' schemas stay as they are, and a tenant that was deleted stays
    deleted. A rollback is a delivery too: running it twice brings back what the first one took away.\n
    Status: 0 done, 1 nothing was changed, 4 not all of it is back: look at it now.
    """
    platform = platform_in(config)
    with opened(KubeContext(kubeconfig, context)) as (connection, helm):
        aim = choose(Records(connection).all(), to)
        planned = changes(aim, releases(platform), helm)
        tell(f"Back to {aim.said}{f' (Presswerk {aim.version})' if aim.version else ''}:")
        for each in planned:
            tell(f"{each.action:10} {each.what}: {each.detail}")
        if not yes and any(each.action != UNCHANGED for each in planned):
            typer.confirm("Do this?", abort=True, err=True)
        secrets = told_never(read_secrets(connection, platform))
        with tools(connection, helm, secrets, entry_address, patience) as working:
            report = Rollback(platform, aim, working).run(planned)
    finish(report, json_output=json_output)
