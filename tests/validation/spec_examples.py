"""The examples of the CommonMark specification, from the npm package that carries it."""

import json
import subprocess
from dataclasses import dataclass

from tests.validation.wordpress import PROJECT, install


@dataclass(frozen=True)
class Example:
    """Markdown and the HTML that the specification wants of it."""

    number: int
    section: str
    markdown: str
    html: str


def examples() -> list[Example]:
    """Read all examples; the specification writes a tab as an arrow."""
    install()
    script = "process.stdout.write(JSON.stringify(require('commonmark-spec').tests))"
    done = subprocess.run(("node", "-e", script), cwd=PROJECT, check=True, capture_output=True, encoding="utf-8")
    return [
        Example(raw["number"], raw["section"], raw["markdown"].replace("→", "\t"), raw["html"].replace("→", "\t"))
        for raw in json.loads(done.stdout)
    ]
