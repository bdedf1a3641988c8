"""Checks that llama.cpp, as compiled here, quantizes, loads and runs a model: `python -m core.export.smoke_test`.

The set-up runs it as a child process: a badly compiled library would crash the process that uses it.
"""

import itertools
import sys
import tempfile
from pathlib import Path

from core.errors import TunewrightError, UnavailableError
from core.gguf.convert import convert_to_gguf
from core.gguf.quantize import quantize_gguf
from core.models.references import STARTER, locate
from core.specs import GgufType

_TOKENS_WANTED = 8


def check_llama_cpp(folder: Path) -> None:
    """Quantize the starter model to q4_k_m in `folder` and generate a few tokens.

    Raises UnavailableError when too few come, and whatever conversion and quantization raise.
    """
    f16, quantized = folder / "f16.gguf", folder / "q4_k_m.gguf"
    convert_to_gguf(Path(locate(STARTER).path), f16)
    quantize_gguf(f16, quantized, GgufType.Q4_K_M)

    import llama_cpp

    model = llama_cpp.Llama(str(quantized), n_ctx=128, verbose=False)
    prompt = model.tokenize(b"The capital of France is")
    generated = list(itertools.islice(model.generate(prompt, temp=0), _TOKENS_WANTED))
    model.close()
    if len(generated) < _TOKENS_WANTED:
        raise UnavailableError(
            f"The quantized starter model generated {len(generated)} tokens instead of {_TOKENS_WANTED}."
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        try:
            check_llama_cpp(Path(folder))
        except TunewrightError as error:
            sys.exit(f"{error.message} {error.remedy}")
