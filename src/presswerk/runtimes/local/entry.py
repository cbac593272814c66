"""The entry: where the internet reaches a platform with a domain, over https, with certificates that it gets itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presswerk.declaration import Platform
from presswerk.runtimes.local.artifacts import ensure_entry_server
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import write_if_other
from presswerk.runtimes.local.service import Service

SERVICE_NAME = "entry"
ONE_YEAR_SECONDS = 365 * 24 * 3600
_HEALTH_HOST = "entry.localhost"
_HEADER_SECONDS, _IDLE_SECONDS = 10, 300
_METRICS = {"path": ["/metrics", "/metrics/*"]}


@dataclass(frozen=True)
class Host:
    """A name that the entry answers to.

    Attributes:
        name: Such as `hub.press.example`.
        service: Whose line in `presswerk status` it belongs to.
        port: Where on loopback its requests go.
        leads_to: The host that its readers are sent to instead; None where it answers itself.
    """

    name: str
    service: str
    port: int
    leads_to: str | None = None


def hosts_of(layout: Layout, platform: Platform, places: Mapping[str, int]) -> tuple[Host, ...]:
    """Every name of a platform with a domain; none where it has none.

    Args:
        layout: Its names and ports.
        platform: Its tenants.
        places: Each tenant's place in the row of site ports.
    """
    public = layout.public
    if public is None:
        return ()
    return (
        Host(public.hub, "hub", layout.ports.hub),
        Host(public.chat, "chat", layout.ports.chat),
        Host(public.identity, "identity", layout.ports.identity),
        *(
            Host(name, f"site-{tenant.id}", layout.ports.first_site + places[tenant.id], leads_to)
            for tenant in platform.tenants
            for name, leads_to in _site_names(public.site(tenant.id), tenant.domains)
        ),
    )


def _site_names(own: str, domains: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """A site answers under its own first domain, where it has one, and its other names lead there."""
    first, *others = *domains, own
    yield first, None
    yield from ((other, first) for other in others)


def configuration(layout: Layout, platform: Platform, places: Mapping[str, int]) -> Mapping[str, Any]:
    """Caddy's configuration (https://caddyserver.com/docs/json/); the same platform gives the same.

    Args:
        layout, platform, places: As for `hosts_of`.
    """
    hosts = hosts_of(layout, platform, places)
    names = [host.name for host in hosts]
    issuer = {"module": "acme", "ca": platform.entry.certificate_authority}
    if platform.entry.certificate_email is not None:
        issuer["email"] = platform.entry.certificate_email
    port = layout.https_suffix
    redirected = {
        "handler": "static_response",
        "status_code": "308",
        "headers": {"Location": [f"https://{{http.request.host}}{port}{{http.request.uri}}"]},
    }
    server = {
        "automatic_https": {"disable_redirects": True},
        "read_header_timeout": f"{_HEADER_SECONDS}s",
        "idle_timeout": f"{_IDLE_SECONDS}s",
    }
    return {
        # Whoever could ask it to change would hold every certificate; a signal has it read this file again.
        "admin": {"disabled": True},
        "logging": {"logs": {"default": {"level": "INFO"}}},
        "storage": {"module": "file_system", "root": str(layout.entry)},
        "apps": {
            "http": {
                "http_port": layout.ports.http,
                "https_port": layout.ports.https,
                "servers": {
                    "https": {
                        **server,
                        "listen": [f":{layout.ports.https}"],
                        "protocols": ["h1", "h2"],
                        "routes": [_route(host, port) for host in hosts],
                    },
                    # The certificate authority asks here, too, which Caddy answers by itself.
                    "http": {
                        **server,
                        "listen": [f":{layout.ports.http}"],
                        "protocols": ["h1"],
                        "routes": [
                            {"match": [{"host": names}], "handle": [redirected]},
                            {"match": [{"host": [_HEALTH_HOST]}], "handle": [{"handler": "static_response"}]},
                            {"handle": [{"handler": "static_response", "abort": True}]},
                        ],
                    },
                },
            },
            "tls": {"automation": {"policies": [{"subjects": names, "issuers": [issuer]}]}},
        },
    }


def _route(host: Host, port: str) -> Mapping[str, Any]:
    secured = {
        "handler": "headers",
        "response": {"set": {"Strict-Transport-Security": [f"max-age={ONE_YEAR_SECONDS}"]}, "deferred": True},
    }
    passed_on = {"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{host.port}"}]}
    handle: list[Mapping[str, Any]] = [secured]
    if host.leads_to is not None:
        # Not for good: a domain can be given up. What is sent, rather than asked, would be lost on the way.
        led = {
            "handler": "static_response",
            "status_code": "302",
            "headers": {"Location": [f"https://{host.leads_to}{port}{{http.request.uri}}"]},
        }
        handle.append(_subroute({"match": [{"method": ["GET", "HEAD"]}], "handle": [led]}))
    if host.service == "hub":
        hidden = {"handler": "static_response", "status_code": "404"}
        handle.append(_subroute({"match": [_METRICS], "handle": [hidden]}))
    return {"match": [{"host": [host.name]}], "handle": [*handle, passed_on], "terminal": True}


def _subroute(route: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"handler": "subroute", "routes": [{**route, "terminal": True}]}


def write_configuration(layout: Layout, platform: Platform, places: Mapping[str, int]) -> bool:
    """Write what the entry reads.

    Returns:
        Whether it is another than before, and has to be read again.
    """
    layout.entry.mkdir(mode=0o700, parents=True, exist_ok=True)
    return write_if_other(_file(layout), json.dumps(configuration(layout, platform, places), indent=2) + "\n")


def answered_hosts(layout: Layout) -> tuple[Host, ...]:
    """The names that the entry was told to answer to, as its own file says; none where there is no such file."""
    ports = layout.ports
    services = {ports.hub: "hub", ports.chat: "chat", ports.identity: "identity"}
    try:
        told = json.loads(_file(layout).read_text(encoding="utf-8"))
        routes = told["apps"]["http"]["servers"]["https"]["routes"]
        return tuple(
            Host(route["match"][0]["host"][0], services.get(port, ""), port)
            for route in routes
            for port in (int(route["handle"][-1]["upstreams"][0]["dial"].rpartition(":")[2]),)
        )
    except (OSError, ValueError, LookupError, TypeError):
        # The process's own check tells what is wrong with it.
        return ()


def entry_service(layout: Layout) -> Service:
    """Caddy, the only process that listens to the internet.

    Raises:
        LocalRuntimeError: It is not installed.
    """
    return Service(
        name=SERVICE_NAME,
        command=(str(ensure_entry_server()), "run", "--config", str(_file(layout))),
        directory=layout.entry,
        # It keeps nothing but certificates, which the configuration says where.
        environment={"HOME": str(layout.entry), "XDG_DATA_HOME": str(layout.entry)},
        # Here it answers also while no certificate is there yet.
        health_url=f"http://127.0.0.1:{layout.ports.http}/",
        health_host=_HEALTH_HOST,
        priority=5,
        keeps_rights=True,
    )


def _file(layout: Layout) -> Path:
    return layout.entry / "caddy.json"
