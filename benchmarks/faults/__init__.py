"""Experiments that break things on purpose and count what was lost."""
