"""Schedules: torch's rates where torch has the schedule, bounds and end points, and what they refuse."""

import os
from math import cos, log2, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn import schedules as s

BASE = 0.3
CLOSE = 1e-12


def torch_rates(make, steps, *, losses=None):
    """The rate before each of torch's steps."""
    try:
        import torch
    except ImportError:
        if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
            raise
        pytest.skip("torch is not installed")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    schedule = make(torch.optim.lr_scheduler, optimiser)
    rates = []
    for step in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        if step + 1 < steps:
            schedule.step(*(() if losses is None else (losses[step],)))
    return np.array(rates)


def rates_of(schedule, n_epochs, n_batches):
    """All rates of a training, epoch by epoch."""
    total = n_epochs * n_batches
    epochs = [
        schedule.rates(epoch * n_batches, n_batches, total, BASE) for epoch in range(n_epochs)
    ]
    assert all(rates.dtype == np.float64 and rates.shape == (n_batches,) for rates in epochs)
    return np.concatenate(epochs)


@pytest.mark.parametrize("step_size", [1, 3])
def test_step_is_torchs(step_size):
    expected = torch_rates(lambda t, o: t.StepLR(o, step_size, gamma=0.7), 12)
    found = rates_of(s.Step(step_size, gamma=0.7), 12, 5)
    np.testing.assert_allclose(found, np.repeat(expected, 5), rtol=CLOSE)


def test_exponential_is_torchs():
    expected = torch_rates(lambda t, o: t.ExponentialLR(o, 0.93), 30)
    np.testing.assert_allclose(
        rates_of(s.Exponential(0.93), 30, 2), np.repeat(expected, 2), rtol=CLOSE
    )


@pytest.mark.parametrize("eta_min", [0.0, 0.01])
def test_cosine_is_torchs(eta_min):
    expected = torch_rates(lambda t, o: t.CosineAnnealingLR(o, 60, eta_min=eta_min), 60)
    found = rates_of(s.Cosine(eta_min), 6, 10)
    np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("pct_start", [0.3, 0.11])
def test_one_cycle_is_torchs(strategy, three_phase, pct_start):
    settings = {
        "pct_start": pct_start,
        "div_factor": 20.0,
        "final_div_factor": 500.0,
        "anneal_strategy": strategy,
        "three_phase": three_phase,
    }
    expected = torch_rates(
        lambda t, o: t.OneCycleLR(o, BASE, total_steps=60, cycle_momentum=False, **settings), 60
    )
    np.testing.assert_allclose(rates_of(s.OneCycle(**settings), 6, 10), expected, rtol=CLOSE)


def test_warm_up_is_torchs():
    def both(t, o):
        first = t.LinearLR(o, start_factor=0.1, total_iters=7)
        return t.SequentialLR(o, [first, t.CosineAnnealingLR(o, 53)], milestones=[7])

    found = rates_of(s.WarmUp(7, s.Cosine(), start_factor=0.1), 6, 10)
    np.testing.assert_allclose(found, torch_rates(both, 60), rtol=0, atol=CLOSE)


def test_a_warm_up_by_itself_is_torchs():
    expected = torch_rates(lambda t, o: t.LinearLR(o, total_iters=7), 20)
    np.testing.assert_allclose(rates_of(s.WarmUp(7), 4, 5), expected, rtol=CLOSE)


@pytest.mark.parametrize(
    "given_settings",
    [
        {"factor": 0.5, "patience": 2},
        {"factor": 0.1, "patience": 0, "threshold": 0.05, "min_lr": 0.01},
        {"factor": 0.3, "patience": 1, "cooldown": 3},
        {"factor": 0.6, "patience": 1, "threshold": 0.02, "threshold_mode": "abs"},
        {"factor": 0.01, "patience": 0},
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_on_plateau_is_torchs(given_settings, seed):
    rng = np.random.default_rng(seed)
    losses = 1.0 + np.exp(-np.arange(60) / 8) + 0.1 * rng.random(60)
    expected = torch_rates(lambda t, o: t.ReduceLROnPlateau(o, **given_settings), 60, losses=losses)
    schedule = s.OnPlateau(**given_settings)
    found = []
    for epoch, loss in enumerate(losses):
        found.append(schedule.rates(3 * epoch, 3, 180, BASE))
        schedule.after(loss)
    assert len(np.unique(expected)) > 2
    np.testing.assert_allclose(np.concatenate(found), np.repeat(expected, 3), rtol=CLOSE)


def test_coslog_is_its_formula():
    t = np.arange(60) / 60
    expected = [BASE * (0.5 - 0.5 * cos(2 * pi * log2(1 + 15 * x))) for x in t]
    np.testing.assert_allclose(rates_of(s.CosLog(), 6, 10), expected, rtol=0, atol=1e-15)


def test_coslog_touches_zero_between_its_cycles_and_the_base_within():
    # log2(1 + 15 t) is whole at t = 0, 1/15, 3/15, 7/15 and half way between at t = (2^(k + 1/2) - 1) / 15.
    rates = s.CosLog().rates(0, 15, 15, BASE)
    np.testing.assert_allclose(rates[[0, 1, 3, 7]], 0, atol=1e-15)
    peaks = [round((2 ** (k + 0.5) - 1) / 15 * 10**6) for k in range(4)]
    for peak in peaks:
        assert s.CosLog().rates(peak, 1, 10**6, BASE)[0] == pytest.approx(BASE, rel=1e-8)
    assert s.CosLog(1).rates(50, 1, 100, BASE)[0] == pytest.approx(
        BASE * (0.5 - 0.5 * cos(2 * pi * log2(1.5)))
    )


def test_inverse_scaling_is_its_formula_and_scikit_learns():
    steps = np.arange(30)
    np.testing.assert_allclose(
        rates_of(s.InverseScaling(0.7), 6, 5), BASE / (steps + 1) ** 0.7, rtol=CLOSE
    )
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    peer = SGDOptimizer([np.zeros(1)], BASE, lr_schedule="invscaling", power_t=0.5)
    expected = []
    for epoch in range(6):
        expected.append(peer.learning_rate)
        peer.iteration_ends((epoch + 1) * 150)
    found = rates_of(s.InverseScaling(n_rows=150), 6, 5)
    np.testing.assert_allclose(found, np.repeat(expected, 5), rtol=CLOSE)


def test_constant_is_the_base():
    np.testing.assert_array_equal(rates_of(s.Constant(), 3, 4), np.full(12, BASE))


def test_a_function_gives_the_rates_themselves():
    schedule = s.schedule_of(lambda step: 1.0 / (1 + step))
    np.testing.assert_array_equal(rates_of(schedule, 2, 3), 1.0 / np.arange(1, 7))


SCHEDULES = [
    s.Constant(),
    s.Step(2, gamma=0.3),
    s.Exponential(0.8),
    s.InverseScaling(),
    s.InverseScaling(0.3, n_rows=100),
    s.Cosine(),
    s.Cosine(0.01),
    s.CosLog(),
    s.CosLog(2),
    s.OneCycle(),
    s.OneCycle(0.4, anneal_strategy="linear", three_phase=True),
    s.WarmUp(5),
    s.WarmUp(3, s.Step(1), start_factor=0.0),
    s.WarmUp(2, s.WarmUp(3, s.CosLog()), start_factor=1.0),
    s.OnPlateau(0.5, patience=3),
]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SCHEDULES), st.integers(1, 12), st.integers(1, 9))
def test_rates_lie_between_zero_and_the_base(schedule, n_epochs, n_batches):
    rates = rates_of(schedule, n_epochs, n_batches)
    assert np.all(rates >= 0)
    assert np.all(rates <= BASE * (1 + 1e-12))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SCHEDULES), st.integers(1, 6), st.integers(1, 9), st.floats(0.1, 10))
def test_rates_are_those_of_the_steps_alone_and_grow_with_the_base(schedule, n_epochs, size, by):
    total = n_epochs * size
    for epoch in range(n_epochs):
        rates = schedule.rates(epoch * size, size, total, BASE)
        np.testing.assert_array_equal(rates, schedule.rates(epoch * size, size, total, BASE))
        if schedule != s.Cosine(0.01):
            np.testing.assert_allclose(
                schedule.rates(epoch * size, size, total, by * BASE), by * rates, rtol=1e-12
            )


def test_where_the_waves_begin_and_end():
    one_cycle = rates_of(s.OneCycle(), 5, 20)
    assert one_cycle[0] == pytest.approx(BASE / 25)
    assert one_cycle[29] == BASE == one_cycle.max()
    assert one_cycle[-1] == pytest.approx(BASE / 25e4)
    cosine = rates_of(s.Cosine(0.1), 5, 20)
    assert cosine[0] == BASE
    assert s.Cosine(0.1).rates(100, 1, 100, BASE)[0] == pytest.approx(0.1)
    assert np.all(np.diff(cosine) < 0)
    warm = rates_of(s.WarmUp(10), 5, 20)
    assert warm[0] == pytest.approx(BASE / 3)
    assert np.all(warm[10:] == BASE)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_is_a_frozen_record_of_a_name_and_numbers(schedule):
    record = s.to_record(schedule)
    assert record["name"] == type(schedule).__name__
    again = s.from_record(record)
    assert again == schedule and again is not schedule
    assert hash(again) == hash(schedule)
    with pytest.raises(AttributeError):
        schedule.gamma = 1.0


def test_every_schedule_of_the_table_is_tested():
    assert {type(schedule).__name__ for schedule in SCHEDULES} == set(s.schedules)
    assert {kind for kind in s.__all__ if kind in s.schedules} == set(s.schedules)


def test_a_restored_plateau_goes_on_where_it_was():
    losses = [3.0, 2.0, 2.5, 2.5, 2.5, 1.0, 1.5, 1.5, 1.5, 1.5]
    alone, before = (
        s.OnPlateau(0.5, patience=1, cooldown=1),
        s.OnPlateau(0.5, patience=1, cooldown=1),
    )
    for loss in losses:
        alone.after(loss)
    for loss in losses[:4]:
        before.after(loss)
    after = s.OnPlateau(0.5, patience=1, cooldown=1)
    after.restore(before.state())
    for loss in losses[4:]:
        after.after(loss)
    assert after.state() == alone.state()
    assert after.rates(0, 1, 1, BASE) == alone.rates(0, 1, 1, BASE) < BASE
    assert before.needs_loss and not s.Cosine().needs_loss
    assert s.OnPlateau() == s.OnPlateau(), "what it remembers is no setting"


def test_a_loss_that_is_no_number_is_no_better():
    schedule = s.OnPlateau(0.5, patience=1)
    for loss in (float("nan"), float("inf")):
        schedule.after(loss)
    assert schedule.rates(0, 1, 1, BASE) == [BASE / 2]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"best": 1.0}, r"not a state of OnPlateau, which has \['best', 'n_bad'"),
        ({"best": None, "n_bad": 1, "n_resting": 0, "n_falls": 0}, "must have the number 'best'"),
        (
            {"best": 1.0, "n_bad": -1, "n_resting": 0, "n_falls": 0},
            "counts epochs in whole numbers",
        ),
        (
            {"best": 1.0, "n_bad": 0.5, "n_resting": 0, "n_falls": 0},
            "counts epochs in whole numbers",
        ),
    ],
)
def test_a_state_of_something_else_is_refused(state, words):
    with pytest.raises(gl.DataError, match=words):
        s.OnPlateau().restore(state)


def test_schedules_without_memory_have_an_empty_state():
    schedule = s.Cosine()
    assert schedule.state() == {}
    schedule.restore({})
    with pytest.raises(gl.DataError, match="not a state of Cosine, which has none: got"):
        schedule.restore({"best": 1.0})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: s.Step(0), "Step: step_size must be an integer, at least 1"),
        (lambda: s.Step(1, gamma=0), "Step: gamma must be a number above 0"),
        (lambda: s.Exponential(-1), "Exponential: gamma must be a number above 0"),
        (lambda: s.InverseScaling(-1), "InverseScaling: power_t must be a number at least 0"),
        (lambda: s.InverseScaling(n_rows=0), "InverseScaling: n_rows must be an integer"),
        (lambda: s.Cosine(-1), "Cosine: eta_min must be a number at least 0"),
        (lambda: s.Cosine(1.0).rates(0, 1, 1, 0.1), "eta_min must be at most the optimiser's"),
        (lambda: s.CosLog(0), "CosLog: n_cycles must be an integer, at least 1"),
        (lambda: s.OneCycle(1.0), "OneCycle: pct_start must be a number above 0 and below 1"),
        (lambda: s.OneCycle(div_factor=0.5), "OneCycle: div_factor must be a number at least 1"),
        (lambda: s.OneCycle(final_div_factor=0), "OneCycle: final_div_factor"),
        (lambda: s.OneCycle(anneal_strategy="cosine"), "Did you mean 'cos'?"),
        (lambda: s.OneCycle(three_phase=2), "OneCycle: three_phase must be True or False"),
        (lambda: s.WarmUp(0), "WarmUp: n_steps must be an integer, at least 1"),
        (lambda: s.WarmUp(3, start_factor=1.5), "WarmUp: start_factor must be at most 1; got 1.5"),
        (lambda: s.WarmUp(3, start_factor=-1), "WarmUp: start_factor must be a number at least 0"),
        (lambda: s.WarmUp(3, s.OnPlateau()), "then must be a schedule that does not need the loss"),
        (lambda: s.WarmUp(3, "cosine"), "then must be a schedule"),
        (lambda: s.OnPlateau(1.0), "OnPlateau: factor must be a number above 0 and below 1"),
        (lambda: s.OnPlateau(patience=-1), "OnPlateau: patience must be an integer, at least 0"),
        (lambda: s.OnPlateau(patience=1.5), "OnPlateau: patience must be an integer"),
        (lambda: s.OnPlateau(cooldown=True), "OnPlateau: cooldown must be an integer"),
        (lambda: s.OnPlateau(threshold=-1), "OnPlateau: threshold must be a number at least 0"),
        (lambda: s.OnPlateau(min_lr=-1), "OnPlateau: min_lr"),
        (
            lambda: s.OnPlateau(threshold_mode="relative"),
            "OnPlateau: threshold_mode must be one of",
        ),
        (lambda: s.schedule_of("cosine"), "schedule must be a schedule such as"),
        (lambda: s.schedule_of(s.Cosine), "schedule must be a schedule such as"),
        (
            lambda: s.schedule_of(lambda step: -1.0).rates(3, 1, 9, BASE),
            "The learning rate of the schedule for step 3 must be a number at least 0; got -1.0",
        ),
        (lambda: s.to_record(s.Function(abs)), "A file holds schedules by name and numbers"),
        (lambda: s.from_record(0), "must be a dict with its name and settings; got 0"),
        (lambda: s.from_record({"name": "Cosin"}), "Did you mean 'Cosine'?"),
        (
            lambda: s.from_record({"name": "Step"}),
            "must have the settings step_size, gamma; got none",
        ),
        (lambda: s.from_record({"name": "Constant", "gamma": 1}), "must have the settings none"),
        (lambda: s.from_record({"name": "Exponential", "gamma": -1}), "Exponential: gamma"),
    ],
)
def test_what_makes_no_schedule_is_refused(make, words):
    with pytest.raises(gl.ParameterError) as caught:
        make()
    assert words in str(caught.value)


def test_nothing_and_schedules_stay_what_they_are():
    assert s.schedule_of(None) is None
    schedule = s.Cosine()
    assert s.schedule_of(schedule) is schedule
