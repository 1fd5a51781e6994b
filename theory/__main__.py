"""Evaluate the paper's statements from a shell at any numbers: ``python -m theory --help``.

Numbers are read exactly, so that rounding does not decide a hypothesis at its boundary. Exit code 1
means that a hypothesis fails and no bound is printed, 2 that an argument is refused.
"""

import argparse
import importlib
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from theory.beyond import primed_theorems, second_eigenvalue, true_constants, update_error
from theory.beyond.true_constants import true_c_alpha_squared
from theory.paper import rho, theorem1, theorem2
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I, TableRow, c_alpha_squared, table1, table1_csv
from theory.proving.evaluation import Hypothesis, hypothesis
from theory.proving.symbols import D


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    parser: argparse.ArgumentParser = options.parser
    try:
        return command(options)
    except ValueError as problem:
        parser.error(str(problem))


def _exact(text: str) -> Fraction:
    """Read a decimal or a fraction without rounding."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"need a number, got {text!r}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m theory", description="Bounds and constants of the paper, exactly."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _table1_parser(commands)
    for name, says in {"theorem1": "fixed learning rate", "theorem2": "decaying rates"}.items():
        subparser = _command(commands, name, _theorem, f"the bound of Theorem {name[-1]}: {says}")
        subparser.set_defaults(theorem=name)
        _sizes(subparser)
        _fraction(subparser)
        rule = subparser.add_mutually_exclusive_group(required=True)
        rule.add_argument("--rule", choices=TABLE_I, help="its C_α² from Table I")
        rule.add_argument("--c-alpha-squared", type=_exact, metavar="C", help="C_α² itself")
        subparser.add_argument("--D", type=int, help="coordinates of a message, for the median")
        for option, says_of_it in _THEOREM_OPTIONS.items():
            subparser.add_argument(option, type=_exact, required=True, help=says_of_it)
        minimum = "lower bound of the loss, (11); 0 unless given, right where no loss is negative"
        subparser.add_argument("--Fstar", type=_exact, default=Fraction(0), help=minimum)
        subparser.add_argument("--T", type=int, required=True, help="index of the last iteration")
        rate = subparser.add_mutually_exclusive_group()
        if name == "theorem1":
            rate.add_argument("--lambda", dest="lambda_", type=_exact, help="γ √(T+1)")
            rate.add_argument("--gamma", type=_exact, help="the learning rate")
        else:
            rate.add_argument("--gamma0", dest="gamma_0", type=_exact, help="the first rate")
        share = "of the largest rate that the theorem allows; 1/2 where no rate is given"
        rate.add_argument("--share", type=_exact, default=Fraction(1, 2), help=share)
    for name in ("lemma1", "lemma2"):
        subparser = _command(commands, name, _lemma, f"the bound of Lemma {name[-1]}")
        subparser.set_defaults(lemma=name)
        _sizes(subparser)
        if name == "lemma2":
            _fraction(subparser)
        subparser.add_argument("--beta", type=_exact, required=True, help="heterogeneity, (10)")
        subparser.add_argument("--gradient-norm-sq", type=_exact, required=True, help="‖∇F(x)‖²")
    _sharpened_parser(commands)
    ledger = _command(commands, "ledger", _ledger, "what is proved, refuted, or left to runs")
    ledger.add_argument("--csv", action="store_true", help="all columns")
    return parser


_THEOREMS = {"theorem1": theorem1, "theorem2": theorem2}
_THEOREM_OPTIONS = {
    "--L": "smoothness of the loss, (9)",
    "--beta": "heterogeneity, (10)",
    "--F0": "loss at the start",
}


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], says: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=says, description=says)
    parser.set_defaults(command=run, parser=parser)
    parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def _table1_parser(commands: Any) -> None:
    parser = _command(commands, "table1", _table1, "Table I at one (N, alpha, D)")
    parser.add_argument("--N", type=int, required=True, help="devices")
    _fraction(parser)
    parser.add_argument("--D", type=int, required=True, help="coordinates of a message")
    parser.add_argument("--csv", action="store_true", help="all columns")


def _sharpened_parser(commands: Any) -> None:
    says = "Theorem 1' (and 3') for a regular allocation: any C_α, fixed learning rate"
    parser = _command(commands, "sharpened", _sharpened, says)
    for option, of_it in {"--N": "devices", "--M": "subsets", "--r": "subsets a device"}.items():
        parser.add_argument(option, type=int, required=True, help=of_it)
    _fraction(parser)
    parser.add_argument("--rule", choices=TABLE_I, required=True, help="whose true constant")
    eigenvalue = "λ₂ of S Sᵀ; the least there is, r (N - d)/(N - 1), unless given"
    parser.add_argument("--second-eigenvalue", type=_exact, metavar="X", help=eigenvalue)
    required = {
        "--L": "smoothness of the loss, (9)",
        "--sigma": "root mean square over the subsets of ‖∇f_k - ∇F/M‖",
        "--F0": "loss at the start",
    }
    for option, of_it in required.items():
        parser.add_argument(option, type=_exact, required=True, help=of_it)
    parser.add_argument("--Fstar", type=_exact, default=Fraction(0), help="lower bound of the loss")
    parser.add_argument("--T", type=int, required=True, help="index of the last iteration")
    parser.add_argument("--gamma", type=_exact, help="the learning rate; N/(2L) unless given")
    parser.add_argument("--mu", type=_exact, help="‖∇F‖² >= 2 μ (F - F*): bounds the loss too")


def _fraction(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--alpha", type=_exact, required=True, help="Byzantine fraction")


def _sizes(parser: argparse.ArgumentParser) -> None:
    for option, says in {"--N": "devices", "--M": "subsets", "--r": "subsets a device"}.items():
        parser.add_argument(option, type=int, required=True, help=says)
    parser.add_argument("--d-min", type=int, help="fewest devices with a subset; N r/M if integer")


def _d_min(options: argparse.Namespace) -> int:
    if options.d_min is not None:
        return int(options.d_min)
    if options.M < 1 or options.N * options.r % options.M:
        got = f"N={options.N}, M={options.M}, r={options.r}"
        raise ValueError(f"need --d-min where N r/M is no integer, got {got}")
    return int(options.N * options.r // options.M)


def _byzantine(options: argparse.Namespace) -> int:
    byzantine = options.N * options.alpha
    if byzantine.denominator != 1:
        got = f"N={options.N}, alpha={options.alpha}"
        near = Fraction(round(byzantine), options.N)
        raise ValueError(f"need an integer N alpha, got {got}; the nearest is --alpha {near}")
    return int(byzantine)


def _constant(options: argparse.Namespace) -> Any:
    if options.rule is None:
        return options.c_alpha_squared
    depends = TABLE_I[options.rule].c_alpha_squared.has(D)
    if depends and options.D is None:
        raise ValueError(f"need --D for the {options.rule}, got none")
    counts = {"N": options.N, "f": _byzantine(options)}
    return c_alpha_squared(options.rule, **counts, D=options.D if depends else 1)


def _table1(options: argparse.Namespace) -> int:
    rows = table1([(options.N, _byzantine(options), options.D)])
    if options.json:
        _write_json([row._asdict() | {"true": _true(row)} for row in rows])
    elif options.csv:
        sys.stdout.write(table1_csv(rows))
    else:
        head = f"N={options.N}  f={_byzantine(options)}  D={options.D}"
        sys.stdout.write(f"{head}\n{'rule':<18}{'printed':<14}{'true':<24}printed, exactly\n")
        for row in rows:
            value = "none" if row.value is None else f"{row.value:.8g}"
            known = _true(row)
            ends = list(dict.fromkeys(f"{end:.6g}" for end in known or ()))
            truth = " to ".join(ends) or "none"
            sys.stdout.write(f"{row.rule:<18}{value:<14}{truth:<24}{row.exact or row.status}\n")
    return 0


def _true(row: TableRow) -> list[float] | None:
    """Return the bounds of the true constant, or None if there is none."""
    if 2 * row.f >= row.N or (row.rule == "krum" and 2 * row.f + 3 > row.N):
        return None
    return [_float(end) for end in true_c_alpha_squared(row.rule, N=row.N, f=row.f, D=row.D)]


def _theorem(options: argparse.Namespace) -> int:
    theorem = _THEOREMS[options.theorem]
    if options.rule is not None and options.alpha >= TABLE_I[options.rule].alpha_below:
        below = TABLE_I[options.rule].alpha_below
        domain = hypothesis(f"alpha < {below}, for {options.rule}", options.alpha / below)
        _write(options, {"hypotheses": [_readable(domain)]})
        return 1
    setting = Setting(
        N=options.N,
        M=options.M,
        r=options.r,
        d_min=_d_min(options),
        alpha=options.alpha,
        c_alpha_squared=_constant(options),
        L=options.L,
        beta=options.beta,
        F_0=options.F0,
        F_star=options.Fstar,
        T=options.T,
    )
    rate = _rate(options, setting)
    setting = replace(setting, **rate)
    conditions = theorem.hypotheses(setting)
    answer = {
        "hypotheses": [_readable(condition) for condition in conditions],
        "assumed": _assumed(options),
        "constants": {
            "d_min": setting.d_min,
            "c_alpha_squared": _float(setting.c_alpha_squared),
            **_floats(rho.constants(setting)),
        },
    }
    if not all(condition.holds for condition in conditions):
        _write(options, answer)
        return 1
    bounds = {"bound": theorem.bound(setting)}
    bounds |= {name: rate[name] for name in ("gamma", "gamma_0") if name in rate}
    bounds["limit"] = theorem.asymptotic_error(setting)
    if theorem is theorem2:
        bounds["gamma_T"] = theorem2.learning_rates(replace(setting, t=options.T))
    _write(options, answer | {"result": _floats(bounds)})
    return 0


def _rate(options: argparse.Namespace, setting: Setting) -> dict[str, Any]:
    """Return the learning rate by name: the given one, or a share of the largest."""
    theorem = _THEOREMS[options.theorem]
    names = ("lambda_", "gamma") if theorem is theorem1 else ("gamma_0",)
    given = {name: getattr(options, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        return given
    if not 0 < options.share < 1:
        raise ValueError(f"need 0 < --share < 1, got {options.share}")
    largest = theorem.largest_rate(setting)
    # If no rate is allowed, any rate fails the hypothesis.
    return {names[-1]: sympy.sympify(options.share) * largest if largest > 0 else 1}


def _assumed(options: argparse.Namespace) -> list[str]:
    """Return the assumptions of a bound that its numbers do not show."""
    overlap = Fraction(options.r**2, options.M)
    whole = "" if overlap.denominator == 1 else ", no integer: no allocation has it"
    assumptions = [f"every two devices share exactly r^2/M = {overlap} subsets{whole}"]
    if _d_min(options) * options.M == options.N * options.r and options.r < options.M:
        assumptions.append("d_min = N r/M, which such an allocation has only at r = M (U7)")
    if getattr(options, "rule", None) in ("median", "krum"):
        assumptions.append(
            f"the constant of Table I for {options.rule}, refuted by an example (T1)"
        )
    return assumptions


def _sharpened(options: argparse.Namespace) -> int:
    kappa = true_constants.kappa(options.rule, N=options.N, f=_byzantine(options))
    sizes = {"N": options.N, "M": options.M, "r": options.r}
    given = options.second_eigenvalue
    v_0 = second_eigenvalue.spread(**sizes, sigma=options.sigma, second_eigenvalue=given)
    eigenvalue = second_eigenvalue.least_eigenvalue(**sizes) if given is None else given
    gamma = options.N / (2 * options.L) if options.gamma is None else options.gamma
    rate = gamma * options.L / options.N
    errors = update_error.errors(
        N=options.N, alpha=float(options.alpha), kappa=_float(kappa), v_0=v_0
    )
    step = hypothesis("gamma < 2N/L", rate / 2)
    answer: dict[str, Any] = {
        "hypotheses": [_readable(step)],
        "assumed": ["every subset on N r/M devices, identities redrawn in every iteration"],
        "constants": {"kappa": _float(kappa), "lambda_2": float(eigenvalue), "h": float(rate)},
    }
    if given is None:
        answer["assumed"].append("equal overlaps, the least second eigenvalue there is")
    if not step.holds:
        _write(options, answer)
        return 1
    run = {"L": float(options.L), "gamma": float(gamma), "N": options.N, "T": options.T}
    losses = {"F_0": float(options.F0), "F_star": float(options.Fstar)}
    result = {
        "bound": primed_theorems.theorem1(errors, **run, **losses),
        "limit": primed_theorems.theorem1(errors, **run, F_0=0.0, F_star=0.0),
        "gamma": gamma,
    }
    if options.mu is not None:
        a, c, e = primed_theorems.factors(errors, rate=float(rate))
        limit = primed_theorems.theorem3_limit
        result["loss limit"] = limit(N=options.N, mu=float(options.mu), A=a, C=c, E=e)
    _write(options, answer | {"result": _floats(result)})
    return 0


def _lemma(options: argparse.Namespace) -> int:
    lemma = importlib.import_module(f"theory.paper.{options.lemma}")
    values = {"M": options.M, "r": options.r, "d_min": _d_min(options), "beta": options.beta}
    if values["d_min"] * options.M > options.N * options.r:
        sizes = f"N={options.N}, M={options.M}, r={options.r}, d_min={values['d_min']}"
        raise ValueError(f"need d_min M <= N r, got {sizes}")
    if options.lemma == "lemma2":
        _byzantine(options)
        values |= {"N": options.N, "alpha": options.alpha}
    bound = lemma.bound(**values, gradient_norm_sq=options.gradient_norm_sq)
    result = {"d_min": values["d_min"], "bound": _float(bound)}
    _write(options, {"assumed": _assumed(options), "result": result})
    return 0


def _ledger(options: argparse.Namespace) -> int:
    ledger = importlib.import_module("theory.ledger")
    rows = ledger.ledger()
    if options.json:
        _write_json([row._asdict() for row in rows])
    elif options.csv:
        sys.stdout.write(ledger.ledger_csv(rows))
    else:
        for row in rows:
            # Measured runs decide what no proof does; this command has no runs.
            waits = "  [measured runs]" if "measured runs" in row.method else ""
            decided = f"{row.equation:<6}{row.verdict:<16}{row.seconds:6.2f} s  "
            sys.stdout.write(f"{decided}{row.statement}{waits}\n")
    return 0


def _float(value: Any) -> float:
    """Round an exact number; thirty digits first, because sums of surds may nearly cancel."""
    return float(sympy.N(sympy.sympify(value), 30))


def _floats(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _float(value) for name, value in values.items()}


def _readable(condition: Hypothesis) -> dict[str, Any]:
    factor = _float(condition.factor)
    # JSON has no infinity: null means that nothing positive is allowed.
    finite = factor if abs(factor) != float("inf") else None
    return {"name": condition.name, "holds": condition.holds, "factor": finite}


def _write_json(answer: Any) -> None:
    json.dump(answer, sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def _write(options: argparse.Namespace, answer: Mapping[str, Any]) -> None:
    if options.json:
        _write_json(answer)
        return
    for condition in answer.get("hypotheses", ()):
        share = condition["factor"]
        factor = "nothing allowed" if share is None else f"{share:.6g} times what is allowed"
        sys.stdout.write(
            f"{'holds' if condition['holds'] else 'FAILS'}  {condition['name']}: {factor}\n"
        )
    for says in answer.get("assumed", ()):
        sys.stdout.write(f"assumed  {says}\n")
    for part in ("constants", "result"):
        for name, value in answer.get(part, {}).items():
            sys.stdout.write(f"{name:<16}  {value:.12g}\n")


if __name__ == "__main__":
    # End quietly if the reader closes the pipe, as ``| head`` does; Windows has no such signal.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
