"""Assemble the context that the sites' image is built from: assemble.py CONTEXT [PLUGIN.zip].

`wordpress` becomes /srv/wordpress, `system` is what its operating system is installed by. All but the plugin are the
pinned artifacts of the local runtime.
"""

import os
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from presswerk.runtimes.local.artifacts import PHP_EXTENSIONS, PHP_PACKAGES, WEB_SERVER_PACKAGES, ensure_wordpress
from presswerk.runtimes.local.layout import Layout
from presswerk.sites.fpm import SETTINGS
from presswerk.wordpress import connector_path

_SCRIPTS = ("command.php", "content_in.php", "content_out.php", "content_rows.php")
_IMAGE = ("cron.php", "healthcheck.php", "prepare.php", "start.sh", "wp")
_TEMPORARY = "/tmp"  # noqa: S108 - the container's own
_OF_THE_CONTAINER = {
    "error_log": "/dev/stderr",
    "memory_limit": "256M",
    "sys_temp_dir": _TEMPORARY,
    "upload_tmp_dir": _TEMPORARY,
    # A command runs once: what it compiled would serve nobody, and its lock file wants a directory to write to.
    "opcache.enable_cli": "0",
    "opcache.lockfile_path": _TEMPORARY,
}
_TIME = 1_767_225_600
_SYSTEM = ("check_php.sh", "install_packages.sh")


def assemble(context: Path, plugin: Path | None = None) -> None:
    """Make everything of a site's image that is not the operating system's; what is fetched stays in the user's cache.

    Args:
        context: Neither of the two directories may be there.
        plugin: WordPress's MCP adapter as it is released, for sites to switch on.

    Raises:
        LocalRuntimeError: WordPress cannot be fetched, or is not what is pinned.
        SystemExit: The archive does not hold the plugin.
    """
    target = context / "wordpress"
    shutil.copytree(ensure_wordpress(Layout(target), print).root, target)
    shutil.copytree(connector_path(), target / "presswerk-connector", ignore=shutil.ignore_patterns("__pycache__"))
    if plugin is not None:
        _unpack(plugin, target / "mcp-adapter")
    ours = resources.files("presswerk.sites.php")
    for name in _SCRIPTS:
        (target / name).write_bytes(ours.joinpath(name).read_bytes())
    (target / "install_site.php").write_bytes(ours.joinpath("install.php").read_bytes())
    here = Path(__file__).parent
    shutil.copyfile(here / "install.php", target / "install.php")
    (target / "db.php").write_text(_drop_in(target / "sqlite-database-integration"), encoding="utf-8")
    for directory, names in ((target / "image", _IMAGE), (context / "system", _SYSTEM)):
        directory.mkdir()
        for name in names:
            shutil.copy(here / name, directory / name)
    settings = [f"{name} = {value}" for name, value in {**SETTINGS, **_OF_THE_CONTAINER}.items()]
    for name, words in (
        ("packages", (*PHP_PACKAGES, *WEB_SERVER_PACKAGES)),
        ("php-extensions", PHP_EXTENSIONS),
        ("php.ini", settings),
    ):
        (context / "system" / name).write_text("\n".join(words) + "\n", encoding="utf-8")
    _normalize(context)


def _normalize(context: Path) -> None:
    """Make no difference of who builds, and when: modes of a cache may be its owner's alone, and what is not changed is
    not built anew."""
    for path in context.rglob("*"):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (_TIME, _TIME))


def _unpack(archive: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        shutil.unpack_archive(archive, scratch, "zip")
        main = next(Path(scratch).glob("**/mcp-adapter.php"), None)
        if main is None:
            raise SystemExit(f"{archive} does not hold the plugin: there is no mcp-adapter.php in it")
        shutil.copytree(main.parent, target)


def _drop_in(integration: Path) -> str:
    """WordPress's way to another database, taken only by a site that is told to keep its content in a file."""
    guard = "if ( ! defined( 'DB_ENGINE' ) || 'sqlite' !== DB_ENGINE ) {\n\treturn;\n}\n"
    text = (integration / "db.copy").read_text(encoding="utf-8")
    # Wherever all of it is put; the site's link to this file is followed.
    text = text.replace("'{SQLITE_IMPLEMENTATION_FOLDER_PATH}'", f"__DIR__ . '/{integration.name}'")
    text = text.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php")
    return text.replace("<?php\n", f"<?php\n{guard}", 1)


if __name__ == "__main__":
    assemble(*(Path(argument) for argument in sys.argv[1:3]))
