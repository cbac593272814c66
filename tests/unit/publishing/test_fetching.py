import contextlib
import ipaddress
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.publishing.fetching import ImageFetcher, is_public
from presswerk.publishing.images import MAX_IMAGE_BYTES, ImageUnavailable, read_data_address, read_image, sniff
from tests.support.press import PNG
from tests.support.serving import serving

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "192.0.0.192",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:db8::1",
]

Handle = Callable[[BaseHTTPRequestHandler], None]


@contextlib.contextmanager
def _server(handle: Handle) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):  # the client may have gone away
                handle(self)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with serving(server):
        yield server.server_address[1]


def _answer(body: bytes) -> Handle:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


def _trusting(**arguments: float) -> ImageFetcher:
    def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    return ImageFetcher(private_hosts=frozenset({"pictures.test"}), resolve=resolve, **arguments)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_as_public_as_it_is(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address))
    assert is_public(mapped) == is_public(translated) == is_public(address)


@given(
    st.lists(
        st.sampled_from(
            ["xn--", "a", "\u00e9", "\u4e00", ".", ":", "/", "@", "[", "]", "%", "?", "#", "\u00ad", "-", "_", "0"]
        )
    )
)
def test_any_address_is_asked_for_or_refused(pieces: list[str]) -> None:
    with pytest.raises(ImageUnavailable):
        ImageFetcher(resolve=lambda _host, _port: []).fetch("http://" + "".join(pieces))


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_with_one_private_address_among_others_is_refused(address: str) -> None:
    fetcher = ImageFetcher(resolve=lambda _host, _port: ["93.184.216.34", address])
    with pytest.raises(ImageUnavailable, match="public internet"):
        fetcher.fetch("http://mixed.example/x.png")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("file:///etc/passwd", "only http"),
        ("gopher://example.org/", "only http"),
        ("//example.org/x.png", "only http"),
        ("x.png", "only http"),
        ("http://", "only http"),
        ("http://user:secret@example.org/x.png", "password"),
        ("http://example.org:22/x.png", "port 22"),
        ("http://example.org:6379/", "port 6379"),
        ("http://2130706433/", "public internet"),
        ("http://0x7f.1/", "public internet"),
        ("http://127.1/", "public internet"),
        ("http://localhost/", "public internet"),
        ("http://[::ffff:127.0.0.1]/", "public internet"),
        ("http://\x00/", "malformed"),
        ("http://xn--/x.png", "malformed"),
    ],
)
def test_what_may_not_be_asked_for(address: str, why: str) -> None:
    with pytest.raises(ImageUnavailable, match=why):
        ImageFetcher().fetch(address)


def test_a_name_is_resolved_once_so_that_it_cannot_change_its_address_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    connected: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    def connect_tcp(_self: object, host: str, *_arguments: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    with pytest.raises(ImageUnavailable, match="could not be reached"):
        ImageFetcher(resolve=rebinding).fetch("http://rebinding.example/x.png")
    assert asked == ["rebinding.example"]
    assert connected == ["93.184.216.34"]


def test_an_image_comes_with_its_type_and_name() -> None:
    with _server(_answer(PNG)) as port:
        image = _trusting().fetch(f"http://pictures.test:{port}/path/My%20photo.jpeg?size=2")
    assert (image.data, image.media_type, image.filename) == (PNG, "image/png", "My-photo.png")


def test_a_redirect_to_a_private_address_is_refused() -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", "http://inside.test:8080/secret.png")
        request.end_headers()

    with _server(handle) as port, pytest.raises(ImageUnavailable, match="public internet"):
        _trusting().fetch(f"http://pictures.test:{port}/")


def test_a_redirect_is_followed() -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/new/b.png":
            _answer(PNG)(request)
            return
        request.send_response(301)
        request.send_header("Location", "../new/b.png")
        request.end_headers()

    with _server(handle) as port:
        assert _trusting().fetch(f"http://pictures.test:{port}/old/a.png").filename == "b.png"


def test_a_redirect_to_an_address_that_is_none_is_refused() -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", "http://[x")
        request.end_headers()

    with _server(handle) as port, pytest.raises(ImageUnavailable, match="address that is none"):
        _trusting().fetch(f"http://pictures.test:{port}/")


def test_redirects_end() -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", request.path + "x")
        request.end_headers()

    with _server(handle) as port, pytest.raises(ImageUnavailable, match="redirects too often"):
        _trusting().fetch(f"http://pictures.test:{port}/")


def test_too_many_bytes_are_refused_without_reading_them_all() -> None:
    sent = 0

    def handle(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.end_headers()
        for _ in range(1000):
            request.wfile.write(b"\x89PNG\r\n\x1a\n" + bytes(1024 * 1024))
            sent += 1024 * 1024

    with _server(handle) as port, pytest.raises(ImageUnavailable, match="larger than 10 MiB"):
        _trusting().fetch(f"http://pictures.test:{port}/")
    assert sent < 10 * MAX_IMAGE_BYTES


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_trickle_ends_at_the_deadline(where: str) -> None:
    stop = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if where == "headers" else b"\r\n"))
        while not stop.wait(0.05):
            request.wfile.write(b"a")

    began = time.monotonic()
    try:
        with _server(handle) as port, pytest.raises(ImageUnavailable, match="took too long"):
            _trusting(total_timeout_seconds=0.5).fetch(f"http://pictures.test:{port}/")
    finally:
        stop.set()
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("status", [204, 404, 500])
def test_other_answers_are_told(status: int) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.end_headers()

    with _server(handle) as port, pytest.raises(ImageUnavailable, match=f"answered {status}"):
        _trusting().fetch(f"http://pictures.test:{port}/")


def test_types_are_told_by_content() -> None:
    assert sniff(PNG) == ("image/png", "png")
    assert sniff(b"\xff\xd8\xff\xe0") == ("image/jpeg", "jpg")
    assert sniff(b"GIF89a...") == ("image/gif", "gif")
    assert sniff(b"RIFF\0\0\0\0WEBPVP8 ") == ("image/webp", "webp")
    assert sniff(b"\0\0\0\x20ftypavif") == ("image/avif", "avif")


@pytest.mark.parametrize("data", [b"<svg onload='x'>", b'<?xml version="1.0"?><!-- --><SVG >', b"\n <svg>"])
def test_svg_is_refused(data: bytes) -> None:
    with pytest.raises(ImageUnavailable, match="SVG"):
        read_image(data, "x.png")


@pytest.mark.parametrize("data", [b"<html>", b"%PDF-1.7", b"MZ", b"\0" * 100, b"x"])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(ImageUnavailable, match="not an image"):
        read_image(data, "x.png")


@given(st.binary(max_size=64))
def test_any_bytes_are_an_image_or_refused(data: bytes) -> None:
    with contextlib.suppress(ImageUnavailable):
        assert read_image(data, "x").media_type.startswith("image/")


@given(st.text(max_size=60))
def test_any_data_address_is_an_image_or_refused(text: str) -> None:
    with contextlib.suppress(ImageUnavailable):
        read_data_address(f"data:{text}")


@given(st.text(max_size=100))
def test_a_filename_is_always_harmless(name: str) -> None:
    filename = read_image(PNG, name).filename
    assert filename.endswith(".png")
    assert "/" not in filename
    assert not filename.startswith(".")
    assert filename.isascii()
