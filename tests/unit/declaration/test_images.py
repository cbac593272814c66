"""Where images come from, as it may be declared."""

import pytest
from pydantic import ValidationError

from presswerk.declaration import Platform, Tenant
from presswerk.declaration.images import ContainerImages


@pytest.mark.parametrize(
    "registry", ["ghcr.io/your-name", "registry.example:5000", "a.cr.de-fra.ionos.com/our/press_1", "localhost:5001"]
)
def test_a_registry_stands_before_the_name_of_an_image(registry: str) -> None:
    assert ContainerImages(registry=registry).name("presswerk/hub") == f"{registry}/presswerk/hub"


def test_without_a_registry_a_name_is_only_itself() -> None:
    assert ContainerImages().name("presswerk/hub") == "presswerk/hub"


@pytest.mark.parametrize(
    "registry", ["https://ghcr.io/x", "ghcr.io/Your-Name", "ghcr.io/x/", "ghcr.io/x:latest", "user:pw@host", "", "a b"]
)
def test_what_is_no_registry_is_refused(registry: str) -> None:
    with pytest.raises(ValidationError, match="registry"):
        ContainerImages(registry=registry)


def test_credentials_are_for_a_registry_that_is_declared() -> None:
    with pytest.raises(ValidationError, match=r"images\.private: .*declare images\.registry"):
        Platform(tenants=(Tenant(id="acme", name="Acme"),), images=ContainerImages(private=True))
