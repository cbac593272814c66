"""The templates the stand-in writes from, in English and German."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Language = Literal["en", "de"]


@dataclass(frozen=True)
class Template:
    """Text with `{topic}`, `{picture}` and `{opening}` in it; `shortened` is what remains on request."""

    notice: str
    openings: tuple[str, ...]
    body: str
    shortened: str
    untitled: str


_ENGLISH = Template(
    notice="*This text was written by Presswerk's stand-in, which is no AI: it fills templates, so that you can try "
    "publishing without an AI endpoint.*",
    openings=(
        "Whoever begins with **{topic}** meets the same three questions: what is it for, what does it take, and how do "
        "you notice that it worked?",
        "There is more to say about **{topic}** than fits on one page. Here is the part you need on the first day.",
        "**{topic}** sounds larger than it is. Taken in small steps, it becomes a plan for one week.",
    ),
    body="""{opening}

![A skyline in two colours, drawn for the article “{topic}”]({picture})

## What matters first

The beginning decides. Before anything is built, bought or written, it helps to agree on a few things:

- Who is it for?
  1. Readers who know nothing about it yet
  2. Readers who come back for the details
- What should be different afterwards?
- What can be left out?

> A short text that is read beats a long one that is only opened.

### A comparison

| Way | Effort | Good for |
| --- | ---: | --- |
| Start small | 1 day | a first impression |
| Plan ahead | 1 week | a team of several people |
| Hand it over | 1 month | lasting operation |

## Step by step

Every step leaves something behind that you can look at:

1. Write down the goal in one sentence.
2. Choose one measure that shows progress.
3. Try it with ~~everybody~~ three people.

```python
def progress(done: int, planned: int) -> float:
    \"\"\"How much of the plan is done, from 0 to 1.\"\"\"
    return done / planned if planned else 0.0
```

### Before you publish

- [x] There is a title
- [x] The picture has a description
- [ ] Somebody else has read it

## Where to read on

The [documentation of WordPress](https://wordpress.org/documentation/) shows what becomes of a text after it has been
published. About {topic} itself, the best source is whoever did it last.
""",
    shortened="""{opening}

![A skyline in two colours, drawn for the article “{topic}”]({picture})

## In short

- Agree on the goal first.
- Start small, measure one thing.
- Let somebody else read it before you publish.
""",
    untitled="An untitled idea",
)

_GERMAN = Template(
    notice="*Diesen Text hat der Platzhalter von Presswerk geschrieben, keine KI: Er füllt Vorlagen, damit sich das "
    "Veröffentlichen ohne KI-Dienst ausprobieren lässt.*",
    openings=(
        "Wer mit **{topic}** beginnt, trifft auf drei Fragen: Wozu dient es, was braucht es, und woran merkt man, dass "
        "es gelungen ist?",
        "Über **{topic}** ließe sich mehr sagen, als auf eine Seite passt. Hier steht, was am ersten Tag zählt.",
        "**{topic}** klingt größer, als es ist. In kleinen Schritten wird daraus ein Plan für eine Woche.",
    ),
    body="""{opening}

![Eine Silhouette in zwei Farben, gezeichnet für den Artikel „{topic}“]({picture})

## Was zuerst zählt

Der Anfang entscheidet. Bevor etwas gebaut, gekauft oder geschrieben wird, hilft es, sich über Weniges einig zu sein:

- Für wen ist es?
  1. Für alle, die noch nichts darüber wissen
  2. Für alle, die wegen der Einzelheiten wiederkommen
- Was soll danach anders sein?
- Was darf wegfallen?

> Ein kurzer Text, der gelesen wird, schlägt einen langen, der nur geöffnet wird.

### Ein Vergleich

| Weg | Aufwand | Geeignet für |
| --- | ---: | --- |
| Klein anfangen | 1 Tag | den ersten Eindruck |
| Voraus planen | 1 Woche | ein Team aus mehreren Leuten |
| Übergeben | 1 Monat | dauerhaften Betrieb |

## Schritt für Schritt

Jeder Schritt hinterlässt etwas, das man ansehen kann:

1. Das Ziel in einem Satz aufschreiben.
2. Ein Maß wählen, das den Fortschritt zeigt.
3. Mit ~~allen~~ drei Leuten ausprobieren.

```python
def fortschritt(erledigt: int, geplant: int) -> float:
    \"\"\"Wie viel des Plans erledigt ist, von 0 bis 1.\"\"\"
    return erledigt / geplant if geplant else 0.0
```

### Vor dem Veröffentlichen

- [x] Es gibt einen Titel
- [x] Das Bild hat eine Beschreibung
- [ ] Jemand anderes hat es gelesen

## Zum Weiterlesen

Die [Dokumentation von WordPress](https://wordpress.org/documentation/) zeigt, was nach dem Veröffentlichen aus einem
Text wird. Über {topic} selbst weiß am meisten, wer es zuletzt getan hat.
""",
    shortened="""{opening}

![Eine Silhouette in zwei Farben, gezeichnet für den Artikel „{topic}“]({picture})

## Kurz gesagt

- Zuerst über das Ziel einig werden.
- Klein anfangen, eines messen.
- Vor dem Veröffentlichen jemand anderes lesen lassen.
""",
    untitled="Eine Idee ohne Titel",
)

TEMPLATES: Mapping[Language, Template] = MappingProxyType({"en": _ENGLISH, "de": _GERMAN})
