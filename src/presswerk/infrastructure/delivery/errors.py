"""What can stop a delivery, said so that whoever runs it can mend it."""

from http import HTTPStatus

from presswerk.errors import PresswerkError


class DeliveryProblem(PresswerkError):
    """The delivery cannot begin or go on."""


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
