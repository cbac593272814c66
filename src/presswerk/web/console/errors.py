"""Why a page is not shown."""

from presswerk.messages import Message


class SignInNeeded(Exception):
    """Nobody is signed in with this browser; they are led to sign-in and come back."""


class ForgedRequest(Exception):
    """A form does not come from our own page of this session."""


class MalformedForm(Exception):
    """What was sent is no form."""


class SignInFailed(Exception):
    """A sign-in did not come to its end.

    Attributes:
        reason: One clause that may be shown.
    """

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInNotConfigured(Exception):
    """The hub was told no client secret, so nobody can sign in at its pages."""
