"""Ask many targets at the same time, each within its time: one that hangs must not keep the others' answers back."""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from pydantic import TypeAdapter

from presswerk.errors import PresswerkError
from presswerk.messages import Message, sentences
from presswerk.operations.checks.model import (
    CannotTell,
    Check,
    NotAsItShouldBe,
    Outcome,
    PageAnswer,
    Remedy,
    Result,
    Silent,
    Target,
)

_AT_ONCE = 8
_PATIENCE_SECONDS = 40.0
_NOTHING = sentences()
NOT_ASKED = Message("Not asked: nothing answers there.")
NO_TIME = Message("Not asked: there was no time left.")

_STORED = TypeAdapter(dict[str, Result])


class Memory:
    """Remembers for as long as a process lives, or, in a file, from one command to the next.

    A file that cannot be read or written is no obstacle: where nothing can be written, another check says so.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._results: dict[str, Result] = {}
        self._lock = threading.Lock()

    def recall(self, check: Check, target: Target) -> Result | None:
        """The last answer, while it is young enough."""
        with self._lock:
            result = self._known().get(_key(check, target))
        if result is None:
            return None
        age = (dt.datetime.now(dt.UTC) - result.asked_at).total_seconds()
        return result if 0 <= age < check.remember_seconds else None

    def keep(self, check: Check, target: Target, result: Result) -> None:
        """Remember an answer."""
        with self._lock:
            self._results = {**self._known(), _key(check, target): result}
            if self._path is not None:
                with contextlib.suppress(OSError):
                    self._path.write_bytes(_STORED.dump_json(self._results, indent=2))
                    self._path.chmod(0o600)

    def _known(self) -> dict[str, Result]:
        if self._path is None:
            return self._results
        try:
            return _STORED.validate_json(self._path.read_bytes())
        except (OSError, ValueError):
            return {}


def _key(check: Check, target: Target) -> str:
    """The same only for the same question to the same target, its credentials included; tells nothing of them."""
    text = repr([getattr(target, field.name) for field in dataclasses.fields(target)])
    return f"{check.id}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def ask(
    checks: Sequence[Check],
    targets: Sequence[Target],
    *,
    memory: Memory | None = None,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> tuple[Result, ...]:
    """Ask each target what the checks of its kind ask.

    Args:
        checks: Such as `CHECKS`.
        targets: What there is.
        memory: For checks whose answers are used again; None to ask everything anew.
        patience_seconds: For all together; what has not answered by then has failed.

    Returns:
        The answers in the order of `targets`, and for each in the order of `checks`.
    """
    interviews = [
        _Interview(target, tuple(check for check in checks if isinstance(target, check.of))) for target in targets
    ]
    jobs = [Future[None]() for _ in interviews]
    waiting: SimpleQueue[tuple[Future[None], _Interview]] = SimpleQueue()
    for job, interview in zip(jobs, interviews, strict=True):
        waiting.put((job, interview))
    for _ in range(min(_AT_ONCE, len(jobs))):
        # A file system that does not answer holds its thread. Nobody waits for that, not even the end of the program,
        # as it would for the threads of a pool.
        Thread(target=_hold_those_waiting, args=(waiting, memory), name="check", daemon=True).start()
    try:
        wait(jobs, timeout=patience_seconds)
    finally:
        for job in jobs:
            job.cancel()
    return tuple(result for interview, job in zip(interviews, jobs, strict=True) for result in interview.answers(job))


def _hold_those_waiting(waiting: "SimpleQueue[tuple[Future[None], _Interview]]", memory: Memory | None) -> None:
    with contextlib.suppress(Empty):
        while True:
            job, interview = waiting.get_nowait()
            if not job.set_running_or_notify_cancel():
                continue
            try:
                interview.hold(memory)
            except Exception as error:  # noqa: BLE001  a defect of one check is told with it
                job.set_exception(error)
            else:
                job.set_result(None)


@dataclasses.dataclass(frozen=True)
class _Interview:
    """One target and what it is asked, one question after the other."""

    target: Target
    checks: tuple[Check, ...]
    results: list[Result] = dataclasses.field(default_factory=list)

    def hold(self, memory: Memory | None) -> None:
        """Ask everything; after a silence nothing more."""
        silent = False
        for check in self.checks:
            if silent:
                skipped = self._result(check, Outcome.UNKNOWN, NOT_ASKED)
                self.results.append(dataclasses.replace(skipped, skipped=True))
                continue
            remembered = memory.recall(check, self.target) if memory is not None and check.remember_seconds else None
            if remembered is not None:
                self.results.append(remembered)
                continue
            result, silent = self._ask(check)
            self.results.append(result)
            # Whoever has mended something asks again at once.
            if memory is not None and check.remember_seconds and result.outcome is Outcome.OK:
                memory.keep(check, self.target, result)

    def answers(self, job: Future[None]) -> Iterator[Result]:
        """What was answered until now, and what is to be said of the rest; the asking may still go on."""
        answered = tuple(self.results)
        yield from answered
        left = self.checks[len(answered) :]
        if job.done() and not job.cancelled() and (error := job.exception()) is not None:
            said = Message("The check itself failed: %(error)s.", error=type(error).__name__)
            yield from (self._result(check, Outcome.UNKNOWN, said) for check in left)
            return
        for place, check in enumerate(left):
            if place == 0 and job.running():
                yield self._failed(check, Message("It does not answer."), check.remedy)
            else:
                yield dataclasses.replace(self._result(check, Outcome.UNKNOWN, NO_TIME), skipped=place > 0)

    def _ask(self, check: Check) -> tuple[Result, bool]:
        began = time.monotonic()
        silent = False
        try:
            result = self._result(check, Outcome.OK, check.ask(self.target))
        except CannotTell as problem:
            result = self._result(check, Outcome.UNKNOWN, _message(problem))
        except NotAsItShouldBe as problem:
            silent = isinstance(problem, Silent)
            result = self._failed(check, _message(problem), problem.mend or check.remedy)
        return dataclasses.replace(result, seconds=round(time.monotonic() - began, 3)), silent

    def _failed(self, check: Check, said: Message, remedy: Remedy) -> Result:
        if self.target.under_way:
            return self._result(check, Outcome.UNKNOWN, self.target.under_way)
        return self._result(check, Outcome.FAILED, said, remedy)

    def _result(
        self, check: Check, outcome: Outcome, said: Message | PageAnswer | str, remedy: Remedy | None = None
    ) -> Result:
        service = self.target.service
        code = said.code if isinstance(said, PageAnswer) else None
        told = said.said if isinstance(said, PageAnswer) else said
        return Result(
            check=check.id,
            service=service,
            address=self.target.address,
            outcome=outcome,
            said=Message.verbatim(told) if isinstance(told, str) else told,
            advice=_NOTHING if remedy is None else remedy.advice(service),
            asked_at=dt.datetime.now(dt.UTC),
            seconds=0.0,
            severity=check.severity,
            remedy_of=remedy,
            code=code,
        )


def _message(problem: PresswerkError) -> Message:
    return problem.message or Message.verbatim(problem.problem)


@dataclasses.dataclass(frozen=True)
class ServiceLine:
    """All answers of one service: red where one is, and what to say of it.

    Attributes:
        service: Its name.
        address: Where a person opens it.
        outcome: The worst of its answers.
        results: All of them, the worst first.
    """

    service: str
    address: str
    outcome: Outcome
    results: tuple[Result, ...]


WORST_FIRST = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.OK)


def by_service(results: Sequence[Result]) -> tuple[ServiceLine, ...]:
    """Each service's answers together, what does not work first, else in the order they came in."""
    return tuple(sorted(_lines(results), key=lambda line: WORST_FIRST.index(line.outcome)))


def _lines(results: Sequence[Result]) -> Iterator[ServiceLine]:
    grouped: dict[str, list[Result]] = {}
    for result in results:
        grouped.setdefault(result.service, []).append(result)
    for service, own in grouped.items():
        ordered = tuple(sorted(own, key=lambda result: WORST_FIRST.index(result.outcome)))
        address = next((result.address for result in own if result.address), "")
        yield ServiceLine(service, address, ordered[0].outcome, ordered)
