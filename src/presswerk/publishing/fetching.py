"""Getting an image from a web server, from public addresses only."""

import ipaddress
import socket
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterable, Sequence

import httpcore
import httpx

from presswerk.messages import Message
from presswerk.publishing.images import MAX_IMAGE_BYTES, ImageFile, ImageUnavailable, read_image, too_many_bytes

MAX_REDIRECTS = 5
CONNECT_TIMEOUT_SECONDS = 5.0
TOTAL_TIMEOUT_SECONDS = 20.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = frozenset({80, 443, 8080, 8443})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# IANA's protocol assignments, where some clouds have services of their own; Python calls them global before 3.11.9.
_ASSIGNED = ipaddress.ip_network("192.0.0.0/24")
_HEADERS = ((b"User-Agent", b"Presswerk"), (b"Accept", b"image/*"), (b"Accept-Encoding", b"identity"))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when it wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address in _ASSIGNED)


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, by the system's resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class ImageFetcher:
    """Fetches images from public web servers.

    A host name is resolved once, every address of it is checked, and the connection is made to a checked address: a
    name that changes its address in between (DNS rebinding) leads nowhere else. Redirects go the same way.

    Args:
        private_hosts: Host names that may have private addresses, such as a company's own image server.
        resolve: How names become addresses.
        total_timeout_seconds: For one image, redirects and body included.
    """

    def __init__(
        self,
        *,
        private_hosts: frozenset[str] = frozenset(),
        resolve: Resolve = resolve,
        total_timeout_seconds: float = TOTAL_TIMEOUT_SECONDS,
    ) -> None:
        self._private_hosts = private_hosts
        self._resolve = resolve
        self._total_timeout_seconds = total_timeout_seconds

    def fetch(self, address: str) -> ImageFile:
        """Get an image.

        Args:
            address: An absolute http or https URL.

        Raises:
            ImageUnavailable: It may not be asked for, does not come, is too large, or is no image a site takes.
        """
        backend = _CheckedBackend(
            self._resolve, self._private_hosts, deadline=time.monotonic() + self._total_timeout_seconds
        )
        url = _parse(address)
        try:
            with httpcore.ConnectionPool(network_backend=backend, max_connections=1) as pool:
                for _ in range(MAX_REDIRECTS + 1):
                    answer = _get(pool, url)
                    if isinstance(answer, bytes):
                        return read_image(answer, url.path)
                    url = answer
        except httpcore.TimeoutException:
            raise ImageUnavailable(Message("its server took too long")) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError):
            raise ImageUnavailable(Message("its server could not be reached")) from None
        raise ImageUnavailable(Message("its server redirects too often"))


def _parse(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
        host = url.host
    except (httpx.InvalidURL, UnicodeError):  # the latter of a host such as `xn--`, which stands for nothing
        raise ImageUnavailable(Message("its address is malformed")) from None
    if url.scheme not in {"http", "https"} or not host:
        raise ImageUnavailable(Message("only http and https addresses can be fetched"))
    if url.userinfo:
        raise ImageUnavailable(Message("its address carries a password"))
    return url


def _get(pool: httpcore.ConnectionPool, url: httpx.URL) -> bytes | httpx.URL:
    """One request: the body, or where to go on."""
    asked = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), CONNECT_TIMEOUT_SECONDS)
    with pool.stream("GET", asked, headers=list(_HEADERS), extensions={"timeout": timeouts}) as response:
        if response.status in _REDIRECTS:
            location = httpx.Headers(response.headers).get("location", "")
            try:
                return _parse(urllib.parse.urljoin(str(url), location))
            except ValueError:
                raise ImageUnavailable(Message("its server sends elsewhere, to an address that is none")) from None
        if response.status != _OK:
            raise ImageUnavailable(Message("its server answered %(status)s", status=str(response.status)))
        body = bytearray()
        for part in response.iter_stream():
            body += part
            if len(body) > MAX_IMAGE_BYTES:
                raise too_many_bytes()
        return bytes(body)


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to public addresses only, and lets nothing take longer than the deadline (a monotonic time)."""

    def __init__(self, resolve: Resolve, private_hosts: frozenset[str], *, deadline: float) -> None:
        self._resolve = resolve
        self._private_hosts = private_hosts
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a checked address of the host."""
        address = self._checked_address(host, port)
        stream = self._sockets.connect_tcp(
            address, port, _within(self._deadline, timeout), local_address, socket_options
        )
        return _TimedStream(stream, self._deadline)

    def _checked_address(self, host: str, port: int) -> str:
        trusted = host in self._private_hosts
        if port not in _PORTS and not trusted:
            raise ImageUnavailable(Message("port %(port)s is not one that web servers use", port=str(port)))
        try:
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in self._resolve(host, port)]
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise ImageUnavailable(Message("its server's name is not known"))
        if not trusted and not all(map(is_public, found)):
            raise ImageUnavailable(Message("its server is not on the public internet"))
        return str(found[0])


class _TimedStream(httpcore.NetworkStream):
    """A connection that ends at the deadline, however slowly bytes trickle."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return self._stream.read(max_bytes, _within(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        self._stream.write(buffer, _within(self._deadline, timeout))

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on encrypted; the certificate is checked against the name asked for."""
        stream = self._stream.start_tls(ssl_context, server_hostname, _within(self._deadline, timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        """What the connection knows of itself."""
        return self._stream.get_extra_info(info)


def _within(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(left, timeout)
