"""What can go wrong between us and Open WebUI."""

from presswerk.errors import PresswerkError


class OpenWebUIError(PresswerkError):
    """Open WebUI did not do what it was asked to.

    The text names what was asked and what came back, and never a secret.

    Attributes:
        status: HTTP status of the answer, None when there was none.
    """

    remedy = "Fix this and try again."

    def __init__(self, asked: str, came_back: str, *, status: int | None = None) -> None:
        super().__init__(f"Open WebUI, asked for {asked}: {came_back}")
        self.status = status
