"""What PHP-FPM and the web server of a site's container are told."""

import json
from typing import Any

import pytest

from presswerk.declaration import Limits, Platform, Tenant, TierName
from presswerk.sites.container import ALIVE_PATH, READY_PATH, WEDGED_SECONDS, container_fpm, container_web_server
from presswerk.sites.fpm import REQUEST_SECONDS
from presswerk.sites.memory import PhpMemory


def limits(tier: TierName) -> Limits:
    tenant = Tenant(id="bakery", name="Bakery", tier=tier)
    return Platform(tenants=(tenant,)).allotment(tenant).limits


def routes() -> list[dict[str, Any]]:
    told = json.loads(container_web_server(8080, "/var/lib/presswerk/content", "https://bakery.press.example"))
    server = told["apps"]["http"]["servers"]["site"]
    assert server["listen"] == [":8080"]
    found: list[dict[str, Any]] = server["routes"]
    return found


@pytest.mark.parametrize("tier", list(TierName))
def test_a_tier_bounds_the_processes_and_their_memory(tier: TierName) -> None:
    memory = PhpMemory.of(limits(tier))

    text = container_fpm(limits(tier), {"PRESSWERK_SITE_HOST": "bakery.press.example"})

    assert f"pm.max_children = {memory.processes}\n" in text
    assert f'php_admin_value[memory_limit] = "{memory.limit_mib}M"\n' in text
    assert 'env[PRESSWERK_SITE_HOST] = "bakery.press.example"\n' in text
    assert f"ping.path = {ALIVE_PATH}\n" in text
    assert "open_basedir" not in text
    assert "user =" not in text


def test_a_worker_that_hangs_is_ended_before_the_pod_is_given_up() -> None:
    assert f"request_terminate_timeout = {REQUEST_SECONDS}s" in container_fpm(limits(TierName.FREE), {})
    assert WEDGED_SECONDS > REQUEST_SECONDS


def test_the_probes_come_first_and_a_redirect_of_wordpress_is_no_good_answer() -> None:
    alive, ready, *_ = routes()

    assert [route["match"] for route in (alive, ready)] == [[{"path": [ALIVE_PATH]}], [{"path": [READY_PATH]}]]
    (proxy,) = ready["handle"][1]["routes"][0]["handle"][1:]
    (answer,) = proxy["handle_response"]
    assert answer["match"] == {"status_code": [3]}
    assert answer["routes"][0]["handle"][0]["status_code"] == 503
