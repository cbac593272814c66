"""Which hosts no proxy stands in front of."""

from collections.abc import MutableMapping

_OF_THIS_MACHINE = ("localhost", ".localhost", "127.0.0.1")


def exempt_from_proxies(environment: MutableMapping[str, str]) -> None:
    """Let no proxy stand between programs of this machine; what is set for other hosts stays.

    Args:
        environment: Of a process; `NO_PROXY` is read in either spelling and written in both.
    """
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    text = ",".join([*hosts, *(host for host in _OF_THIS_MACHINE if host not in hosts)])
    environment.update(NO_PROXY=text, no_proxy=text)
