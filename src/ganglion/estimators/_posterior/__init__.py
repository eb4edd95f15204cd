"""Beneath `BayesianClustering`.

rows.py          scikit-learn's gate for rows; answers.py: what a fitted posterior says; state.py: as a file holds it
"""
