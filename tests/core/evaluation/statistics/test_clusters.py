"""Examples from one document count together, if there are documents enough."""

from core.evaluation.statistics.clusters import FEWEST_CLUSTERS, clusters_of, told_of_clusters


def test_examples_of_one_document_are_a_cluster():
    examples = [{"source": f"{number // 2}.pdf"} for number in range(40)] + [{}, {"source": ""}]
    clusters = clusters_of(examples)
    assert clusters[0] == clusters[1] == "0.pdf" and len(set(clusters)) == 22
    assert told_of_clusters(examples).startswith("The examples come from 20 documents.")


def test_examples_stand_alone_without_documents_or_with_one_each():
    for examples in ([{}] * 30, [{"source": str(number)} for number in range(30)], [{"source": "all.csv"}] * 30):
        assert clusters_of(examples) is None and told_of_clusters(examples) == ""


def test_a_few_documents_are_told_instead():
    examples = [{"source": str(number % (FEWEST_CLUSTERS - 1))} for number in range(50)]
    assert clusters_of(examples) is None
    assert "only 9 documents" in told_of_clusters(examples)
