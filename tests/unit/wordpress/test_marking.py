"""The mark in a block's metadata: written as WordPress writes attributes, and found again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.wordpress.marking import Mark, mark_of, marked

MARK = Mark("01900000-0000-7000-8000-000000000000", 3, "f" * 64)
PARAGRAPH = "<!-- wp:paragraph -->\n<p>x</p>\n<!-- /wp:paragraph -->"


def test_a_block_without_attributes_takes_the_mark() -> None:
    content = marked(PARAGRAPH, MARK)

    assert content.startswith('<!-- wp:paragraph {"metadata":{"presswerk":{"publication":"01900000-')
    assert content.endswith("} -->\n<p>x</p>\n<!-- /wp:paragraph -->")
    assert mark_of(content, MARK.publication) == MARK


def test_a_newer_mark_replaces_the_older() -> None:
    newer = Mark(MARK.publication, 4, "e" * 64)

    assert mark_of(marked(marked(PARAGRAPH, MARK), newer), MARK.publication) == newer


def test_the_mark_is_found_behind_what_an_editor_put_first() -> None:
    assert mark_of(f"{PARAGRAPH}\n\n{marked(PARAGRAPH, MARK)}", MARK.publication) == MARK


def test_another_publications_mark_is_none() -> None:
    assert mark_of(marked(PARAGRAPH, MARK), "01900000-0000-7000-8000-000000000001") is None


@pytest.mark.parametrize("content", ["", "<p>no block</p>", "<!-- wp:paragraph", "<!-- /wp:paragraph -->"])
def test_what_begins_with_no_block_takes_no_mark(content: str) -> None:
    with pytest.raises(ValueError, match="begin with a block"):
        marked(content, MARK)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_other_attributes_stay_and_end_no_comment(attributes: dict[str, object]) -> None:
    attributes.pop("metadata", None)
    first = json.dumps(attributes).replace("--", "\\u002d\\u002d").replace(">", "\\u003e").replace("<", "\\u003c")

    content = marked(f"<!-- wp:image {first} /-->rest", MARK)

    written = content.removeprefix("<!-- wp:image ").removesuffix(" /-->rest")
    assert {name: value for name, value in json.loads(written).items() if name != "metadata"} == attributes
    assert not {"--", "<", ">", "&"} & {written[at : at + 2] for at in range(len(written))}
    assert not set("<>&") & set(written)
    assert mark_of(content, MARK.publication) == MARK
