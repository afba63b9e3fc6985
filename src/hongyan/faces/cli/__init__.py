"""The command line. One module holds one family of commands; `registry.py` says which command lives where."""
