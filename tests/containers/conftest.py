"""The images, built once a run, and what is to be had only where Debian's packages are."""

import os
from collections.abc import Iterator

import pytest

from presswerk.declaration import Tenant
from tests.support import containers
from tests.support.issuer import Issuer, running_issuer
from tests.support.site_pods import SitePods, site_pods


@pytest.fixture(scope="session", autouse=True)
def containers_can_run() -> None:
    """Skip, with the reason, where they cannot."""
    if missing := containers.missing_programs():
        pytest.skip(f"not installed: {', '.join(missing)}; scripts/setup.sh test installs them where apt-get is")
    if os.geteuid() != 0:
        pytest.skip("the containers of these tests need root: run them as root, as CI does")
    if reason := containers.why_none_runs():
        pytest.skip(f"not even bare Debian runs in a container here: {reason}")


@pytest.fixture(scope="session")
def hub_image(containers_can_run: None) -> str:
    containers.build("hub", containers.HUB)
    return containers.HUB


@pytest.fixture(scope="session")
def site_image(containers_can_run: None) -> str:
    containers.build("wordpress", containers.SITE)
    return containers.SITE


@pytest.fixture(scope="session")
def free(site_image: str) -> Iterator[SitePods]:
    """A free tenant's pod, its site installed by its Job."""
    with site_pods(Tenant(id="bakery", name="The Corner Bakery", language="de")) as pods:
        pods.start()
        pods.await_probe("startupProbe")
        installed = pods.install()
        assert installed.returncode == 0, installed.stderr
        pods.await_probe("readinessProbe")
        yield pods


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer
