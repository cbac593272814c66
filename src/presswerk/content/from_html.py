"""HTML that an author wrote into Markdown, read into an article's flow."""

import re
from collections.abc import Iterator, Sequence

from presswerk.content.embeds import page_of_player, provider_of
from presswerk.content.escaping import escape_attribute, escape_text, plain_text
from presswerk.content.flow import (
    Cell,
    Code,
    Details,
    Element,
    Embed,
    Flow,
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
from presswerk.content.html_tree import HtmlElement, HtmlNode, collapse, parse_html
from presswerk.content.images import Images
from presswerk.content.inline import frame_link
from presswerk.content.sanitising import CELL_TAGS, FRAME_TAGS, clean_inline

_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_LANGUAGE = re.compile(r"lang(?:uage)?-([\w+#.-]+)")
_MAX_SPAN = 100
_UNFINISHED = (
    (re.compile(r"\s*<script\b", re.IGNORECASE), re.compile(r"</script", re.IGNORECASE)),
    (re.compile(r"\s*<style\b", re.IGNORECASE), re.compile(r"</style", re.IGNORECASE)),
    (re.compile(r"\s*<!--"), re.compile(r"-->")),
    (re.compile(r"\s*<\?"), re.compile(r"\?>")),
    (re.compile(r"\s*<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"\s*<![A-Za-z]"), re.compile(r">")),
)


def is_unfinished(markup: str) -> bool:
    """Tell whether HTML opens a script, style or comment that never ends, and so swallows the rest of the article."""
    return any(opening.match(markup) and not closing.search(markup) for opening, closing in _UNFINISHED)


def read_html(markup: str, images: Images) -> Flow:
    """Read HTML of any shape; every text in it is kept, tags without a block of their own are left out."""
    return tuple(_HtmlReader(images).flow(parse_html(markup).children))


def read_inline_html(markup: str, images: Images) -> str:
    """Read HTML as one line of text."""
    return _HtmlReader(images).line(parse_html(markup).children)


class _HtmlReader:
    def __init__(self, images: Images) -> None:
        self._images = images

    def flow(self, nodes: Sequence[HtmlNode]) -> Iterator[Element]:
        run: list[HtmlNode] = []
        for node in nodes:
            if isinstance(node, str) or not (node.is_block or node.holds_blocks):
                run.append(node)
                continue
            yield from self._run(run)
            run = []
            yield from self._block(node)
        yield from self._run(run)

    def line(self, nodes: Sequence[HtmlNode]) -> str:
        return clean_inline("".join(self._inline(node) for node in nodes))

    def _run(self, nodes: Sequence[HtmlNode]) -> Iterator[Element]:
        if pictures := self._pictures_only(nodes):
            yield Gallery(pictures)
        elif html := self.line(nodes):
            yield Paragraph(html)

    def _block(self, node: HtmlElement) -> Iterator[Element]:
        if node.tag in FRAME_TAGS:
            yield from self._frame(node)
        elif node.tag == "figure":
            yield from self._figure(node)
        elif element := self._element(node):
            yield element
        else:
            yield from self.flow(node.children)

    def _element(self, node: HtmlElement) -> Element | None:
        """Read an element that has a counterpart of its own; None for one that only holds others."""
        element: Element | None = None
        match node.tag:
            case "ul" | "ol" | "menu" | "dir":
                element = self._list(node)
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                element = Heading(int(node.tag[1]), self.line(node.children))
            case "blockquote":
                element = Quote(tuple(self.flow(node.children)))
            case "pre":
                element = self._code(node)
            case "table":
                element = self._table(node)
            case "hr":
                element = Separator()
            case "details":
                element = self._details(node)
            case "dt" if term := self.line(node.children):
                element = Paragraph(f"<strong>{term}</strong>")
        return element

    def _inline(self, node: HtmlNode) -> str:
        if isinstance(node, str):
            return escape_text(collapse(node))
        inner = "".join(self._inline(child) for child in node.children)
        if node.tag == "img":
            line = self._images.inline(self._images.name(_picture(node)))
        elif node.tag in FRAME_TAGS:
            line = frame_link(node.attributes.get("src", "")) or inner
        elif node.tag in CELL_TAGS:
            line = f"{inner} "
        elif node.is_block:
            line = f"<br>{inner}"
        elif node.tag in {"br", "wbr"}:
            line = f"<{node.tag}>"
        else:
            attributes = "".join(f' {name}="{escape_attribute(value)}"' for name, value in node.attributes.items())
            line = f"<{node.tag}{attributes}>{inner}</{node.tag}>"
        return line

    def _cell_line(self, node: HtmlElement) -> str:
        line = self.line(node.children)
        while line.startswith("<br>"):
            line = line.removeprefix("<br>").lstrip()
        return line

    def _pictures_only(self, nodes: Sequence[HtmlNode]) -> tuple[Image, ...]:
        pictures: list[Image] = []
        for node in nodes:
            if isinstance(node, str):
                if node.strip():
                    return ()
            elif node.tag == "img":
                pictures.append(_picture(node))
            elif node.tag == "a" and (linked := self._pictures_only(node.children)):
                href = node.attributes.get("href", "")
                pictures.extend(Image(each.source, each.alt, each.title, href) for each in linked)
            elif node.tag != "br":
                return ()
        return tuple(self._images.name(picture) for picture in pictures)

    def _list(self, node: HtmlElement) -> List:
        items: list[ListItem] = []
        for child in node.children:
            if isinstance(child, HtmlElement) and child.tag in _LISTS and items:
                items[-1] = ListItem((*items[-1].children, self._list(child)))
            elif isinstance(child, HtmlElement) and child.tag == "li":
                items.append(ListItem(tuple(self.flow(child.children))))
            elif content := tuple(self.flow([child])):
                items.append(ListItem(content))
        start = node.attributes.get("start", "")
        ordered = node.tag == "ol"
        return List(ordered, tuple(items), int(start) if ordered and _is_small_number(start) else 1)

    def _code(self, node: HtmlElement) -> Code:
        classes = [node.attributes.get("class", ""), f"language-{node.attributes.get('lang', '')}"]
        classes += [child.attributes.get("class", "") for child in node.elements()]
        language = next((match[1] for each in classes if (match := _LANGUAGE.search(each))), "")
        return Code(node.text(), language)

    def _figure(self, node: HtmlElement) -> Iterator[Element]:
        captions = [child for child in node.elements() if child.tag == "figcaption"]
        rest = [child for child in node.children if child not in captions]
        pictures = self._pictures_only(rest)
        if len(pictures) == 1 and len(captions) == 1:
            caption = plain_text(self.line(captions[0].children)) or pictures[0].title
            yield Gallery((Image(pictures[0].source, pictures[0].alt, caption, pictures[0].href),))
        else:
            yield from self.flow(node.children)

    def _details(self, node: HtmlElement) -> Details:
        summary = next((child for child in node.elements() if child.tag == "summary"), None)
        rest = [child for child in node.children if child is not summary]
        return Details(self.line(summary.children) if summary else "", tuple(self.flow(rest)))

    def _frame(self, node: HtmlElement) -> Iterator[Element]:
        address = page_of_player(node.attributes.get("src", ""))
        if provider_of(address):
            yield Embed(address)
        elif link := frame_link(address):
            yield Paragraph(clean_inline(link))
        if node.tag in {"video", "audio"}:
            yield from self.flow(node.children)

    def _table(self, node: HtmlElement) -> Table:
        parts: dict[str, list[Row]] = {"thead": [], "tbody": [], "tfoot": []}
        caption = ""
        for part in node.elements():
            if part.tag == "caption":
                caption = self._cell_line(part)
            elif part.tag in parts:
                parts[part.tag].extend(self._row(row) for row in part.elements() if row.tag == "tr")
        rows = {name: tuple(row for row in part if row) for name, part in parts.items()}
        return Table(rows["thead"], rows["tbody"], rows["tfoot"], caption)

    def _row(self, row: HtmlElement) -> Row:
        return tuple(self._cell(cell) for cell in row.elements() if cell.tag in CELL_TAGS)

    def _cell(self, cell: HtmlElement) -> Cell:
        align = cell.attributes.get("align", "").lower()
        return Cell(
            self._cell_line(cell),
            align if align in {"left", "center", "right"} else "",
            header=cell.tag == "th",
            colspan=_span(cell.attributes.get("colspan", "")),
            rowspan=_span(cell.attributes.get("rowspan", "")),
        )


def _picture(node: HtmlElement) -> Image:
    attributes = node.attributes
    return Image(attributes.get("src", ""), attributes.get("alt", ""), attributes.get("title", ""))


def _span(value: str) -> int:
    return min(int(value), _MAX_SPAN) if _is_small_number(value) and int(value) > 0 else 1


def _is_small_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= len("999999999")
