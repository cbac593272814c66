"""Sites asked as others ask them: over https with the name of the site, and as the hub asks their connector."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk.kubernetes.api import ClusterApi
from presswerk.runtimes.cluster.cluster import Entry as EntryLayout
from presswerk.runtimes.cluster.operator import traffic as module
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.cluster.operator.traffic import ClusterTraffic
from tests.support.cluster import Cluster, running_cluster
from tests.support.delivery import Entry, running_entry
from tests.support.site_double import running_site_double

pytestmark = pytest.mark.integration

_HOST = "acme.press.example"
_LAYOUT = EntryLayout()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entry]:
    with running_entry(tmp_path) as running:
        trust = ssl.create_default_context(cafile=str(running.authority))
        monkeypatch.setattr(module, "authorities", lambda: trust)
        yield running


def _traffic(cluster: Cluster, entry: Entry | None = None) -> ClusterTraffic:
    gateway = None if entry is None else ("127.0.0.1", entry.port)
    return ClusterTraffic(ClusterApi(cluster.client(timeout_seconds=2)), _LAYOUT, gateway)


def test_a_site_that_the_gateway_leads_to_answers(cluster: Cluster, entry: Entry) -> None:
    asked = []

    def page(host: str, path: str) -> tuple[int, dict[str, str]]:
        asked.append((host, path))
        return 200, {"name": "Acme News"}

    entry.page = page
    _traffic(cluster, entry).ask_entry(_HOST, _HOST)

    assert asked == [(_HOST, "/?rest_route=/&_fields=name")]


@pytest.mark.parametrize(
    ("status", "told"),
    [(503, "closed"), (404, {"code": "none"}), (200, "<html>WordPress &rsaquo; Error</html>"), (302, "elsewhere")],
)
def test_another_answer_is_none(cluster: Cluster, entry: Entry, status: int, told: str | dict[str, str]) -> None:
    entry.page = lambda _host, _path: (status, told)

    with pytest.raises(ServiceError, match=f"The gateway answers {status} for https://{_HOST}") as refused:
        _traffic(cluster, entry).ask_entry(_HOST, _HOST)

    assert refused.value.reason == "GatewayAnswersOtherwise"


def test_a_certificate_of_nobody_known_or_for_another_name_is_told(
    cluster: Cluster, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ServiceError) as for_another:
        _traffic(cluster, entry).ask_entry("acme.elsewhere.example", "acme.elsewhere.example")
    monkeypatch.setattr(module, "authorities", ssl.create_default_context)
    with pytest.raises(ServiceError) as of_nobody:
        _traffic(cluster, entry).ask_entry(_HOST, _HOST)

    assert [for_another.value.reason, of_nobody.value.reason] == ["CertificateRefused"] * 2


def test_a_gateway_that_is_not_there_is_told(cluster: Cluster, entry: Entry) -> None:
    with pytest.raises(ServiceError) as nobody:
        ClusterTraffic(ClusterApi(cluster.client()), _LAYOUT, ("127.0.0.1", 9)).ask_entry(_HOST, _HOST)

    assert nobody.value.reason == "GatewayUnreachable"


def test_the_gateway_is_found_by_its_services_labels(cluster: Cluster) -> None:
    with pytest.raises(ServiceError, match="envoy-gateway-system has no Service of the gateway"):
        _traffic(cluster).ask_entry(_HOST, _HOST)
    cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "envoy-gateway-system"}})
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "envoy-1", "namespace": "envoy-gateway-system", "labels": dict(_LAYOUT.service_labels)},
        "spec": {"ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
    }
    cluster.put(service)

    with pytest.raises(ServiceError, match=r"envoy-1\.envoy-gateway-system\.svc:443 does not answer"):
        _traffic(cluster).ask_entry(_HOST, _HOST)


def test_a_connector_that_does_not_answer_as_one_is_told(cluster: Cluster) -> None:
    with running_site_double() as site:
        _traffic(cluster).ask_connector(site.connection)
        site.down = True
        with pytest.raises(ServiceError) as silent:
            _traffic(cluster).ask_connector(site.connection)

    assert silent.value.reason == "SiteUnavailable"
