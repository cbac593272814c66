"""What is wrong and why: one root cause with its evidence, what comes of it, and the command that mends it."""

from presswerk.operations.doctor.diagnosis import Diagnosis, diagnose
from presswerk.operations.doctor.report import report, verdict
from presswerk.operations.doctor.silences import Silence, Silences

__all__ = ["Diagnosis", "Silence", "Silences", "diagnose", "report", "verdict"]
