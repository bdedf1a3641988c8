"""An export: which file is advised, and what it is worth given the evaluation of its model."""

from app.evaluation.verdict import State, Verdict
from app.export.gguf_files import ranked
from app.export.judge_export import judge_export
from core.specs.results.export import ExportResult, FileVerdict, GgufFile, Parity, StoppedType


def file(size: int, verdict: FileVerdict = FileVerdict.RECOMMENDED, away: float = 0.01) -> GgufFile:
    parity = Parity(mean_kl_divergence=away, top1_agreement=0.94)
    return GgufFile(path="model.gguf", sha256="0" * 64, bytes=size, verdict=verdict, why=None, parity=parity)


def exported(gguf: dict[str, GgufFile], **stopped: StoppedType) -> ExportResult:
    return ExportResult(gguf=gguf, stopped=stopped, source="starter", metrics_file="")


def test_files_are_ranked_by_the_order_of_advice():
    files = {"q4_0": file(90_000_000), "f16": file(270_000_000), "q4_k_m": file(105_000_000), "q8_0": file(145_000_000)}
    assert [kind for kind, _ in ranked(files)] == ["q4_k_m", "q8_0", "f16", "q4_0"]


def test_files_that_are_not_recommended_come_last_closest_first():
    files = {
        "q8_0": file(145_000_000),
        "q4_0": file(90_000_000, FileVerdict.NOT_RECOMMENDED, 0.4),
        "q4_k_m": file(105_000_000),
        "q5_k_m": file(110_000_000, FileVerdict.NOT_RECOMMENDED, 0.3),
    }  # fmt: skip
    assert [kind for kind, _ in ranked(files)] == ["q4_k_m", "q8_0", "q5_k_m", "q4_0"]


def test_a_type_of_a_newer_version_comes_after_those_that_are_known():
    files = {"iq2_xs": file(60_000_000), "q4_0": file(90_000_000)}
    assert [kind for kind, _ in ranked(files)] == ["q4_0", "iq2_xs"]


def test_an_export_is_worth_what_its_model_is():
    result = exported({"q4_k_m": file(105_000_000)}, q4_0=StoppedType(why="It lost a tensor.", remedy=""))
    good = Verdict(State.GOOD, "86 of 120 right or close")
    bad = Verdict(State.BAD, "0 of 10 right; not usable yet")
    assert judge_export(result, None).state is State.UNKNOWN
    assert judge_export(result, good).state is State.GOOD
    verdict = judge_export(result, bad)
    assert verdict.state is State.BAD
    assert "Use q4_k_m: 105 MB" in verdict.sentence and "0 of 10 right" in verdict.sentence
    assert "q4_0" in verdict.notes[0]
    far = judge_export(exported({"q4_0": file(90_000_000, FileVerdict.NOT_RECOMMENDED)}), good)
    assert far.state is State.DOUBTFUL and "No type is recommended" in far.sentence
    assert judge_export(exported({}), good).sentence == "Its files were deleted."
