"""What can go wrong between us and Open WebUI."""


class OpenWebUIError(Exception):
    """Open WebUI did not do what it was asked to.

    The text names what was asked and what came back, and never a secret.

    Attributes:
        status: HTTP status of the answer, None when there was none.
    """

    def __init__(self, asked: str, came_back: str, *, status: int | None = None) -> None:
        super().__init__(f"Open WebUI, asked for {asked}: {came_back}")
        self.status = status
