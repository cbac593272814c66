"""What the Publish action makes of a message's text, without Open WebUI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.openwebui.functions import publish
from presswerk.openwebui.functions.publish import Site, clean_text, footer, link_target, message_text, quoted, title_of
from presswerk.openwebui.provision import publish_source

SITE = Site("acme", "Acme News", "http://acme.localhost:8101", ("draft",))
DRAFTED = {
    "state": "drafted",
    "post": {
        "link": "http://acme.localhost:8101/?p=42",
        "preview_link": "http://acme.localhost:8101/?p=42&preview=true",
        "edit_link": "http://acme.localhost:8101/wp-admin/post.php?post=42&action=edit",
    },
}


def test_the_clicked_message_is_taken_and_not_the_last_one() -> None:
    body = {
        "id": "b",
        "messages": [{"id": "a", "content": "A"}, {"id": "b", "content": "B"}, {"id": "c", "content": "C"}],
    }

    assert message_text(body) == "B"


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"id": "x", "messages": [{"id": "x", "content": None}]}])
def test_a_message_without_text_is_empty(body: dict[str, object]) -> None:
    assert message_text(body) == ""


def test_traces_of_reasoning_and_tools_are_not_published() -> None:
    content = (
        '<details type="reasoning" done="true">\n<summary>Thought</summary>\nSecret plan\n</details>\n# Title\n\nText'
    )

    assert clean_text(content) == "# Title\n\nText"


def test_an_authors_own_fold_stays() -> None:
    content = "# Title\n\n<details><summary>More</summary>Kept</details>"

    assert clean_text(content) == content


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# A walk in *Berlin*\n\nText", "A walk in Berlin"),
        ("Intro.\n\n## Second level ##\n\nText", "Second level"),
        ("```\n# no heading\n```\n\nFirst sentence. Second one.", "First sentence."),
        ("**Bold** start! And more.", "Bold start!"),
        ("[Linked](http://x.example/) words", "Linked words"),
        ("> quoted first line", "quoted first line"),
        ("![](/api/v1/files/abc/content)", "Untitled"),
        ("#hashtag is no heading. Right?", "hashtag is no heading."),
    ],
)
def test_the_title_shown_is_the_first_heading_or_sentence(text: str, title: str) -> None:
    assert title_of(text) == title


def test_the_footer_links_to_editing_and_preview() -> None:
    line = footer(DRAFTED, SITE)

    assert line.endswith(
        "**Draft on Acme News:** "
        "[Edit in WordPress](http://acme.localhost:8101/wp-admin/post.php?post=42&action=edit) · "
        "[Preview](http://acme.localhost:8101/?p=42&preview=true)"
    )


def test_a_published_post_is_viewed_rather_than_previewed() -> None:
    line = footer({**DRAFTED, "state": "published"}, SITE)

    assert "**Published on Acme News:** [View](http://acme.localhost:8101/?p=42) · [Edit in WordPress](" in line


def test_without_a_post_there_is_no_footer() -> None:
    assert footer({"state": "drafted", "post": None}, SITE) == ""


@given(st.text())
def test_a_footer_never_stays_in_what_is_published_again(text: str) -> None:
    once = clean_text(text)

    assert clean_text(once + footer(DRAFTED, SITE)) == once
    assert clean_text(once + footer(DRAFTED, SITE) + footer(DRAFTED, SITE)) == once


def test_text_written_below_the_footer_is_kept() -> None:
    assert clean_text(f"Above{footer(DRAFTED, SITE)}\n\nBelow") == "Above\n\nBelow"


def test_a_rule_of_the_author_is_not_taken_for_the_footers() -> None:
    assert clean_text(f"Above\n\n---\n\nBelow{footer(DRAFTED, SITE)}") == "Above\n\n---\n\nBelow"


def test_a_site_name_cannot_write_markdown_into_the_footer() -> None:
    hostile = Site("x", "X](http://evil.example)[\n# Y", "http://x.localhost", ("draft",))

    assert r"**Draft on X\](http://evil.example)\[ \# Y:** " in footer(DRAFTED, hostile)


def test_an_address_cannot_leave_its_link() -> None:
    assert link_target("http://x/a) [b](http://evil") == "http://x/a%29%20[b]%28http://evil"


def test_dialogs_show_titles_as_they_are() -> None:
    assert quoted("<b>*x*_y_</b>") == r"\<b\>\*x\*\_y\_\</b\>"


def spoken(text: str) -> dict[str, object]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


THOUGHT = {"type": "reasoning", "content": [{"text": "secret"}]}


def test_a_stored_answers_text_is_what_was_said_and_not_what_was_thought() -> None:
    stored = {"content": "<details>secret</details>A", "output": [THOUGHT, spoken("A"), spoken(" "), spoken("B")]}

    assert publish.text_of(stored) == "A\nB"
    assert publish.text_of({"content": "only this", "output": None}) == "only this"


def test_a_new_text_keeps_what_was_thought() -> None:
    output = [THOUGHT, spoken("A"), {"type": "function_call"}, spoken("B")]

    changed = publish.with_text(output, "C")

    assert [part["type"] for part in changed] == ["reasoning", "message", "function_call", "message"]
    assert publish.text_of({"output": changed}) == "C"
    assert publish.text_of({"output": publish.with_text([THOUGHT], "C")}) == "C"


def test_the_source_survives_open_webuis_rewriting_of_imports() -> None:
    """Open WebUI replaces these words anywhere in a Function's text, which would then always differ from ours."""
    for rewritten in ("from utils", "from apps", "from main", "from config"):
        assert rewritten not in publish_source()


def test_the_file_holds_no_tenant_and_no_secret() -> None:
    source = publish_source().lower()

    assert source.startswith('"""\ntitle: publish\n')
    for word in ("acme", "tenant-", "client_secret", "password", "pwk_"):
        assert word not in source


def test_the_valves_hold_the_hubs_address_only() -> None:
    assert list(publish.Action.Valves.model_fields) == ["hub_url"]
