"""A provider with IONOS's schema and a made-up cloud, for Terraform's own checks where no registry is reachable.

The real provider cannot be had without its registry; its schema is real, so an unknown argument is refused, and it
checks values as the real one does, see terraform_rules. It plans and applies to the folder named by
PRESSWERK_TEST_CLOUD, see terraform_cloud.
"""

import gzip
import json
import os
import platform
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tf import provider as servicers  # type: ignore[import-untyped]  # it has no types
from tf import runner
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]  # generated, without types
from tf.gen import tfplugin_pb2_grpc as rpc
from tf.utils import read_dynamic_value, to_dynamic_value  # type: ignore[import-untyped]  # it has no types

from tests.support import terraform_rules, terraform_values
from tests.support.terraform_cloud import IMMUTABLE, VARIABLE, Cloud, Refused

_ROOT = Path(__file__).parents[2]
SCHEMA = _ROOT.parent / "shared/data/ionoscloud-provider-schema-6.7.34.json.gz"
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


class _Provider(rpc.ProviderServicer):  # type: ignore[misc]  # generated code without types
    """Answers Terraform's core; `folder` has what `install` wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: Mapping[str, Any] = json.loads((folder / "schemas.json").read_text())
        self._lock = threading.Lock()

    @property
    def _cloud(self) -> Cloud:
        return Cloud(Path(os.environ[VARIABLE]))

    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.GetProviderSchema.Response.FromString((self._folder / "answer").read_bytes())

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        kind = request.type_name
        told = [
            pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=f"{kind}: {path}: {reason}")
            for path, reason in terraform_rules.refused(kind, read_dynamic_value(request.config))
        ]
        if kind in terraform_rules.DEPRECATED:
            told.append(pb.Diagnostic(severity=pb.Diagnostic.WARNING, summary=f"{kind} is deprecated"))
        return pb.ValidateResourceConfig.Response(diagnostics=told)

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.ValidateDataResourceConfig.Response()

    def GetResourceIdentitySchemas(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.GetResourceIdentitySchemas.Response()

    def ConfigureProvider(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.ConfigureProvider.Response()

    def StopProvider(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.StopProvider.Response()

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return pb.UpgradeResourceState.Response(upgraded_state=pb.DynamicValue(json=request.raw_state.json))

    def ReadResource(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        known = read_dynamic_value(request.current_state)
        found = self._cloud.read(request.type_name, _identity(known))
        return pb.ReadResource.Response(new_state=_dynamic(found))

    def ReadDataSource(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        block = self._told["data_source_schemas"][request.type_name]["block"]
        told = terraform_values.looked_up(block, read_dynamic_value(request.config))
        return pb.ReadDataSource.Response(state=_dynamic(told))

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        prior = read_dynamic_value(request.prior_state)
        proposed = read_dynamic_value(request.proposed_new_state)
        if proposed is None:
            return pb.PlanResourceChange.Response(planned_state=_dynamic(None))
        planned = terraform_values.planned(self._block(request.type_name), proposed, new=prior is None)
        return pb.PlanResourceChange.Response(
            planned_state=_dynamic(planned),
            requires_replace=[
                pb.AttributePath(steps=[pb.AttributePath.Step(attribute_name=name)])
                for name in IMMUTABLE.get(request.type_name, ())
                if prior is not None and prior[name] != planned[name]
            ],
        )

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        prior, planned = read_dynamic_value(request.prior_state), read_dynamic_value(request.planned_state)
        kind, answer = request.type_name, pb.ApplyResourceChange.Response
        refused = [] if planned is None else list(terraform_rules.refused_by_api(kind, planned))
        if refused:
            told = [pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=f"{path}: {why}") for path, why in refused]
            return answer(new_state=_dynamic(prior), diagnostics=told)
        with self._lock:  # the cloud's counting of what there is
            try:
                if planned is None:
                    self._cloud.remove(kind, _identity(prior))
                    return answer(new_state=_dynamic(None))
                identity = self._cloud.new_identity(kind, planned) if prior is None else _identity(prior)
                done = terraform_values.made(self._block(kind), planned, identity)
                self._cloud.keep("create" if prior is None else "update", kind, identity, done)
            except Refused as refusal:
                told = pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=str(refusal))
                return answer(new_state=_dynamic(done if refusal.made else prior), diagnostics=[told])
        return answer(new_state=_dynamic(done))

    def _block(self, kind: str) -> Mapping[str, Any]:
        block: Mapping[str, Any] = self._told["resource_schemas"][kind]["block"]
        return block


def _identity(values: Mapping[str, Any]) -> str:
    return str(values.get("id") or values["bucket"])


def _dynamic(value: Any) -> Any:
    # What is nothing has to be said too: an empty answer is an invalid one.
    return pb.DynamicValue(msgpack=b"\xc0") if value is None else to_dynamic_value(value)


def install(mirror: Path) -> None:
    """Put it where Terraform's filesystem mirror looks for providers."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    place = mirror / f"registry.terraform.io/ionos-cloud/ionoscloud/6.7.34/linux_{machine}"
    place.mkdir(parents=True)
    with gzip.open(SCHEMA, "rt", encoding="utf-8") as file:
        (told,) = json.load(file)["provider_schemas"].values()
    served = mirror.parent / f"{mirror.name}-served"
    served.mkdir()
    (served / "answer").write_bytes(_answer(told).SerializeToString())
    (served / "schemas.json").write_text(json.dumps(told))
    program = place / "terraform-provider-ionoscloud_v6.7.34"
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH='{_ROOT}' exec '{sys.executable}' -P -m tests.support.terraform_provider '{served}'\n"
    )
    program.chmod(0o755)


def _answer(told: Mapping[str, Any]) -> Any:
    return pb.GetProviderSchema.Response(
        provider=_schema(told["provider"]),
        resource_schemas={name: _schema(of) for name, of in told["resource_schemas"].items()},
        data_source_schemas={name: _schema(of) for name, of in told["data_source_schemas"].items()},
        server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=False),
    )


class _Named:
    """What is asked for its name, and for nothing else, when the provider serves without being started by Terraform."""

    def full_name(self) -> str:
        return "registry.terraform.io/ionos-cloud/ionoscloud"


if __name__ == "__main__":
    # With --dev behind the folder it serves until it is ended, and says how Terraform finds it.
    servicers.ProviderServicer = lambda _provider: _Provider(Path(sys.argv[1]))
    runner.run_provider(_Named())
