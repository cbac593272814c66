import re
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content.slugs import MAX_ENCODED_LENGTH, Anchors, article_slug, slugify
from presswerk.content.summary import excerpt, first_sentence, reading_time_minutes, shorten
from presswerk.content.words import count_words, words


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Größe, Übermaß & Öl", "groesse-uebermass-oel"),
        ("Crème brûlée à la façon d\u2019Émile", "creme-brulee-a-la-facon-demile"),
        ("Łódź, Ærø, Þór", "lodz-aero-thor"),
        ("Щука и ёж", "shchuka-i-ezh"),
        ("Ελλάδα", "ellada"),
        ("ﬁne ① Ⅷ", "fine-1-viii"),
        ("  --- ", ""),
        ("汉字", ""),
        ("GROẞ", "gross"),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("科技周刊（第 213 期）：知识孤岛", "科技周刊-第-213-期-知识孤岛"),
        ("2026年春季新品发布指南", "2026年春季新品发布指南"),
        ("React में सोचना", "react-में-सोचना"),
        ("Café 東京 & 大阪", "cafe-東京-大阪"),
        ("ジョン・スミスのパン", "ジョン-スミスのパン"),
        ("می‌پزیم نان", "میپزیم-نان"),
        ("The kanji 水 explained", "the-kanji-explained"),
        ("Как использовать React", "kak-ispolzovat-react"),
        ("Xin chào Việt Nam", "xin-chao-viet-nam"),
        ("ΨΩΜΊ και νερό", "psomi-kai-nero"),
        ("1984", "1984"),
        ("'s 's", "s-s"),
    ],
)
def test_slugs_keep_the_readers_script_where_ascii_would_lose_it(title: str, slug: str) -> None:
    assert article_slug("", title) == slug


@given(st.text(st.sampled_from("aé 字かा कि खबक़ ข ม漢\U00020000🍞-_.'/%ß٣خبג"), max_size=120))
def test_a_slug_outlives_wordpress(title: str) -> None:
    """As its `sanitize_title` has it: nothing to take out, nothing to lower, nothing to cut."""
    slug = article_slug(title)

    assert len(quote(slug)) <= MAX_ENCODED_LENGTH
    assert slug == unicodedata.normalize("NFC", slug).lower()
    assert re.fullmatch(r"[^\s%/.'_-]+(?:-[^\s%/.'_-]+)*", slug)
    assert article_slug(slug) == slug


def test_long_slugs_are_cut_at_a_word() -> None:
    assert slugify("wort " * 30) == "-".join(["wort"] * 16)
    assert slugify("x" * 100) == "x" * 80


def test_articles_without_a_letter_get_slugs_that_differ() -> None:
    first, second = article_slug("", "🍞"), article_slug("", "🥖")

    assert first != second
    assert first.startswith("article-")


def test_anchors_are_unique_and_leave_the_footnotes_theirs() -> None:
    anchors = Anchors()

    taken = [anchors.take(text) for text in ("A", "A", "A-2", "a", "1", "fn-1", "汉")]

    assert taken == ["a", "a-2", "a-2-2", "a-3", "section-1", "section-fn-1", "汉"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One"),
        ("Really? Yes.", "Really?"),
        ("At 3.5 percent, e.g. here, it is so. Next.", "At 3.5 percent, e.g. here, it is so"),
        ("これは文です。次。", "これは文です"),
        ("no end", "no end"),
        ("", ""),
    ],
)
def test_first_sentences(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_an_excerpt_has_55_words_at_most() -> None:
    assert excerpt(["word " * 54, "last", "no more"]) == "word " * 54 + "last…"
    assert excerpt(["word " * 54, "last"]) == "word " * 54 + "last"
    assert len(excerpt(["字" * 5000])) <= 420


def test_shortening_cuts_at_a_word() -> None:
    assert shorten("one two, three", 10) == "one two…"
    assert shorten("x" * 20, 10) == "x" * 9 + "…"
    assert shorten("fits", 4) == "fits"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("रोटी बनाना आसान है", 4),
        ("ขนมปังที่บ้าน", 3),
        ("می‌پزیم نان", 2),
        ("빵을 굽다", 4),
        ("naïve cafe\u0301", 2),
        ("x_y", 2),
    ],
)
def test_vowel_signs_and_joiners_are_part_of_words(text: str, count: int) -> None:
    assert len(words(text)) == count


def test_words_of_many_scripts() -> None:
    assert words("It's 3.5 well-known, ok? 汉字 ab") == ["It's", "3.5", "well-known", "ok", "汉", "字", "ab"]


@pytest.mark.parametrize(("count", "minutes"), [(0, 1), (200, 1), (201, 2), (1000, 5)])
def test_reading_time(count: int, minutes: int) -> None:
    assert reading_time_minutes(count) == minutes


@given(st.one_of(st.text(), st.text(st.sampled_from("ab1äßżщωक中かกक़ '’.,-_ –“…。、\n"))))
def test_words_are_counted_as_they_are_split(text: str) -> None:
    assert count_words(text) == len(words(text))
