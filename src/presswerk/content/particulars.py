"""What a message says of its article beside the text: title, excerpt, address and tags."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Particulars:
    """What a message itself says of its article, in front matter or behind labels; None or empty where it does not."""

    title: str | None = None
    excerpt: str | None = None
    slug: str | None = None
    tags: tuple[str, ...] = ()

    def completed(self, other: "Particulars") -> "Particulars":
        """Return these, and of another's what is missing here."""
        return Particulars(
            self.title or other.title, self.excerpt or other.excerpt, self.slug or other.slug, self.tags or other.tags
        )
