"""Shortcodes in a text stand in doubled brackets, which WordPress takes off; tests/integration asks a real one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from presswerk.content.shortcodes import CORE_SHORTCODES, as_text

PIECES = (
    "[gallery]", "[caption]", "[/caption]", '[audio src="x"]', "[video /]", "[[gallery]]", "[", "]", "/", " text ",
    "[1]", "[galleryx]", "[x]", "<p>", "</p>", "\n\n", "[playlist ", "[/gallery]", "[caption id='a']",
)  # fmt: skip
# The rule of WordPress's get_shortcode_regex() for what it registers itself, but for `embed`.
_NAMES = "|".join(name for name in CORE_SHORTCODES if name != "embed")
WORDPRESS = re.compile(
    rf"\[(\[?)({_NAMES})(?![\w-])([^\]/]*(?:/(?!\])[^\]/]*)*?)(?:(/)\]|\](?:([^\[]*(?:\[(?!/\2\])[^\[]*)*)\[/\2\])?)(\]?)"
)


def shown(content: str) -> str:
    """Return what a page shows, "RAN" where a shortcode came alive."""

    def run(match: re.Match[str]) -> str:
        hidden = match[1] and match[6]
        return match[0][1:-1] if hidden else f"{match[1]}RAN{match[6]}"

    return WORDPRESS.sub(run, content)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_a_page_shows_what_was_written(text: str) -> None:
    assert shown(as_text(text)) == text


@given(st.text(st.sampled_from("[]ab 1/")))
def test_brackets_that_are_no_shortcode_stay_as_they_are(text: str) -> None:
    assert as_text(text) == text


@given(st.lists(st.sampled_from((*PIECES, "[contact-form-7 id=1]", "[contact]", "[/contact]", "[a.b]")), max_size=14))
def test_what_plugins_register_is_shown_too_and_what_nobody_registers_stays(pieces: list[str]) -> None:
    registered = ("contact", "contact-form-7", "a.b")
    text = "".join(pieces)

    hidden = as_text(text, registered)

    assert hidden.replace("[", "").replace("]", "") == text.replace("[", "").replace("]", "")
    for name in registered:
        assert not re.search(rf"(?<!\[)\[{re.escape(name)}(?![\w-])[^\]\[]*\](?!\])", hidden)
    assert as_text("[axb] and [contacts] and [contact-form]", registered) == "[axb] and [contacts] and [contact-form]"
