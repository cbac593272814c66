"""What docs/deploying.md says of numbers and names is what the code has."""

import re
from pathlib import Path

from presswerk.cli.deploy import PATIENCE_SECONDS
from presswerk.infrastructure.delivery import tools
from presswerk.infrastructure.delivery.records import EXIT_CODES, KEPT, DeliveryOutcome, DeliveryReport, as_json

TEXT = (Path(__file__).parents[3] / "docs" / "deploying.md").read_text(encoding="utf-8")


def test_outcomes_and_keys_for_programs_are_those_there_are() -> None:
    told = re.search(r'"outcome": "([^"]+)"', TEXT)
    assert told is not None
    assert set(told[1].split(" | ")) == {*EXIT_CODES, "not prepared"}
    sample = TEXT[TEXT.index("```json") :].partition("```\n")[0]
    for key in as_json(DeliveryReport(DeliveryOutcome.DONE, 1, "0.1.0")):
        assert f'"{key}":' in sample


def test_numbers_are_those_of_the_code() -> None:
    text = " ".join(TEXT.split())
    assert f"`--patience` seconds ({PATIENCE_SECONDS:.0f})" in text
    assert f"after {tools.DURATION_SECONDS:.0f} s without a renewal" in text
    assert f"renewed every {tools.DURATION_SECONDS / 4:.0f} s" in text
    assert KEPT == 10
    assert "Ten deliveries are kept" in text
    assert f"Lease `{tools.LEASE.name}` in `{tools.LEASE.namespace}`" in text
