"""Reads the Secrets that Helm writes in Kubernetes' binary form, as far as Helm uses it.

A field's number and form are those of `k8s.io/api/core/v1/generated.proto`; every message comes wrapped in `Unknown`,
behind four magic bytes. See https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding.
"""

import base64
from collections.abc import Iterator
from typing import Any

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _BYTES = 0, 2


def read_object(content: bytes) -> dict[str, Any]:
    """A Secret as JSON has it; of anything else only what kind it is.

    Raises:
        ValueError: It is in another form.
    """
    if not content.startswith(_MAGIC):
        raise ValueError("not Kubernetes' binary form")
    wrapper = dict(_fields(content[len(_MAGIC) :]))
    typed = dict(_fields(wrapper[1]))
    kind = {"apiVersion": typed.get(1, b"").decode(), "kind": typed.get(2, b"").decode()}
    return {**kind, **_secret(wrapper[2])} if kind["kind"] == "Secret" else kind


def _secret(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"metadata": {}, "data": {}}
    for number, value in _fields(content):
        if number == 1:
            found["metadata"] = _metadata(value)
        elif number == 2:
            key, data = _entry(value)
            found["data"][key] = base64.b64encode(data).decode()
        elif number == 3:
            found["type"] = value.decode()
    return found


def _metadata(content: bytes) -> dict[str, Any]:
    names = {1: "name", 3: "namespace", 5: "uid", 6: "resourceVersion"}
    maps = {11: "labels", 12: "annotations"}
    found: dict[str, Any] = {}
    for number, value in _fields(content):
        if number in names and value:
            found[names[number]] = value.decode()
        elif number in maps:
            key, text = _entry(value)
            found.setdefault(maps[number], {})[key] = text.decode()
    return found


def _entry(content: bytes) -> tuple[str, bytes]:
    parts = dict(_fields(content))
    return parts.get(1, b"").decode(), parts.get(2, b"")


def _fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each field that has bytes; numbers are passed over."""
    position = 0
    while position < len(content):
        tag, position = _number(content, position)
        if tag & 7 == _VARINT:
            _, position = _number(content, position)
        elif tag & 7 == _BYTES:
            length, position = _number(content, position)
            yield tag >> 3, content[position : position + length]
            position += length
        else:
            raise ValueError(f"a field of form {tag & 7}")


def _number(content: bytes, position: int) -> tuple[int, int]:
    total = shift = 0
    while True:
        byte = content[position]
        position += 1
        total |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return total, position
