"""Starts the server: `python server.py`. Everything it does is in `expressb2b_server`."""

from expressb2b_server.main import main

if __name__ == "__main__":
    main()
