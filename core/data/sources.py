"""Opens what a spec names as the source of examples: samples of a domain, a file, or a dataset of the hub."""

from pathlib import Path

from core.data.files import open_file
from core.data.hub import open_hub
from core.data.rows import Row, Source
from core.data.samples import capacity, parse_domain, synthesize
from core.jobs import PrepareSpec


def open_source(spec: PrepareSpec) -> Source:
    """The source of `spec`, ready to be read. Raises what the source raises when it cannot be."""
    if spec.source == "file":
        return open_file(Path(spec.input_file))
    if spec.source == "hub":
        return open_hub(spec.dataset_name, spec.num_samples)
    return _open_samples(spec)


def _open_samples(spec: PrepareSpec) -> Source:
    domain = parse_domain(spec.domain)
    examples = synthesize(domain, spec.num_samples, spec.seed)
    if spec.exclude_dataset:  # some will be left out: have every other one at hand
        examples = synthesize(domain, capacity(domain), spec.seed)
    facts = {"kind": "sample", "domain": str(domain), "notice": examples[0]["notice"]}
    columns = [column for column in examples[0] if column != "notice"]
    read = [0]

    def rows():
        for read[0], example in enumerate(examples, start=1):
            yield Row(read[0], example)

    return Source(facts, columns, rows(), position=lambda: (read[0], len(examples)))
