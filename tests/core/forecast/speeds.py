"""The speed of a machine that no test has to time."""

from core.forecast.speed import Cost, MachineSpeed, Products


def products(narrow: float, wide: float) -> dict[int, Products]:
    return {width: Products(flops=flops, weight_seconds=1e-10) for width, flops in ((256, narrow), (1024, wide))}


SPEED = MachineSpeed(
    version=3,
    processor="any",
    float32=products(5e10, 1e11),
    bfloat16=products(2e11, 4e11),
    memory_bytes=1e10,
    pass_seconds={4: Cost(halves=5e-10, whole=8e-10), 2: Cost(halves=5e-10, whole=8e-10)},
    logit_seconds={4: 3e-9, 2: 3e-9},
    nf4_weights=1e9,
    by_hand_seconds=Cost(halves=1e-3, whole=6e-4),
    autograd_seconds=Cost(halves=1e-3, whole=6e-4),
    answering_seconds=1e-4,
    adapted_answering_seconds=2e-4,
    loading_seconds=8,
)
