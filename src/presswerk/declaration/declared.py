"""What every declared value shares: it is immutable, and a field nobody knows is an error."""

import inspect
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema

_FIELD = re.compile(r"^    (\w+): (.+?)(?=^    \w+: |\Z)", re.MULTILINE | re.DOTALL)


class Declaration(BaseModel):
    """Base of all declarations.

    A schema made from one says of each field what its docstring says under `Attributes`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields_of: ClassVar["type[Declaration] | None"] = None
    """Whose docstring describes the fields, where that is another class with the same ones."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        found = handler.resolve_ref_schema(schema)
        if "description" in found:
            found["description"] = str(found["description"]).partition("\n\n")[0]
        for name, text in _described(cls.fields_of or cls).items():
            if name in found.get("properties", {}):
                found["properties"][name].setdefault("description", text)
        return schema


def _described(cls: type[Declaration]) -> Mapping[str, str]:
    attributes = (inspect.getdoc(cls) or "").partition("Attributes:\n")[2]
    # A reader of the schema leaves a field out; Python's word for it is None.
    return {
        name: " ".join(text.split()).replace("None for", "if left out,") for name, text in _FIELD.findall(attributes)
    }
