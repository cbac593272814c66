"""A message is read as Open WebUI shows it; tests/validation compares with the chat's own rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import compose
from tests.unit.content.block_grammar import Markup, parse_blocks, walk

WORDS = st.sampled_from(
    ["Mühlstraße 5", "水車通り", "شارع", "चक्की मार्ग", "Q: why?", "• one", "«deux»", "3~5", "a_b", "12345"]
)


def chat(text: str) -> str:
    return compose(text, title="T", dialect="chat").content


def outline(text: str) -> list[tuple[str, str]]:
    return [(block.name, block.html.strip()) for block in walk(parse_blocks(chat(text)))]


@given(st.lists(WORDS, min_size=2, max_size=6), st.sampled_from(["{}", "> {}", "- {}", "**{}**", "1. {}"]))
def test_a_line_break_is_a_line_break(lines: list[str], place: str) -> None:
    inset = {"> {}": "> ", "- {}": "  ", "1. {}": "   "}.get(place, "")
    text = place.format(f"\n{inset}".join(lines))

    assert chat(text).count("<br>") == len(lines) - 1
    assert "<br>" not in compose(text, title="T").content


@pytest.mark.parametrize(
    "text",
    [
        "Use <your-name> & <b>bold</b>.", "Vec<T> and Map<K, V>", "<thinking>hm</thinking>", "<!-- note -->",
        "a < b > c",
        "<sub>2</sub>", "&copy; &amp; &nbsp;", "<script>alert(1)</script>", "<div>\n<p>**x**</p>\n</div>",
        "<custom-tag/>",
        "<a href='https://a.example' onclick=x>y</a>", "Text <span style=color:red>red</span>",
    ],
)  # fmt: skip
def test_html_and_entities_are_shown_as_they_are_written(text: str) -> None:
    markup = Markup(chat(text))

    assert "".join(markup.text.split()) == "".join(text.split())
    assert markup.tags <= {"p", "br"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one<br>two<br/>three", "<p>one<br>two<br>three</p>"),
        ("<u>under **both**</u> and <u>alone", "<p><u>under <strong>both</strong></u> and &lt;u&gt;alone</p>"),
        ("<@U:1|Anna> asked <#C:2> and <$x>", "<p>@Anna asked #C:2 and &lt;$x&gt;</p>"),
        ("**酵母（Yeast）**很重要", "<p><strong>酵母（Yeast）</strong> 很重要</p>"),
        ("他说**“时间”**最要紧", "<p>他说 <strong>“时间”</strong> 最要紧</p>"),
        ("**注意：**重要", "<p>**注意：**重要</p>"),
        ("no note[^x] here", "<p>no note<sup>x</sup> here</p>"),
        ("~~旧（一）~~新 a~~(b)~~c", "<p><s>旧（一）</s>新 a<s>(b)</s>c</p>"),
        ("~~„alt“~~jung ~~x.~~y", "<p><s>„alt“</s>jung <s>x.</s>y</p>"),
        ("~~**a** [b](/c)~~d", '<p><s><strong>a</strong> <a href="/c">b</a></s>d</p>'),
        ("a~~ b and ~~ c ~~ d~", "<p>a~~ b and ~~ c ~~ d~</p>"),
        ("~~never closed [a](/b) 3~~", '<p><s>never closed <a href="/b">a</a> 3</s></p>'),
        ("[a ~~b](/c) d~~", '<p><a href="/c">a ~~b</a> d~~</p>'),
    ],
)
def test_running_text(text: str, html: str) -> None:
    assert outline(text) == [("paragraph", html)]


@given(st.integers(1, 8), st.sampled_from(["", "> ", "- "]), st.sampled_from(["Antwort", "回答", "جواب"]))
def test_folds_in_folds_hold_markdown(depth: int, place: str, word: str) -> None:
    lines = [f"**{word}**"]
    for level in range(depth):
        lines = ["<details>", f"<summary>S{level}</summary>", "", *lines, "", "</details>"]
    text = "\n".join(
        (place if not index else "  " if place == "- " else place) + line for index, line in enumerate(lines)
    )

    content = chat(text)

    names = [block.name for block in walk(parse_blocks(content))]
    assert names.count("details") == depth
    assert f"<strong>{word}</strong>" in content
    assert "&lt;" not in content


@pytest.mark.parametrize("text", ["<details>\nnever closed", "</details>", "<details><details>\n\n</details>"])
def test_folds_that_never_end_lose_no_text(text: str) -> None:
    assert "closed" in chat(text) or "closed" not in text


def test_a_box_of_colons_is_its_content() -> None:
    text = ':::writing{variant="document"}\n## Head\n\n- a\n:::\n\nAfter.'

    assert [name for name, _ in outline(text)] == ["heading", "list", "list-item", "paragraph"]


@pytest.mark.parametrize("text", [":::writing\nnever closed", "::: \nx\n:::", ":::"])
def test_colons_that_are_no_box_stay(text: str) -> None:
    assert "".join(Markup(chat(text)).text.split()) == "".join(text.split())


@given(
    st.sampled_from(["【4:0†source】", "【12†L3-L7】", "\ue200cite\ue202turn0search1\ue201",
                     "citeturn0search1turn2news3",
                     ":contentReference[oaicite:0]{index=0}", "\ue200navlist\ue202x\ue202turn0\ue201",
                     "[3:1†notes.pdf]", "[cite: 1, 4-6]", "[citation:7]", "[web:2]", "[^3^]"]),
    st.sampled_from(["Brot ist alt {}.", "パンは古い{}。", "- الخبز {}", "## रोटी {}", "> **x** {} y",
                     "| a {} |\n|---|\n| b |"]),
)  # fmt: skip
def test_marks_of_sources_leave_the_text_and_are_told(mark: str, place: str) -> None:
    article = compose(place.format(mark), title="T", dialect="chat")

    assert mark not in article.content
    assert "turn0" not in article.content
    assert article.left_out == (mark,)
    assert Markup(article.content).text.split() == Markup(chat(place.replace(" {}", "").replace("{}", ""))).text.split()
    assert mark in compose(f"`{mark}`", title="T", dialect="chat").content


@pytest.mark.parametrize(
    "text",
    ["【重要】お知らせ", "† 1900", "I cite turn 0 here", "[cite] and [citation needed]", "[web: the book]", "x[^2^3]"],
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert Markup(chat(text)).text.strip() == text


def test_a_number_in_brackets_leads_to_its_source_or_is_warned_of() -> None:
    known = compose("As seen [1].\n\n[1]: https://a.example/x", title="T", dialect="chat")
    unknown = compose("As seen [1][2, 3] there.", title="T", dialect="chat")

    assert '<a href="https://a.example/x">[1]</a>' in known.content
    assert known.warnings == ()
    assert "As seen [1][2, 3] there." in unknown.content
    assert len(unknown.warnings) == 1
    assert "[1]" in str(unknown.warnings[0])


def test_the_mark_that_opens_a_cited_sentence_leaves_its_space() -> None:
    assert outline("Eins.[cite: 2] [cite_start]Zwei [cite: 3].") == [("paragraph", "<p>Eins. Zwei.</p>")]


@given(
    st.sampled_from(["[{}](https://a.example/x)", "([{}](https://a.example/x))", "- [{}](https://a.example/x)"]),
    st.sampled_from(["[1]", "[2, 3]", "see [4] there", "**[5]**", "[6][7]"]),
)
def test_a_number_in_brackets_is_a_links_text(place: str, text: str) -> None:
    article = compose(place.format(text), title="T", dialect="chat")

    assert article.content.count('<a href="https://a.example/x">') == 1
    assert Markup(article.content).text.strip() == place.format("|").split("[")[0].strip("- ") + text.replace(
        "*", ""
    ) + (")" if place[0] == "(" else "")
    assert article.warnings == ()


@given(
    st.sampled_from(["video", "audio", "iframe", "source", "embed", "VIDEO"]),
    st.sampled_from(["", " controls", ' src="/local"', " src=x"]),
    st.sampled_from(
        ["The {} tag", "- {}: a tag", "> {}", "## About {}", "| {} |\n|---|\n| x |", "**{}**", "{}", "{}\n\nx"]
    ),
)
def test_a_player_that_plays_nothing_is_its_tag(name: str, attributes: str, place: str) -> None:
    assert f"<{name}{attributes}>" in Markup(chat(place.format(f"<{name}{attributes}>"))).text


@pytest.mark.parametrize(
    "text",
    [
        "See <video src='https://a.example/v'></video>.", "<video controls>\n<source src='https://a.example/v'>\n</video>",
        "A <video><source src=https://a.example/v></video> B", "<iframe src='https://a.example/v'></iframe>",
    ],
)  # fmt: skip
def test_a_player_with_an_address_is_a_link_to_it(text: str) -> None:
    content = chat(text)

    assert '<a href="https://a.example/v">' in content
    assert "&lt;" not in content


@pytest.mark.parametrize(
    ("inside", "text"),
    [("a &lt;b&gt; &amp;amp;", "a <b> &amp;"), ("`&lt;x&gt;`", "<x>"), ("```\n&quot;x&quot;\n```", '"x"'),
     ("| &uuml; |\n|---|\n| &#8364; |", "ü €")],
)  # fmt: skip
def test_entities_mean_their_signs_in_a_fold_only(inside: str, text: str) -> None:
    content = chat(f"<details>\n<summary>S</summary>\n\n{inside}\n\n</details>\n\n&lt;")

    assert "".join(Markup(content).text.split()) == f"S{text}&lt;".replace(" ", "")


@pytest.mark.parametrize("place", ["{}", "> {}", "- {}"])
@pytest.mark.parametrize("summary", ["\n<summary>Mehr dazu</summary>", "<summary>\nMehr dazu\n</summary>",
                                     "\n\n<summary>Mehr\ndazu</summary>"])  # fmt: skip
def test_a_summary_may_stand_on_lines_of_its_own(summary: str, place: str) -> None:
    inset = "  " if place == "- {}" else place.format("")
    content = chat(place.format(f"<details>\n{summary}\n\nx\n</details>".replace("\n", f"\n{inset}")))

    assert "<summary>Mehr dazu</summary>" in content
    assert "&lt;" not in content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Es sind 5[1](https://a.example)[2](https://b.example) Brote.", "Es sind 5[1][2] Brote."),
        ("パン ([3](https://a.example), [12](https://b.example))", "パン ([3], [12])"),
        ("[[4](https://a.example)] or [5](#here)", "[4] or 5"),
        ("In [1999](https://a.example) and [2nd](https://a.example)", "In 1999 and 2nd"),
        ("https://a.example/1 and <https://a.example/2>", "https://a.example/1 and https://a.example/2"),
    ],
)
def test_the_number_of_a_linked_source_is_no_figure(text: str, shown: str) -> None:
    assert Markup(chat(text)).text.strip() == shown


@pytest.mark.parametrize(
    ("summary", "html"),
    [
        ("Vec<T> & <your-name>", "Vec&lt;T&gt; &amp; &lt;your-name&gt;"),
        ("<b>Fett</b> <video>", "<b>Fett</b> &lt;video&gt;"),
        ("1 < 2 <h3>Mehr</h3>", "1 &lt; 2"),
    ],
)
def test_a_summary_loses_no_tag_that_is_text(summary: str, html: str) -> None:
    assert f"<summary>{html}" in chat(f"<details>\n<summary>{summary}</summary>\n\nx\n</details>")


def test_indented_lines_are_lines() -> None:
    assert outline("    four spaces\n    and more") == [("paragraph", "<p>four spaces<br>and more</p>")]


def test_an_alert_has_the_chats_title() -> None:
    assert "<strong>WARNING</strong>" in chat("> [!WARNING] Hot\n> oven")
    assert "[!warning]" in chat("> [!warning]\n> x")


@pytest.mark.parametrize(
    "sources",
    [
        "## Sources\n\n1. A book\n2. Another",
        "**Quellen:**\n\n1. Ein Buch\n2. Noch eines",
        "## 参考文献\n\n1. 本\n2. 別の本",
        "1. https://a.example/x\n2. [B](https://b.example)",
        "Sources:\n[1] A book\n[2] Another",
        "- [1] A book\n- [2] Another",
        "> [1]: A book\n>\n> [2] Another",
    ],
)
def test_marks_whose_source_the_text_says_are_no_reason_to_warn(sources: str) -> None:
    assert compose(f"# Bread\n\nIt rises [1] and falls [1, 2].\n\n{sources}", dialect="chat").warnings == ()


@pytest.mark.parametrize(
    "ending", ["", "\n\n1. Mix\n2. Bake", "\n\n## Sources\n\n1. A book", "\n\n## Sources\n\n- A book"]
)
def test_marks_whose_source_the_text_does_not_say_are_told(ending: str) -> None:
    (warning,) = compose(f"# Bread\n\nIt rises [1] and falls [2].{ending}", dialect="chat").warnings

    assert "[2]" in str(warning)
    assert ("[1]" in str(warning)) is ("1. A book" not in ending)
