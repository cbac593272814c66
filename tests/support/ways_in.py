"""Every way in that the code has, found in the code: the hub's routes, and those of a site's connector."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from tests.support.sites import RunningSite

_PATTERN = re.compile(r"\(\?P<(?P<name>\w+)>.*?\)(?=/|$)")


def hub_routes(app: FastAPI) -> frozenset[tuple[str, str]]:
    """(method, path) of everything the hub answers, mounted applications as (`MOUNT`, path)."""
    return frozenset(_walk(app.routes))


def _walk(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield "MOUNT", route.path
        elif hasattr(route, "original_router"):
            # What FastAPI keeps of a router that was included; its routes carry their prefixes already.
            assert not route.include_context.prefix, "a router included with a prefix: add it here"
            yield from _walk(route.original_router.routes)
        else:
            for method in route.methods - {"HEAD"}:
                yield method, route.path


def site_routes(site: RunningSite) -> frozenset[tuple[str, str]]:
    """(method, path) of the connector's REST routes, from the site's own index; `{name}` stands for a parameter."""
    with site.managed_http() as http:
        index: Mapping[str, Any] = http.get("/wp-json/presswerk/v1").json()
    return frozenset(
        (method, _PATTERN.sub(r"{\g<name>}", path))
        for path, route in index["routes"].items()
        for endpoint in route["endpoints"]
        for method in endpoint["methods"]
        if path != "/presswerk/v1"
    )
