"""``python -m symkern``."""

from symkern.cli import main

if __name__ == "__main__":
    main()
