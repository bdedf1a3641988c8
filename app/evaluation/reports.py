"""The reports of a finished evaluation, made when they are asked for: of results of any version."""

import math
import shutil
import tempfile
import zipfile
from itertools import islice
from pathlib import Path

from app.evaluation.evidence import verdict_of
from app.evaluation.stored import StoredEvaluation
from app.plumbing.studio import home
from app.wording.names import file_name
from core.errors import TunewrightError
from core.evaluation.reports.figures import model_labels
from core.evaluation.reports.findings import Settings
from core.evaluation.reports.harness import write_harness_files
from core.evaluation.reports.html import as_html
from core.evaluation.reports.text import as_text
from core.full_disk import naming_full_disks, require_room
from storage.actors import Actor

_MEASURED_ROWS = 200
"""Rows whose size tells that of all."""


def html_report(actor: Actor, evaluation: StoredEvaluation) -> str:
    """The evaluation as one HTML file; of the studio's own jobs with the verdicts that its page shows."""
    settings = Settings(evaluation.spec, evaluation.evaluated_at)
    return as_html(evaluation.result, evaluation.rows(), settings, _judged(actor, evaluation))


def text_report(evaluation: StoredEvaluation) -> str:
    """The evaluation as plain text."""
    return as_text(evaluation.result, evaluation.rows(), Settings(evaluation.spec, evaluation.evaluated_at))


def harness_files(evaluation: StoredEvaluation, folder: Path) -> list[Path]:
    """Write lm-evaluation-harness's files into `folder`, a folder for each model. Raises OSError."""
    return write_harness_files(evaluation.result, evaluation.rows(), evaluation.spec, evaluation.evaluated_at, folder)


def harness_archive(evaluation: StoredEvaluation) -> Path:
    """The same as a zip file, alone in a folder that whoever asked deletes. Raises DiskFullError."""
    downloads = home() / "downloads"
    require_room(downloads)
    downloads.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=downloads))
    archive = place / file_name(f"{evaluation.name} lm-eval", ".zip")
    try:
        with naming_full_disks(archive):
            require_room(downloads, harness_bytes(evaluation, place / "files"))
            files = harness_files(evaluation, place / "files")
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
                for file in files:
                    packed.write(file, file.relative_to(place / "files"))
                    file.unlink()  # so that all files and the archive never stand side by side
            shutil.rmtree(place / "files")
    except (OSError, TunewrightError):
        shutil.rmtree(place, ignore_errors=True)
        raise
    return archive


def harness_bytes(evaluation: StoredEvaluation, folder: Path) -> int:
    """What lm-evaluation-harness's files will take, about: each model's repeat all questions and references.

    Told from the files of the first rows, which are written into `folder` and deleted.
    """
    result = evaluation.result
    count = sum(scores.examples for scores in (result, *result.other_splits.values()))
    rows = list(islice(evaluation.rows(), _MEASURED_ROWS))
    written = write_harness_files(result, rows, evaluation.spec, evaluation.evaluated_at, folder)
    found = sum(file.stat().st_size for file in written)
    shutil.rmtree(folder)
    return math.ceil(found * max(1, count / len(rows))) if rows else found


def _judged(actor: Actor, evaluation: StoredEvaluation) -> list[str]:
    if not evaluation.job_id:
        return []
    labels = model_labels(evaluation.result, evaluation.spec)
    verdicts = {name: verdict_of(actor, evaluation.job_id, name) for name in evaluation.result.subjects}
    told = [(labels[name], one) for name, one in verdicts.items()]
    return [" ".join(filter(None, (f"{label}: {one.sentence}", one.advice, *one.notes))) for label, one in told]
