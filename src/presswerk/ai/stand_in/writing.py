"""From a conversation to an article, the same every time. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter

from presswerk.ai.stand_in.picture import data_address

Language = Literal["en", "de"]
MAX_TITLE_LENGTH = 80

_TEXTS = Path(__file__).with_name("texts.yaml")

_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|on the (?:topic|subject) of|on|über|zum Thema|zur Frage|zu)[ \t]*:?[ \t]+"
    r"(?P<topic>[^\n]+)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?:;](?:\s|$)|\n")
_MARKUP = re.compile(r"[*_`~#<>|\[\](){}\\!\"“”„]+")
_FOLLOW_UP = re.compile(
    r"\b(?:shorten|shorter|rewrite|rephrase|translate|longer|again|improve|kürze|kürzer|umschreiben|übersetze|länger|"
    r"nochmal|noch einmal|verbessere)\b",
    re.IGNORECASE,
)
_SHORTEN = re.compile(r"\b(?:shorten|shorter|brief(?:er)?|summari[sz]e|kürze|kürzer|kurz|zusammen)\b", re.IGNORECASE)
_GERMAN_WORDS = re.compile(
    r"\b(?:d(?:er|ie|as|em|en|es)|ein(?:e|en|em|er)?|und|oder|nicht|ist|sind|wird|für|mit|von|zu[mr]|auf|ich|wir|bitte|"
    r"schreibe?|artikel|beitrag|warum|wie|was|deutsch|\w*[äöüß]\w*)\b"
)
_ENGLISH_WORDS = re.compile(
    r"\b(?:the|an?|and|or|not|is|are|was|will|about|for|with|from|of|to|on|in|it|you|please|write|article|post|why|how|"
    r"what|english)\b"
)


@dataclass(frozen=True)
class Template:
    """Text with `{topic}`, `{picture}` and `{opening}` in it; `shortened` is what remains on request."""

    notice: str
    openings: tuple[str, ...]
    body: str
    shortened: str
    untitled: str


@cache
def _templates() -> Mapping[Language, Template]:
    return TypeAdapter(Mapping[Language, Template]).validate_python(yaml.safe_load(_TEXTS.read_text("utf-8")))


def write_article(prompts: Sequence[str]) -> str:
    """Write an article.

    Args:
        prompts: What the user said, oldest first; the last one decides, an earlier one gives the topic when the last
            only asks for a change.

    Returns:
        Markdown with one H1 title, a line that says no AI wrote it, and one of everything Markdown offers.
    """
    prompts = [_question(prompt) for prompt in prompts]
    last = prompts[-1] if prompts else ""
    follow_up = _FOLLOW_UP.search(last) is not None and len(prompts) > 1
    source = (
        next((prompt for prompt in reversed(prompts) if not _FOLLOW_UP.search(prompt)), last) if follow_up else last
    )
    template = _templates()[language_of(source)]
    topic = topic_of(source) or template.untitled
    seed = hashlib.sha256(topic.encode()).digest()
    opening = template.openings[hashlib.sha256(last.encode()).digest()[0] % len(template.openings)]
    body = template.shortened if _SHORTEN.search(last) else template.body
    text = body.format(topic=topic, picture=data_address(seed), opening=opening.format(topic=topic))
    return f"# {topic}\n\n{template.notice}\n\n{text}"


def _question(prompt: str) -> str:
    """What was typed: with files in the chat, Open WebUI puts them into a `<context>` before it."""
    return prompt.rpartition("</context>")[2].strip()


def language_of(text: str) -> Language:
    """German if more German than English function words are in it, else English."""
    lower = text.lower()
    return "de" if len(_GERMAN_WORDS.findall(lower)) > len(_ENGLISH_WORDS.findall(lower)) else "en"


def topic_of(prompt: str) -> str:
    """What a prompt is about, as a title; empty when it says nothing."""
    match = _ABOUT.search(prompt)
    text = match["topic"] if match else prompt.strip()
    end = _SENTENCE_END.search(text)
    sentence = text if end is None else text[: end.end() if end.group().startswith("?") else end.start()]
    text = " ".join(_MARKUP.sub(" ", sentence).split()).strip(" ,-")
    if len(text) > MAX_TITLE_LENGTH:
        text = text[:MAX_TITLE_LENGTH].rsplit(" ", 1)[0]
    return text[:1].upper() + text[1:]
