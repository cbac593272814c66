"""Read a declaration from its file; one place for every command and service."""

from pathlib import Path

from presswerk.declaration import DeclarationError, Platform, load_platform

_MOST_BYTES = 2**20
_EXAMPLE = "name your platform.yaml; examples/platform.yaml is one to begin with"


def read_declaration(file: Path) -> str:
    """The text of a file that declares something.

    Raises:
        DeclarationError: It cannot be read, is larger than 1 MiB, or is no text in UTF-8.
    """
    try:
        with file.open("rb") as content:
            read = content.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DeclarationError((f"{file} cannot be read: {error.strerror}; {_EXAMPLE}",)) from None
    if len(read) > _MOST_BYTES:
        raise DeclarationError((f"{file} is larger than 1 MiB, which no declaration is; {_EXAMPLE}",))
    try:
        return read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = read[: error.start].count(b"\n") + 1
        raise DeclarationError((f"{file}:{line}: this is no text in UTF-8; save the file in UTF-8",)) from None


def platform_in(file: Path) -> Platform:
    """The platform that a `platform.yaml` declares.

    Raises:
        DeclarationError: It cannot be read, or something in it is wrong.
    """
    return load_platform(read_declaration(file), source=str(file))
