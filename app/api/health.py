"""`/health` for monitoring, `/metrics` for Prometheus."""

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest, platform_collector, process_collector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.plumbing.studio import store
from core.serving.bounded_route import BoundedRoute
from core.specs import JobKind, JobState
from storage.jobs import count_all_jobs
from storage.serving import deployment_states
from storage.workers import supervisor_alive

router = APIRouter(tags=["health"], route_class=BoundedRoute)


@router.get("/health")
def health() -> dict:
    """Whether the studio answers and a supervisor runs jobs."""
    return {"status": "ok", "supervisor": "alive" if supervisor_alive(store()) else "starting"}


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Jobs by kind and state, deployments by state, and this process, in Prometheus' text format."""
    return Response(generate_latest(_registry), media_type=CONTENT_TYPE_LATEST)


class _StudioCollector:
    """Reads the database on every scrape, so that the figures match the rows."""

    def collect(self):
        jobs = GaugeMetricFamily("tunewright_jobs", "Jobs by kind and state", labels=["kind", "state"])
        counted = count_all_jobs(store())
        for kind in JobKind:
            for state in JobState:
                jobs.add_metric([kind, state], counted.get((kind, state), 0))
        yield jobs
        alive = supervisor_alive(store())
        yield GaugeMetricFamily("tunewright_supervisor_alive", "1 while a supervisor is alive", value=float(alive))
        states = deployment_states(store())
        served = GaugeMetricFamily("tunewright_deployments", "Deployments by state", labels=["state"])
        for state in sorted(set(states)):
            served.add_metric([state], states.count(state))
        yield served


_registry = CollectorRegistry()
_registry.register(_StudioCollector())
process_collector.ProcessCollector(registry=_registry)
platform_collector.PlatformCollector(registry=_registry)
