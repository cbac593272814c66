"""A JSON body is measured as it arrives, however it is cut into parts."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.web.json_scan import MAX_STRING_BYTES, MAX_VALUES, JsonScan, TooComplex

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def parts(body: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(places)]


def values(found: Any) -> int:
    if isinstance(found, dict):
        return 1 + sum(1 + values(each) for each in found.values())
    return 1 + sum(map(values, found)) if isinstance(found, list) else 1


def fed_until_refused(scan: JsonScan, part: bytes) -> tuple[int, str]:
    """How many bytes it took, and why no more are."""
    for count in range(1, 100 * 1024 * 1024 // len(part)):
        try:
            scan.feed(part)
        except TooComplex as refusal:
            return count * len(part), str(refusal)
    raise AssertionError("it was never refused")


@given(JSON, st.lists(st.integers(min_value=0), max_size=8), st.booleans())
def test_parts_count_as_the_whole_does_and_nothing_is_missed(value: Any, cuts: list[int], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    whole, cut = JsonScan(), JsonScan()

    whole.feed(body)
    for part in parts(body, cuts):
        cut.feed(part)

    assert vars(whole) == vars(cut)
    assert not whole._in_string
    # Every comma and bracket outside of strings, and every string: never fewer than half of what a parser makes.
    assert whole._values * 2 >= values(value) - 1


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0), max_size=8))
def test_what_is_no_json_is_followed_to_its_end(body: bytes, cuts: list[int]) -> None:
    whole, cut = JsonScan(), JsonScan()

    whole.feed(body)
    for part in parts(body, cuts):
        cut.feed(part)

    assert vars(whole) == vars(cut)


@pytest.mark.parametrize("unit", [b"[", b'{"a":', b"1,", b'"",', b'"', b"{},", b"[],", b'"a":1,', b"null,"])
def test_too_many_values_are_refused_early(unit: bytes) -> None:
    scan = JsonScan()

    # A string has two quotes, and a member of an object two units.
    fed, reason = fed_until_refused(scan, unit * 5000)

    assert fed <= (2 * MAX_VALUES + 5000) * len(unit)
    assert f"more than {MAX_VALUES} values" in reason


@pytest.mark.parametrize("unit", [b"a", b"\\n", b'\\"', b"\\\\", b"\\u0041", "ü".encode()])
def test_a_string_that_never_ends_is_refused(unit: bytes) -> None:
    scan = JsonScan()
    scan.feed(b'{"a": "')
    part = unit * (64 * 1024 // len(unit))

    fed, reason = fed_until_refused(scan, part)

    assert fed <= MAX_STRING_BYTES + 2 * len(part)
    assert "longer than 14 MiB" in reason


def test_the_largest_attachment_fits() -> None:
    scan = JsonScan()
    scan.feed(b'{"data": "')
    scan.feed(b"A" * ((10 * 1024 * 1024 + 2) // 3 * 4))
    scan.feed(b'"}')
