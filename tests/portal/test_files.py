"""Sealed files on the case page: handed out unchanged, never shown, copied without what stands around a picture."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, PngImagePlugin

from cases import evidence, files
from cases.models import Case, ReadEntry, SealedFile
from districts.actors import CLOCK
from districts.reach import reach_of
from tests.portal.conftest import STRANGERS, arrive

Desk = Callable[[str], Client]


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = str(tmp_path)


@pytest.fixture
def case(land: None) -> Case:
    return arrive()


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 60)) -> bytes:
    """Return a picture that says where it was taken."""
    image, out = Image.new("RGB", size, "teal"), io.BytesIO()
    if kind == "JPEG":
        exif = image.getexif()
        exif[0x010E] = "GPS 25.18 75.83 home of Aarav"
        image.save(out, kind, exif=exif, comment=b"Aarav")
    else:
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", "home of Aarav")
        image.save(out, kind, pnginfo=notes)
    return out.getvalue()


def huge_png() -> bytes:
    """Return ten thousand by ten thousand in a hundred kilobytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = (10_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    body = zlib.compress(b"\x00" * (10_001 * 10_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "empty": ("nothing.png", b"", "application/x-empty"),
    "svg": ("drawing.svg", SVG, "image/svg+xml"),
    "svg called a picture": ("drawing.png", SVG, "image/svg+xml"),
    "html": ("page.html", HTML, "text/html"),
    "html called a picture": ("photo.jpg", HTML, "text/html"),
    "picture and page at once": ("photo.gif", b"GIF89a/*" + b"\x00" * 20 + b"*/=1;" + HTML, "image/gif"),
    "jpeg and archive at once": ("photo.jpg", b"\xff\xd8\xff\xe0" + b"PK\x03\x04" * 30, "image/jpeg"),
    "zip bomb": ("all.zip", b"PK\x03\x04" + zlib.compress(b"\x00" * 10_000_000), "application/zip"),
    "program": ("photo.jpg.exe", b"MZ" + b"\x00" * 200, "application/x-executable"),
    "way out": ("../../../../etc/passwd", b"root:x:0:0", "text/plain"),
    "way out, as Windows writes it": ("..\\..\\boot.ini", b"x", "text/plain"),
    "turned round": ("photo\u202egpj.exe", b"MZ", "application/x-executable"),
    "two lines": ("a\r\nSet-Cookie: x=1.png", b"x", "text/plain"),
    "without end": ("अ" * 900 + ".png", b"x", "text/plain"),
    "only dots": ("...", b"x", "text/plain"),
    "cut off": ("half.png", picture("PNG")[:60], "image/png"),
}


def add(client: Client, case: Case, content: bytes, name: str = "a.bin") -> Any:
    sent = {"file": SimpleUploadedFile("x", content)}
    sent["file"].name = name  # as a browser would never send it
    return client.post(f"/cases/{case.reference}/files", sent, headers={"Accept": "application/json"})


def kept(case: Case, content: bytes, name: str = "a.jpg") -> SealedFile:
    with reach_of(CLOCK):
        return files.keep(case, content=content, name=name, by=CLOCK, at=timezone.now())


def address(case: Case, file: SealedFile, more: str = "") -> str:
    return f"/cases/{case.reference}/files/{file.pk}{more}"


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_is_sealed_labelled_and_handed_out_as_nothing_a_browser_would_open(
    case: Case, desk: Desk, name: str
):
    called, content, media_type = HOSTILE[name]
    file = kept(case, content, called)
    answer = desk("op1").get(address(case, file))

    assert (answer.status_code, answer.content) == (200, content)
    assert file.media_type == media_type
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "Set-Cookie" not in answer["Content-Disposition"].split(";")[0]
    for bad in ("/", "\\", "\u202e", "\r", "\n"):
        assert bad not in file.name
    assert len(file.name) <= 130
    page = desk("op1").get(f"/cases/{case.reference}").content.decode()
    assert address(case, file) in page
    assert "onload" not in page
    copy = desk("op1").get(address(case, file, "/picture"))
    assert copy.status_code == 404 or copy.content.startswith(b"\xff\xd8\xff")


def test_a_picture_is_shown_as_a_new_one_without_what_stood_around_it(case: Case, desk: Desk):
    for kind in ("JPEG", "PNG"):
        content = picture(kind, (3000, 200))
        assert b"Aarav" in content
        answer = desk("op1").get(address(case, kept(case, content), "/picture"))

        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert b"Aarav" not in answer.content
        copy = Image.open(io.BytesIO(answer.content))
        assert copy.size[0] == 1600
        assert dict(copy.getexif()) == {}


def test_ten_thousand_by_ten_thousand_has_no_copy_and_is_kept(case: Case, desk: Desk):
    content = huge_png()
    file = kept(case, content)

    assert desk("op1").get(address(case, file, "/picture")).status_code == 404
    assert desk("op1").get(address(case, file)).content == content


def test_a_picture_waits_behind_a_veil_and_the_page_has_no_style_of_its_own(case: Case, desk: Desk):
    file = kept(case, picture())
    page = desk("op1").get(f"/cases/{case.reference}").content.decode()

    assert f'<img src="{address(case, file, "/picture")}"' in page
    assert 'class="veil"' in page
    assert "style=" not in page


def test_what_is_no_longer_what_was_sealed_is_not_handed_out(case: Case, desk: Desk):
    file = kept(case, b"true")
    place = evidence.path_of(file.sha256)
    place.chmod(0o600)
    place.write_bytes(b"fals")
    answer = desk("op1").get(address(case, file), headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/seal_broken")
    assert b"fals" not in answer.content


def test_every_look_is_written_down_and_strangers_see_nothing(case: Case, desk: Desk):
    file = kept(case, picture())
    assert desk("op1").get(address(case, file)).status_code == 200
    with reach_of(CLOCK):
        entry = ReadEntry.objects.filter(kind="file").get()
    assert (entry.actor, entry.object) == ("officer:op1", f"{case.reference}/{file.pk}")

    for stranger in ("north", *STRANGERS):
        for more in ("", "/picture"):
            assert desk(stranger).get(address(case, file, more)).status_code in {302, 403, 404}, stranger
        assert add(desk(stranger), case, b"x").status_code in {302, 401, 403, 404}, stranger
    other = arrive()
    assert desk("op1").get(address(other, file)).status_code == 404


def test_an_officer_adds_a_file_and_the_other_side_sees_it(case: Case, desk: Desk):
    op1, north = desk("op1"), desk("north")
    asked = {"Accept": "application/json"}
    op1.post(f"/cases/{case.reference}/claim", headers=asked)
    op1.post(f"/cases/{case.reference}/forward", {"unit": "RJ-NORTH", "role": "lead"}, headers=asked)
    answer = add(north, case, b"seen at the station", "note.txt")

    assert answer.status_code == 200, answer.content
    told = json.loads(op1.get(f"/cases/{case.reference}", headers=asked).content)
    assert [(file["name"], file["media_type"]) for file in told["files"]] == [("note.txt", "text/plain")]
    assert told["timeline"][-1]["action"] == "file_received"
    assert op1.get(told["files"][0]["url"]).content == b"seen at the station"
    assert add(op1, case, b"").status_code == 200


def test_a_file_too_large_or_none_is_refused(case: Case, desk: Desk, settings: Any):
    settings.FILE_BYTES_MAX = 10
    assert add(desk("op1"), case, b"x" * 11).status_code == 413
    none = desk("op1").post(f"/cases/{case.reference}/files", {}, headers={"Accept": "application/json"})
    assert none.status_code == 422
    with reach_of(CLOCK):
        assert SealedFile.objects.count() == 0
