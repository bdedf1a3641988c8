"""Judging an export: a file is worth no more than the model it was made from."""

from app.evaluation.verdict import State, Verdict
from app.export.gguf_files import ranked
from app.wording.numbers import size_text
from core.specs.results.export import ExportResult, FileVerdict


def judge_export(result: ExportResult, evidence: Verdict | None) -> Verdict:
    """The verdict on the files that still exist; `evidence` is the verdict on their model, if it was evaluated."""
    stopped = tuple(result.stopped)
    notes = (f"Not shipped, because they answer differently from the model: {', '.join(stopped)}.",) if stopped else ()
    if not result.gguf:
        return Verdict(State.UNKNOWN, "Its files were deleted.", "Export the model again.", notes)
    kind, best = ranked(result.gguf)[0]
    if best.verdict is FileVerdict.NOT_RECOMMENDED:
        return Verdict(
            State.DOUBTFUL,
            f"No type is recommended: each is further from the model than usual. {kind} is the closest.",
            "Export a type with more bits, such as q8_0, or start from a larger base model.",
            notes,
        )
    same = best.parity.top1_agreement
    near = f", which picks the same next token as the model {same:.0%} of the time" if same is not None else ""
    take = f"Use {kind}: {size_text(best.bytes)}{near}."
    if evidence is None:
        return Verdict(State.UNKNOWN, f"{take} Nobody has evaluated the model yet.", "Evaluate the model.", notes)
    link = "The model" if evidence.state is State.GOOD else "But the model"
    return Verdict(evidence.state, f"{take} {link}: {evidence.sentence}", evidence.advice, notes)
