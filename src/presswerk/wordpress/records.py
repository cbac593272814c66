"""What somebody changed on a site, between JSON and the values of the model."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, get_args

from presswerk.wordpress.model import Difference, OpenedBy, SiteEdit, SiteField

_FIELDS = frozenset(get_args(SiteField))


def difference_record(difference: Difference) -> dict[str, Any]:
    """A difference as JSON."""
    return {
        "field": difference.field,
        "delivered": _json(difference.delivered),
        "site": _json(difference.site),
        "by": difference.by,
        "at": None if difference.at is None else difference.at.isoformat(),
    }


def read_difference(record: Mapping[str, Any]) -> Difference:
    """Undo `difference_record`.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    if record["field"] not in _FIELDS:
        raise ValueError("a field that is not known")
    return Difference(
        field=record["field"],
        delivered=_value(record["delivered"]),
        site=_value(record["site"]),
        by=record["by"],
        at=_instant(record["at"]),
    )


def site_edit_record(edit: SiteEdit) -> dict[str, Any]:
    """A difference that a delivery met, as JSON."""
    return {**difference_record(edit.difference), "outcome": edit.outcome}


def read_site_edit(record: Mapping[str, Any]) -> SiteEdit:
    """Undo `site_edit_record`.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    if record["outcome"] not in {"left", "merged", "replaced"}:
        raise ValueError("an outcome that is not known")
    return SiteEdit(read_difference(record), record["outcome"])


def read_opened_by(record: Mapping[str, Any] | None) -> OpenedBy | None:
    """Who has a post open.

    Raises:
        KeyError, TypeError, ValueError: It is not that.
    """
    if record is None:
        return None
    at = _instant(record["at"])
    if at is None:
        raise ValueError("a time is missing")
    return OpenedBy(str(record["name"]), at)


def _json(value: str | tuple[str | None, ...] | None) -> str | list[str | None] | None:
    return list(value) if isinstance(value, tuple) else value


def _value(value: Any) -> str | tuple[str | None, ...] | None:
    if isinstance(value, list):
        return tuple(None if each is None else str(each) for each in value)
    return None if value is None else str(value)


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
