"""The declaration as hub and operator read it in a cluster (pure)."""

from presswerk.declaration import Platform
from presswerk.runtimes.cluster.rendering.text import yaml_text


def platform_text(platform: Platform) -> str:
    """A platform.yaml with what was declared, in a fixed order; without the people, who are one machine's only."""
    return yaml_text(platform.model_dump(mode="json", exclude={"people"}, exclude_unset=True))
