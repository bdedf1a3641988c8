"""What a batch holds while it is trained on: what autograd keeps of each block, the logits, and gradients in passing.

Counted tensor by tensor from what computes them: `core.training.compute` on a CPU, otherwise Transformers and PEFT.
Bytes of a token are per text token in the row; `scores` are pairs of a query and a key.
"""

from core.forecast.lengths import BatchSize
from core.forecast.setup import LONGEST_BY_PRODUCTS, ROWS_OF_LOGITS, Setup
from core.forecast.shape import ModelShape

_TILE = 4096, 32_768
"""Tokens and vocabulary of the logits that TRL's head computes at a time."""
_TILE_BYTES = 29
"""What TRL's head holds besides, for each of them, without Triton: seven float32 tensors and a mask."""
_NORMED_TWICE = frozenset({"gemma2", "gemma3_text", "glm4"})
"""Families that also normalize what attention and the feed-forward layer return."""
_HEADS_NORMED = frozenset({"gemma3_text", "olmo2", "qwen3", "qwen3_moe"})
"""Families that also normalize queries and keys."""
_UNGATED_OPERATIONS = 6
"""Families without a gate compute their activation function in several operations, each of which keeps something."""


def kept_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """What a batch's forward pass through all blocks keeps for the backward pass."""
    residual = batch.tokens * shape.width * setup.residual_bytes
    casts = 0
    if setup.trains == "all" and setup.compute_bytes == 2:  # no cache of cast weights: threads would share it
        casts = 2 * shape.linear_weights / shape.layers * (2 if setup.halves else 1)
    block = _block_bytes(shape, setup, batch) + casts
    blocks = shape.layers * residual + block if setup.checkpointing else shape.layers * block
    rotation = 2 * batch.tokens * shape.query_width // shape.heads * setup.residual_bytes
    return blocks + residual + rotation  # the last block's output, for the last norm


def logit_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """Logits and their gradient, at the end of the forward pass."""
    size, vocabulary = setup.compute_bytes, shape.vocabulary
    if setup.by_trl:
        tokens, words = _TILE
        held = 2 * size if setup.on_gpu else size + _TILE_BYTES
        return min(batch.tokens, tokens) * min(vocabulary, words) * held
    if setup.logits_by_rows(shape):
        rows = min(batch.learned, ROWS_OF_LOGITS * 4 // size * (2 if setup.halves else 1))
        return size * (rows * vocabulary + 2 * batch.learned * shape.width)
    logits = size * batch.learned * vocabulary
    if setup.trains == "adapter":
        return 2 * logits
    # The output matrix learns: its gradient is there before that of the logits is freed; in 16 bits a cast, too.
    matrix = vocabulary * shape.width * (2 if setup.halves else 1)
    casts = 2 * matrix if size == 2 else 0
    return max(2 * logits + casts, logits + 2 * casts + 4 * matrix)


def passing_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """Gradients within the last block, when all that other blocks keep is still there."""
    inner, width = shape.inner * shape.experts_used, shape.width
    if setup.by_hand(shape):
        attention = 2 * (shape.query_width + shape.key_width)
        # Norms compute in float32 and hold five tensors.
        passing = batch.tokens * (setup.compute_bytes * (width + attention + 3 * inner) + 4 * 5 * width)
        if setup.weight_bits == 4 and not setup.expanded_bytes(shape):
            passing += setup.compute_bytes * 2 * shape.inner * width  # gate and up, dequantized
        return passing
    of_attention = 0 if _by_blocks(setup, batch) else 2 * batch.squares * shape.heads * setup.compute_bytes
    return max(batch.tokens * (2 * width * setup.residual_bytes + 3 * inner * setup.compute_bytes), of_attention)


def _block_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """What one block keeps of a batch for its backward pass."""
    size, inner = setup.compute_bytes, shape.inner * shape.experts_used
    ranks = setup.rank * len(setup.target_sizes(shape))
    if setup.by_hand(shape):
        # Block's input, three norms' and layers' inputs with A's outputs, heads, gate and up: see `blocks._ByHand`.
        per_token = 4 * shape.width + 2 * (shape.query_width + shape.key_width) + 3 * inner + ranks + 2
        return size * (batch.tokens * per_token + batch.scores * shape.heads)
    per_token = _kept_by_layers(shape, setup) * size + _kept_by_norms(shape, setup)
    if setup.dora:  # the base's output and the adapter's, each to be scaled
        per_token += 2 * size * sum(outputs for outputs, _ in setup.target_sizes(shape).values())
    per_token += (3 if shape.gated else _UNGATED_OPERATIONS) * inner * size  # gate, its activation and up
    return batch.tokens * per_token + _attention_bytes(shape, setup, batch)


def _kept_by_norms(shape: ModelShape, setup: Setup) -> int:
    """Bytes of a token. Norms compute in float32 and keep their input; if they learn, what they scale too."""
    normed = (4 if shape.family in _NORMED_TWICE else 2) * shape.width
    normed += shape.query_width + shape.key_width if shape.family in _HEADS_NORMED else 0
    return 4 * normed * (2 if setup.trains == "all" else 1)


def _kept_by_layers(shape: ModelShape, setup: Setup) -> int:
    """Elements that the linear layers keep of one token: their inputs, once where several layers share one tensor."""
    inputs = {name: sizes[1] for name, sizes in setup.target_sizes(shape).items()}
    ranks = setup.rank * len(inputs)
    fused = setup.compute_bytes == 2 and not setup.on_gpu and not setup.dora  # [x, z] is each layer's own
    if setup.trains == "all":
        inputs, ranks = {name: sizes[1] for name, sizes in shape.linear.items()}, 0
        fused = setup.compute_bytes == 2  # each layer casts its input
        inputs["down_proj"] *= shape.experts_used
    if setup.dropout:  # the mask and what it leaves
        return (3 if fused else 2) * sum(inputs.values()) + ranks
    if fused:
        return sum(inputs.values()) + ranks
    shared = {"q_proj": "attention", "k_proj": "attention", "v_proj": "attention", "gate_proj": "up_proj"}
    return sum({shared.get(name, name): size for name, size in inputs.items()}.values()) + ranks


def _by_blocks(setup: Setup, batch: BatchSize) -> bool:
    """Whether attention never holds all scores at once."""
    return setup.on_gpu or not setup.packed or batch.longest > LONGEST_BY_PRODUCTS


def _attention_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """Queries, keys and values, and what attention makes of them."""
    size = setup.compute_bytes
    inputs = (shape.query_width + 2 * shape.key_width) * size
    if setup.packed and setup.in_float32_here:
        return batch.tokens * inputs + 4 * batch.scores * shape.heads
    if not setup.packed:  # keys and values of all query heads, the output, and a mask
        per_token = 4 * shape.query_width * size + 4 * shape.heads
        return batch.tokens * per_token + batch.texts * batch.longest**2 * size
    if _by_blocks(setup, batch):  # the output, and a number a row
        return batch.tokens * (inputs + shape.query_width * size + 4 * shape.heads)
    if batch.padded.tokens <= 2 * batch.tokens:
        batch = batch.padded
    return batch.tokens * inputs + batch.squares * shape.heads * size
