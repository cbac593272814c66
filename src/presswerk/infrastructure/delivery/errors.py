"""What can stop a delivery, said so that whoever runs it can mend it."""


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


class HelmFailed(DeliveryProblem):
    """Helm ended with an error."""
