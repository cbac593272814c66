"""What is wrong with a field, as a sentence for the person who wrote it."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

_SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "give text",
    "string_too_short": "give at least {min_length} character(s)",
    "string_too_long": "give at most {max_length} characters",
    "string_unicode": "give text in UTF-8",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_parsing_size": "give a smaller number",
    "int_from_float": "give a whole number, without a fraction",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "finite_number": "give a number that is not infinite",
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "list_type": "give a list, one `- ...` a line",
    "tuple_type": "give a list, one `- ...` a line",
    "set_type": "give a list, one `- ...` a line",
    "frozen_set_type": "give a list, one `- ...` a line",
    "dict_type": "give fields, one `name: value` a line",
    "mapping_type": "give fields, one `name: value` a line",
    "model_type": "give fields, one `name: value` a line",
    "model_attributes_type": "give fields, one `name: value` a line",
    "greater_than": "give more than {gt}",
    "greater_than_equal": "give at least {ge}",
    "less_than": "give less than {lt}",
    "less_than_equal": "give at most {le}",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
}
_PATTERNS: Mapping[str, str] = {
    "id": "give 2 to 20 of a-z, 0-9 and inner hyphens, such as acme",
    "user_name": "give 2 to 40 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter or digit",
    "domain": "give a domain in lower case, such as press.example",
    "domains": "give a domain in lower case, such as news.example.com",
    "theme": "give a theme's slug, such as twentytwentyfive",
    "admin": "give an e-mail address, such as anna@example.com",
    "email": "give an e-mail address, such as anna@example.com",
    "certificate_authority": "give the https address of an ACME directory, such as https://ca.example.com/acme/directory",
    "certificate_email": "give an e-mail address, such as anna@example.com",
    "language": "give a language, such as de or en-GB",
    "base_url": "give an address that begins with https:// and holds no user name",
    "memberships": "give 2 to 20 of a-z, 0-9 and inner hyphens, such as acme",
}


def sentence(error: ErrorDetails, siblings: Callable[[], Sequence[str]] = tuple) -> str:
    """What is wrong, and what to write instead; none of the validator's own words.

    Args:
        error: As the validator found it.
        siblings: Names that are known where an unknown one was found.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"is unknown here{_meant(error['loc'][-1], siblings())}"
    if kind in {"enum", "literal_error"}:
        return f"give {context.get('expected', 'another value')}{_meant_value(error)}"
    if kind == "string_pattern_mismatch":
        names = [part for part in error["loc"] if isinstance(part, str)]
        return next((_PATTERNS[name] for name in reversed(names) if name in _PATTERNS), "is written otherwise")
    return _SENTENCES.get(kind, "cannot be used like this").format(**_plain(context))


def _plain(context: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in context.items()}


def _meant(given: object, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(given), known, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known)}" if known else ""


def _meant_value(error: ErrorDetails) -> str:
    expected = [
        word.strip("'\" ") for word in str(error.get("ctx", {}).get("expected", "")).replace(" or ", ",").split(",")
    ]
    near = difflib.get_close_matches(str(error.get("input", "")), expected, 1)
    return f"; did you mean {near[0]}?" if near else ""


def known_fields(schema: Mapping[str, Any], path: Sequence[int | str]) -> tuple[str, ...]:
    """The fields that a JSON Schema knows at a place.

    Args:
        schema: A whole one, with its definitions.
        path: Names and positions from its root.
    """
    places = [schema]
    for part in path:
        places = [following for place in places for following in _following(schema, _resolved(schema, place), part)]
    return tuple(name for place in places for name in _resolved(schema, place).get("properties", {}))


def _resolved(schema: Mapping[str, Any], place: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in place:
        place = schema["$defs"][str(place["$ref"]).rsplit("/", 1)[-1]]
    return place


def _following(schema: Mapping[str, Any], place: Mapping[str, Any], part: int | str) -> list[Mapping[str, Any]]:
    if isinstance(part, int):
        found = [place["items"]] if "items" in place else []
    else:
        further = place.get("additionalProperties")
        found = [place["properties"][part]] if part in place.get("properties", {}) else []
        found += [further] if not found and isinstance(further, dict) else []
    return [each for option in found for each in (option, *_resolved(schema, option).get("anyOf", ()))]
