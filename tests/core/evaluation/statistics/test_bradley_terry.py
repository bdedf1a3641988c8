"""Strengths from votes, beside a published worked example and a logistic regression."""

import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.evaluation.statistics.bradley_terry import Vote, strengths

TEAMS = ["Baltimore", "Boston", "Cleveland", "Detroit", "Milwaukee", "New York", "Toronto"]
WINS = {
    "Milwaukee": {"Detroit": 7, "Toronto": 9, "New York": 7, "Boston": 7, "Cleveland": 9, "Baltimore": 11},
    "Detroit": {"Milwaukee": 6, "Toronto": 7, "New York": 5, "Boston": 11, "Cleveland": 9, "Baltimore": 9},
    "Toronto": {"Milwaukee": 4, "Detroit": 6, "New York": 7, "Boston": 7, "Cleveland": 8, "Baltimore": 12},
    "New York": {"Milwaukee": 6, "Detroit": 8, "Toronto": 6, "Boston": 6, "Cleveland": 7, "Baltimore": 10},
    "Boston": {"Milwaukee": 6, "Detroit": 2, "Toronto": 6, "New York": 7, "Cleveland": 7, "Baltimore": 12},
    "Cleveland": {"Milwaukee": 4, "Detroit": 4, "Toronto": 5, "New York": 6, "Boston": 6, "Baltimore": 6},
    "Baltimore": {"Milwaukee": 2, "Detroit": 4, "Toronto": 1, "New York": 3, "Boston": 1, "Cleveland": 7},
}
"""American League of 1987 (Agresti, Categorical Data Analysis, table 10.10): games won against each other team."""
PUBLISHED = {
    "Boston": (1.1077, 0.3339), "Cleveland": (0.6839, 0.3319), "Detroit": (1.4364, 0.3396),
    "Milwaukee": (1.5814, 0.3433), "New York": (1.2476, 0.3359), "Toronto": (1.2945, 0.3367),
}  # fmt: skip
"""Strength above Baltimore and its standard error, as Turner and Firth print them (Bradley-Terry Models in R, 2012)."""


def votes_of(wins: dict[str, dict[str, int]]) -> list[Vote]:
    return [
        Vote(winner, loser, 1) for winner, games in wins.items() for loser, won in games.items() for _ in range(won)
    ]


def test_a_published_season():
    found = strengths(TEAMS, votes_of(WINS))
    for team, (value, error) in PUBLISHED.items():
        assert found[team].value == pytest.approx(value, abs=5e-5)
        assert found[team].error == pytest.approx(error, abs=5e-5)
        assert found[team].low == pytest.approx(value - 1.96 * error, abs=2e-4)


def test_the_side_on_which_an_answer_stood_does_not_matter():
    turned = [Vote(vote.second, vote.first, 0) for vote in votes_of(WINS)]
    for team, found in strengths(TEAMS, turned).items():
        assert found == pytest.approx(strengths(TEAMS, votes_of(WINS))[team])


def test_strengths_are_a_logistic_regressions():
    chance, models = random.Random(0), ["base", "tuned", "q8_0", "q4_0"]
    rows, outcomes, votes = [], [], []
    for _ in range(300):
        first, second = chance.sample(range(4), 2)
        won = chance.random() < 0.3 + 0.1 * first
        rows.append([float(number == first) - float(number == second) for number in range(1, 4)])
        outcomes.append(won)
        votes.append(Vote(models[first], models[second], float(won)))
    theirs = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000).fit(rows, outcomes).coef_[0]
    assert [found.value for found in strengths(models, votes).values()] == pytest.approx([0, *theirs], abs=1e-5)


def test_a_tie_is_half_a_win_each():
    ties, halves = [Vote("a", "b", 0.5)] * 10, [Vote("a", "b", 1), Vote("b", "a", 1)] * 5
    assert strengths(["a", "b"], ties)["b"] == pytest.approx(strengths(["a", "b"], halves)["b"])
    assert strengths(["a", "b"], ties)["b"].value == pytest.approx(0)


def test_a_model_that_won_every_vote_is_strong_but_not_infinitely():
    found = strengths(["base", "tuned"], [Vote("tuned", "base", 1)] * 20)["tuned"]
    assert found.low > 0 and found.value == pytest.approx(np.log(41), abs=1e-6)
    assert strengths(["base", "tuned"], [Vote("tuned", "base", 1)] * 2)["tuned"].low < 0


def test_models_that_never_met_are_not_ranked():
    with pytest.raises(ValueError, match="not all models were compared"):
        strengths(["a", "b", "c"], [Vote("a", "b", 1)])
