"""One article to a real WordPress: the connector's two requests against the same article over core REST."""

import dataclasses
import hashlib
import os
import struct
import time
import uuid
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from presswerk.declaration import Role
from presswerk.wordpress import PostAuthor, PostContent
from tests.support.sites import RunningSite, running_site

_ARTICLES = 40
_CLIENTS = 4
_TAGS = 5
_CONTENT = "\n\n".join(
    f"<!-- wp:paragraph -->\n<p>Paragraph {number} of an article.</p>\n<!-- /wp:paragraph -->" for number in range(30)
)
_POST = PostContent(
    revision=1,
    title="An article",
    content=_CONTENT,
    excerpt="In short.",
    slug="an-article",
    status="draft",
    author=PostAuthor("https://issuer.example", "anna", "Anna", None, Role.AUTHOR),
    categories=("News",),
)


def measure(scratch: Path) -> dict[str, float]:
    """Deliver articles with an image and five new tags each, both ways, to one site on SQLite."""
    with running_site(scratch / "site") as site:
        _by_connector(site, 0)
        _by_core(site, 0)
        connector = _rate(lambda number: _by_connector(site, number))
        core = _rate(lambda number: _by_core(site, number))
        repeated = _repeat_rate(site)
    return {
        "articles a second, connector (2 requests)": connector,
        f"articles a second, core REST ({_TAGS + 5} requests)": core,
        "connector over core": connector / core,
        "a repeated delivery over a first one": repeated / connector,
    }


def _rate(deliver: Callable[[int], None]) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(deliver, range(1, _ARTICLES + 1)))
    return _ARTICLES / (time.perf_counter() - started)


def _repeat_rate(site: RunningSite) -> float:
    publication = str(uuid.uuid4())
    with site.client() as client:
        client.put_publication(publication, _POST)
    return _rate(lambda _number: _repeat(site, publication))


def _repeat(site: RunningSite, publication: str) -> None:
    with site.client() as client:
        client.put_publication(publication, _POST)


def _by_connector(site: RunningSite, number: int) -> None:
    image = png_image()
    with site.client() as client:
        placed = client.put_media(
            hashlib.sha256(image).hexdigest(), image, filename="a.png", media_type="image/png", alt="A picture"
        )
        tags = tuple(f"connector {number} {tag}" for tag in range(_TAGS))
        client.put_publication(
            str(uuid.uuid4()), dataclasses.replace(_POST, tags=tags, featured_media=placed.attachment_id)
        )


def _by_core(site: RunningSite, number: int) -> None:
    """What a client without the connector does: upload, find or make each term, look for a twin, create, read back."""
    connection = site.connection
    with httpx.Client(
        base_url=f"{site.site.internal_url}/wp-json/wp/v2",
        headers={"Host": site.site.host},
        auth=(connection.user_name, connection.application_password),
        timeout=60.0,
        trust_env=False,
    ) as http:
        image = http.post(
            "/media",
            content=png_image(),
            headers={"Content-Type": "image/png", "Content-Disposition": f'attachment; filename="{uuid.uuid4()}.png"'},
        ).json()["id"]
        tags = [http.post("/tags", json={"name": f"core {number} {tag}"}).json()["id"] for tag in range(_TAGS)]
        category = http.get("/categories", params={"search": "News"}).json()[0]["id"]
        slug = f"core-{number}-{uuid.uuid4()}"
        assert http.get("/posts", params={"slug": slug, "status": "any"}).json() == []
        post = http.post(
            "/posts",
            json={
                "title": _POST.title,
                "content": _POST.content,
                "excerpt": _POST.excerpt,
                "slug": slug,
                "status": "draft",
                "tags": tags,
                "categories": [category],
                "featured_media": image,
            },
        ).json()["id"]
        assert http.get(f"/posts/{post}", params={"context": "edit"}).json()["id"] == post


def png_image() -> bytes:
    """A PNG of 640 x 360 that no other call makes."""
    width, height = 640, 360
    row = b"\0" + os.urandom(3) * width

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )
