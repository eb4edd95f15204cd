"""Beneath k-medoids: items of their own as centres, under any distance.

pairs.py         distances as the search asks for them
starts.py        where it begins; search.py: FasterPAM; samples.py: estimates where no matrix fits
"""
