"""A finished evaluation and a scripted judge of it."""

import pytest

from app.evaluation.judging.start_judging import start_judging
from storage.actors import OWNER
from tests.core.data.synthesis.scripted import Script
from tests.judged import an_evaluation, fair, worked_off


@pytest.fixture
def script():
    served = Script()
    served.answer = fair
    yield served
    served.close()


@pytest.fixture
def evaluation(here, shop):
    return an_evaluation(shop, str(here / "runs" / "shop"))


def judged(evaluation, script, **values):
    asked = {"evaluation": evaluation.id, "model": "scripted", "endpoint": script.address} | values
    return worked_off(start_judging(OWNER, **asked))
