"""A good export passes with figures; each way of being broken is caught, and costs a child process at most."""

import signal

import numpy as np
import pytest

from core.errors import ParityError
from core.export.child import ChildError
from core.export.parity import (
    LARGEST_LOGITS_DIFFERENCE,
    Seen,
    check_against_f16,
    check_against_source,
    perplexity,
    scored_sequences,
    see_first_logits,
    see_gguf,
)
from core.export.quantize import widen_gguf
from core.jobs import GgufType
from core.reporting import Reporter
from tests.core.export import doctored

QUIET = Reporter()


@pytest.fixture(scope="module")
def f16(sample, source, starter_gguf):
    return see_gguf(starter_gguf("f16"), sample, source, QUIET)


def widened(path, source, tmp_path):
    widen_gguf(path, tmp_path / "wide.gguf")
    return see_first_logits(tmp_path / "wide.gguf", source, QUIET)


def test_f16_has_the_tokens_and_the_logits_of_its_source(f16, source, starter_gguf, tmp_path):
    wide = widened(starter_gguf("f16"), source, tmp_path)
    report = check_against_source("model-f16.gguf", f16, wide, source)
    assert report["passed"] and report["tokens_equal"] and report["rare_texts_different"] == 0
    assert report["logits_max_difference"] < LARGEST_LOGITS_DIFFERENCE / 10
    assert report["logits_max_difference"] < report["logits_max_difference_as_run"] < 0.1
    assert report["positions"] >= 10


def test_q4_k_m_is_close_to_f16_and_says_how_close(f16, source, sample, starter_gguf):
    seen = see_gguf(starter_gguf("q4_k_m"), sample, source, QUIET, original=starter_gguf("f16"))
    report = check_against_f16("model-q4_k_m.gguf", GgufType.Q4_K_M, seen, f16, source)
    assert report["passed"] and 0 < report["mean_kl_divergence"] < report["largest_kl_allowed"]
    assert 0.5 < report["top1_agreement"] <= 1
    assert 0.01 < report["largest_weight_error"] < 0.15
    assert report["positions"] == sum(len(ids) - start for ids, start in scored_sequences(source)) > 200
    assert perplexity(seen, source) == pytest.approx(perplexity(f16, source), rel=0.2)


def test_a_shifted_vocabulary_is_caught(source, sample, starter_gguf, tmp_path):
    broken = doctored.with_shifted_vocabulary(starter_gguf("f16"), tmp_path / "shifted.gguf")
    with pytest.raises(ParityError, match="splits text differently"):
        check_against_source(broken.name, see_gguf(broken, sample, source, QUIET), source.first, source)


def test_a_tensor_that_was_not_written_is_caught(source, f16, sample, starter_gguf, tmp_path):
    broken = doctored.with_weights_of_zero(starter_gguf("f16"), tmp_path / "f16.gguf", "blk.3.attn_v.weight")
    with pytest.raises(ParityError, match="does not hold what its source does"):
        check_against_source(broken.name, f16, widened(broken, source, tmp_path), source)
    with pytest.raises(ParityError, match="does not run as its source does"):
        check_against_source(broken.name, see_gguf(broken, sample, source, QUIET), source.first, source)
    broken = doctored.with_weights_of_zero(starter_gguf("q4_k_m"), tmp_path / "q4.gguf", "blk.3.ffn_down.weight")
    seen = see_gguf(broken, sample, source, QUIET, original=starter_gguf("f16"))
    with pytest.raises(ParityError, match="blk.3.ffn_down.weight is 100% away"):
        check_against_f16(broken.name, GgufType.Q4_K_M, seen, f16, source)


def test_a_file_that_makes_llama_cpp_abort_costs_a_child(source, sample, starter_gguf, tmp_path):
    broken = doctored.that_aborts_llama_cpp(starter_gguf("f16"), tmp_path / "aborts.gguf")
    with pytest.raises(ChildError, match=r"aborts\.gguf crashed \(SIGABRT\)"):
        see_gguf(broken, sample, source, QUIET)
    assert signal.Signals.SIGABRT  # this process is still here to say so


def seen(tokens: dict, logits: list[list[float]]) -> Seen:
    logits = np.array(logits, dtype=np.float32)
    return Seen(tokens, logits, logits, ("blk.0.ffn_up.weight", 0.05))


TOKENS = {"texts": [[1, 2]], "rare_texts": [[1]], "prompts": [[0, 1]]}


def test_logits_that_are_no_numbers_fail():
    good = seen(TOKENS, [[0.0, 1.0, 2.0]])
    bad = seen(TOKENS, [[0.0, float("nan"), 2.0]])
    for f16, wide in ((bad, good), (good, bad)):
        with pytest.raises(ParityError):
            check_against_source("m", f16, wide.first, good)
    with pytest.raises(ParityError):
        check_against_f16("m", GgufType.Q8_0, bad, good, good)


def test_divergence_and_agreement_are_those_of_the_definition():
    f16 = seen(TOKENS, [[np.log(0.5), np.log(0.5)], [np.log(0.9), np.log(0.1)]])
    quantized = seen(TOKENS, [[np.log(0.4), np.log(0.6)], [np.log(0.9), np.log(0.1)]])
    report = check_against_f16("m", GgufType.Q4_0, quantized, f16, f16)
    expected = (0.5 * np.log(0.5 / 0.4) + 0.5 * np.log(0.5 / 0.6)) / 2
    assert report["mean_kl_divergence"] == pytest.approx(expected, rel=1e-5)
    assert report["top1_agreement"] == 0.5


def test_predictions_that_moved_too_far_fail():
    f16 = seen(TOKENS, [[5.0, 0.0, 0.0]])
    with pytest.raises(ParityError, match="no longer behaves like the model"):
        check_against_f16("m", GgufType.Q4_0, seen(TOKENS, [[0.0, 5.0, 0.0]]), f16, f16)


def test_rare_texts_may_differ_and_are_counted():
    other = {**TOKENS, "rare_texts": [[2]]}
    source = seen(TOKENS, [[0.0, 1.0]])
    report = check_against_source("m", seen(other, [[0.0, 1.0]]), source.first, source)
    assert report["passed"] and report["rare_texts_different"] == 1
