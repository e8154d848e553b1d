"""Letters: sheets and requests as PDF in Hindi and English, set with Typst, with a seal that the portal can check."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typst
from django.conf import settings

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
SEAL_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands on one sheet. Words are set as they are: nothing in them is taken for markup."""

    title_hi: str
    title_en: str
    rows: Sequence[tuple[str, str]]
    paragraphs: Sequence[str]
    signed: str
    footer: str
    practice: bool = False
    practice_word: str = "अभ्यास · PRACTICE"
    code: str = ""
    code_word: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def seal(self) -> str:
        """A short code over all that the sheet says; a sheet that somebody has changed has another."""
        said = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()
        digest = hmac.new(settings.SECRET_KEY.encode(), b"letter|" + said, hashlib.sha256).hexdigest()
        return digest[:SEAL_LENGTH]


def pdf_of(letter: Letter) -> bytes:
    """Set a letter. The fonts are our own: no machine sets it otherwise."""
    said = asdict(letter) | {"seal": f"Seal {letter.seal}"}
    return typst.compile(
        str(HERE / "letter.typ"),
        root=str(HERE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"said": json.dumps(said, ensure_ascii=False)},
    )
