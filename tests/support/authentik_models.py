"""The official Authentik client's own models, to check requests and answers against.

The client's package imports all of its thousand modules at once, which takes nine seconds; only the few that are needed
are loaded here, from the same files.
"""

import enum
import functools
import importlib
import importlib.util
import re
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

_PACKAGE = "authentik_client"


class NotTheContract(AssertionError):
    """A request or an answer is not as Authentik's API description says."""


def check(model: str, document: object) -> None:
    """Check a JSON object against one of the client's models; a field the model has not is wrong too.

    Args:
        model: The module's name, such as `o_auth2_provider_request`.
        document: As it goes over the wire.

    Raises:
        NotTheContract: It does not fit.
    """
    kind = load(model)
    if not isinstance(document, Mapping):
        raise NotTheContract(f"{kind.__name__}: {document!r} is no object")
    known = {field.alias or name for name, field in kind.model_fields.items()}
    unknown = sorted(set(document) - known)
    if unknown:
        raise NotTheContract(f"{kind.__name__} has no {', '.join(unknown)}")
    try:
        kind.model_validate(dict(document))
    except ValidationError as error:
        raise NotTheContract(f"{kind.__name__}: {error}") from None


@functools.cache
def load(model: str) -> type[BaseModel]:
    """One of the client's models by its module's name."""
    _without_importing_everything()
    module = importlib.import_module(f"{_PACKAGE}.models.{model}")
    return next(
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == module.__name__
    )


def enumeration(model: str) -> frozenset[str]:
    """The values of one of the client's enumerations by its module's name."""
    _without_importing_everything()
    module = importlib.import_module(f"{_PACKAGE}.models.{model}")
    (kind,) = (
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, enum.Enum) and each.__module__ == module.__name__
    )
    return frozenset(member.value for member in kind)


@functools.cache
def query_parameters(api: str, operation: str) -> frozenset[str]:
    """The query parameters of an operation, from the client's source.

    Args:
        api: The module's name, such as `core_api`.
        operation: The method's name, such as `core_groups_list`.
    """
    source = _source(api)
    body = source.split(f"def _{operation}_serialize(", 1)[1].split("\n    def ", 1)[0]
    return frozenset(re.findall(r"_query_params\.append\(\('(\w+)'", body))


@functools.cache
def has_operation(api: str, method: str, path: str) -> bool:
    """Whether the client knows a route, such as `POST /core/groups/{group_uuid}/add_user/`."""
    source = _source(api)
    return f"method='{method}',\n            resource_path='{path}'" in source


@functools.cache
def _source(api: str) -> str:
    return _folder().joinpath("api", f"{api}.py").read_text(encoding="utf-8")


@functools.cache
def _folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _without_importing_everything() -> None:
    for name, folder in ((_PACKAGE, _folder()), (f"{_PACKAGE}.models", _folder() / "models")):
        if name not in sys.modules:
            package: Any = types.ModuleType(name)
            package.__path__ = [str(folder)]
            sys.modules[name] = package
