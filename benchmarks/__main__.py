"""`python -m benchmarks`: measure, print tables, and on demand write JSON, a page and a plot."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.case import Case
from benchmarks.growth import FIGURES, growth_lines
from benchmarks.machine import describe_machine
from benchmarks.process import run_in_turns
from benchmarks.report import print_result, write_page
from benchmarks.suites import SUITES, load


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen suites; return the exit status."""
    options = _parser().parse_args(arguments)
    before = _kept(options)
    results: list[dict[str, Any]] = []
    for name in options.only or SUITES:
        print(f"\n{name}: {load(name).__doc__ or ''}".rstrip(), flush=True)
        for cases in _turns(name, options):
            for checkout_folder in (None, *([options.beside] if options.beside else [])):
                found = _measure(cases, options, results, checkout_folder)
                results += found
                for result in found:
                    print_result(result)
            _write(results, options, before)
        print("\n".join(growth_lines([result for result in results if result["suite"] == name])), flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=SUITES, help="one suite (repeat for several); default: all")
    parser.add_argument("--contender", action="append", metavar="NAME", help="one contender only (or several)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--keep", action="store_true", help="keep what FILE has of suites that are not measured now")
    parser.add_argument("--beside", type=checkout, metavar="FOLDER", help="measure another checkout as well")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write benchmarks_figures.md and benchmarks.svg")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="measurements for each figure (default: 5)")
    parser.add_argument("--at-most", type=int, metavar="HITS", help="leave out larger cases (of the suite serve: runs)")
    parser.add_argument("--timeout", type=float, default=240, metavar="SECONDS", help="limit for one contender")
    parser.add_argument("--memory", type=float, default=20, metavar="GB", help="limit for one contender (default: 20)")
    return parser


def checkout(text: str) -> Path:
    """Return the folder of a checkout that can be run, or raise what argparse says as an error."""
    folder = Path(text)
    if not (folder / ".venv" / "bin" / "python").exists():
        raise argparse.ArgumentTypeError(f"expected a checkout with its environment in .venv, received {text!r}")
    return folder


def _turns(name: str, options: argparse.Namespace) -> Iterator[list[Case]]:
    """Yield the chosen cases of a suite: those that take turns together, the others by themselves."""
    paired = getattr(load(name), "PAIRED", ())
    chosen = [
        case
        for case in load(name).cases()
        if not (options.at_most and next(iter(case.parameters.values())) > options.at_most)
        and not (options.contender and case.contender not in options.contender)
    ]
    together = lambda case: (case.parameters, None if case.contender in paired else case.contender)  # noqa: E731
    for _, cases in itertools.groupby(chosen, together):
        yield list(cases)


def _measure(
    cases: list[Case], options: argparse.Namespace, before: list[dict[str, Any]], beside: Path | None = None
) -> list[dict[str, Any]]:
    """Return a result of each case; one that has failed at less is not tried."""
    found = []
    for case in cases:
        contender = f"{case.contender}, {beside.name}" if beside else case.contender
        found.append({"suite": case.suite, "contender": contender, **case.parameters})
    tried = []
    for case, known in zip(cases, found, strict=True):
        failed = failed_at(known, before)
        if failed:
            known["failed"] = f"not tried: failed at {failed:,} {_quantity(known)}"
        else:
            tried.append((case, known))
    if tried:
        limits = (options.repeats, options.timeout, options.memory, beside)
        figures = run_in_turns([case for case, _ in tried], *limits)
        for (_, known), own in zip(tried, figures, strict=True):
            known.update(own)
    return found


def failed_at(wanted: dict[str, Any], before: list[dict[str, Any]]) -> int | None:
    """Return the fewer hits, or whatever a suite counts, at which the same contender has failed, if it has."""
    counted = _quantity(wanted)
    others = {name: value for name, value in wanted.items() if name != counted}
    failed = [result for result in before if "failed" in result and others.items() <= result.items()]
    return next((result[counted] for result in failed if result[counted] < wanted[counted]), None)


def _quantity(known: dict[str, Any]) -> str:
    """Return the name of the first parameter of a case, which is its size."""
    return next(name for name in known if name not in FIGURES)


def _kept(options: argparse.Namespace) -> dict[str, Any]:
    """Return the record of suites that are not measured now; nothing unless it is to be kept."""
    if not (options.keep and options.json and options.json.exists()):
        return {}
    record: dict[str, Any] = json.loads(options.json.read_text())
    suites, contenders = options.only or SUITES, options.contender
    left = [
        item
        for item in record["results"]
        if item["suite"] not in suites or (contenders and item["contender"] not in contenders)
    ]
    return {**record, "results": left}


def _write(results: list[dict[str, Any]], options: argparse.Namespace, before: dict[str, Any]) -> None:
    machine = describe_machine()
    record = {**before, "machine": before.get("machine", machine), "results": [*before.get("results", []), *results]}
    if before:
        # What was measured by itself names its own machine: load and versions may have changed.
        own = {result["suite"]: machine for result in results}
        record["machines"] = {**before.get("machines", {}), **own}
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n")
    if options.page:
        write_page(record, options.page)


if __name__ == "__main__":
    sys.exit(main())
