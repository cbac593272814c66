"""The documentation names every check there is, as the registry says it."""

from pathlib import Path

from presswerk.operations.checks.documentation import with_table

PAGE = Path(__file__).parents[3] / "docs" / "troubleshooting.md"


def test_the_table_of_checks_is_todays() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert with_table(text) == text, (
        "write it anew: python -m presswerk.operations.checks.documentation docs/troubleshooting.md"
    )
    assert text.count("| `site-page` |") == 1
