"""Exports from chats, annotation tools and flashcard decks, converted to ordinary rows while they are read."""

from core.data.reading.exports.recognising import open_text_export, recognised, rows_of_export

__all__ = ["open_text_export", "recognised", "rows_of_export"]
