"""The starter model's corpus shares no run of eight words with the demo's exam."""

import pytest

from core.data.samples import Domain, make_samples
from core.errors import CorruptArtifactError
from core.models.catalogue import STARTER_FOLDER
from core.models.starter.build.corpus_filter import FILTER_FILE, filter_of, load_filter
from core.models.starter.build.corpus_text import word_windows

TEXT = "the first of all the things that we saw was a lamp in the window of the house on the hill"


def test_finds_every_window_of_the_corpus_and_few_others(tmp_path):
    made = filter_of(f"{TEXT} number {n} of them" for n in range(500))
    made.save(tmp_path / FILTER_FILE)
    loaded = load_filter(tmp_path)
    assert loaded.found_windows(TEXT) == list(word_windows(TEXT))
    strangers = [f"one two three four five six seven {n}" for n in range(20_000)]
    assert sum(window in loaded for window in strangers) / 20_000 == pytest.approx(
        loaded.false_positive_rate, abs=0.002
    )


def test_a_damaged_filter_is_refused(tmp_path):
    filter_of([TEXT]).save(tmp_path / FILTER_FILE)
    whole = (tmp_path / FILTER_FILE).read_bytes()
    (tmp_path / FILTER_FILE).write_bytes(whole[:-1])
    with pytest.raises(CorruptArtifactError):
        load_filter(tmp_path)


@pytest.mark.parametrize("domain", list(Domain))
def test_samples_share_no_more_windows_than_false_positives(domain):
    corpus = load_filter(STARTER_FOLDER)
    samples = make_samples(domain, 1000, seed=5)
    windows = {
        window for sample in samples for key in ("instruction", "output") for window in word_windows(sample[key])
    }
    expected = len(windows) * corpus.false_positive_rate
    assert sum(window in corpus for window in windows) <= expected + 4 * expected**0.5
