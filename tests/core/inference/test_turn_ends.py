"""An answer ends where the chat template ends a turn, whatever end-of-sequence token the tokenizer names."""

from contextlib import closing

import pytest

from core.evaluation.engines.gguf_scorer import GgufScorer
from core.evaluation.engines.transformers_scorer import TransformersScorer
from core.examples.encoding import encode_examples
from core.examples.prompting import chat_template, prompt_ids
from core.inference.prompts.chat_template import ChatTemplate
from core.inference.settings import SamplingSettings
from core.models.loading import load_tokenizer
from core.models.references import locate

QUESTION = [{"role": "user", "content": "What is another word for big?"}]
EXAMPLE = {"instruction": QUESTION[0]["content"], "input": "", "output": "Large."}


def ending_with(mark: str) -> str:
    """The starter's template with another end of turn."""
    return chat_template(load_tokenizer(locate("starter"))).replace("<|end|>", mark)


@pytest.fixture
def scorer(starter_gguf):
    with closing(GgufScorer(locate(str(starter_gguf("q4_k_m"))))) as scorer:
        yield scorer


def greedy_answer(engine) -> str:
    settings = SamplingSettings(temperature=0, max_tokens=24)
    return "".join(chunk.text for chunk in engine.generate(QUESTION, settings))


def test_a_gguf_stops_at_the_templates_end_of_turn_and_is_scored_with_it(scorer):
    engine = scorer._engine
    whole, variables = greedy_answer(engine), engine.model.special_tokens()
    word = whole.split()[2]

    def retemplate(mark: str) -> None:
        engine.template.close()
        engine.template = ChatTemplate(ending_with(mark), engine.model.control_texts(), variables)
        for known in ("turn_end", "_special_end"):
            engine.__dict__.pop(known, None)

    retemplate(word)
    assert engine.end_text == word
    assert greedy_answer(engine) == whole[: whole.index(word)]
    [(_, answer)] = scorer.encode([EXAMPLE])
    assert "".join(map(engine.decoder(), answer)) == f"Large.{word}"
    retemplate("<|user|>")
    [mark] = engine.piece_ids("<|user|>", parse_special=True)
    assert engine.ends(mark) and engine.end_text == ""
    assert scorer.encode([EXAMPLE])[0][1][-1] == mark


def test_transformers_stop_at_the_templates_end_of_turn():
    tokenizer = load_tokenizer(locate("starter"))
    prompt = prompt_ids(tokenizer, QUESTION)

    def answer() -> tuple[str, float]:
        steps = []
        with closing(TransformersScorer(locate("starter"), tokenizer, 2)) as scorer:
            [batch] = scorer.answers([prompt], 24, 0, [1], steps.append)
        return batch[0].text, len(steps)

    whole, steps = answer()
    word = whole.split()[2]
    tokenizer.chat_template = ending_with(word)
    assert answer() == (whole[: whole.index(word)], pytest.approx(steps, abs=steps - 2))
    [encoded] = encode_examples(tokenizer, [EXAMPLE])
    assert tokenizer.decode(encoded.answer) == f"Large.{word}"
