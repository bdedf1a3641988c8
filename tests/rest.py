"""REST in this process, without the pages: only one server in a process can have those."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.api import (
    artifacts,
    datasets,
    deployments,
    errors,
    evaluation_reports,
    evaluations,
    health,
    jobs,
    judging,
    models,
    runs,
    sweeps,
    trash,
)


def rest() -> TestClient:
    """Asks the routes of the studio about the workspace of this test."""
    api = FastAPI()
    made = (evaluations, evaluation_reports, judging, datasets, models, deployments, artifacts)
    for part in (jobs, runs, sweeps, *made, trash, health):
        api.include_router(part.router)
    errors.add_error_handlers(api)
    return TestClient(api)
