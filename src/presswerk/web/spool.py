"""Files for what a client sends or takes at its own pace, so that it takes up no memory."""

import contextlib
import io
import tempfile
from collections.abc import Iterator

import structlog

from presswerk.messages import Message
from presswerk.web.problems import HubBusy

log = structlog.get_logger(__name__)


def file_without_name() -> io.FileIO:
    """A file that is gone when it is closed, or when this process ends.

    Raises:
        HubBusy: There is no room.
    """
    with _no_room():
        return tempfile.TemporaryFile(buffering=0)


def append(file: io.FileIO, part: bytes | bytearray) -> None:
    """Write all of it.

    Raises:
        HubBusy: There is no room.
    """
    left = memoryview(part)
    with _no_room():
        while left:
            left = left[file.write(left) :]


@contextlib.contextmanager
def _no_room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("no_room_to_spool", directory=tempfile.gettempdir(), error=error.strerror)
        raise HubBusy(Message("The hub has no room for this at the moment; try again in a minute.")) from None
