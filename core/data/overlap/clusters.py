"""Joins pairs of examples into clusters."""

import numpy as np


def clusters(count: int, pairs: list[tuple[int, int, float]]) -> np.ndarray:
    """For each of `count` examples, the smallest index in its cluster: int64 [count]."""
    ends = np.array([pair[:2] for pair in pairs], dtype=np.int64).reshape(-1, 2)
    return joined(np.arange(count), ends[:, 0], ends[:, 1])


def joined(cluster: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`cluster`, in the form that `clusters` returns, after joining the clusters of a[i] and b[i]."""
    while True:
        one, other = cluster[a], cluster[b]
        apart = one != other
        if not apart.any():
            return cluster
        a, b, one, other = a[apart], b[apart], one[apart], other[apart]
        cluster = cluster.copy()
        np.minimum.at(cluster, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(smaller := cluster[cluster], cluster):
            cluster = smaller


def merged(labelings: list[np.ndarray]) -> np.ndarray:
    """Labels under which examples share a group if they do in any of `labelings`, directly or through others."""
    if len(labelings) == 1:
        return labelings[0]
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(labelings[0])
    starts, ends = [], []
    for labels in labelings:
        order = np.argsort(labels, kind="stable")
        same = labels[order][1:] == labels[order][:-1]
        starts.append(order[:-1][same])
        ends.append(order[1:][same])
    starts, ends = np.concatenate(starts), np.concatenate(ends)
    graph = coo_array((np.ones(len(starts), np.int8), (starts, ends)), shape=(count, count))
    return connected_components(graph, directed=False)[1]
