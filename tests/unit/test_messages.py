"""What people are told is kept as template and values, and worded in each language where it is shown."""

import ast
import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, insert, select
from sqlalchemy.dialects import sqlite

import presswerk
from presswerk.languages import languages
from presswerk.messages import Message, joined, message_record, moment_in_words, read_message, sentence, sentences
from presswerk.publishing.tables import MessageText

DIALECT = sqlite.dialect()
SOURCES = Path(presswerk.__file__).parent
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

texts = st.text()
values = st.recursive(
    texts | st.integers() | st.dates() | st.datetimes(timezones=st.just(dt.UTC)),
    lambda inner: st.builds(lambda value: Message("the %(value)s", value=value), inner),
    max_leaves=3,
)
messages = (
    texts.map(Message)
    | texts.map(Message.verbatim)
    | st.builds(lambda one, two: Message("%(one)s and %(two)s", one=one, two=two), values, values)
    | st.integers(0, 1000).map(lambda number: Message.counted("%(num)s second", "%(num)s seconds", num=number))
)


@given(messages, st.booleans())
def test_a_message_comes_back_as_it_was_stored(message: Message, as_sentence: bool) -> None:
    whole = message.as_sentence() if as_sentence else message
    back = read_message(json.loads(json.dumps(message_record(whole))))
    assert back == whole
    assert [back.worded(each) for each in languages()] == [whole.worded(each) for each in languages()]


@given(messages)
def test_events_keep_messages_in_the_column_of_plain_text(message: Message) -> None:
    column = MessageText()
    stored = column.process_bind_param(message, DIALECT)
    if isinstance(message_record(message), dict):
        assert column.process_result_value(stored, DIALECT) == message


def test_plain_text_of_before_stays_readable() -> None:
    metadata, engine = MetaData(), create_engine("sqlite://")
    before = Table("told", metadata, Column("id", Integer, primary_key=True), Column("message", Text))
    now = Table("told", MetaData(), Column("id", Integer, primary_key=True), Column("message", MessageText))
    metadata.create_all(engine)
    with engine.begin() as database:
        database.execute(insert(before).values(message='100% "done": {it} is 5 %(x)s'))
        (old,) = database.execute(select(now.c.message)).scalars()
        assert old.worded("de") == old.worded("en") == '100% "done": {it} is 5 %(x)s'
        database.execute(insert(now).values(message=Message("%(name)s took it over.", name="Anna")))
        raw = database.execute(select(before.c.message)).scalars().all()
        assert [str(each) for each in database.execute(select(now.c.message)).scalars()][1] == "Anna took it over."
        assert "%(name)s" in str(raw[1])


@given(texts, texts)
def test_values_are_never_templates_themselves(name: str, reason: str) -> None:
    told = Message("The image %(name)s was left out: %(reason)s.", name=name, reason=Message.verbatim(reason))
    assert told.worded("de") == f"Das Bild {name} wurde weggelassen ({reason})."


def test_numbers_days_moments_and_quotation_marks_are_those_of_the_language() -> None:
    day, moment = dt.date(2019, 3, 1), dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
    many = Message("and %(count)s more", count=12345)
    assert (many.worded("en"), many.worded("de")) == ("and 12,345 more", "und 12.345 weitere")
    by = Message(" by %(name)s on %(day)s", name="Erik", day=day)
    assert (by.worded("en"), by.worded("de")) == (" by Erik on 1 March 2019", " (von Erik, 1. März 2019)")
    assert moment_in_words(moment, "de") == "23. November 2026, 10:00 UTC"
    berlin, summer = moment.astimezone(ZoneInfo("Europe/Berlin")), moment.replace(month=7)
    assert moment_in_words(berlin, "de") == "23. November 2026, 11:00 MEZ"
    assert moment_in_words(berlin, "en") == "23 November 2026, 11:00 CET"
    assert moment_in_words(summer.astimezone(ZoneInfo("America/New_York")), "de") == "23. Juli 2026, 06:00 EDT"
    named = Message('"%(name)s"', name="a.png")
    assert (named.worded("en"), named.worded("de")) == ('"a.png"', "„a.png“")
    wait = Message.counted("%(num)s minute", "%(num)s minutes", num=1)
    assert (wait.worded("en"), wait.worded("de")) == ("1 minute", "1 Minute")
    this_year = dt.datetime.now(dt.UTC).date().replace(month=11, day=28)
    assert Message(" on %(day)s", day=this_year).worded("en") == " on 28 November"


def test_clauses_become_sentences() -> None:
    assert sentence("the site is away") == "The site is away."
    assert sentence("http://x answered 500") == "http://x answered 500."
    assert sentence("Already.") == "Already."
    told = sentences(Message("the site is suspended"), Message("ask an operator, then try again"))
    assert told.worded("en") == "The site is suspended. Ask an operator, then try again."
    german = "Die Website ist gesperrt. Fragen Sie den Betreiber der Plattform, und versuchen Sie es dann noch einmal."
    assert told.worded("de") == german
    assert joined("; ", (Message("the title"), Message("the text"))).worded("de") == "der Titel; der Text"


def _made() -> Iterator[tuple[str, ast.Call]]:
    """Every place of the code that makes a message."""
    for file in SOURCES.rglob("*.py"):
        if file == SOURCES / "messages.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"Message", "counted"}:
                yield f"{file.relative_to(SOURCES)}:{node.lineno}", node


@pytest.mark.parametrize(("place", "call"), [pytest.param(*each, id=each[0]) for each in _made()])
def test_every_template_is_a_literal_that_translators_get(place: str, call: ast.Call) -> None:
    for template in call.args:
        assert isinstance(template, ast.Constant), f"{place}: a template that is put together has no translation"
        assert isinstance(template.value, str)
        named = {keyword.arg for keyword in call.keywords}
        if None not in named:
            assert set(_PLACEHOLDER.findall(template.value)) == named, place


def test_the_places_are_found() -> None:
    assert len(list(_made())) > 150
