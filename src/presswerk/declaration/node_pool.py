"""The cluster's machines as declared, and why some sizes are refused."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from presswerk.declaration.declared import Declaration

_LEAST_RAM_GIB = 8
_LEAST_STORAGE_GIB = 50


class Autoscaling(Declaration):
    """Between how many nodes the pool may grow and shrink by itself."""

    min_nodes: Annotated[int, Field(ge=1, le=100)]
    max_nodes: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_nodes > self.max_nodes:
            raise ValueError(f"min_nodes is {self.min_nodes}, more than max_nodes, {self.max_nodes}; exchange them")
        return self


class NodePool(Declaration):
    """Nodes of a managed Kubernetes cluster; all of one pool are alike.

    Attributes:
        nodes: How many.
        cores: Of each node.
        ram_gib: Of each node.
        storage_gib: Of each node's own disk, which holds the system, images, logs and what containers write.
        storage_type: Of that disk.
        cpu_family: IONOS's name of a processor; None leaves the choice to the datacenter.
        location: IONOS datacenter.
        autoscaling: None for a pool of fixed size.
    """

    nodes: Annotated[int, Field(ge=1, le=100)] = 3
    cores: Annotated[int, Field(ge=2, le=62)] = 4
    ram_gib: Annotated[int, Field(ge=2, le=240)] = 8
    storage_gib: Annotated[int, Field(ge=10, le=4_000)] = 100
    storage_type: Literal["SSD", "HDD"] = "SSD"
    cpu_family: str | None = None
    location: Annotated[str, Field(pattern=r"^[a-z]{2}/[a-z0-9]{2,8}$")] = "de/txl"
    autoscaling: Autoscaling | None = None

    @model_validator(mode="after")
    def _large_enough(self) -> Self:
        problems = []
        if self.storage_gib < _LEAST_STORAGE_GIB:
            problems.append(
                f"storage_gib: {self.storage_gib} is too small: system, images and logs fill it, and under disk"
                f" pressure every pod of the node is evicted; give at least {_LEAST_STORAGE_GIB}, better 100"
            )
        if self.ram_gib < _LEAST_RAM_GIB:
            problems.append(
                f"ram_gib: {self.ram_gib} is too small: the system and the platform's own services leave nothing for"
                f" sites; give at least {_LEAST_RAM_GIB}"
            )
        if problems:
            raise ValueError("\n".join(problems))
        return self
