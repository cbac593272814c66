"""The hub database: engine, metadata shared by all stores, and migrations."""

from presswerk.database.engine import connect, give_space_back, reading, writing
from presswerk.database.metadata import UtcDateTime, metadata
from presswerk.database.migrate import migrate, newest_schema

__all__ = ["UtcDateTime", "connect", "give_space_back", "metadata", "migrate", "newest_schema", "reading", "writing"]
