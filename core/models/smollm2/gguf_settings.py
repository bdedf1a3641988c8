"""A model folder's settings and tokenizer from a GGUF's metadata: what Transformers calls each, and where it goes."""

_CONTROL, _USER_DEFINED = 3, 4  # values of `tokenizer.ggml.token_type`


def config(facts: dict, tied: bool) -> dict:
    """config.json; `tied` says whether the head shares the embedding's weights."""
    heads = facts["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "vocab_size": len(facts["tokenizer.ggml.tokens"]),
        "hidden_size": facts["llama.embedding_length"],
        "intermediate_size": facts["llama.feed_forward_length"],
        "num_hidden_layers": facts["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": facts["llama.attention.head_count_kv"],
        "head_dim": facts["llama.embedding_length"] // heads,
        "hidden_act": "silu",
        "max_position_embeddings": facts["llama.context_length"],
        "rms_norm_eps": float(f"{facts['llama.attention.layer_norm_rms_epsilon']:.6g}"),  # float32 in a GGUF
        "rope_parameters": {"rope_type": "default", "rope_theta": facts["llama.rope.freq_base"]},
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        **special_token_ids(facts),
    }


def special_token_ids(facts: dict) -> dict:
    """generation_config.json, and part of config.json."""
    return {
        "bos_token_id": facts["tokenizer.ggml.bos_token_id"],
        "eos_token_id": facts["tokenizer.ggml.eos_token_id"],
        "pad_token_id": facts["tokenizer.ggml.padding_token_id"],
    }


def tokenizer(facts: dict) -> dict:
    """tokenizer.json. SmolLM splits off every digit before byte-pair merging."""
    kinds = facts["tokenizer.ggml.token_type"]
    tokens = facts["tokenizer.ggml.tokens"]
    added = [number for number, kind in enumerate(kinds) if kind in (_CONTROL, _USER_DEFINED)]
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    by_bytes = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": number, "content": tokens[number], **plain, "special": kinds[number] == _CONTROL} for number in added
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, by_bytes],
        },
        "post_processor": None,
        "decoder": by_bytes | {"add_prefix_space": True},
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in facts["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(facts: dict) -> dict:
    """tokenizer_config.json."""

    def token(role: str) -> str:
        return facts["tokenizer.ggml.tokens"][facts[f"tokenizer.ggml.{role}_token_id"]]

    return {
        "tokenizer_class": "PreTrainedTokenizerFast",  # reads tokenizer.json as it is; other classes rebuild it
        "bos_token": token("bos"),
        "eos_token": token("eos"),
        "pad_token": token("padding"),
        "unk_token": token("unknown"),
        "model_max_length": facts["llama.context_length"],
        "clean_up_tokenization_spaces": False,
    }
