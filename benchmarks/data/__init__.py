"""Data sets of any size: a few thousand orders made by the services, then repeated as rows."""
