"""Requests are counted by person, tenant and address; what is refused says when to come again."""

import asyncio
import ipaddress
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration import Role
from presswerk.identity import Principal
from presswerk.web.problems import TooManyRequests
from presswerk.web.rates import RateLimits, Rates, client_address

TRUSTED = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "10.0.0.0/8", "::1/128")))


def principal(subject: str, *tenants: str) -> Principal:
    return Principal("http://issuer", subject, subject, None, dict.fromkeys(tenants, Role.AUTHOR))


async def counted(rates: Rates, who: Principal, times: int) -> list[Mapping[str, str] | TooManyRequests]:
    found: list[Mapping[str, str] | TooManyRequests] = []
    for _ in range(times):
        try:
            found.append(await rates.count(who))
        except TooManyRequests as refusal:
            found.append(refusal)
    return found


def refused(found: list[Any]) -> list[bool]:
    return [isinstance(each, TooManyRequests) for each in found]


def test_a_person_is_told_what_is_left_and_refused_beyond() -> None:
    async def scenario() -> list[Any]:
        return await counted(Rates(RateLimits(person=2, tenant=100)), principal("anna", "acme"), 3)

    first, second, third = asyncio.run(scenario())
    assert first["RateLimit-Policy"] == '"person";q=2;w=60, "tenant";q=100;w=60'
    assert first["RateLimit"].startswith('"person";r=1;t=')
    assert second["RateLimit"].startswith('"person";r=0;t=')
    assert isinstance(third, TooManyRequests)
    assert 1 <= third.retry_after_seconds <= 60
    assert third.headers["RateLimit"].startswith('"person";r=0;t=')
    assert "2 requests a minute" in str(third)


def test_the_people_of_a_tenant_share_and_another_tenant_does_not_notice() -> None:
    async def scenario() -> list[list[bool]]:
        rates = Rates(RateLimits(person=100, tenant=3))
        return [
            refused(await counted(rates, principal("anna", "acme"), 2)),
            refused(await counted(rates, principal("emil", "acme"), 2)),
            refused(await counted(rates, principal("bert", "beta"), 3)),
            # Somebody of both is not kept from the one by the other.
            refused(await counted(rates, principal("mara", "acme", "gamma"), 2)),
            refused(await counted(rates, principal("olga"), 5)),
        ]

    assert asyncio.run(scenario()) == [
        [False, False],
        [False, True],
        [False, False, False],
        [False, False],
        [False] * 5,
    ]


def test_wrong_credentials_lock_out_guesses_and_nobody_who_was_let_in() -> None:
    async def scenario() -> tuple[bool, bool, bool]:
        rates = Rates(RateLimits(failed_sign_in=3))
        rates.accept("Bearer good")
        for number in range(3):
            await rates.check_sign_in("192.0.2.1", f"Bearer wrong{number}")
            await rates.count_failure("192.0.2.1")
        locked = False
        try:
            await rates.check_sign_in("192.0.2.1", "Bearer new")
        except TooManyRequests as refusal:
            locked = refusal.retry_after_seconds > 0
        await rates.check_sign_in("192.0.2.1", "Bearer good")
        await rates.check_sign_in("192.0.2.2", "Bearer new")
        return locked, True, True

    assert asyncio.run(scenario()) == (True, True, True)


def test_strangers_are_counted_by_address() -> None:
    async def scenario() -> None:
        rates = Rates(RateLimits(stranger=2))
        for _ in range(2):
            await rates.count_stranger("192.0.2.1")
        await rates.count_stranger("192.0.2.2")
        with pytest.raises(TooManyRequests, match="one address may send 2 requests"):
            await rates.count_stranger("192.0.2.1")

    asyncio.run(scenario())


def scope(peer: str, *forwarded: str) -> dict[str, Any]:
    return {"client": (peer, 1), "headers": [(b"x-forwarded-for", each.encode()) for each in forwarded]}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.1",), "192.0.2.1"),  # nobody of ours says so
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),  # what the client itself claimed
        ("10.0.0.1", ("203.0.113.9", "198.51.100.1"), "198.51.100.1"),
        ("127.0.0.1", ("198.51.100.1, 10.0.0.7",), "198.51.100.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("10.0.0.2, 10.0.0.3",), "10.0.0.2"),
        ("2001:db8:1:2:3::4", (), "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", ("2001:db8::1",), "2001:db8::/64"),
    ],
)
def test_whose_address_counts(peer: str, forwarded: tuple[str, ...], address: str) -> None:
    assert client_address(scope(peer, *forwarded), TRUSTED) == address


@given(st.ip_addresses(v=4).filter(lambda each: not any(each in network for network in TRUSTED)), st.text())
def test_nobody_from_outside_chooses_an_address(peer: ipaddress.IPv4Address, claimed: str) -> None:
    given = {"client": (str(peer), 1), "headers": [(b"x-forwarded-for", claimed.encode("utf-8", "replace"))]}

    assert client_address(given, TRUSTED) == str(peer)
