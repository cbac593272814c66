"""Many sites are asked one after the other, so that their processes are not all there at the same time."""

from presswerk.runtimes.local.site_installation import earliest_seconds


def test_a_few_sites_are_asked_without_a_pause() -> None:
    assert {earliest_seconds(place) for place in range(20)} == {0.0}


def test_of_many_no_more_than_ten_a_second_are_asked() -> None:
    times = [earliest_seconds(place) for place in range(200)]

    assert times == sorted(times)
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in zip(times[20:], times[30:], strict=False))
    assert times[-1] < 20
