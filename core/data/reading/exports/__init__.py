"""What people export from chats, annotation tools and card decks, turned into ordinary rows while it is read."""

from core.data.reading.exports.recognising import open_text_export, recognised, rows_of_export

__all__ = ["open_text_export", "recognised", "rows_of_export"]
