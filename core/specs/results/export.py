"""What an export makes, for its job's row and for `quantization_metrics.json`."""

from enum import StrEnum

from core.specs.results.benchmark import Speed
from core.specs.results.result import Part, Result


class FileVerdict(StrEnum):
    """Whether a GGUF is worth using; what is stopped is not published."""

    PASSED = "passed"
    """Published before files were judged: it passed every check of its time."""
    RECOMMENDED = "recommended"
    NOT_RECOMMENDED = "not recommended"
    STOPPED = "stopped"


class Parity(Part):
    """How a GGUF compares with its source (f16) or with f16 (quantized types).

    `logits_*` is the length of the difference of logits over their length, or the largest difference of one logit;
    `*_as_run` in llama.cpp's 16-bit arithmetic, the others in 32 bits.
    """

    passed: bool = True
    tokens_equal: bool = True
    ends_equal: bool = True
    """Begin-of-sequence and end-of-sequence tokens."""
    ends_by_itself: bool | None = None
    """Whether it ends an answer that its source ends; None where the source ended none."""
    positions: int | None = None
    """Tokens at which predictions were compared."""
    logits_difference: float | None = None
    logits_difference_as_run: float | None = None
    logits_max_difference: float | None = None
    logits_max_difference_as_run: float | None = None
    texts: int | None = None
    rare_texts_different: int | None = None
    mean_kl_divergence: float | None = None
    """From f16, in nats per token."""
    largest_kl_recommended: float | None = None
    largest_kl_allowed: float | None = None
    top1_agreement: float | None = None
    """Share of positions where the likeliest token is that of f16."""
    largest_weight_error: float | None = None
    """Of a tensor: length of the difference over length of the original."""
    largest_row_error: float | None = None
    kept_wider: int | None = None
    """Tensors stored with more bits, because their row length is not a multiple of the block size."""


class GgufReport(Part):
    """What was measured of one GGUF."""

    bytes: int
    verdict: FileVerdict
    why: str | None
    """Why it is not recommended."""
    parity: Parity
    perplexity: float | None = None
    speed: Speed | None = None
    answer: str | None = None
    """To the test prompt, by greedy decoding."""


class GgufFile(GgufReport):
    """A published GGUF."""

    path: str
    sha256: str


class StoppedType(Part):
    """A type that was not published, and why."""

    verdict: FileVerdict = FileVerdict.STOPPED
    why: str
    remedy: str


class ExportResult(Result):
    """The files that can be shipped and the types that cannot, each by GGUF type."""

    gguf: dict[str, GgufFile]
    stopped: dict[str, StoppedType]
    source: str
    """The folder or reference that was converted."""
    metrics_file: str

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        return {"stopped": {}, "source": "", "metrics_file": ""} | values | {"gguf": _all_judged(values.get("gguf"))}


class ExportFile(Result):
    """`quantization_metrics.json`: every file in the folder, also those of earlier exports."""

    source: str
    positions: int
    text: str
    """The dataset whose examples were compared, or `built-in`."""
    f16: GgufReport
    """What the others were quantized from; published only where it was asked for."""
    gguf: dict[str, GgufFile]
    stopped: dict[str, StoppedType]
    made_by: dict[str, str]
    """By type: the attempt that wrote its file."""
    versions: dict[str, str]

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        judged = {"f16": _judged(values.get("f16")), "gguf": _all_judged(values.get("gguf"))}
        return {"stopped": {}, "made_by": {}} | values | judged


def _all_judged(files: object) -> object:
    return {kind: _judged(file) for kind, file in files.items()} if isinstance(files, dict) else files


def _judged(file: object) -> object:
    return {"verdict": FileVerdict.PASSED, "why": None} | file if isinstance(file, dict) else file
