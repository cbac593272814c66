"""What machines write into a message of the chat beside the article: reasoning, calls of tools, ends of turns."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

_NAMES = (
    "think|thinking|ant_?thinking|thought|thoughts|reason|reasoning|reflection|scratchpad|tool_call|tool_calls|tool_response|tool_result"
    "|tool_use|function_call|function_calls|function_result|function_results|code_interpreter"
)
_FOLDS = "reasoning|tool_calls|code_interpreter"
_PAIRS = (
    (r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
    (r"<\|start_thinking\|>", r"<\|end_thinking\|>"),
    (r"◁think▷", r"◁/think▷"),
    (r"\[think\]", r"\[/think\]"),
    (r"<unused94>(?:thought)?", r"<unused95>"),
    (r"<\|channel\|>(?:analysis|commentary)\b[^\n]*?<\|message\|>", r"<\|channel\|>final<\|message\|>"),
)
"""Marks without a name in common. Sources: the models' chat templates, Open WebUI's `DEFAULT_REASONING_TAGS`."""

_STARTS = "|".join(f"(?P<pair{i}>{start})" for i, (start, _) in enumerate(_PAIRS))
_ENDS = "|".join(end for _, end in _PAIRS)
_OPENING = re.compile(
    rf"[ \t]{{0,3}}(?:<(?P<name>(?:\w+:)?(?:{_NAMES}))(?:\s[^<>\n]*)?>"
    rf"|(?P<fold><details\b[^<>]*\btype=[\"']?(?:{_FOLDS})\b[^<>]*>)|{_STARTS})",
    re.IGNORECASE,
)
_LONE_END = re.compile(
    rf"</(?:\w+:)?(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad)\s*>|{_ENDS}", re.IGNORECASE
)
_ANY = re.compile(rf"</?(?:\w+:)?(?:{_NAMES})\b|<details\b[^<>]*\btype=|{_STARTS}|{_ENDS}", re.IGNORECASE)
_HINTS_IN_TAGS = (
    *(
        f"{before}{name}"
        for name in (
            "think",
            "ant",
            "unused94",
            "thought",
            "reason",
            "reflection",
            "scratchpad",
            "tool_",
            "function_",
            "code_interpreter",
        )
        for before in ("<", "</", ":")
    ),
    *("<details", "<|"),
)
_HINTS = {"<": _HINTS_IN_TAGS, "◁": ("◁",), "[": ("[think]", "[/think]")}
_FOLD_TAG = re.compile(r"<(/?)details\b[^<>]*>", re.IGNORECASE)
_TURN_START = re.compile(
    r"\s*<(?:\|start_header_id\|>\w+<\|end_header_id\|>|\|im_start\|>\w+\n|start_of_turn>\w+\n)\s*"
)
_THOUGHT_FOR = re.compile(
    r"\s*(?:> ?)?[*_]{0,2}Thought for (?:a few|a couple of|\d+) ?(?:s|m|seconds?|minutes?)[*_]{0,2}\s*\n\s*\n"
)
# Tags that a prompt asked for, around the whole answer; what is thought before it may stand in others.
_WRAPPED = re.compile(
    r"\s*(?:<(?P<aside>analysis|planning|plan)>.*?</(?P=aside)>\s*)?"
    r"<(?P<name>answer|final_answer|final|response|output|result|article|blog_?post|post|draft)>\s*\n(?P<inside>.*)</(?P=name)>\s*",
    re.DOTALL | re.IGNORECASE,
)
_TURN_ENDS = re.compile(r"(?:\s*(?:<\|[a-z_]{2,20}\|>|<end_of_turn>|</s>))+\s*\Z")
_SOLUTION = re.compile(r"^<\|(?:begin|end)_of_solution\|>[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"[ \t]{0,3}(`{3,}(?=[^`]*$)|~{3,})")
_FIRST_HEADING = re.compile(r"^ {0,3}(?:# |[^\n]+\n={2,}[ \t]*$)", re.MULTILINE)
_HEADING_AT_START = re.compile(r"\s*#{1,6} ")
_MOST_WORDS_IN_PROSE = 2
_LOOK_AHEAD = 1000

# A link reference definition, which shows nothing; the line below it is the footer that the Publish action wrote.
_FOOTER_MARK = "[//]: # (presswerk)"


def without_machine_parts(markdown: str) -> tuple[str, tuple[str, ...]]:
    """Take out what machines wrote, and our own footer.

    What stands in a fence or in a code span is an article's own and stays. A part that never ends goes up to the first
    heading of level 1, else to the end; it stays where nothing would be left.

    Returns:
        The text, and what was taken out; the footer, which the author did not write, is not among it.
    """
    markdown = _without_footer(markdown)
    taken: list[str] = []
    if _may_hold_parts(markdown) and _ANY.search(markdown):
        scan = _Scan(markdown)
        rest = scan.rest()
        if rest.strip():
            markdown, taken = rest, scan.taken
    if "<|" in markdown or markdown.rstrip().endswith(("<end_of_turn>", "</s>")):
        markdown = _SOLUTION.sub("", _TURN_ENDS.sub("\n", markdown))
    for beginning in (_TURN_START, _THOUGHT_FOR):
        if (match := beginning.match(markdown)) and markdown[match.end() :].strip():
            taken.append(match[0].strip())
            markdown = markdown[match.end() :]
    if markdown[:200].lstrip().startswith("<") and (match := _WRAPPED.fullmatch(markdown)) and match["inside"].strip():
        taken.append(markdown[: match.start("name") - 1].strip())
        markdown = match["inside"]
    return markdown, tuple(part for part in taken if part)


def _may_hold_parts(markdown: str) -> bool:
    """Tell whether the pattern is worth its time, a tenth of which a plain search takes."""
    lowered = markdown.lower()
    return any(hint in lowered for sign, hints in _HINTS.items() if sign in markdown for hint in hints)


def _without_footer(markdown: str) -> str:
    """Take out each mark of ours that begins a line, the line below it, and the rule above it."""
    kept: list[str] = []
    position = 0
    while (found := markdown.find(_FOOTER_MARK, position)) >= 0:
        line_end = markdown.find("\n", found)
        rest = markdown[found + len(_FOOTER_MARK) : line_end if line_end >= 0 else None]
        if markdown[found - 1 : found] not in {"", "\n"} or rest.strip():
            kept.append(markdown[position : found + len(_FOOTER_MARK)])
            position = found + len(_FOOTER_MARK)
            continue
        above = markdown[position:found].rstrip()
        kept.append(above.removesuffix("---").rstrip() if above == "---" or above.endswith("\n---") else above)
        below = markdown.find("\n", line_end + 1) if line_end >= 0 else -1
        position = below if below >= 0 else len(markdown)
    return "".join((*kept, markdown[position:]))


@dataclass
class _Scan:
    """One pass over a text's lines."""

    text: str
    taken: list[str] = field(default_factory=list)
    _kept: list[str] = field(default_factory=list)
    _fence: str = ""
    _never_closed: set[str] = field(default_factory=set)
    _headings: list[int] | None = None
    _first: str = ""

    def rest(self) -> str:
        position = 0
        while position < len(self.text):
            end = self.text.find("\n", position) + 1 or len(self.text)
            position = self._line(position, end)
        return "".join(self._kept)

    def _line(self, start: int, end: int) -> int:
        """Keep or take what begins on a line; return where to go on."""
        line = self.text[start:end]
        if self._in_fence(line):
            self._keep(line)
            return end
        opening = _OPENING.match(line)
        if opening and (after := self._end_of_part(opening, start, start + opening.end())):
            self._take(start, after)
            return after
        for closing in _LONE_END.finditer(line):
            if self._is_lone_end(start, start + closing.start(), start + closing.end(), end):
                self.taken.append(f"{''.join(self._kept)}{line[: closing.start()]}".strip())
                self._kept.clear()
                self._first = ""
                return start + closing.end()
        self._keep(line)
        return end

    def _in_fence(self, line: str) -> bool:
        mark = _FENCE.match(line.rstrip("\r\n"))
        if self._fence:
            closes = mark and mark[1].startswith(self._fence) and not line.strip(f" \t\r\n{self._fence[0]}")
            if closes:
                self._fence = ""
            return True
        self._fence = mark[1] if mark else ""
        return bool(mark)

    def _end_of_part(self, opening: re.Match[str], start: int, inside: int) -> int:
        """Return where a part ends that opens at `start`, 0 when what looks like one is an article's own."""
        mark = opening.lastgroup or ""
        name = (opening["name"] or mark).lower()
        after = 0 if name in self._never_closed else self._closing(opening, mark, inside)
        if after:
            return 0 if opening["name"] and self._is_prose(inside, after) else after
        # Looked for once: a text of nothing but openings must not be searched to its end for each.
        self._never_closed.add(name)
        alone = not self.text[inside : self._line_end(inside)].strip()
        nothing_before = not self._first
        if not (alone or nothing_before):
            return 0
        heading = self._heading_after(inside)
        if heading:
            return heading
        if nothing_before:
            return inside if alone else 0
        return len(self.text)

    def _is_prose(self, inside: int, after: int) -> bool:
        """Tell whether tags are only spoken of: "<think> and </think> are tags"."""
        content = self.text[inside:after].rpartition("<")[0]
        following = self.text[after : self._line_end(after)].strip()
        on_one_line = "\n" not in content and following and not _HEADING_AT_START.match(following)
        return bool(on_one_line) and 0 < len(content.split()) <= _MOST_WORDS_IN_PROSE

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return end if end >= 0 else len(self.text)

    def _heading_after(self, position: int) -> int:
        """Return where the next heading of level 1 begins, 0 for none."""
        if self._headings is None:
            self._headings = [match.start() for match in _FIRST_HEADING.finditer(self.text)]
        index = bisect_left(self._headings, position)
        return self._headings[index] if index < len(self._headings) else 0

    def _closing(self, opening: re.Match[str], mark: str, inside: int) -> int:
        if mark == "fold":
            return self._end_of_fold(inside)
        if mark == "name":
            closing = re.compile(rf"</{re.escape(opening['name'])}\s*>", re.IGNORECASE)
        else:
            closing = re.compile(_PAIRS[int(mark.removeprefix("pair"))][1], re.IGNORECASE)
        found = closing.search(self.text, inside)
        return found.end() if found else 0

    def _end_of_fold(self, inside: int) -> int:
        depth = 1
        for tag in _FOLD_TAG.finditer(self.text, inside):
            depth += -1 if tag[1] else 1
            if depth == 0:
                return tag.end()
        return 0

    def _is_lone_end(self, line_start: int, start: int, end: int, line_end: int) -> bool:
        before_on_line = self.text[line_start:start].strip()
        after_on_line = self.text[end:line_end].strip()
        at_edge = not before_on_line or not after_on_line or _HEADING_AT_START.match(after_on_line)
        if not at_edge or before_on_line.count("`") % 2 or not self.text[end : end + _LOOK_AHEAD].strip():
            return False
        # An article that begins with its heading and speaks of such tags keeps them.
        first = self._first or before_on_line
        alone = not before_on_line and not after_on_line
        return not _HEADING_AT_START.match(first) or (alone and self._heading_after(end) > 0)

    def _keep(self, line: str) -> None:
        self._kept.append(line)
        if not self._first and line.strip():
            self._first = line

    def _take(self, start: int, end: int) -> None:
        self.taken.append(self.text[start:end].strip())
