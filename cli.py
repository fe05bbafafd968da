"""Starts the command line: `python cli.py`. Everything it does is in `expressb2b_cli`."""

from expressb2b_cli.main import main

if __name__ == "__main__":
    main()
