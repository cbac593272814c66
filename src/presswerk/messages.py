"""What people are told: a template with its values, put into words where it is shown, in the reader's language."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Self, Union

from babel.dates import format_date, format_skeleton, get_timezone_name
from babel.numbers import format_decimal
from pydantic_core import core_schema

from presswerk.languages import SOURCE, translations

_REGIONS = {"en": "en_GB"}
"""How a language writes a day: English has no way of its own, and the day first is what most of the world reads."""

_LONGEST_ZONE = 5

Value = Union[str, int, float, dt.date, "Message"]
"""What a template is filled with: a number, a day or a moment (aware) reads as its reader's language writes it."""
Record = str | dict[str, Any]


class Message:
    """A template in English, `%(name)s` for each value, and the values; its text is the English one.

    Templates are literals, so that `scripts/update_catalogues.sh` finds every one of them.

    Args:
        template: What is said.
        values: What is said of whom.
    """

    __slots__ = ("_is_sentence", "_plural", "template", "values")

    def __init__(self, template: str, /, **values: Value) -> None:
        self.template = template
        self.values: Mapping[str, Value] = values
        self._plural: str | None = None
        self._is_sentence = False

    @classmethod
    def counted(cls, singular: str, plural: str, /, num: int, **values: Value) -> Self:
        """A message about a number of things."""
        made = cls(singular, num=num, **values)
        made._plural = plural
        return made

    @classmethod
    def verbatim(cls, text: str) -> Self:
        """What somebody else said, in whichever language."""
        return cls("%(text)s", text=text)

    def but(self, **values: Value) -> Self:
        """The same with other values, where it has any of these names."""
        made = type(self)(
            self.template, **{**self.values, **{name: values[name] for name in values if name in self.values}}
        )
        made._plural, made._is_sentence = self._plural, self._is_sentence
        return made

    def as_sentence(self) -> Self:
        """Let a clause read as a sentence."""
        made = type(self)(self.template, **self.values)
        made._plural, made._is_sentence = self._plural, True
        return made

    def worded(self, language: str = SOURCE) -> str:
        """The words, in a language of the catalogues."""
        catalogue = translations(language)
        if not self.template:
            text = ""
        elif self._plural is None:
            text = catalogue.gettext(self.template)
        else:
            text = catalogue.ngettext(self.template, self._plural, int(str(self.values["num"])))
        if self.values:
            text %= {name: _worded(value, language) for name, value in self.values.items()}
        return sentence(text) if self._is_sentence else text

    def __str__(self) -> str:
        return self.worded()

    def __repr__(self) -> str:
        return f"Message({self.worded()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and message_record(self) == message_record(other)

    def __hash__(self) -> int:
        return hash((self.template, self.worded()))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            read_message, serialization=core_schema.plain_serializer_function_ser_schema(message_record)
        )


def sentence(clause: str) -> str:
    """A clause as a sentence: a capital at its beginning, unless it is an address, and a full stop."""
    text = clause.strip()
    begun = text if text.startswith(("http://", "https://")) else text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", "…")) else f"{begun}."


def joined(separator: str, parts: Iterable[Message]) -> Message:
    """Messages one after the other."""
    named: dict[str, Value] = {f"part{number}": part for number, part in enumerate(parts)}
    template = separator.join(f"%({name})s" for name in named)
    return Message(template, **named)


def sentences(*clauses: Message) -> Message:
    """Clauses as sentences, one after the other."""
    return joined(" ", (clause.as_sentence() for clause in clauses))


def message_record(message: Message) -> Record:
    """A message as JSON: one without values is its template."""
    if not (message.values or message._is_sentence):
        return message.template
    record: dict[str, Any] = {
        "template": message.template,
        "values": {name: _value_record(value) for name, value in message.values.items()},
    }
    if message._plural is not None:
        record["plural"] = message._plural
    if message._is_sentence:
        record["sentence"] = True
    return record


def read_message(record: Record | Message) -> Message:
    """Undo `message_record`, also of what was stored as plain text before there were templates."""
    if isinstance(record, Message):
        return record
    if isinstance(record, str):
        return Message(record)
    message = Message(record["template"], **{name: _read_value(value) for name, value in record["values"].items()})
    message._plural = record.get("plural")
    message._is_sentence = record.get("sentence", False)
    return message


def moment_in_words(moment: dt.datetime, language: str) -> str:
    """A time as a person reads it, with its zone."""
    region = _region(language)
    zone = get_timezone_name(moment, "short", locale=region)
    if not (zone.isalpha() and len(zone) <= _LONGEST_ZONE):
        # This language has no short name for it, and everybody's is better than an offset.
        zone = moment.tzname() or zone
    return f"{format_date(moment, 'long', locale=region)}, {moment:%H:%M} {zone}"


def _region(language: str) -> str:
    return _REGIONS.get(language, language)


def _worded(value: Value, language: str) -> str:
    match value:
        case Message():
            return value.worded(language)
        case str():
            return value
        case dt.datetime():
            return moment_in_words(value, language)
        case dt.date():
            # Without the year while it is this year's.
            if value.year == dt.datetime.now(dt.UTC).year:
                return format_skeleton("MMMMd", value, locale=_region(language))
            return format_date(value, "long", locale=_region(language))
        case _:
            return format_decimal(value, locale=language)


def _value_record(value: Value) -> object:
    match value:
        case Message():
            return {"message": message_record(value)}
        case dt.datetime():
            return {"moment": value.astimezone(dt.UTC).isoformat()}
        case dt.date():
            return {"day": value.isoformat()}
        case _:
            return value


def _read_value(record: Any) -> Value:
    match record:
        case {"message": inner}:
            return read_message(inner)
        case {"moment": at}:
            return dt.datetime.fromisoformat(at)
        case {"day": at}:
            return dt.date.fromisoformat(at)
        case str() | int() | float():
            return record
        case _:
            raise ValueError(f"no value of a message: {record!r}")
