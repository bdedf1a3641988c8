"""ROUGE, BLEU, chrF, METEOR and token F1 equal their reference libraries on random cases and on the edges."""

from types import SimpleNamespace

import numpy as np
import pytest
from nltk.translate.meteor_score import single_meteor_score
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, corpus_chrf, sentence_bleu, sentence_chrf

from core.evaluation.metrics.bleu import TOKENIZERS, Bleu
from core.evaluation.metrics.matches import Matches
from core.evaluation.metrics.measure import computed
from core.evaluation.metrics.meteor import Meteor
from core.evaluation.metrics.rouge import Rouge
from core.evaluation.metrics.words import normalized, pieces, script_of, words
from tests.core.evaluation.metrics.cases import EDGES, UNSPACED, VOCABULARIES, pairs

LANGUAGES = [*VOCABULARIES, *UNSPACED]
ROUGE = ["rouge1", "rouge2", "rougeL", "rougeLsum"]


class Words:
    """Our words, for rouge-score, whose own drop every letter beyond a to z."""

    tokenize = staticmethod(words)


def cases(language):
    """200 random cases and the edges, as predictions and references."""
    return map(list, zip(*pairs(language, 200), *EDGES, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_rouge_is_that_of_rouge_score(language):
    said, meant = cases(language)
    scorer = RougeScorer(ROUGE, tokenizer=Words())
    expected = [scorer.score(reference, answer) for answer, reference in zip(said, meant, strict=True)]
    for name, measure in computed(Rouge, predictions=said, references=meant).items():
        assert measure.examples == pytest.approx([one[name].fmeasure for one in expected], abs=1e-6)
        assert measure.value == pytest.approx(np.mean([one[name].fmeasure for one in expected]), abs=1e-6)


def test_in_english_rouge_is_that_of_rouge_score_with_its_own_words():
    said, meant = map(list, zip(*pairs("english", 200), strict=True))
    scorer = RougeScorer(ROUGE)
    found = computed(Rouge, predictions=said, references=meant)
    for row, pair in enumerate(zip(meant, said, strict=True)):
        expected = scorer.score(*pair)
        assert {name: one.examples[row] for name, one in found.items()} == pytest.approx(
            {name: one.fmeasure for name, one in expected.items()}, abs=1e-6
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_bleu_and_chrf_are_those_of_sacrebleu(language):
    said, meant = cases(language)
    found = computed(Bleu, predictions=said, references=meant)
    tokenizer = {"chinese": "zh", "japanese": "ja-mecab", "thai": "char"}.get(language, "13a")
    whole = corpus_bleu(said, [meant], tokenize=tokenizer)
    assert found["bleu"].value == pytest.approx(whole.score / 100, abs=1e-6)
    assert found["length_ratio"].value == pytest.approx(whole.sys_len / whole.ref_len, abs=1e-6)
    assert found["chrf"].value == pytest.approx(corpus_chrf(said, [meant]).score / 100, abs=1e-6)
    for row, (answer, reference) in enumerate(zip(said, meant, strict=True)):
        alone = sentence_bleu(answer, [reference], tokenize=tokenizer).score / 100
        assert found["bleu"].examples[row] == pytest.approx(alone, abs=1e-6)
        assert found["chrf"].examples[row] == pytest.approx(sentence_chrf(answer, [reference]).score / 100, abs=1e-6)


@pytest.mark.parametrize("pair", EDGES)
def test_corpus_bleu_and_chrf_of_a_single_edge_are_those_of_sacrebleu(pair):
    answer, reference = pair
    found = computed(Bleu, predictions=[answer], references=[reference])
    tokenizer = TOKENIZERS.get(script_of([reference]), "13a")
    assert found["bleu"].value == pytest.approx(
        corpus_bleu([answer], [[reference]], tokenize=tokenizer).score / 100, abs=1e-6
    )
    assert found["chrf"].value == pytest.approx(corpus_chrf([answer], [[reference]]).score / 100, abs=1e-6)


def test_corpus_scores_of_many_resamples_at_once_are_those_of_each():
    said, meant = map(list, zip(*pairs("english", 20), strict=True))
    found = computed(Bleu, predictions=said, references=meant)
    draws = np.random.default_rng(0).integers(0, 20, (30, 20))
    weights = np.stack([np.bincount(draw, minlength=20) for draw in draws])
    for name, score in (("bleu", corpus_bleu), ("chrf", corpus_chrf)):
        expected = [score([said[i] for i in draw], [[meant[i] for i in draw]]).score / 100 for draw in draws]
        assert found[name].statistic(weights @ found[name].sums) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_meteor_is_that_of_nltk_without_synonyms(language):
    said, meant = cases(language)
    no_synonyms = SimpleNamespace(synsets=lambda word: [])
    expected = [
        single_meteor_score(words(reference), words(answer), wordnet=no_synonyms)
        for answer, reference in zip(said, meant, strict=True)
    ]
    assert computed(Meteor, predictions=said, references=meant)["meteor"].examples == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_token_f1_is_the_unigram_f1_of_normalized_words(language):
    class Pieces:
        tokenize = staticmethod(pieces)

    said, meant = cases(language)
    scorer = RougeScorer(["rouge1"], tokenizer=Pieces())
    found = computed(Matches, predictions=said, references=meant)["f1"].examples
    for score, answer, reference in zip(found, said, meant, strict=True):
        texts = normalized(reference), normalized(answer)
        empty = not all(texts)
        assert score == pytest.approx(
            float(texts[0] == texts[1]) if empty else scorer.score(*texts)["rouge1"].fmeasure, abs=1e-6
        )


@pytest.mark.parametrize("language", [*UNSPACED, "hindi", "arabic"])
def test_nearly_identical_answers_score_high_in_every_script(language):
    reference = VOCABULARIES.get(language) or UNSPACED[language]
    answer = reference[:-1]
    found = computed(Rouge, predictions=[answer], references=[reference]) | computed(
        Bleu, predictions=[answer], references=[reference]
    )
    assert all(found[name].value > 0.8 for name in ("rouge1", "rouge2", "rougeL", "bleu", "chrf"))


def test_words_are_whole_in_scripts_with_combining_marks():
    assert words("हिन्दी भाषा है।") == ["हिन्दी", "भाषा", "है"]
    assert words("الطَّبيبُ يَسألُ،") == ["الطَّبيبُ", "يَسألُ"]
    assert words("می‌خواهم") == ["می‌خواهم"]
    assert words("ผู้ป่วย") == ["ผู้", "ป่", "ว", "ย"]
    assert words("e\u0301te\u0301 x_y") == ["e\u0301te\u0301", "x", "y"]
