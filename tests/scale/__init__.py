"""The hub on more workers and on more than one node, measured and broken.

Lives here: what is behind ``setup/scale``: steps of workers on one machine, and two
nodes in network namespaces behind nginx of which either is lost. Not here: ratios on
one node (``tests/bench``), faults of one node (``tests/chaos``); both lend their
parts.
"""
