"""The pages in the order of the work, and the page that shows each kind of job."""

from dataclasses import dataclass

from core.specs import JobKind
from storage.rows import Job


@dataclass(frozen=True)
class PageEntry:
    """One page: its file under `pages/`, which is also its address, its title and a Material icon."""

    slug: str
    title: str
    icon: str
    default: bool = False


SECTIONS: dict[str, tuple[PageEntry, ...]] = {
    "": (PageEntry("overview", "Overview", ":material/home:", default=True),),
    "Build": (
        PageEntry("data", "Data", ":material/table_rows:"),
        PageEntry("train", "Train", ":material/model_training:"),
        PageEntry("runs", "Runs", ":material/monitoring:"),
    ),
    "Prove": (
        PageEntry("evaluate", "Evaluate", ":material/fact_check:"),
        PageEntry("export", "Export", ":material/compress:"),
    ),
    "Use": (
        PageEntry("chat", "Chat", ":material/forum:"),
        PageEntry("serve", "Serve", ":material/dns:"),
    ),
    "Studio": (PageEntry("settings", "Settings", ":material/tune:"),),
}
PLACES = {
    JobKind.PREPARE: "data",
    JobKind.SYNTHESIZE: "data",
    JobKind.TRAIN: "runs",
    JobKind.EVALUATE: "evaluate",
    JobKind.EXPORT: "export",
    JobKind.BENCHMARK: "evaluate",
    JobKind.JUDGE: "evaluate",
}
"""The page that shows jobs of each kind."""


def job_link(place, going: Job, label: str) -> None:
    """Draw a link to a running job."""
    place.page_link(
        f"pages/{PLACES[going.kind]}.py",
        label=label,
        icon=":material/play_circle:",
        query_params=job_query(going),
    )


def job_query(job: Job) -> dict[str, str]:
    """The query that names a job in its page's address."""
    return {"run" if job.kind == JobKind.TRAIN else "job": job.id}
