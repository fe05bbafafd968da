"""What callers may ask, one module per noun."""
