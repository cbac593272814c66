"""An article's flow as WordPress core blocks, each shaped as its own `save` writes it (WordPress 6.5 to 7.1)."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from markdown_it.common.normalize_url import normalizeLink

from presswerk.content import article
from presswerk.content.blocks import AttributeValue, block, joined
from presswerk.content.embeds import provider_of, working_address
from presswerk.content.escaping import escape_attribute, escape_text, literal
from presswerk.content.flow import (
    Cell,
    Code,
    Details,
    Element,
    Embed,
    Flow,
    Formula,
    Gallery,
    Heading,
    Image,
    List,
    ListItem,
    Paragraph,
    Quote,
    Row,
    Separator,
    Table,
)
from presswerk.content.images import Images, Shown, fallback
from presswerk.content.inline import inline_formula, readable
from presswerk.content.mathml import mathml
from presswerk.content.sanitising import is_followable
from presswerk.content.slugs import Anchors

_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]+")
_NOT_CLASS = re.compile(r"[^a-z0-9_-]+")
_ISOLATED_ADDRESS = re.compile(r"^(\s*https?:)//([^\s<>\"]+\s*)$", re.MULTILINE)
_LANGUAGE_NAMES = {"c++": "cpp", "c#": "csharp", "f#": "fsharp"}
_DEFAULT_LEVEL = 2


def to_blocks(flow: Flow, images: Images) -> tuple[str, tuple[article.ContentsEntry, ...]]:
    """Write an article's blocks, and make its table of contents."""
    builder = _BlockBuilder(images)
    return joined(builder.blocks(flow)), tuple(builder.contents)


class _BlockBuilder:
    def __init__(self, images: Images) -> None:
        self.contents: list[article.ContentsEntry] = []
        self._images = images
        self._anchors = Anchors()

    def blocks(self, flow: Flow) -> list[str]:
        blocks: list[str] = []
        for kind, group in groupby(flow, type):
            if kind is Gallery:
                blocks += self._pictures([item for each in group if isinstance(each, Gallery) for item in each.items])
            else:
                for element in group:
                    blocks += self._element(element)
        return blocks

    def _element(self, element: Element) -> Iterable[str]:  # noqa: PLR0911 - one case a kind of element
        match element:
            case Paragraph(html):
                return (_paragraph(html),)
            case Heading():
                return self._heading(element)
            case List():
                return self._list(element)
            case Quote(children):
                inner = self.blocks(children)
                opening = '<blockquote class="wp-block-quote">'
                return (block("quote", opening, inner=inner, after="</blockquote>"),) if inner else ()
            case Code():
                return (_code(element),)
            case Table():
                return _table(element)
            case Formula():
                return (_formula(element),)
            case Separator():
                return (block("separator", '<hr class="wp-block-separator has-alpha-channel-opacity"/>'),)
            case Embed(url):
                return (_embed(url),)
            case Gallery(items):
                return self._pictures(items)
            case Details(summary, children):
                opening = f'<details class="wp-block-details"><summary>{summary or "Details"}</summary>'
                return (block("details", opening, inner=self.blocks(children), after="</details>"),)
            case _:
                assert_never(element)

    def _heading(self, section: Heading) -> Iterable[str]:
        if not section.html:
            return ()
        text = readable(section.html)
        anchor = self._anchors.take(text)
        self.contents.append(article.ContentsEntry(section.level, text, anchor))
        level: dict[str, AttributeValue] = {} if section.level == _DEFAULT_LEVEL else {"level": section.level}
        tag = f"h{section.level}"
        html = f'<{tag} id="{anchor}" class="wp-block-heading">{section.html}</{tag}>'
        return (block("heading", html, {**level, "anchor": anchor}),)

    def _list(self, listing: List) -> list[str]:
        """Make a list; where an item holds more than text and lists, the list pauses for it and then counts on.

        core/list-item takes text and lists only. A code block inside an item is worth more as a real block between two
        lists than as text inside one.
        """
        blocks: list[str] = []
        items: list[str] = []
        start = listing.start
        for number, item in enumerate(listing.items, listing.start):
            head, rest = self._item_head(item)
            inner: list[str] = []
            if rest and isinstance(rest[0], List):
                inner, rest = self._list(rest[0]), rest[1:]
            items.append(block("list-item", f"<li>{head}", inner=inner[:1], after="</li>"))
            beside = [*inner[1:], *self.blocks(rest)]
            if beside:
                blocks += [_list_block(listing.ordered, start, items), *beside]
                items, start = [], number + 1
        if items:
            blocks.append(_list_block(listing.ordered, start, items))
        return blocks

    def _item_head(self, item: ListItem) -> tuple[str, Flow]:
        lines: list[str] = []
        for element in item.children:
            match element:
                case Paragraph(html):
                    lines.append(html)
                case Heading(_, html) if not lines:
                    lines.append(f"<strong>{html}</strong>" if html else "")
                case Gallery(pictures) if not lines:
                    lines.append(" ".join(self._images.inline(picture) for picture in pictures))
                case Formula():
                    lines.append(inline_formula(element))
                case _:
                    break
        return "<br><br>".join(line for line in lines if line), item.children[len(lines) :]

    def _pictures(self, pictures: Sequence[Image]) -> list[str]:
        blocks: list[str] = []
        resolved = [(picture, self._images.shown(picture)) for picture in pictures]
        for is_shown, pairs in groupby(resolved, lambda pair: pair[1] is not None):
            if is_shown:
                images = [_image(picture, shown) for picture, shown in pairs if shown]
                blocks.append(images[0] if len(images) == 1 else _gallery(images))
            else:
                blocks += [_paragraph(text) for picture, _ in pairs if (text := fallback(picture))]
        return blocks


def _paragraph(html: str) -> str:
    return block("paragraph", f"<p>{html}</p>")


def _code(code: Code) -> str:
    text = escape_text(code.text.removesuffix("\n"))
    text = _ISOLATED_ADDRESS.sub(r"\1&#47;&#47;\2", text.replace("[", "&#91;"), count=1)
    language = _LANGUAGE.match(code.language)
    name = language[0].lower() if language else ""
    name = _NOT_CLASS.sub("-", _LANGUAGE_NAMES.get(name, name)).strip("-")
    extra = f" language-{name}" if name else ""
    attributes: dict[str, AttributeValue] = {"className": extra.strip()} if name else {}
    return block("code", f'<pre class="wp-block-code{extra}"><code>{text}</code></pre>', attributes)


def _formula(formula: Formula) -> str:
    markup = mathml(formula.latex, display=True)
    if markup is None:
        return _paragraph(literal(formula.source))
    html = f'<div class="wp-block-math"><math display="block">{markup}</math></div>'
    return block("math", html, {"latex": formula.latex})


def _list_block(ordered: bool, start: int, items: Sequence[str]) -> str:
    if not ordered:
        return block("list", '<ul class="wp-block-list">', {}, items, "</ul>")
    if start == 1:
        return block("list", '<ol class="wp-block-list">', {"ordered": True}, items, "</ol>")
    opening = f'<ol start="{start}" class="wp-block-list">'
    return block("list", opening, {"ordered": True, "start": start}, items, "</ol>")


def _table(table: Table) -> Iterable[str]:
    parts = (("thead", table.head), ("tbody", table.body), ("tfoot", table.foot))
    sections = "".join(f"<{tag}>{''.join(map(_row, rows))}</{tag}>" for tag, rows in parts if rows)
    if not sections:
        return (_paragraph(table.caption),) if table.caption else ()
    caption = f'<figcaption class="wp-element-caption">{table.caption}</figcaption>' if table.caption else ""
    html = f'<figure class="wp-block-table"><table>{sections}</table>{caption}</figure>'
    return (block("table", html, {"hasFixedLayout": False}),)


def _row(row: Row) -> str:
    return f"<tr>{''.join(map(_cell, row))}</tr>"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    align = f' class="has-text-align-{cell.align}" data-align="{cell.align}"' if cell.align else ""
    colspan = f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    rowspan = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    return f"<{tag}{align}{colspan}{rowspan}>{cell.html}</{tag}>"


def _embed(address: str) -> str:
    url = working_address(address)
    provider = provider_of(url)
    if provider is None:
        raise ValueError(f"no known provider serves {url}")
    attributes: dict[str, AttributeValue] = {
        "url": url,
        "type": provider.kind,
        "providerNameSlug": provider.slug,
        "responsive": True,
    }
    ratio = ""
    if provider.kind == "video":
        ratio = " wp-embed-aspect-16-9 wp-has-aspect-ratio"
        attributes["className"] = ratio.strip()
    classes = (
        f"wp-block-embed is-type-{provider.kind} is-provider-{provider.slug} wp-block-embed-{provider.slug}{ratio}"
    )
    wrapper = f'<div class="wp-block-embed__wrapper">\n{escape_text(url)}\n</div>'
    return block("embed", f'<figure class="{classes}">{wrapper}</figure>', attributes)


def _image(picture: Image, shown: Shown) -> str:
    href = picture.href if picture.href and is_followable(picture.href) else ""
    attributes: dict[str, AttributeValue] = {}
    size = identity = ""
    if shown.attachment_id is not None:
        attributes = {"id": shown.attachment_id, "sizeSlug": "full"}
        size, identity = " size-full", f' class="wp-image-{shown.attachment_id}"'
    if href or shown.attachment_id is not None:
        attributes["linkDestination"] = "custom" if href else "none"
    image = f'<img src="{escape_attribute(shown.url)}" alt="{escape_attribute(picture.alt)}"{identity}/>'
    if href:
        image = f'<a href="{escape_attribute(normalizeLink(href))}">{image}</a>'
    title = escape_text(" ".join(picture.title.split()))
    caption = f'<figcaption class="wp-element-caption">{title}</figcaption>' if title else ""
    return block("image", f'<figure class="wp-block-image{size}">{image}{caption}</figure>', attributes)


def _gallery(images: Sequence[str]) -> str:
    opening = '<figure class="wp-block-gallery has-nested-images columns-default is-cropped">'
    return block("gallery", opening, {"linkTo": "none"}, images, "</figure>")
