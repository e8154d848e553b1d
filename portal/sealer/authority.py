"""A time-stamping authority (RFC 3161): it signs that a root existed at a time, and cannot be asked to forget it."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import ssl
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

import httpx
from asn1crypto import tsp

#: Seconds one stamp may take in all, and bytes an answer may have.
PATIENCE_S = 10.0
ANSWER_MAX = 64 * 1024
GRANTED = ("granted", "granted_with_mods")


class NotStamped(Exception):
    """The authority gave no stamp that holds."""


def stamp(root: str, *, address: str) -> bytes:
    """
    Have a root stamped; return the authority's signed answer (DER).

    :raises NotStamped: if it does not answer, refuses, or stamps something else than was sent
    """
    nonce = secrets.randbits(63)
    request = tsp.TimeStampReq({
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": _imprint(root)},
        "nonce": nonce,
        # The certificates come with the stamp: it can be checked in ten years from what is kept here.
        "cert_req": True,
    })  # fmt: skip
    try:
        answer = asyncio.run(_post(address, request.dump()))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as problem:
        raise NotStamped(f"no answer ({type(problem).__name__})") from problem
    stamped = _read(answer)
    if stamped["message_imprint"]["hashed_message"].native != _imprint(root) or stamped["nonce"].native != nonce:
        raise NotStamped("it stamped something else")
    return answer


def stamped_at(answer: bytes, root: str) -> datetime:
    """
    Return when the authority says that it stamped this root.

    :raises NotStamped: if the answer is none, or is about something else
    """
    stamped = _read(answer)
    if stamped["message_imprint"]["hashed_message"].native != _imprint(root):
        raise NotStamped("it stamped something else")
    moment: datetime = stamped["gen_time"].native
    return moment


def verify(answer: bytes, root: str, *, trusted: Path) -> None:
    """
    Check the authority's signature by OpenSSL and a file of certificates (PEM) that are trusted.

    :raises NotStamped: if it does not hold
    :raises FileNotFoundError: if there is no OpenSSL here
    """
    with tempfile.TemporaryDirectory() as folder:
        data, stamp = Path(folder, "root.txt"), Path(folder, "stamp.tsr")
        data.write_text(root, encoding="ascii")
        stamp.write_bytes(answer)
        told = subprocess.run(  # noqa: S603 - our own words and files
            ["openssl", "ts", "-verify", "-data", data, "-in", stamp, "-CAfile", trusted.absolute()],  # noqa: S607 - the state's own OpenSSL
            capture_output=True,
            check=False,
            timeout=60,
        )
    if told.returncode != 0:
        raise NotStamped("its signature does not hold")


def _imprint(root: str) -> bytes:
    return hashlib.sha256(root.encode()).digest()


def _read(answer: bytes) -> tsp.TSTInfo:
    """Return what was stamped."""
    try:
        response = tsp.TimeStampResp.load(answer, strict=True)
        status = response["status"]["status"].native
        if status in GRANTED:
            return response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise NotStamped("its answer is no time stamp") from problem
    raise NotStamped(f"it refused ({status})")


async def _post(address: str, request: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "User-Agent": "jeevan-setu"}
    trusted: ssl.SSLContext | bool = ssl.create_default_context() if address.startswith("https") else False
    # httpx counts its timeout anew for every read; the outer one bounds the whole, however slowly they drip.
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, verify=trusted) as client,
        client.stream("POST", address, content=request, headers=headers) as response,
    ):
        answer = b""
        async for part in response.aiter_bytes():
            answer += part
            if len(answer) > ANSWER_MAX:
                raise NotStamped("its answer is too long")
        if response.status_code != 200:
            raise NotStamped(f"it answered {response.status_code}")
        return answer
