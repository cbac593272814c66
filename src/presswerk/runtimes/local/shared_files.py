"""What all sites of this machine share and nobody writes: WordPress, the connector, and the scripts that install."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from presswerk.runtimes.local.artifacts import WordPressFiles, ensure_wordpress
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.progress import Progress
from presswerk.wordpress import connector_path


@dataclass(frozen=True)
class SharedFiles:
    """Where they are.

    Attributes:
        wordpress: WordPress with its languages and the SQLite integration.
        connector: Our plugin.
        scripts: Our PHP that runs from the command line.
        digest: Of all that is in them.
    """

    wordpress: WordPressFiles
    connector: Path
    scripts: Path
    digest: str


def shared_files(layout: Layout, progress: Progress, *, for_others: bool) -> SharedFiles:
    """Have the files where the sites' PHP can read them.

    Args:
        layout: Where cache and state are.
        progress: Told before a download.
        for_others: Whether PHP runs as other users than ours, who cannot come where our cache and our code may be: then
            they are in the installation's state.

    Raises:
        LocalRuntimeError: WordPress cannot be fetched.
    """
    wordpress = ensure_wordpress(layout, progress)
    scripts = Path(str(resources.files("presswerk.sites.php")))
    digest = _digest(wordpress.root.name, connector_path(), scripts)
    if not for_others:
        return SharedFiles(wordpress, connector_path(), scripts, digest)
    root = layout.state / "shared" / digest[:12]
    if not root.exists():
        _copy(root, {".": wordpress.root, "connector": connector_path(), "scripts": scripts})
    return SharedFiles(WordPressFiles(root), root / "connector", root / "scripts", digest)


@cache
def _digest(wordpress: str, *parts: Path) -> str:
    """Of the version of WordPress, and of our own files, which stay as they are while a process runs."""
    digest = hashlib.sha256(wordpress.encode())
    for part in parts:
        for file in _files(part):
            digest.update(f"{file.relative_to(part)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in sorted(directory.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _copy(root: Path, parts: dict[str, Path]) -> None:
    """Copy to a directory that appears at once or not at all; what an interrupted copy left is begun anew."""
    draft = root.with_name(f".{root.name}")
    shutil.rmtree(draft, ignore_errors=not draft.exists())
    for name, part in parts.items():
        for file in _files(part):
            target = draft / name / file.relative_to(part)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            target.chmod(0o644)
    for directory in (root.parent, draft, *(path for path in draft.rglob("*") if path.is_dir())):
        directory.chmod(0o755)
    draft.replace(root)
