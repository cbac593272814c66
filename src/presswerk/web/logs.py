"""One JSON object a log line, whoever logs it, and never a secret in it."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_NAMES = re.compile(r"authorization|token|password|secret|api_key|cookie|encryption", re.IGNORECASE)
_SECRET_TEXTS = (
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(r"\bpwk_[A-Za-z0-9_-]+"), "pwk_[hidden]"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), "[hidden token]"),
    (re.compile(r"(://[^/\s:@]+:)[^@/\s]+@"), r"\1[hidden]@"),
    (re.compile(r"(\?)[^\s\"'#]+=[^\s\"'#]*"), r"\1[hidden]"),
)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what is named like a secret or looks like one; a last net, not a licence to log them."""
    return {
        name: "[hidden]" if _SECRET_NAMES.search(name) else _without_secrets(value) for name, value in event.items()
    }


def _without_colours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop uvicorn's second wording of a message for terminals."""
    event.pop("color_message", None)
    return event


def _without_secrets(value: object) -> object:
    if not isinstance(value, str):
        return value
    for pattern, replacement in _SECRET_TEXTS:
        value = pattern.sub(replacement, value)
    return value


def configure_logs(level: str) -> None:
    """Let all loggers of the process write JSON to standard output.

    Args:
        level: The name of the lowest level to write.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_colours,
                hide_secrets,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # We log requests ourselves, without their queries; httpx would log addresses.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
