"""What goes wrong with Terraform, told for the person who ran the command."""

import re
from collections.abc import Iterable

from presswerk.errors import PresswerkError

_LOCK = re.compile(r"^\W*(ID|Who|Operation|Created):\s+(\S.*?)\s*$", re.MULTILINE)


class TerraformError(PresswerkError):
    """Terraform ended with an error, or there is none."""


def explained(verb: str, said: str, secrets: Iterable[str], *, interrupted: bool = False) -> TerraformError:
    """The error for what Terraform said before it ended.

    Args:
        verb: What it was asked to do.
        said: Its own words.
        secrets: What must not be repeated from them.
        interrupted: Whether a person or a signal ended it.
    """
    for secret in secrets:
        said = said.replace(secret, "***")
    if "errored.tfstate" in said and verb == "apply":
        return TerraformError(
            "The state could not be saved; this machine keeps what was done, in your cache directory and readable by"
            f" you alone.\n{said.strip()}",
            "When the storage answers again, run the same command on this same machine: it saves that first.",
        )
    if interrupted:
        return TerraformError(
            f"terraform {verb} was interrupted; what it had done until then is in the state.",
            "Run the command again to go on from there.",
        )
    if "Error acquiring the state lock" in said:
        return _locked(said)
    if "Saved plan is stale" in said:
        return TerraformError(
            "Nothing was changed: another run has changed the state since this plan was shown.",
            "Run the command again, and look at the new plan.",
        )
    if "NoSuchBucket" in said or "does not exist" in said.partition("S3 bucket")[2][:200]:
        return TerraformError(
            f"The bucket of the state does not exist.\n{said.strip()}",
            "Make it in the console, or correct --state-bucket; docs/ionos.md says how.",
        )
    return TerraformError(f"terraform {verb} failed:\n{said.strip()}")


def _locked(said: str) -> TerraformError:
    info = dict(_LOCK.findall(said))
    if "ID" not in info:
        return TerraformError(f"The state could not be locked:\n{said.strip()}")
    return TerraformError(
        f"Another run holds the state: {info.get('Who', 'somebody')}, since {info.get('Created', 'an unknown time')}"
        f" ({info.get('Operation', 'unknown')}). Nothing was changed.",
        "Wait until it has ended, or let this command wait with --lock-timeout=10m. Only when that run is dead for"
        f" certain: presswerk infra unlock {info['ID']}",
    )
