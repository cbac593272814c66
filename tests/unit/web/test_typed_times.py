"""Times as somebody types them on a page, by the clock of a tenant."""

import datetime as dt

import pytest

from presswerk.declaration import Tenant
from presswerk.publishing import InvalidManuscript
from presswerk.web.console.previews import typed_moment


def in_zone(zone: str) -> Tenant:
    return Tenant(id="acme", name="Acme", tier="pro", time_zone=zone)


def test_it_is_by_the_tenants_clock() -> None:
    assert typed_moment("2026-07-01T12:00", in_zone("Europe/Berlin")) == dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("", "UTC"),
        ("tomorrow", "UTC"),
        ("0001-01-01T00:00", "Asia/Tokyo"),
        ("9999-12-31T23:59", "America/New_York"),
    ],
)
def test_what_is_no_time_is_a_wrong_field(text: str, zone: str) -> None:
    with pytest.raises(InvalidManuscript) as caught:
        typed_moment(text, in_zone(zone))
    assert caught.value.errors[0].field == "scheduled_for"
