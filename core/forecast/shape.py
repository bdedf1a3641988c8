"""The sizes of a model's matrices, from its config.json or the catalogue. No weight is read."""

from dataclasses import dataclass
from pathlib import Path

from core.models.catalogue import CatalogueModel, find_in_catalogue
from core.models.folder_safety import read_object
from core.models.hub.cache import cached
from core.models.references import locate

_UNGATED = frozenset({
    "bloom", "codegen", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "mpt", "opt", "phi",
    "starcoder2", "xglm",
})  # fmt: skip
"""Families whose feed-forward layer has two matrices, not three."""
_UNTIED = frozenset({
    "cohere2", "gpt_neox", "gptj", "granite", "llama", "mistral", "mixtral", "olmo", "olmo2", "phi", "phi3", "qwen2",
    "qwen2_moe", "qwen3", "qwen3_moe",
})  # fmt: skip
"""Families whose output matrix is one of its own where config.json does not say."""
_UNSAID = {
    "gemma3_text": {
        "vocab_size": 262_208, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "max_position_embeddings": 131_072,
    },
}  # fmt: skip
"""Sizes that published models leave out where they are Transformers' defaults: Gemma 3 4B names only four."""


@dataclass(frozen=True)
class ModelShape:
    """Widths count elements: `query_width` and `key_width` of all heads together, `inner` of the feed-forward layer."""

    layers: int
    width: int
    inner: int
    heads: int
    query_width: int
    key_width: int
    vocabulary: int
    tied: bool
    context: int | None = None
    gated: bool = True
    experts: int = 1
    experts_used: int = 1
    family: str = ""
    stored_bytes: int = 2
    """Of one weight in the model's files."""

    @property
    def linear(self) -> dict[str, tuple[int, int]]:
        """(outputs, inputs) of the linear layers of one block, by their usual names; one expert of several."""
        attention = {
            "q_proj": (self.query_width, self.width),
            "k_proj": (self.key_width, self.width),
            "v_proj": (self.key_width, self.width),
            "o_proj": (self.width, self.query_width),
        }
        gate = {"gate_proj": (self.inner, self.width)} if self.gated else {}
        return attention | gate | {"up_proj": (self.inner, self.width), "down_proj": (self.width, self.inner)}

    @property
    def linear_weights(self) -> int:
        """Weights of the linear layers of all blocks, which are what quantization makes smaller."""
        sizes = {name: outputs * inputs for name, (outputs, inputs) in self.linear.items()}
        forward = sum(size for name, size in sizes.items() if name in _FEED_FORWARD)
        return self.layers * (sum(sizes.values()) + (self.experts - 1) * forward)

    @property
    def weights_used(self) -> int:
        """Linear weights that one token is multiplied with."""
        sizes = {name: outputs * inputs for name, (outputs, inputs) in self.linear.items()}
        forward = sum(size for name, size in sizes.items() if name in _FEED_FORWARD)
        return self.layers * (sum(sizes.values()) + (self.experts_used - 1) * forward)

    @property
    def embedding_weights(self) -> int:
        """Of the embedding and, if it is not the same, the output matrix."""
        return self.vocabulary * self.width * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        return self.linear_weights + self.embedding_weights + (2 * self.layers + 1) * self.width


_FEED_FORWARD = ("gate_proj", "up_proj", "down_proj")


def folder_here(reference: str) -> Path | None:
    """The folder of the model that `reference` names; None for a hub model that has not been downloaded.

    Raises what `locate` raises.
    """
    if known := find_in_catalogue(reference):
        return known.local_folder
    location = locate(reference)
    if location.kind == "hub":
        return cached(location.path, location.revision)
    return Path(location.path) if location.kind == "transformers" else None


def shape_of(reference: str) -> ModelShape | None:
    """The shape of the model that `reference` names; None if unknown: a hub model that is neither here nor in the
    catalogue, or a family whose config.json names no heads or layers.

    Raises what `locate` raises, also for a config.json that cannot be read.
    """
    folder, known = folder_here(reference), find_in_catalogue(reference)
    if folder is None:
        return shape_of_known(known) if known else None
    try:
        return shape_in(read_object(folder / "config.json"))
    except KeyError:
        return None


def shape_of_known(model: CatalogueModel) -> ModelShape:
    """The shape of a catalogue model, all of which have the matrices of a Llama. The number of heads is a guess."""
    query = model.query_width or model.width
    return ModelShape(
        model.layers, model.width, model.inner, max(1, query // (64 if model.width < 2048 else 128)), query,
        model.key_width, model.vocabulary, model.tied, model.context, family=model.family,
    )  # fmt: skip


def shape_in(config: dict) -> ModelShape:
    """The shape that a config.json describes. Raises KeyError where a size is missing."""
    config = config | config.get("text_config", {})  # in models that also read images
    config = _UNSAID.get(config.get("model_type"), {}) | config
    family, width = config.get("model_type", ""), _first(config, "hidden_size", "n_embd", "d_model")
    heads = _first(config, "num_attention_heads", "n_head", "num_heads", "n_heads")
    head = config.get("head_dim") or width // heads
    experts = config.get("num_local_experts") or config.get("num_experts") or 1
    return ModelShape(
        layers=_first(config, "num_hidden_layers", "n_layer", "num_layers", "n_layers"),
        width=width,
        inner=(config.get("moe_intermediate_size") if experts > 1 else None)
        or config.get("intermediate_size") or config.get("n_inner") or config.get("ffn_dim") or 4 * width,
        heads=heads,
        query_width=heads * head,
        key_width=(config.get("num_key_value_heads") or heads) * head,
        vocabulary=_first(config, "vocab_size"),
        tied=config.get("tie_word_embeddings", family not in _UNTIED),
        context=config.get("max_position_embeddings") or config.get("n_positions"),
        gated=family not in _UNGATED,
        experts=experts,
        experts_used=config.get("num_experts_per_tok") or 1,
        family=family,
        stored_bytes=4 if (config.get("dtype") or config.get("torch_dtype")) == "float32" else 2,
    )  # fmt: skip


def _first(config: dict, *names: str) -> int:
    for name in names:
        if config.get(name):
            return config[name]
    raise KeyError(names[0])
