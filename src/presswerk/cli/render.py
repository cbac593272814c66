"""presswerk render: an installation on a cluster as files for a repository."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from presswerk.cli.options import DEFAULT_CONFIG_FILE, ConfigFile, Json
from presswerk.declaration import Platform
from presswerk.declaration.addresses import NoDomain
from presswerk.errors import PresswerkError
from presswerk.infrastructure.capacity.model import Amount, Workload
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.runtimes.cluster.rendering.changes import RECORD, Changes, NoRecord, changes, read_record, record
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from presswerk.runtimes.cluster.rendering.tree import Tree, rendered_tree
from presswerk.runtimes.declaration_file import platform_in
from presswerk.runtimes.local.private_files import replacing

_SHARED = 0o666


def render(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write files there; without it, print one YAML stream.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="PATH", help="Print only this file, or what is in this directory: tenants/.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="With --out: write nothing; status 1 if something would change.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Write a declaration as what a cluster needs: charts' values, objects and Tenants, for people who do GitOps.

    Nothing is asked of a cluster, and nothing written is a secret: README.md in the directory says which Secrets must
    exist, and in which order to apply what. The same declaration gives the same bytes. In DIR it touches only what it
    has written before; the rest of a repository is safe there.

    Two examples: `presswerk render --out cluster`, and `presswerk render --only tenants/ | kubectl apply -f -`.
    """
    if out is None and check:
        raise typer.BadParameter("needs --out DIR, to compare with", param_hint="--check")
    if out is not None and only is not None:
        raise typer.BadParameter("is for printing; leave out --out", param_hint="--only")
    platform = platform_in(config)
    tree = _tree(platform, config)
    if out is None:
        _print(tree if only is None else _selected(tree, only), json_output=json_output)
        return
    found = _compare(tree, out)
    if not check:
        _write(tree, found, out)
    if json_output:
        typer.echo(json.dumps(_as_json(platform, found, out), indent=2))
    else:
        _tell(found, out, check=check)
    if check and not found.is_empty:
        raise typer.Exit(1)


def resources_of(workloads: tuple[Workload, ...]) -> Mapping[str, dict[str, Any]]:
    """What workloads ask for and may use, as Kubernetes writes it; by `<namespace>/<name>`."""
    return {each.name: {"requests": _amounts(each.requests), "limits": _amounts(each.limits)} for each in workloads}


def _amounts(amount: Amount) -> dict[str, str]:
    written = {
        "cpu": f"{amount.cpu_m}m",
        "memory": f"{amount.memory_mib}Mi",
        "ephemeral-storage": f"{amount.ephemeral_mib}Mi",
    }
    counted = {"cpu": amount.cpu_m, "memory": amount.memory_mib, "ephemeral-storage": amount.ephemeral_mib}
    return {name: text for name, text in written.items() if counted[name]}


def _tree(platform: Platform, config: Path) -> Tree:
    try:
        return rendered_tree(platform, resources_of(PLATFORM))
    except NoDomain as problem:
        raise PresswerkError(f"{config}: {problem}.", "For example `domain: press.example`.") from None


def _selected(tree: Tree, only: str) -> Tree:
    wanted = only.removeprefix("./")
    found = {
        path: text for path, text in tree.items() if path == wanted or path.startswith(f"{wanted.removesuffix('/')}/")
    }
    if not found:
        raise PresswerkError(f"nothing called {only} is rendered.", f"There are: {', '.join(tree)}.")
    return found


def _print(tree: Tree, *, json_output: bool) -> None:
    if json_output:
        typer.echo(json.dumps({"files": dict(tree)}, indent=2))
        return
    documents = {path: text for path, text in tree.items() if path.endswith(".yaml")}
    # Each document says which file it would be; a README is no YAML.
    typer.echo(
        "---\n".join(f"# {path}\n{text}" for path, text in documents.items()) or "\n".join(tree.values()), nl=False
    )


def _compare(tree: Tree, out: Path) -> Changes:
    try:
        written = read_record(kept) if (kept := _text(out / RECORD)) is not None else {}
        paths = {*tree, *written}
        _stays_inside(paths, out)
        found = changes(tree, {path: _text(out / path) for path in paths}, written)
    except NoRecord:
        raise PresswerkError(
            f"{out / RECORD} is not what `presswerk render` writes, so it cannot tell what is its own.",
            "Bring the file back from your repository, or choose another directory.",
        ) from None
    except OSError as error:
        raise _cannot(out, error) from None
    if found.in_the_way:
        raise PresswerkError(
            f"{out} has files that `presswerk render` did not write: {', '.join(found.in_the_way)}.",
            "Move them away, or choose another directory.",
        )
    return found


def _stays_inside(paths: set[str], out: Path) -> None:
    """A link in the directory must not lead writing or removing elsewhere."""
    root = out.resolve()
    for path in sorted(paths):
        if not (out / path).parent.resolve().is_relative_to(root) or (out / path).is_symlink():
            raise PresswerkError(f"{out / path} leads out of {out}.", "Remove that link, or choose another directory.")


def _text(file: Path) -> str | None:
    try:
        return file.read_bytes().decode(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(tree: Tree, found: Changes, out: Path) -> None:
    try:
        # First the record, of old and new: whoever is interrupted now still knows what is its own.
        out.mkdir(parents=True, exist_ok=True)
        if not found.is_empty or not (out / RECORD).exists():
            stale = {path: _text(out / path) or "" for path in found.removed}
            _replace(out / RECORD, record({**stale, **tree}))
        for path in (*found.made, *found.changed):
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            _replace(out / path, tree[path])
        for path in found.removed:
            (out / path).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # it still has other files
                (out / path).parent.rmdir()
        if found.removed or found.kept:
            _replace(out / RECORD, record(tree))
    except OSError as error:
        raise _cannot(out, error) from None


def _replace(file: Path, text: str) -> None:
    with replacing(file, mode=_SHARED) as draft:
        draft.write(text.encode())


def _cannot(out: Path, error: OSError) -> PresswerkError:
    return PresswerkError(
        f"{error.filename or out} cannot be read or written: {error.strerror}.",
        "Mend that, or choose another directory.",
    )


def _tell(found: Changes, out: Path, *, check: bool) -> None:
    for sign, paths in (("+", found.made), ("~", found.changed), ("-", found.removed)):
        for path in paths:
            typer.echo(f"{sign} {path}")
    for path in found.kept:
        typer.echo(f"! {path} is rendered no longer, but somebody has changed it, so it stays; remove it yourself")
    made, changed, removed, same = (len(each) for each in (found.made, found.changed, found.removed, found.unchanged))
    told = f"{made} made, {changed} changed, {removed} removed, {same} as they were"
    if check:
        typer.echo(f"{out}: it would be {told}." if not found.is_empty else f"{out} is up to date.")
    else:
        typer.echo(f"{out}: {told}.")
        typer.echo(f"Look at the difference and commit it; {out / 'README.md'} says in which order to apply it.")


def _as_json(platform: Platform, found: Changes, out: Path) -> dict[str, Any]:
    return {
        "directory": str(out),
        **{name: list(paths) for name, paths in vars(found).items() if name != "in_the_way"},
        "secrets": [dict(each.described()) for each in required_secrets(platform)],
    }
