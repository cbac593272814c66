"""Shortcodes in a text stand in doubled brackets, which WordPress takes off; tests/integration asks a real one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from presswerk.content.shortcodes import CORE_SHORTCODES, as_text

PIECES = (
    "[gallery]", "[caption]", "[/caption]", '[audio src="x"]', "[video /]", "[[gallery]]", "[", "]", "/", " text ",
    "[1]", "[galleryx]", "[x]", "<p>", "</p>", "\n\n", "[playlist ", "[/gallery]", "[caption id='a']",
)  # fmt: skip
REGISTERED = ("contact-form-7", "contact", "a.b")


def wordpress(*registered: str) -> re.Pattern[str]:
    """Return the rule of WordPress's get_shortcode_regex() for these and what it registers itself, but for `embed`."""
    names = "|".join(map(re.escape, (*registered, *(name for name in CORE_SHORTCODES if name != "embed"))))
    return re.compile(
        rf"\[(\[?)({names})(?![\w-])([^\]/]*(?:/(?!\])[^\]/]*)*?)"
        r"(?:(/)\]|\](?:([^\[]*(?:\[(?!/\2\])[^\[]*)*)\[/\2\])?)(\]?)"
    )


def shown(content: str, *registered: str) -> str:
    """Return what a page shows, "RAN" where a shortcode came alive."""

    def run(match: re.Match[str]) -> str:
        hidden = match[1] and match[6]
        return match[0][1:-1] if hidden else f"{match[1]}RAN{match[6]}"

    return wordpress(*registered).sub(run, content)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_a_page_shows_what_was_written(text: str) -> None:
    assert shown(as_text(text)) == text


@given(st.text(st.sampled_from("[]ab 1/")))
def test_brackets_that_are_no_shortcode_stay_as_they_are(text: str) -> None:
    assert as_text(text) == text


@given(st.lists(st.sampled_from((*PIECES, "[contact-form-7 id=1]", "[contact]", "[/contact]", "[a.b]")), max_size=14))
def test_a_page_shows_what_was_written_where_plugins_register_more(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert shown(as_text(text, REGISTERED), *REGISTERED) == text


def test_names_that_nobody_registers_stay_as_they_are() -> None:
    text = "[axb] and [contacts] and [contact-form]"
    assert as_text(text, REGISTERED) == text
