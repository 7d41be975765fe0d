"""What symkern costs before it does anything, as ratios in one run: ``python benchmarks/startup.py``.

Each command is a fresh process; the median of nine after one to warm up.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python": ["-c", "pass"],
    "symkern --help": ["-m", "symkern", "--help"],
    "import symkern": ["-c", "import symkern"],
    "import jax": ["-c", "import jax"],
    "import jax, jax.numpy": ["-c", "import jax, jax.numpy"],
    "import symkern.generated.sin": ["-c", "import symkern.generated.sin"],
}


def seconds(arguments: list[str]) -> float:
    """Median wall time of a fresh interpreter."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    """Print the table."""
    measured = {name: seconds(arguments) for name, arguments in COMMANDS.items()}
    for name, value in measured.items():
        print(f"{name:30} {value:6.2f} s   {value / measured['import jax']:5.2f} of `import jax`")
    print(
        f"symkern.generated.sin over jax: {measured['import symkern.generated.sin'] - measured['import jax']:.2f} s (goal 0.1 s)"
    )
    print(f"symkern --help: {measured['symkern --help']:.2f} s (goal 0.5 s)")


if __name__ == "__main__":
    main()
