"""Read a declaration from YAML text; errors name the place and the field. And what the demonstration declares."""

import re
from collections.abc import Iterator

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from presswerk.declaration.platform import Platform
from presswerk.declaration.wording import known_fields, sentence
from presswerk.declaration.yaml_text import YamlProblem, kind_of, read_yaml
from presswerk.errors import PresswerkError

_NAMED = re.compile(r"[a-z_]+(\.[a-z0-9_.-]+)*")
_NAMES = frozenset({"id", "user_name"})


class DeclarationError(PresswerkError):
    """A declaration cannot be used.

    Attributes:
        problems: One line each: `file:line: field: what is wrong`.
    """

    remedy = "Fix this and try again."

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_platform(text: str, *, source: str) -> Platform:
    """Read a Platform from the text of a `platform.yaml`.

    Args:
        text: YAML.
        source: The file's name, for messages.

    Raises:
        DeclarationError: The text is no YAML, or a field is missing, unknown or wrong.
    """
    try:
        root, declared = read_yaml(text)
    except YamlProblem as problem:
        raise DeclarationError(problem.lines(source)) from None
    if not isinstance(declared, dict):
        raise DeclarationError((f"{source}:1: expected fields such as `tenants:`, found {_kind(declared)}",))
    try:
        return Platform.model_validate(declared)
    except ValidationError as error:
        found = sorted(_problems(error, root), key=lambda problem: problem[0])
        raise DeclarationError(tuple(f"{source}:{line}: {told}" for line, told in found)) from None


def _kind(value: object) -> str:
    return {list: "a list", type(None): "nothing"}.get(type(value), "a single value")


def _problems(error: ValidationError, root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Each problem's line, and what it is."""
    for item in error.errors(include_url=False):
        path = tuple(part for part in item["loc"] if part != "[key]")
        for message in _told(item, path, root).splitlines():
            # What concerns several fields at once begins with the place it means.
            named, separator, told = message.partition(": ")
            inner = tuple(named.split(".")) if separator and _NAMED.fullmatch(named) else ()
            whole = (*path, *inner)
            field = ".".join(str(part) for part in whole)
            yield _line(root, whole), f"{field + ': ' if field else ''}{told if inner else message}"


def _told(item: ErrorDetails, path: tuple[int | str, ...], root: yaml.Node | None) -> str:
    node = _node(root, path)
    misread = kind_of(node)
    if item["type"] == "string_type" and node is not None and misread is not None and node.value:
        return f'{node.value} is read as {misread}; write "{node.value}"'
    return sentence(item, lambda: known_fields(Platform.model_json_schema(), path[:-1]))


def _node(node: yaml.Node | None, path: tuple[int | str, ...]) -> yaml.Node | None:
    for part in path:
        child = _child(node, part)
        if child is None:
            return None
        node = child[1]
    return node


def _line(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The 1-based line of the deepest part of `path` that the document has."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in path:
        child = _child(node, part)
        if child is None:
            return line
        key, node = child
        line = key.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    if isinstance(part, int):
        return (node.value[part], node.value[part]) if part < len(node.value) else None
    return next(((item, item) for item in node.value if _is_called(item, part)), None)


def _is_called(node: yaml.Node, name: str) -> bool:
    return isinstance(node, yaml.MappingNode) and any(
        key.value in _NAMES and value.value == name for key, value in node.value
    )


def demo_platform() -> Platform:
    """The two tenants and eight people that `presswerk up` declares when it is given no file."""
    return load_platform(_DEMONSTRATION, source="the demonstration")


_DEMONSTRATION = """
tenants:
- {id: acme, name: Acme News}
- {id: nordlicht, name: Verlag Nordlicht, language: de, time_zone: Europe/Berlin}
people:
- {user_name: olivia, given_name: Olivia, family_name: Ops, email: olivia@presswerk.localhost, operator: true}
- {user_name: frida, given_name: Frida, family_name: Freelance, email: frida@presswerk.localhost,
   memberships: {acme: author, nordlicht: editor}}
- {user_name: acme-admin, given_name: Ada, family_name: Adler, email: admin@acme.localhost,
   memberships: {acme: admin}}
- {user_name: acme-editor, given_name: Emil, family_name: Engel, email: editor@acme.localhost,
   memberships: {acme: editor}}
- {user_name: acme-author, given_name: Anna, family_name: Albers, email: author@acme.localhost,
   memberships: {acme: author}}
- {user_name: nordlicht-admin, given_name: Nils, family_name: Nissen, email: admin@nordlicht.localhost,
   memberships: {nordlicht: admin}}
- {user_name: nordlicht-editor, given_name: Nora, family_name: Noll, email: editor@nordlicht.localhost,
   memberships: {nordlicht: editor}}
- {user_name: nordlicht-author, given_name: Nele, family_name: Nagel, email: author@nordlicht.localhost,
   memberships: {nordlicht: author}}
"""
