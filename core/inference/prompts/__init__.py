"""From a request to token ids: chat templates, tokenizers, and the grammar that constrains the answer."""
