"""Whatever a route takes is bounded in the served description: also of routes that are added later."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from presswerk.web.api.dependencies import SignedInRoute
from presswerk.web.api.receiving import takes_json

_SHORT_FORMATS = frozenset({"date-time", "uuid", "date"})


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def unbounded(schema: Any, document: dict[str, Any], place: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Places in a schema where an input may be as long as it likes."""
    if reference := schema.get("$ref"):
        if reference in seen:
            yield f"{place}: refers to itself"
        else:
            yield from unbounded(referred(schema, document), document, place, seen | {reference})
        return
    if problem := open_end(schema, document):
        yield f"{place}: {problem}"
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from unbounded(choice, document, place, seen)
    if "items" in schema:
        yield from unbounded(schema["items"], document, f"{place}[]", seen)
    for name, of in schema.get("properties", {}).items():
        yield from unbounded(of, document, f"{place}.{name}", seen)


def open_end(schema: dict[str, Any], document: dict[str, Any]) -> str | None:
    """What is not bounded at this very place."""
    match schema.get("type"):
        case "string":
            bounded = schema.keys() & {"maxLength", "enum", "const"} or schema.get("format") in _SHORT_FORMATS
            return None if bounded else "a string without maxLength"
        case "array":
            a_set = schema.get("uniqueItems") and "enum" in referred(schema["items"], document)
            return None if "maxItems" in schema or a_set else "an array without maxItems"
        case "object":
            return None if schema.get("additionalProperties") is False else "an object that takes any property"
        case None:
            known = schema.keys() & {"anyOf", "oneOf", "allOf", "const", "enum"}
            return None if known else "takes anything"
        case _:
            return None


def referred(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference leads to."""
    if reference := schema.get("$ref"):
        found: dict[str, Any] = document["components"]["schemas"][reference.rpartition("/")[2]]
        return found
    return schema


def routes(of: Any) -> Iterator[APIRoute]:
    """An application's own routes, of included routers too."""
    for route in of.routes:
        if isinstance(route, APIRoute):
            yield route
        elif included := getattr(route, "original_router", None):
            yield from routes(included)


def test_every_body_is_bounded(document: dict[str, Any]) -> None:
    bodies = {
        f"{name} {media_type}": content["schema"]
        for name, operation in operations(document)
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items()
    }

    assert len(bodies) >= 5
    assert [where for name, schema in bodies.items() for where in unbounded(schema, document, name)] == []


def test_every_query_and_header_is_bounded(document: dict[str, Any]) -> None:
    # A path is bounded by the server: 64 KiB for the line and all headers.
    parameters = [
        (f"{name} {parameter['name']}", parameter["schema"])
        for name, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["in"] != "path"
    ]

    assert len(parameters) >= 5
    assert [where for name, schema in parameters for where in unbounded(schema, document, name)] == []


def test_the_walk_finds_what_is_not_bounded() -> None:
    document = {"components": {"schemas": {"Open": {"type": "object", "properties": {"a": {"type": "string"}}}}}}
    schema = {
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/components/schemas/Open"}, {"type": "array", "maxItems": 1, "items": {}}]},
    }

    assert list(unbounded(schema, document, "body")) == [
        "body: an array without maxItems",
        "body[]: an object that takes any property",
        "body[].a: a string without maxLength",
        "body[][]: takes anything",
    ]


def test_every_route_that_takes_json_receives_it_off_the_event_loop(app: FastAPI) -> None:
    taking = [route for route in routes(app) if takes_json(route.body_field)]

    assert len(taking) >= 5
    assert [route.path for route in taking if not isinstance(route, SignedInRoute)] == []
    # Of several body parameters FastAPI would make a model of its own, and not find ours in it.
    assert [route.path for route in taking if route._embed_body_fields] == []


def test_every_error_is_described_as_a_problem(document: dict[str, Any]) -> None:
    described = {
        (name, status): set(response.get("content", {}))
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if status >= "4"
    }

    assert {status for _, status in described} >= {"400", "401", "403", "404", "408", "409", "413", "422", "429", "503"}
    assert {frozenset(media_types) for media_types in described.values()} == {frozenset({"application/problem+json"})}
