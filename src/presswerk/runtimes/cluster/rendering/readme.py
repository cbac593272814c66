"""The README of the rendered directory, by readme.md.j2: what each file is, and the order to apply it in (pure)."""

from importlib import resources

import jinja2

from presswerk.declaration import Platform
from presswerk.declaration.addresses import addresses_of
from presswerk.runtimes.cluster.rendering.releases import GATEWAY_API_URL, releases
from presswerk.runtimes.cluster.rendering.secrets import Key, required_secrets


def readme(platform: Platform) -> str:
    """The text, as Markdown."""
    entry, certificates, identity, chat, ours = releases(platform)
    markdown = jinja2.Environment(  # noqa: S701 - it is no HTML
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    text = resources.files(__package__).joinpath("readme.md.j2").read_text("utf-8")
    return markdown.from_string(text).render(
        platform=platform,
        names=addresses_of(platform),
        entry=entry,
        certificates=certificates,
        identity=identity,
        chat=chat,
        ours=ours,
        releases=releases(platform),
        secrets=required_secrets(platform),
        gateway_api=GATEWAY_API_URL,
        how=_how,
    )


def _how(key: Key) -> str:
    if key.same:
        return f"the same as in `{key.same}`"
    return f"`{key.how}`" if key.how else "from whoever gives it out"
