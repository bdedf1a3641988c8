"""Which fields of a request count: null means left out, what changes nothing is accepted, and what would change the
answer but is not done here is refused by name. Light: pydantic only.
"""

import json
from difflib import get_close_matches
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from core.values import NAMES_AND_NUMBERS

LONGEST_PROMPT = 1_000_000
"""Characters of one request's text; the model's context ends long before."""
Text = Annotated[str, Field(max_length=LONGEST_PROMPT)]
_NEUTRAL = {
    # OpenAI's
    "audio": (), "best_of": (1,), "echo": (False,), "function_call": ("none", "auto"), "functions": ([],),
    "logprobs": (False,), "max_completion_tokens": (), "messages": ([],), "modalities": (["text"],), "n": (1,),
    "parallel_tool_calls": (True,), "prompt": ("",), "reasoning": (), "reasoning_effort": (), "stream": (False,),
    "stream_options": (), "suffix": ("",), "tool_choice": ("none", "auto"), "tools": ([],), "top_logprobs": (0,),
    "verbosity": (), "web_search_options": (), "input": (), "instructions": (), "max_output_tokens": (),
    # other servers'
    "add_generation_prompt": (True,), "allowed_token_ids": ([],), "bad_words": ([],), "chat_template": (),
    "chat_template_kwargs": ({},), "continue_final_message": (False,), "do_sample": (), "documents": ([],),
    "dry_multiplier": (0,), "enable_thinking": (), "extra_body": ({},), "grammar": ("",), "guided_choice": (),
    "guided_grammar": (), "guided_json": (), "guided_regex": (), "ignore_eos": (False,), "images": ([],),
    "json_schema": (), "length_penalty": (1,), "max_length": (), "max_new_tokens": (), "min_p": (0,),
    "min_tokens": (0,), "mirostat": (0,), "n_predict": (-1,), "n_probs": (0,), "num_beams": (1,), "num_ctx": (),
    "num_predict": (-1,), "options": ({},), "prompt_logprobs": (), "repeat_penalty": (1,), "repetition_penalty": (1,),
    "skip_special_tokens": (True,), "stop_sequences": ([],), "stop_token_ids": ([],), "structured_outputs": (),
    "system_prompt": ("",), "tfs_z": (1,), "thinking": (), "top_a": (0,), "top_k": (0, -1),
    "truncate_prompt_tokens": (), "typical_p": (1,), "use_beam_search": (False,), "xtc_probability": (0,),
}  # fmt: skip
"""Fields, done in other requests or by other servers, that would change the answer; with the values that would not."""
_INSTEAD = {
    "function_call": "use tool_choice",
    "functions": "use tools",
    "max_completion_tokens": "use max_tokens",
    "max_new_tokens": "use max_tokens",
    "max_output_tokens": "use max_tokens",
    "n": "ask again with another seed",
    "stop_sequences": "use stop",
    "system_prompt": "use system",
}
_HARMLESS = frozenset({
    "metadata", "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier",
    "store", "user",
})  # fmt: skip
"""Known and without effect on the answer: they are no misspelling of anything else."""


_LONGEST_NAME = 60
"""Of a field that may be a misspelling of a known one."""
_MOST_FIELDS = 200
"""Of a request, unknown ones among them: each of those is compared with the known."""


class Asked(BaseModel):
    """A part of a request. OpenAI's clients send null for what they leave to its default."""

    model_config = NAMES_AND_NUMBERS

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, values):
        return (
            {name: value for name, value in values.items() if value is not None} if isinstance(values, dict) else values
        )


class AskedWhole(Asked):
    """The body of a request for an answer."""

    @model_validator(mode="before")
    @classmethod
    def _all_is_done_or_refused(cls, values):
        if isinstance(values, dict):
            if len(values) > _MOST_FIELDS:
                raise ValueError(f"it has {len(values)} fields; none takes more than {_MOST_FIELDS}")
            for name, value in values.items():
                cls._check(str(name), value)
        return values

    @classmethod
    def _check(cls, name: str, value: object) -> None:
        if name in cls.model_fields or name in _HARMLESS or value is None:
            return
        if name in _NEUTRAL:
            if not any(type(value) in (type(one), float) and value == one for one in _NEUTRAL[name]):
                raise ValueError(f"{name} is not supported here; {_INSTEAD.get(name, 'leave it out')}")
            return
        if len(name) > _LONGEST_NAME:
            return
        known = {_letters(field): field for field in cls.model_fields}
        if meant := get_close_matches(_letters(name), known, n=1, cutoff=0.85):
            raise ValueError(f"{name[:60]!r} is not known here; {known[meant[0]]!r} is")


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def check_whole(value: object) -> None:
    """Raises ValueError for half a character anywhere in a JSON value: an escape such as `\\ud83d` without its other
    half, which no text can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("it holds half a character, or is too deep") from None
