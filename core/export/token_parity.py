"""Whether a GGUF has the tokens of its source: the ids of every text, and the special tokens around an answer."""

from core.errors import ParityError
from core.export.probing.outputs import Outputs

_IDS_SHOWN = 4
_COMPARED = ("texts", "prompts", "whole_texts")


def check_token_ids(name: str, gguf: Outputs, source: Outputs) -> None:
    """Raise ParityError, naming the first difference, unless all texts have the token ids that the source gives them.

    Rare texts may differ.
    """
    different = [
        (found, wanted)
        for kind in _COMPARED
        for found, wanted in zip(gguf.tokens.get(kind, []), source.tokens.get(kind, []), strict=True)
        if found != wanted
    ]
    if different:
        found, wanted = different[0]
        pairs = zip(found, wanted, strict=False)
        place = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(found), len(wanted)))
        raise ParityError(
            f"{name} splits text differently from its source: {len(different)} of "
            f"{sum(len(source.tokens.get(kind, [])) for kind in _COMPARED)} texts get other token ids, first at token "
            f"{place + 1}: {_ids_from(found, place)} instead of {_ids_from(wanted, place)}.",
            "This tokenizer is not converted correctly; export a model with the tokenizer of a well-known model.",
        )


def _ids_from(ids: list[int], place: int) -> str:
    shown = ids[place : place + _IDS_SHOWN]
    more = ["…"] if len(ids) > place + _IDS_SHOWN else []
    return f"[{', '.join([*map(str, shown), *more])}]" if shown else "the end"


def check_special_tokens(name: str, gguf: Outputs, source: Outputs) -> None:
    """Raise ParityError unless the GGUF begins texts and ends answers at the tokens of its source.

    llama.cpp may end at further tokens that it knows by name; they do no harm.
    """
    wrong = ""
    if source.special.begin is not None and gguf.special.begin != source.special.begin:
        wrong = f"it begins texts with token {gguf.special.begin}, its source with {source.special.begin}"
    elif missing := source.special.ends - gguf.special.ends:
        wrong = f"it does not end an answer at token {min(missing)}, as its source does"
    elif gguf.special.end not in source.special.ends:
        wrong = f"its end token is {gguf.special.end}, and its source ends at {_listed(source.special.ends)}"
    elif strange := gguf.special.other_ends - source.special.ends - source.special.not_text:
        wrong = f"it ends an answer at token {min(strange)}, which is text to its source"
    if wrong:
        raise ParityError(
            f"{name} does not begin and end answers as its source does: {wrong}.",
            "Export again; if the error persists, the special tokens of this model are not converted correctly.",
        )


def _listed(tokens: frozenset[int]) -> str:
    return " or ".join(map(str, sorted(tokens))) or "none"
