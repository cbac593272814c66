"""Transactions that are part of one another, and writers that take turns."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from presswerk.database import connect, reading, writing
from presswerk.database.turns import Turns
from tests.support.waiting import until


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = connect(f"sqlite:///{tmp_path}/x.db")
    with writing(made) as database:
        database.execute(text("CREATE TABLE words (word TEXT)"))
    return made


def write(engine: Engine, word: str) -> None:
    with writing(engine) as database:
        database.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})


def words(engine: Engine) -> list[str]:
    with reading(engine) as database:
        return list(database.execute(text("SELECT word FROM words ORDER BY rowid")).scalars())


def test_what_is_written_inside_a_transaction_is_part_of_it(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine):
            write(engine, "a")
            write(engine, "b")
            assert words(engine) == ["a", "b"]
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert words(engine) == []
    with writing(engine):
        write(engine, "a")
    write(engine, "b")
    assert words(engine) == ["a", "b"]


def test_another_thread_is_not_part_of_it(engine: Engine) -> None:
    seen: list[list[str]] = []
    with writing(engine):
        write(engine, "a")
        other = threading.Thread(target=lambda: seen.append(words(engine)))
        other.start()
        other.join()
    assert (seen, words(engine)) == ([[]], ["a"])


def test_turns_come_in_the_order_they_were_asked_for() -> None:
    turns, had = Turns(), list[int]()
    turns.take()

    def take(number: int) -> None:
        turns.take()
        had.append(number)
        turns.give()

    threads = []
    for number in range(20):
        threads.append(threading.Thread(target=take, args=(number,)))
        threads[-1].start()
        until(lambda number=number: turns.waiting == number + 1)  # type: ignore[misc]  # bound as it is now
    turns.give()
    for thread in threads:
        thread.join()
    assert had == list(range(20))


def test_a_writer_that_fails_gives_its_turn_back(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as database:
            write(engine, "a")
            database.execute(text("INSERT INTO nothing VALUES (1)"))

    with pytest.raises(Exception, match="nothing"):
        fail()
    threads = [threading.Thread(target=write, args=(engine, str(number))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(words(engine)) == 8


@pytest.mark.parametrize("statement", ["SELECT 'interrupted'", "INSERT INTO words VALUES ('interrupted')"])
def test_whoever_interrupts_a_statement_is_told_nothing_else_and_the_turn_is_given_back(
    engine: Engine, statement: str
) -> None:
    """As by Control-C: the driver's connection is given up, and what is left of the block must not speak of that."""

    def interrupted(_connection: object, _cursor: object, said: str, *_more: object) -> None:
        if "interrupted" in said:
            raise KeyboardInterrupt

    event.listen(engine, "after_cursor_execute", interrupted)
    with pytest.raises(KeyboardInterrupt), engine.begin() as database:
        database.execute(text(statement))
    with pytest.raises(KeyboardInterrupt), engine.connect() as database:
        database.execute(text(statement))

    write(engine, "after")
    assert words(engine) == ["after"]
