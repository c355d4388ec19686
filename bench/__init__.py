"""Measures Careline on this machine. `make bench` prints Markdown tables; docs/benchmarks.md keeps a set of them."""
