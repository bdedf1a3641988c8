"""A finished evaluation in the workspace of this process whose answers can be judged, and a scripted judge."""

import json
import re
from pathlib import Path

from core.specs.judging.spec import JudgeSpec
from storage.rows import Job
from tests.core.data.synthesis.scripted import completion
from tests.finished import evaluated

WORDS = ("wrong", "poor", "fair", "good", "perfect")
"""What answers hold, by the mark that they deserve."""
NOUNS = ("sentence", "reply", "text")
"""What each model's answers hold: nothing that is its name."""


def an_evaluation(shop: str, model: str, count: int = 30) -> Job:
    """30 examples answered by `base`, `tuned` and `nearest`: tuned is better, and each answer tells its mark."""
    made = evaluated(model, shop, 5, count=count)
    file = Path(made.output_dir, "predictions.json")
    rows = json.loads(file.read_text())
    for number, row in enumerate(rows):
        deserved = {"base": number % 3, "tuned": 2 + number % 3, "nearest": 0}
        row["predictions"] = {
            name: f"{WORDS[mark]} {noun} {number}" for (name, mark), noun in zip(deserved.items(), NOUNS, strict=True)
        }
    file.write_text(json.dumps(rows))
    metrics = made.result | {"result_version": 1, "spec": {}, "made_by": ""}
    Path(made.output_dir, "metrics.json").write_text(json.dumps(metrics))
    return made


def deserved(text: str) -> int:
    """The mark that an answer deserves."""
    return next(mark for mark, word in enumerate(WORDS, 1) if word in text)


def fair(body: dict) -> dict:
    """A judge that gives what answers deserve."""
    asked = body["messages"][0]["content"]
    said = re.findall(r"^\[answer[ AB]* \w{16}\]\n(.*)\n\[end of", asked, re.MULTILINE)
    one, *other = map(deserved, said)
    if not other:
        return completion({"reason": "By what it says.", "mark": one})
    better = "tie" if one == other[0] else "A" if one > other[0] else "B"
    return completion({"reason": "By what they say.", "better": better})


def worked_off(judging: Job) -> Job:
    """The judging after this process has run it, as a worker would."""
    from app.jobs.queries import job
    from app.plumbing.studio import store
    from core.reporting import Reporter
    from core.specs import JobKind, parse_spec
    from storage import claims, endings
    from storage.actors import OWNER
    from workers.handlers import HANDLERS

    claimed = claims.claim(store(), "here", [JobKind.JUDGE])
    assert claimed.id == judging.id
    spec: JudgeSpec = parse_spec(claimed.kind, claimed.spec)
    endings.succeed(store(), claimed.id, claimed.attempt, *HANDLERS[claimed.kind](spec, Reporter()))
    return job(OWNER, judging.id)
