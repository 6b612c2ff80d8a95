"""Run the Autobahn suite against this engine, as a server and as a client.

The suite's runner is installed on first use. Everything stays on the loopback interface. Exit
status 1 says that some case was not passed; NON-STRICT and UNIMPLEMENTED count as not passed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

# found by the line above
from conformance.autobahn.peers import CLIENTS, SERVERS
from conformance.autobahn.runner import against_client, against_server
from conformance.autobahn.suites import SUITES, Result, Suite


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python tests/conformance/autobahn", description=__doc__)
    parser.add_argument("--role", choices=["server", "client", "both"], default="both")
    parser.add_argument("--adapter", choices=[*SERVERS, "both"], default="both")
    parser.add_argument("--suite", choices=list(SUITES), default="quick")
    parser.add_argument("--cases", metavar="IDS", help="these instead: 1.1.1,9.*")
    chosen = parser.parse_args()
    suite = SUITES[chosen.suite]
    if chosen.cases:
        suite = Suite(tuple(chosen.cases.split(",")))
    roles = ["server", "client"] if chosen.role == "both" else [chosen.role]
    adapters = list(SERVERS) if chosen.adapter == "both" else [chosen.adapter]
    results = [
        result for role in roles for adapter in adapters for result in run(role, adapter, suite)
    ]
    return 0 if all(result.passed for result in results) else 1


def run(role: str, adapter: str, suite: Suite) -> list[Result]:
    """Run the cases for one role and adapter, and tell what came of it."""
    start = monotonic()
    if role == "server":
        with SERVERS[adapter]() as url:
            results = against_server(url, suite)
    else:
        results = against_client(lambda url: CLIENTS[adapter](url, True), suite)
    for result in results:
        if not result.passed:
            print(f"  {result.case}: {result.behavior}, close {result.close}, code {result.code}")
    passed = sum(result.passed for result in results)
    seconds = monotonic() - start
    print(f"{role} on {adapter}: {passed} of {len(results)} cases in {seconds:.0f} s", flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())
