import pytest

from presswerk.content import ContentsEntry, ImageReference, PlacedImage, compose, title_of
from tests.unit.content.block_grammar import parse_blocks, walk

ARTICLE = """Sure, here it is!

# Der *Käse*[^1] & mehr

Käse ist ein Lebensmittel. Käse macht man aus Milch, und Milch kommt von der Kuh.

## Käsesorten

### Gouda

![Laib](https://a.example/laib.png "Ein Laib")

```
Code ist kein Käse
```

[^1]: Mehr über Käse.
"""


def test_the_first_heading_becomes_the_title_and_leaves_the_content() -> None:
    article = compose(ARTICLE)

    assert article.title == "Der Käse & mehr"
    assert article.slug == "der-kaese-mehr"
    assert article.contents == (ContentsEntry(2, "Käsesorten", "kaesesorten"), ContentsEntry(3, "Gouda", "gouda"))
    assert "<h1" not in article.content
    assert "Sure, here it is!" in article.content


def test_without_a_heading_the_first_sentence_is_the_title_and_stays() -> None:
    article = compose("Dr. Who is 4.5 light years away. Really!")

    assert article.title == "Dr. Who is 4.5 light years away"
    assert "Dr. Who is 4.5 light years away. Really!" in article.content


def test_an_empty_text_is_untitled() -> None:
    article = compose(" \n\n<!-- nothing -->\n\n# \n")

    assert (article.title, article.slug, article.content, article.excerpt) == ("Untitled", "untitled", "", "")
    assert article.reading_time_minutes == 1


def test_a_given_title_keeps_another_heading_in_the_content() -> None:
    assert [heading.text for heading in compose("# One\n\n# Two", title="  Three\n ").contents] == ["One", "Two"]
    assert [heading.text for heading in compose("# One\n\n# Two", title="One").contents] == ["Two"]
    assert compose("# One", title=" Three\n ").title == "Three"


def test_a_heading_inside_a_quote_is_no_title() -> None:
    assert title_of("> # Quoted\n\nFirst sentence. Second.") == "Quoted"
    assert "wp-block-heading" in compose("> # Quoted\n\nFirst.").content
    assert title_of("> # Quoted\n\n# Own") == "Own"


def test_what_is_given_is_taken() -> None:
    article = compose(ARTICLE, slug="Mein Käse!", excerpt=" Ein\nAuszug ", tags=[" Käse ", "käse", "", "Milch\n"])

    assert article.slug == "mein-kaese"
    assert article.excerpt == "Ein Auszug"
    assert article.tags == ("Käse", "Milch")
    assert article.seo_description == "Ein Auszug"
    assert compose(ARTICLE, tags=[]).tags == ()


def test_the_excerpt_comes_from_the_text_not_from_code_or_footnotes() -> None:
    assert compose(ARTICLE).excerpt == (
        "Sure, here it is! Käse ist ein Lebensmittel. Käse macht man aus Milch, und Milch kommt von der Kuh."
    )


def test_images_are_named_once_in_order() -> None:
    article = compose(
        "![b](b.png) x ![a](<a b.png> 't') ![b again](b.png)\n\n"
        '<img src="c.png" alt="c"> ![data](data:image/png;base64,AA==)\n\n> - ![deep](d.png)'
    )

    assert article.images == (
        ImageReference("b.png", "b", ""),
        ImageReference("a b.png", "a", "t"),
        ImageReference("c.png", "c", ""),
        ImageReference("data:image/png;base64,AA==", "data", ""),
        ImageReference("d.png", "deep", ""),
    )


def test_attached_images_the_text_does_not_name_come_below() -> None:
    attached = [
        ImageReference("named.png", "named", ""),
        ImageReference("one.png", "one", ""),
        ImageReference("two.png", "two", "Second"),
    ]
    placed = {
        f"{name}.png": PlacedImage(i, f"https://site.example/{name}")
        for i, name in enumerate(["named", "one", "two"], 1)
    }

    article = compose("# T\n\n![x](named.png)\n\nEnd.", attached=attached, images=placed)

    assert [image.source for image in article.images] == ["named.png", "one.png", "two.png"]
    assert [block.name for block in parse_blocks(article.content)] == ["image", "paragraph", "gallery"]
    assert [block.attributes["id"] for block in walk(parse_blocks(article.content)) if block.name == "image"] == [
        1,
        2,
        3,
    ]


def test_reading_time_counts_visible_words() -> None:
    article = compose("# Title\n\n" + "word " * 401)

    assert (article.word_count, article.reading_time_minutes) == (401, 3)


def test_long_titles_are_cut_at_a_word() -> None:
    article = compose("# " + "word " * 100)

    assert len(article.title) <= 200
    assert article.title.endswith("word…")
    assert len(article.seo_title) <= 60


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("1½ cups", "1-1-2-cups"),
        ("¼ cup", "1-4-cup"),
        ("10² tips", "10-2-tips"),
        ("x² and H₂O", "x2-and-h2o"),
        ("2① steps", "2-1-steps"),
    ],
)
def test_signs_that_say_a_number_of_their_own_are_parted_from_one_before_them(title: str, slug: str) -> None:
    assert compose("Text.", title=title).slug == slug
