"""Clusterings of a table that can label further rows: how the columns were read goes with the result.

model.py         around centres; medoids.py: around rows; tree.py: a cut tree; posterior.py: a posterior
"""
