"""A made-up IONOS behind the provider double: resources are files of a folder, and a test may have any step fail.

It stands where the real cloud cannot be had. It knows from the provider's schema which values the cloud computes, makes
them up, keeps what was made, and counts every making, so that a test sees whether something was made twice.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VARIABLE = "PRESSWERK_TEST_CLOUD"
"""The folder's place, in the environment of the terraform program."""

IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    "ionoscloud_datacenter": ("location",),
    "ionoscloud_lan": ("datacenter_id",),
    "ionoscloud_k8s_cluster": ("public", "nat_gateway_ip", "node_subnet", "location"),
    "ionoscloud_k8s_node_pool": (
        "name", "datacenter_id", "k8s_cluster_id", "availability_zone", "cores_count", "ram_size", "storage_size",
        "storage_type", "cpu_family",
    ),
    "ionoscloud_pg_cluster_v2": ("location",),
    "ionoscloud_mariadb_cluster": ("location",),
    "ionoscloud_inmemorydb_cluster_v2": ("location",),
    "ionoscloud_s3_bucket": ("name", "region", "object_lock_enabled"),
    "ionoscloud_s3_bucket_versioning": ("bucket",),
    "ionoscloud_container_registry": ("name", "location"),
    "ionoscloud_container_registry_token": ("name",),
    "ionoscloud_dns_zone": ("name",),
    "ionoscloud_dns_record": ("name",),
    "ionoscloud_ipblock": ("location", "size"),
}  # fmt: skip
"""What the real provider replaces a resource for: `ForceNew` and `RequiresReplace` in the source of 6.7.34."""


class Refused(Exception):
    """The cloud did not do it; `made` says whether the object is there all the same, half done."""

    def __init__(self, told: str, *, made: bool = False) -> None:
        super().__init__(told)
        self.made = made


class Cloud:
    """What was made so far.

    Attributes:
        folder: Its place; `objects/` holds what there is, `made` a line for everything ever made or removed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "objects").mkdir(parents=True, exist_ok=True)

    def fail(self, verb: str, kind: str, how: str) -> None:
        """Have a step fail once.

        Args:
            verb: `create`, `update` or `delete`.
            kind: A resource's type, without `ionoscloud_`.
            how: `error` before anything is done, `half` after it is done, `die` as a provider that crashes before,
                `wait` until `go_on`.
        """
        (self.folder / f"fault-{verb}-ionoscloud_{kind}").write_text(how)

    def go_on(self) -> None:
        """Let a step that waits go on."""
        (self.folder / "go-on").touch()

    @property
    def waits(self) -> bool:
        """Whether a step has begun to wait."""
        return (self.folder / "waits").exists()

    def change(self, kind: str, **values: Any) -> None:
        """Change the one object of a kind (without `ionoscloud_`) behind Terraform's back."""
        (file,) = (self.folder / "objects").glob(f"ionoscloud_{kind}.*")
        file.write_text(json.dumps({**json.loads(file.read_text()), **values}))

    def objects(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What there is, of one kind (without `ionoscloud_`) or of all."""
        wanted = "*" if kind is None else f"ionoscloud_{kind}.*"
        return [json.loads(file.read_text()) for file in sorted((self.folder / "objects").glob(wanted))]

    def history(self) -> list[tuple[str, str]]:
        """Everything done, in order, as (verb, kind without `ionoscloud_`)."""
        file = self.folder / "made"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(verb, kind.removeprefix("ionoscloud_")) for verb, kind in (line.split() for line in lines)]

    def read(self, kind: str, identity: str) -> dict[str, Any] | None:
        """One object, or None when it is gone."""
        file = self._file(kind, identity)
        return json.loads(file.read_text()) if file.exists() else None

    def keep(self, verb: str, kind: str, identity: str, values: Mapping[str, Any]) -> None:
        """Make or change an object.

        Raises:
            Refused: A test wants it so.
        """
        how = self._fault(verb, kind)
        if how == "error":
            raise Refused(f"the cloud could not {verb} this {kind}")
        self._note(verb, kind)
        self._file(kind, identity).write_text(json.dumps(values))
        if how == "half":
            raise Refused(f"{kind} did not become ready in time", made=True)

    def remove(self, kind: str, identity: str) -> None:
        """Remove an object; one that is gone already is none to remove.

        Raises:
            Refused: A test wants it so.
        """
        if self._fault("delete", kind) == "error":
            raise Refused(f"the cloud could not delete this {kind}")
        self._note("delete", kind)
        self._file(kind, identity).unlink(missing_ok=True)

    def new_identity(self, kind: str, told: Mapping[str, Any]) -> str:
        """An id such as the cloud gives: a LAN's is a number, a bucket's its name."""
        if kind == "ionoscloud_lan":
            return str(len(self.objects("lan")) + 1)
        if kind.startswith("ionoscloud_s3_bucket"):
            return str(told.get("bucket") or told["name"])
        return made_up(kind, json.dumps(told, sort_keys=True, default=str), str(len(self.history())))

    def _file(self, kind: str, identity: str) -> Path:
        return self.folder / "objects" / f"{kind}.{identity}"

    def _note(self, verb: str, kind: str) -> None:
        with (self.folder / "made").open("a") as file:
            file.write(f"{verb} {kind}\n")

    def _fault(self, verb: str, kind: str) -> str | None:
        file = self.folder / f"fault-{verb}-{kind}"
        if not file.exists():
            return None
        how = file.read_text()
        file.unlink()
        if how == "die":
            os._exit(1)
        if how == "wait":
            (self.folder / "waits").touch()
            while not (self.folder / "go-on").exists():
                time.sleep(0.05)
        return how


def made_up(*seeds: str) -> str:
    """A value of the look of an id, the same for the same seeds."""
    drawn = hashlib.sha256("|".join(seeds).encode()).hexdigest()
    return "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:20], drawn[20:32]))
