"""What makes it red that somebody who was removed may still be in."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from presswerk.operations.checks import CHECKS, Outcome, Result, ask
from presswerk.operations.checks.targets import HubTarget
from tests.support.scripted_server import Scripted, ScriptedServer, scripted_server

GOOD = {"tokens_seconds": 30, "departures": 0, "departures_since": None, "directory": "ok", "directory_seconds": 33}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as found:
        yield found


def look(server: ScriptedServer, removals: object) -> Result:
    body = json.dumps({"status": "ready", "checks": {}, "removals": removals})
    server.answers["/health/ready"] = Scripted(body, media_type="application/json")
    hub = HubTarget(
        service="hub", address="http://localhost:8000", internal_url=server.url, issuer="http://localhost:9000"
    )
    return ask([entry for entry in CHECKS if entry.id == "removals"], [hub])[0]


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, "within 33 s"),
        ({"directory": "none", "paused": 0}, "after 30 s by tokens; keys and schedules pause after a sign-out"),
        ({"directory": "none", "paused": 3}, "now those of 3 people"),
        ({"tokens_seconds": 330}, "after 330 s, because groups are read from tokens"),
    ],
)
def test_it_says_how_late_a_removal_is_noticed(changes: dict[str, Any], seen: str, server: ScriptedServer) -> None:
    result = look(server, {**GOOD, **changes})
    assert (result.outcome, result.remedy) == (Outcome.OK, "")
    assert seen in result.seen


@pytest.mark.parametrize(
    ("changes", "seen", "remedy"),
    [
        ({"directory": "silent"}, "none since the hub started", "directory_silent"),
        ({"directory": "silent", "directory_answered_at": "2026-11-29T10:00:00+00:00"}, "10:00:00", "directory_silent"),
        (
            {"departures": 3, "departures_since": "2026-01-01T10:00:00+00:00"},
            "For 3 removed or demoted",
            "departure_not_confirmed",
        ),
    ],
)
def test_what_keeps_somebody_in_is_red(changes: dict[str, Any], seen: str, remedy: str, server: ScriptedServer) -> None:
    result = look(server, {**GOOD, **changes})
    assert result.outcome is Outcome.FAILED
    assert seen in result.seen
    assert remedy in result.remedy


def test_a_departure_of_this_moment_is_not_red(server: ScriptedServer) -> None:
    now = dt.datetime.now(dt.UTC).isoformat()
    assert look(server, {**GOOD, "departures": 1, "departures_since": now}).outcome is Outcome.OK


def test_a_hub_that_does_not_say_is_not_called_green(server: ScriptedServer) -> None:
    assert look(server, None).outcome is Outcome.UNKNOWN
