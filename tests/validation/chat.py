"""What Open WebUI's chat shows of a message, by its own frontend's rules in a Node process."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from tests.support.chat import chat_python
from tests.validation.wordpress import PROJECT, install

_NAMES = "p h1 h2 h3 h4 h5 h6 li ul ol blockquote pre table tr td th details summary figure div br hr"
_BLOCKS = frozenset(_NAMES.split())


def lines_in_the_chat(messages: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the lines of text that the chat shows of each message, by name; a formula is its LaTeX in ⟦ ⟧."""
    install()
    frontend = next(chat_python().parents[1].glob("lib/python*/site-packages/open_webui/frontend"))
    asked = "".join(json.dumps({"id": name, "message": text}) + "\n" for name, text in messages.items())
    told = subprocess.run(
        ("node", "chat.mjs", str(frontend)), cwd=PROJECT, input=asked, capture_output=True, check=True, text=True
    )
    answers = map(json.loads, told.stdout.rstrip("\n").split("\n"))
    return {answer["id"]: answer["lines"] for answer in answers}


def lines_on_the_site(content: str) -> list[str]:
    """Return the lines of text that a page shows of an article's content, told like the chat's."""
    lines = _Lines()
    lines.feed(content)
    lines.close()
    return squeezed_lines(lines.text)


def squeezed_lines(text: str) -> list[str]:
    """Return the lines of a text that show something, white space collapsed."""
    return [line for line in (" ".join(line.split()) for line in text.split("\n")) if line]


def differing(shown: Mapping[str, list[str]], published: Mapping[str, list[str]]) -> dict[str, list[tuple[str, str]]]:
    """Return, by name, the pairs of lines that differ between chat and site."""
    return {
        name: _pairs(shown[name], published[name]) for name in shown if _pairs(shown[name], published.get(name, []))
    }


def _pairs(left: list[str], right: list[str]) -> list[tuple[str, str]]:
    length = max(len(left), len(right))
    padded: Iterable[tuple[str, str]] = zip(
        left + [""] * (length - len(left)), right + [""] * (length - len(right)), strict=True
    )
    return [pair for pair in padded if pair[0] != pair[1]]


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self._formula: list[str] = []
        self._pre = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"math", "annotation"}:
            self._formula.append(tag)
            if tag == "annotation":
                self.text += "⟦"
        elif tag in _BLOCKS:
            self.text += "\n"
        self._pre = self._pre or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag == "annotation":
            self.text += "⟧"
        if tag in {"math", "annotation"}:
            self._formula.pop()
        elif tag in _BLOCKS:
            self.text += "\n"
        self._pre = self._pre and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._formula[-1:] == ["math"]:
            return
        self.text += data.strip() if self._formula else data if self._pre else data.replace("\n", " ")
