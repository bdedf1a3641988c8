"""Refuses Office files whose XML could expand without bound."""

import re

from core.data.reading.archives.zips import PIECE_BYTES, zip_members
from core.data.reading.content import Content
from core.errors import InputError

_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_XML_SUFFIXES = (".xml", ".rels", ".vml")


def check_document(content: Content) -> None:
    """Read a whole Word or Excel file ahead of its parser. Raises InputError where its XML could explode."""
    for member in zip_members(content):
        end = b""
        with member.open() as file:
            while piece := file.read(PIECE_BYTES):
                if member.name.endswith(_XML_SUFFIXES) and (found := _ENTITIES.search(end + piece)):
                    raise InputError(
                        f"{content.name} defines XML entities (byte {found.start()} of {member.name}) like a bomb.",
                        "Save it again from the program that made it.",
                    )
                end = piece[-8:]
