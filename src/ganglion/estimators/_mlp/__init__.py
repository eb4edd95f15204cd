"""Beneath `MLPClassifier` and `MLPRegressor`.

base.py          fit and partial_fit; model.py: a fitted network behind an estimator
settings.py      the parameters, checked; inputs.py, targets.py: the gates; heads.py: what the outputs mean
fit.py           from all that to a network, fitted.py; course.py: between two epochs; progress.py: what is shown
stream.py        sample by sample; state.py: as what a model file holds
"""
