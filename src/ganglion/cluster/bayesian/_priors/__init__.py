"""Beneath `priors`: what all distributions over partitions are.

partition_prior.py    a table for samplers, hyperparameters that may move; updates.py: the steps that move them
components_prior.py   how many components a finite mixture has
log_prior.py          the probability of a partition
"""
