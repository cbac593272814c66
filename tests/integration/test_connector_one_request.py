"""A publication and its images in one request, to the connector in a real WordPress."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from presswerk.wordpress import ImageRejected, PostContent, PostImage
from presswerk.wordpress.client import publication_payload
from presswerk.wordpress.placing import placed
from tests.support.press import PNG
from tests.support.sites import RunningSite, article, new_publication
from tests.support.waiting import until

pytestmark = pytest.mark.integration

ID_SLOT, ADDRESS_SLOT = "9123456789012345600", f"https://{'ab' * 16}.presswerk.invalid/00"


def image(data: bytes, **changes: str) -> PostImage:
    """An image as the hub describes it."""
    usual = {"filename": "loaf.png", "media_type": "image/png", "alt": "A loaf"}
    return PostImage(
        hashlib.sha256(data).hexdigest(), id_slot=ID_SLOT, address_slot=ADDRESS_SLOT, **{**usual, **changes}
    )


def illustrated(data: bytes, **changes: Any) -> PostContent:
    """An article with one image."""
    one = image(data)
    content = (
        f'<!-- wp:image {{"id":{ID_SLOT}}} -->\n<figure class="wp-block-image"><img src="{ADDRESS_SLOT}" alt="A loaf" '
        f'class="wp-image-{ID_SLOT}"/></figure>\n<!-- /wp:image -->'
    )
    return article(**{"content": content, "images": (one,), "featured_image": one.sha256, **changes})


def attachments(site: RunningSite, data: bytes) -> list[int]:
    """The attachments whose file has this content."""
    return list(
        site.php(
            "return array_values( get_posts( array( 'post_type' => 'attachment', 'post_status' => 'any',"
            " 'fields' => 'ids', 'meta_key' => '_presswerk_sha256', 'meta_value' => $input['sha256'] ) ) );",
            sha256=hashlib.sha256(data).hexdigest(),
        )
    )


def test_text_and_image_come_in_one_request_and_stand_in_their_places(site: RunningSite) -> None:
    data, publication = PNG + b"one", new_publication()
    asked: list[httpx.Request] = []
    with site.client() as client:
        client._http._http.event_hooks["request"].append(asked.append)
        made = client.put_publication(publication, illustrated(data), images={image(data).sha256: data})
        again = client.put_publication(publication, illustrated(data), images={image(data).sha256: data})

    assert [request.method for request in asked] == ["GET", "POST", "POST"], "its status is asked for once"
    assert (made.outcome, again.outcome) == ("created", "unchanged")
    (number,) = attachments(site, data)
    assert [each.attachment_id for each in made.images] == [each.attachment_id for each in again.images] == [number]
    assert placed(illustrated(data), made.images).content_sha256 == made.content_sha256
    stored = site.php(
        "$post = get_post( $input['id'] ); return array( $post->post_content, get_post_thumbnail_id( $post ) );",
        id=made.post_id,
    )
    assert stored[1] == number
    assert f'"id":{number}' in stored[0]
    assert f'src="{made.images[0].url}"' in stored[0]
    assert ".invalid" not in stored[0]


def test_sizes_are_made_once_the_answer_is_sent(site: RunningSite) -> None:
    large = base64.b64decode(
        site.php(
            "ob_start(); imagepng( imagecreatetruecolor( 900, 600 ) ); return base64_encode( (string) ob_get_clean() );"
        )
    )
    with site.client() as client:
        made = client.put_publication(new_publication(), illustrated(large), images={image(large).sha256: large})
        stored = made.images[0].attachment_id
        sizes = "return array_keys( wp_get_attachment_metadata( $input['id'] )['sizes'] );"
        until(lambda: {"thumbnail", "medium", "medium_large"} <= set(site.php(sizes, id=stored)))
        # What an older hub still does changes nothing.
        client.make_image_sizes(stored)
    until(lambda: site.php("return get_post_meta( $input['id'], '_presswerk_sizes_due' );", id=stored) == [])


def test_what_a_killed_process_left_is_made_by_the_sites_clock(site: RunningSite) -> None:
    data = PNG + b"left"
    with site.client() as client:
        made = client.put_publication(new_publication(), illustrated(data), images={image(data).sha256: data})
    stored, due = made.images[0].attachment_id, "get_post_meta( $input['id'], '_presswerk_sizes_due' )"
    until(lambda: site.php(f"return {due};", id=stored) == [])
    site.php("return add_post_meta( $input['id'], '_presswerk_sizes_due', '1' );", id=stored)
    with site.http() as http:
        assert http.get("/wp-cron.php").status_code == httpx.codes.OK
    until(lambda: site.php(f"return {due};", id=stored) == [])


def test_an_image_that_is_only_named_must_be_there(site: RunningSite) -> None:
    data, publication = PNG + b"named", new_publication()
    with site.client() as client:
        with pytest.raises(ImageRejected) as refused:
            client.put_publication(publication, illustrated(data))
        assert refused.value.sha256 == image(data).sha256
        assert client.get_publication(publication) is None
        client.put_media(image(data).sha256, data, filename="a.png", media_type="image/png", alt="")
        assert client.put_publication(publication, illustrated(data)).outcome == "created"


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"no image", b""])
def test_of_a_publication_with_a_refused_image_nothing_is_written(site: RunningSite, data: bytes) -> None:
    publication = new_publication()
    with site.client() as client:
        with pytest.raises(ImageRejected):
            client.put_publication(publication, illustrated(data), images={image(data).sha256: data})
        assert client.get_publication(publication) is None
    assert attachments(site, data) == []


def test_a_large_image_goes_before_the_publication(site: RunningSite) -> None:
    data = PNG + bytes(33 * 2**20)
    small = PNG + b"small"
    with site.client() as client:
        with pytest.raises(ImageRejected):
            # Beyond what the site takes at all, and told as that.
            client.put_publication(new_publication(), illustrated(data), images={image(data).sha256: data})
        client._limits = (float("inf"), client.status().uploads.__class__(20, len(small) - 1, 2**20))
        made = client.put_publication(new_publication(), illustrated(small), images={image(small).sha256: small})
    assert [each.attachment_id for each in made.images] == attachments(site, small)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("sha256", "x"),
        ("id", "1 OR 1"),
        ("id", 9123456789012345600),
        ("address", "https://acme.example/"),
        ("alt", None),
    ],
)
def test_a_wrong_image_is_named_by_its_field(site: RunningSite, field: str, wrong: object) -> None:
    payload = publication_payload(illustrated(PNG))
    payload["images"][0][field] = wrong
    with site.managed_http() as http:
        path, form = f"/wp-json/presswerk/v1/publications/{new_publication()}", {"publication": json.dumps(payload)}
        answer = http.post(path, data=form, headers={"X-HTTP-Method-Override": "PUT"})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert list(answer.json()["data"]["params"]) == [f"images[0].{field}"]


def test_a_featured_image_is_one_of_the_images(site: RunningSite) -> None:
    payload = {**publication_payload(illustrated(PNG)), "featured_image": "0" * 64}
    with site.managed_http() as http:
        answer = http.put(f"/wp-json/presswerk/v1/publications/{new_publication()}", json=payload)
    assert list(answer.json()["data"]["params"]) == ["featured_image"]


def test_a_form_without_a_publication_is_refused(site: RunningSite) -> None:
    with site.managed_http() as http:
        path = f"/wp-json/presswerk/v1/publications/{new_publication()}"
        answer = http.post(path, data={"other": "x"}, headers={"X-HTTP-Method-Override": "PUT"})
    assert (answer.status_code, list(answer.json()["data"]["params"])) == (400, ["body"])
