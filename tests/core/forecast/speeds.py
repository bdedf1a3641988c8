"""The speed of a machine that no test has to time."""

from core.forecast.speed import MachineSpeed

SPEED = MachineSpeed(
    version=2,
    processor="any",
    float32_flops={256: 5e10, 1024: 1e11},
    bfloat16_flops={256: 2e11, 1024: 4e11},
    memory_bytes=1e10,
    pass_seconds={4: 5e-10, 2: 5e-10},
    nf4_weights=1e9,
    by_hand_seconds=1e-3,
    autograd_seconds=1e-3,
    answering_seconds=1e-4,
    adapted_answering_seconds=2e-4,
    loading_seconds=8,
)
