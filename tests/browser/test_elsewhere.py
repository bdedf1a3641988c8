"""Changes made on the command line or in another tab appear on an open page without a reload."""

import re

import pytest
from playwright.sync_api import expect

from core.specs import JobKind, StopRequest, TrainSpec
from core.specs.deployments import DesiredState, Purpose
from storage import deployments, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.settings import Settings
from tests.studio import running_studio

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(workspace):
    """Another process's hold on the workspace; the leases of what it runs last as long as any test."""
    store = open_store(Settings(home=workspace, lease_seconds=600))
    yield store
    store.close()


@pytest.mark.long
def test_an_open_page_shows_what_happens_elsewhere(elsewhere, workspace, page):
    spec = TrainSpec(name="from-elsewhere", output_dir=str(workspace / "runs/x"), dataset="/a-dataset")
    with running_studio(workspace) as studio:
        page.goto(studio.url)
        page.get_by_role("heading", name="Overview").wait_for()
        held = jobs.enqueue(elsewhere, OWNER, spec, JobKind.TRAIN)
        jobs.request_stop(elsewhere, OWNER, held.id, StopRequest.PAUSE)
        expect(page.get_by_text("train · from-elsewhere")).to_be_visible()

        page.goto(f"{studio.url}/runs?run={held.id}")
        expect(page.get_by_text("Paused by you before it started: Resume puts it back")).to_be_visible()
        jobs.request_stop(elsewhere, OWNER, held.id, StopRequest.CANCEL)
        expect(page.get_by_text("cancelled").first).to_be_visible()

        page.goto(f"{studio.url}/serve")
        expect(page.get_by_text("Nothing is served yet")).to_be_visible()
        served = deployments.create_deployment(
            elsewhere, OWNER, name="also-from-elsewhere", purpose=Purpose.SERVE, model="/no/such.gguf"
        )
        expect(page.get_by_text("also-from-elsewhere")).to_be_visible()
        deployments.set_desired(elsewhere, OWNER, served.id, DesiredState.STOPPED)
        expect(page.get_by_role("button", name=re.compile("Start$"))).to_be_visible()
