"""Which of an article's texts is its title."""

import re
from dataclasses import replace

from presswerk.content.flow import Element, Flow, Gallery, Heading, List, Paragraph, Separator, Table
from presswerk.content.inline import readable
from presswerk.content.summary import first_sentence, shorten, texts
from presswerk.content.vocabulary import shared_vocabulary
from presswerk.content.words import MARKS

UNTITLED = "Untitled"
MAX_TITLE_LENGTH = 200

_LONGEST_BOLD_TITLE = 150
_TOP_LEVEL, _LAST_LEVEL = 2, 6
_SECTIONS_BEFORE_TITLE = 1
_BOLD = re.compile(r"<(strong|b)>((?:(?!</?\1>).)+)</\1>", re.DOTALL)
_BREAK = "<br>"
_EMPHASIS = re.compile(r"</?(?:em|i|u)>")
_SIGNS = re.compile(rf"^(?:\d+[.)]|[^\w{MARKS}])+|[^\w{MARKS}]+$")


def choose_title(flow: Flow, given: str, said: str = "") -> tuple[str, Flow]:
    """Choose a title, and take what says it out of the text.

    In this order: the one given; the one the text itself says of the article; the first heading of level 1, if not more
    than one section stands before it; a heading that is the first block, unless it is called "Introduction" or the
    like; a first line that is bold as a whole; the text of an image that stands alone; the first sentence, which stays.
    A heading of contents is never one.

    Args:
        flow: The article.
        given: As its author gave it, or "".
        said: What front matter or a label says, or "".
    """
    index = _heading(flow)
    heading = _text(flow[index]) if index is not None else ""
    wanted = given or said
    if index is not None and (not wanted or wanted.casefold() == heading.casefold()):
        return shorten(wanted or heading, MAX_TITLE_LENGTH), _without_heading(flow, index)
    bold = _bold_line(flow)
    if bold and (not wanted or wanted.casefold() == bold[0].casefold()):
        return shorten(wanted or bold[0], MAX_TITLE_LENGTH), bold[1]
    if wanted:
        return shorten(wanted, MAX_TITLE_LENGTH), flow
    return _image_text(flow) or _sentence(flow) or UNTITLED, flow


def is_contents_heading(element: Element) -> bool:
    """Tell whether a heading stands above a list of the article's own headings."""
    return isinstance(element, Heading) and _name(element) in shared_vocabulary().contents_headings


def _name(heading: Heading) -> str:
    return _SIGNS.sub("", readable(heading.html)).casefold()


def _heading(flow: Flow) -> int | None:
    """Return where the heading stands that is the title."""
    sections = 0
    first: int | None = None
    for index, element in enumerate(flow):
        if not isinstance(element, Heading) or not _text(element) or is_contents_heading(element):
            continue
        if element.level == 1 and sections <= _SECTIONS_BEFORE_TITLE:
            return index
        if sections == 0 and all(isinstance(before, Separator) or not _text(before) for before in flow[:index]):
            below_picture = any(isinstance(before, Gallery) for before in flow[:index])
            first = None if below_picture or _name(element) in shared_vocabulary().introduction_headings else index
        sections += 1
        if sections > _SECTIONS_BEFORE_TITLE:
            break
    return first


def _without_heading(flow: Flow, index: int) -> Flow:
    """Take a heading out; those left begin at level 2, since the site shows the title as level 1."""
    rest = flow[:index] + flow[index + 1 :]
    levels = [element.level for element in rest if isinstance(element, Heading)]
    shift = _TOP_LEVEL - min(levels, default=_TOP_LEVEL)
    if shift == 0:
        return rest
    return tuple(
        replace(element, level=min(_LAST_LEVEL, element.level + shift)) if isinstance(element, Heading) else element
        for element in rest
    )


def _bold_line(flow: Flow) -> tuple[str, Flow] | None:
    """Return the first paragraph's text, or its first line's, if that is bold as a whole, and the text without it."""
    index = next((i for i, element in enumerate(flow) if not isinstance(element, Separator | Gallery)), None)
    element = flow[index] if index is not None else None
    if index is None or not isinstance(element, Paragraph):
        return None
    line, _, rest = element.html.partition(_BREAK)
    match = _BOLD.fullmatch(_EMPHASIS.sub("", line).strip())
    text = readable(match[2]) if match else ""
    alone = not rest and not any(each.strip() for _, each in texts(flow[index + 1 :]))
    if not text or len(text) > _LONGEST_BOLD_TITLE or text.endswith((":", "：")) or alone:
        return None
    left: Flow = (Paragraph(rest.strip()),) if rest.strip() else ()
    return text, flow[:index] + left + flow[index + 1 :]


def _image_text(flow: Flow) -> str:
    """Return the text of an image in an article that has no other text."""
    if any(text.strip() for _, text in texts(flow)):
        return ""
    named = (
        picture.alt or picture.title for element in flow if isinstance(element, Gallery) for picture in element.items
    )
    return shorten(" ".join(next(filter(None, named), "").split()), MAX_TITLE_LENGTH)


def _sentence(flow: Flow) -> str:
    """Return the first sentence of running text; headings and lists of contents only where there is none."""
    below_contents = {i + 1 for i, element in enumerate(flow) if is_contents_heading(element)}
    prose = tuple(
        element
        for i, element in enumerate(flow)
        if not isinstance(element, Heading | Table) and not (isinstance(element, List) and i in below_contents)
    )
    for part, code in ((prose, False), (flow, False), (flow, True)):
        for _, text in texts(part, code=code):
            if tidied := " ".join(text.split()):
                return first_sentence(tidied)
    return ""


def _text(element: Element) -> str:
    return " ".join(" ".join(text for _, text in texts((element,))).split())
