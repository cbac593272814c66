"""An article composed with slots and filled is the article composed with its images."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import ImageSlots, PlacedImage, compose, fill
from presswerk.content.slots import MAX_IMAGES, text_key

_SOURCES = st.sampled_from(["a.png", "http://example.org/b.png?x=1&y=[2]", "data:image/png;base64,AAAA", "ü ü.png"])
_PLACES = st.sampled_from(
    [
        "![alt](<{}>)\n\n",
        'Text ![alt](<{}> "A title") in a line.\n\n',
        "![one](<{}>) ![two](<{}>)\n\n",
        "- item ![alt](<{}>)\n- ![alone](<{}>)\n\n",
        "> ![quoted](<{}>)\n\n",
        "[![linked](<{}>)](https://example.org)\n\n",
        "| a | b |\n|---|---|\n| ![cell](<{}>) | x |\n\n",
        "## Heading ![h](<{}>)\n\n",
        '<img src="{}" alt="html">\n\n',
        "Only text, 90123456789 and https://example.invalid/00.\n\n",
    ]
)


@given(st.lists(st.tuples(_PLACES, _SOURCES), max_size=12))
def test_filled_slots_are_placed_images(pieces: list[tuple[str, str]]) -> None:
    markdown = "".join(place.replace("{}", source) for place, source in pieces)
    slots = ImageSlots(markdown)
    article = compose(markdown, images=slots)
    placed = {
        source: PlacedImage(500 + number, f"https://site.example/up/{number}.png?a=1&b=[2]")
        for number, source in enumerate(slots.sources)
    }
    assert set(slots.sources) == {image.source for image in article.images}
    filled = fill(article.content, text_key(markdown), [placed[source] for source in slots.sources])
    assert filled == compose(markdown, images=placed).content


@given(st.text(max_size=300))
def test_no_text_holds_a_slot(text: str) -> None:
    article = compose(text, images=ImageSlots(text))
    if not article.images:
        assert fill(article.content, text_key(text), []) == article.content


def test_slots_are_the_same_for_the_same_text() -> None:
    text = "![a](a.png) ![b](b.png)"
    assert compose(text, images=ImageSlots(text)) == compose(text, images=ImageSlots(text))


def test_another_texts_slots_stay() -> None:
    other = compose("![a](a.png)", images=ImageSlots("![a](a.png)")).content
    assert fill(other, text_key("Another text"), []) == other


def test_what_cannot_be_had_and_what_is_too_much_gets_no_slot() -> None:
    text = "\n\n".join(f"![{number}]({number}.png)" for number in range(MAX_IMAGES + 5))
    slots = ImageSlots(text, lambda source: source != "3.png")
    content = compose(text, images=slots).content
    assert len(slots.sources) == MAX_IMAGES
    assert "3.png" not in slots.sources
    images = [PlacedImage(number, f"https://site.example/{number}.png") for number in range(MAX_IMAGES)]
    assert fill(content, text_key(text), images).count("<img") == MAX_IMAGES


def test_a_slot_without_an_image_is_a_defect() -> None:
    content = compose("![a](a.png)", images=ImageSlots("![a](a.png)")).content
    with pytest.raises(IndexError):
        fill(content, text_key("![a](a.png)"), [])
