"""Results of clustering as what a model file holds; what comes back is checked before it is believed.

records.py       arrays and numbers; cuts.py: a tree and its cut; items.py: what further items are compared with
"""
