"""The source of an export: the whole model to convert, and the sample that its files are compared on."""

import json
from pathlib import Path

from core.errors import InputError, NotFoundError
from core.export.sample import Sample, take_sample
from core.models.references import TRAINING_CONFIG, ModelLocation
from core.reporting import Reporter
from core.specs import ExportSpec

BUILT_IN = "built-in"


def sample_for(spec: ExportSpec, location: ModelLocation) -> tuple[Sample, str]:
    """The sample and its origin: the dataset in `spec`, else the one the model was trained on, else built in."""
    if spec.dataset:
        return take_sample(spec.dataset), spec.dataset
    if dataset := trained_on(location):
        try:
            return take_sample(dataset), dataset
        except (NotFoundError, InputError):  # deleted since: the model can be exported without it
            pass
    return take_sample(None), BUILT_IN


def trained_on(location: ModelLocation) -> str | None:
    """The dataset folder that a model was trained on, which may be gone; None if the model does not say."""
    return _training_config(location).get("dataset")


def whole_model(location: ModelLocation, sample: Sample, staged: Path, reporter: Reporter) -> Path:
    """The folder of the model to convert. An adapter is merged into its base first, under `staged`."""
    if location.kind == "transformers":
        return Path(location.path)
    from core.models.loading import load_tokenizer, model_folder
    from core.models.precision import precision_of

    if location.kind == "hub":
        return model_folder(location)
    from core.models.merging.merge import merge, merged_in_words

    merged = staged / "merged_model"
    merged.mkdir()
    tokenizer = load_tokenizer(location)
    texts = [tokenizer.encode(text) for text in sample.texts[:4]]
    config = _training_config(location)
    report = merge(
        location,
        merged,
        precision_of(config.get("precision", "auto"), location),
        texts,
        four_bit=config.get("load_in_4bit", False),
        eight_bit=config.get("load_in_8bit", False),
    )
    reporter.event(merged_in_words(report), **report)
    return merged


def _training_config(location: ModelLocation) -> dict:
    config = Path(location.path) / TRAINING_CONFIG
    return json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
