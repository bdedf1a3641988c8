"""Exports from chats, annotation tools and flashcard decks, converted to ordinary rows while they are read."""

from core.data.reading.exports.known_exports import converted_export, open_text_export, rows_of_export

__all__ = ["open_text_export", "converted_export", "rows_of_export"]
