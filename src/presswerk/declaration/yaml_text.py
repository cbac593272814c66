"""YAML as a person writes it: read strictly, so that nothing in it means something else than it says."""

import re
from collections.abc import Iterator

import yaml

from presswerk.errors import PresswerkError

_MOST_NODES = 50_000
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_STRING, _INTEGER, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:merge"
_KINDS = {
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "a date",
}
# What the parser says in its own terms, and what its reader can do about it.
_SENTENCES = (
    (r"'\\t' that cannot start any token", "a tab is used where only spaces may be; indent with spaces"),
    (r"found another document", "there is a second document after `---`; write everything into one"),
    (r"could not determine a constructor for the tag '?(?P<tag>[^'\n]*)", "the tag {tag} is not allowed; remove it"),
    (r"found undefined alias '?(?P<name>[^'\n]*)", "*{name} refers to nothing; write &{name} where it is defined"),
    (r"found duplicate anchor", "an anchor is defined twice; give one of them another name"),
    (r"special characters are not allowed", "there is a control character in it; remove it"),
    (r"mapping values are not allowed here", "a value holds a colon, or is indented wrongly; put quotes around it"),
    (r"expected ',' or '[\]}]'|expected the node content", "a bracket is opened and not closed"),
    (r"could not find expected ':'", "a colon is missing after a name"),
    (r"found unexpected end of stream", "a quote is opened and not closed"),
    (r"expected <block end>", "the indentation does not fit the lines above"),
    (r"cannot start any token", "a value begins with a character that has a meaning in YAML; put quotes around it"),
)  # fmt: skip


class YamlProblem(PresswerkError):
    """A text is not the YAML it is meant to be.

    Attributes:
        found: (line, what is wrong there and what to do), at least one.
    """

    def __init__(self, found: tuple[tuple[int, str], ...]) -> None:
        super().__init__("\n".join(f"{line}: {told}" for line, told in found))
        self.found = found

    def lines(self, source: str) -> tuple[str, ...]:
        """What is wrong, as `file:line: what`."""
        return tuple(f"{source}:{line}: {told}" for line, told in self.found)


def read_yaml(text: str) -> tuple[yaml.Node | None, object]:
    """Read a text.

    Returns:
        Its nodes, which know their lines, and what they say; None where there is nothing.

    Raises:
        YamlProblem: It is no YAML, or says something twice, or something else than it seems to.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        problems = () if root is None else tuple(_problems(root))
        if problems:
            raise YamlProblem(tuple(sorted(problems)))
        return root, yaml.safe_load(text)
    except RecursionError:
        raise YamlProblem(((1, "it is nested too deeply"),)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise YamlProblem((_explained(error, text),)) from None


def kind_of(node: yaml.Node | None) -> str | None:
    """What a value without quotes is read as instead of text, such as `a date`; None for text."""
    return _KINDS.get(node.tag) if isinstance(node, yaml.ScalarNode) else None


def _explained(error: Exception, text: str) -> tuple[int, str]:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    line = mark.line + 1 if mark is not None else text[:position].count("\n") + 1 if position is not None else 1
    said = f"{getattr(error, 'problem', None) or error}"
    for pattern, sentence in _SENTENCES:
        if (found := re.search(pattern, said)) is not None:
            return line, sentence.format(**found.groupdict())
    if isinstance(error, yaml.YAMLError):
        return line, f"not valid YAML: {' '.join(said.split())}"
    return line, "a number or a date in it is impossible; put quotes around it if it is text"


def _problems(root: yaml.Node) -> Iterator[tuple[int, str]]:
    if _size(root) > _MOST_NODES:
        yield root.start_mark.line + 1, "its aliases say the same too often; write out what is needed"
        return
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _problems_of_keys(node)
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif node.tag == _INTEGER and not _DECIMAL.match(node.value):
            yield node.start_mark.line + 1, f"{node.value} is no plain number; write it in decimal digits"


def _problems_of_keys(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    lines: dict[str, int] = {}
    for key, _value in node.value:
        line = key.start_mark.line + 1
        if key.tag == _MERGE:
            yield line, "`<<` is not allowed; write the fields out"
        elif not isinstance(key, yaml.ScalarNode):
            yield line, "a name is expected before the colon"
        elif key.tag != _STRING:
            yield line, f'the name {key.value} is read as {_KINDS.get(key.tag, "no text")}; write "{key.value}"'
        elif key.value in lines:
            yield line, f"{key.value} is given twice, here and in line {lines[key.value]}; keep one of them"
        else:
            lines[key.value] = line


def _size(root: yaml.Node) -> int:
    """How many nodes there are when every alias is written out; one that contains itself has no end."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes:
            return _MOST_NODES + 1
        open_nodes.add(id(node))
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        total = 1 + (0 if isinstance(node, yaml.ScalarNode) else sum(map(size, parts)))
        sizes[id(node)] = min(total, _MOST_NODES + 1)
        return sizes[id(node)]

    return size(root)
