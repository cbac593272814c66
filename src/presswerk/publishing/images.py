"""Getting the images an article names: from attachments, from data: addresses, and from public web servers only."""

import base64
import binascii
import contextlib
import hashlib
import ipaddress
import re
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
CONNECT_TIMEOUT_SECONDS = 5.0
TOTAL_TIMEOUT_SECONDS = 20.0

_PORTS = frozenset({80, 443, 8080, 8443})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class ImageUnavailable(Exception):
    """An image cannot be had; the message is a clause for an author, such as `the server answered 404`."""


@dataclass(frozen=True)
class Image:
    """An image's bytes and what they are; `filename` carries the type's extension."""

    data: bytes = field(repr=False)
    media_type: str
    filename: str

    @property
    def sha256(self) -> str:
        """The bytes' hash in hex."""
        return hashlib.sha256(self.data).hexdigest()


def sniff(data: bytes) -> tuple[str, str]:
    """Tell an image's type by its first bytes, as https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern does.

    Returns:
        Media type and extension.

    Raises:
        ImageUnavailable: It is an SVG (which may carry scripts), or no image a site takes.
    """
    for prefix, media_type, extension in _SIGNATURES:
        if data.startswith(prefix):
            return media_type, extension
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", "webp"
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif", "avif"
    if re.search(rb"<svg[\s>]", data[:4096], re.IGNORECASE):
        raise ImageUnavailable("it is an SVG, which can carry scripts; use PNG, JPEG, GIF, WebP or AVIF")
    raise ImageUnavailable("it is not an image; use PNG, JPEG, GIF, WebP or AVIF")


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
)


def read_image(data: bytes, filename: str) -> Image:
    """Check bytes and name them by what they are.

    Raises:
        ImageUnavailable: They are empty, too many, or no image a site takes.
    """
    if not data:
        raise ImageUnavailable("it is empty")
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageUnavailable(f"it is larger than {MAX_IMAGE_BYTES // 1024 // 1024} MiB")
    media_type, extension = sniff(data)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", filename.rsplit("/", 1)[-1].rsplit(".", 1)[0]).strip("-._")[:60]
    return Image(data, media_type, f"{stem or 'image'}.{extension}")


def read_data_address(address: str) -> Image:
    """Decode a `data:` address (RFC 2397).

    Raises:
        ImageUnavailable: It is malformed, or no image a site takes.
    """
    header, comma, body = address.partition(",")
    if not comma or not header.lower().startswith("data:"):
        raise ImageUnavailable("its data: address is malformed")
    raw = urllib.parse.unquote_to_bytes(body)
    if header.lower().endswith(";base64"):
        try:
            raw = base64.b64decode(raw, validate=True)
        except binascii.Error:
            raise ImageUnavailable("its data: address is not valid base64") from None
    return read_image(raw, "image")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when it wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, by the system's resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class _Hop:
    """One checked request: the connection goes to `address`, whatever the name resolves to later."""

    url: httpx.URL
    address: str


class ImageFetcher:
    """Fetches images from public web servers.

    Each host name is resolved once, every address of it checked, and the connection made to a checked address: a name that
    changes its address in between (DNS rebinding) leads nowhere else. Redirects are checked the same way.

    Args:
        private_hosts: Host names that may have private addresses, such as a company's own image server.
        resolve: For tests.
    """

    def __init__(self, *, private_hosts: frozenset[str] = frozenset(), resolve: Resolve = resolve) -> None:
        self._private_hosts = private_hosts
        self._resolve = resolve
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(CONNECT_TIMEOUT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"User-Agent": "Presswerk", "Accept": "image/*"},
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def fetch(self, address: str) -> Image:
        """Get an image.

        Args:
            address: An absolute http or https URL.

        Raises:
            ImageUnavailable: It may not be asked for, does not come, is too large, or is no image a site takes.
        """
        deadline = time.monotonic() + TOTAL_TIMEOUT_SECONDS
        url = _parse(address)
        try:
            for _ in range(MAX_REDIRECTS + 1):
                with self._open(self._check(url)) as response:
                    if not response.is_redirect:
                        return read_image(_body(response, deadline), url.path)
                    url = _parse(str(url.join(response.headers["location"])))
        except httpx.TimeoutException:
            raise ImageUnavailable("its server took too long") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise ImageUnavailable("its server could not be reached") from None
        raise ImageUnavailable("its server redirects too often")

    def _check(self, url: httpx.URL) -> _Hop:
        port = url.port or (443 if url.scheme == "https" else 80)
        trusted = url.host in self._private_hosts
        if port not in _PORTS and not trusted:
            raise ImageUnavailable(f"port {port} is not one that web servers use")
        try:
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in self._resolve(url.host, port)]
        except (OSError, UnicodeError):
            raise ImageUnavailable("its server's name is not known") from None
        if not found:
            raise ImageUnavailable("its server's name is not known")
        if not trusted and not all(map(is_public, found)):
            raise ImageUnavailable("its server is not on the public internet")
        return _Hop(url, str(found[0]))

    @contextlib.contextmanager
    def _open(self, hop: _Hop) -> Iterator[httpx.Response]:
        request = self._client.build_request(
            "GET",
            hop.url.copy_with(host=hop.address),
            headers={"Host": hop.url.netloc.decode("ascii")},
            # The certificate is checked against the name, not against the address.
            extensions={"sni_hostname": hop.url.raw_host.decode("ascii")},
        )
        response = self._client.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()


def _parse(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise ImageUnavailable("its address is malformed") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ImageUnavailable("only http and https addresses can be fetched")
    if url.userinfo:
        raise ImageUnavailable("its address carries a password")
    return url


def _body(response: httpx.Response, deadline: float) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise ImageUnavailable(f"its server answered {response.status_code}")
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes(64 * 1024):
        size += len(part)
        if size > MAX_IMAGE_BYTES:
            raise ImageUnavailable(f"it is larger than {MAX_IMAGE_BYTES // 1024 // 1024} MiB")
        if time.monotonic() > deadline:
            raise ImageUnavailable("its server took too long")
        parts.append(part)
    return b"".join(parts)
