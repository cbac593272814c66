"""Reaching `*.localhost` as a browser does, which most C libraries do not."""

from collections.abc import MutableMapping

import httpx

LOOPBACK = "127.0.0.1"
_OF_THIS_MACHINE = ("localhost", ".localhost", LOOPBACK)


class LoopbackTransport(httpx.BaseTransport):
    """Connects to this machine for `localhost` and every name below it (RFC 6761, section 6.3)."""

    def __init__(self) -> None:
        self._transport = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the `Host` header keeps the name."""
        host = request.url.host
        if host != "localhost" and not host.endswith(".localhost"):
            return self._transport.handle_request(request)
        return self._transport.handle_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=LOOPBACK),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def exempt_from_proxies(environment: MutableMapping[str, str]) -> None:
    """Let no proxy stand between programs of this machine; what is set for other hosts stays.

    Args:
        environment: Of a process; `NO_PROXY` is read in either spelling and written in both.
    """
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    text = ",".join([*hosts, *(host for host in _OF_THIS_MACHINE if host not in hosts)])
    environment.update(NO_PROXY=text, no_proxy=text)


def browser(*, timeout_seconds: float = 60.0) -> httpx.Client:
    """A client that keeps cookies and finds every site of this machine."""
    return httpx.Client(transport=LoopbackTransport(), timeout=timeout_seconds, trust_env=False)
