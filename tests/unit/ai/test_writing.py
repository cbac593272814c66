"""What the stand-in writes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk.ai.stand_in.writing import MAX_TITLE_LENGTH, language_of, topic_of, write_article
from presswerk.content import compose

ENGLISH = "Write an article about keeping bees on Berlin's roofs. Use headings."
GERMAN = "Schreibe einen Artikel über Bienen auf Berliner Dächern!"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(), max_size=3))
def test_any_conversation_gives_an_article_that_says_what_it_is(prompts: list[str]) -> None:
    article = write_article(prompts)
    lines = article.splitlines()
    assert re.fullmatch(r"# \S.*", lines[0])
    assert len(lines[0]) <= len("# ") + MAX_TITLE_LENGTH + 1
    assert sum(line.startswith("# ") for line in lines) == 1
    assert "no AI" in lines[2] or "keine KI" in lines[2]
    assert write_article(prompts) == article


@pytest.mark.parametrize("prompt", [ENGLISH, GERMAN])
def test_an_article_has_one_of_everything(prompt: str) -> None:
    article = compose(write_article([prompt]))
    for block in ("heading", "list", "quote", "table", "code", "paragraph"):
        assert f"<!-- wp:{block} " in article.content, block
    assert '<ol class="wp-block-list">' in article.content
    assert "☑" in article.content
    assert "☐" in article.content
    assert '<a href="https://wordpress.org/documentation/">' in article.content
    assert "<s>" in article.content
    assert {heading.level for heading in article.contents} == {2, 3}
    (image,) = article.images
    assert image.source.startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        (ENGLISH, "Keeping bees on Berlin's roofs"),
        (GERMAN, "Bienen auf Berliner Dächern"),
        ("Warum ist Kaffee gut?", "Warum ist Kaffee gut?"),
        ("hello there", "Hello there"),
        ("# **bold** <script>alert(1)</script>", "Bold script alert 1 /script"),
        ("", ""),
        ("about " + "word " * 40, "Word " + "word " * 14 + "word"),
        ("Write an article about: bread", "Bread"),
        ("Schreibe einen Artikel zum Thema : Brot", "Brot"),
    ],
)
def test_the_title_is_what_the_prompt_is_about(prompt: str, title: str) -> None:
    assert topic_of(prompt) == title


@pytest.mark.parametrize(
    ("prompt", "language"),
    [(ENGLISH, "en"), (GERMAN, "de"), ("Kaffee", "en"), ("Wie geht das?", "de"), ("How do I do this?", "en")],
)
def test_it_answers_in_the_language_of_the_prompt(prompt: str, language: str) -> None:
    assert language_of(prompt) == language


def test_a_follow_up_keeps_the_topic_and_language() -> None:
    shorter = write_article([GERMAN, "Please shorten it"])
    assert shorter.startswith("# Bienen auf Berliner Dächern\n")
    assert "## Kurz gesagt" in shorter
    assert len(shorter) < len(write_article([GERMAN]))


def test_another_question_gets_another_article() -> None:
    assert write_article([GERMAN, ENGLISH]) == write_article([ENGLISH])


def test_files_before_the_question_are_not_the_topic() -> None:
    with_files = f"### Task:\nRespond on the basis of this.\n<context>\nAll about whales.\n</context>\n\n{GERMAN}"
    assert write_article([with_files]) == write_article([GERMAN])


def test_braces_in_a_prompt_are_only_text() -> None:
    assert write_article(["about {picture} {0} {topic}"]).startswith("# Picture 0 topic\n")
