"""Request fields of OpenAI and other servers that are not implemented here, and the values that make no difference."""

NEUTRAL = {
    # OpenAI
    "audio": (), "best_of": (1,), "echo": (False,), "function_call": ("none", "auto"), "functions": ([],),
    "logprobs": (False,), "max_completion_tokens": (), "messages": ([],), "modalities": (["text"],), "n": (1,),
    "parallel_tool_calls": (True,), "prompt": ("",), "reasoning": (), "reasoning_effort": (), "stream": (False,),
    "stream_options": (), "suffix": ("",), "tool_choice": ("none", "auto"), "tools": ([],), "top_logprobs": (0,),
    "verbosity": (), "web_search_options": (), "input": (), "instructions": (), "max_output_tokens": (),
    # other servers
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
"""Fields that would change the answer, with the values that would not. Some are fields of other routes here."""
INSTEAD = {
    "function_call": "use tool_choice",
    "functions": "use tools",
    "max_completion_tokens": "use max_tokens",
    "max_new_tokens": "use max_tokens",
    "max_output_tokens": "use max_tokens",
    "n": "ask again with another seed",
    "stop_sequences": "use stop",
    "system_prompt": "use system",
}
HARMLESS = frozenset({
    "metadata", "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier",
    "store", "user",
})  # fmt: skip
"""Fields that never change the answer. Listed so that none is taken for a misspelling of another field."""
