"""A site's tables as parts: whole again from them, and a change alters few of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presswerk.operations.backup.errors import DamagedRepository
from presswerk.operations.backup.tables import INDEX, PARTS, join, part_rows, read_index, split

VALUES = st.none() | st.text() | st.builds(lambda data: {"b64": data}, st.text("QUJD", min_size=4, max_size=8))
ROWS = st.lists(st.fixed_dictionaries({"ID": st.integers(0, 10**9).map(str), "post content": VALUES}), max_size=60)
NAMES = st.lists(st.from_regex(r"wp_[a-z0-9_]{1,20}", fullmatch=True), unique=True, max_size=5)


def written(file: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    """As `content_out.php` writes them."""
    lines: list[dict[str, Any]] = []
    for name, rows in tables.items():
        lines.append({"table": name, "create": f"CREATE TABLE `{name}` (ID bigint)"})
        lines += [{"table": name, "rows": rows[start : start + 7]} for start in range(0, len(rows), 7)]
    counts = {name: {"rows": len(rows), "checksum": "00000000"} for name, rows in tables.items()}
    lines.append({"end": True, "tables": counts})
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


def rows_of(file: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with file.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            item = json.loads(line)
            if "create" in item:
                found[item["table"]] = []
            elif "rows" in item:
                found[item["table"]] += item["rows"]
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), names=NAMES)
def test_what_was_split_is_whole_again(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, names: list[str]
) -> None:
    tables = {name: data.draw(ROWS) for name in names}
    directory = tmp_path_factory.mktemp("split")
    counts = split(written(directory / "out.jsonl", tables), directory)
    join(directory, directory / "in.jsonl")

    assert rows_of(directory / "in.jsonl") == tables
    assert {name: count.rows for name, count in counts.items()} == {name: len(rows) for name, rows in tables.items()}


def test_ten_changed_rows_alter_few_parts(tmp_path: Path) -> None:
    rows = [{"ID": str(number), "post_content": f"Text of {number}. " * 40} for number in range(5_000)]
    before, after = tmp_path / "before", tmp_path / "after"
    for directory in (before, after):
        directory.mkdir()
    split(written(tmp_path / "a.jsonl", {"wp_posts": rows}), before)
    for number in range(250, 5_000, 500):
        rows[number] = {**rows[number], "post_content": "Changed."}
    rows.insert(2_000, {"ID": "6000", "post_content": "In between."})
    split(written(tmp_path / "b.jsonl", {"wp_posts": rows}), after)

    old, new = (set(read_index(directory)["wp_posts"]["parts"]) for directory in (before, after))
    assert len(new) > 200
    assert len(new - old) <= 24


@pytest.mark.parametrize("damage", ["gone", "shorter", "another", "empty"])
def test_a_damaged_part_is_not_taken_for_whole(tmp_path: Path, damage: str) -> None:
    rows = [{"ID": str(number), "post_content": "Text"} for number in range(100)]
    split(written(tmp_path / "out.jsonl", {"wp_posts": rows}), tmp_path)
    name = read_index(tmp_path)["wp_posts"]["parts"][0]
    part = tmp_path / PARTS / "wp_posts" / name
    data = part.read_bytes()
    part.unlink()
    if damage != "gone":
        part.write_bytes({"shorter": data[:-1], "another": data.replace(b"Text", b"Tent"), "empty": b""}[damage])
    with pytest.raises(DamagedRepository, match="wp_posts"):
        list(part_rows(tmp_path, "wp_posts", name))


def test_tables_that_were_not_read_to_the_end_are_no_backup(tmp_path: Path) -> None:
    whole = written(tmp_path / "out.jsonl", {"wp_posts": [{"ID": "1", "post_content": "Text"}]})
    whole.write_text(whole.read_text().rpartition('{"end"')[0])
    with pytest.raises(DamagedRepository, match="not read to the end"):
        split(whole, tmp_path)


def test_an_index_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("{", encoding="utf-8")
    with pytest.raises(DamagedRepository, match="list of tables"):
        join(tmp_path, tmp_path / "in.jsonl")
