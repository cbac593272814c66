"""Change one tenant in platform.yaml and leave every other line as it is: declare_tenant.py FILE ACTION TENANT."""

import argparse
import json
import re
import sys
from pathlib import Path

import yaml


class Refused(Exception):
    """What cannot be done, and why."""


def changed(text: str, action: str, tenant: str, *, name: str = "", tier: str = "free") -> str:
    """The declaration with the change; `presswerk config check` says whether it holds.

    Args:
        text: Of a platform.yaml with its tenants one below the other.
        action: create, scale or delete.
        tenant: Its id.
        name: To display; its id when empty.
        tier: Its tier from now on.

    Raises:
        Refused: There is such a tenant already, or none, or the file is written in another way.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,18}[a-z0-9]", tenant):
        raise Refused(f"{tenant!r} is no id of a tenant: 2 to 20 of a-z, 0-9 and -")
    items = _tenants(text)
    item = next((each for each in items if _values(each)["id"].value == tenant), None)
    if action == "create":
        if item is not None:
            raise Refused(f"there is a tenant {tenant} already")
        return _with(text, items, tenant, name or tenant, tier)
    if item is None:
        raise Refused(f"no tenant {tenant} is declared")
    return _scaled(text, item, tier) if action == "scale" else _without(text, items, item)


def _tenants(text: str) -> list[yaml.MappingNode]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = _values(root).get("tenants") if isinstance(root, yaml.MappingNode) else None
    if not isinstance(found, yaml.SequenceNode) or found.flow_style or not found.value:
        raise Refused("the file has no `tenants:` with one `- id: ...` below the other")
    if any(each.flow_style for each in found.value):
        raise Refused("a tenant is written as {...}; write it in lines")
    return list(found.value)


def _values(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _with(text: str, items: list[yaml.MappingNode], tenant: str, name: str, tier: str) -> str:
    lines = text.splitlines(keepends=True)
    at = _end(lines, items[-1])
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    indent = " " * items[-1].start_mark.column
    # JSON's strings are YAML's too, whatever the name holds.
    shown = json.dumps(name, ensure_ascii=False)
    new = [f"{indent[:-2]}- id: {tenant}\n", f"{indent}name: {shown}\n", f"{indent}tier: {tier}\n"]
    return "".join([*lines[:at], *new, *lines[at:]])


def _scaled(text: str, item: yaml.MappingNode, tier: str) -> str:
    declared = _values(item).get("tier")
    if declared is not None:
        return text[: declared.start_mark.index] + tier + text[declared.end_mark.index :]
    after = _values(item)["id"].end_mark.index
    end = text.find("\n", after)
    end = len(text) if end < 0 else end
    return f"{text[:end]}\n{' ' * item.start_mark.column}tier: {tier}{text[end:]}"


def _without(text: str, items: list[yaml.MappingNode], item: yaml.MappingNode) -> str:
    if len(items) == 1:
        raise Refused("it is the only tenant, and a platform has one at least")
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: item.start_mark.line], *lines[_end(lines, item) :]])


def _end(lines: list[str], item: yaml.MappingNode) -> int:
    """The line after a tenant's last one; comments and empty lines that follow belong to what comes next."""
    end = item.end_mark.line if item.end_mark.column == 0 or item.end_mark.line > item.start_mark.line else len(lines)
    if end == len(lines) - 1 and lines[end].strip() and item.end_mark.column:
        end += 1
    while end > item.start_mark.line + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def main() -> None:
    """Change the file, or say why not and end with status 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("action", choices=["create", "scale", "delete"])
    parser.add_argument("tenant")
    parser.add_argument("--name", default="")
    parser.add_argument("--tier", default="free")
    given = parser.parse_args()
    before = given.file.read_text(encoding="utf-8")
    try:
        after = changed(before, given.action, given.tenant, name=given.name, tier=given.tier)
    except Refused as reason:
        sys.exit(f"Nothing was changed: {reason}.")
    given.file.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
