"""The connector's image route in a real WordPress."""

import base64
import hashlib
import io
import math
from typing import Any

import httpx
import pytest
from PIL import Image

from presswerk.declaration import DEFAULT_TIERS, TierName
from presswerk.sites.memory import WORKER_MIB, PhpMemory, most_pixels
from presswerk.wordpress import SiteRejected
from tests.support.press import PNG
from tests.support.sites import RunningSite, article, new_publication

pytestmark = pytest.mark.integration

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(site: RunningSite, sha256: str, data: bytes, **query: str) -> httpx.Response:
    with site.managed_http() as http:
        return http.put(f"/wp-json/presswerk/v1/media/{sha256}", params=query, content=data)


def test_an_image_is_stored_once_and_served(site: RunningSite) -> None:
    with site.client() as client:
        first, second = (
            client.put_media(digest(GIF), GIF, filename="Fresh bread.gif", media_type="image/gif", alt="Bread")
            for _ in range(2)
        )

    assert (first.created, second.created) == (True, False)
    assert first.attachment_id == second.attachment_id
    assert (first.width, first.height, first.mime_type) == (1, 1, "image/gif")
    with site.http() as http:
        assert http.get(first.url.removeprefix(site.site.public_url)).content == GIF
        listed = http.get(f"/wp-json/wp/v2/media/{first.attachment_id}").json()
    assert listed["alt_text"] == "Bread"
    assert listed["title"]["rendered"] == "fresh-bread"


def test_the_featured_image_is_the_delivered_one_and_goes_with_it(site: RunningSite) -> None:
    publication = new_publication()
    thumbnail = "return (int) get_post_thumbnail_id( $input['id'] );"
    with site.client() as client:
        image = client.put_media(digest(PNG), PNG, filename="a.png", media_type="image/png", alt="")
        post = client.put_publication(publication, article(featured_media=image.attachment_id))
        assert site.php(thumbnail, id=post.post_id) == image.attachment_id
        client.put_publication(publication, article(revision=2))

    assert site.php(thumbnail, id=post.post_id) == 0


def test_a_file_that_vanished_is_stored_again_in_its_place(site: RunningSite) -> None:
    data = PNG + b"vanishes"
    with site.client() as client:
        first = client.put_media(digest(data), data, filename="v.png", media_type="image/png", alt="")
        site.php("return unlink( get_attached_file( $input['id'] ) );", id=first.attachment_id)
        second = client.put_media(digest(data), data, filename="v.png", media_type="image/png", alt="")

    assert (second.attachment_id, second.created) == (first.attachment_id, True)
    with site.http() as http:
        assert http.get(second.url.removeprefix(site.site.public_url)).content == data


@pytest.mark.parametrize(
    ("sha256", "data", "status", "code"),
    [
        (digest(GIF), PNG, 400, "presswerk_hash_mismatch"),
        (digest(b""), b"", 415, "presswerk_media_type"),
        (digest(SVG), SVG, 415, "presswerk_media_type"),
        (digest(b"<?php exit;"), b"<?php exit;", 415, "presswerk_media_type"),
        ("A" * 64, PNG, 400, "rest_invalid_param"),
        ("short", PNG, 400, "rest_invalid_param"),
    ],
)
def test_what_is_no_such_image_is_refused(site: RunningSite, sha256: str, data: bytes, status: int, code: str) -> None:
    answer = put(site, sha256, data, filename="a.png")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def bomb(kind: str, width: int, height: int) -> bytes:
    """An image of one colour: a few hundred KB that a decoder makes gigabytes of."""
    out = io.BytesIO()
    Image.new("L", (width, height)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "size"), [("PNG", (9000, 6000)), ("JPEG", (9000, 6000)), ("WEBP", (9000, 6000))])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(
    site: RunningSite, kind: str, size: tuple[int, int]
) -> None:
    data = bomb(kind, *size)

    answer = put(site, digest(data), data, filename="bomb.png")

    assert (answer.status_code, answer.json()["code"]) == (413, "presswerk_media_too_many_pixels")
    most = round(site.site.memory.image_pixels / 1e6, 1)
    assert f"9000 x 6000 pixels; send one of at most {most:g} megapixels" in answer.json()["message"]


_FREE = DEFAULT_TIERS[TierName.FREE].limits
_SIZES = """
require_once ABSPATH . 'wp-admin/includes/image.php';
add_filter( 'presswerk_max_image_pixels', static fn () => $input['most'] );
$file = wp_upload_dir()['path'] . '/own.' . $input['type'];
file_put_contents( $file, base64_decode( $input['data'] ) );
$image = array( 'post_mime_type' => 'image/' . $input['type'], 'post_title' => 'Own' );
$id    = wp_insert_attachment( $image, $file );
preg_match( '/VmRSS:\\s+(\\d+)/', (string) file_get_contents( '/proc/self/status' ), $before );
$meta  = wp_generate_attachment_metadata( $id, $file );
$editor = wp_get_image_editor( $file );
preg_match( '/VmHWM:\\s+(\\d+)/', (string) file_get_contents( '/proc/self/status' ), $peak );
return array(
	'sizes' => count( $meta['sizes'] ?? array() ),
	'told'  => is_wp_error( $editor ) ? $editor->get_error_message() : '',
	'mib'   => ( (int) $peak[1] - (int) $before[1] ) / 1024,
);
"""


def _own_upload(site: RunningSite, kind: str, size: tuple[int, int]) -> dict[str, Any]:
    """What WordPress makes of an image that somebody uploads on the site itself, under the bound of the free tier."""
    data = base64.b64encode(bomb(kind, *size)).decode()
    made: dict[str, Any] = site.php(_SIZES, data=data, type=kind.lower(), most=most_pixels(_FREE))
    return made


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_an_upload_on_the_site_as_large_as_the_tier_takes_fits_the_memory_it_is_reckoned_with(
    site: RunningSite, kind: str
) -> None:
    side = math.isqrt(most_pixels(_FREE))

    made = _own_upload(site, kind, (side, side))

    assert made["sizes"] >= 4
    assert made["mib"] <= PhpMemory.of(_FREE).decoding_mib


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_larger_upload_on_the_site_is_kept_and_never_decoded(site: RunningSite, kind: str) -> None:
    made = _own_upload(site, kind, (6000, 4000))

    assert made["sizes"] == 0
    assert made["told"].startswith("The image is too large for this site, which takes 9.5 megapixels.")
    assert made["mib"] < WORKER_MIB + 40


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_an_image_that_is_cut_off_before_its_size_is_refused(site: RunningSite, kind: str) -> None:
    data = bomb(kind, 20, 10)[:24]

    answer = put(site, digest(data), data, filename="cut.png")

    assert (answer.status_code, answer.json()["code"]) == (415, "presswerk_media_type")


def test_an_avif_is_taken_with_its_size(site: RunningSite) -> None:
    data = bomb("AVIF", 40, 30)

    answer = put(site, digest(data), data, filename="a.avif").json()

    assert (answer["width"], answer["height"]) == (40, 30)


def test_an_image_that_is_too_large_is_refused(site: RunningSite) -> None:
    data = PNG + bytes(20 * 1024 * 1024)
    with site.client() as client, pytest.raises(SiteRejected, match="at most 20 MB"):
        client.put_media(digest(data), data, filename="a.png", media_type="image/png", alt="")


@pytest.mark.parametrize("name", ["../../evil.php", "x.php.gif", "a/b\\c.gif", "", "%00.gif", "ü" * 300])
def test_a_file_name_cannot_leave_its_place_or_become_a_program(site: RunningSite, name: str) -> None:
    data = GIF + name.encode()

    answer = put(site, digest(data), data, filename=name)

    path = answer.json()["url"].removeprefix(f"{site.site.public_url}/wp-content/uploads/")
    year, month, file = path.split("/")
    assert (len(year), len(month)) == (4, 2)
    assert file.endswith(f"-{digest(data)[:12]}.gif")
    assert ".php" not in file


def test_uploading_needs_credentials(site: RunningSite) -> None:
    with site.http() as http:
        assert http.put(f"/wp-json/presswerk/v1/media/{digest(PNG)}", content=PNG).status_code == 401
