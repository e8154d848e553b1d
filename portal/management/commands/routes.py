"""``manage.py routes``: every address the portal answers, with its methods."""

from __future__ import annotations

import inspect
import json
import re
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

HTTP = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: A view that says nothing of its methods, as the pages of Django's admin, reads and takes forms.
UNSAID = ("GET", "HEAD", "POST")


class Route(NamedTuple):
    """One address."""

    path: str
    name: str
    methods: tuple[str, ...]


class Command(BaseCommand):
    help = "Lists every URL pattern with its methods."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_args: object, **options: Any) -> None:
        found = list(routes())
        if options["json"]:
            rows = [{"path": route.path, "name": route.name, "methods": list(route.methods)} for route in found]
            self.stdout.write(json.dumps({"routes": rows}, indent=1))
            return
        widest = max(len(" ".join(route.methods)) for route in found)
        for route in found:
            self.stdout.write(f"{' '.join(route.methods):<{widest}}  {route.path}")


def routes() -> list[Route]:
    """Return every address, in the order in which they are tried."""
    return list(_routes(get_resolver().url_patterns, "/", ""))


def _routes(patterns: list[URLPattern | URLResolver], before: str, space: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + _spelled(pattern)
        if isinstance(pattern, URLResolver):
            inside = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _routes(pattern.url_patterns, path, inside)
        else:
            yield Route(path, f"{space}{pattern.name}" if pattern.name else "", methods_of(pattern.callback))


def _spelled(pattern: URLPattern | URLResolver) -> str:
    """Return a pattern as an address: ``cases/<reference:reference>``, without the signs of a regular expression."""
    if isinstance(pattern.pattern, RoutePattern):
        return str(pattern.pattern)
    return re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", str(pattern.pattern).strip("^$").removesuffix("\\Z"))


def methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """Return the methods a view answers: what it says of itself, what its class has, or what its decorator checks."""
    if said := getattr(view, "answered_methods", None):
        return tuple(said)
    of_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if of_class is not None:
        has = [name.upper() for name in of_class.http_method_names if hasattr(of_class, name)]
        reads = ["HEAD"] if "GET" in has and "HEAD" not in has else []
        return tuple(method for method in HTTP if method in {*has, *reads})
    return _checked_by_decorator(view) or UNSAID


def _checked_by_decorator(view: Callable[..., Any]) -> tuple[str, ...]:
    """Find the list that Django's ``require_POST`` and its like were given; they keep it to themselves."""
    here: Callable[..., Any] | None = view
    while here is not None and inspect.isfunction(here):
        if listed := inspect.getclosurevars(here).nonlocals.get("request_method_list"):
            return tuple(listed)
        here = getattr(here, "__wrapped__", None)
    return ()
