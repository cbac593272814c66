"""What a service's process gets from the one that starts it."""

import json
import os
from pathlib import Path

import pytest

from presswerk.runtimes.local.launch import inherited_environment, main


def test_a_service_inherits_where_things_are_and_the_locale() -> None:
    given = {"PATH": "/bin", "HOME": "/root", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}

    assert inherited_environment(given) == given


def test_a_service_inherits_no_credential_of_the_caller() -> None:
    given = {"PATH": "/bin", "PRESSWERK_AI_API_KEY": "k", "AWS_SECRET_ACCESS_KEY": "k", "PYTHONPATH": "/x"}

    assert inherited_environment(given) == {"PATH": "/bin"}


def test_a_service_starts_on_a_disk_that_takes_no_note_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    described = {"name": "hub", "state": str(tmp_path), "directory": str(tmp_path), "environment": {}}
    described |= {"starts": "/dev/full", "command": ["/bin/true"]}
    file = tmp_path / "hub.json"
    file.write_text(json.dumps(described))
    became: list[str] = []
    monkeypatch.setattr(os, "execvpe", lambda program, _arguments, _environment: became.append(program))
    monkeypatch.setattr(os, "umask", lambda _mask: 0)
    monkeypatch.chdir(tmp_path)

    main([str(file)])

    assert became == ["/bin/true"]
    assert capfd.readouterr().err == "presswerk: /dev/full cannot be written: No space left on device\n"
