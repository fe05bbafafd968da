"""Makes one data set and the API key for it.

python -m benchmarks.data ORDERS FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.data.sets import make_set


def main() -> None:
    orders, folder = int(sys.argv[1]), Path(sys.argv[2])
    started = time.monotonic()
    made = make_set(folder, orders, lambda done: print(f"\r{done:,} orders", end="", flush=True))
    print(f"\n{made.database} in {time.monotonic() - started:.0f} s")
    print(f"key: {made.key}")


if __name__ == "__main__":
    main()
