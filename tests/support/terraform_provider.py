"""A provider that serves IONOS's schema and nothing else, for Terraform's own checks where no registry is reachable.

The real provider cannot be had without its registry; its schema is real, so an unknown argument is refused.
"""

import base64
import gzip
import json
import platform
import sys
from pathlib import Path
from typing import Any

from tf import provider as servicers  # type: ignore[import-untyped]  # it has no types
from tf import runner
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]  # generated, without types
from tf.gen import tfplugin_pb2_grpc as rpc

SCHEMA = Path(__file__).parents[3] / "shared/data/ionoscloud-provider-schema-6.7.34.json.gz"
_FLAGS = ("required", "optional", "computed", "sensitive")
_WRITE_ONLY = b"\x58\x01"
"""Field 11 of the protocol's `Schema.Attribute`, true; the generated code is older than it, and passes it on."""


def _attribute(name: str, told: dict[str, Any]) -> Any:
    made = pb.Schema.Attribute(name=name, **{flag: True for flag in _FLAGS if told.get(flag)})
    if nested := told.get("nested_type"):
        made.nested_type.CopyFrom(
            pb.Schema.Object(
                attributes=[_attribute(each, of) for each, of in nested["attributes"].items()],
                nesting=pb.Schema.Object.NestingMode.Value(nested["nesting_mode"].upper()),
            )
        )
    else:
        made.type = json.dumps(told["type"]).encode()
    if told.get("write_only"):
        made.MergeFromString(_WRITE_ONLY)
    return made


def _block(told: dict[str, Any]) -> Any:
    return pb.Schema.Block(
        attributes=[_attribute(name, of) for name, of in told.get("attributes", {}).items()],
        block_types=[
            pb.Schema.NestedBlock(
                type_name=name,
                block=_block(of["block"]),
                nesting=pb.Schema.NestedBlock.NestingMode.Value(of["nesting_mode"].upper()),
                min_items=of.get("min_items", 0),
                max_items=of.get("max_items", 0),
            )
            for name, of in told.get("block_types", {}).items()
        ],
    )


def _schema(told: dict[str, Any]) -> Any:
    return pb.Schema(version=told.get("version", 0), block=_block(told["block"]))


class _Schema(rpc.ProviderServicer):  # type: ignore[misc]  # generated code without types
    def __init__(self, _provider: object) -> None:
        with gzip.open(SCHEMA, "rt", encoding="utf-8") as file:
            (self._told,) = json.load(file)["provider_schemas"].values()

    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.GetProviderSchema.Response(
            provider=_schema(self._told["provider"]),
            resource_schemas={name: _schema(of) for name, of in self._told["resource_schemas"].items()},
            data_source_schemas={name: _schema(of) for name, of in self._told["data_source_schemas"].items()},
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=False),
        )

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.ValidateDataResourceConfig.Response()

    def GetResourceIdentitySchemas(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.GetResourceIdentitySchemas.Response()


def install(mirror: Path) -> None:
    """Put it where Terraform's filesystem mirror looks for providers."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    place = mirror / f"registry.terraform.io/ionos-cloud/ionoscloud/6.7.34/linux_{machine}"
    place.mkdir(parents=True)
    program = place / "terraform-provider-ionoscloud_v6.7.34"
    # -P: this folder's modules must not stand before the standard library's of the same name.
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -P '{Path(__file__).resolve()}'\n")
    program.chmod(0o755)


if __name__ == "__main__":
    servicers.ProviderServicer = _Schema
    runner.run_provider(base64)  # only the servicer is asked; it needs no provider
