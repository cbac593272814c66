"""Pages for people: what this is, and the API's reference. No scripts, nothing from elsewhere."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.responses import Response

from presswerk import __version__
from presswerk.operations.checks import Outcome
from presswerk.web.api.dependencies import CurrentHub
from presswerk.web.watch import Watch

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).with_name("static")
_TEMPLATES = Jinja2Templates(directory=Path(__file__).with_name("templates"))


@router.get("/", response_class=HTMLResponse)
def home(request: Request, hub: CurrentHub) -> Response:
    """What this is, where things are, how they are."""
    watch: Watch = request.app.state.watch
    services = watch.services()
    context = {
        "version": __version__,
        "settings": hub.settings,
        "services": services,
        "age_seconds": watch.age_seconds() if services else None,
        "healthy": all(service.outcome is Outcome.OK for service in services),
    }
    return _TEMPLATES.TemplateResponse(request, "home.html", context)


@router.get("/docs", response_class=HTMLResponse)
def reference(request: Request) -> Response:
    """The API's reference, from its OpenAPI description."""
    description = request.app.openapi()
    context = {"version": __version__, "groups": _groups(description), "schemas": _schemas(description)}
    return _TEMPLATES.TemplateResponse(request, "reference.html", context)


def _groups(description: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by tag, each with what a reader wants to know."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            shown = {
                "method": method.upper(),
                "path": path,
                "text": operation.get("description") or operation.get("summary", ""),
                "signed_in": bool(operation.get("security")),
                "parameters": [
                    {
                        "name": parameter["name"],
                        "in": parameter["in"],
                        "required": parameter.get("required", False),
                        "type": _type(parameter["schema"]),
                        "text": parameter.get("description", ""),
                    }
                    for parameter in operation.get("parameters", ())
                ],
                "body": _body_schema(operation.get("requestBody")),
                "answers": [
                    {"status": status, "text": answer["description"], "schema": _body_schema(answer)}
                    for status, answer in operation["responses"].items()
                ],
            }
            groups.setdefault((operation.get("tags") or ["Other"])[0], []).append(shown)
    return groups


def _schemas(description: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "text": schema.get("description", ""),
            "fields": [
                {
                    "name": field,
                    "type": _type(value),
                    "required": field in schema.get("required", ()),
                    "text": value.get("description", ""),
                }
                for field, value in schema.get("properties", {}).items()
            ],
            "choices": schema.get("enum", ()),
        }
        for name, schema in sorted(description.get("components", {}).get("schemas", {}).items())
    ]


def _body_schema(holder: dict[str, Any] | None) -> str:
    for content in (holder or {}).get("content", {}).values():
        if "schema" in content:
            return _type(content["schema"])
    return ""


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words: `string (date-time) or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(option) for option in schema[key])
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind
