"""Time and memory of parsing a plan: run as `python benchmarks/bench_plan_parse.py`."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

from shuiheng.core.plan_text import Vocabulary, parse_plan

SAMPLE = Path(__file__).parents[1] / "examples" / "sample-plan.txt"


def grown(text: str, size: int) -> str:
    """Return the sample with its chapter of tasks repeated until it has ``size`` bytes."""
    first, last = text.index("二、重点任务"), text.index("三、保障措施")
    chapter = text[first:last]
    copies = max(0, size - len(text.encode())) // len(chapter.encode()) + 1
    return text[:last] + chapter * copies + text[last:]


def main() -> None:
    """Print one line for each size, with processor seconds (best of five) and peak memory."""
    vocabulary = Vocabulary.shipped()
    text = SAMPLE.read_text(encoding="utf-8")
    parse_plan(text, vocabulary)
    print(f"{'bytes':>9} {'characters':>10} {'tasks':>6} {'seconds':>8} {'peak MB':>8}")
    for size in (len(text.encode()), 50_000, 100_000, 200_000, 400_000, 800_000):
        long = grown(text, size)
        best = 9.0
        for _ in range(5):
            begin = time.process_time()
            plan = parse_plan(long, vocabulary)
            best = min(best, time.process_time() - begin)
        tracemalloc.start()
        parse_plan(long, vocabulary)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        bytes_, tasks = len(long.encode()), len(plan.tasks)
        print(f"{bytes_:>9} {len(long):>10} {tasks:>6} {best:>8.3f} {peak:>8.1f}")


if __name__ == "__main__":
    main()
