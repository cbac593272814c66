"""What can go wrong on this machine, said so that its reader can mend it."""


class LocalRuntimeError(Exception):
    """The local runtime cannot go on.

    Attributes:
        problem: What is wrong, in one sentence.
        remedy: What to do about it; may be empty when the problem says it.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}\n{remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy
