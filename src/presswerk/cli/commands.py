"""What commands there are: what each is for, and where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class CommandEntry:
    """A command as it is listed, without being imported.

    Attributes:
        purpose: What its own help begins with, for the list of all commands.
        interrupted: What still runs, and how to go on, after a person has ended it.
        module: Beside this one, where it is not named like the command. It has a Typer, `app`, or the command itself.
    """

    purpose: str
    interrupted: str = "Nothing was changed."
    module: str = ""


# In the order a newcomer needs them.
COMMANDS: Mapping[str, CommandEntry] = MappingProxyType(
    {
        "up": CommandEntry(
            "Start what is not running and apply what changed; a second time changes nothing. Ports are remembered.",
            "What was started runs on. `presswerk up` goes on from here, `presswerk down` stops it.",
        ),
        "status": CommandEntry("Ask every service what a user would ask."),
        "doctor": CommandEntry(
            "Name the root cause of what does not work, with its evidence, what comes of it, and what mends it.",
            "What was begun may be half done. `presswerk doctor` says what is left.",
        ),
        "repair": CommandEntry("Mend one thing, as `presswerk doctor` names it."),
        "logins": CommandEntry(
            "Show who can sign in on this machine, with the password each was made with.", module="up"
        ),
        "logs": CommandEntry(
            "Show the end of a service's log, a site's PHP included, with secrets as ***; without a name, which "
            "there are.",
            "The service runs on.",
        ),
        "restart": CommandEntry(
            "Start one service anew and wait until it answers; nothing of it is lost.",
            "`presswerk status` says whether it runs.",
            module="logs",
        ),
        "down": CommandEntry(
            "Stop every process of an installation; its data stays unless --purge is given.",
            "Some processes may still run. `presswerk down` stops the rest.",
        ),
        "service": CommandEntry(
            "Have systemd keep an installation running, also after a reboot.",
            "`presswerk service status` says how far it came; the same command goes on from here.",
        ),
        "demo": CommandEntry(
            "Bring everything up, write an article as a real author, publish it, and prove that it stands in "
            "WordPress.",
            "What was started runs on. `presswerk demo` goes on from here, `presswerk down` stops it.",
        ),
        "tenant": CommandEntry(
            "Tenants: each has a WordPress of its own, members with roles, and a tier with its limits. Every "
            "command can be repeated; after a crash, the same command goes on where it ended.",
            "What was asked for is stored. The same command, or `presswerk up`, goes on from here.",
        ),
        "databases": CommandEntry(
            "Look after the databases of tenants.", "The site works on. The same command goes on from here."
        ),
        "backup": CommandEntry(
            "Back tenants up while they are written to, prove the backups, and bring back what was lost.",
            "What was there before is there. The same command goes on from here; "
            "`presswerk backup restore` opens a site that it has closed.",
        ),
        "publish": CommandEntry(
            "Send an article to a tenant's site; ends with status 0 when it was taken, and with --wait when it "
            "arrived.",
            "What the hub has taken goes to its site by itself. The same command does not send it twice.",
        ),
        "retry": CommandEntry(
            "Try a publication again that failed, and say what to do about changes made on the site.", module="publish"
        ),
        "login": CommandEntry(
            "Sign in with a browser; later commands act as you until `presswerk logout`.",
            "Nobody was signed in. `presswerk login` begins anew.",
            module="publish",
        ),
        "logout": CommandEntry(
            "End your sign-in here and at the identity provider.",
            "You may still be signed in. `presswerk logout` goes on from here.",
            module="publish",
        ),
        "api-key": CommandEntry(
            "Make, list and revoke API keys of a tenant.", "`presswerk api-key list` says which keys there are."
        ),
        "config": CommandEntry("Check and show platform.yaml, and print its JSON Schema."),
        "capacity": CommandEntry(
            "Say whether the declared tenants fit the node pool; status 1, and what is missing, if they do not."
        ),
        "render": CommandEntry(
            "Write a declaration as what a cluster needs: charts' values, objects and Tenants, for people who do "
            "GitOps.",
            "Some files may be written. The same command goes on from here.",
        ),
        "infra": CommandEntry(
            "The infrastructure at IONOS. Secrets are read from the environment; docs/ionos.md has every step.",
            "What was made is recorded. The same command goes on from here.",
        ),
        "secrets": CommandEntry(
            "Make and fill the Secrets that an installation on a cluster needs.",
            "What was made is kept. `presswerk secrets` goes on from here.",
        ),
        "deploy": CommandEntry(
            "Install or upgrade everything on the cluster, prove it, and take it back by itself if it fails.",
            "What was begun goes on at the cluster. Run the same command again, or `presswerk rollback`.",
        ),
        "rollback": CommandEntry(
            "Bring back what was on the cluster before the last `presswerk deploy`, or what an earlier one left.",
            "What was begun goes on at the cluster. Run the same command again.",
        ),
        "ai": CommandEntry("The AI endpoint authors write with."),
        "hub": CommandEntry(
            "Run the hub and look after its database.",
            "It takes no more articles; what it had taken goes on when it is started again.",
        ),
        "operator": CommandEntry(
            "Carry the tenants of a cluster to what is declared.",
            "What is declared stays; it goes on when it is started again.",
        ),
    }
)
