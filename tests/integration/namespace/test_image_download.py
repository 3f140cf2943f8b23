"""Images fetched over HTTPS from a real server in the test, with a certificate of its own."""

import datetime
import hashlib
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from virtwright.errors import HostError, InputError
from virtwright.providers.archives.download import downloaded
from virtwright.providers.context import Context

BODY = b"an archive" * 1000
DIGEST = hashlib.sha256(BODY).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/to-http":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/x")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY[:100] if self.path == "/short" else BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://localhost:{server.server_address[1]}", ssl.create_default_context(cafile=str(pem))
        finally:
            server.shutdown()
            thread.join()


def test_what_is_fetched_is_held_against_its_checksum(server: tuple[str, ssl.SSLContext], tmp_path: Path) -> None:
    url, trust = server
    seen: list[float | None] = []
    context = Context(progress=lambda message, fraction=None: seen.append(fraction))
    with downloaded(f"{url}/good", DIGEST, tmp_path, 10**6, context, trust) as stream:
        assert stream.read() == BODY
    assert seen[-1] == 1.0
    with (
        pytest.raises(InputError, match="should be 0000"),
        downloaded(f"{url}/good", "0" * 64, tmp_path, 10**6, Context(), trust),
    ):
        pass


@pytest.mark.parametrize(
    ("path", "limit", "error", "text"),
    [
        ("/short", 10**6, HostError, "download"),
        ("/missing", 10**6, HostError, "404"),
        ("/to-http", 10**6, HostError, "http"),
        ("/good", 500, InputError, "larger"),
    ],
)
def test_a_bad_answer_is_a_clear_error(
    server: tuple[str, ssl.SSLContext], tmp_path: Path, path: str, limit: int, error: type[Exception], text: str
) -> None:
    url, trust = server
    with pytest.raises(error, match=text), downloaded(url + path, DIGEST, tmp_path, limit, Context(), trust):
        pass
    assert {each.name for each in tmp_path.iterdir()} == {"server.pem"}


def test_an_unknown_certificate_is_refused(server: tuple[str, ssl.SSLContext], tmp_path: Path) -> None:
    with (
        pytest.raises(HostError, match="certificate"),
        downloaded(f"{server[0]}/good", DIGEST, tmp_path, 10**6, Context()),
    ):
        pass
