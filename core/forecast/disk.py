"""The disk space that a run's checkpoints and models take."""

from typing import NamedTuple

from core.forecast.setup import Setup
from core.forecast.shape import ModelShape


class DiskSpace(NamedTuple):
    """Bytes that a run writes and keeps."""

    checkpoints: int
    models: int

    @property
    def total(self) -> int:
        return self.checkpoints + self.models


def disk_of_run(shape: ModelShape, setup: Setup, kept_checkpoints: int, merges: bool) -> DiskSpace:
    """Checkpoints as kept by rotation, the best and the one being written; the adapter and the merged model.

    The merged model is saved in the format of its base.
    """
    trained = setup.trained_weights(shape)
    checkpoint = trained * (4 + setup.optimizer_bytes)
    merged = shape.parameters * shape.stored_bytes if merges and setup.trains == "adapter" else 0
    return DiskSpace(round((kept_checkpoints + 2) * checkpoint), trained * 4 + merged)
