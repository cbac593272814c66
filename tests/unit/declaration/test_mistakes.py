"""Mistakes in a declaration: each is told by its line, in ordinary words, and nothing is taken for what it is not."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration import DeclarationError, Platform, load_platform
from tests.unit.declaration.test_load import GOOD

# Words of the validator and of the parser, which say nothing to whoever wrote the file.
TECHNICAL = re.compile(
    r"Input should|Field required|Extra inputs|pydantic|Value error|validat|instance|dictionary|mapping|scalar"
    r"|unable to parse|regex|pattern|\[type=|StrEnum|NoneType|constructor|simple key|flow|\bnode\b",
    re.IGNORECASE,
)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(DeclarationError) as raised:
        load_platform(text, source="p.yaml")
    return raised.value.problems


def problems_of(text: str) -> tuple[str, ...]:
    """None where there is none."""
    try:
        load_platform(text, source="p.yaml")
    except DeclarationError as problem:
        return problem.problems
    return ()


def named(name: str) -> str:
    return GOOD.replace("name: Acme News", f"name: {name}")


SAID_OTHERWISE = {
    "tab": (GOOD.replace("    name: Acme", "\tname: Acme"), "p.yaml:3: a tab is used"),
    "tab at the start": (f"\t{GOOD}", "p.yaml:1: a tab is used"),
    "no as a name": (named("no"), 'p.yaml:3: tenants.0.name: no is read as true or false; write "no"'),
    "on as a name": (named("on"), 'on is read as true or false; write "on"'),
    "date as a name": (named("2026-11-29"), '2026-11-29 is read as a date; write "2026-11-29"'),
    "number as a name": (named("4711"), '4711 is read as a number; write "4711"'),
    "float as a name": (named("1.0"), '1.0 is read as a number; write "1.0"'),
    "octal as a name": (named("0123"), "0123 is no plain number"),
    "nothing as a name": (GOOD.replace("name: Acme News", "name:"), "tenants.0.name: give text"),
    "null as a name": (named("~"), '~ is read as nothing; write "~"'),
    "time as a number": ("node_pool: {nodes: 1:30}\n" + GOOD, "1:30 is no plain number"),
    "octal as a number": ("node_pool: {nodes: 010}\n" + GOOD, "010 is no plain number"),
    "no as a key": (GOOD.replace("acme: author", "no: author"), "p.yaml:10: the name no is read as true or false"),
    "number as a key": (GOOD.replace("acme: author", "12: author"), 'the name 12 is read as a number; write "12"'),
    "key twice": (GOOD + "tenants: []\n", "p.yaml:11: tenants is given twice, here and in line 1"),
    "inner key twice": (
        GOOD.replace("    name: Acme News\n", "    name: Acme News\n    name: Other\n"),
        "p.yaml:4: name is given twice, here and in line 3",
    ),
    "two documents": (f"{GOOD}---\n{GOOD}", "p.yaml:11: there is a second document"),
    "merge key": (GOOD.replace("    name: Acme News", "    <<: {name: Acme}"), "`<<` is not allowed"),
    "python tag": (named("!!python/object/apply:os.system ['true']"), "python/object/apply:os.system is not allowed"),
    "unknown alias": (named("*name"), "p.yaml:3: *name refers to nothing"),
    "control character": (named("Acme\x00News"), "p.yaml:3: there is a control character"),
    "colon in a value": (named("Acme: News"), "p.yaml:3: a value holds a colon"),
    "open quote": (named('"Acme'), "a quote is opened and not closed"),
    "open bracket": (GOOD.replace("tenants:", "tenants: ["), "a bracket is opened and not closed"),
    "at sign": (named("@acme"), "put quotes around it"),
    "indentation": (GOOD.replace("    name: Acme News", "   name: Acme News"), "indentation"),
    "impossible date": (named("2026-13-45"), "impossible"),
    "list instead of fields": ("- tenants\n", "p.yaml:1: expected fields such as `tenants:`, found a list"),
    "nothing": ("", "found nothing"),
    "words": ("just words", "found a single value"),
    "fields instead of a list": (
        GOOD.replace("  - id: acme\n    name", "  id: acme\n  name"), "p.yaml:1: tenants: give a list",
    ),
    "text instead of fields": ("node_pool: large\n" + GOOD, "p.yaml:1: node_pool: give fields"),
    "unknown field": (GOOD.replace("name: Acme", "nmae: Acme"), "tenants.0.nmae: is unknown here; did you mean name?"),
    "unknown field at the top": (GOOD.replace("tenants", "tennants"), "is unknown here; did you mean tenants?"),
    "unknown field of a tier": ("tiers: {free: {limits: {cpu: 1}}}\n" + GOOD, "is unknown here"),
    "unknown role": (GOOD.replace("acme: author", "acme: autor"), "did you mean author?"),
    "wrong id": (GOOD.replace("id: acme", "id: Acme!"), "tenants.0.id: give 2 to 20 of a-z"),
    "fraction": ("node_pool: {nodes: 2.5}\n" + GOOD, "node_pool.nodes: give a whole number"),
    "infinite": ("node_pool: {nodes: .inf}\n" + GOOD, "node_pool.nodes: give a"),
    "text for a number": ("node_pool: {nodes: many}\n" + GOOD, "node_pool.nodes: give a whole number"),
    "negative": ("node_pool: {nodes: -1}\n" + GOOD, "node_pool.nodes: give at least"),
    "deep": ("tenants: " + "[" * 5000, "p.yaml:1: it is nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID_OTHERWISE)
def test_a_mistake_is_told_by_its_line_and_in_ordinary_words(name: str) -> None:
    text, told = SAID_OTHERWISE[name]

    found = problems(text)

    assert any(told in problem for problem in found), found
    assert all(re.match(r"p\.yaml:\d+: ", problem) for problem in found)
    assert not [problem for problem in found if TECHNICAL.search(problem)]


def test_a_byte_order_mark_and_windows_lines_are_no_mistake() -> None:
    assert load_platform("\ufeff" + GOOD.replace("\n", "\r\n"), source="p.yaml") == load_platform(GOOD, source="p")


def test_an_alias_that_is_used_with_measure_is_no_mistake() -> None:
    text = named("&name Acme News").replace("given_name: Anna", "given_name: *name")

    assert load_platform(text, source="p.yaml").people[0].given_name == "Acme News"


@pytest.mark.parametrize("width", [9, 12])
def test_aliases_that_grow_without_measure_are_refused_at_once(width: int) -> None:
    lines = [f"a0: &a0 [{', '.join(['lol'] * width)}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, 9)]

    assert "say the same too often" in problems("\n".join(lines))[0]


def test_an_alias_within_itself_is_refused() -> None:
    assert "too often" in problems("tenants: &a [*a]\n")[0]


BASE: Mapping[str, Any] = yaml.safe_load(GOOD) | {
    "domain": "press.example",
    "node_pool": {"nodes": 3, "cores": 4, "autoscaling": {"min_nodes": 3, "max_nodes": 4}},
    "tiers": {"free": {"limits": {"cpu_millicores": 500}}},
    "ai": {"base_url": "https://ai.example/v1", "model": "m"},
    "identity": {"groups_from": "userinfo"},
    "entry": {"controller": "envoy-gateway", "address": "1.2.3.4"},
}
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.dates(),
    st.text(max_size=5),
    st.just("x" * 3000),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
    st.lists(st.just("a.example"), min_size=30, max_size=30),
    st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), st.integers(), max_size=2),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        found += [place for name, each in value.items() for place in places(each, (*path, name))]
    elif isinstance(value, list):
        found += [place for index, each in enumerate(value) for place in places(each, (*path, index))]
    return found


def with_other(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    if isinstance(value, dict):
        return {name: with_other(each, path[1:], other) if name == path[0] else each for name, each in value.items()}
    return [with_other(each, path[1:], other) if index == path[0] else each for index, each in enumerate(value)]


@given(st.sampled_from(places(BASE)), WRONG)
def test_whatever_stands_in_a_field_is_taken_or_refused_in_ordinary_words(path: tuple[Any, ...], other: Any) -> None:
    found = problems_of(yaml.safe_dump(with_other(BASE, path, other), allow_unicode=True))

    assert not [told for told in found if TECHNICAL.search(told.replace(str(other), ""))]
    assert all(re.match(r"p\.yaml:\d+: ", told) for told in found)


@given(st.text())
def test_any_text_is_taken_or_refused_in_ordinary_words(text: str) -> None:
    assert all(re.match(r"p\.yaml:\d+: ", told) for told in problems_of(text))


def test_every_name_of_a_pattern_has_words_of_its_own() -> None:
    schema = Platform.model_json_schema()
    named = {
        name
        for place in (schema, *schema["$defs"].values())
        for name, field in place.get("properties", {}).items()
        if "pattern" in str(field)
    }

    for name in named - {"tiers", "memberships"}:
        told = problems(yaml.safe_dump(_with_field(name)))
        assert not [line for line in told if "is written otherwise" in line], name


def _with_field(name: str) -> dict[str, Any]:
    wrong = ["_ _"] if name == "domains" else "_ _"
    places: dict[str, dict[str, Any]] = {
        "domain": {"domain": wrong},
        "base_url": {"ai": {"base_url": wrong}},
        "certificate_authority": {"entry": {"certificate_authority": wrong}},
        "certificate_email": {"entry": {"certificate_email": wrong}},
        "user_name": {"people": [{"user_name": wrong, "given_name": "A", "family_name": "B", "email": "a@b.c"}]},
        "email": {"people": [{"user_name": "ab", "given_name": "A", "family_name": "B", "email": wrong}]},
    }
    return {**BASE, **places.get(name, {"tenants": [{"id": "acme", "name": "A", name: wrong}]})}
