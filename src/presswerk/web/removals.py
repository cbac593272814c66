"""How late the hub notices that somebody was removed, for status."""

import datetime as dt
from typing import Any

from presswerk.identity.departures import SETTLING
from presswerk.web.hub import Hub


def removals(hub: Hub) -> dict[str, Any]:
    """What `/health/ready` says: no names, only times.

    Returns:
        `tokens_seconds`: after how long a token has lost what its owner has. `directory`: `ok`, `silent` or `none`; it
        tells for keys, schedules and sites after `directory_seconds`. `departures`: how many some place has not
        confirmed, the oldest since `departures_since`. `paused`: without a directory, how many people's keys and
        schedules pause, because nobody vouches for them.
    """
    watch, now = hub.directory_watch, dt.datetime.now(dt.UTC)
    waiting, since = hub.departures.waiting()
    told: dict[str, Any] = {
        "tokens_seconds": hub.trusted.removal_noticed_seconds,
        "departures": waiting,
        "departures_since": None if since is None else since.isoformat(),
    }
    if watch is None:
        return {**told, "directory": "none", "paused": hub.people.paused(now)}
    answered_at = watch.answered_at
    is_silent = answered_at is None or now - answered_at > 2 * watch.every
    return {
        **told,
        "directory": "silent" if is_silent else "ok",
        "directory_seconds": (watch.every + SETTLING).total_seconds(),
        "directory_answered_at": None if answered_at is None else answered_at.isoformat(),
    }
