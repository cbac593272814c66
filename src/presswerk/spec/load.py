"""Read a declaration from YAML text; errors name the place and the field."""

from collections.abc import Iterator

import yaml
from pydantic import ValidationError

from presswerk.spec.platform import Platform


class DeclarationError(Exception):
    """A declaration cannot be used.

    Attributes:
        problems: One line each: `file:line: field: what is wrong`.
    """

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
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        declared = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DeclarationError((_syntax_problem(error, source),)) from None
    if not isinstance(declared, dict):
        raise DeclarationError((f"{source}:1: expected fields such as `tenants:`, found {_kind(declared)}",))
    try:
        return Platform.model_validate(declared)
    except ValidationError as error:
        raise DeclarationError(tuple(_problems(error, root, source))) from None


def _syntax_problem(error: yaml.YAMLError, source: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{source}:{error.problem_mark.line + 1}: not valid YAML: {error.problem}"
    return f"{source}: not valid YAML: {error}"


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _problems(error: ValidationError, root: yaml.Node | None, source: str) -> Iterator[str]:
    for item in error.errors(include_url=False, include_input=False):
        path = tuple(item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        field = ".".join(str(part) for part in path)
        yield f"{source}:{_line(root, path)}: {field + ': ' if field else ''}{message}"


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
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None
