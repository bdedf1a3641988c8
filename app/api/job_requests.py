"""The bodies of job requests: the fields of each spec, except those that only the server sets."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model, model_validator

from app.api.references import (
    DatasetReference,
    DatasetReferences,
    HubId,
    ModelReference,
    ModelReferences,
    ServedName,
)
from core.specs import (
    BenchmarkSpec,
    EvaluateSpec,
    ExportSpec,
    JudgeSpec,
    PrepareSpec,
    Spec,
    SynthesizeSpec,
    TrainSpec,
)
from core.specs.evaluate import MOST_MODELS
from core.values import NAMES_AND_NUMBERS, STRICT

_SERVER_SIDE = {
    "spec_version", "name", "output_dir", "input_file", "documents", "resume_from_checkpoint", "api_key_env",
    "judge_api_key_env", "not_compared_with", "artifact_ids", "test_file", "made_from",
}  # fmt: skip
"""Fields that no request may set, above all local paths and environment variables; and `name`, which is optional."""


def _request(spec: type[Spec], **changed: Any) -> type[BaseModel]:
    """The request model for a job: its spec's fields, except those that only the server sets."""
    fields = {name: (field.annotation, field) for name, field in spec.model_fields.items() if name not in _SERVER_SIDE}
    fields |= {"name": (str | None, None)} | changed
    config = ConfigDict(extra="forbid", protected_namespaces=(), **NAMES_AND_NUMBERS)
    return create_model(spec.__name__.replace("Spec", "Request"), __config__=config, **fields)


PrepareRequest = _request(
    PrepareSpec,
    dataset_name=(HubId | None, None),
    parent=(DatasetReference | None, None),
    exclude_dataset=(DatasetReference | None, None),
    compare_with=(DatasetReferences | None, None),
    model=(ModelReference | None, None),
    upload=(str | None, None),
)


class SynthesizeRequest(
    _request(
        SynthesizeSpec,
        model=(ServedName | None, None),
        dataset=(DatasetReference | None, None),
        compare_with=(DatasetReferences | None, None),
        uploads=(list[str], Field(default=[], max_length=1000)),
    )
):
    """Documents are uploaded first; only an endpoint's model may have an arbitrary name."""

    @model_validator(mode="after")
    def _no_path(self) -> Self:
        if self.model and not self.endpoint:
            TypeAdapter(ModelReference).validate_python(self.model)
        return self


TrainRequest = _request(
    TrainSpec, model=(ModelReference | None, None), dataset=(DatasetReference, ...), preset=(str | None, None)
)
ChangedSettings = _request(TrainSpec, model=(ModelReference | None, None), dataset=(DatasetReference | None, None))
"""The settings in which a run is to differ from an earlier one."""


class ComparedModelRequest(BaseModel):
    """A model to compare; only an endpoint's model may have an arbitrary name."""

    model_config = STRICT

    name: str
    model: ServedName | None = None
    endpoint: str | None = None
    look_up: bool = False

    @model_validator(mode="after")
    def _no_path(self) -> Self:
        if self.model and not self.endpoint:
            TypeAdapter(ModelReference).validate_python(self.model)
        return self


EvaluateRequest = _request(
    EvaluateSpec,
    models=(list[ComparedModelRequest], Field(default=[], max_length=MOST_MODELS)),
    model=(ModelReference | None, None),
    base_model=(ModelReference | None, None),
    embedding_model=(HubId | None, None),
    dataset=(DatasetReference | None, None),
    upload=(str | None, None),
)
ExportRequest = _request(
    ExportSpec,
    model=(ModelReference, ...),
    base_model=(ModelReference | None, None),
    dataset=(DatasetReference | None, None),
)


class JudgeRequest(_request(JudgeSpec, evaluation=(DatasetReference, ...), model=(ServedName | None, None))):
    """An evaluation's id or name; only an endpoint's model may have an arbitrary name."""

    @model_validator(mode="after")
    def _no_path(self) -> Self:
        if self.model and not self.endpoint:
            TypeAdapter(ModelReference).validate_python(self.model)
        return self


BenchmarkRequest = _request(BenchmarkSpec, models=(ModelReferences, ...), base_model=(ModelReference | None, None))
