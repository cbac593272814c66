"""Debris at the beginning and the end of an article's blocks: talk with its author, labels, marks of contents."""

import re
from collections.abc import Sequence
from dataclasses import replace

from presswerk.content.assistants import (
    COLONS,
    Doubt,
    answers,
    asks_back,
    hands_over,
    names_piece,
    notes,
    offers_more,
    only_agrees,
)
from presswerk.content.labels import (
    AT_THE_END,
    PUBLICATION,
    Label,
    are_of_the_end,
    is_about_label,
    is_for_readers,
    is_metadata_heading,
    is_only_label,
    is_unused,
    is_word_count,
    label_lines,
    listed,
    read_label,
    read_labels,
    unquoted,
    without_labels,
)
from presswerk.content.markdown import Node
from presswerk.content.node_text import has_image, is_bold, text_of
from presswerk.content.particulars import Particulars

_CONTENTS_MARK = re.compile(r"\[\[?_?toc_?\]\]?", re.IGNORECASE)
_HTML_BEGINS = re.compile(r"\s*<(?:(?:!doctype|html|article|main|h[1-6])\b|!--\s*wp:)[^<>]*>", re.IGNORECASE)
_OTHER_LABEL = re.compile(r"[^\W\d_][\w -]{0,25}:\s+\S")
_LONGEST_AROUND = 400
_LONGEST_TITLE = 200
_MOST_AROUND = 3
_MOST_PARTS_OF_MARK = 7
_LABEL_AND_TITLE = 2
_TALK_BELOW_A_RULE = 3
"""Blocks of which the last ones are looked at: one of the article, a rule and what stands below it."""
_LONGEST_MARK = len("[[_toc_]]")


class Trimming:
    """Takes debris off the beginning and the end of an article's blocks."""

    def __init__(self, nodes: Sequence[Node], lines: Sequence[str]) -> None:
        self.nodes = list(nodes)
        self.left_out: list[str] = []
        self._lines = lines
        self._labels: list[Label] = []
        self._offers = False

    def run(self) -> None:
        """Take off what is debris, unless the article would be nothing else."""
        if len(self.nodes) > 1:
            self._places_of_contents()
            last = self.nodes[-1]
            self._offers = last.kind == "paragraph" and offers_more(text_of(last), surely=True)
            self._preamble()
            self._labels_at_the_top()
            self._end()

    def particulars(self) -> Particulars:
        """What labels say, the first of a kind."""
        said: dict[str, str] = {}
        for label in self._labels:
            if label.value:
                said.setdefault(label.kind, label.value)
        title = said.get("title") or (said.get("seo_title") if not self._has_heading_first() else None)
        return Particulars(title, said.get("description"), said.get("slug"), listed(said.get("tags", "")))

    def _has_heading_first(self) -> bool:
        return not self.nodes or self._kind(0) == "heading" or any(node.token.tag == "h1" for node in self.nodes)

    def _places_of_contents(self) -> None:
        """Take out marks where other programs put a list of the headings."""
        marks = [node for node in self.nodes if _is_contents_mark(node)]
        if 0 < len(marks) < len(self.nodes):
            self._leave_out(marks)
            self.nodes = [node for node in self.nodes if not _is_contents_mark(node)]

    def _preamble(self) -> None:
        count = max((end for end in range(1, _MOST_AROUND + 1) if self._is_preamble(end)), default=0)
        if not count:
            return
        if self._kind(count) == "list" and self._kind(count + 1) == "hr" and self._level(count + 2) == 1:
            count += 1
        rule = self._kind(count) == "hr"
        self._leave_out(self.nodes[:count])
        del self.nodes[: count + rule]

    def _is_preamble(self, end: int) -> bool:
        """Tell whether the first `end` blocks talk to the author, as sure as what follows lets one be."""
        before = self.nodes[:end]
        if end >= len(self.nodes) or not _is_talk_or_heading(before):
            return False
        following = end + (self._kind(end) == "hr")
        if following >= len(self.nodes):
            return False
        before_title = self._level(following) == 1 and sum(node.token.tag == "h1" for node in self.nodes) == 1
        begins = self._begins_article(following)
        text = text_of(before[-1])
        rule = following > end
        doubt: Doubt = (
            "none" if before_title or (rule and begins) else "some" if begins or rule or self._offers else "great"
        )
        if only_agrees(text):
            said = begins and (self._offers or answers(text))
        else:
            said = (doubt != "great" or self._kind(following) == "paragraph") and hands_over(text, doubt)
            said = said or (begins and notes(text))
        if end == 1 or not said:
            return said
        return self._is_preamble(end - 1) or _all_agree(before[:-1]) or (before_title and hands_over(text, "some"))

    def _begins_article(self, index: int) -> bool:
        node = self.nodes[index]
        begins = node.kind == "paragraph" and (is_bold(node) or _leads_with_label(node))
        return begins or node.kind == "heading" or begins_html(node)

    def _labels_at_the_top(self) -> None:
        index, before = 0, len(self._labels)
        for _ in range(_MOST_AROUND * 3):
            if index >= len(self.nodes) or len(self.nodes) <= 1:
                break
            node = self.nodes[index]
            if node.kind == "hr" and len(self._labels) > before and index == 0:
                del self.nodes[0]
            elif node.kind == "heading" and self._heading_label(index):
                continue
            elif node.kind == "heading" and index == 0:
                index = 1
            elif node.kind == "paragraph" and is_word_count(text_of(node)) and index:
                self._leave_out([node])
                del self.nodes[index]
            elif not self._label_block(index):
                break

    def _heading_label(self, index: int) -> bool:
        """Take "# Title: Bread", or a heading "Title" with the title below it."""
        text = text_of(self.nodes[index])
        label = read_label(text)
        if index == 0 and label and label.kind == "title" and label.value:
            return self._take_labels(index, 1, [label])
        named = is_only_label(text) and index == 0
        if (
            named
            and self._kind(1) in {"paragraph", "heading"}
            and len(self.nodes) > _LABEL_AND_TITLE
            and self._is_line(1)
        ):
            value = unquoted(text_of(self.nodes[1]))
            return self._take_labels(0, 2, [Label("title", value, alone=True)])
        return False

    def _label_block(self, index: int) -> bool:
        """Take the labelled lines of a paragraph or list; false when it has none."""
        node = self.nodes[index]
        lines = list(label_lines(node))
        labels = read_labels(lines)
        found = [label for label in labels if label]
        known = any(label.alone for label in found) or bool(self._labels)
        if not found or labels[0] is None or not known or self._is_data(index, found):
            return False
        if len(found) == len(lines) == 1 and not found[0].value:
            return self._label_above(index, found[0])
        if node.kind != "paragraph":
            return len(found) == len(lines) and self._take_labels(index, 1, found)
        kept = [
            label.value if label and label.kind == "subtitle" else line
            for line, label in zip(lines, labels, strict=True)
            if (label is None and not is_word_count(line)) or (label and is_for_readers(label, line))
        ]
        self._labels += [label for label in found if not is_for_readers(label, "")]
        pairs = zip(lines, labels, strict=True)
        self._leave_out_lines(
            [line for line, label in pairs if line not in kept and (label is None or is_unused(label))]
        )
        if not kept:
            del self.nodes[index]
        elif len(kept) == len(lines):
            return False
        else:
            self.nodes[index] = without_labels(node, labels)
            return False
        return True

    def _is_data(self, index: int, found: Sequence[Label]) -> bool:
        """Tell whether labels are an article's own, as the title, author and date of a book that it reviews."""
        if any(label.kind in PUBLICATION for label in (*found, *self._labels)):
            return False
        if any(read_label(line) is None and _OTHER_LABEL.match(line) for line in label_lines(self.nodes[index])):
            return True
        if self._kind(index) == "table":
            return True
        heading = text_of(self.nodes[0])
        titled = index > 0 and self._level(0) == 1 and not names_piece(heading)
        titles = (label.value for label in found if label.kind == "title")
        return titled and any(title and title.casefold() != heading.casefold() for title in titles)

    def _label_above(self, index: int, label: Label) -> bool:
        """Take a label that stands above its value, or above the article itself ("Content:")."""
        if label.kind == "other":
            return bool(self._labels) and self._take_labels(index, 1, [])
        if not self._is_line(index + 1):
            return False
        return self._take_labels(index, 2, [replace(label, value=unquoted(text_of(self.nodes[index + 1])))])

    def _take_labels(self, index: int, count: int, labels: list[Label]) -> bool:
        self._labels += labels
        if not labels or any(is_unused(label) for label in labels):
            self._leave_out(self.nodes[index : index + count])
        del self.nodes[index : index + count]
        return True

    def _end(self) -> None:
        removed = False
        for _ in range(_MOST_AROUND * 3):
            last = self.nodes[-_TALK_BELOW_A_RULE:]
            if len(self.nodes) <= _TALK_BELOW_A_RULE and sum(node.kind != "hr" for node in last) <= 1:
                break
            count = self._closing(removed=removed)
            if not count:
                break
            if not self._used(count):
                self._leave_out([node for node in self.nodes[-count:] if node.kind != "hr"])
            del self.nodes[-count:]
            removed = True

    def _closing(self, *, removed: bool) -> int:
        """Return how many of the last blocks are debris."""
        last = self.nodes[-1]
        if last.kind == "heading":
            # A heading below a rule stood above nothing but what is gone.
            stood_above = self._kind(len(self.nodes) - 2) == "hr" or is_metadata_heading(text_of(last))
            return int(removed and stood_above)
        if last.kind == "hr":
            return int(removed)
        if last.kind in {"bullet_list", "ordered_list"} and self._kind(len(self.nodes) - 2) == "paragraph":
            return self._offered_list(len(self.nodes) - 1)
        if last.kind == "paragraph" and not has_image(last):
            if asks_back(text_of(last)) and (count := self._offered_list(len(self.nodes) - 2)):
                return count
            text, ruled = text_of(last), removed or self._kind(len(self.nodes) - 2) == "hr"
            introduced = self._is_introduced(len(self.nodes) - 1)
            talk = offers_more(text, surely=not ruled) or notes(text)
            if is_word_count(text) or (talk and not introduced):
                return 1
        return int(self._last_are_labels(last, removed=removed))

    def _is_introduced(self, index: int) -> bool:
        """Tell whether the paragraph above says what this one is: "The waiter asked:"."""
        return self._kind(index - 1) == "paragraph" and text_of(self.nodes[index - 1]).endswith(COLONS)

    def _offered_list(self, index: int) -> int:
        """Return how many blocks there are from an offer with a list ("I can also: ...") to the end, 0 without one."""
        if self._kind(index) != "list" or self._kind(index - 1) != "paragraph":
            return 0
        offer, ruled = text_of(self.nodes[index - 1]), self._kind(index - 2) == "hr"
        wishes = " ".join(label_lines(self.nodes[index]))
        offered = offer.endswith((*COLONS, "?", "？")) and offers_more(f"{offer} {wishes}", surely=not ruled)
        return len(self.nodes) - index + 1 if offered else 0

    def _last_are_labels(self, last: Node, *, removed: bool) -> bool:
        labels = [read_label(line) for line in label_lines(last)]
        fields = [label for label in labels if label and label.kind in AT_THE_END and label.value]
        known = any(label.alone for label in (*fields, *self._labels_above_last())) or (removed and bool(self._labels))
        if not labels or len(fields) != len(labels) or not known:
            return False
        # The last line of an article about tags may be its example.
        alone = len(labels) == 1 and not (removed or self._labels or self._kind(len(self.nodes) - 2) == "hr")
        if alone and is_about_label(text_of(self.nodes[0]), fields[0]):
            return False
        self._labels += fields
        return True

    def _labels_above_last(self) -> list[Label]:
        """What the block above the last one names, where it holds nothing but labels of the end."""
        labels = [read_label(line) for line in label_lines(self.nodes[-2])] if len(self.nodes) > 1 else []
        return [each for each in labels if each and each.value] if are_of_the_end(labels) else []

    def _used(self, count: int) -> bool:
        """Tell whether all that the last blocks say goes into a field of the article."""
        labels = [read_label(line) for node in self.nodes[-count:] for line in label_lines(node)]
        return bool(labels) and not any(label is None or is_unused(label) for label in labels)

    def _leave_out(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            first, end = node.token.map or (0, 0)
            self._leave_out_lines(["\n".join(self._lines[first:end]) or text_of(node)])

    def _leave_out_lines(self, texts: Sequence[str]) -> None:
        for text in texts:
            if stripped := text.strip():
                self.left_out.append(stripped)

    def _kind(self, index: int) -> str:
        if not 0 <= index < len(self.nodes):
            return ""
        kind = self.nodes[index].kind
        return "list" if kind in {"bullet_list", "ordered_list"} else kind

    def _level(self, index: int) -> int:
        return int(self.nodes[index].token.tag[1]) if self._kind(index) == "heading" else 0

    def _is_line(self, index: int) -> bool:
        if self._kind(index) not in {"paragraph", "heading"}:
            return False
        text = text_of(self.nodes[index])
        return 0 < len(text) <= _LONGEST_TITLE and "\n" not in text and read_label(text) is None


def _is_talk_or_heading(nodes: Sequence[Node]) -> bool:
    return all(
        (node.kind == "paragraph" or (node.kind == "heading" and node.token.tag != "h1"))
        and not has_image(node)
        and len(text_of(node)) <= _LONGEST_AROUND
        for node in nodes
    )


def _is_contents_mark(node: Node) -> bool:
    parts = node.inline
    may_be = 0 < len(parts) <= _MOST_PARTS_OF_MARK and len(parts[0].content) <= _LONGEST_MARK
    return may_be and _CONTENTS_MARK.fullmatch(text_of(node)) is not None


def begins_html(node: Node) -> bool:
    """Tell whether a block begins a page or an article of HTML."""
    return node.kind == "html_block" and _HTML_BEGINS.match(node.token.content) is not None


def _all_agree(nodes: Sequence[Node]) -> bool:
    return all(only_agrees(text_of(node)) for node in nodes)


def _leads_with_label(node: Node) -> bool:
    label = read_label(text_of(node).split("\n")[0])
    return label is not None and label.alone
