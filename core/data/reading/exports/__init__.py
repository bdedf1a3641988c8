"""What people export from chats, annotation tools and card decks, turned into ordinary rows while it is read."""

from core.data.reading.exports.recognising import export_of, open_text_export, recognised

__all__ = ["export_of", "open_text_export", "recognised"]
