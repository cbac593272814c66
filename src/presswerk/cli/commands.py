"""What commands there are: where each is, and what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class CommandModule:
    """Where a command is found when it is asked for.

    Attributes:
        module: Beside this one.
        attribute: A function, or a Typer with commands of its own.
        purpose: What its own help begins with, for the list of all commands.
        interrupted: What still runs, and how to go on, after a person has ended it.
    """

    module: str
    attribute: str
    purpose: str
    interrupted: str = "Nothing was changed."


# In the order a newcomer needs them.
COMMANDS: Mapping[str, CommandModule] = MappingProxyType(
    {
        "up": CommandModule(
            "up",
            "up",
            "Start what is not running and apply what changed; a second time changes nothing. Ports are remembered.",
            interrupted="What was started runs on. `presswerk up` goes on from here, `presswerk down` stops it.",
        ),
        "status": CommandModule(
            "status",
            "status",
            "Ask every service what a user would ask; ends with status 1 if something does not work, or nothing runs.",
        ),
        "logins": CommandModule(
            "up", "logins", "Show who can sign in on this machine, with the password each was made with."
        ),
        "logs": CommandModule(
            "logs",
            "logs",
            "Show the end of a service's log, a site's PHP included, with secrets as ***; without a name, which there "
            "are.",
            interrupted="The service runs on.",
        ),
        "restart": CommandModule(
            "logs",
            "restart",
            "Start one service anew and wait until it answers; nothing of it is lost.",
            interrupted="`presswerk status` says whether it runs.",
        ),
        "down": CommandModule(
            "down",
            "down",
            "Stop every process of an installation; its data stays unless --purge is given.",
            interrupted="Some processes may still run. `presswerk down` stops the rest.",
        ),
        "service": CommandModule(
            "service",
            "app",
            "Have systemd keep an installation running, also after a reboot.",
            interrupted="`presswerk service status` says how far it came; the same command goes on from here.",
        ),
        "demo": CommandModule(
            "demo",
            "demo",
            "Bring everything up, write an article as a real author, publish it, and prove that it stands in "
            "WordPress.",
            interrupted="What was started runs on. `presswerk demo` goes on from here, `presswerk down` stops it.",
        ),
        "tenant": CommandModule(
            "tenant",
            "app",
            "Tenants: each has a WordPress of its own, members with roles, and a tier with its limits. Every command "
            "can be repeated; after a crash, the same command goes on where it ended.",
            interrupted="What was asked for is stored. The same command, or `presswerk up`, goes on from here.",
        ),
        "databases": CommandModule(
            "databases",
            "app",
            "Look after the databases of tenants.",
            interrupted="The site works on. The same command goes on from here.",
        ),
        "publish": CommandModule(
            "publish",
            "publish",
            "Send an article to a tenant's site; ends with status 0 when it was taken, and with --wait when it "
            "arrived.",
            interrupted="What the hub has taken goes to its site by itself. The same command does not send it twice.",
        ),
        "retry": CommandModule(
            "publish",
            "retry",
            "Try a publication again that failed, and say what to do about changes made on the site.",
        ),
        "login": CommandModule(
            "publish",
            "login",
            "Sign in with a browser; later commands act as you until `presswerk logout`.",
            interrupted="Nobody was signed in. `presswerk login` begins anew.",
        ),
        "logout": CommandModule(
            "publish",
            "logout",
            "End your sign-in here and at the identity provider.",
            interrupted="You may still be signed in. `presswerk logout` goes on from here.",
        ),
        "api-key": CommandModule(
            "api_key",
            "app",
            "Make, list and revoke API keys of a tenant.",
            interrupted="`presswerk api-key list` says which keys there are.",
        ),
        "config": CommandModule("config", "app", "Check and show platform.yaml, and print its JSON Schema."),
        "capacity": CommandModule(
            "capacity",
            "capacity",
            "Say whether the declared tenants fit the node pool; status 1, and what is missing, if they do not.",
        ),
        "render": CommandModule(
            "render",
            "render",
            "Write a declaration as what a cluster needs: charts' values, objects and Tenants, for people who do "
            "GitOps.",
            interrupted="Some files may be written. The same command goes on from here.",
        ),
        "infra": CommandModule(
            "infra",
            "app",
            "The infrastructure at IONOS. Secrets are read from the environment; docs/ionos.md has every step.",
            interrupted="What was made is recorded. The same command goes on from here.",
        ),
        "secrets": CommandModule(
            "secrets",
            "secrets",
            "Make and fill the Secrets that an installation on a cluster needs.",
            interrupted="What was made is kept. `presswerk secrets` goes on from here.",
        ),
        "deploy": CommandModule(
            "deploy",
            "deploy",
            "Install or upgrade everything on the cluster, prove it, and take it back by itself if it fails.",
            interrupted="What was begun goes on at the cluster. Run the same command again, or `presswerk rollback`.",
        ),
        "rollback": CommandModule(
            "rollback",
            "rollback",
            "Bring back what was on the cluster before the last `presswerk deploy`, or what an earlier one left.",
            interrupted="What was begun goes on at the cluster. Run the same command again.",
        ),
        "ai": CommandModule("ai", "app", "The AI endpoint authors write with."),
        "hub": CommandModule(
            "hub",
            "app",
            "Run the hub and look after its database.",
            interrupted="It takes no more articles; what it had taken goes on when it is started again.",
        ),
        "operator": CommandModule(
            "operator",
            "app",
            "Carry the tenants of a cluster to what is declared.",
            interrupted="What is declared stays; it goes on when it is started again.",
        ),
    }
)
