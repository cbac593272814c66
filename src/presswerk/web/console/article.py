"""An article as a page of the hub shows it: what its blocks say, and nothing that acts or loads from elsewhere."""

import re

import nh3
from markupsafe import Markup

_TEXT = (
    "a abbr b bdi bdo blockquote br caption cite code data dd del details dfn dl dt em figcaption figure h1 h2 h3 h4 h5"
    " h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot"
    " th thead time tr u ul var wbr div"
)
_MATHML = (
    "math semantics mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mtable mtr mtd mover munder"
    " munderover mmultiscripts mprescripts mpadded mphantom mstyle menclose"
)
_ATTRIBUTES = {
    "*": {"id", "lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt"},
    "li": {"value"},
    "math": {"display"},
    "ol": {"start", "reversed"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_PICTURE = re.compile(r"/previews/[0-9a-f-]{36}/pictures/[0-9a-f]{64}")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep images that are the preview's own; the browser would load no others."""
    return None if (tag, name) == ("img", "src") and not _PICTURE.fullmatch(value) else value


_CLEANER = nh3.Cleaner(
    tags={*_TEXT.split(), *_MATHML.split()},
    # A formula's source stands beside it for programs.
    clean_content_tags={"script", "style", "annotation", "annotation-xml"},
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)


def readable(content: str) -> Markup:
    """Block markup as HTML to read; its images are at `/previews/{id}/pictures/{sha256}`."""
    return Markup(_CLEANER.clean(content))  # noqa: S704  cleaned just now
