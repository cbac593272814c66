"""The parts of our chart that follow from the code: the definition of Tenant, rights, what answers for closed sites.

`make generate` writes them anew.
"""

from collections.abc import Mapping

from presswerk.runtimes.cluster.crd import tenant_crd
from presswerk.runtimes.cluster.rendering.rights import hub_rules, operator_rules
from presswerk.runtimes.cluster.rendering.text import yaml_text
from presswerk.sites.web_server import closed_server, web_server_configuration

_KEPT = {"helm.sh/resource-policy": "keep"}
_WRITTEN = "# Written by presswerk.runtimes.cluster.rendering.chart_files; changes here are lost.\n"


def chart_files() -> Mapping[str, str]:
    """Path below the chart -> text."""
    definition = tenant_crd()
    # Uninstalling a release must not take every tenant, and with it every site, along.
    definition["metadata"] = {**definition["metadata"], "annotations": _KEPT}
    return {
        "files/tenants.yaml": _WRITTEN + yaml_text(definition),
        "files/closed-page.conf": web_server_configuration([closed_server("8080")]),
        "files/hub-rules.yaml": _WRITTEN + yaml_text(hub_rules()),
        "files/operator-rules.yaml": _WRITTEN + yaml_text(operator_rules()),
    }
