"""Objects and values as YAML text: the same objects give the same bytes."""

from collections.abc import Iterable
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and no anchors: who reviews a change would have to look them up."""

    def ignore_aliases(self, data: object) -> bool:
        """Write equal parts out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists, as Kubernetes' own tools do not but most people's editors do."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def yaml_text(value: Any) -> str:
    """One document, in the order of its keys."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def yaml_stream(values: Iterable[Any]) -> str:
    """Several documents."""
    return "---\n".join(yaml_text(value) for value in values)
