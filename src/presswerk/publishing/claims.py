"""Claims: which process carries a run out. One is noted in the publication's row, and counts while its process lives.

A process lives while it renews its lease, and until another of its name starts: a name is never in use twice. Times are
the database's own, so that clocks of machines need not agree. Whoever has lost a run, because it was paused or could
not reach the database, finds its changes refused as soon as another has it; until then it goes on.
"""

import uuid

from sqlalchemy import ColumnElement, Engine, cast, delete, exists, extract, func, insert, update
from sqlalchemy.types import Double

from presswerk.database import writing
from presswerk.publishing.tables import executors, publications

RENEWED_EVERY_SECONDS = 5.0
_LEASE_SECONDS = 20.0
_UNIX_EPOCH_DAY = 2_440_587.5
"""Julian day of 1970-01-01."""


class Claims:
    """What one process may carry out.

    Args:
        engine: The hub's database.
        name: Of the process; a process that starts ends what another of its name had claimed.
    """

    def __init__(self, engine: Engine, name: str = "") -> None:
        self._engine = engine
        self._name = name
        self.executor = str(uuid.uuid4())
        """This process among all that were ever started."""

    @property
    def free(self) -> ColumnElement[bool]:
        """The row of a publication whose newest run no other living process has."""
        return ~exists().where(
            executors.c.id == publications.c.claimed_by,
            executors.c.id != self.executor,
            executors.c.lives_until > self._now(),
        )

    def begin(self) -> None:
        """Live, in the place of whoever had this process's name; processes that died long ago are forgotten."""
        dead = (executors.c.name == self._name) | (executors.c.lives_until < self._now() - _LEASE_SECONDS)
        with writing(self._engine) as database:
            database.execute(delete(executors).where(dead))
        self.renew()

    def renew(self) -> None:
        """Live on."""
        until = self._now() + _LEASE_SECONDS
        with writing(self._engine) as database:
            mine = update(executors).where(executors.c.id == self.executor).values(lives_until=until)
            if not database.execute(mine).rowcount:
                database.execute(insert(executors).values(id=self.executor, name=self._name, lives_until=until))

    def end(self) -> None:
        """Leave what is claimed to others at once."""
        with writing(self._engine) as database:
            database.execute(delete(executors).where(executors.c.id == self.executor))

    def _now(self) -> ColumnElement[float]:
        """Seconds since 1970 by the database's clock."""
        if self._engine.dialect.name == "sqlite":
            return (func.julianday("now", type_=Double) - _UNIX_EPOCH_DAY) * 86_400.0
        return cast(extract("epoch", func.clock_timestamp()), Double)
