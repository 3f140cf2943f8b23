"""Exporter: the load, memory and disk of the machine, in the text format that Prometheus reads."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def memory_used() -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    total, available = (int(lines[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    return 1 - available / total


def disk_used() -> float:
    disk = os.statvfs("/")
    return 1 - disk.f_bavail / disk.f_blocks


def measure() -> dict[str, float]:
    one, _, fifteen = os.getloadavg()
    return {
        "node_load1": one,
        "node_load15": fifteen,
        "node_cpus": os.cpu_count() or 1,
        "node_memory_used_ratio": memory_used(),
        "node_disk_used_ratio": disk_used(),
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = "".join(f"{name} {value:.6g}\n" for name, value in measure().items()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 9100), Handler).serve_forever()
