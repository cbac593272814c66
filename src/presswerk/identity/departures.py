"""Who lost what, and every place that has to be told: durably, and again until each has confirmed.

What a person may do follows from what is known of them, at once. The places told here keep something of their own
besides: a session, a password, a schedule.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from presswerk.declaration import Role
from presswerk.errors import PresswerkError
from presswerk.identity.people import KnownPeople, KnownPerson, Loss
from presswerk.identity.tables import departures

SETTLING = dt.timedelta(seconds=3)
"""How long a loss must last: a provider that moves somebody from one group to another has them in neither meanwhile."""

TOLD_AGAIN_AFTER = dt.timedelta(seconds=40)
"""The provider may let somebody in until it has carried a removal out itself; so each place is told a second time, and
as long as the provider still lets them in."""

_LONGEST_PAUSE = dt.timedelta(seconds=30)
_ROUND_SECONDS = 1.0
_BATCH = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Departure:
    """Somebody has less in a tenant than before.

    Attributes:
        issuer: Who, with `subject`.
        person: As known now.
        tenant: Where; None for an operator who is none any more.
        role: What is left there; None for nothing.
        signed_out: Whether nothing is lost, but the provider has ended their sign-on: sessions end, and what works
            without them pauses until the next one.
    """

    issuer: str
    subject: str
    person: KnownPerson | None
    tenant: str | None
    role: Role | None
    signed_out: bool = False


class PlaceUnavailable(PresswerkError):
    """A place did not confirm; it is told again."""


class DeparturePlace(Protocol):
    """Something that keeps a way in, or acts in somebody's name.

    Attributes:
        name: Unique; what has confirmed is remembered by it.
    """

    @property
    def name(self) -> str:
        """Unique; what has confirmed is remembered by it."""
        ...

    def end(self, departure: Departure) -> None:
        """End what the person has there beyond what is left to them; it may be repeated.

        Raises:
            PlaceUnavailable: It could not be done now.
        """
        ...


class Departures:
    """Keeps what is to be told, and tells it.

    Args:
        engine: The hub's database.
        people: What is known of people.
        forget: Lets the provider be asked anew about all tokens of (issuer, subject).
        has_directory: Whether the provider can be asked about people who do not come; else their last token's word ends
            after a day.
        clock: Aware UTC.
    """

    def __init__(
        self,
        engine: Engine,
        people: KnownPeople,
        *,
        forget: Callable[[str, str], None] = lambda _issuer, _subject: None,
        has_directory: bool = True,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._engine = engine
        self._people = people
        self._forget = forget
        self._has_directory = has_directory
        self._clock = clock
        self._places: dict[str, DeparturePlace] = {}
        self._told_of_sign_outs: set[str] = set()
        self._stop = threading.Event()
        self._awake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="departures", daemon=True)

    @property
    def places(self) -> tuple[str, ...]:
        """The names of all places that are told."""
        return tuple(self._places)

    def register(self, place: DeparturePlace, *, sign_outs: bool = False) -> None:
        """Tell this place too, from now on; with `sign_outs` also of people who signed out at the provider."""
        self._places[place.name] = place
        if sign_outs:
            self._told_of_sign_outs.add(place.name)

    def removed(self, issuer: str, subject: str, tenant: str | None, role: Role | None) -> None:
        """Somebody was removed or demoted through Presswerk: it counts at once, whatever the provider still says."""
        now = self._clock()
        # First what lasts: whoever is killed in between has it told, and what is known follows from the telling.
        with self._engine.begin() as database:
            self._add(database, [Loss(issuer, subject, tenant, role)], now, now, pushed=True)
        self._people.lower(issuer, subject, tenant, role, now)
        self._forget(issuer, subject)

    def returned(self, issuer: str, subject: str, tenant: str | None, role: Role | None) -> None:
        """Somebody was given a role through Presswerk: what was to be told of a removal before is over."""
        lower = [each for each in Role if role is not None and not each.includes(role)]
        with self._engine.begin() as database:
            database.execute(
                delete(departures).where(
                    departures.c.issuer == issuer,
                    departures.c.subject == subject,
                    departures.c.tenant.is_(None) if tenant is None else departures.c.tenant == tenant,
                    or_(departures.c.role.is_(None), departures.c.role.in_(lower)),
                )
            )
        self._forget(issuer, subject)

    def noticed(self, database: Connection, losses: Iterable[Loss]) -> None:
        """The provider says somebody has less than before; what is restored within seconds was none."""
        now = self._clock()
        self._add(database, losses, now, now + SETTLING, pushed=False)

    def signed_out(self, issuer: str, subject: str, *, seen_until: dt.datetime | None = None) -> None:
        """The sign-on of somebody at a provider without a directory has ended: nothing vouches for them until the next.

        Args:
            issuer: Who, with `subject`.
            seen_until: Whoever has been seen later is left alone; now when None.
        """
        now = self._clock()
        person = self._people.signed_out(issuer, subject, seen_until or now, now)
        self._forget(issuer, subject)
        if person is not None:
            tenants = [None] if person.operator else person.roles
            left = [Loss(issuer, subject, tenant, person.roles.get(tenant or "")) for tenant in tenants]
            with self._engine.begin() as database:
                self._add(database, left, now, now, pushed=False, signed_out=True)

    def end_unseen(self) -> None:
        """End the sign-on of everybody whom nothing was heard of for a day."""
        for person in self._people.unseen(self._clock()):
            self.signed_out(person.issuer, person.subject, seen_until=person.seen_at)

    def waiting(self) -> tuple[int, dt.datetime | None]:
        """How many departures some place has not confirmed, and since when the oldest waits; for status."""
        query = select(func.count(), func.min(departures.c.at)).where(departures.c.tries > 0)
        with self._engine.connect() as database:
            count, oldest = database.execute(query).one()
        return int(count), oldest

    def tell(self) -> int:
        """Tell what is due.

        Returns:
            How many departures were seen to.
        """
        now = self._clock()
        query = select(departures).where(departures.c.due_at <= now).order_by(departures.c.due_at).limit(_BATCH)
        with self._engine.connect() as database:
            due = database.execute(query).mappings().all()
        for row in due:
            role = None if row["role"] is None else Role(row["role"])
            person = self._people.get(row["issuer"], row["subject"])
            if not row["pushed"] and person is not None and _is_over(person, row["tenant"], role, row["signed_out"]):
                self._done(row["id"])
                continue
            departure = Departure(row["issuer"], row["subject"], person, row["tenant"], role, row["signed_out"])
            told = self._tell(row["id"], departure, tuple(row["told"]))
            said = self._people.said(row["issuer"], row["subject"]) if row["pushed"] else None
            lags = said is not None and _restored(said, row["tenant"], role)
            is_done = {place.name for place in self._told(departure)} <= set(told)
            self._settle(row["id"], row["at"], row["tries"], told, is_done=is_done, again=row["again"], lags=lags)
        return len(due)

    def start(self) -> None:
        """Begin to tell in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the departure in hand."""
        self._stop.set()
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _add(
        self,
        database: Connection,
        losses: Iterable[Loss],
        at: dt.datetime,
        due_at: dt.datetime,
        *,
        pushed: bool,
        signed_out: bool = False,
    ) -> None:
        rows: list[dict[str, Any]] = [
            {
                "issuer": loss.issuer,
                "subject": loss.subject,
                "tenant": loss.tenant,
                "role": loss.role,
                "pushed": pushed,
                "signed_out": signed_out,
                "at": at,
                "due_at": due_at,
                "told": [],
                # Whoever has signed out may have signed on again by then.
                "again": not signed_out,
                "tries": 0,
            }
            for loss in losses
        ]
        if not rows:
            return
        database.execute(insert(departures), rows)
        for row in rows:
            log.info("departure", subject=row["subject"], tenant=row["tenant"], role=row["role"], pushed=pushed)
        self._awake.set()

    def _tell(self, number: int, departure: Departure, told: tuple[str, ...]) -> tuple[str, ...]:
        confirmed = list(told)
        for place in self._told(departure):
            name = place.name
            if name in confirmed:
                continue
            if not self._stands(number):
                # Somebody has been given their role back while other places took their time.
                break
            try:
                place.end(departure)
            except PlaceUnavailable as error:
                log.warning("departure_not_confirmed", place=name, tenant=departure.tenant, reason=str(error))
                continue
            except Exception:
                # A defect of one place keeps no other from being told; it waits for another try, as status says.
                log.exception("departure_not_confirmed", place=name, tenant=departure.tenant)
                continue
            confirmed.append(name)
        return tuple(confirmed)

    def _told(self, departure: Departure) -> tuple[DeparturePlace, ...]:
        """The places that hear of it."""
        names = self._told_of_sign_outs if departure.signed_out else self._places.keys()
        return tuple(place for name, place in self._places.items() if name in names)

    def _settle(
        self, number: int, at: dt.datetime, tries: int, told: tuple[str, ...], *, is_done: bool, again: bool, lags: bool
    ) -> None:
        """Note which places have confirmed, and when the next is told."""
        if is_done:
            if not (again or lags):
                self._done(number)
                return
            # While the provider still lets in who was removed here, what was decided here goes on counting.
            due_at = max(at + TOLD_AGAIN_AFTER, self._clock()) if again else self._clock() + _LONGEST_PAUSE
            values = {"told": [], "again": False, "tries": 0, "due_at": due_at}
        else:
            pause = min(dt.timedelta(seconds=2**tries), _LONGEST_PAUSE)
            values = {"told": list(told), "tries": min(tries + 1, 10), "due_at": self._clock() + pause}
        with self._engine.begin() as database:
            database.execute(update(departures).where(departures.c.id == number).values(**values))

    def _stands(self, number: int) -> bool:
        with self._engine.connect() as database:
            return database.execute(select(departures.c.id).where(departures.c.id == number)).first() is not None

    def _done(self, number: int) -> None:
        with self._engine.begin() as database:
            database.execute(delete(departures).where(departures.c.id == number))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._awake.clear()
            try:
                if not self._has_directory:
                    self.end_unseen()
                self.tell()
            except SQLAlchemyError as error:
                # The database is away for a moment; the next round tries again.
                log.warning("departures_failed", error=type(error).__name__)
            except Exception:
                # A defect in one round must not end all that come after it.
                log.exception("departures_failed")
            self._awake.wait(_ROUND_SECONDS)


def _is_over(person: KnownPerson, tenant: str | None, role: Role | None, signed_out: bool) -> bool:
    """Whether what was noticed at the provider holds no more."""
    return person.source != "logout" if signed_out else _restored(person, tenant, role)


def _restored(person: KnownPerson, tenant: str | None, role: Role | None) -> bool:
    if tenant is None:
        return person.operator
    held = person.roles.get(tenant)
    return held is not None and (role is None or (held.includes(role) and held is not role))
