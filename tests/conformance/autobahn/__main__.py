"""Run the Autobahn suite against this engine, as a server and as a client.

The suite's runner is installed on first use. Everything stays on the loopback interface. Exit
status 1 says that some case was not passed; NON-STRICT and UNIMPLEMENTED count as not passed. What
was found is kept: by case, or for the whole suite anew.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

# found by the line above
from conformance.autobahn.peers import ALL, CLIENTS, SERVERS
from conformance.autobahn.runner import against_client, against_server
from conformance.autobahn.suites import SUITES, Result, Suite
from conformance.autobahn.table import keep, write


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python tests/conformance/autobahn", description=__doc__)
    parser.add_argument("--role", choices=["server", "client", "both"], default="both")
    parser.add_argument("--adapter", choices=[*SERVERS, "both"], default="both")
    parser.add_argument("--suite", choices=list(SUITES), default="quick")
    parser.add_argument("--cases", metavar="IDS", help="these instead: 1.1.1,9.*")
    parser.add_argument(
        "--write", action="store_true", help="show everything kept in docs/autobahn.md"
    )
    chosen = parser.parse_args()
    suite = SUITES[chosen.suite]
    if chosen.cases:
        suite = Suite(tuple(chosen.cases.split(",")))
    roles = ["server", "client"] if chosen.role == "both" else [chosen.role]
    adapters = list(SERVERS) if chosen.adapter == "both" else [chosen.adapter]
    well = [run(role, adapter, suite) for role in roles for adapter in adapters]
    if chosen.write:
        write()
    return 0 if all(well) else 1


def run(role: str, adapter: str, suite: Suite) -> bool:
    """Run the cases for one role and adapter, and tell what came of it."""
    start = monotonic()
    results = run_server(adapter, suite) if role == "server" else run_client(adapter, suite)
    keep(role, adapter, results, anew=suite == SUITES["full"])
    for result in results:
        if not result.passed:
            print(f"  {result.case}: {result.behavior}, close {result.close}, code {result.code}")
    passed, wanted = sum(result.passed for result in results), suite.count or len(results)
    seconds = monotonic() - start
    print(f"{role} on {adapter}: {passed} of {wanted} cases passed in {seconds:.0f} s", flush=True)
    return passed == wanted


def run_server(adapter: str, suite: Suite) -> list[Result]:
    """Run the cases against a server."""
    with SERVERS[adapter]() as url:
        return against_server(url, suite)


def run_client(adapter: str, suite: Suite) -> list[Result]:
    """Run the cases against a client."""
    client = CLIENTS[adapter]
    rest, fresh = suite.split()
    results = against_client(lambda url: client(url, ALL), rest) if rest.include else []
    if fresh:
        offer = replace(ALL, client_no_context_takeover=True)
        results += against_client(lambda url: client(url, offer), fresh)
    return results


if __name__ == "__main__":
    sys.exit(main())
