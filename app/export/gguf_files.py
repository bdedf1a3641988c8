"""The GGUF files of an export: which still exist, and which is the best."""

from app.jobs.artifacts import artifacts, still_exists
from app.jobs.queries import jobs
from app.jobs.results import read_result, result_or_none
from core.specs import GgufType, JobKind, JobState
from core.specs.results.export import ExportResult, FileVerdict, GgufFile
from storage.actors import Actor
from storage.rows import Artifact, Job

_ADVISED = (GgufType.Q4_K_M, GgufType.Q5_K_M, GgufType.Q8_0, GgufType.F16, GgufType.Q4_0)
"""The types in the order of recommendation: small before large, if little is lost."""


def ranked(files: dict[str, GgufFile]) -> list[tuple[str, GgufFile]]:
    """The files of an export by type, the best first: recommended ones in the order of `_ADVISED`, then the others by
    how close they are to the model. Types of a newer version come after those of `_ADVISED`."""

    def place(item: tuple[str, GgufFile]) -> tuple:
        kind, file = item
        if file.verdict is FileVerdict.NOT_RECOMMENDED:
            return True, file.parity.mean_kl_divergence or 0.0
        return False, _ADVISED.index(kind) if kind in _ADVISED else len(_ADVISED)

    return sorted(files.items(), key=place)


def standing_ggufs(actor: Actor, export: Job) -> dict[str, Artifact]:
    """The existing files of an export by type, best first."""
    made = {artifact.path: artifact for artifact in artifacts(actor, export.id) if still_exists(artifact)}
    result = result_or_none(export, ExportResult)
    return {kind: made[file.path] for kind, file in ranked(result.gguf) if file.path in made} if result else {}


def recommended_gguf(actor: Actor, export: Job) -> Artifact | None:
    """The best existing file of an export; None if even that is not recommended."""
    kind, artifact = next(iter(standing_ggufs(actor, export).items()), (None, None))
    if kind and read_result(export, ExportResult).gguf[kind].verdict is FileVerdict.NOT_RECOMMENDED:
        return None
    return artifact


def recommended_file(actor: Actor, model: str) -> Artifact | None:
    """The recommended file of the newest export of the model with this reference; None if there is none."""
    exports = jobs(actor, kind=JobKind.EXPORT, state=JobState.SUCCEEDED)
    files = (recommended_gguf(actor, export) for export in exports if export.spec.get("model") == model)
    return next(filter(None, files), None)
