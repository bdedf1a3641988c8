"""How an example becomes tokens: the one way that training, scoring and every engine share.

A model answers well only to prompts built as those it was trained on, so nothing else in the project builds a prompt.
Takes a Hugging Face tokenizer; loads no ML library itself. Templates render in the sandbox of Transformers.
"""

from core.errors import InputError

PLAIN_TEMPLATE = (
    "{{- bos_token -}}"
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' -%}{{- message['content'] + '\n\n' -}}"
    "{%- elif message['role'] == 'user' -%}{{- '### Instruction:\n' + message['content'] + '\n\n' -}}"
    "{%- else -%}{{- '### Response:\n' + message['content'] + eos_token + '\n\n' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '### Response:\n' -}}{%- endif -%}"
)
"""The chat template of a base model that has none: instruction and response under headings."""


def messages_of(example: dict, system: str | None = None) -> list[dict]:
    """The chat messages that ask for an example's answer: an optional system prompt, then the question."""
    content = example["instruction"]
    if example.get("input"):
        content += "\n" + example["input"]
    messages = [{"role": "system", "content": system}] if system else []
    return [*messages, {"role": "user", "content": content}]


def chat_template(tokenizer) -> str:
    """The template that prompts are rendered with: the model's own, or the plain one."""
    template = tokenizer.chat_template
    if isinstance(template, dict):  # several named ones; only the default is for answering
        template = template.get("default")
    return template or PLAIN_TEMPLATE


def render_prompt(tokenizer, messages: list[dict]) -> str:
    """`messages` as the text after which the model answers. Raises InputError when the template refuses them."""
    from jinja2 import TemplateError

    try:
        return tokenizer.apply_chat_template(
            messages, chat_template=chat_template(tokenizer), tokenize=False, add_generation_prompt=True
        )
    except TemplateError as error:
        raise InputError(
            f"The model's chat template cannot render these messages: {error}.",
            "Leave out the system prompt, or use a model whose template takes it.",
        ) from error


def prompt_ids(tokenizer, messages: list[dict]) -> list[int]:
    """The token ids of `render_prompt`. The template writes its own special tokens, so none are added."""
    return tokenizer.encode(render_prompt(tokenizer, messages), add_special_tokens=False)


def answer_ids(tokenizer, answer: str) -> list[int]:
    """The token ids that follow a prompt: the answer, then the end token. Raises InputError when there is none."""
    if tokenizer.eos_token_id is None:
        raise InputError("The tokenizer names no end token, so the model could never stop.", "Use another base model.")
    return [*tokenizer.encode(answer, add_special_tokens=False), tokenizer.eos_token_id]
