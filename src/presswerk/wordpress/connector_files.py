"""Where the connector plugin's files are."""

import re
from functools import cache
from pathlib import Path


def connector_path() -> Path:
    """The plugin's directory, whose `must-use.php` a site links into `wp-content/mu-plugins`."""
    return Path(__file__).with_name("connector")


@cache
def connector_version() -> str:
    """The version that this package brings, as a site's status names it."""
    text = (connector_path() / "presswerk-connector.php").read_text(encoding="utf-8")
    found = re.search(r"^const VERSION = '([^']+)';$", text, re.MULTILINE)
    return "" if found is None else found.group(1)
