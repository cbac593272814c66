"""Inline Markdown as sanitised inline HTML."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from presswerk.content.article import Dialect
from presswerk.content.escaping import escape_attribute, escape_text, literal, plain_text
from presswerk.content.flow import Formula, Image
from presswerk.content.formulas import formula_of
from presswerk.content.images import Images
from presswerk.content.mathml import as_plain_text, mathml
from presswerk.content.sanitising import (
    BLOCK_TAGS,
    CELL_TAGS,
    FRAME_TAGS,
    PHRASING_TAGS,
    SILENT_TAGS,
    VOID_FRAME_TAGS,
    clean_inline,
    is_followable,
    visible,
)

MAX_DEPTH = 40
"""Tags deeper than this are left out, their text stays: browsers and editors give up on such nesting anyway."""

_RAW_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_FOOTNOTE_MARK = re.compile(r'<sup><a href="#fn-\d+"[^>]*>\d+</a></sup>|<a href="#fnref-[\d-]+"[^>]*>[^<]*</a> ?')
_FORMULA = re.compile(r'<math data-latex="([^"]*)">(.*?)</math>', re.DOTALL)
_PLACE = re.compile("\x02\\d+\x03")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def render(tokens: Sequence[Token], images: Images, dialect: Dialect) -> str:
    """Render inline tokens; images in them are remembered in `images` and shown as it says."""
    if len(tokens) == 1 and tokens[0].type == "text":
        return visible(escape_text(tokens[0].content))
    writer = _Writer(tokens, images, dialect)
    html = writer.write()
    if not writer.holds_foreign_html:
        return visible(html)
    return _PLACE.sub(lambda match: writer.formulas.get(match[0], ""), clean_inline(html))


def picture_of(token: Token, href: str = "") -> Image:
    """Read an image token."""
    alt = "".join(_alt_texts(token.children or []))
    return Image(str(token.attrs.get("src", "")), alt, str(token.attrs.get("title", "")), href)


def _alt_texts(tokens: Sequence[Token]) -> list[str]:
    texts: list[str] = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            texts.append(" ")
        elif token.type == "image":
            texts.extend(_alt_texts(token.children or []))
        elif token.type != "html_inline":
            texts.append(token.content)
    return texts


def footnote_reference(token: Token) -> str:
    """Write the mark of a footnote, as core/footnotes shapes it: a link in superscript."""
    number, again = token.meta["id"] + 1, token.meta["subId"]
    anchor = f"fnref-{number}" if again == 0 else f"fnref-{number}-{again + 1}"
    return f'<sup><a href="#fn-{number}" id="{anchor}">{number}</a></sup>'


def way_back(mark: Token) -> str:
    """Write the link from a footnote to where it is called; the first one is also where the call leads."""
    number, again = mark.meta["id"] + 1, mark.meta["subId"]
    if again == 0:
        return f'<a href="#fnref-{number}" id="fn-{number}">↩\ufe0e</a>'
    return f'<a href="#fnref-{number}-{again + 1}">↩\ufe0e</a>'


def readable(markup: str) -> str:
    """Read the visible text of sanitised inline HTML without the marks of footnotes; a formula is its LaTeX."""
    if 'href="#fn' in markup:
        markup = _FOOTNOTE_MARK.sub("", markup)
    if "<math " in markup:
        markup = _FORMULA.sub(r"\1", markup)
    return plain_text(markup)


def prose(markup: str) -> str:
    """Read the words of sanitised inline HTML: its visible text without formulas."""
    return readable(_FORMULA.sub(" ", markup) if "<math " in markup else markup)


def prose_with_formulas(markup: str) -> str:
    """Read the words of sanitised inline HTML, and its formulas as text can show them."""

    def as_text(formula: re.Match[str]) -> str:
        text = as_plain_text(formula[2])
        return formula[1] if text is None else escape_text(text)

    return readable(_FORMULA.sub(as_text, markup) if "<math " in markup else markup)


class TagReader(HTMLParser):
    """Reads the attributes of a single start tag."""

    def __init__(self, tag: str) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: dict[str, str] = {}
        self.feed(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the first value of each attribute, as browsers do."""
        for name, value in attrs:
            self.attributes.setdefault(name, value or "")


class _Writer:
    """Writes tokens as HTML.

    Attributes:
        holds_foreign_html: Whether what it wrote holds HTML of the author's, to be sanitised; its own needs none.
        formulas: What stands in for each formula meanwhile, since a sanitiser knows no MathML.
    """

    def __init__(self, tokens: Sequence[Token], images: Images, dialect: Dialect) -> None:
        self._tokens = tokens
        self._images = images
        self._is_chat = dialect == "chat"
        types = {token.type for token in tokens}
        # A link inside a link, which Markdown itself cannot have, is taken apart as a browser would.
        has_nested_links = "link_open" in types and not types.isdisjoint({"image", "footnote_ref"})
        self._has_tags = "html_inline" in types
        self.holds_foreign_html = has_nested_links or (self._has_tags and not self._is_chat)
        shows_tags = self._is_chat and self._has_tags
        self._underlines = _underlines(tokens) if shows_tags else frozenset()
        self._players = _players(tokens) if shows_tags else {}
        self.formulas: dict[str, str] = {}
        self._out: list[str] = []
        self._depth = 0
        self._raw_depth = 0
        self._links: list[bool] = []
        self._closings: dict[str, int] | None = None

    def write(self) -> str:
        if self._has_tags:
            self._write_around_tags()
        else:
            for token in self._tokens:
                self._write_token(token)
        return "".join(self._out)

    def _write_around_tags(self) -> None:
        index = 0
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.type != "html_inline":
                self._write_token(token)
            elif self._is_chat:
                self._write_shown_tag(index)
            elif silent_end := self._end_of_silent(index):
                index = silent_end
            else:
                self._write_raw(token.content)
            index += 1

    def _write_token(self, token: Token) -> None:  # noqa: PLR0912 - one case a kind of token
        match token.type:
            case "text" | "text_special":
                self._out.append(escape_text(token.content))
            case "code_inline":
                self._out.append(f"<code>{escape_text(token.content)}</code>")
            case "softbreak":
                self._out.append("<br>" if self._is_chat else " ")
            case "hardbreak":
                self._out.append("<br>")
            case "image":
                self._out.append(self._images.inline(self._images.name(picture_of(token))))
            case "formula":
                self._write_formula(formula_of(token))
            case "footnote_mark":
                self._out.append(f"<sup>{escape_text(token.content)}</sup>")
            case "footnote_ref":
                self._out.append(footnote_reference(token))
            case "link_open":
                self._open_link(token)
            case "link_close":
                if self._links.pop():
                    self._out.append("</a>")
            case _ if token.nesting:
                self._write_mark(token)
            case _:
                self._out.append(escape_text(token.content))

    def _write_formula(self, formula: Formula) -> None:
        html = inline_formula(formula)
        if self.holds_foreign_html:
            place = f"\x02{len(self.formulas)}\x03"
            self.formulas[place] = html
            html = place
        self._out.append(html)

    def _write_shown_tag(self, index: int) -> None:
        """Write a tag as the chat shows it: as text, but for line breaks, what is underlined and what plays."""
        tag = self._tokens[index].content
        if index in self._underlines:
            self._out.append(tag)
        elif _LINE_BREAK.fullmatch(tag):
            self._out.append("<br>")
        else:
            link = self._players.get(index)
            self._out.append(escape_text(tag) if link is None else link)

    def _write_mark(self, token: Token) -> None:
        if token.nesting > 0:
            self._depth += 1
        if self._depth <= MAX_DEPTH:
            self._out.append(f"<{token.tag}>" if token.nesting > 0 else f"</{token.tag}>")
        if token.nesting < 0:
            self._depth -= 1

    def _open_link(self, token: Token) -> None:
        href = str(token.attrs.get("href", ""))
        followable = is_followable(href)
        self._links.append(followable)
        if followable:
            title = token.attrs.get("title")
            extra = f' title="{escape_attribute(str(title))}"' if title else ""
            self._out.append(f'<a href="{escape_attribute(normalizeLink(href))}"{extra}>')

    def _end_of_silent(self, index: int) -> int:
        """Return where the content of a script or style ends, 0 when the tag at `index` opens none that ends here."""
        tag = _RAW_TAG.match(self._tokens[index].content)
        if tag is None or tag[1] or tag[2].lower() not in SILENT_TAGS:
            return 0
        closing = f"</{tag[2].lower()}"
        last = self._last_closing(closing)
        for position in range(index + 1, last + 1):
            token = self._tokens[position]
            if token.type == "html_inline" and token.content.lower().startswith(closing):
                return position
        return 0

    def _last_closing(self, closing: str) -> int:
        """Return where a closing tag stands last, -1 when nowhere; looked up once a text, not once an opening tag."""
        if self._closings is None:
            self._closings = {}
            for position, token in enumerate(self._tokens):
                if token.type == "html_inline" and token.content.startswith("</"):
                    self._closings[token.content.lower().rstrip("> \t\n")] = position
        return self._closings.get(closing, -1)

    def _write_raw(self, raw: str) -> None:
        tag = _RAW_TAG.match(raw)
        if tag is None:
            if not raw.startswith("<!--"):
                # A browser takes the rest for a comment too, but only up to its first ">".
                self._out.append(escape_text(raw.partition(">")[2]))
            return
        closes, name = bool(tag[1]), tag[2].lower()
        if name == "img":
            attributes = TagReader(raw).attributes
            picture = Image(attributes.get("src", ""), attributes.get("alt", ""), attributes.get("title", ""))
            self._out.append(self._images.inline(self._images.name(picture)))
        elif name in PHRASING_TAGS:
            self._write_raw_mark(raw, closes=closes, void=name in {"br", "wbr"})
        elif name in FRAME_TAGS and not closes:
            self._out.append(frame_link(TagReader(raw).attributes.get("src", "")))
        elif name in BLOCK_TAGS:
            self._out.append("<br>" if self._out and not closes and self._out[-1] != "<br>" else " ")
        elif name in CELL_TAGS:
            self._out.append(" ")

    def _write_raw_mark(self, raw: str, *, closes: bool, void: bool) -> None:
        if void:
            self._out.append(raw)
        elif closes:
            if 0 < self._raw_depth <= MAX_DEPTH:
                self._out.append(raw)
            self._raw_depth = max(0, self._raw_depth - 1)
        else:
            self._raw_depth += 1
            if self._raw_depth <= MAX_DEPTH:
                self._out.append(raw)


def inline_formula(formula: Formula) -> str:
    """Write a formula as core's math format, or as it was written when it cannot be read."""
    markup = mathml(formula.latex, display=False)
    if markup is None:
        return literal(formula.source)
    source = escape_text(formula.latex).replace('"', "&quot;")
    return f'<math data-latex="{source}">{markup}</math>'


def _underlines(tokens: Sequence[Token]) -> frozenset[int]:
    """Return where `<u>` and its `</u>` stand: the only pair of tags that the chat heeds in a line."""
    opened: dict[int, int] = {}
    found: list[int] = []
    for index, token in enumerate(tokens):
        if token.type != "html_inline":
            continue
        if token.content == "<u>":
            opened.setdefault(token.level, index)
        elif token.content == "</u>" and token.level in opened:
            found += [opened.pop(token.level), index]
    return frozenset(found)


def _players(tokens: Sequence[Token]) -> dict[int, str]:
    """Return what stands for the tags of frames and players: a link, or nothing; one without an address is text."""
    links: dict[int, str] = {}
    opened: list[tuple[str, int, int]] = []
    for index, token in enumerate(tokens):
        tag = _RAW_TAG.match(token.content) if token.type == "html_inline" else None
        if tag is None or (name := tag[2].lower()) not in FRAME_TAGS:
            continue
        if not tag[1]:
            if name not in VOID_FRAME_TAGS:
                opened.append((name, index, len(links)))
            if link := frame_link(TagReader(token.content).attributes.get("src", "")):
                links[index] = link
        elif opened and opened[-1][0] == name:
            _, opening, known = opened.pop()
            if len(links) > known:
                links.setdefault(opening, "")
                links[index] = ""
    return links


def frame_link(src: str) -> str:
    """Write what a frame or player that cannot stay becomes: a link to it, if it has a web address."""
    if not _WEB_ADDRESS.match(src):
        return ""
    address = f"https:{src}" if src.startswith("//") else src
    return f'<a href="{escape_attribute(normalizeLink(address))}">{escape_text(address)}</a>'
