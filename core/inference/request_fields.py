"""Which fields of a request count: null means left out, what changes nothing is accepted, and what would change the
answer but is not done here is refused by name. Light: pydantic only.
"""

from difflib import get_close_matches

from pydantic import BaseModel, model_validator

_NEUTRAL = {
    "audio": (),
    "best_of": (1,),
    "chat_template": (),
    "chat_template_kwargs": ({},),
    "dry_multiplier": (0,),
    "echo": (False,),
    "extra_body": ({},),
    "function_call": ("none", "auto"),
    "functions": ([],),
    "grammar": ("",),
    "guided_choice": (),
    "guided_grammar": (),
    "guided_json": (),
    "guided_regex": (),
    "ignore_eos": (False,),
    "json_schema": (),
    "length_penalty": (1,),
    "logprobs": (False,),
    "min_p": (0,),
    "min_tokens": (0,),
    "mirostat": (0,),
    "modalities": (["text"],),
    "n": (1,),
    "n_predict": (-1,),
    "num_ctx": (),
    "options": ({},),
    "prompt_logprobs": (),
    "reasoning": (),
    "reasoning_effort": (),
    "repeat_penalty": (1,),
    "repetition_penalty": (1,),
    "stop_token_ids": ([],),
    "structured_outputs": (),
    "suffix": ("",),
    "thinking": (),
    "top_k": (0, -1),
    "top_logprobs": (0,),
    "truncate_prompt_tokens": (),
    "typical_p": (1,),
    "use_beam_search": (False,),
    "verbosity": (),
    "web_search_options": (),
    "xtc_probability": (0,),
}
"""Fields of OpenAI and of other servers that would change the answer, with the values that ask for nothing."""
_INSTEAD = {"functions": "use tools", "function_call": "use tool_choice", "n": "ask again with another seed"}
_HARMLESS = frozenset({
    "metadata", "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier",
    "store", "user",
})  # fmt: skip
"""Known and without effect on the answer: they are no misspelling of anything else."""


class Asked(BaseModel):
    """A part of a request. OpenAI's clients send null for what they leave to its default."""

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
        elif meant := get_close_matches(name, cls.model_fields, n=1, cutoff=0.85):
            raise ValueError(f"{name[:60]} is not known here; {meant[0]} is")
