"""Beneath everything that sums up draws of partitions.

draws.py         the gate; numbering.py: by first appearance
contingency.py   tables of two partitions and the losses read off them; similarities.py: who is with whom
search.py        the best partition; wanted.py: with a given number of clusters
"""
