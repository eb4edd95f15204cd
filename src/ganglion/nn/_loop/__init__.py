"""The loop beneath `train`: one epoch after another, and everything that is looked at in between.

run.py           a training between two epochs; settings.py: how it goes; epochs.py: what an epoch gave
examples.py      the gate for what is learned from; evaluation.py, watching.py: what is judged, what is kept
divergence.py    what happened where numbers are no longer finite
recorder.py      what each layer did
checkpoints.py   a run as a file; fingerprints.py: what must be the same to go on
"""
