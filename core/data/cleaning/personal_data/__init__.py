"""Personal data in texts: found by form and check digits, replaced by placeholders."""

from core.data.cleaning.personal_data.finding import Found, find_personal_data, redact

__all__ = ["Found", "find_personal_data", "redact"]
