"""The pages of the panel, one file for each part; `table` has the routes of all."""
