"""`python -m expressb2b_cli`: the same as the installed command `expressb2b`."""

from expressb2b_cli.main import main

if __name__ == "__main__":
    main()
