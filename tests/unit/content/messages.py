"""Articles as models write them: building blocks in fourteen languages, put together in the shapes of their answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from presswerk.content.slugs import heading_slug

_BLOCKS = Path(__file__).parents[2] / "data" / "content" / "messages.yaml"
EULER = r"e^{i\pi} + 1 = 0"
MATRIX = r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}"


@dataclass(frozen=True)
class Blocks:
    """What articles in one language are made of."""

    title: str
    intro: str
    sections: tuple[tuple[str, str], ...]
    items: tuple[str, ...]
    steps: tuple[str, ...]
    table: tuple[tuple[str, str], ...]
    quote: str
    lines: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    range: str
    stress: tuple[str, ...]
    closing: str

    def section(self, number: int, level: int = 2) -> str:
        heading, text = self.sections[number]
        return f"{'#' * level} {heading}\n\n{text}"


@cache
def languages() -> dict[str, Blocks]:
    """Return the building blocks by language."""
    return {name: Blocks(**blocks) for name, blocks in yaml.safe_load(_BLOCKS.read_text("utf-8")).items()}


def messages() -> dict[str, str]:
    """Return every shape in every language, by name."""
    return {
        f"{shape.__name__}-{language}": shape(blocks) for language, blocks in languages().items() for shape in SHAPES
    }


def _bullets(items: tuple[str, ...], mark: str = "-") -> str:
    return "\n".join(f"{mark} {item}" for item in items)


def article(b: Blocks) -> str:
    return f"# {b.title}\n\n{b.intro}\n\n{b.section(0)}\n\n{b.section(1)}\n\n{b.section(2)}\n\n---\n\n*{b.closing}*"


def contents(b: Blocks) -> str:
    entries = "\n".join(f"{n}. [{h}](#{heading_slug(h)})" for n, (h, _) in enumerate(b.sections, 1))
    return f"# {b.title}\n\n{entries}\n\n{b.section(0)}\n\n{b.section(1)}\n\n{b.section(2)}"


def recipe(b: Blocks) -> str:
    steps = "\n".join(f"{n}. **{step}**\n   - {b.items[n]}\n   - {b.intro}" for n, step in enumerate(b.steps, 1))
    return f"## {b.title}\n\n{b.range}\n\n{_bullets(b.items, '*')}\n\n{steps}\n\n> {b.quote}"


def comparison(b: Blocks) -> str:
    head, *rows = b.table
    table = "\n".join(f"| {left} | {right} |" for left, right in (head, ("---", ":-:"), *rows))
    return f"{b.intro}\n\n{table}\n\n**{b.table[0][0]}** {b.range}\n\n{table.replace('| ', '|', 1)}\n{b.closing}"


def visiting_card(b: Blocks) -> str:
    lines = "\n".join(b.lines[1:])
    return f"# {b.title}\n\n**{b.lines[0]}**\n{lines}\n\n{b.intro}\n{b.closing}\n\n{_bullets(b.items, '•')}"


def interview(b: Blocks) -> str:
    turns = "\n".join(f"**Q:** {question}\nA: {answer}\n" for question, answer in b.questions)
    return f"### {b.title}\n\n{turns}\n_{b.closing}_"


def questions(b: Blocks) -> str:
    folds = "\n\n".join(
        f"<details>\n<summary>{question}</summary>\n\n{answer}\n\n- {b.items[0]}\n\n</details>"
        for question, answer in b.questions
    )
    return f"# {b.title}\n\n{folds}\n\n{b.closing}"


def folds_in_folds(b: Blocks) -> str:
    inner = f"<details>\n<summary>{b.items[0]}</summary>\n\n{b.quote}\n\n</details>"
    return (
        f"{b.intro}\n\n<details>\n<summary>{b.title}</summary>\n\n{b.range}\n\n{inner}\n\n{b.closing}\n\n</details>\n"
    )


def stressed(b: Blocks) -> str:
    return f"# {b.title}\n\n" + "\n\n".join(b.stress) + f"\n\n- {b.stress[0]}\n- ***{b.items[0]}*** ~~{b.items[1]}~~"


def formulas(b: Blocks) -> str:
    return (
        f"# {b.title}\n\n{b.intro} \\({EULER}\\)\n\n\\[\n{MATRIX}\n\\]\n\n{b.sections[0][1]}\n\n$$\nE = mc^2\n$$\n\n"
        f"- \\(a_1\\)\n- \\(b_2 < c\\)\n\n{b.range}"
    )


def programming(b: Blocks) -> str:
    return (
        f"# {b.title}\n\n{b.intro} `print({b.items[0]})`\n\n```python\n# {b.quote}\nfor x in [1, 2]:\n"
        f"    print(x * 2)\n```\n\n{b.section(1, 3)}\n\n~~~\n{b.lines[0]}\n~~~"
    )


def tasks(b: Blocks) -> str:
    done, *rest = b.items
    todo = "\n".join(f"- [ ] {item}" for item in rest)
    return (
        f"**{b.title}**\n\n- [x] {done}\n{todo}\n\n1. {b.steps[0]}\n\n   {b.intro}\n\n2. {b.steps[1]}\n3. {b.steps[2]}"
    )


def alerts(b: Blocks) -> str:
    return f"# {b.title}\n\n> [!NOTE]\n> {b.intro}\n> {b.closing}\n\n> {b.quote}\n>\n> - {b.items[0]}\n>> {b.items[1]}"


def placeholders(b: Blocks) -> str:
    tag = f"<div>\n{b.quote}\n</div>"
    return f"# {b.title}\n\nVec<T> & <your-name> {b.intro}\n<sub>{b.items[0]}</sub> &amp; x < y > z\n\n{tag}"


def links(b: Blocks) -> str:
    return (
        f"# {b.title}\n\n[{b.items[0]}](https://example.org/a_b?c=1&d=2) <https://example.org/x> - www.example.org.\n\n"
        f'{b.intro} [{b.items[1]}][ref] (https://example.org/y)\n\n[ref]: https://example.org/ref "{b.items[2]}"'
    )


def lead_ins(b: Blocks) -> str:
    points = "\n".join(f"- **{heading}** - {text}" for heading, text in b.sections)
    return f"{b.title}\n{'=' * 5}\n\n{points}\n\n1) {b.steps[0]}\n2) {b.steps[1]}\n\n* * *\n\n{b.closing}\\\n{b.quote}"


def long_lines(b: Blocks) -> str:
    text = " ".join([b.intro, b.range, b.quote, *(text for _, text in b.sections)])
    return f"{text}\n\n{text}  \n{b.closing}"


def writing_box(b: Blocks) -> str:
    return f':::writing{{variant="article"}}\n# {b.title}\n\n{b.intro}\n{b.closing}\n:::\n\n{b.quote}'


SHAPES: tuple[Callable[[Blocks], str], ...] = (
    article, contents, recipe, comparison, visiting_card, interview, questions, folds_in_folds, stressed, formulas,
    programming, tasks, alerts, placeholders, links, lead_ins, long_lines, writing_box,
)  # fmt: skip
