"""Certificates, for the client and for the reference server: PEM files into what Twisted takes.

TLS 1.2 is the least. Errors name the file and never quote it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName
from OpenSSL import crypto
from twisted.internet import ssl

from business.files import regular

_BLOCK = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def authorities(file: str) -> Any:
    """Whom to trust: every certificate of the file. Raises ValueError, OSError."""
    return ssl.trustRootFromCertificates([ssl.Certificate(one) for one in _certificates(file)])


def _certificates(file: str) -> list[crypto.X509]:
    blocks = _BLOCK.findall(regular(Path(file)).read_bytes())
    try:
        found = [crypto.load_certificate(crypto.FILETYPE_PEM, block) for block in blocks]
    except crypto.Error:
        found = []
    if not found:
        raise ValueError(f"{file} holds no certificate (PEM)")
    return found


def names_of(cert_file: str) -> tuple[str, ...]:
    """Hosts, names and addresses, that the certificate is for. Raises ValueError, OSError."""
    certificate = _certificates(cert_file)[0].to_cryptography()
    try:
        said = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return ()
    names = said.get_values_for_type(DNSName)
    return (*names, *(str(address) for address in said.get_values_for_type(IPAddress)))


def _own(cert_file: str, key_file: str) -> dict[str, Any]:
    """Our certificate with its chain, and its key, as CertificateOptions takes them."""
    first, *chain = _certificates(cert_file)
    try:
        key = crypto.load_privatekey(crypto.FILETYPE_PEM, regular(Path(key_file)).read_bytes(), b"")
    except (crypto.Error, ValueError, TypeError):
        raise ValueError(f"{key_file} holds no private key (PEM, without a passphrase)") from None
    private: Any = key.to_cryptography_key()
    if private.public_key() != first.get_pubkey().to_cryptography_key():
        raise ValueError(f"{cert_file} and {key_file} do not belong together")
    return {"privateKey": key, "certificate": first, "extraCertChain": chain}


def client_options(host: str, ca_file: str | None, own: tuple[str, str] | None) -> Any:
    """For connecting to ``host``, whose certificate must be for it. ``own``: certificate and key files."""
    trust = ssl.platformTrust() if ca_file is None else authorities(ca_file)
    extra = _own(*own) if own else {}
    return ssl.optionsForClientTLS(host, trustRoot=trust, extraCertificateOptions=extra)


def server_options(cert_file: str, key_file: str, client_ca: str | None) -> Any:
    """For listening. ``client_ca``: clients must show a certificate of one of these authorities."""
    trust = None if client_ca is None else authorities(client_ca)
    return ssl.CertificateOptions(**_own(cert_file, key_file), trustRoot=trust)
