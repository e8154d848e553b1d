"""Markup: the text of HTML, read as data by a parser. Nothing of it is rendered, fetched or run."""

from __future__ import annotations

from html.parser import HTMLParser

SILENT = frozenset({"script", "style", "head", "template", "noscript", "object", "svg", "iframe"})
BLOCKS = frozenset({
    "p", "div", "li", "ul", "ol", "table", "tr", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre",
    "section", "article", "blockquote", "hr", "header", "footer", "address", "form", "fieldset", "center", "caption",
})  # fmt: skip
CELLS = frozenset({"td", "th"})
#: A line of its own where a quotation has ended. Python takes it for a blank, so that nothing else minds it.
QUOTE_ENDS = "\x1d"
LONGEST = 2_000_000
DEEPEST = 2_000


def text_of_markup(markup: str) -> str:
    """Return the text, one line for each block and one for each row of a table, links written out."""
    reader = _Reader()
    try:
        reader.feed(markup[:LONGEST])
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        pass  # what was read until there is kept
    return reader.text()


class _Reader(HTMLParser):
    """Collects text; a cell after a cell of the same row is joined to it as a value to its label."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._silent: list[str] = []
        self._links: list[str] = []
        self._cells = 0
        #: Of each open table, whether it stands in a cell behind a label: its rows are the values of that label.
        self._within: list[bool] = []

    def text(self) -> str:
        lines = ["".join(self._pieces[start:end]) for start, end in self._spans()]
        tidy = [
            QUOTE_ENDS if line == QUOTE_ENDS else "\t".join(" ".join(cell.split()) for cell in line.split("\t")).strip()
            for line in lines
        ]
        return "\n".join(tidy)

    def _spans(self) -> list[tuple[int, int]]:
        spans, start = [], 0
        for number, piece in enumerate(self._pieces):
            if piece == "\n":
                spans.append((start, number))
                start = number + 1
        spans.append((start, len(self._pieces)))
        return spans

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent and tag == "body":
            self._silent.clear()  # a head that nobody closed
        if tag in SILENT and len(self._silent) < DEEPEST:
            self._silent.append(tag)
        if self._silent:
            return
        self._lay_out(tag)
        if tag == "a" and len(self._links) < DEEPEST:
            self._links.append((dict(attrs).get("href") or "").strip())

    def _lay_out(self, tag: str) -> None:
        """Begin a new line, or part a value from its label."""
        if tag == "table":
            self._within.append(self._cells > 1 and self._line().rstrip(" ").endswith((":", "\t")))
        if self._within and self._within[-1] and tag in {"table", "tbody", "tr", *CELLS}:
            if tag == "tr" and not self._line().rstrip(" ").endswith((":", "\t")):
                self._pieces.append("; ")
        elif tag == "tr":
            self._break()
            self._cells = 0
        elif tag in CELLS:
            if self._cells:
                self._pieces.append("\t: " if self._cells == 1 and not self._line().rstrip().endswith(":") else "\t")
            self._cells += 1
        elif tag == "dd":
            self._pieces.append(" " if self._line().rstrip().endswith(":") else ": ")
        elif tag == "blockquote":
            # A blank line around a quotation, so that what stands below it is not taken for a part of it.
            self._break()
            self._break()
        elif tag in BLOCKS or tag == "br":
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1] or (tag == "head" and "head" in self._silent):
                self._silent.pop()
            return
        if tag == "a" and self._links:
            address = self._links.pop()
            if address.lower().startswith(("http://", "https://")) and address not in self._line():
                self._pieces.append(f" {address} ")
        elif tag == "table" and self._within and self._within.pop():
            pass
        elif tag in {"p", "blockquote", "table", "ul", "ol"}:
            self._break()
            if tag == "blockquote":
                self._pieces.append(QUOTE_ENDS)
            self._break()
        elif tag == "dt":
            pass
        elif tag in BLOCKS and not (tag == "tr" and self._within and self._within[-1]):
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A line end inside a text is a blank in HTML.
            self._pieces.append(" ".join(data.split("\n")) if data != "\n" else " ")

    def _break(self) -> None:
        self._pieces.append("\n")

    def _line(self) -> str:
        line: list[str] = []
        for piece in reversed(self._pieces):
            if piece == "\n" or len(line) > 50:
                break
            line.append(piece)
        return "".join(reversed(line))
