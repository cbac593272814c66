"""The pools of PHP-FPM and how they are bounded, as PHP-FPM itself reads them."""

import configparser
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration import DEFAULT_TIERS, LimitOverrides, TierName
from presswerk.runtimes.local.artifacts import ensure_php_fpm
from presswerk.sites.fpm import Pool, ProcessOwner, fpm_configuration
from presswerk.sites.memory import LEAST_PIXELS, PHP_BYTES_PER_PIXEL, PhpMemory, most_pixels

FREE = DEFAULT_TIERS[TierName.FREE].limits


def pool(directory: str = "/acme", **changes: object) -> Pool:
    usual = {"name": "acme", "socket": f"{directory}/a.sock", "directory": directory, "temporary": f"{directory}/t"}
    return Pool(**{**usual, "memory": PhpMemory.of(FREE), **changes})  # type: ignore[arg-type]


def read(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return parser


def test_a_tenants_processes_are_as_many_as_its_tier_says_and_none_while_idle() -> None:
    told = read(fpm_configuration([pool()]))["acme"]

    assert (told["pm"], told["pm.max_children"]) == ("ondemand", "2")
    assert told["request_terminate_timeout"] == "300s"
    assert told["php_admin_value[memory_limit]"] == '"128M"'


def test_with_an_account_of_its_own_a_tenant_needs_no_open_basedir_and_only_the_web_server_reaches_it() -> None:
    own = read(
        fpm_configuration([pool(account=ProcessOwner(408101, 408101), web_account=ProcessOwner(408000, 408000))])
    )["acme"]
    shared = read(fpm_configuration([pool(reachable=("/acme/", "/wordpress/"))]))["acme"]

    assert (own["user"], own["listen.owner"], own["listen.mode"]) == ("408101", "408000", "0600")
    assert "php_admin_value[open_basedir]" not in own
    assert shared["php_admin_value[open_basedir]"] == '"/acme/:/wordpress/"'


def test_deliveries_have_fewer_processes_of_their_own_which_give_way() -> None:
    usual = pool(memory=PhpMemory.of(DEFAULT_TIERS[TierName.PRO].limits))
    deliveries = usual.for_deliveries("deliveries", "/acme/d.sock")
    told = read(fpm_configuration([usual, deliveries]))

    assert [told[name]["pm.max_children"] for name in ("acme", "deliveries")] == ["4", "2"]
    assert [told[name].get("process.priority") for name in ("acme", "deliveries")] == [None, "5"]
    assert pool().for_deliveries("deliveries", "/acme/d.sock").memory.processes == 1


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="$/"), min_size=1))
def test_whatever_a_directory_is_called_it_stays_one_value(name: str) -> None:
    value = read(fpm_configuration([pool(f"/{name}")]))["acme"]["chdir"]

    assert value.startswith('"')
    assert value.endswith('"')
    assert value[1:-1].replace('\\"', '"').replace("\\\\", "\\") == f"/{name}"


@pytest.mark.parametrize("name", ["/a${HOME}", "/a\n[other]", "/a$pool"])
def test_what_php_would_take_for_its_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be told to PHP"):
        fpm_configuration([pool(name)])


def test_php_fpm_takes_what_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "fpm.conf"
    (tmp_path / "ä 'b").mkdir()
    file.write_text(fpm_configuration([pool(str(tmp_path / "ä 'b"), account=ProcessOwner(0, 0))]))

    done = subprocess.run(
        [str(ensure_php_fpm()), "-t", "-R", "-y", str(file)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("tier", list(TierName))
def test_what_a_tenants_php_takes_at_most_is_its_processes_times_its_limit_and_the_largest_image(
    tier: TierName,
) -> None:
    limits = DEFAULT_TIERS[tier].limits
    memory = PhpMemory.of(limits)

    assert memory.most_mib == limits.php_workers * memory.limit_mib + memory.decoding_mib
    assert memory.decoding_mib * 2**20 >= most_pixels(limits) * PHP_BYTES_PER_PIXEL
    assert memory.limit_mib <= limits.memory_mib // limits.php_workers


def test_more_memory_carries_larger_images() -> None:
    more = DEFAULT_TIERS[TierName.FREE].with_overrides(LimitOverrides(memory_mib=512))

    assert most_pixels(FREE) > LEAST_PIXELS
    assert PhpMemory.of(more).decoding_mib > PhpMemory.of(FREE).decoding_mib
