"""
What the libraries on our pages say and have no Hindi for: Django, its admin, unfold.

Django's own Hindi is a third short, unfold has none. What their pages, forms and messages can show here is read from
their sources, as our own sentences are, and stands in our catalogue. A newer version that says something new fails
``test_words`` until it is said in Hindi. Django REST framework and its relations answer partners only, in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import django
import polib
import unfold

DJANGO = Path(django.__file__).parent
UNFOLD = Path(unfold.__file__).parent
Reader = Callable[[str, str], Iterator[Any]]


class Library(NamedTuple):
    """A part of a library that officers can see, where its own Hindi lies, and which files never show here."""

    name: str
    root: Path
    hindi: Path
    never: tuple[str, ...]


LIBRARIES = (
    Library("unfold", UNFOLD, UNFOLD / "locale", (
        "contrib/*", "templates/unfold_crispy/*",  # not installed
        "templates/admin/login.html", "templates/registration/*", "templates/admin/auth/*",  # the door is allauth's
        "templates/unfold/helpers/unauthenticated_header.html",
        "forms.py", "mixins/dataset_model_admin.py", "mixins/nested_inlines_model_admin.py",  # no section has them
    )),
    Library("django.contrib.admin", DJANGO / "contrib/admin", DJANGO / "contrib/admin/locale", (
        "templates/registration/*", "templates/admin/login.html", "templates/admin/auth/*",  # the door is allauth's
        "models.py", "apps.py", "forms.py",  # its log is not written: the register is
        "templates/admin/404.html", "templates/admin/500.html", "templates/admin/invalid_setup.html",  # we have our own
        "templates/admin/nav_sidebar.html", "templates/admin/color_theme_toggle.html",  # unfold draws its own
        "templates/admin/index.html",
    )),
    Library("django.contrib.auth", DJANGO / "contrib/auth", DJANGO / "contrib/auth/locale", (
        "admin.py", "apps.py", "forms.py", "hashers.py", "models.py", "views.py", "validators.py",  # ours or allauth's
        "management/*", "templates/*",
    )),
    Library("django.forms", DJANGO / "forms", DJANGO / "conf/locale", ()),
    Library("django.core", DJANGO / "core", DJANGO / "conf/locale", ()),
)  # fmt: skip
#: Punctuation and technical names that are written alike.
ALIKE = {":", ":?.!", "…", "IPv4", "IPv6", "IPv4 or IPv6"}


def missing(in_python: Reader, in_template: Reader) -> Iterator[tuple[Any, str]]:
    """Return each sentence of the libraries that has no Hindi of its own, with the file that says it."""
    for library in LIBRARIES:
        own = _own_hindi(library)
        for path in sorted(library.root.rglob("*")):
            name = path.relative_to(library.root).as_posix()
            if path.suffix not in {".py", ".html"} or _is_never_shown(library, name):
                continue
            reader = in_python if path.suffix == ".py" else in_template
            for saying in reader(path.read_text(encoding="utf-8"), name):
                if saying.text not in own and saying.text not in ALIKE:
                    yield saying, f"{library.name}/{name}"


def _own_hindi(library: Library) -> set[str]:
    compiled = library.hindi / "hi/LC_MESSAGES/django.mo"
    if not compiled.exists():
        return set()
    return {entry.msgid for entry in polib.mofile(str(compiled)) if entry.msgstr or entry.msgstr_plural}


def _is_never_shown(library: Library, name: str) -> bool:
    if name.startswith("locale/") or any(fnmatch(name, pattern) for pattern in library.never):
        return True
    # Unfold's template of that name is the one that is shown.
    return library.root != UNFOLD and name.startswith("templates/") and (UNFOLD / name).exists()
