"""A certificate authority for tests, made with the openssl command."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


class Authority:
    """Issues certificates; its files live in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        _openssl(
            *("req", "-x509", "-subj", "/CN=Test authority", *_NEW_KEY),
            *("-keyout", self._key, "-out", self._certificate),
        )

    def client_context(self) -> ssl.SSLContext:
        """Return a context that trusts this authority alone."""
        return ssl.create_default_context(cafile=self._certificate)

    def server_context(self, name: str) -> ssl.SSLContext:
        """Return a context that shows a certificate for this name, `DNS:…` or `IP:…`."""
        certificate = self._folder / f"{name}.pem"
        key = self._folder / f"{name}.key"
        _openssl(
            *("req", "-x509", "-subj", "/CN=Receiver", *_NEW_KEY),
            *("-CA", self._certificate, "-CAkey", self._key),
            *("-addext", f"subjectAltName={name}", "-addext", "basicConstraints=CA:FALSE"),
            *("-keyout", key, "-out", certificate),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def _openssl(*arguments: str | Path) -> None:
    command = shutil.which("openssl")
    if command is None:
        pytest.skip("the openssl command is not installed")
    subprocess.run([command, *arguments], check=True, capture_output=True)
