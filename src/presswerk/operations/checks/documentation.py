"""The table of all checks, as docs/troubleshooting.md has it; run as a program it writes it into that file anew."""

import sys
from pathlib import Path

from presswerk.operations.checks.registry import CHECKS

BEGIN, END = "<!-- checks -->\n", "<!-- /checks -->\n"


def table() -> str:
    """What is asked and what to do, a row a check."""
    rows = (f"| `{check.id}` | {check.question} | {check.remedy.format(service='SERVICE')} |\n" for check in CHECKS)
    return "| check | question | what to do when not |\n|---|---|---|\n" + "".join(rows)


def with_table(document: str) -> str:
    """A document with the table between its two marks."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_table(file.read_text(encoding="utf-8")), encoding="utf-8")
