"""Likelihood, labels, numbers, JSON, tool calls, similarity, variety: equal to their references, at the edges too."""

import json
import math
import random
from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score

from core.answers.json_texts import common_schema
from core.evaluation.metrics.labelled import Labelled, confusion_of
from core.evaluation.metrics.likelihood import Likelihood
from core.evaluation.metrics.matches import Matches
from core.evaluation.metrics.measure import computed
from core.evaluation.metrics.semantic import PACKAGED, SemanticSimilarity, packaged_folder
from core.evaluation.metrics.structured import JsonAnswers, ToolCalls
from core.evaluation.metrics.style import Style
from core.evaluation.metrics.words import words
from tests.core.evaluation.metrics.cases import EDGES, UNSPACED, VOCABULARIES, pairs


def values(found):
    return {name: measure.value for name, measure in found.items()}


def test_likelihoods_are_those_of_torch_over_all_tokens():
    import torch

    torch.manual_seed(0)
    lengths = [1, *(random.Random(0).choices(range(1, 30), k=199))]
    logits = [torch.randn(length, 50, dtype=torch.float64) for length in lengths]
    targets = [torch.randint(50, (length,)) for length in lengths]
    byte_counts = [3 * length for length in lengths]
    loss = torch.nn.functional.cross_entropy(torch.cat(logits), torch.cat(targets)).item()
    each = [
        torch.nn.functional.cross_entropy(*pair, reduction="sum").item() for pair in zip(logits, targets, strict=True)
    ]
    right = [int((one.argmax(-1) == target).sum()) for one, target in zip(logits, targets, strict=True)]
    found = computed(Likelihood, negative_log_likelihoods=each, tokens=lengths, correct=right, byte_counts=byte_counts)
    assert values(found) == pytest.approx(
        {
            "loss": loss,
            "perplexity": math.exp(loss),
            "bits_per_byte": loss * sum(lengths) / sum(byte_counts) / math.log(2),
            "token_accuracy": sum(right) / sum(lengths),
        },
        abs=1e-6,
    )
    assert found["loss"].examples[7] == pytest.approx(each[7] / lengths[7])


def test_bits_per_byte_do_not_depend_on_how_text_is_cut_into_tokens():
    nats, bytes_read = [12.0, 3.0], [8, 4]
    coarse, fine = (
        computed(Likelihood, negative_log_likelihoods=nats, tokens=tokens, correct=[0, 0], byte_counts=bytes_read)
        for tokens in ([2, 1], [8, 4])
    )
    assert coarse["loss"].value != fine["loss"].value
    assert coarse["bits_per_byte"].value == fine["bits_per_byte"].value == pytest.approx(15 / 12 / math.log(2))


@pytest.mark.parametrize("labels", [["good", "bad"], ["a", "b", "c", "d"], ["好", "坏", "अच्छा", "ดี"]])
def test_labels_are_scored_as_by_scikit_learn(labels):
    dice = random.Random(len(labels))
    meant = [*labels, *dice.choices(labels, weights=range(1, len(labels) + 1), k=200)]
    said = [label if dice.random() < 0.6 else dice.choice([*labels, "something else", ""]) for label in meant]
    found = computed(Labelled, predictions=said, references=meant)
    names = sorted(labels)
    assert found["macro_f1"].value == pytest.approx(
        f1_score(meant, said, labels=names, average="macro", zero_division=0), abs=1e-6
    )
    right = np.mean(
        [
            np.mean([answer == label for answer, label in zip(said, meant, strict=True) if label == name])
            for name in names
        ]
    )
    assert found["balanced_accuracy"].value == pytest.approx(right, abs=1e-6)
    known = [answer if answer in labels else "~" for answer in said]
    matrix = confusion_matrix(meant, known, labels=[*names, "~"])
    confusion = confusion_of(said, meant)
    assert confusion.labels == names
    assert confusion.counts == matrix[:-1].tolist()


def test_balanced_accuracy_is_that_of_scikit_learn_where_every_answer_is_a_label():
    dice = random.Random(1)
    meant, said = (dice.choices(["x", "y", "z"], weights=(9, 3, 1), k=200) for _ in range(2))
    found = computed(Labelled, predictions=said, references=meant)
    assert found["balanced_accuracy"].value == pytest.approx(balanced_accuracy_score(meant, said), abs=1e-6)


def test_a_label_is_the_same_whatever_its_case_and_what_is_around_it():
    confusion = confusion_of(["Positive.", "c", "?"], ["positive", "C++", "C"])
    assert confusion.labels == ["C", "C++", "positive"]
    assert confusion.counts == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]]


def test_numbers_match_in_every_notation_and_references_without_one_do_not_count():
    said = ["So 1.234,56 €", "it is 12", "7", "none", "5"]
    meant = ["#### 1,234.56", "12.0", "8", "9", "no number"]
    found = computed(Matches, predictions=said, references=meant)["number_match"]
    assert found.examples.tolist()[:4] == [1, 1, 0, 0] and math.isnan(found.examples[4])
    assert found.value == 0.5


def test_json_is_valid_and_fits_as_jsonschema_says():
    from jsonschema import Draft202012Validator

    dice = random.Random(2)
    schema = {
        "type": "object",
        "required": ["name", "age"],
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
        "additionalProperties": False,
    }
    choices = {"name": ["Ada", "医生", 3, None], "age": [7, 7.0, -1, "7", True], "extra": [1]}
    meant = [json.dumps({"name": dice.choice(["Ada", "医生"]), "age": dice.randrange(9)}) for _ in range(206)]
    said = []
    for _ in range(200):
        value = {name: dice.choice(options) for name, options in choices.items() if dice.random() < 0.8}
        text = json.dumps(value, ensure_ascii=dice.random() < 0.5)
        said.append(text if dice.random() < 0.8 else text[:-1])
    said += ["", "{}", "NaN", '{"name": "Ada", "age": NaN}', "[" * 5000 + "]" * 5000, '{"age": 7.0, "name": "A"}']
    meant[-1] = '{"name": "A", "age": 7}'
    found = computed(JsonAnswers, predictions=said, references=meant, schema=schema)
    validator = Draft202012Validator(schema)
    for row, (text, reference) in enumerate(zip(said, meant, strict=True)):
        try:
            value = json.loads(text) if "NaN" not in text else None
        except (ValueError, RecursionError):
            value = None
        expected = [value is not None, value is not None and validator.is_valid(value), value == json.loads(reference)]
        assert [found[name].examples[row] for name in ("valid_json", "schema_match", "json_match")] == expected


def test_without_a_schema_answers_have_to_be_like_the_references():
    meant = ['{"name": "Ada", "tags": ["a"]}', '{"name": "Bo", "tags": [], "age": 3}', "not JSON"]
    said = ['{"name": "Cy", "tags": ["x", "y"], "age": 1}', '{"name": "Cy", "tags": [3]}', "{}"]
    found = computed(JsonAnswers, predictions=said, references=meant)
    assert found["schema_match"].examples.tolist()[:2] == [1, 0]
    assert math.isnan(found["valid_json"].examples[2])
    assert common_schema([1, 2.5, None]) == {"type": ["null", "number"]}


TOOLS = json.dumps([{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("look", "say")])


@pytest.mark.parametrize(
    ("said", "name", "whole"),
    [
        ('[{"name": "look", "arguments": {"at": "sky", "times": 2}}]', 1, 1),
        ('<tool_call>\n{"name": "look", "arguments": {"times": 2.0, "at": "sky"}}\n</tool_call>', 1, 1),
        ('I will.\n<tool_call>{"name": "look", "arguments": {"times": 2, "at": "sky"}}</tool_call>', 1, 1),
        ('[{"name": "look", "arguments": {"at": "sky", "times": "2"}}]', 1, 0),
        ('[{"name": "say", "arguments": {"at": "sky", "times": 2}}]', 0, 0),
        ('[{"name": "jump", "arguments": {}}]', 0, 0),
        ("The sky is clear.", 0, 0),
        ("", 0, 0),
    ],
)
def test_a_tool_call_matches_by_name_and_arguments(said, name, whole):
    reference = '[{"name": "look", "arguments": {"at": "sky", "times": 2}}]'
    found = computed(ToolCalls, predictions=[said, said], references=[reference, reference], tools=[TOOLS, ""])
    assert found["tool_name_match"].value == name and found["tool_call_match"].value == whole
    assert math.isnan(found["tool_call_match"].examples[1])


def test_where_no_call_is_expected_none_is_right():
    found = computed(
        ToolCalls,
        predictions=["Clear.", '[{"name": "look", "arguments": {}}]'],
        references=["It is clear."] * 2,
        tools=[TOOLS] * 2,
    )
    assert found["tool_call_match"].examples.tolist() == found["tool_name_match"].examples.tolist() == [1, 0]


_MANY = [pytest.param(language, 200, marks=pytest.mark.long) for language in ("english", "chinese", "hindi", "thai")]


@pytest.mark.parametrize(("language", "count"), [("emoji", 5), *_MANY])
def test_similarity_is_that_of_sentence_transformers_and_of_mean_pooling(language, count):
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    said, meant = map(list, zip(*pairs(language, count), *EDGES, strict=True))
    found = computed(SemanticSimilarity, predictions=said, references=meant, model=PACKAGED)["semantic_similarity"]
    model = SentenceTransformer(str(packaged_folder()), device="cpu", local_files_only=True)
    expected = model.similarity_pairwise(model.encode(said), model.encode(meant)).numpy()
    assert found.examples == pytest.approx(expected, abs=1e-6)

    tokenizer, plain = (cls.from_pretrained(packaged_folder()) for cls in (AutoTokenizer, AutoModel))
    for row in range(10):
        read = tokenizer([said[row], meant[row]], padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            states = plain(**read).last_hidden_state
        mask = read["attention_mask"][..., None]
        first, second = (states * mask).sum(1) / mask.sum(1)
        assert found.examples[row] == pytest.approx(torch.cosine_similarity(first, second, dim=0).item(), abs=1e-6)


@pytest.mark.parametrize("language", [*VOCABULARIES, *UNSPACED])
def test_variety_and_repetition_are_counted_by_nltk_alike(language):
    from nltk import ngrams

    said = [answer for answer, _ in (*pairs(language, 200), *EDGES)]
    found = computed(Style, predictions=said)
    for order in (1, 2):
        grams = Counter(gram for text in said for gram in ngrams(words(text), order))
        assert found[f"distinct_{order}"].value == pytest.approx(len(grams) / grams.total(), abs=1e-6)
    runs = [Counter(ngrams(words(text), 4)) for text in said]
    repeated = [1 - len(grams) / grams.total() for grams in runs if grams]
    assert found["repetition"].value == pytest.approx(np.mean(repeated), abs=1e-6)


def test_an_answer_that_goes_round_in_circles_is_repetitive():
    found = computed(Style, predictions=["I do not know. " * 20, "I cannot help with that."])
    assert found["repetition"].examples[0] > 0.9 and found["repetition"].examples[1] == 0
    assert found["refusals"].examples.tolist() == [0, 1]
    assert found["mean_length"].value == (80 + 5) / 2
