"""WordPress's own editor code accepts what the composer makes, would save the same bytes, and shows the same text."""

import re
from collections.abc import Iterator, Mapping

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.gfm import gfm_plugin

from presswerk.content import PlacedImage, compose
from presswerk.content.markdown import make_parser, tidy
from tests.unit.content.block_grammar import first_loss, squeezed
from tests.unit.content.documents import PLAIN_FRAGMENTS, corpus, made_up
from tests.validation.spec_examples import examples
from tests.validation.wordpress import Case, Validator, Verdict, running_validator

pytestmark = pytest.mark.integration

_FORMULA_SOURCE = re.compile(r"<!-- wp:math \{[^\n]*\} -->")
_LATEX = re.compile(r'data-latex="[^"]*"')
TITLE = "A title that no document has"
MADE_UP = 300
# Examples whose text differs from the specification's HTML on purpose.
SHOWN_AS_CODE = {173}  # a <style> that never ends would swallow the rest of the article
CAPTIONED = {572, 573, 576, 577, 584, 585, 586, 588, 589, 591}  # an image's title becomes its visible caption
MOVED = {"html-tables"}  # a table's caption stands below it in WordPress


def composed(markdown: str) -> tuple[str, str]:
    """Return the content of the first pass and of the second with all images placed."""
    first = compose(markdown, title=TITLE)
    placed = {
        image.source: PlacedImage(number, f"https://site.example/{number}.png")
        for number, image in enumerate(first.images, 1)
    }
    return first.content, compose(markdown, title=TITLE, images=placed).content


def judge(validator: Validator, documents: Mapping[str, tuple[str, str]]) -> dict[str, tuple[Case, Verdict]]:
    """Judge (Markdown, reference HTML) pairs; what the first pass makes differently is judged as well."""
    cases: list[Case] = []
    for name, (markdown, html) in documents.items():
        first, second = composed(markdown)
        cases.append(Case(name, second, html))
        if first != second:
            cases.append(Case(f"{name}, first pass", first))
    verdicts = validator.validate(cases)
    return {case.name: (case, verdicts[case.name]) for case in cases}


def complaints(judged: Mapping[str, tuple[Case, Verdict]]) -> list[str]:
    """List every block that is invalid, unknown, classic or raw HTML, and every byte the editor would change."""
    found: list[str] = []
    for name, (case, verdict) in judged.items():
        found += [f"{name}: {problem}" for problem in verdict.problems]
        unwanted = {"core/freeform", "core/missing", "core/html"} & set(verdict.blocks)
        found += [f"{name}: {block}" for block in unwanted]
        if without_entities(verdict.serialized) != without_entities(case.content):
            found.append(f"{name}: the editor would save\n{verdict.serialized}\ninstead of\n{case.content}")
    return found


def without_entities(content: str) -> str:
    """Undo what is written in two ways: entities against autoembeds, signs in attributes, a formula's source.

    The editor after WordPress 7.1 reads a formula's source from its annotation, 7.1 from the block's comment.
    """
    content = _FORMULA_SOURCE.sub("<!-- wp:math -->", content)
    content = _LATEX.sub(lambda match: match[0].replace("&lt;", "<").replace("&gt;", ">"), content)
    return content.replace("&#91;", "[").replace("&#47;", "/")


def shown(text: str) -> str:
    """Squeeze a text for comparison: a task's box is drawn by us, its embed's address is one WordPress knows."""
    squeezed_text = squeezed(text).replace("☐", "[]").replace("☑", "[x]")
    return squeezed_text.replace("//x.com/", "//twitter.com/")


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with running_validator() as validator:
        yield validator


@pytest.fixture(scope="module")
def specification(validator: Validator) -> dict[str, tuple[Case, Verdict]]:
    return judge(validator, {str(example.number): (example.markdown, example.html) for example in examples()})


@pytest.fixture(scope="module")
def corpus_verdicts(validator: Validator) -> dict[str, tuple[Case, Verdict]]:
    reference = MarkdownIt("commonmark", {"maxNesting": 60}).use(gfm_plugin)
    reference.options["strikethrough_single_tilde"] = False
    for rule in ("footnote_ref", "footnote_anchor"):
        reference.add_render_rule(rule, lambda *_: "")
    documents = corpus()
    return judge(validator, {name: (text, reference.render(tidy(text))) for name, text in documents.items()})


def test_all_examples_of_the_specification_are_there(specification: dict[str, tuple[Case, Verdict]]) -> None:
    assert len([name for name in specification if name.isdigit()]) == 652


def test_the_editor_accepts_every_example_of_the_specification(
    specification: dict[str, tuple[Case, Verdict]],
) -> None:
    assert complaints(specification) == []


def test_the_examples_of_the_specification_show_the_same_text(
    specification: dict[str, tuple[Case, Verdict]],
) -> None:
    differing = {
        int(name)
        for name, (case, verdict) in specification.items()
        if name.isdigit() and squeezed(verdict.text) != squeezed(verdict.reference_text)
    }

    assert differing == SHOWN_AS_CODE | CAPTIONED


def test_the_examples_that_differ_only_show_more(specification: dict[str, tuple[Case, Verdict]]) -> None:
    for number in SHOWN_AS_CODE | CAPTIONED:
        _, verdict = specification[str(number)]
        assert first_loss(squeezed(verdict.reference_text), squeezed(verdict.text)) == ""


def test_the_editor_accepts_the_corpus(corpus_verdicts: dict[str, tuple[Case, Verdict]]) -> None:
    assert len(corpus_verdicts) >= 40
    assert complaints(corpus_verdicts) == []


def test_the_corpus_loses_no_visible_text(corpus_verdicts: dict[str, tuple[Case, Verdict]]) -> None:
    # The reference parser refuses some addresses and shows their source; we keep the text of such a link.
    refused = {"images", "links"}
    formulas = {"math-and-dollars"}  # to the reference they are text
    lost = {
        name: loss
        for name, (_, verdict) in corpus_verdicts.items()
        if "," not in name and name not in MOVED | refused | formulas
        if (loss := first_loss(shown(verdict.reference_text), shown(verdict.text)))
    }

    assert lost == {}


def test_a_moved_caption_is_still_there(corpus_verdicts: dict[str, tuple[Case, Verdict]]) -> None:
    for name in MOVED:
        _, verdict = corpus_verdicts[name]
        assert sorted(squeezed(verdict.text)) == sorted(squeezed(verdict.reference_text))


def test_the_editor_accepts_documents_made_to_hurt(validator: Validator) -> None:
    documents = {name: (text, "") for name, text in made_up(MADE_UP, seed=71).items()}

    assert complaints(judge(validator, documents)) == []


def test_documents_made_to_hurt_lose_no_visible_text(validator: Validator) -> None:
    # Footnotes move to the end and alerts are reworded, so the reference cannot show them the same way.
    plain = [fragment for fragment in PLAIN_FRAGMENTS if "[^" not in fragment and "[!NOTE]" not in fragment]
    reference = make_parser("commonmark")
    documents = {name: (text, reference.render(tidy(text))) for name, text in made_up(MADE_UP, 72, plain).items()}

    judged = judge(validator, documents)

    lost = {
        name: loss
        for name in documents
        if (loss := first_loss(shown(judged[name][1].reference_text), shown(judged[name][1].text)))
    }
    assert complaints(judged) == []
    assert lost == {}


def test_the_validator_sees_what_is_wrong(validator: Validator) -> None:
    wrong = {
        "core/paragraph: invalid": "<!-- wp:paragraph -->\n<h2>no paragraph</h2>\n<!-- /wp:paragraph -->",
        "core/missing": "<!-- wp:nonsense -->\n<p>x</p>\n<!-- /wp:nonsense -->",
        "core/freeform": "<p>text outside of blocks</p>",
        "core/html": "<!-- wp:html -->\n<b>x</b>\n<!-- /wp:html -->",
        "core/list-item: invalid": "<!-- wp:list-item -->\n<li><strong></strong></li>\n<!-- /wp:list-item -->",
        "instead of": "<!-- wp:paragraph -->\n<p >x</p>\n<!-- /wp:paragraph -->",
    }
    cases = [Case(complaint, content) for complaint, content in wrong.items()]

    verdicts = validator.validate(cases)

    for case in cases:
        found = complaints({case.name: (Case("wrong", case.content), verdicts[case.name])})
        assert any(case.name in complaint for complaint in found), (case.name, found)
