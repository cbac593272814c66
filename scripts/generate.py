"""Writes anew what follows from the code; `make generate` runs it, and a test fails where something is not today's.

| what | from |
|---|---|
| the chart's definition of Tenant, the operator's rights | the declaration's models, the operator's requests |
| examples/platform.schema.json | the declaration's models |
| the sections of checks in docs/troubleshooting.md | the registry of checks |
| the table of rooms in CONTRIBUTING.md | packages, their docstrings and lines |
| the picture of rooms in docs/architecture.md | the imports |
| the version of the chart, the connector and the Publish action | `presswerk.__version__` |

Translations are brought up to the messages by scripts/update_catalogues.sh, which `make generate` runs too.
"""

import ast
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp

from presswerk import __version__
from presswerk.cli.config import schema_text
from presswerk.declaration import Platform
from presswerk.operations.checks import CHECKS, Check, Severity
from presswerk.runtimes.cluster.rendering.chart_files import chart_files

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "presswerk"
# From the top of the house down. A room that is not here has no place in it.
ROOMS = (
    "cli", "web", "web/api", "web/console",
    "operations", "operations/checks", "operations/doctor", "operations/demonstration", "publishing",
    "tenants", "infrastructure/delivery", "infrastructure/terraform", "infrastructure/capacity",
    "runtimes", "runtimes/cluster", "runtimes/local", "runtimes/databases", "wordpress", "identity", "ai", "openwebui",
    "kubernetes", "database", "sites", "content", "declaration",
)  # fmt: skip
VERSIONS = {
    "deploy/charts/presswerk/Chart.yaml": (r"(?<=^version: ).*", r'(?<=^appVersion: ").*(?=")'),
    "src/presswerk/openwebui/functions/publish.py": (r"(?<=^version: ).*",),
    "src/presswerk/wordpress/connector/presswerk-connector.php": (
        r"(?<=^ \* Version:           ).*",
        r"(?<=^const VERSION = ').*(?=';)",
    ),
}
_TOLERATED = 0.25
"""By how much a room may grow or shrink before its row is written anew: not every change is one of this table."""


def generated() -> Mapping[Path, str]:
    """Every file that follows from the code, as it should be."""
    marked = {
        ROOT / "docs" / "troubleshooting.md": {"checks": sections_of_checks()},
        ROOT / "CONTRIBUTING.md": {"rooms": table_of_rooms((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))},
        ROOT / "docs" / "architecture.md": {"imports": picture_of_imports()},
    }
    files = {ROOT / "deploy" / "charts" / "presswerk" / path: text for path, text in chart_files().items()}
    files[ROOT / "examples" / "platform.schema.json"] = schema_text(Platform) + "\n"
    for file, parts in marked.items():
        files[file] = file.read_text(encoding="utf-8")
        for mark, text in parts.items():
            files[file] = between_marks(files[file], mark, text)
    for name, places in VERSIONS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for place in places:
            text = re.sub(place, __version__, text, count=1, flags=re.MULTILINE)
        files[ROOT / name] = text
    return files


def between_marks(document: str, mark: str, text: str) -> str:
    """A document with a text between `<!-- mark -->` and `<!-- /mark -->`."""
    before, begin, rest = document.partition(f"<!-- {mark} -->\n")
    _, end, after = rest.partition(f"<!-- /{mark} -->\n")
    if not (begin and end):
        raise SystemExit(f"the marks of {mark} are missing")
    return f"{before}{begin}\n{text}\n{end}{after}"


def sections_of_checks() -> str:
    """A section a check: what is asked, what is to blame, what to do, when somebody is told."""
    return "\n".join(_section(check) for check in CHECKS)


def _section(check: Check) -> str:
    remedy = str(check.remedy.advice("SERVICE"))
    lines = [f"### {check.id}", "", str(check.question), "", f"- When not: {remedy}"]
    if check.remedy.act is not None:
        lines.append(
            f"- `presswerk doctor --fix` does that by itself, with the rights of its {check.remedy.act.right}."
        )
    if check.threshold is not None:
        lines.append(f"- From where on: {check.threshold}.")
    if check.causes:
        causes = ", ".join(dict.fromkeys(f"[{cause.check}](#{cause.check})" for cause in check.causes))
        lines.append(f"- Comes of: {causes}.")
    harm = "somebody cannot work" if check.severity is Severity.CRITICAL else "a warning"
    lines.append(f"- Severity: {check.severity} ({harm}); alert after {check.alert_after_seconds} s: `{check.alert}`.")
    return "\n".join(_wrapped(line) for line in lines) + "\n"


def _wrapped(line: str) -> str:
    """A line of prose as the pages are wrapped; what is in backticks stays whole."""
    kept = re.sub(r"`[^`]*`", lambda found: found.group().replace(" ", "\x00"), line)
    wrap = textwrap.TextWrapper(120, subsequent_indent="  " if line.startswith("- ") else "", break_on_hyphens=False)
    return wrap.fill(kept).replace("\x00", " ")


def table_of_rooms(document: str) -> str:
    """A row a room: its lines of Python, and the first sentence of its package."""
    told = {
        name: int(lines.replace(",", "")) for name, lines in re.findall(r"^\| `(\S+)/` \| ([\d,]+) \|", document, re.M)
    }
    rows = []
    for room in ROOMS:
        lines = sum(len(file.read_bytes().splitlines()) for file in _files_of(room))
        before = told.get(room, 0)
        shown = before if before and abs(before - lines) <= _TOLERATED * before else round(lines, -2) or lines
        docstring = ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
        rows.append(f"| `{room}/` | {shown:,} | {docstring.splitlines()[0]} |\n")
    return "| room | lines | what is in it |\n|---|---|---|\n" + "".join(rows)


def picture_of_imports() -> str:
    """The rooms and who imports whom, without what follows from the rest; Mermaid, which GitHub and Zensical draw."""
    graph = grimp.build_graph("presswerk", include_external_packages=False)
    rooms = list(dict.fromkeys(room.partition("/")[0] for room in ROOMS))
    uses = {
        room: {
            other
            for other in rooms
            if other != room
            and graph.direct_import_exists(
                importer=f"presswerk.{room}", imported=f"presswerk.{other}", as_packages=True
            )
        }
        for room in rooms
    }
    lines = ["```mermaid", "flowchart TD"]
    for room in rooms:
        reached = {far for near in uses[room] for far in _below(near, uses)}
        lines += [f"  {room} --> {other}" for other in rooms if other in uses[room] - reached]
    return "\n".join([*lines, "```", ""])


def _below(room: str, uses: Mapping[str, set[str]]) -> set[str]:
    return uses[room] | {far for near in uses[room] for far in _below(near, uses)}


def _files_of(room: str) -> Iterator[Path]:
    """The Python files of a room that belong to no other one."""
    own = SOURCE / room
    inner = {SOURCE / other for other in ROOMS if other.startswith(f"{room}/")}
    return (file for file in own.rglob("*.py") if not inner & set(file.parents))


def main() -> None:
    """Write what is not as it should be."""
    for file, text in generated().items():
        if file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {file.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
