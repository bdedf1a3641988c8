"""Exports of chats: with assistants, and between people."""
