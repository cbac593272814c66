"""Formulas are no Markdown: their LaTeX reaches the site character by character, and nothing of it counts as words."""

import json
import re
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from presswerk.content import Dialect, compose
from presswerk.content.mathml import mathml
from tests.unit.content.block_grammar import Markup, parse_blocks, walk

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
LATEX = (
    r"\theta", r"A = \{1, 2\}", r"a_1*b_2*c_3", r"x < y > z", r"\frac{a}{b}", r"f'(x) = \"o", r"[a]_i [b](c)", r"50\%",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", r"\text{für alle } x", r"a \\ b", "速度 = 距離", r"\alpha~\beta",
    r"\sum_{i=1}^{n} i^2", r"e^{i\pi}+1=0", r"|x|", r"`x`", r"\{x \mid x > 0\}", r"a--b", "<b>x</b>", r"\$5",
)  # fmt: skip
NEIGHBOURS = (
    "{}", "Es gilt {}.", "面積は{}です。", "({})", "- {}", "> {}", "## {}", "**{}** x",
    "| a | b |\n|---|---|\n| {} | c |",
)  # fmt: skip


def sources(content: str) -> list[str]:
    """Return the LaTeX of every formula, as WordPress would read it."""
    found = [value for tag, name, value in Markup(content).attributes if (tag, name) == ("math", "data-latex")]
    return found + [str(block.attributes["latex"]) for block in walk(parse_blocks(content)) if block.name == "math"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("place", NEIGHBOURS)
@pytest.mark.parametrize("latex", [each for each in LATEX if mathml(each, display=False)])
def test_a_formula_in_a_line_keeps_every_character(latex: str, place: str, dialect: Dialect) -> None:
    written = latex.replace("|", r"\vert ") if place.startswith("|") else latex

    content = compose(place.format(rf"\({written}\)"), title="T", dialect=dialect).content

    assert sources(content) == [written]
    assert not Markup(content).tags & {"em", "s", "b"}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("left", "right"), [("$$", "$$"), ("$$\n", "\n$$"), ("\\[", "\\]"), ("\\[\n", "\n\\]")])
@pytest.mark.parametrize("before", ["", "Text:\n", "Text:\n\n", "- item\n\n  ", "> "])
def test_a_formula_of_its_own_is_a_block(before: str, left: str, right: str, dialect: Dialect) -> None:
    latex = "\\begin{aligned}\na &= b * c \\\\\n- d &= e_1 * f_2\n\\end{aligned}"
    inset = "\n" + before.rpartition("\n")[2].replace("- ", "  ")
    text = before + (left + latex + right).replace("\n", inset)

    content = compose(text + "\n\nAfter.", title="T", dialect=dialect).content

    assert sources(content) == [latex]
    assert "After." in Markup(content).text
    assert "em" not in Markup(content).tags


@pytest.mark.parametrize("place", ["{}", "> {}", "- {}", "1. Satz\n\n   {}"])
@pytest.mark.parametrize(("left", "right"), [("$$", "$$"), ("\\[", "\\]"), ("\\begin{equation}", "\\end{equation}")])
def test_the_chat_sees_a_formula_across_empty_lines(left: str, right: str, place: str) -> None:
    inset = "\n" + {"> {}": "> ", "- {}": "  ", "1. Satz\n\n   {}": "   "}.get(place, "")
    text = place.format(f"{left}\nx = a_1 * b_1 *\n\n- y\n{right}".replace("\n", inset))

    assert sources(compose(f"{text}\n\nEnde.", title="T", dialect="chat").content) == ["x = a_1 * b_1 *\n\n- y"]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("\\begin{equation}\na = b\n\\end{equation}", "a = b"),
        ("\\begin{align*}\na &= b\n\\end{align*}", "\\begin{align*}\na &= b\n\\end{align*}"),
        ("Zuerst $$x^2$$", "x^2"),
        ("\\begin{cases}\na \\\\ b\n\\end{cases}", "\\begin{cases}\na \\\\ b\n\\end{cases}"),
        ("$x_1$ und", "x_1"),
        ("the \\(n_1\\)th one", "n_1"),
        ("eine \\[ a = b\n= c \\]", " a = b\n= c "),
        ("\\[ E = mc^2 \\tag{1} \\]", "E = mc^2 \\tag{1}"),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_delimiters_of_every_kind(text: str, latex: str, dialect: Dialect) -> None:
    assert sources(compose(text, title="T", dialect=dialect).content) == [latex]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.", "Costs $5, or 10$ today.", "US$5 and CA$7", "$HOME and $PATH", "Between $5-$10 a month",
        "`\\(x\\)` is code", "```\n$$\nx\n$$\n```", "$ 5 and 6 $", "\\\\(x\\\\)", "a $ b", "$$", "\\(", "\\[ open",
        "Preis: 5$ bis 10$.",
    ],
)  # fmt: skip
def test_money_code_and_what_never_ends_are_no_formulas(text: str, dialect: Dialect) -> None:
    content = compose(text, title="T", dialect=dialect).content

    assert sources(content) == []
    assert Markup(content).text.count("$") == text.count("$")


@pytest.mark.parametrize(
    "text", ["- \\[x\\] done", "3 $ + 4 $", "\\[see below\\]", "\\(see the note\\)", "a \\[1\\] b"]
)
def test_escaped_brackets_of_a_file_are_brackets(text: str) -> None:
    assert sources(compose(text, title="T").content) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "text",
    [
        r"\(\foo{x}\)",
        r"$$\begin{foo} a \\ b \end{foo}$$",
        "\\[\n\\foo{x} \\\\\n- y * z * w\n\\]",
        r"\(\frac{a\)",
        r"\begin{foo} a \\ b_1 \end{foo}",
    ],
)
def test_what_cannot_be_read_stays_with_every_backslash(text: str, dialect: Dialect) -> None:
    content = compose(text, title="T", dialect=dialect).content

    assert sources(content) == []
    assert "".join(Markup(content).text.split()) == "".join(text.split())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_formulas_are_no_words(dialect: Dialect) -> None:
    article = compose("# Der Satz \\(a^2\\)\n\nZwei Wörter \\(\\sin \\cos \\tan\\)\n\n$$\nx y z\n$$", dialect=dialect)

    assert article.word_count == 2
    assert article.title == "Der Satz a^2"


@given(
    st.text(st.sampled_from("ab12 \\{}()[]$_^&<>\"'*~`|\n%é中"), max_size=60),
    st.sampled_from(["\\({}\\)", "\\[{}\\]", "$${}$$", "$${}\n$$", "${}$"]),
    st.sampled_from(DIALECTS),
)
@example("\\sqrt{" * 3000 + "x", "\\({}\\)", "chat")
@example("\\frac" * 5000, "$${}$$", "commonmark")
def test_any_latex_becomes_valid_blocks_and_nothing_that_runs(latex: str, place: str, dialect: Dialect) -> None:
    content = compose(f"Before {place.format(latex)} after", title="T", dialect=dialect).content

    blocks = list(walk(parse_blocks(content)))
    assert all(json.dumps(block.attributes.get("latex", "")) for block in blocks)
    assert not Markup(content).tags & {"script", "iframe", "img", "annotation-xml", "maction"}
    assert not re.search(r"<[^>]*\s(?:on\w+|href|src)=", content)


CHEMISTRY = {
    "\\ce{H2O}": "H2O",
    "\\ce{2H2 + O2 -> 2H2O}": "2H2+O2→2H2O",
    "\\ce{[Fe(CN)6]^4-}": "[Fe(CN)6]4−",
    "\\ce{Al^{3+} + 3 OH- <=> Al(OH)3 v}": "Al3++3OH−⇌Al(OH)3↓",
    "\\ce{MgSO4.7H2O}": "MgSO4⋅7H2O",
    "\\ce{^{238}_{92}U}": "23892U",
    "\\ce{N#N}": "N≡N",
    "\\ce{1/2 O2 (g)}": "1/2O2(g)",
    "\\pu{5.1 kg m^-3}": "5.1 kg m−3",
    "\\pu{2e-3 mol/L}": "2⋅10−3 mol/L",
    "\\pu{40 %}": "40 %",
}


@pytest.mark.parametrize("place", ["Es ist {}.", "水は {} です", "- ${}$", "| a |\n|---|\n| {} |", "> \\[{}\\]"])
@pytest.mark.parametrize("latex", CHEMISTRY)
def test_chemistry_is_a_formula_with_its_own_source(latex: str, place: str) -> None:
    content = compose(place.format(latex), title="T", dialect="chat").content

    assert sources(content) == [latex]


@pytest.mark.parametrize("latex", CHEMISTRY)
def test_numbers_and_charges_of_chemistry_stand_where_they_belong(latex: str) -> None:
    markup = mathml(latex, display=False)

    assert markup is not None
    visible = Markup(markup.partition("<annotation")[0]).text
    assert sorted(visible.replace("\u00a0", " ")) == sorted(CHEMISTRY[latex])


@pytest.mark.parametrize(
    "source",
    ["\\ce{A ->[\\Delta] B}", "\\ce{\\alpha}", "\\ce{}", "\\ce{$x$}", "\\pu{3 €}", "\\ce{X ->[H+] Y}", "$\\ce{H2$"],
)
def test_chemistry_that_says_more_stays_as_it_is_written(source: str) -> None:
    assert source in Markup(compose(f"Es ist {source}.", title="T", dialect="chat").content).text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("x^2", "x²"),
        ("H_2O", "H₂O"),
        (r"e^{i\pi}+1=0", "e^iπ+1=0"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"\sqrt{x+1}", "√(x+1)"),
        (r"\sum_{i=1}^n i", "∑_(i=1)ⁿi"),
        (r"a < b", "a<b"),
        (r"\sin x", "sin x"),
        (r"\sin^2 x", "sin²x"),
        (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", "(a b; c d)"),
    ],
)
def test_an_excerpt_says_a_formula_as_text(latex: str, text: str) -> None:
    article = compose(f"# T\n\nHere ${latex}$ counts.")

    assert article.excerpt == article.seo_description == f"Here {text} counts."
    assert article.word_count == 2
