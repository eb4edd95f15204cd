"""What must hold in every trace, whatever was computed."""

from __future__ import annotations

import numpy as np

EPSILON = np.finfo(np.float64).eps


def consistent(found):
    """Shapes agree, parents come first, and what the consumers of a node carry back adds up to its upstream."""
    seen = set()
    assert [node.name for node in found.nodes[: len(found.inputs)]] == list(found.inputs) or (
        found.output in found.inputs
    )
    assert len({node.name for node in found.nodes}) == len(found.nodes)
    assert found.nodes[-1].name == found.output
    incoming = {node.name: [] for node in found.nodes}
    for node in found.nodes:
        assert set(node.parents) <= seen
        assert tuple(node.local) == tuple(node.product) == node.parents
        seen.add(node.name)
        for parent in node.parents:
            assert node.name in found[parent].children
            assert np.shape(node.product[parent]) == found[parent].shape
            incoming[parent].append(node.product[parent])
            local = node.local[parent]
            expected = (
                np.tensordot(node.upstream, local, node.value.ndim) if node.is_array else None
            )
            if not node.is_array:
                np.testing.assert_allclose(
                    node.product[parent], node.upstream * local, rtol=16 * EPSILON
                )
            elif (
                np.shape(local) == node.shape + found[parent].shape
                and node.edge(parent).is_elementwise is False
            ):
                np.testing.assert_allclose(node.product[parent], expected, rtol=1e-12, atol=1e-14)
    for name, shares in incoming.items():
        node = found[name]
        assert np.shape(node.upstream) == node.shape
        total = sum(shares) if shares else np.full(node.shape, float(name == found.output))
        size = sum(np.abs(share) for share in shares) if shares else 1.0
        assert np.all(np.abs(total - node.upstream) <= 8 * EPSILON * len(shares or [0]) * size)
