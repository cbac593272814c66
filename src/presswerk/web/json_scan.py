"""Counts what a JSON body holds while it arrives, so that a hostile one is refused before anything parses it."""

import re

from presswerk.errors import PresswerkError

MAX_VALUES = 20_000
"""An article has fewer than 300 values; a tenant's declaration fewer than 1,000."""
MAX_STRING_BYTES = 14 * 1024 * 1024
"""An attachment of 10 MiB as base64."""

# Possessive: a scan never goes back, however the body is made.
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BACKSLASH = ord("\\")


class TooComplex(PresswerkError):
    """The body holds too much to be parsed; the message says of what, and how much is taken."""


class JsonScan:
    """Follows the strings of a JSON text and counts its values; whether it is JSON is the parser's to say.

    A parser makes an object of each value, many times the size of `[],`: that is why they are counted first. The cost
    is one pass of compiled expressions, and at most `MAX_VALUES` turns of a loop, for a body of any size.
    """

    def __init__(self) -> None:
        self._values = 0
        self._string_bytes = 0
        self._in_string = False
        self._escaped = False

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes.

        Raises:
            TooComplex: There are too many values, or a string is too long.
        """
        place = 0
        while place < len(chunk):
            place = self._within(chunk, place) if self._in_string else self._between(chunk, place)

    def _within(self, chunk: bytes, place: int) -> int:
        start = place
        if self._escaped:
            self._escaped = False
            place += 1
        match = _REST_OF_STRING.match(chunk, place)
        place = place if match is None else match.end()
        if place < len(chunk):
            # Either the closing quote, or a backslash whose other half is in the next chunk.
            self._escaped = chunk[place] == _BACKSLASH
            self._in_string = self._escaped
            place += 1
        self._string_bytes += place - start
        if self._string_bytes > MAX_STRING_BYTES:
            raise TooComplex(f"A string in the body is longer than {MAX_STRING_BYTES // 1024 // 1024} MiB; shorten it.")
        return place

    def _between(self, chunk: bytes, place: int) -> int:
        quote = chunk.find(b'"', place)
        end = len(chunk) if quote < 0 else quote
        self._values += sum(chunk.count(mark, place, end) for mark in (b",", b"[", b"{"))
        if quote >= 0:
            self._values += 1
            self._in_string, self._string_bytes = True, 0
        if self._values > MAX_VALUES:
            raise TooComplex(f"The body holds more than {MAX_VALUES} values; send fewer.")
        return end + 1
