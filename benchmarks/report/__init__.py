"""What the measurements came to: figures, goals, a table, a picture."""
