"""Print as YAML what the operator would make for one free tenant where there is no entry: site_objects.py ID."""

import secrets
import sys

from presswerk.declaration import Platform, Tenant
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import DesiredTenant, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.rendering.text import yaml_stream

_OF_OTHER_CHARTS = ("gateway.networking.k8s.io/", "cert-manager.io/", "gateway.networking.x-k8s.io/")


def main() -> None:
    """Print them; every secret in them is made for this run."""
    tenant = Tenant(id=sys.argv[1], name="Acme News")
    platform = Platform(tenants=(tenant,), domain="press.example")
    made = SiteSecrets(
        salts={name: secrets.token_urlsafe(48) for name in ("AUTH_KEY", "SECURE_AUTH_KEY", "AUTH_SALT", "NONCE_SALT")},
        application_password=secrets.token_hex(12),
        issuer="https://id.press.example/",
        client_id=f"site-{tenant.id}",
        client_secret=secrets.token_urlsafe(32),
    )
    objects = tenant_objects(DesiredTenant(Cluster.of(platform), tenant, platform.allotment(tenant)), made)
    print(yaml_stream([each for each in objects if not each["apiVersion"].startswith(_OF_OTHER_CHARTS)]))


if __name__ == "__main__":
    main()
