"""Remedies that are carried out without anybody's decision, on an installation on this machine."""

import os
from collections.abc import Mapping

from presswerk.errors import PresswerkError
from presswerk.operations.bringup import bring_up
from presswerk.operations.checks import Result
from presswerk.operations.checks.model import Act
from presswerk.operations.plugins import take_away
from presswerk.operations.restart import restart
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.progress import Progress


class NotTheOwner(PresswerkError):
    """Whoever asks for it may not do it."""


def carry_out(installation: Installation, finding: Result, environment: Mapping[str, str], progress: Progress) -> None:
    """Do what mends a finding, as its command would.

    Args:
        installation: Where.
        finding: An answer with a command.
        environment: `PRESSWERK_AI_*` are read from it.
        progress: Told what happens.

    Raises:
        NotTheOwner: It belongs to another user.
        PresswerkError: It was not possible; the message says why.
    """
    owner = installation.layout.state.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise NotTheOwner(
            f"`{finding.command}` needs the rights of the user with the number {owner}.", "Run it as that user."
        )
    remedy = finding.remedy_of
    match None if remedy is None else remedy.act:
        case Act.BRING_UP:
            bring_up(installation, environment, progress)
        case Act.RESTART:
            restart(installation, (remedy and remedy.service) or finding.service, progress)
        case Act.TAKE_PLUGIN_AWAY:
            kept = take_away(installation, finding.service, remedy.subject if remedy else "")
            progress(f"its files are in {kept}")
        case None:
            raise PresswerkError(f"Nothing mends {finding.id} without a person's decision.", finding.remedy)
