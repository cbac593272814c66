"""What may stand around a whole article in a message: a fence, front matter, a sentence before and after it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from presswerk.content.assistants import hands_over, offers_more, only_agrees
from presswerk.content.front_matter import FrontMatter, InvalidFrontMatter, split_front_matter
from presswerk.content.markdown import Node, read
from presswerk.content.node_text import end_line, has_image, is_bold, text_of
from presswerk.content.particulars import Particulars

_MARKDOWN = frozenset({"md", "markdown", "mdx"})
_HTML = frozenset({"html", "htm", "xhtml"})
_PLAIN = frozenset({"", "text", "txt", "plaintext", "plain"})
_FRONT_MATTER = frozenset({"yaml", "yml", "toml", "json", "frontmatter", ""})
_FRONT_MATTER_FIELDS = frozenset({"title", "description", "slug", "tags", "date", "layout", "draft", "excerpt"})
_SENTENCE_END = re.compile(r"[.!?…。！？।۔؟:：][\"'”»)*_]*$")
_STOPS = frozenset(".!?…。！？।۔؟")
_LONGEST_AROUND = 400
_ENOUGH_TO_TELL = 5000


@dataclass(frozen=True)
class Inner:
    """An article that stands inside of something, and what stood around it."""

    text: str
    around: tuple[str, ...]
    html: bool = False
    particulars: Particulars = field(default_factory=Particulars)


def read_front_matter(text: str) -> tuple[Particulars, str]:
    """Read front matter at the beginning of a text; without any that says something of an article, the text stays."""
    try:
        found, rest = split_front_matter(text)
    except InvalidFrontMatter:
        try:
            found, rest = split_front_matter(text, loosely=True)
        except InvalidFrontMatter:
            return Particulars(), text
    if found is None or not _FRONT_MATTER_FIELDS & found.fields.keys():
        return Particulars(), text
    return _said_by(found), rest


def _said_by(found: FrontMatter) -> Particulars:
    return Particulars(found.title, found.excerpt, found.slug, (found.tags or ()) + (found.categories or ()))


def below_front_matter(root: Node, text: str) -> Inner | None:
    """Look for front matter below a sentence, or in a fence of its own, at the beginning of a message."""
    nodes = root.children
    index = 1 if nodes and nodes[0].kind == "paragraph" and _hands_over(nodes[0]) else 0
    lines = text.split("\n")
    around = tuple(text_of(node) for node in nodes[:index])
    if index:
        said, rest = read_front_matter("\n".join(lines[end_line(nodes[0]) :]).lstrip("\n"))
        if said != Particulars():
            return Inner(rest, around, particulars=said)
    if len(nodes) > index + 1 and nodes[index].kind == "fence" and _info(nodes[index]) in _FRONT_MATTER:
        content = nodes[index].token.content
        delimited = content if content.startswith(("---", "+++", "{")) else f"---\n{content}\n---\n"
        said, rest = read_front_matter(delimited)
        if said.title and not rest.strip():
            return Inner("\n".join(lines[end_line(nodes[index]) :]), around, particulars=said)
    return None


def _hands_over(node: Node) -> bool:
    text = text_of(node)
    return only_agrees(text) or hands_over(text, "none")


def whole_answer(root: Node, text: str) -> Inner | None:
    """Look for a fence that holds the whole article, alone or with a sentence before and after it."""
    nodes = [node for node in root.children if node.kind != "hr"]
    first = next((i for i, node in enumerate(nodes) if node.kind == "fence"), None)
    if first is None or first > 1 or not _is_talk(nodes[:first]):
        return None
    fence, rest = nodes[first], nodes[first + 1 :]
    info = _info(fence)
    if info not in _MARKDOWN | _HTML | _PLAIN and not _is_file(fence.token.content, info, nodes[:first]):
        return None
    around = tuple(text_of(node) for node in (*nodes[:first], *rest))
    if _is_talk(rest[:1]) and all(offers_more(text_of(node), surely=False) for node in rest[1:]):
        inside = fence.token.content
    elif info in _MARKDOWN and (last := rest[-1]).kind == "fence" and not _is_closed(last) and not _info(last):
        # A fence inside that is as long as the one around it: for the parser it ended the article.
        after = last.token.content.strip()
        if len(after) > _LONGEST_AROUND or not (fence.token.map and last.token.map):
            return None
        inside = "\n".join(text.split("\n")[fence.token.map[0] + 1 : last.token.map[0]])
        around = tuple(filter(None, (*(text_of(node) for node in nodes[:first]), after)))
    else:
        return None
    if info in _HTML:
        return Inner(inside, around, html=True) if inside.lstrip().startswith("<") else None
    return Inner(inside, around) if _is_article(inside, info, alone=len(nodes) == 1) else None


def _is_talk(nodes: Sequence[Node]) -> bool:
    return all(
        node.kind == "paragraph" and not has_image(node) and len(text_of(node)) <= _LONGEST_AROUND for node in nodes
    )


def _is_article(inside: str, info: str, *, alone: bool) -> bool:
    """Tell whether what stands in a fence is an article and no sample of code."""
    if inside.lstrip().startswith(("---\n", "+++\n")) and read_front_matter(inside.lstrip())[0] != Particulars():
        return True
    blocks = read(inside, "chat").root.children
    if len(blocks) <= 1:
        return [_info(block) in _MARKDOWN for block in blocks if block.kind == "fence"] == [True]
    begins = blocks[0].kind == "heading" or (blocks[0].kind == "paragraph" and is_bold(blocks[0]))
    if info in _MARKDOWN:
        return begins or inside.lstrip().startswith("<") or alone
    sentences = (node for node in blocks[1:] if node.kind == "paragraph")
    return begins and any(_is_sentence(text_of(node)) for node in sentences)


def _is_sentence(text: str) -> bool:
    """Tell whether a paragraph ends as a sentence does and is more than a word; some scripts part none."""
    return _SENTENCE_END.search(text) is not None and any(sign in text for sign in " 。！？")


def _is_file(inside: str, info: str, before: Sequence[Node]) -> bool:
    """Tell whether what is marked as YAML or the like is front matter with an article below it."""
    if info not in _FRONT_MATTER or not all(_hands_over(node) for node in before):
        return False
    said, rest = read_front_matter(inside.lstrip())
    blocks = read(rest[:_ENOUGH_TO_TELL], "chat").root.children if said.title else []
    # A comment of YAML looks like a heading, a key like a sentence that ends in a colon.
    return any(block.kind == "paragraph" and text_of(block).rstrip("\"'”»*_)")[-1:] in _STOPS for block in blocks)


def _is_closed(fence: Node) -> bool:
    first, end = fence.token.map or (0, 0)
    return end - first == fence.token.content.count("\n") + 2


def _info(fence: Node) -> str:
    return fence.token.info.strip().split(" ")[0].lower()
