"""What can stop a delivery, said so that whoever runs it can mend it."""

from http import HTTPStatus


class DeliveryProblem(Exception):
    """The delivery cannot begin or go on.

    Attributes:
        problem: What is wrong.
        remedy: What to do about it; may be empty when the problem says it.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}\n{remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class ClusterRefused(DeliveryProblem):
    """The cluster's API answered with an error.

    Attributes:
        status: The answer's status; 0 when there was no answer.
    """

    def __init__(self, problem: str, remedy: str = "", *, status: int = 0) -> None:
        super().__init__(problem, remedy)
        self.status = status

    @property
    def may_pass(self) -> bool:
        """Whether asking again may help: no answer, too many requests, or a server that restarts."""
        return self.status in {0, HTTPStatus.TOO_MANY_REQUESTS} or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class HelmFailed(DeliveryProblem):
    """Helm ended with an error."""
