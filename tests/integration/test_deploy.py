"""Delivering to a cluster: the real Helm and our real chart, against an emulated cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.delivery import World, running_world

pytestmark = pytest.mark.integration


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def test_a_platform_is_installed_and_answers(world: World) -> None:
    report = world.deploy()

    assert (report.outcome, report.reason) == ("done", "")
    assert all(statuses[-1] == "deployed" for statuses in world.revisions().values())
    assert {"presswerk-hub", "presswerk-operator", "authentik", "open-webui"} <= world.images().keys()
    assert [answer.endpoint.name for answer in report.answers if answer.good] == [
        "identity",
        "chat",
        "hub",
        "site acme",
        "site blog",
    ]
