"""A time-stamping authority on this machine: OpenSSL's own, behind a small HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[request]
distinguished_name = nobody
[nobody]
"""


def openssl(*words: str, folder: Path, data: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, input=data, capture_output=True, check=True).stdout


class Authority:
    """Stamps what it is asked to; ``says`` makes it answer something else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.says: tuple[int, bytes] | None = None
        self.asked = 0
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        new = ["-newkey", "rsa:2048", "-nodes", "-config", "tsa.cnf"]
        openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority", "-days", "30",
                "-extensions", "authority", folder=folder)  # fmt: skip
        openssl("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Stamping", folder=folder)
        openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
                "-extfile", "tsa.cnf", "-extensions", "stamping", "-out", "tsa.pem", folder=folder)  # fmt: skip

    def answer(self, request: bytes) -> tuple[int, bytes]:
        self.asked += 1
        if self.says:
            return self.says
        (self.folder / "request.tsq").write_bytes(request)
        openssl("ts", "-reply", "-queryfile", "request.tsq", "-config", "tsa.cnf", "-section", "here", "-out",
                "answer.tsr", folder=self.folder)  # fmt: skip
        return 200, (self.folder / "answer.tsr").read_bytes()


@contextmanager
def authority(folder: Path) -> Iterator[tuple[Authority, str]]:
    """Run an authority; give it, and where it is."""
    tsa = Authority(folder)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = tsa.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield tsa, f"http://127.0.0.1:{server.server_port}/tsr"
    server.shutdown()
    server.server_close()
    thread.join()
