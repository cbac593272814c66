"""What can stop a delivery, said so that whoever runs it can fix it."""

from presswerk.errors import PresswerkError


class DeliveryProblem(PresswerkError):
    """The delivery cannot begin or go on."""


class HelmFailed(DeliveryProblem):
    """Helm ended with an error."""
