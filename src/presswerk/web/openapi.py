"""The served OpenAPI document: errors are problems (RFC 9457), of their own media type, on every route."""

from typing import Any

from fastapi import FastAPI

PROBLEM_MEDIA_TYPE = "application/problem+json"
_FIRST_ERROR = "4"


def describe(app: FastAPI) -> None:
    """Let the application describe its errors as it sends them; FastAPI would say `application/json`."""
    made_by_fastapi = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            _name_problems(made_by_fastapi())
        return made_by_fastapi()

    app.openapi = document  # type: ignore[method-assign]  # as FastAPI's own documentation has it


def _name_problems(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= _FIRST_ERROR and (described := list(response.get("content", {}).values())):
                    response["content"] = {PROBLEM_MEDIA_TYPE: described[0]}
