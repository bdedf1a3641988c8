"""Speed and memory of the starter model as a GGUF: q4_k_m beside f16, each run in a process of its own, in turns."""

import statistics
import tempfile
from pathlib import Path

from core.benchmark.speed import by_label, measure_each
from core.gguf.convert import convert_to_gguf
from core.gguf.quantize import quantize_gguf
from core.models.catalogue import STARTER_FOLDER
from core.reporting import Reporter
from core.specs import GgufType
from core.specs.results.benchmark import Speed

NEW_TOKENS, REPEATS = 256, 3
_FIGURES = ("tokens_per_second", "time_to_first_token_s", "load_s", "peak_memory_bytes")


def measure() -> dict[str, dict[str, float]]:
    """Medians of each type, and its size."""
    with tempfile.TemporaryDirectory() as place:
        paths = {kind: Path(place) / f"{kind}.gguf" for kind in (GgufType.Q4_K_M, GgufType.F16)}
        convert_to_gguf(STARTER_FOLDER, paths[GgufType.F16])
        quantize_gguf(paths[GgufType.F16], paths[GgufType.Q4_K_M], GgufType.Q4_K_M)
        runs = [_measured(paths) for _ in range(REPEATS)]
        return {
            str(kind): {name: statistics.median(getattr(run[kind], name) for run in runs) for name in _FIGURES}
            | {"file_bytes": path.stat().st_size}
            for kind, path in paths.items()
        }


def _measured(paths: dict[GgufType, Path]) -> dict[GgufType, Speed]:
    models = [str(path) for path in paths.values()]
    return dict(zip(paths, measure_each(by_label(models, None), Reporter(), NEW_TOKENS).values(), strict=True))
