"""The curves of a run: which there are, in which units, and where their steps lie on each axis."""

from math import exp, isclose

from app.components.runs.curves import axes_of, curves_of

SERIES = {
    "elapsed_seconds": [(step, 60.0 * step) for step in range(1, 11)],
    "eval_loss": [(0, 3.0), (10, 1.0)],
    "eval_token_accuracy": [(0, 0.1), (10, 0.6)],
    "grad_norm": [(1, 0.5)],
    "loss": [(1, 2.0), (2, None), (3, 1000.0)],
    "memory_bytes": [(1, 2e9)],
    "token_accuracy": [(1, 0.2)],
}


def test_losses_come_first_then_the_methods_measures_then_the_machine():
    curves = curves_of(SERIES, counts_tokens=True)
    assert list(curves) == ["Loss", "Perplexity", "Token accuracy", "Gradient norm", "Memory"]
    assert curves["Token accuracy"] == ([(1, 0.2)], [(0, 0.1), (10, 0.6)], "token accuracy")
    assert curves["Memory"] == ([(1, 2.0)], [], "GB, peak")
    perplexity = curves["Perplexity"]
    assert perplexity.training[:2] == [(1, exp(2.0)), (2, None)] and isclose(perplexity.validation[1][1], exp(1.0))


def test_a_loss_over_pairs_has_no_perplexity():
    series = {"loss": [(1, 0.69)], "reward_margin": [(1, 0.1)]}
    assert list(curves_of(series, counts_tokens=False)) == ["Loss", "Reward margin"]


def test_a_run_is_drawn_by_step_epoch_and_time():
    axes = axes_of(SERIES, epochs=2, steps=20)
    assert list(axes) == ["Step", "Epoch", "Time"]
    assert axes["Step"].along([(5, 1.0)]) == [(5, 1.0)]
    assert axes["Epoch"].along([(0, 1.0), (10, 2.0), (20, None)]) == [(0.0, 1.0), (1.0, 2.0), (2.0, None)]
    assert axes["Time"].label == "time, minutes"
    assert axes["Time"].along([(0, 1.0), (5, 1.0), (7.5, 1.0)]) == [(0.0, 1.0), (5.0, 1.0), (7.5, 1.0)]


def test_a_run_of_an_older_version_has_no_time_axis():
    assert list(axes_of({"loss": [(1, 1.0)]}, epochs=None, steps=None)) == ["Step"]


def test_rewards_come_first_and_the_loss_has_no_validation():
    series = {
        "loss": [(1, 0.01)], "reward": [(1, 0.2)], "reward_ends": [(1, 1.0)], "kl": [(1, 0.0)],
        "eval_loss": [(0, -0.1)], "eval_reward": [(0, 0.1)],
    }  # fmt: skip
    curves = curves_of(series, counts_tokens=False)
    assert list(curves) == ["Reward", "Loss", "Reward: ends by itself", "KL from the base"]
    assert curves["Reward"][:2] == ([(1, 0.2)], [(0, 0.1)]) and curves["Loss"].validation == []
