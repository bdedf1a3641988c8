"""How a text file is decoded."""

import codecs
import io
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from core.data.reading.content import Content

FORMATS_READ = (
    "Use CSV, JSON, JSON lines, Parquet, Arrow, Excel, text, Markdown, PDF, Word (docx), HTML, an export from a chat "
    "or an annotation tool, or an archive of these."
)


@dataclass(frozen=True)
class Encoding:
    """How a content is decoded."""

    name: str
    errors: str = "strict"
    """`counted`: undecodable bytes become U+FFFD, and the meter counts them."""

    @property
    def is_plain_utf8(self) -> bool:
        """Whether the bytes are valid UTF-8, so that orjson can parse them undecoded."""
        return self.name in ("utf-8", "utf-8-sig") and self.errors == "strict"

    def open(self, content: Content, is_counted: bool = True) -> TextIO:
        """The text from its start, line ends unchanged; `is_counted` is False for a mere look at it."""
        errors = self.errors if self.errors == "strict" or is_counted else "replace"
        if errors == "counted":
            codecs.register_error("counted", partial(_count, content.meter.replaced, self.name))
        return io.TextIOWrapper(content.open(), encoding=self.name, errors=errors, newline="")


def _count(replaced: Counter[str], encoding: str, error: UnicodeError) -> tuple[str, int]:
    replaced[encoding] += 1
    return "\ufffd", error.end
