"""`python -m presswerk.identity.providers FILE`: print the blueprint of the platform a file declares."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from presswerk.declaration import DeclarationError, load_platform
from presswerk.identity.providers.authentik_blueprints import platform_blueprints
from presswerk.identity.providers.authentik_observed import Names
from presswerk.identity.providers.authentik_wanted import Issuers

_DEFAULTS = Names()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the blueprint; 2 and a message on standard error when the declaration does not hold."""
    asked = _parser().parse_args(arguments)
    try:
        text = platform_blueprints(
            load_platform(asked.file.read_text(encoding="utf-8"), source=str(asked.file)),
            hub_url=asked.hub_url,
            chat_url=asked.chat_url,
            issuers=Issuers.PER_CLIENT if asked.issuer_per_client else Issuers.ONE,
            called=Names(asked.authorization_flow, asked.invalidation_flow, asked.signing_key),
        )
    except (OSError, DeclarationError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m presswerk.identity.providers",
        description="Print Authentik's blueprint of a platform: scopes, operators, applications, the operator's token. "
        "No secret stands in it; Authentik reads PRESSWERK_HUB_CLIENT_SECRET, PRESSWERK_CHAT_CLIENT_SECRET, "
        "PRESSWERK_AUTHENTIK_TOKEN and PRESSWERK_DIRECTORY_TOKEN from its own environment.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a platform.yaml")
    parser.add_argument("--hub-url", help="the hub as browsers see it; https://hub.<domain> if not given")
    parser.add_argument("--chat-url", help="Open WebUI as browsers see it; https://chat.<domain> if not given")
    parser.add_argument("--issuer-per-client", action="store_true", help="each client has an issuer of its own")
    parser.add_argument("--authorization-flow", default=_DEFAULTS.authorization_flow, metavar="SLUG")
    parser.add_argument("--invalidation-flow", default=_DEFAULTS.invalidation_flow, metavar="SLUG")
    parser.add_argument("--signing-key", default=_DEFAULTS.signing_key, metavar="NAME", help="RSA, or EC on P-256")
    return parser


if __name__ == "__main__":
    sys.exit(main())
