"""Pure decisions: values in, values out; no clock, no database, no rule imports a service."""
