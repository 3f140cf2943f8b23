"""Host certificates, as OpenSSH's PROTOCOL.certkeys describes them: whether one holds for a host now."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from virtwright.providers.ssh.names import matches

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization import SSHCertificate
    from cryptography.hazmat.primitives.serialization.ssh import SSHCertPublicKeyTypes

SUFFIX: Final = "-cert-v01@openssh.com"


def is_certificate(blob: bytes) -> bool:
    return key_type(blob).endswith(SUFFIX)


def key_type(blob: bytes) -> str:
    """The name that stands at the beginning of every public key."""
    length = int.from_bytes(blob[:4], "big")
    return blob[4 : 4 + length].decode("ascii", "replace")


def plain_key(blob: bytes) -> bytes:
    """The key that a certificate certifies. Raises ``ValueError``."""
    return _plain(_load(blob).public_key())


def signer(blob: bytes) -> bytes:
    """The authority's key that a certificate names. Raises ``ValueError``."""
    return _plain(_load(blob).signature_key())


def fault(blob: bytes, authorities: Sequence[bytes], name: str, now: float) -> str | None:
    """Why a host's certificate does not hold; None where it does. ``now`` is in seconds since 1970."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import SSHCertificateType

    try:
        certificate = _load(blob)
        authority = _plain(certificate.signature_key())
        certificate.verify_cert_signature()
    except (ValueError, InvalidSignature) as error:
        return f"the certificate is damaged: {error or 'its signature is wrong'}"
    if authority not in authorities:
        return "the certificate was signed by another authority"
    if certificate.type is not SSHCertificateType.HOST:
        return "the certificate is one for users"
    if certificate.critical_options:
        return "the certificate has options that are not known"
    if not certificate.valid_after <= now < certificate.valid_before:
        return "the certificate is not valid now"
    principals = [each.decode("utf-8", "replace").lower() for each in certificate.valid_principals]
    if principals and not any(matches(name.lower(), each) for each in principals):
        return f"the certificate is for {', '.join(principals)}"
    return None


def _load(blob: bytes) -> "SSHCertificate":
    from cryptography.hazmat.primitives.serialization import SSHCertificate, load_ssh_public_identity

    loaded = load_ssh_public_identity(key_type(blob).encode() + b" " + base64.b64encode(blob))
    if not isinstance(loaded, SSHCertificate):
        raise ValueError("it is no certificate")  # noqa: TRY004
    return loaded


def _plain(key: "SSHCertPublicKeyTypes") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(encoded.split()[1])
