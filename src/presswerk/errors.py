"""The root of every error of the house: what is wrong, what to do about it, and whether trying again may help.

Only the standard library is imported: every room, and the command line before it knows its command, needs this.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from presswerk.messages import Message

FAILED, MISUSED = 1, 2
"""What a command ends with: it did not succeed, or it was used wrongly."""


@dataclass(frozen=True)
class ProblemType:
    """What the API answers to a kind of error (RFC 9457).

    Attributes:
        status: The HTTP status.
        slug: The last part of the problem's type, a stable name.
        title: The same for every problem of the type.
    """

    status: int
    slug: str
    title: str


INVALID_INPUT = ProblemType(422, "invalid-input", "The input is not valid")
FORBIDDEN = ProblemType(403, "forbidden", "Your role does not allow this")
NOT_FOUND = ProblemType(404, "not-found", "Not found")
NOT_POSSIBLE_NOW = ProblemType(409, "not-possible-now", "Not possible now")


class PresswerkError(Exception):
    """Something cannot be done; the text is for whoever meets it and holds no secret.

    Args:
        problem: What is wrong, in one sentence; the class's own when left out.
        remedy: What to do about it; may be left out when the problem says it, or the class does.

    Attributes:
        problem: What is wrong, in English.
        message: The same for readers of any language, where there are some.
        remedy: What to do about it.
        retryable: Whether the same request may succeed later without anybody's doing.
        retry_after_seconds: When it makes sense to try again; None when nobody knows.
        fields: (field, what is wrong with it) where fields of a declaration or request are to blame.
        http: What the API answers; None for what no request should ever meet, which is a defect there.
        exit_status: What a command ends with.
    """

    problem: str = ""
    message: "Message | None" = None
    remedy: str = ""
    retryable: bool = False
    retry_after_seconds: float | None = None
    fields: tuple[tuple[str, str], ...] = ()
    http: ClassVar[ProblemType | None] = None
    exit_status: ClassVar[int] = FAILED

    def __init__(self, problem: "Message | str | None" = None, remedy: str = "") -> None:
        if isinstance(problem, str):
            self.problem = problem
        elif problem is not None or self.message is not None:
            self.message = problem or self.message
            self.problem = str(self.message)
        super().__init__(f"{self.problem}\n{remedy}" if remedy else self.problem)
        if remedy:
            self.remedy = remedy
