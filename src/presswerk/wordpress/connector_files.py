"""Where the connector plugin's files are."""

from pathlib import Path


def connector_path() -> Path:
    """The plugin's directory, to be copied or linked to `wp-content/plugins/presswerk-connector`."""
    return Path(__file__).with_name("connector")
