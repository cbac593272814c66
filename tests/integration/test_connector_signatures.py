"""What a site takes for a signature of an ID token: made by a library that is not the connector's, then spoiled."""

import base64
import random
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.support.sites import RunningSite, running_site

pytestmark = pytest.mark.integration

SIGNED = b"header.claims"
Case = tuple[str, object, bytes, bytes, bool]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


def pss(key: rsa.RSAPrivateKey, *, salt: int = 32, mask: hashes.HashAlgorithm | None = None) -> bytes:
    return key.sign(SIGNED, padding.PSS(padding.MGF1(mask or hashes.SHA256()), salt), hashes.SHA256())


def cases() -> Iterator[Case]:
    """Algorithm, public key, what was signed, signature, and whether it is one."""
    # A modulus of one bit more than full bytes leaves a byte of the signature empty.
    rsa_keys = [rsa.generate_private_key(65537, bits) for bits in (2048, 2049, 2055, 3072)]
    strangers = rsa.generate_private_key(65537, 2048)
    for key in rsa_keys:
        public = RSAKey.import_key(key.public_key()).as_dict(private=False)
        for _ in range(5):
            yield "PS256", public, SIGNED, pss(key), True
        plain = key.sign(SIGNED, padding.PKCS1v15(), hashes.SHA256())
        yield "RS256", public, SIGNED, plain, True
        yield "PS256", public, SIGNED, plain, False
        yield "RS256", public, SIGNED, pss(key), False
        yield "PS256", public, SIGNED, pss(key, salt=20), False
        yield "PS256", public, SIGNED, pss(key, salt=0), False
        yield "PS256", public, SIGNED, pss(key, mask=hashes.SHA384()), False
        yield "PS256", public, SIGNED, pss(strangers), False
        yield from spoiled("PS256", public, pss(key))
    curve = ec.generate_private_key(ec.SECP256R1())
    r, s = utils.decode_dss_signature(curve.sign(SIGNED, ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    public = ECKey.import_key(curve.public_key()).as_dict(private=False)
    yield "ES256", public, SIGNED, raw, True
    yield "ES256", public, SIGNED, bytes(64), False
    yield from spoiled("ES256", public, raw)
    edwards = ed25519.Ed25519PrivateKey.generate()
    public = OKPKey.import_key(edwards.public_key()).as_dict(private=False)
    yield "EdDSA", public, SIGNED, edwards.sign(SIGNED), True
    yield "EdDSA", public, SIGNED, bytes(64), False
    yield "ES256", public, SIGNED, edwards.sign(SIGNED), False
    yield from spoiled("EdDSA", public, edwards.sign(SIGNED))


def spoiled(algorithm: str, public: object, signature: bytes) -> Iterator[Case]:
    chance = random.Random(algorithm)
    yield algorithm, public, SIGNED + b"x", signature, False
    for bad in (b"", signature[:-1], signature + b"\0", b"\0" + signature, signature[::-1], b"\xff" * len(signature)):
        yield algorithm, public, SIGNED, bad, False
    for _ in range(20):
        place = chance.randrange(len(signature))
        changed = bytes([signature[place] ^ (1 << chance.randrange(8))])
        yield algorithm, public, SIGNED, signature[:place] + changed + signature[place + 1 :], False


def test_a_site_takes_good_signatures_and_no_others(site: RunningSite) -> None:
    made = list(cases())
    found = site.php(
        "$check = new ReflectionMethod( 'Presswerk\\\\Connector\\\\Id_Token', 'signed_by' );"
        "return array_map( static fn ( $each ) => $check->invoke( null, $each[1], $each[0],"
        " base64_decode( $each[2] ), base64_decode( $each[3] ) ), $input['cases'] );",
        cases=[
            [algorithm, public, base64.b64encode(signed).decode(), base64.b64encode(signature).decode()]
            for algorithm, public, signed, signature, _ in made
        ],
    )
    wrong = [
        (case[0], case[4], number)
        for number, (case, said) in enumerate(zip(made, found, strict=True))
        if case[4] != said
    ]
    assert wrong == []
