"""What a run takes of its machine: memory, and where there is a GPU, its memory and how busy it is."""

import ctypes
import resource

import torch


def usage_now() -> dict[str, float]:
    """Metrics by name: this process's peak resident memory in bytes; on a GPU also its memory in use and its load.

    GPU memory is the peak that tensors took since the process began; the load, in percent, is the driver's own figure
    for its last sampling period (at most a second), and absent where the driver gives none.
    """
    found = {"memory_bytes": float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)}  # Linux counts KiB
    if torch.cuda.is_available():
        found["gpu_memory_bytes"] = float(torch.cuda.max_memory_allocated())
        if (busy := _gpu_percent()) is not None:
            found["gpu_percent"] = busy
    return found


class _Utilization(ctypes.Structure):
    _fields_ = [("gpu", ctypes.c_uint), ("memory", ctypes.c_uint)]


def _gpu_percent() -> float | None:
    """How busy this process's GPU is, from the NVIDIA driver's management library (NVML); None without one.

    Asked by its UUID: CUDA numbers only the visible GPUs, and NVML all of them.
    """
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    handle, busy = ctypes.c_void_p(), _Utilization()
    uuid = f"GPU-{torch.cuda.get_device_properties(torch.cuda.current_device()).uuid}".encode()
    if nvml.nvmlInit_v2() or nvml.nvmlDeviceGetHandleByUUID(uuid, ctypes.byref(handle)):
        return None
    if nvml.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(busy)):
        return None  # as on a slice of a GPU (MIG)
    return float(busy.gpu)
