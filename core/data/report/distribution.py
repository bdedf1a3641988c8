"""Summarizes whole numbers as statistics and a histogram."""

import numpy as np

_BARS = 20


def distribution(values: np.ndarray) -> dict[str, object]:
    """Minimum, median, mean, 95th percentile, maximum, and a histogram of up to 20 bars."""
    edges = np.unique(np.linspace(values.min(), values.max() + 1, _BARS + 1).astype(int))
    counts, _ = np.histogram(values, bins=edges)
    return {
        "min": int(values.min()),
        "median": float(np.median(values)),
        "mean": round(float(values.mean()), 1),
        "p95": float(np.percentile(values, 95)),
        "max": int(values.max()),
        "histogram": [
            {"from": int(low), "below": int(high), "count": int(count)}
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
    }
