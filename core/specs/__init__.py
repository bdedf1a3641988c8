"""The specs of jobs, one module per kind, and the enums shared by database, pages, REST and command line.

A spec is frozen, validated before its row is written, and saved beside what the job made. Results are in
`core.specs.results`. Light: imports no ML library.
"""

from core.specs.benchmark import BenchmarkSpec
from core.specs.evaluate import SCORE_NAMES, EvaluateSpec
from core.specs.export import ExportSpec, GgufType
from core.specs.judging.spec import JudgeSpec
from core.specs.kinds import FINAL_STATES, ArtifactKind, DeathCause, HoldReason, JobKind, JobState, StopRequest
from core.specs.parsing import SPECS, parse_spec
from core.specs.prepare import Change, Cleaning, Mend, PrepareSpec, Shape, Split
from core.specs.spec import Spec
from core.specs.synthesize import SynthesizeSpec
from core.specs.train import TrainSpec

__all__ = [
    "ArtifactKind",
    "BenchmarkSpec",
    "Change",
    "Cleaning",
    "DeathCause",
    "EvaluateSpec",
    "ExportSpec",
    "FINAL_STATES",
    "GgufType",
    "HoldReason",
    "JobKind",
    "JobState",
    "JudgeSpec",
    "Mend",
    "PrepareSpec",
    "SCORE_NAMES",
    "SPECS",
    "Shape",
    "Spec",
    "Split",
    "StopRequest",
    "SynthesizeSpec",
    "TrainSpec",
    "parse_spec",
]
