"""Reading what a model suggests."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.ai.suggestions import parse_suggestions

GOOD = '{"title": " Bees ", "excerpt": "They fly.", "tags": ["bees", "honey"]}'


@pytest.mark.parametrize("text", [GOOD, f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```", f"\n {GOOD} \n"])
def test_the_object_asked_for_is_read(text: str) -> None:
    suggestions = parse_suggestions(text)
    assert (suggestions.title, suggestions.excerpt, suggestions.tags) == ("Bees", "They fly.", ("bees", "honey"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sure! Here it is: " + GOOD,
        "[]",
        '{"title": "Bees"}',
        '{"title": 7, "excerpt": "x", "tags": []}',
        '{"title": "", "excerpt": "x", "tags": []}',
        '{"title": "x", "excerpt": "x", "tags": "bees"}',
        '{"title": "x", "excerpt": "x", "tags": [""]}',
        '{"title": "x", "excerpt": "x", "tags": ["1","2","3","4","5","6","7","8","9"]}',
        '{"title": "x", "excerpt": "x", "tags": [], "author": "me"}',
        f'{{"title": "{"x" * 121}", "excerpt": "x", "tags": []}}',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the JSON object"):
        parse_suggestions(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_suggestions(text)
