"""Plugins of a site on this machine: which one PHP stumbled over, and taking one away without losing it."""

import datetime as dt
import re
import time
from pathlib import Path

from presswerk.errors import PresswerkError
from presswerk.operations.checks.tenant_targets import site_service
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.logs import last_lines
from presswerk.runtimes.local.processes import pool_prefix
from presswerk.runtimes.local.site_servers import PHP
from presswerk.runtimes.local.supervisor_config import log_file

_PLACES = ("plugins", "mu-plugins")
_FATAL = re.compile(r"PHP (?:Fatal|Parse) error.*?/content/(?:mu-)?plugins/([\w.-]+)")
_WRITTEN = re.compile(r"^\[(\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d)\]")
_LOG_SECONDS = 1.0
_LATELY = dt.timedelta(minutes=2)
_NAME = re.compile(r"[\w-][\w.-]*")
_OURS = "presswerk-"


class NoSuchPlugin(PresswerkError):
    """The site has no plugin of this name."""


def culprit(layout: Layout, tenant_id: str) -> str | None:
    """The plugin that the last fatal error of a site's PHP names, of the last minutes and of those still there.

    A site that has just failed is asked about before its error has come to the log, which takes a moment.
    """
    deadline = time.monotonic() + _LOG_SECONDS
    while (named := _named(layout, tenant_id)) is None and time.monotonic() < deadline:
        time.sleep(_LOG_SECONDS / 10)
    return named


def _named(layout: Layout, tenant_id: str) -> str | None:
    lines = last_lines(log_file(layout, PHP), 50, containing=f"[pool {pool_prefix(tenant_id)}")
    for line in reversed(lines):
        found = _FATAL.search(line)
        if found is None or found[1].startswith(_OURS):
            continue
        written = _WRITTEN.match(line)
        if written is not None:
            # The web server writes this machine's own time, without its zone.
            moment = dt.datetime.strptime(written[1], "%d-%b-%Y %H:%M:%S").astimezone()
            if dt.datetime.now(dt.UTC) - moment > _LATELY:
                return None
        # One that was taken away since is to blame for nothing any more.
        if _place_of(layout, tenant_id, found[1]) is not None:
            return found[1]
    return None


def take_away(installation: Installation, service: str, name: str) -> Path:
    """Put a plugin where WordPress does not load it; returns where its files are now.

    Args:
        installation: Where.
        service: The site, as `site-acme`.
        name: The plugin's directory or file, such as `hello-dolly`.

    Raises:
        NoSuchPlugin: There is none.
    """
    layout, tenant_id = installation.layout, service.removeprefix(site_service(""))
    if not _NAME.fullmatch(name) or name.startswith(_OURS):
        raise NoSuchPlugin(f"{name!r} is no plugin that can be taken away.")
    found = _place_of(layout, tenant_id, name)
    if found is None:
        raise NoSuchPlugin(
            f"{service} has no plugin {name}.", "Its plugins are the directories and files in `content/plugins`."
        )
    away = found.parent.parent / "plugins-away"
    away.mkdir(mode=0o700, exist_ok=True)
    target = away / f"{name}.{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S%f}"
    found.rename(target)
    return target


def _place_of(layout: Layout, tenant_id: str, name: str) -> Path | None:
    content = layout.site(tenant_id) / "content"
    return next((content / place / name for place in _PLACES if (content / place / name).exists()), None)
