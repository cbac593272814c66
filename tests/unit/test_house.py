"""The house as CONTRIBUTING describes it: what follows from the code is today's, and a name stands for one thing."""

import ast
import importlib.util
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import presswerk

ROOT = Path(__file__).parents[2]
SOURCE = Path(presswerk.__file__).parent


def generate() -> ModuleType:
    """The program that `make generate` runs."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "scripts" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_follows_from_the_code_is_todays() -> None:
    stale = {
        str(file.relative_to(ROOT))
        for file, text in generate().generated().items()
        if file.read_text(encoding="utf-8") != text
    }

    assert stale == set(), "run `make generate`"


def test_every_room_has_a_row() -> None:
    rooms = {room.partition("/")[0] for room in generate().ROOMS}

    assert rooms == {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def test_a_class_name_stands_for_one_thing() -> None:
    defined = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                defined[node.name].add(path)

    assert {name for name, places in defined.items() if len(places) > 1} == set()


def test_every_client_trusts_the_same_authorities() -> None:
    makes_client = {"Client", "AsyncClient", "get", "post", "put", "request", "stream"}
    without = {
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "httpx"
        and node.func.attr in makes_client
        and not {keyword.arg for keyword in node.keywords} & {"verify", "transport"}
    }

    assert without == set()
