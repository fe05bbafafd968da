"""What developers run; no part of an installation."""
