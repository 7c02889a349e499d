"""What a process has needed."""

import resource
from pathlib import Path


def peak_memory_mb() -> int:
    """Of this process alone: on Linux, ru_maxrss starts with what the parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2  # macOS counts bytes
