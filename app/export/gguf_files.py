"""The GGUF files of an export: which still exist, and which of them is the best."""

from app.jobs.artifacts import artifacts, is_there
from app.jobs.queries import jobs
from core.specs import GgufType, JobKind, JobState
from storage.actors import Actor
from storage.rows import Artifact, Job

_ADVISED = (GgufType.Q4_K_M, GgufType.Q5_K_M, GgufType.Q8_0, GgufType.F16, GgufType.Q4_0)
"""The types in the order in which one takes them: small before large, as long as little is lost."""
_NOT_ADVISED = "not recommended"


def ranked(result: dict) -> list[tuple[str, dict]]:
    """Type and report of each file of an export, the best first: those not advised against in the order of `_ADVISED`,
    then the others, the closest to the model first."""

    def place(item: tuple[str, dict]) -> tuple:
        kind, report = item
        if report.get("verdict") == _NOT_ADVISED:
            return True, report["parity"].get("mean_kl_divergence", 0)
        return False, _ADVISED.index(kind)

    return sorted(result.get("gguf", {}).items(), key=place)


def standing_ggufs(actor: Actor, export: Job) -> dict[str, Artifact]:
    """The files of an export that are still there, by their type, the best first."""
    made = {artifact.path: artifact for artifact in artifacts(actor, export.id) if is_there(artifact)}
    return {kind: made[report["path"]] for kind, report in ranked(export.result or {}) if report["path"] in made}


def recommended_gguf(actor: Actor, export: Job) -> Artifact | None:
    """The GGUF of a finished export to begin with: the best that is there, unless it is advised against."""
    kind, artifact = next(iter(standing_ggufs(actor, export).items()), (None, None))
    advised_against = kind and export.result["gguf"][kind].get("verdict") == _NOT_ADVISED
    return None if advised_against else artifact


def recommended_file(actor: Actor, model: str) -> Artifact | None:
    """The GGUF to begin with of the newest export of the model that a spec names so; None where there is none."""
    exports = jobs(actor, kind=JobKind.EXPORT, state=JobState.SUCCEEDED)
    files = (recommended_gguf(actor, export) for export in exports if export.spec.get("model") == model)
    return next(filter(None, files), None)
