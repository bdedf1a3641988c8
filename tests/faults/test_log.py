"""Logging never blocks a child: it writes megabytes and ends well though its supervisor is gone."""

from pathlib import Path

import pytest

from core.specs import JobState


@pytest.mark.long
def test_a_child_that_logs_megabytes_survives_its_supervisor(fleet):
    crew = fleet()
    job = crew.ask("talkative")
    supervisor = crew.supervise()
    crew.wait(job, lambda row: row.process_id is not None)
    supervisor.kill()
    supervisor.wait()
    done = crew.end_of(job)
    assert (done.state, done.attempt) == (JobState.SUCCEEDED, 1)
    assert Path(job.log_path).stat().st_size > 8_000_000
