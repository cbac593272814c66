"""What things are called on a cluster: API group, namespaces, objects, labels."""

import hashlib

from presswerk.kubernetes.api import FIELD_MANAGER

PLATFORM_NAMESPACE = "presswerk"

# A namespace holds one tenant, so what is inside needs no tenant in its name.
SITE = "site"
"""Deployment, Service, HTTPRoute, ListenerSet, Certificate and the like of the site itself."""
CREDENTIALS = "credentials"
"""Secret: the operator's own record of the tenant's secrets; no pod mounts it."""
CONFIGURATION = "site-configuration"
"""Secret: the site's `config.php`, and what its installation reads."""
ARRIVING = "site-arriving"
"""Secret: the `config.php` of the database that content moves to."""
CERTIFICATE_SECRET = "site-certificate"  # noqa: S105 - the name of a Secret, which cert-manager fills
"""Secret: the certificate of the name that the platform gives; a domain of the tenant's own has one of its own."""
REGISTRY = "registry"
"""Secret: what the registry of the site's image asks for."""
VOLUME = "site-files"
CRON = "site-cron"

LABEL_TENANT = "presswerk.io/tenant"
LABEL_COMPONENT = "app.kubernetes.io/component"
MANAGER = FIELD_MANAGER
"""Field manager of server-side apply, and `app.kubernetes.io/managed-by`."""


def tenant_namespace(tenant_id: str) -> str:
    """Where everything of a tenant lives."""
    return f"tenant-{tenant_id}"


def labels(tenant_id: str, component: str | None = None) -> dict[str, str]:
    """What every object of a tenant carries."""
    found = {
        "app.kubernetes.io/managed-by": MANAGER,
        "app.kubernetes.io/part-of": "presswerk",
        LABEL_TENANT: tenant_id,
    }
    return found if component is None else {LABEL_COMPONENT: component, **found}


def pod_selector(component: str) -> dict[str, str]:
    """How to select pods of one kind within a tenant's namespace; a Deployment's may never change."""
    return {LABEL_COMPONENT: component}


def certificate(domain: str) -> str:
    """The Certificate of a domain of a tenant's own, and its Secret."""
    return f"domain-{digest(domain)}"


def digest(text: str, length: int = 10) -> str:
    """A short name for a content; hexadecimal, so that it fits into any name."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]
