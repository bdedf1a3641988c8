"""OpenAI's wire format: requests, messages, tools, responses and streamed events."""
