"""What HTML an article may contain: nothing that runs, frames, styles or submits."""

import re
from collections import Counter

import nh3

from presswerk.content.escaping import plain_text

_PHRASING = (
    "a abbr b bdi bdo br cite code data del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub sup"
    " time u var wbr"
)
_BLOCK = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol option p pre search section summary"
    " table tbody tfoot thead tr ul"
)
PHRASING_TAGS = frozenset(_PHRASING.split())
BLOCK_TAGS = frozenset(_BLOCK.split())
CELL_TAGS = frozenset({"td", "th"})
VOID_FRAME_TAGS = frozenset({"source", "embed"})
FRAME_TAGS = frozenset({"iframe", "video", "audio"}) | VOID_FRAME_TAGS
SILENT_TAGS = frozenset({"script", "style"})
"""Tags whose content goes with them: it is code, not text."""

# A part of wp_allowed_protocols().
_SCHEMES = "http https ftp ftps mailto tel sms irc ircs xmpp webcal feed news urn"
ALLOWED_SCHEMES = frozenset(_SCHEMES.split())
_MAX_DEPTH = 200
_SELF_CLOSING = "area br col dd dt embed hr img input li link meta option p source tbody td tfoot th thead tr wbr"
_SELF_CLOSING_TAGS = frozenset(_SELF_CLOSING.split())
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)[^<>]*>")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "bdo": {"dir"},
    "data": {"value"},
    "dfn": {"title"},
    "img": {"src", "alt", "class"},
    "span": {"lang", "dir"},
    "time": {"datetime"},
}
_INLINE = nh3.Cleaner(
    tags=set(PHRASING_TAGS),
    clean_content_tags=set(SILENT_TAGS),
    attributes=_ATTRIBUTES,
    url_schemes=set(ALLOWED_SCHEMES),
    link_rel=None,
)
_DOCUMENT = nh3.Cleaner(
    tags=set(PHRASING_TAGS | BLOCK_TAGS | CELL_TAGS | FRAME_TAGS),
    clean_content_tags=set(SILENT_TAGS),
    attributes={
        **_ATTRIBUTES,
        "code": {"class"},
        "img": {"src", "alt", "title"},
        "li": {"value"},
        "ol": {"start"},
        "pre": {"class", "lang"},
        "td": {"align", "colspan", "rowspan"},
        "th": {"align", "colspan", "rowspan"},
        **{tag: {"src"} for tag in FRAME_TAGS},
    },
    # An image given as data is looked up among the attachments; what leaves here as an address is judged again.
    url_schemes={*ALLOWED_SCHEMES, "data"},
    link_rel=None,
)


def clean_inline(markup: str) -> str:
    """Sanitise running text: tags that stand in a line, no handlers, no styles, no addresses that run.

    What shows nothing at all comes out empty: the editor's own `save` leaves it out too.
    """
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    return visible(_INLINE.clean(markup))


def visible(markup: str) -> str:
    """Return running text that is well-formed already, empty when it shows nothing."""
    markup = markup.strip()
    if not markup.startswith(("<", "&")):
        return markup
    return markup if "<img " in markup or "<math " in markup or plain_text(markup) else ""


def clean_document(markup: str) -> str:
    """Sanitise HTML of any shape into well-formed HTML with the tags we can turn into blocks."""
    return _DOCUMENT.clean(_without_depths(markup))


def _without_depths(markup: str) -> str:
    """Leave out tags nested by the hundreds: building a tree of them costs the square of their number."""
    opened: Counter[str] = Counter()
    dropped: Counter[str] = Counter()

    def keep(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name in _SELF_CLOSING_TAGS:
            return match[0]
        if not match[1]:
            kept = opened.total() < _MAX_DEPTH
            (opened if kept else dropped)[name] += 1
            return match[0] if kept else ""
        for count, kept in ((dropped, False), (opened, True)):
            if count[name]:
                count[name] -= 1
                return match[0] if kept else ""
        return ""

    return _TAG.sub(keep, markup) if markup.count("<") > _MAX_DEPTH else markup


def is_followable(address: str) -> bool:
    """Tell whether a link may lead to an address: a relative one, or one with an allowed scheme."""
    scheme = _SCHEME.match(address)
    return scheme is None or scheme[0][:-1].lower() in ALLOWED_SCHEMES
