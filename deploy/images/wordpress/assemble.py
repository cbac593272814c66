"""Assemble /srv/wordpress of the sites' image: assemble.py TARGET [PLUGIN.zip].

All but the plugin are the pinned artifacts of the local runtime.
"""

import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from presswerk.runtimes.local.artifacts import PHP_EXTENSIONS, PHP_PACKAGES, ensure_wordpress
from presswerk.runtimes.local.layout import Layout
from presswerk.wordpress import connector_path

_SCRIPTS = ("content_in.php", "content_out.php", "content_rows.php", "router.php")
_IMAGE = (
    "behind_entry.php",
    "check_php.sh",
    "healthcheck.php",
    "install_php.sh",
    "php.ini",
    "prepare.php",
    "router.php",
    "start.sh",
    "wp",
)


def assemble(target: Path, plugin: Path | None = None) -> None:
    """Make everything of a site's image that is not the operating system's; what is fetched stays in the user's cache.

    Args:
        target: Must not exist; becomes /srv/wordpress.
        plugin: WordPress's MCP adapter as it is released, for sites to switch on.

    Raises:
        LocalRuntimeError: WordPress cannot be fetched, or is not what is pinned.
        SystemExit: The archive does not hold the plugin.
    """
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
    (target / "image").mkdir()
    for name in _IMAGE:
        shutil.copy(here / name, target / "image" / name)
    (target / "image" / "php-packages").write_text("\n".join(PHP_PACKAGES) + "\n", encoding="utf-8")
    (target / "image" / "php-extensions").write_text("\n".join(PHP_EXTENSIONS) + "\n", encoding="utf-8")


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
    text = text.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(integration))
    text = text.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php")
    return text.replace("<?php\n", f"<?php\n{guard}", 1)


if __name__ == "__main__":
    assemble(*(Path(argument) for argument in sys.argv[1:3]))
