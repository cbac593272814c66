"""Where a cluster gets the platform's own container images from."""

from typing import Annotated

from pydantic import Field

from presswerk.declaration.declared import Declaration

# As image references are written: a host, perhaps its port, perhaps a path (https://github.com/distribution/reference).
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
Registry = Annotated[str, Field(pattern=rf"^{_PART}(:[0-9]{{1,5}})?(/{_PART})*$", max_length=200)]


class ContainerImages(Declaration):
    """The platform's own images, which are `presswerk/hub` and `presswerk/wordpress`.

    Attributes:
        registry: What stands before their names, such as `ghcr.io/your-name`; None where the nodes have them.
        private: Whether the registry gives them only to who signs in, with what the Secret `presswerk-registry` holds.
    """

    registry: Registry | None = None
    private: bool = False

    def name(self, image: str) -> str:
        """The whole name of an image, without its tag.

        Args:
            image: Such as `presswerk/hub`.
        """
        return image if self.registry is None else f"{self.registry}/{image}"
