"""What every stored result shares: strict on writing, tolerant on reading, one upgrade step from before versions."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import CorruptArtifactError

_PROBLEMS_NAMED = 5


class Part(BaseModel):
    """A part of a result. Writing an unknown field is an error; reading ignores fields of a newer version."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Result(Part):
    """What a job made, as its row and the JSON files beside it hold it."""

    VERSION: ClassVar[int] = 1
    """Raise it when a field is renamed or changes its meaning, and extend `_upgraded`."""

    def stored(self) -> dict:
        """Plain JSON values: the fields that were set, and the version that wrote them as `result_version`."""
        return {"result_version": self.VERSION, **self.model_dump(mode="json", by_alias=True, exclude_unset=True)}

    @classmethod
    def read(cls, values: object, source: str) -> Self:
        """The result that parsed JSON holds, whichever version wrote it.

        Raises CorruptArtifactError that names `source` and the fields that cannot be read.
        """
        if not isinstance(values, dict):
            raise _unreadable(source, "it is not a JSON object")
        try:
            version = values.get("result_version") or 0
            known = cls._upgraded(values) if version < cls.VERSION else values
            return cls.model_validate(known, extra="ignore")
        except ValidationError as error:
            raise _unreadable(source, _problems(error)) from error

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        """The fields of this version, from a result of an earlier one (those of the first had no version)."""
        return values


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False)
    named = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found[:_PROBLEMS_NAMED]]
    more = [f"{len(found) - _PROBLEMS_NAMED} more"] if len(found) > _PROBLEMS_NAMED else []
    return "; ".join([*named, *more])


def _unreadable(source: str, why: str) -> CorruptArtifactError:
    return CorruptArtifactError(
        f"{source} cannot be read: {why}.",
        "It is damaged or from another version of Tunewright: update, or run the job again.",
    )
