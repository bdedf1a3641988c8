"""What an evaluation can show, told before it starts."""

from app.jobs.earlier_jobs import ended_jobs
from app.jobs.results import EvaluateResult, result_or_none
from core.evaluation.statistics.verdicts import what_examples_show, what_scores_show, what_was_shown
from core.specs import JobKind
from storage.actors import Actor


def what_it_will_show(actor: Actor, dataset: dict, examples: int) -> str:
    """The smallest difference that so many examples of this entry of `datasets()` can show between two models.

    By the metric and the spread of scores that the newest evaluation of the dataset found. Before there is one, answers
    may be right or wrong, or long, except where the dataset's report knows that they are labels.
    """
    for job in ended_jobs(actor, JobKind.EVALUATE):
        is_of_it = job.spec.get("dataset") == dataset["path"] and not job.spec.get("test_file")
        if is_of_it and (result := result_or_none(job, EvaluateResult)) and result.telling:
            return what_was_shown(result, examples)
    if dataset["report"].label_data:
        return what_examples_show(examples)
    return f"{what_examples_show(examples)} If answers are long: {what_scores_show(examples)}"
