"""Beneath k-means and its kin: from samples to centres.

prepared.py      samples made ready once for all restarts; directions.py: cosine distance by rows of length 1
starts.py        the first centres; seeding.py: how they are drawn; distinct.py: from which rows
lloyd.py         the loop; batches.py: that of mini-batches; refits.py: many small samples side by side
nearest.py       the answer by definition, once the centres are found
"""
