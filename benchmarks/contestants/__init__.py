"""What is measured against what: each a program of its own, on a copy of the same data."""
