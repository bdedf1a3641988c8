"""Quantizes an f16 GGUF with llama.cpp, in a child process."""

import os
import sys
from pathlib import Path

from core.errors import CorruptArtifactError
from core.full_disk import naming_full_disks
from core.gguf.header import check_gguf, read_header
from core.processes.child import ChildError, run_child
from core.reporting import Reporter
from core.specs import GgufType

_FILE_TYPES = {GgufType.Q8_0: 7, GgufType.Q5_K_M: 17, GgufType.Q4_K_M: 15, GgufType.Q4_0: 2}
"""llama.cpp's numbers (LLAMA_FTYPE_MOSTLY_…)."""
_F32_FILE_TYPE = 0
_BLOCK_VALUES = {GgufType.Q8_0: 32, GgufType.Q5_K_M: 256, GgufType.Q4_K_M: 256, GgufType.Q4_0: 32}
"""Values per block. A row whose length is not a multiple of it is kept in a wider type."""


def quantize_gguf(source: Path, out: Path, type: GgufType, reporter: Reporter | None = None) -> None:
    """Write the weights of the f16 GGUF `source` to `out` as `type`. `out` appears only when it is complete.

    Raises DiskFullError, Stopped, or ChildError if llama.cpp refuses or crashes.
    """
    _rewrite(source, out, _FILE_TYPES[type], f"Quantizing to {type}", reporter or Reporter())


def widen_gguf(source: Path, out: Path, reporter: Reporter | None = None) -> None:
    """Write the unchanged weights of the f16 GGUF `source` to `out` in 32 bits. Otherwise like `quantize_gguf`."""
    _rewrite(source, out, _F32_FILE_TYPE, "Widening to 32 bits", reporter or Reporter())


def _rewrite(source: Path, out: Path, file_type: int, doing: str, reporter: Reporter) -> None:
    check_gguf(source)
    partial = out.with_name(f"{out.name}.partial")
    try:
        # llama.cpp does not say why a write failed; some versions do not even say that it failed.
        with naming_full_disks(out, partial, silent=(ChildError, CorruptArtifactError)):
            arguments = ["-m", "core.gguf.quantize", str(source), str(partial), str(file_type)]
            run_child(arguments, doing, reporter, out=partial)
            check_gguf(partial)
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def kept_wider(path: Path, type: GgufType) -> list[str]:
    """Names of the weights that llama.cpp kept in a wider type, because `type` does not fit their row length."""
    block = _BLOCK_VALUES.get(type, 1)
    return [tensor.name for tensor in read_header(path).tensors if len(tensor.shape) > 1 and tensor.shape[0] % block]


def main(source: str, out: str, file_type: str) -> None:
    """The child process: one call into llama.cpp, which logs to standard error."""
    from llama_cpp import llama_cpp as native

    native.llama_backend_init()
    params = native.llama_model_quantize_default_params()
    params.ftype = int(file_type)
    params.nthread = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    if status := native.llama_model_quantize(source.encode(), out.encode(), params):
        sys.exit(f"error: llama.cpp returned {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
