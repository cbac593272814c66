"""What a human writes stays, however much it looks like talk with an assistant."""

import re
from collections import Counter
from functools import cache
from html import unescape
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import compose
from presswerk.content.words import RUN
from tests.unit.content.messages import languages

_TEXTS = Path(__file__).parents[2] / "data" / "content" / "human_texts.yaml"
ABOVE = ("", "---\n\n")
# What the paragraph beside it explains, and what names the article's fields when it stands alone, needs that company.
NEED_COMPANY = (
    "# Prompts",
    "# Ein Kellner",
    "## The office",
    "# Warum Schlagwörter",
    "Sure!",
    "Natürlich!",
    "Gerne!",
    "Absolutely!",
)


@cache
def texts() -> tuple[str, ...]:
    return tuple(yaml.safe_load(_TEXTS.read_text("utf-8")))


def tempting(text: str) -> str:
    """Return the block of a message that looks like talk: what stands above its heading, else the last one."""
    blocks = text.split("\n\n")
    return blocks[-1] if blocks[0].startswith("#") else blocks[0]


def words(text: str) -> Counter[str]:
    return Counter(RUN.findall(text))


def missing(text: str) -> Counter[str]:
    article = compose(text, dialect="chat")
    return words(text) - words(f"{article.title}\n{unescape(re.sub('<[^>]*>', ' ', article.content))}")


@pytest.mark.parametrize("text", texts())
def test_every_word_of_a_human_stays(text: str) -> None:
    assert missing(text) == Counter()


@given(
    text=st.sampled_from([tempting(text) for text in texts() if not text.startswith(NEED_COMPANY)]),
    place=st.sampled_from(["first", "middle", "last"]),
    rule=st.sampled_from(ABOVE),
    language=st.sampled_from(sorted(languages())),
    level=st.sampled_from(["# ", "## "]),
)
def test_what_a_human_writes_stays_wherever_it_stands(
    text: str, place: str, rule: str, language: str, level: str
) -> None:
    blocks = languages()[language]
    title, body = f"{level}{blocks.title}", f"{blocks.intro}\n\n{blocks.section(0)}"
    message = {
        "first": f"{text}\n\n{rule}{title}\n\n{body}",
        "middle": f"{title}\n\n{blocks.intro}\n\n{rule}{text}\n\n{blocks.section(0)}",
        "last": f"{title}\n\n{body}\n\n{rule}{text}",
    }[place]

    assert compose(message, dialect="chat").left_out == ()
    assert missing(message) == Counter()
