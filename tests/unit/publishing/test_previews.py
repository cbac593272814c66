"""What becomes of a preview when something around it changes before it is confirmed."""

import base64
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography.fernet import Fernet

from presswerk.database import connect, migrate
from presswerk.declaration import Role, Tenant
from presswerk.identity.principal import Principal
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.images import MAX_PIXELS
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.publishing.preview_store import MAX_BYTES, PreviewStore
from presswerk.publishing.previews import PreviewService
from presswerk.publishing.terms import TermCache
from presswerk.tenants import TenantRegistry, Vault
from presswerk.wordpress import Connection, SiteClient
from tests.support.press import PNG

ANNA = Principal("https://id.example", "anna", "Anna", roles=MappingProxyType({"acme": Role.AUTHOR}))
INLINE = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.mark.parametrize(
    "manuscript",
    [
        Manuscript(f"Text.\n\n![Loaf]({INLINE})\n", tags=()),
        Manuscript("Text.\n\n![Loaf](a.png)\n", tags=(), attachments=(Attachment("a.png", "image/png", PNG, "a.png"),)),
    ],
    ids=["in the text", "attached"],
)
def test_a_preview_outlives_a_change_of_the_tier(tmp_path: Path, manuscript: Manuscript) -> None:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    tenants = TenantRegistry(engine, Vault.from_setting(Fernet.generate_key().decode()))
    tenants.put(Tenant(id="acme", name="Acme"), Connection("https://acme.example", "http://acme", "presswerk", "x"))
    most_pixels = [MAX_PIXELS]
    previews = PreviewService(
        PreviewStore(engine),
        tenants,
        TermCache(tenants, SiteClient),
        ImageFetcher(),
        most_bytes=lambda _tenant: MAX_BYTES,
        most_pixels=lambda _tenant: most_pixels[0],
    )
    shown = previews.make(ANNA, "acme", manuscript)
    assert len(shown.composition.images) == 1

    most_pixels[0] = 0

    (image,) = previews.images(shown)
    assert image.data == PNG
    assert previews.confirmed(ANNA, shown.id, shown.sha256).sha256 == shown.sha256
    assert previews.change(ANNA, shown.id, {"title": "Bread"}).composition.title == "Bread"
