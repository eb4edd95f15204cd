"""Beneath `components`: one file for each kind of rows, with the parameters of its distribution.

component.py     what they share; hyperparameters.py: what a parameter may be; moments.py: where defaults come from
normals.py, semi_conjugate.py, counts.py, categories.py; mixed.py: columns that differ in kind
"""
