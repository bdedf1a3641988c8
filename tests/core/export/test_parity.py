"""A good export passes with figures; each way of being broken is caught, and costs a child process at most."""

import signal
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ParityError
from core.export.distances import gained_from_context, perplexity
from core.export.limits import LARGEST_DIFFERENCE, largest_recommended_kl, verdict_on
from core.export.parity import check_against_f16, check_against_source
from core.export.probing.outputs import Outputs, SpecialTokens
from core.export.probing.run import first_logits, gguf_outputs
from core.export.probing.sequences import scored_sequences, scored_targets
from core.export.sample import TEXTS, Sample
from core.gguf.quantize import widen_gguf
from core.gguf.weights import Distance
from core.processes.child import ChildError
from core.reporting import Reporter
from core.specs import GgufType
from core.specs.results.export import FileVerdict
from tests.core.export import doctored

QUIET = Reporter()
STARTER = 6_000_000
"""Its parameters, about."""


@pytest.fixture(scope="module")
def f16(sample, source, starter_gguf):
    return gguf_outputs(starter_gguf("f16"), sample, source, QUIET)


def widened(path, source, tmp_path):
    widen_gguf(path, tmp_path / "wide.gguf")
    return first_logits(tmp_path / "wide.gguf", source, QUIET)


def test_f16_has_the_tokens_and_the_logits_of_its_source(f16, source, starter_gguf, tmp_path):
    wide = widened(starter_gguf("f16"), source, tmp_path)
    report = check_against_source("model-f16.gguf", f16, wide, source)
    assert report.passed and report.tokens_equal and report.rare_texts_different == 0
    assert report.logits_difference < LARGEST_DIFFERENCE / 100
    assert report.logits_max_difference < report.logits_max_difference_as_run < 0.1
    assert report.positions >= 10
    assert report.ends_equal and report.ends_by_itself


def test_q4_k_m_is_close_to_f16_and_says_how_close(f16, source, sample, starter_gguf):
    outputs = gguf_outputs(starter_gguf("q4_k_m"), sample, source, QUIET, original=starter_gguf("f16"))
    report = check_against_f16("model-q4_k_m.gguf", GgufType.Q4_K_M, outputs, f16, source, STARTER)
    assert report.passed and 0 < report.mean_kl_divergence < report.largest_kl_recommended
    assert verdict_on(GgufType.Q4_K_M, report) == (FileVerdict.RECOMMENDED, None)
    assert 0.5 < report.top1_agreement <= 1
    assert 0.01 < report.largest_weight_error < 0.15 and report.largest_row_error < 0.3
    assert report.positions == sum(len(ids) - start for ids, start in scored_sequences(source)) > 200
    targets = scored_targets(source)
    assert perplexity(outputs.scored, targets) == pytest.approx(perplexity(f16.scored, targets), rel=0.2)


def test_a_shifted_vocabulary_is_caught(source, sample, starter_gguf, tmp_path):
    broken = doctored.with_shifted_vocabulary(starter_gguf("f16"), tmp_path / "shifted.gguf")
    with pytest.raises(ParityError, match="splits text differently"):
        check_against_source(broken.name, gguf_outputs(broken, sample, source, QUIET), source.first, source)


def test_a_tensor_that_was_not_written_is_caught(source, f16, sample, starter_gguf, tmp_path):
    broken = doctored.with_weights_of_zero(starter_gguf("f16"), tmp_path / "f16.gguf", "blk.3.attn_v.weight")
    with pytest.raises(ParityError, match="does not hold what its source does"):
        check_against_source(broken.name, f16, widened(broken, source, tmp_path), source)
    with pytest.raises(ParityError, match="does not run as its source does"):
        check_against_source(broken.name, gguf_outputs(broken, sample, source, QUIET), source.first, source)
    broken = doctored.with_weights_of_zero(starter_gguf("q4_k_m"), tmp_path / "q4.gguf", "blk.3.ffn_down.weight")
    outputs = gguf_outputs(broken, sample, source, QUIET, original=starter_gguf("f16"))
    with pytest.raises(ParityError, match="blk.3.ffn_down.weight is 100% away"):
        check_against_f16(broken.name, GgufType.Q4_K_M, outputs, f16, source, STARTER)


def test_one_lost_row_among_thousands_is_caught(source, f16, sample, starter_gguf, tmp_path):
    broken = doctored.with_a_row_of_zero(starter_gguf("q8_0"), tmp_path / "q8.gguf", "token_embd.weight", 3001)
    outputs = gguf_outputs(broken, sample, source, QUIET, original=starter_gguf("f16"))
    with pytest.raises(ParityError, match="row 3001 of token_embd.weight is 100% away"):
        check_against_f16(broken.name, GgufType.Q8_0, outputs, f16, source, STARTER)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"tokenizer.ggml.eos_token_id": "<|user|>"}, "its end token is"),
        ({"tokenizer.ggml.bos_token_id": "<|user|>"}, "it begins texts with token"),
        ({"tokenizer.ggml.add_bos_token": False}, "splits text differently"),
    ],
)
def test_other_tokens_that_begin_and_end_are_caught(source, starter_gguf, tmp_path, changes, words):
    sample = Sample(TEXTS[:1], (), ())
    tokens = {name: ids[:1] if "texts" in name else [] for name, ids in source.tokens.items()}
    source = replace(source, tokens=tokens | {"rare_texts": []}, ended=None)
    ids = {name: doctored.token_id(name) for name in changes.values() if name}
    broken = doctored.with_metadata(
        starter_gguf("f16"), tmp_path / "ends.gguf", {key: ids.get(value, value) for key, value in changes.items()}
    )
    with pytest.raises(ParityError, match=words):
        check_against_source(broken.name, gguf_outputs(broken, sample, source, QUIET), source.first, source)


def test_a_file_that_makes_llama_cpp_abort_costs_a_child(source, sample, starter_gguf, tmp_path):
    broken = doctored.that_aborts_llama_cpp(starter_gguf("f16"), tmp_path / "aborts.gguf")
    with pytest.raises(ChildError, match=r"aborts\.gguf crashed \(SIGABRT\)"):
        gguf_outputs(broken, sample, source, QUIET)
    assert signal.Signals.SIGABRT  # this process is still here to say so


def put_out(tokens: dict, logits: list[list[float]], **facts) -> Outputs:
    logits = np.array(logits, dtype=np.float32)
    distance = Distance("blk.0.ffn_up.weight", 0.05, "row 1 of blk.0.ffn_up.weight", 0.06)
    special = facts.pop("special", SpecialTokens(begin=1, ends=frozenset({2}), end=2))
    return Outputs(tokens, logits, logits, special, distance, **facts)


TOKENS = {"texts": [[1, 2]], "rare_texts": [[1]], "prompts": [[0, 1]]}


def test_logits_that_are_no_numbers_fail():
    good = put_out(TOKENS, [[0.0, 1.0, 2.0]])
    bad = put_out(TOKENS, [[0.0, float("nan"), 2.0]])
    for f16, wide in ((bad, good), (good, bad)):
        with pytest.raises(ParityError):
            check_against_source("m", f16, wide.first, good)
    with pytest.raises(ParityError):
        check_against_f16("m", GgufType.Q8_0, bad, good, good, STARTER)


def test_how_far_logits_moved_is_judged_by_their_size_and_not_by_what_all_of_them_share():
    wanted = np.array([[0.0, 10.0, -10.0], [0.0, 1.0, 2.0]], dtype=np.float32)
    moved = wanted * np.float32(1.005)
    for scale, offset in ((1, 0), (2, 0), (100, 0), (1, 1000)):
        source, found = (put_out(TOKENS, scale * logits + offset) for logits in (wanted, moved))
        report = check_against_source("m", found, found.first, source)
        assert report.logits_difference == pytest.approx(0.005, rel=0.05)
    with pytest.raises(ParityError, match=r"2\.0% of their length away"):
        check_against_source("m", source, put_out(TOKENS, wanted * np.float32(1.02)).first, put_out(TOKENS, wanted))


def test_a_token_that_ends_answers_in_the_source_only_or_in_the_file_only_is_caught():
    logits = [[0.0, 1.0, 2.0]]
    source = put_out(TOKENS, logits, special=SpecialTokens(None, frozenset({2, 5}), not_text=frozenset({2, 5, 8})))

    def ending(end, others=(), known=()):
        return put_out(
            TOKENS, logits, special=SpecialTokens(1, frozenset({end, *others, *known}), end, frozenset(others))
        )

    for fine in (ending(2, others=[5]), ending(5, others=[2, 8]), ending(2, known=[5, 9])):
        assert check_against_source("m", fine, source.first, source).ends_equal
    for wrong, words in (
        (ending(2), "does not end an answer at token 5"),
        (ending(8, others=[2, 5]), "its end token is 8, and its source ends at 2 or 5"),
        (ending(2, others=[5, 7]), "ends an answer at token 7, which is text to its source"),
    ):
        with pytest.raises(ParityError, match=words):
            check_against_source("m", wrong, source.first, source)


def test_a_file_that_runs_on_where_its_source_ends_is_refused_and_a_quantized_one_not_recommended():
    source = put_out(TOKENS, [[5.0, 1.0, 2.0], [1.0, 5.0, 2.0]])
    running_on = put_out(TOKENS, source.first, ends_by_itself=False)
    with pytest.raises(ParityError, match="does not end an answer that its source ends"):
        check_against_source("m", running_on, source.first, source)
    report = check_against_f16("m", GgufType.Q4_0, running_on, source, source, STARTER)
    assert verdict_on(GgufType.Q4_0, report) == (
        FileVerdict.NOT_RECOMMENDED,
        "it ran on in an answer that its source ends",
    )


def test_where_token_ids_part_is_shown():
    source = put_out(TOKENS | {"texts": [list(range(50))]}, [[0.0, 1.0]])
    for other, words in (
        (
            [*range(30), 99, *range(31, 50)],
            r"first at token 31: \[99, 31, 32, 33, …\] instead of \[30, 31, 32, 33, …\]",
        ),
        (list(range(49)), r"first at token 50: the end instead of \[49\]"),
    ):
        with pytest.raises(ParityError, match=words):
            check_against_source("m", put_out(TOKENS | {"texts": [other]}, [[0.0, 1.0]]), source.first, source)


def test_divergence_and_agreement_are_those_of_the_definition():
    f16 = put_out(TOKENS, [[np.log(0.5), np.log(0.5)], [np.log(0.9), np.log(0.1)]])
    quantized = put_out(TOKENS, [[np.log(0.45), np.log(0.55)], [np.log(0.9), np.log(0.1)]])
    report = check_against_f16("m", GgufType.Q4_0, quantized, f16, f16, STARTER)
    expected = (0.5 * np.log(0.5 / 0.45) + 0.5 * np.log(0.5 / 0.55)) / 2
    assert report.mean_kl_divergence == pytest.approx(expected, rel=1e-5)
    assert report.top1_agreement == 0.5
    mean = np.array([0.7, 0.3])
    gained = np.mean([sum(p * np.log(p / mean)) for p in (np.array([0.5, 0.5]), np.array([0.9, 0.1]))])
    assert report.largest_kl_allowed == pytest.approx(gained / 2, rel=1e-5)


def test_what_moved_further_than_usual_is_not_recommended_and_only_another_model_is_stopped():
    rng = np.random.default_rng(0)
    f16 = put_out(TOKENS, 3 * rng.normal(size=(200, 50)))

    def moved(by):
        return put_out(TOKENS, f16.first + by * rng.normal(size=(200, 50)))

    near, far = (check_against_f16("m", GgufType.Q4_0, moved(by), f16, f16, 135_000_000) for by in (0.2, 0.9))
    assert verdict_on(GgufType.Q4_0, near) == (FileVerdict.RECOMMENDED, None)
    verdict, why = verdict_on(GgufType.Q4_0, far)
    assert verdict is FileVerdict.NOT_RECOMMENDED and "nats from f16" in why and "first choices" in why
    with pytest.raises(ParityError, match="is not the model any more"):
        check_against_f16("m", GgufType.Q4_0, put_out(TOKENS, 3 * rng.normal(size=(200, 50))), f16, f16, 135_000_000)
    assert near.largest_kl_allowed == pytest.approx(gained_from_context(np.log(softmax(f16.first))) / 2, rel=1e-4)


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_larger_models_and_wider_types_are_to_stay_closer():
    limits = [largest_recommended_kl(GgufType.Q4_K_M, parameters) for parameters in (135e6, 1.7e9, 8e9, 70e9)]
    assert limits == sorted(limits, reverse=True) and limits[0] <= 0.25 and limits[-2] == pytest.approx(0.078, rel=0.01)
    wider = [largest_recommended_kl(kind, 1_700_000_000) for kind in ("q8_0", "q5_k_m", "q4_k_m", "q4_0")]
    assert wider == sorted(wider)


def test_rare_texts_may_differ_and_are_counted():
    other = {**TOKENS, "rare_texts": [[2]]}
    source = put_out(TOKENS, [[0.0, 1.0]])
    report = check_against_source("m", put_out(other, [[0.0, 1.0]]), source.first, source)
    assert report.passed and report.rare_texts_different == 1
