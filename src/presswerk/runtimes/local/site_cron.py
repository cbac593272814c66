"""WordPress's own clock: calls every site's `wp-cron.php`, so that what an editor schedules there appears in time.

WordPress would call itself over its public address, which no process of this machine can resolve; so its own calls are
off (`DISABLE_WP_CRON`). This is a process of its own, of the standard library only: it costs 15 MiB, and a site that
hangs holds up nobody else.
"""

import argparse
import http.client
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

SERVICE_NAME = "cron"
"""It begins with no `site-`: a tenant's id comes after that, and cron is one."""
INTERVAL_SECONDS = 60.0
_TIMEOUT_SECONDS = 300.0
"""A whole round of a site's due work runs inside one request."""


@dataclass(frozen=True)
class CronTarget:
    """A site to call; `internal_url` is where, `host` the name it answers to."""

    host: str
    internal_url: str

    @classmethod
    def parse(cls, text: str) -> "CronTarget":
        """Read `host=internal_url`.

        Raises:
            ValueError: It is not of that form.
        """
        host, _, internal_url = text.partition("=")
        if not host or urlsplit(internal_url).scheme != "http":
            raise ValueError(f"{text!r} is not HOST=http://ADDRESS")
        return cls(host, internal_url)

    def argument(self) -> str:
        """The text that `parse` reads."""
        return f"{self.host}={self.internal_url}"


def call(target: CronTarget) -> str | None:
    """Let a site do what is due.

    Returns:
        What went wrong, None when all is well.
    """
    connection = http.client.HTTPConnection(urlsplit(target.internal_url).netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/wp-cron.php", headers={"Host": target.host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return None if status == http.client.OK else f"HTTP {status}"


def keep_calling(
    target: CronTarget,
    wait: Callable[[float], bool],
    report: Callable[[str], None],
    first_seconds: float = INTERVAL_SECONDS,
) -> None:
    """Call a site every minute and report when it begins to fail, and when it works again.

    Args:
        target: The site.
        wait: Waits so many seconds; true when it is time to end.
        report: Takes a line for the log.
        first_seconds: How long the first call waits.
    """
    former: str | None = None
    pause = first_seconds
    while not wait(pause):
        pause = INTERVAL_SECONDS
        problem = call(target)
        if problem != former:
            report(f"{target.host}: {'works again' if problem is None else problem}")
        former = problem


def main(arguments: Sequence[str] | None = None) -> None:
    """Call the sites named in the arguments until the process is ended."""
    parser = argparse.ArgumentParser(prog="presswerk.runtimes.local.site_cron", description=__doc__)
    parser.add_argument("target", nargs="+", type=CronTarget.parse, help="HOST=INTERNAL_URL of a site")
    stop = threading.Event()
    targets = parser.parse_args(arguments).target
    # One after the other within the minute: a process for every site at once would take the machine's memory.
    threads = [
        threading.Thread(
            target=keep_calling, args=(target, stop.wait, _log, INTERVAL_SECONDS * place / len(targets)), daemon=True
        )
        for place, target in enumerate(targets, start=1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _log(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
