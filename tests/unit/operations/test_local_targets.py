"""What there is to ask of an installation, also while another command changes it."""

from pathlib import Path

import pytest

from presswerk.operations.checks.targets import ProcessTarget
from presswerk.operations.local_targets import targets_of
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import write_private
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import launch_file, launch_text


def test_a_service_that_is_made_meanwhile_is_asked_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    read = Supervision.declared
    calls: list[tuple[Service, ...]] = []

    def declared(supervision: Supervision) -> tuple[Service, ...]:
        found = read(supervision)
        if not calls:
            service = Service("site-new", ("/bin/true",), tmp_path)
            write_private(launch_file(layout, "site-new"), launch_text(layout, service))
        calls.append(found)
        return found

    monkeypatch.setattr(Supervision, "declared", declared)
    services = [
        [each.service for each in targets_of(Installation(layout)) if isinstance(each, ProcessTarget)] for _ in range(2)
    ]

    assert services == [[], ["site-new"]]
