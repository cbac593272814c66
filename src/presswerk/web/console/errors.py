"""Why a page is not shown."""

from presswerk.errors import PresswerkError, ProblemType
from presswerk.messages import Message


class SignInNeeded(PresswerkError):
    """Nobody is signed in with this browser; they are led to sign-in and come back."""

    problem = "This is a page for people; open it in a browser."
    http = ProblemType(401, "not-signed-in", "Sign in first")


class ForgedRequest(PresswerkError):
    """A form does not come from our own page of this session."""

    message = Message("This form was not sent from our own page, or its page was opened before you signed in.")
    http = ProblemType(403, "forged-request", "The form is not accepted")


class MalformedForm(PresswerkError):
    """What was sent is no form."""

    message = Message("Send the form of the page as it is.")
    http = ProblemType(415, "malformed-form", "This is no form")


class SignInFailed(PresswerkError):
    """A sign-in did not come to its end.

    Args:
        reason: One clause that may be shown.
    """

    http = ProblemType(400, "sign-in-failed", "Signing in failed")

    def __init__(self, reason: Message) -> None:
        super().__init__(Message("You are not signed in: %(reason)s.", reason=reason))


class SignInNotConfigured(PresswerkError):
    """The hub was told no client secret, so nobody can sign in at its pages."""

    message = Message("Nobody can sign in at this hub: it was started without PRESSWERK_OIDC_CLIENT_SECRET.")
    http = ProblemType(503, "sign-in-not-configured", "Signing in is not set up")
