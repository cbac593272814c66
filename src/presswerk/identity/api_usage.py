"""How many requests a tenant's API keys make in a day (UTC), all of them together."""

import datetime as dt

import structlog
from sqlalchemy import Engine, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from presswerk.identity.tables import api_usage

_KEPT_DAYS = 400

log = structlog.get_logger(__name__)


class ApiUsage:
    """Counts requests; days long past are forgotten."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, tenant: str, day: dt.date) -> int:
        """Count one request more.

        Returns:
            How many there were on this day, with this one; 0 where the database is too busy to say, since a request
            must not fail for being counted.
        """
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = (
            insert(api_usage)
            .values(tenant=tenant, day=day, requests=1)
            .on_conflict_do_update(index_elements=["tenant", "day"], set_={"requests": api_usage.c.requests + 1})
            .returning(api_usage.c.requests)
        )
        try:
            with self._engine.begin() as database:
                counted: int = database.execute(statement).scalar_one()
                if counted == 1:
                    past = day - dt.timedelta(days=_KEPT_DAYS)
                    database.execute(delete(api_usage).where(api_usage.c.day < past))
        except OperationalError:
            log.warning("api_request_not_counted", tenant=tenant)
            return 0
        return counted

    def forget(self, tenant: str) -> None:
        """Remove what is kept of a tenant that is gone."""
        with self._engine.begin() as database:
            database.execute(delete(api_usage).where(api_usage.c.tenant == tenant))
