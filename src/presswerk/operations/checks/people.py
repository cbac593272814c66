"""Whether whoever is removed is out in time."""

import datetime as dt
from urllib.parse import urlsplit

from presswerk.operations.checks.model import CannotTell, NotAsItShouldBe
from presswerk.operations.checks.requests import get
from presswerk.operations.checks.targets import HubTarget

_IN_TIME_SECONDS = 60.0


def removals(hub: HubTarget) -> str:
    """Removals are noticed, and every place that keeps a way in has confirmed those there were."""
    address = f"{hub.internal_url}/health/ready"
    document = get(address, host=urlsplit(hub.address).netloc, accept="application/json").json_object()
    found = document.get("removals")
    if not isinstance(found, dict):
        raise CannotTell("The hub does not say how late it notices a removal.")
    since = found.get("departures_since")
    if isinstance(since, str):
        waits = (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(since)).total_seconds()
        if waits > _IN_TIME_SECONDS:
            raise NotAsItShouldBe(
                f"For {found.get('departures')} removed or demoted people, a site or the chat has not ended everything"
                f" yet; the oldest waits since {since}.",
                "Read `presswerk logs hub` for `departure_not_confirmed`, which names the place; mend that, and it is"
                " told again by itself.",
            )
    tokens = float(found.get("tokens_seconds", 0))
    if found.get("directory") == "silent":
        raise NotAsItShouldBe(
            "The identity provider's directory does not answer: who is removed there keeps keys, schedules and sessions"
            f" on sites; last answer: {found.get('directory_answered_at') or 'none since the hub started'}."
        )
    if tokens > _IN_TIME_SECONDS:
        return f"A removal is noticed after {tokens:.0f} s, because groups are read from tokens."
    if found.get("directory") == "none":
        paused = int(found.get("paused", 0))
        told = f"A removal is noticed after {tokens:.0f} s by tokens"
        told += "; keys and schedules pause after a sign-out at the provider and after 24 hours unseen"
        return f"{told}: now those of {paused} people." if paused else f"{told}."
    return f"A removal is noticed within {max(tokens, float(found.get('directory_seconds', 0))):.0f} s."
