"""What PHP-FPM and the web server of a site's container are told."""

import pytest

from presswerk.declaration import Limits, Platform, Tenant, TierName
from presswerk.sites.container import ALIVE_PATH, READY_PATH, WEDGED_SECONDS, container_fpm, container_web_server
from presswerk.sites.fpm import REQUEST_SECONDS
from presswerk.sites.memory import PhpMemory


def limits(tier: TierName) -> Limits:
    tenant = Tenant(id="bakery", name="Bakery", tier=tier)
    return Platform(tenants=(tenant,)).allotment(tenant).limits


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


def test_the_probes_ask_php_and_a_redirect_of_wordpress_is_no_good_answer() -> None:
    told = container_web_server(8080, "/var/lib/presswerk/content", "https://bakery.press.example")
    alive, ready = (told.partition(f"location = {path} {{")[2].partition("}")[0] for path in (ALIVE_PATH, READY_PATH))

    assert "listen 8080 " in told
    assert "fastcgi_pass" in alive
    assert "fastcgi_pass" in ready
    assert "error_page 301 302 303 307 308 = /presswerk-said/not-installed;" in ready
