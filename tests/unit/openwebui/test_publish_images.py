"""Which images of a chat go along with an article."""

import base64
from pathlib import Path

import pytest

from presswerk.openwebui.functions.publish import (
    MAX_IMAGE_BYTES,
    MAX_IMAGES,
    ChatImage,
    ChatSource,
    PublishableSite,
    Words,
    article_of,
    attached_images,
    beginning,
    inline_image,
    left_behind,
    named_files,
    stored_id,
)
from presswerk.publishing.validating import check_manuscript
from presswerk.web.api.shapes import PublicationInput

EN = Words()
SITE = PublishableSite("acme", "Acme News", "http://acme.localhost:8101", ("draft",))
SOURCE = ChatSource("chat-1", "message-1")


def image(name: str, size: int = 3) -> ChatImage:
    return ChatImage(name, "image/png", b"x" * size)


def test_stored_files_named_in_the_text_are_found_by_their_address() -> None:
    text = (
        "![A](/api/v1/files/11111111-aa/content) ![A again](/api/v1/files/11111111-aa/content)\n"
        '![B](<http://localhost:8080/api/v1/files/22222222-bb/content/b.png> "B")\n'
        '<img class="x" src="/api/v1/files/33333333-cc">\n'
        "![far](https://pictures.example/c.png) ![inline](data:image/png;base64,AAAA)"
    )

    assert named_files(text) == {
        "/api/v1/files/11111111-aa/content": ("11111111-aa", "A"),
        "http://localhost:8080/api/v1/files/22222222-bb/content/b.png": ("22222222-bb", "B"),
        "/api/v1/files/33333333-cc": ("33333333-cc", ""),
    }


def test_the_authors_pictures_of_the_whole_way_go_along_but_no_other_answers() -> None:
    picture = {"type": "image", "url": "aaaaaaaa-1"}
    messages = {
        "q1": {
            "role": "user",
            "parentId": None,
            "files": [{**picture, "name": "mine"}, {"type": "file", "name": "pdf"}],
        },
        "a1": {"role": "assistant", "parentId": "q1", "files": [{**picture, "name": "earlier answer"}]},
        "q2": {
            "role": "user",
            "parentId": "a1",
            "files": [{"type": "file", "content_type": "image/png", "name": "more"}],
        },
        "a2": {"role": "assistant", "parentId": "q2", "files": [{**picture, "name": "this answer"}]},
        "q3": {"role": "user", "parentId": "a2", "files": [{**picture, "name": "later"}]},
    }

    assert [entry["name"] for entry in attached_images(messages, "a2")] == ["mine", "more", "this answer"]


def test_a_circle_of_messages_ends() -> None:
    messages = {"a": {"role": "user", "parentId": "b"}, "b": {"role": "user", "parentId": "a"}}

    assert attached_images(messages, "a") == []


def test_an_attachment_is_stored_or_carries_its_bytes() -> None:
    data = base64.b64encode(b"png").decode()

    assert stored_id({"url": "/api/v1/files/abc-123/content"}) == "abc-123"
    assert stored_id({"id": "12345678-aaaa", "url": "12345678-aaaa"}) == "12345678-aaaa"
    assert stored_id({"url": f"data:image/png;base64,{data}"}) is None
    assert inline_image({"url": f"data:image/png;base64,{data}"}) == ChatImage("image.png", "image/png", b"png")
    assert inline_image({"url": "data:image/png;base64,***"}) is None
    assert inline_image({"url": "https://elsewhere.example/a.png"}) is None


def test_what_the_hub_would_refuse_stays_behind_and_is_said() -> None:
    taken = [image(f"{number}.png") for number in range(MAX_IMAGES - 1)]

    assert left_behind(image("huge.png", MAX_IMAGE_BYTES + 1), [], EN) == (
        "huge.png is larger than 10 MiB and was left out."
    )
    assert left_behind(image("last.png"), taken, EN) is None
    assert left_behind(image("more.png"), [*taken, image("last.png")], EN) == (
        "more.png was left out: at most 20 images and 25 MiB go along with an article."
    )


def test_all_images_together_stay_below_the_limit() -> None:
    largest = image("a.png", MAX_IMAGE_BYTES)

    assert left_behind(largest, [largest], EN) is None
    assert left_behind(largest, [largest, largest], EN) is not None


def test_of_a_file_that_is_too_large_no_more_is_read_than_tells_it(tmp_path: Path) -> None:
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(10 * MAX_IMAGE_BYTES)

    assert len(beginning(tmp_path / "huge.png")) == MAX_IMAGE_BYTES + 1


@pytest.mark.parametrize(
    "piece",
    [
        "![",
        "![a](",
        "![](/api/v1/files/a",
        "![](http://a",
        "![[a]",
        "<img ",
        '<img src="http://a',
        '<img src="/api/v1/files/a',
        "[a]",
    ],
)
def test_no_text_keeps_the_chat_from_others(piece: str) -> None:
    """What looks at the rest of the text at every piece would be at it for hours."""
    assert len(named_files("![" + piece * (1024 * 1024 // len(piece)))) <= 1


def test_a_file_without_details_is_no_image() -> None:
    messages = {
        "q": {"role": "user", "files": [{"type": "file", "file": {"meta": None}}, {"type": "file", "file": None}]}
    }

    assert attached_images(messages, "q") == []


def test_no_name_is_longer_than_the_hub_takes_or_holds_what_it_refuses() -> None:
    named = ChatImage("n" * 500 + "\0.png", "image/png", b"png", alt="\ud83d" + "a" * 9000)
    (sent,) = article_of(SITE, "T", [named], SOURCE)["attachments"]
    (unnamed,) = article_of(SITE, "T", [ChatImage(" ", "image/png", b"png")], SOURCE)["attachments"]

    manuscript = PublicationInput.model_validate(article_of(SITE, "T", [named], SOURCE)).manuscript()
    check_manuscript(manuscript)
    assert sent["filename"].endswith("n.png")
    assert unnamed["filename"] == "image"


def test_the_request_names_image_and_origin() -> None:
    named = ChatImage("a.png", "image/png", b"png", reference="/api/v1/files/x/content", alt="A")

    assert article_of(SITE, "# T", [named], SOURCE) == {
        "tenant": "acme",
        "markdown": "# T",
        "attachments": [
            {
                "reference": "/api/v1/files/x/content",
                "filename": "a.png",
                "media_type": "image/png",
                "alt": "A",
                "data": "cG5n",
            }
        ],
        "source": {"kind": "chat", "chat_id": "chat-1", "message_id": "message-1"},
    }
