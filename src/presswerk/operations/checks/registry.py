"""Every check there is; status, doctor, the hub's page and docs/troubleshooting.md are made of it.

Each entry stands beside the function that asks it. What comes first is asked and told first: causes before what comes
of them.
"""

from presswerk.operations.checks import backups, certificates, databases, machine, people, services, sites
from presswerk.operations.checks.model import Check

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *databases.CHECKS,
    *certificates.CHECKS,
    *services.CHECKS,
    *people.CHECKS,
    *sites.CHECKS,
    *backups.CHECKS,
)
