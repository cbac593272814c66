"""What rendering again means for a directory, computed before anything is written (pure)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from presswerk.errors import PresswerkError
from presswerk.runtimes.cluster.rendering.tree import Tree

RECORD = ".presswerk-render.json"
"""Beside the files: which of them were written by us, and as what."""


class NoRecord(PresswerkError):
    """The record of what was written is none of ours."""


@dataclass(frozen=True)
class Changes:
    """What to do.

    Attributes:
        made: Files that are not there.
        changed: Files that are there with another content.
        unchanged: Files that are there just so.
        removed: Files we wrote that are rendered no longer.
        kept: Such files that somebody has changed since; they stay.
        in_the_way: Files we did not write, where one of ours belongs.
    """

    made: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    in_the_way: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing needs to be written or removed."""
        return not (self.made or self.changed or self.removed)


def changes(tree: Tree, there: Mapping[str, str | None], written: Mapping[str, str]) -> Changes:
    """Compare what is rendered with what is there.

    Args:
        tree: What is rendered.
        there: Text of each file that is rendered or was written; None where there is none.
        written: What `read_record` gave.
    """
    stale = sorted(path for path in written.keys() - tree.keys() if there.get(path) is not None)
    ours = {path for path in stale if digest(there.get(path) or "") == written[path]}
    known = {path: there[path] for path in tree if there.get(path) is not None}
    foreign = {path for path, text in known.items() if path not in written and text != tree[path]}
    return Changes(
        made=tuple(path for path in tree if path not in known),
        changed=tuple(path for path, text in known.items() if text != tree[path] and path not in foreign),
        unchanged=tuple(path for path, text in known.items() if text == tree[path]),
        removed=tuple(path for path in stale if path in ours),
        kept=tuple(path for path in stale if path not in ours),
        in_the_way=tuple(sorted(foreign)),
    )


def digest(text: str) -> str:
    """How a record tells whether a file is still what was written."""
    return hashlib.sha256(text.encode()).hexdigest()


def record(tree: Tree) -> str:
    """The record of a tree."""
    files = {path: digest(text) for path, text in sorted(tree.items())}
    return json.dumps({"writtenBy": "presswerk render", "files": files}, indent=2) + "\n"


def read_record(text: str) -> Mapping[str, str]:
    """Path -> digest of the files that were written.

    Raises:
        NoRecord: It is not what `record` writes, or names something outside of the directory.
    """
    try:
        files = json.loads(text)["files"]
        found = {str(path): str(value) for path, value in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoRecord from None
    for path in found:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise NoRecord
    return found
