"""Figures as Markdown: each is the median of several runs with its spread, lowest to highest."""

import statistics
from collections.abc import Sequence


def figure(values: Sequence[float], unit: str = "", digits: int = 0) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f}{unit} ({low:.{digits}f} to {high:.{digits}f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(head), " | ".join("---" if n == 0 else "---:" for n in range(len(head)))]
    lines += [" | ".join(row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
