"""The inventory of the studio's routes: one opened by accident fails here."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]

OURS = """
GET /api/jobs
POST /api/jobs/prepare
POST /api/jobs/synthesize
POST /api/jobs/train
POST /api/jobs/evaluate
POST /api/jobs/export
POST /api/jobs/benchmark
POST /api/jobs/judge
GET /api/jobs/{job_id}
GET /api/jobs/queue
POST /api/jobs/{job_id}/move
POST /api/jobs/{job_id}/finish
POST /api/jobs/{job_id}/discard
POST /api/jobs/{job_id}/cancel
POST /api/jobs/{job_id}/pause
POST /api/jobs/{job_id}/resume
GET /api/jobs/{job_id}/events
GET /api/jobs/{job_id}/metrics
GET /api/jobs/{job_id}/log
GET /api/runs
GET /api/runs/tags
GET /api/runs/compare
PATCH /api/runs/{run_id}
DELETE /api/runs/{run_id}
GET /api/runs/{run_id}/checkpoints
GET /api/runs/{run_id}/sample-answers
POST /api/runs/{run_id}/again
GET /api/runs/{run_id}/notebook
GET /api/runs/{run_id}/yaml
POST /api/runs/{run_id}/clone
POST /api/runs/{run_id}/continue
GET /api/evaluations/{job_id}/report
GET /api/evaluations/{job_id}/report.txt
GET /api/evaluations/{job_id}/lm-eval
POST /api/evaluations/{job_id}/gate
GET /api/sweeps
POST /api/sweeps
GET /api/sweeps/{sweep_id}
GET /api/evaluations/{job_id}/examples
GET /api/evaluations/{job_id}/remarks
PUT /api/evaluations/{job_id}/examples/{place}/remark
POST /api/evaluations/{job_id}/dataset
GET /api/trash
POST /api/trash/{trash_id}/restore
GET /api/datasets
POST /api/datasets/uploads
GET /api/datasets/{dataset}
DELETE /api/datasets/{dataset}
GET /api/datasets/{dataset}/examples
GET /api/datasets/{dataset}/table
GET /api/datasets/{dataset}/versions
POST /api/datasets/{dataset}/revise
POST /api/datasets/{dataset}/rewards
POST /api/datasets/{dataset}/restore
GET /api/datasets/{dataset}/compare
GET,HEAD /api/datasets/{dataset}/export
POST /api/judging/preview
GET /api/judging/{job_id}/to-rate
POST /api/judging/{job_id}/ratings
GET /api/judging/{job_id}/agreement
GET /api/models
GET /api/models/catalogue
GET /api/models/{model_id}
GET /api/deployments
POST /api/deployments
GET /api/deployments/{deployment_id}
POST /api/deployments/{deployment_id}/stop
GET,HEAD /artifacts/{artifact_id}
GET /v1/models
GET /v1/models/{name:path}
POST /v1/chat/completions
POST /v1/completions
POST /generate
POST /rerank
GET /health
GET /metrics
GET,HEAD /openapi.json
GET /docs
GET /swagger/swagger-ui-bundle.js
GET /swagger/swagger-ui.css
GET /swagger/favicon-32x32.png
GET,POST /api/{rest:path}
GET,POST /v1/{rest:path}
GET,POST /artifacts/{rest:path}
"""
STREAMLITS = """
GET,HEAD /_stcore/health
GET,HEAD /_stcore/metrics
GET,HEAD /_stcore/host-config
GET,HEAD /media/{file_id:path}
PUT /_stcore/upload_file/{session_id}/{file_id}
DELETE /_stcore/upload_file/{session_id}/{file_id}
GET,HEAD /component/{path:path}
GET,HEAD /_stcore/bidi-components/{path:path}
WEBSOCKET /_stcore/stream
GET,HEAD /auth/login
GET,HEAD /auth/logout
GET,HEAD /oauth2callback
DELETE,GET,HEAD,PATCH,POST,PUT /_stcore/agent/interact
DELETE,GET,HEAD,PATCH,POST,PUT /_stcore/agent/openapi.json
DELETE,GET,HEAD,PATCH,POST,PUT /_stcore/agent/mcp
MOUNT /
"""
"""The agent's three only say that they are off; `test_streamlits_agent_api_is_off` holds that."""

LISTING = """
import json
from fastapi.routing import APIRoute
from core.serving.bounded_route import BoundedRoute
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes
from app.plumbing.server import build_api

def told(route):
    methods = sorted(set(getattr(route, "methods", None) or [type(route).__name__.removesuffix("Route").upper()]))
    return f"{','.join(method for method in methods if method != 'OPTIONS')} {getattr(route, 'path', None) or '/'}"

*ours, shut, mounted = build_api().routes
flat = [inner for route in ours for inner in getattr(getattr(route, "original_router", None), "routes", [route])]
streamlits = create_streamlit_routes(mounted.app._runtime)
print(json.dumps({
    "ours": [told(route) for route in flat],
    "shut": told(shut),
    "mounted": told(mounted),
    "unbounded": [told(route) for route in flat if isinstance(route, APIRoute) and not isinstance(route, BoundedRoute)],
    "streamlits": [told(route) for route in streamlits if getattr(route, "methods", None) != {"OPTIONS"}],
}))
"""


def test_the_inventory_of_routes_is_complete(workspace):
    listed = subprocess.run([sys.executable, "-c", LISTING], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(listed.stdout.splitlines()[-1])
    assert sorted(found["ours"]) == sorted(OURS.split("\n")[1:-1])
    assert found["shut"] == "MOUNT /_stcore/upload_file"
    assert found["mounted"] == "MOUNT /"
    assert found["unbounded"] == []
    assert sorted(found["streamlits"]) == sorted(STREAMLITS.split("\n")[1:-1])


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_streamlits_upload_route_is_refused_before_a_byte_is_read(studio, method):
    head = (
        f"{method} /_stcore/upload_file/a/b HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", studio.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode())
        assert b" 404 " in connection.recv(4096).split(b"\r\n")[0]


def test_no_page_uses_streamlits_upload():
    for path in [*ROOT.glob("pages/*.py"), *ROOT.glob("app/components/*.py")]:
        assert not re.search(r"file_uploader|accept_file|camera_input|audio_input", path.read_text()), path


def test_streamlits_agent_api_is_off(studio):
    with studio.client() as client:
        answer = client.post("/_stcore/agent/interact", json={})
    assert answer.status_code >= 400
    assert "enableAgentApi" in answer.text
