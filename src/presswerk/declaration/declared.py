"""What every declared value shares: it is immutable, and a field nobody knows is an error."""

from pydantic import BaseModel, ConfigDict


class Declaration(BaseModel):
    """Base of all declarations."""

    model_config = ConfigDict(frozen=True, extra="forbid")
