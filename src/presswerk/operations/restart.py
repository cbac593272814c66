"""One service of an installation on this machine, started anew."""

from presswerk.errors import PresswerkError
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervision import Supervision


def restart(installation: Installation, name: str, progress: Progress) -> None:
    """Start one service anew, and wait until it answers.

    Raises:
        PresswerkError: It is none that runs alone, or it does not start.
    """
    supervision = Supervision(installation.layout, Secrets.open(installation.layout).all_values())
    own = [declared for declared in supervision.declared() if declared.name == name]
    if not own:
        raise PresswerkError(f"{name} is not restarted alone.", "Use `presswerk down` and `presswerk up`.")
    with installation.changing():
        progress(f"starting {name} anew")
        supervision.restart(name)
        supervision.wait_ready(own)
