"""Reaching `*.localhost` as a browser does, which most C libraries do not."""

import httpx

LOOPBACK = "127.0.0.1"


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


def browser(*, timeout_seconds: float = 60.0) -> httpx.Client:
    """A client that keeps cookies and finds every site of this machine."""
    return httpx.Client(transport=LoopbackTransport(), timeout=timeout_seconds, trust_env=False)
