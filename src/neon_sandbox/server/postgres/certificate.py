"""A TLS certificate for one run, for loopback only; its keys are kept nowhere."""

import ssl

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes


def make() -> tuple[ssl.SSLContext, bytes, bytes]:
    """Return a server's TLS context, the hash for channel binding, and the authority as PEM."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1", common_name="neon-sandbox")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    issued.configure_cert(context)
    certificate = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    # RFC 5929: the certificate is hashed with the hash function of its signature.
    return context, certificate.fingerprint(hashes.SHA256()), authority.cert_pem.bytes()
