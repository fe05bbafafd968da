"""The commands, one file per group; each file's `command` is found by the file's name."""
