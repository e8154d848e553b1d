"""From the bytes of a form to the one file in it."""

from __future__ import annotations

import hashlib
import hmac
import re
from io import BytesIO
from typing import NamedTuple, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from portal.api.gate import AROUND_A_FILE
from portal.api.v1.problems import BadJSON, Fault, FileTooLarge, InvalidAddition, NotAForm
from portal.api.v1.reading import body_of

SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Part(NamedTuple):
    """A file as it came, and the name that its sender gave it."""

    content: bytes
    name: str


class _InMemory(FileUploadHandler):
    """Keeps a file in memory: the whole body is there already, and is no longer than a file may be."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]  # as Django passes them on
        self._pieces: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        self._pieces.append(raw_data)

    def file_complete(self, file_size: int) -> SimpleUploadedFile:  # noqa: ARG002 - Django's signature
        return SimpleUploadedFile(self.file_name or "", b"".join(self._pieces))


def raw_form_of(request: HttpRequest) -> bytes:
    """
    Return the body of a form as it came over the wire.

    :raises NotAForm: if it is announced as something else
    :raises FileTooLarge: if no file of the size allowed can be in it
    """
    if request.content_type != "multipart/form-data" or not (request.content_params or {}).get("boundary"):
        raise NotAForm
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotAForm
    return body_of(request, most=settings.FILE_BYTES_MAX + AROUND_A_FILE, too_large=FileTooLarge)


def part_of(request: HttpRequest, raw: bytes) -> Part:
    """
    Return the file of a form, whose digest is the one that its sender made.

    :raises BadJSON: if the form can not be read
    :raises InvalidAddition: if there is no file in it, or more than one, or the digest is not the file's
    """
    meta = {**request.META, "CONTENT_LENGTH": str(len(raw))}
    try:
        fields, files = MultiPartParser(meta, BytesIO(raw), [_InMemory()], "utf-8").parse()
    except (MultiPartParserError, RequestDataTooBig, SuspiciousOperation, StopUpload, ValueError) as broken:
        raise BadJSON("not_a_form", "The body is not the form that it is announced as.") from broken
    if set(files) != {"file"} or len(files.getlist("file")) != 1:
        raise InvalidAddition([Fault("/file", "required", "Send one part named file, with a file name.")])
    file = cast("SimpleUploadedFile", files["file"])
    content = file.read()
    if len(content) > settings.FILE_BYTES_MAX:
        raise FileTooLarge
    _check_digest(str(fields.get("sha256") or ""), content)
    return Part(content, str(file.name or ""))


def _check_digest(given: str, content: bytes) -> None:
    given = given.strip().lower()
    if not given:
        return
    if not SHA256.fullmatch(given):
        raise InvalidAddition(
            [Fault("/sha256", "wrong_type", "This must be the SHA-256 of the file, as 64 hex digits.")]
        )
    if not hmac.compare_digest(given, hashlib.sha256(content).hexdigest()):
        what = "The file that arrived has another SHA-256. It was changed or cut on the way: send it again."
        raise InvalidAddition([Fault("/sha256", "sha256_mismatch", what)])
