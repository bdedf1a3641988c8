"""Names of columns with conversations that were assembled from rows or from an exported chat."""

MESSAGE_ROLES = ("conversation", "role", "content")
"""The roles of the columns of such a source, all required."""
ANSWERED_BY = "answered by "
"""Prefix of columns that hold the conversation with another speaker as the assistant than in MESSAGES."""
MESSAGES = "messages"
"""The column of the conversations that `core.data.sources` assembles."""
