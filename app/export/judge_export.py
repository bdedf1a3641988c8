"""What the files of an export are worth: no more than the model they were made from."""

from app.evaluation.verdict import State, Verdict
from app.export.gguf_files import ranked
from app.wording.numbers import size_text


def of_export(result: dict, evidence: Verdict | None) -> Verdict:
    """What the files of an export are worth: no more than the model is, of which `evidence` is the evaluation's.

    `result` is about those that still stand.
    """
    stopped = tuple(result.get("stopped", ()))
    notes = (f"Not shipped, because they are no longer the model: {', '.join(stopped)}.",) if stopped else ()
    if not result["gguf"]:
        return Verdict(State.UNKNOWN, "Its files were deleted.", "Export the model again.", notes)
    kind, best = ranked(result)[0]
    if best.get("verdict") == "not recommended":
        return Verdict(
            State.DOUBTFUL,
            f"No type is recommended: each moved further from the model than is usual. {kind} is the closest.",
            "Export a type with more bits, such as q8_0, or start from a larger base model.",
            notes,
        )
    same = best["parity"].get("top1_agreement")
    near = f", and its first choice is the model's own {same:.0%} of the time" if same is not None else ""
    take = f"Take {kind}: {size_text(best['bytes'])}{near}."
    if evidence is None:
        return Verdict(
            State.UNKNOWN, f"{take} Whether the model is any good is not known yet.", "Evaluate the model.", notes
        )
    link = "The model" if evidence.state is State.GOOD else "But the model"
    return Verdict(evidence.state, f"{take} {link}: {evidence.sentence}", evidence.advice, notes)
