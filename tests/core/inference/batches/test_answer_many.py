"""Answers of a batch that others join and leave are those given one by one, in both engines."""

import json
import subprocess
import sys
from contextlib import closing

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig

from core.examples.example import messages_of
from core.examples.prompting import prompt_ids
from core.inference.batches.answer_many import answer_many
from core.inference.batches.cache_rows import CacheRows
from core.inference.batches.done_share import DoneShare
from core.inference.batches.limits import common_prefix
from core.inference.batches.llama_sequences import LlamaSequences
from core.inference.batches.transformers_sequences import TransformersSequences, attends_to_all
from core.inference.llama_engine import LlamaEngine
from core.inference.transformers_model import TransformersModel
from core.models.references import locate
from tests.core.training.runs import rows_about_illnesses

NEW_TOKENS = 24
ONE_BY_ONE = """
import json, sys
from llama_cpp import Llama

path, prompts, ends, most = json.loads(sys.argv[1])
model, answers = Llama(path, n_ctx=1024, verbose=False), []
for prompt in prompts:
    answers.append([])
    for token in model.generate(prompt, temp=0, top_k=1, repeat_penalty=1.0):
        if token in ends or len(answers[-1]) == most:
            break
        answers[-1].append(token)
print(json.dumps(answers))
"""


def ignore(_):
    pass


@pytest.fixture(scope="module")
def starter():
    return TransformersModel(locate("starter"))


@pytest.fixture(scope="module")
def gguf(starter_gguf):
    with closing(LlamaEngine(locate(str(starter_gguf("q8_0"))))) as engine:
        yield engine


def prompts_of(tokenizer) -> list[list[int]]:
    """Of several lengths, one of them long, and one a single token."""
    questions = [row["instruction"] for row in rows_about_illnesses(12)]
    questions[3] = " ".join(questions)
    asked = [messages_of({"instruction": text, "input": "", "output": ""}) for text in questions]
    return [prompt_ids(tokenizer, messages) for messages in asked] + [[9]]


def answered(sequences, prompts, seeds=None, new_tokens=NEW_TOKENS, done=ignore) -> list:
    found = {}
    for batch in answer_many(sequences, prompts, new_tokens, seeds or [0] * len(prompts), done):
        assert not found.keys() & batch.keys()
        found |= batch
    return [found[place] for place in range(len(prompts))]


def generated(model: TransformersModel, prompt: list[int]) -> list[int]:
    """One by one, by `generate`."""
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        whole = model.model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=0,
            eos_token_id=[*model.end_ids],
        )  # fmt: skip
    return whole[0, len(prompt) :].tolist()


@pytest.mark.parametrize("most", [1, 3, 32])
def test_transformers_answers_equal_those_of_generate(starter, most):
    prompts = prompts_of(starter.tokenizer)
    found = answered(TransformersSequences(starter, prompts, 0, most), prompts)
    for prompt, answer in zip(prompts, found, strict=True):
        tokens = generated(starter, prompt)
        assert answer.ended == (tokens[-1] in starter.end_ids)
        assert answer.text == starter.tokenizer.decode(tokens, skip_special_tokens=True)
    assert len({len(answer.text) for answer in found}) > 3 and {answer.ended for answer in found} == {True, False}


@pytest.fixture(scope="module")
def by_llama(gguf, starter_gguf):
    """`by_llama(prompts)`: the texts that llama-cpp-python's `Llama` gives one by one, in a process of its own."""

    def texts(prompts) -> list[str]:
        ends = [token for token in range(gguf.model.vocabulary_size) if gguf.ends(token)]
        given = json.dumps([str(starter_gguf("q8_0")), prompts, ends, NEW_TOKENS])
        child = subprocess.run([sys.executable, "-c", ONE_BY_ONE, given], capture_output=True, text=True, check=True)
        return ["".join(map(gguf.decoder(), answer)) for answer in json.loads(child.stdout.splitlines()[-1])]

    return texts


@pytest.mark.parametrize("most", [3, 32])
def test_llama_answers_equal_those_given_one_by_one(starter, gguf, by_llama, most):
    prompts = prompts_of(starter.tokenizer)
    with closing(LlamaSequences(gguf, prompts, 0, most)) as sequences:
        assert [answer.text for answer in answered(sequences, prompts)] == by_llama(prompts)


def test_what_all_prompts_begin_with_is_read_once(starter, gguf, by_llama, monkeypatch):
    plain = prompts_of(starter.tokenizer)[:-1]
    system = starter.tokenizer.encode("You are a kind doctor. " * 6, add_special_tokens=False)
    prompts = [system + prompt for prompt in plain]
    assert common_prefix(prompts)[: len(system)] == system
    read = []
    real = TransformersSequences._read
    monkeypatch.setattr(
        TransformersSequences, "_read", lambda self, ids, *rest: read.append(ids.shape) or real(self, ids, *rest)
    )
    found = answered(TransformersSequences(starter, prompts, 0, 4), prompts)
    longest = max(map(len, plain))
    assert read[0][1] >= len(system) and all(width <= longest for _, width in read[1:])
    for prompt, answer in zip(prompts, found, strict=True):
        assert answer.text == starter.tokenizer.decode(generated(starter, prompt), skip_special_tokens=True)
    with closing(LlamaSequences(gguf, prompts, 0, 4)) as sequences:
        assert [answer.text for answer in answered(sequences, prompts)] == by_llama(prompts)


def test_a_sample_depends_on_its_prompt_and_seed_alone(starter, gguf):
    prompts = prompts_of(starter.tokenizer)
    seeds = [7 + place for place in range(len(prompts))]
    for make in (TransformersSequences, LlamaSequences):
        model = starter if make is TransformersSequences else gguf
        together = answered(make(model, prompts, 0.9, 5), prompts, seeds)
        backwards = answered(make(model, prompts[::-1], 0.9, 2), prompts[::-1], seeds[::-1])[::-1]
        alone = answered(make(model, [prompts[6]], 0.9, 1), [prompts[6]], [seeds[6]])
        assert together == backwards and alone == [together[6]]
        assert answered(make(model, prompts, 0.9, 5), prompts, [seed + 1 for seed in seeds]) != together


def test_an_answer_stops_at_the_context_and_at_a_request_to_stop(starter):
    full = [5] * starter.longest_context
    prompts = [full, full[3:], [5, 6]]
    shares = []
    found = answered(TransformersSequences(starter, prompts, 0, 2), prompts, new_tokens=6, done=shares.append)
    assert found[0] == ("", False, "") and len(found[1].text) > 0
    assert sum(shares) == pytest.approx(3) and min(shares) >= 0

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answered(TransformersSequences(starter, prompts, 0, 2), prompts, done=stop)


def test_no_prompts_no_answers(starter):
    assert answered(TransformersSequences(starter, [], 0), []) == []


def test_answers_come_before_others_join(starter):
    prompts, begun, given = prompts_of(starter.tokenizer), 0, 0
    sequences = TransformersSequences(starter, prompts, 0, 4)
    real = sequences.step

    def step(joining, going):
        nonlocal begun
        begun += len(joining)
        assert begun - given <= 4
        return real(joining, going)

    sequences.step = step
    for batch in answer_many(sequences, prompts, NEW_TOKENS, [0] * len(prompts), ignore):
        given += len(batch)
    assert begun == given == len(prompts)


def test_rows_may_differ_in_length_and_move_as_the_window_does():
    config = LlamaConfig(hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
                         num_key_value_heads=2, vocab_size=50, max_position_embeddings=900)  # fmt: skip
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).eval()
    with torch.inference_mode():
        first, second = (torch.randint(0, 50, (1, length)) for length in (7, 40))
        rows = CacheRows(model(first).past_key_values)
        for ids in (first, second):  # the later one is longer
            rows.add(model(ids, use_cache=True).past_key_values, 0, [ids.shape[1]])
        whole = [first, second]
        for step in range(300):  # beyond the columns that are spare
            rows.advance()
            ids = torch.full((2, 1), step % 50)
            whole = [torch.cat([text, ids[:1]], 1) for text in whole]
            positions = torch.tensor(rows.lengths)[:, None] - 1
            given = {"attention_mask": rows.mask(ids.device).long(), "position_ids": positions}
            logits = model(ids, past_key_values=rows, use_cache=True, **given).logits
        for row, text in enumerate(whole):
            assert torch.allclose(logits[row, -1], model(text).logits[0, -1], atol=1e-4)


def test_only_models_that_attend_to_everything_share_rows(starter):
    assert attends_to_all(starter)

    class Sliding:
        class model:
            config = MistralConfig(num_hidden_layers=2, sliding_window=16)

    assert not attends_to_all(Sliding)


def test_the_share_done_is_not_misled_by_the_short_answers_that_end_first():
    told = []
    share = DoneShare(told.append)
    share.tell([(10, 256)] * 32)
    assert sum(told) == pytest.approx(32 * 10 / 256)
    for _ in range(4):
        share.ended(12)
    share.tell([(12, 256)] * 28)  # about 96 tokens an answer: 384 tokens, 4 ends
    assert sum(told) == pytest.approx(4 + 28 * 12 / (12 + 96))
