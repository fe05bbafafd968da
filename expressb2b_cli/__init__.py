"""The command line: commands parse, call a service, and print. No decision is made here."""
