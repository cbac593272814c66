"""What commands there are: where each is, and what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Place:
    """Where a command is found when it is asked for.

    Attributes:
        module: Beside this one.
        attribute: A function, or a Typer with commands of its own.
        purpose: What its own help begins with, for the list of all commands.
    """

    module: str
    attribute: str
    purpose: str


# In the order a newcomer needs them.
COMMANDS: Mapping[str, Place] = MappingProxyType(
    {
        "up": Place(
            "up",
            "up",
            "Start what is not running and apply what changed; a second time changes nothing. Ports are remembered.",
        ),
        "status": Place(
            "status",
            "status",
            "Ask every service what a user would ask; ends with status 1 if something does not work, or nothing runs.",
        ),
        "logs": Place(
            "logs",
            "logs",
            "Show the end of a service's log, a site's PHP included, with secrets as ***; without a name, which there "
            "are.",
        ),
        "restart": Place("logs", "restart", "Start one service anew and wait until it answers; nothing of it is lost."),
        "down": Place("down", "down", "Stop every process of an installation; its data stays unless --purge is given."),
        "demo": Place(
            "demo",
            "demo",
            "Bring everything up, write an article as a real author, publish it, and prove that it stands in "
            "WordPress.",
        ),
        "tenant": Place(
            "tenant",
            "app",
            "Tenants: each has a WordPress of its own, members with roles, and a tier with its limits. Every command "
            "can be repeated; after a crash, the same command goes on where it ended.",
        ),
        "databases": Place("databases", "app", "Look after the databases of tenants."),
        "publish": Place(
            "publish",
            "publish",
            "Send an article to a tenant's site; ends with status 0 when it was taken, and with --wait when it "
            "arrived.",
        ),
        "login": Place(
            "publish", "login", "Sign in with a browser; later commands act as you until `presswerk logout`."
        ),
        "logout": Place("publish", "logout", "End your sign-in here and at the identity provider."),
        "api-key": Place("api_key", "app", "Make, list and revoke API keys of a tenant."),
        "config": Place("config", "app", "Check and show platform.yaml, and print its JSON Schema."),
        "capacity": Place(
            "capacity",
            "capacity",
            "Say whether the declared tenants fit the node pool; status 1, and what is missing, if they do not.",
        ),
        "render": Place(
            "render",
            "render",
            "Write a declaration as what a cluster needs: charts' values, objects and Tenants, for people who do "
            "GitOps.",
        ),
        "infra": Place(
            "infra",
            "app",
            "The infrastructure at IONOS. Secrets are read from the environment; docs/ionos.md has every step.",
        ),
        "secrets": Place(
            "secrets",
            "secrets",
            "Make and fill the Secrets that an installation on a cluster needs.",
        ),
        "deploy": Place(
            "deploy",
            "deploy",
            "Install or upgrade everything on the cluster, prove it, and take it back by itself if it fails.",
        ),
        "rollback": Place(
            "rollback",
            "rollback",
            "Bring back what was on the cluster before the last `presswerk deploy`, or what an earlier one left.",
        ),
        "ai": Place("ai", "app", "The AI endpoint authors write with."),
        "hub": Place("hub", "app", "Run the hub and look after its database."),
        "operator": Place("operator", "app", "Carry the tenants of a cluster to what is declared."),
    }
)
