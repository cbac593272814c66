"""A site's tables as many small files, of which a change alters few, so that the next backup is small."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presswerk.operations.backup.errors import DamagedRepository

INDEX = "tables.json"
PARTS = "tables"
_MEAN_ROWS = 16
_MOST_ROWS = 200


@dataclass(frozen=True)
class TableCount:
    """What a table holds.

    Attributes:
        rows: How many.
        checksum: Of all of them, whatever their order; 8 hexadecimal digits.
    """

    rows: int
    checksum: str


def split(content: Path, target: Path) -> Mapping[str, TableCount]:
    """Write what `content_out.php` gave as an index and parts, named by what is in them.

    Where a part ends is decided by the row that ends it, so that a row more or less changes one part or two.

    Args:
        content: One JSON value a line.
        target: A directory; the parts of a table come into one of its own.

    Returns:
        What each table holds, as the site itself has counted it.

    Raises:
        DamagedRepository: The content ends too early.
    """
    tables: dict[str, dict[str, Any]] = {}
    counted: Mapping[str, Mapping[str, Any]] | None = None
    rows: list[str] = []
    name = ""
    for item in _lines(content):
        if "create" in item:
            _end_part(target, tables, name, rows)
            name = item["table"]
            tables[name] = {"create": item["create"], "parts": []}
        elif "rows" in item:
            for row in item["rows"]:
                line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
                rows.append(line)
                if zlib.crc32(line.encode()) % _MEAN_ROWS == 0 or len(rows) == _MOST_ROWS:
                    _end_part(target, tables, name, rows)
        elif item.get("end"):
            counted = item["tables"]
    _end_part(target, tables, name, rows)
    if counted is None:
        raise DamagedRepository("The site's tables were not read to the end.", "Run it again.")
    for table, found in counted.items():
        tables[table].update(found)
    text = json.dumps(tables, ensure_ascii=False, indent=1, sort_keys=True)
    (target / INDEX).write_text(text + "\n", encoding="utf-8")
    return read_counts(target)


def join(source: Path, content: Path) -> None:
    """Write what `content_in.php` takes, from what `split` has written.

    Raises:
        DamagedRepository: A part is missing or not what its name says.
    """
    tables = read_index(source)
    with content.open("w", encoding="utf-8") as written:
        for name, table in tables.items():
            written.write(_line({"table": name, "create": table["create"]}))
            for part in table["parts"]:
                if rows := list(part_rows(source, name, part)):
                    written.write(_line({"table": name, "rows": rows}))
        counts = {name: {"rows": table["rows"], "checksum": table["checksum"]} for name, table in tables.items()}
        written.write(_line({"end": True, "tables": counts}))


def read_index(source: Path) -> dict[str, dict[str, Any]]:
    """Each table's statement, parts and counts, by its name.

    Raises:
        DamagedRepository: The index cannot be read.
    """
    try:
        tables: dict[str, dict[str, Any]] = json.loads((source / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DamagedRepository("The backup's list of tables cannot be read.", "Choose another backup.") from None
    return tables


def read_counts(source: Path) -> Mapping[str, TableCount]:
    """What each table of a backup holds."""
    return {name: TableCount(int(table["rows"]), str(table["checksum"])) for name, table in read_index(source).items()}


def part_rows(source: Path, table: str, part: str) -> Iterator[dict[str, Any]]:
    """The rows of a part, each a map of column to value as `content_rows.php` writes them.

    Raises:
        DamagedRepository: It is missing or not what its name says.
    """
    try:
        data = (source / PARTS / table / part).read_bytes()
    except OSError:
        data = b""
    if _name_of(data) != part:
        raise DamagedRepository(f"A part of the table {table} is missing or damaged.", "Choose another backup.")
    # Not `splitlines`: a text may hold characters that it takes for the end of a line, too.
    return (json.loads(line) for line in data.decode().split("\n")[:-1])


def _end_part(target: Path, tables: dict[str, dict[str, Any]], table: str, rows: list[str]) -> None:
    if not rows:
        return
    data = ("\n".join(rows) + "\n").encode()
    rows.clear()
    directory = target / PARTS / table
    directory.mkdir(parents=True, exist_ok=True)
    name = _name_of(data)
    (directory / name).write_bytes(data)
    tables[table]["parts"].append(name)


def _name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _lines(content: Path) -> Iterable[dict[str, Any]]:
    with content.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
