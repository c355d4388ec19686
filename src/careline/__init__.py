"""Careline: one health conversation on any channel."""

__version__ = "0.1.0"
