"""Whether whoever is removed is out in time."""

import datetime as dt
from urllib.parse import urlsplit

from presswerk.messages import Message, joined
from presswerk.operations.checks.model import CannotTell, Cause, Check, NotAsItShouldBe, Remedy
from presswerk.operations.checks.requests import get
from presswerk.operations.checks.targets import HubTarget

_IN_TIME_SECONDS = 60.0


def removals(hub: HubTarget) -> Message:
    """Removals are noticed, and every place that keeps a way in has confirmed those there were."""
    address = f"{hub.internal_url}/health/ready"
    document = get(address, host=urlsplit(hub.address).netloc, accept="application/json").json_object()
    found = document.get("removals")
    if not isinstance(found, dict):
        raise CannotTell(Message("The hub does not say how late it notices a removal."))
    since = found.get("departures_since")
    if isinstance(since, str):
        waits = (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(since)).total_seconds()
        if waits > _IN_TIME_SECONDS:
            raise NotAsItShouldBe(
                Message(
                    "For %(number)s removed or demoted people, a site or the chat has not ended everything yet; the"
                    " oldest waits since %(since)s.",
                    number=int(found.get("departures", 0)),
                    since=since,
                ),
                Message(
                    "Read `presswerk logs hub` for `departure_not_confirmed`, which names the place; mend that, and it"
                    " is told again by itself."
                ),
            )
    tokens = float(found.get("tokens_seconds", 0))
    if found.get("directory") == "silent":
        raise NotAsItShouldBe(
            Message(
                "The identity provider's directory does not answer: who is removed there keeps keys, schedules and"
                " sessions on sites; its last answer: %(moment)s.",
                moment=found.get("directory_answered_at") or Message("none since the hub started"),
            )
        )
    if tokens > _IN_TIME_SECONDS:
        return Message(
            "A removal is noticed after %(seconds)s s, because groups are read from tokens.", seconds=round(tokens)
        )
    if found.get("directory") == "none":
        paused = int(found.get("paused", 0))
        told = Message(
            "A removal is noticed after %(seconds)s s by tokens; keys and schedules pause after a sign-out at the"
            " provider and after 24 hours unseen",
            seconds=round(tokens),
        )
        if not paused:
            return told.as_sentence()
        return joined(": ", (told, Message("now those of %(number)s people.", number=paused)))
    within = max(tokens, float(found.get("directory_seconds", 0)))
    return Message("A removal is noticed within %(seconds)s s.", seconds=round(within))


CHECKS: tuple[Check, ...] = (
    Check(
        "removals",
        Message("Is whoever is removed out within a minute?"),
        Remedy(Message("Read `presswerk logs hub` for `directory_silent`, and see that the identity provider runs.")),
        HubTarget,
        removals,
        causes=(
            *(Cause("process", service) for service in ("hub", "identity", "chat", "php", "web")),
            *(Cause("process-stays", service) for service in ("hub", "identity", "chat", "php", "web")),
            Cause("hub-ready"),
            Cause("sign-on-document"),
            Cause("chat-ready"),
            # Whoever is to end a way in cannot be told while it does not work.
            *(Cause(check) for check in ("site-page", "site-rest", "site-credentials", "site-connector")),
            Cause("site-writable"),
        ),
        threshold=Message("%(number)s seconds", number=round(_IN_TIME_SECONDS)),
    ),
)
