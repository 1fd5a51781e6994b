"""Commands that evaluate bounds: both theorems, both lemmas, and the sharpened theorems."""

import argparse
import importlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from theory.beyond import primed_theorems, second_eigenvalue, true_constants, update_error
from theory.paper import lemma1, rho, theorem1, theorem2
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I, c_alpha_squared
from theory.proving.evaluation import hypothesis
from theory.proving.symbols import D
from theory.shell import sizes
from theory.shell.answers import all_finite, finite, readable, write
from theory.shell.numbers import exact, number, whole

Command = Callable[..., argparse.ArgumentParser]

_THEOREMS = {"theorem1": theorem1, "theorem2": theorem2}
_MEAN = "the mean over t <= T of E‖∇F(x^t)‖²"
_LEAST = "the least over t <= T of E‖∇F(x^t)‖²"
_POSITIVE, _NONNEGATIVE = number(above=0), number(least=0)


def add(command: Command) -> None:
    """Add the commands."""
    for name, says in {"theorem1": "fixed learning rate", "theorem2": "decaying rates"}.items():
        parser = command(name, _theorem, f"the bound of Theorem {name[-1]}: {says}")
        parser.set_defaults(theorem=name)
        sizes.add(parser)
        sizes.add_fraction(parser)
        rule = parser.add_mutually_exclusive_group(required=True)
        rule.add_argument("--rule", choices=TABLE_I, help="its C_α² from Table I")
        rule.add_argument("--c-alpha-squared", type=_NONNEGATIVE, metavar="C", help="C_α² itself")
        coordinates = "coordinates of a message, for the median"
        parser.add_argument("--D", type=whole(least=1), help=coordinates)
        _losses(parser)
        parser.add_argument("--beta", type=_NONNEGATIVE, required=True, help="heterogeneity, (10)")
        rate = parser.add_mutually_exclusive_group()
        if name == "theorem1":
            rate.add_argument("--lambda", dest="lambda_", type=_POSITIVE, help="γ √(T+1)")
            rate.add_argument("--gamma", type=_POSITIVE, help="the learning rate")
        else:
            rate.add_argument("--gamma0", dest="gamma_0", type=_POSITIVE, help="the first rate")
        share = "of the largest rate that the theorem allows; 1/2 where no rate is given"
        part = number(above=0, below=1)
        rate.add_argument("--share", type=part, default=Fraction(1, 2), help=share)
    for name in ("lemma1", "lemma2"):
        parser = command(name, _lemma, f"the bound of Lemma {name[-1]}")
        parser.set_defaults(lemma=name)
        sizes.add(parser)
        if name == "lemma2":
            sizes.add_fraction(parser)
        parser.add_argument("--beta", type=_NONNEGATIVE, required=True, help="heterogeneity, (10)")
        parser.add_argument("--gradient-norm-sq", type=_NONNEGATIVE, required=True, help="‖∇F(x)‖²")
    fixed = command("sharpened", _sharpened, "Theorem 1' (and 3'), any C_α, fixed learning rate")
    _sharpened_options(fixed)
    fixed.add_argument("--gamma", type=_POSITIVE, help="the learning rate; N/(2L) unless given")
    fixed.add_argument("--mu", type=_POSITIVE, help="‖∇F‖² >= 2 μ (F - F*): bounds the loss too")
    says = "Theorem 2', any C_α, decaying rates gamma0/sqrt(t+1)"
    decaying = command("sharpened2", _sharpened_decaying, says)
    _sharpened_options(decaying)
    first = "the first learning rate, at most N/L; N/(2L) unless given"
    decaying.add_argument("--gamma0", dest="gamma_0", type=_POSITIVE, help=first)


def _losses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--L", type=_POSITIVE, required=True, help="smoothness of the loss, (9)")
    parser.add_argument("--F0", type=exact, required=True, help="loss at the start")
    minimum = "lower bound of the loss, (11); 0 unless given, right where no loss is negative"
    parser.add_argument("--Fstar", type=exact, default=Fraction(0), help=minimum)
    last = "index of the last iteration"
    parser.add_argument("--T", type=whole(least=0), required=True, help=last)


def _sharpened_options(parser: argparse.ArgumentParser) -> None:
    sizes.add(parser, d_min=False)
    sizes.add_fraction(parser)
    rule = parser.add_mutually_exclusive_group(required=True)
    rule.add_argument("--rule", choices=TABLE_I, help="whose true constant for the mean deviation")
    own = "a rule's own constant: squared error over the mean squared honest deviation"
    rule.add_argument("--kappa", type=_NONNEGATIVE, help=own)
    eigenvalue = "λ₂ of S Sᵀ; the least there is, r (N - d)/(N - 1), unless given"
    parser.add_argument("--second-eigenvalue", type=_NONNEGATIVE, metavar="X", help=eigenvalue)
    sigma = "root mean square over the subsets of ‖∇f_k - ∇F/M‖"
    parser.add_argument("--sigma", type=_NONNEGATIVE, required=True, help=sigma)
    _losses(parser)


def _constant(options: argparse.Namespace) -> Any:
    if options.rule is None:
        return options.c_alpha_squared
    depends = TABLE_I[options.rule].c_alpha_squared.has(D)
    if depends and options.D is None:
        raise ValueError(f"need --D for the {options.rule}, got none")
    counts = {"N": options.N, "f": sizes.byzantine(options)}
    return c_alpha_squared(options.rule, **counts, D=options.D if depends else 1)


def _theorem(options: argparse.Namespace) -> int:
    theorem = _THEOREMS[options.theorem]
    degree = sizes.d_min(options)
    sizes.byzantine(options)
    sizes.order(options)
    if options.rule is not None and options.alpha >= TABLE_I[options.rule].alpha_below:
        below = TABLE_I[options.rule].alpha_below
        domain = hypothesis(f"alpha < {below}, for {options.rule}", options.alpha / below)
        return write({"hypotheses": [readable(domain)]}, as_json=options.json)
    setting = Setting(
        **{"N": options.N, "M": options.M, "r": options.r, "d_min": degree, "nu": options.nu},
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
    conditions = [*sizes.existence(options), *theorem.hypotheses(setting)]
    answer: dict[str, Any] = {
        "hypotheses": [readable(condition) for condition in conditions],
        "assumed": _assumed(options),
        "constants": {
            "d_min": degree,
            "c_alpha_squared": finite(setting.c_alpha_squared),
            **all_finite(rho.constants(setting)),
        },
    }
    if all(condition.holds for condition in conditions):
        bounds = {"bound": theorem.bound(setting)}
        bounds |= {name: rate[name] for name in ("gamma", "gamma_0") if name in rate}
        bounds["limit"] = theorem.asymptotic_error(setting)
        if theorem is theorem2:
            bounds["gamma_T"] = theorem2.learning_rates(replace(setting, t=options.T))
        answer["result"] = all_finite(bounds | _start(options))
        answer["meaning"] = _meaning(_MEAN if theorem is theorem1 else _LEAST, "limit")
    return write(answer, as_json=options.json)


def _start(options: argparse.Namespace) -> dict[str, Any]:
    """Return how large the squared gradient can be before the first iteration."""
    return {"start": 2 * options.L * (options.F0 - options.Fstar)}


def _meaning(bounded: str, *limits: str) -> dict[str, str]:
    """Return in words what the numbers of a result are."""
    start = "what ‖∇F(x^0)‖² is at most; a bound above it does not say that training helps"
    limit = dict.fromkeys(limits, "the bound as T grows")
    return {"bound": f"on {bounded}", **limit, "start": start}


def _rate(options: argparse.Namespace, setting: Setting) -> dict[str, Any]:
    """Return the learning rate by name: the given one, or a share of the largest."""
    theorem = _THEOREMS[options.theorem]
    names = ("lambda_", "gamma") if theorem is theorem1 else ("gamma_0",)
    given = {name: getattr(options, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        return given
    largest = theorem.largest_rate(setting)
    # If no rate is allowed, any rate fails the hypothesis.
    return {names[-1]: sympy.sympify(options.share) * largest if largest > 0 else 1}


def _assumed(options: argparse.Namespace) -> list[str]:
    """Return the assumptions of a bound that its numbers do not show."""
    if options.nu is None:
        overlap = Fraction(options.r**2, options.M)
        assumptions = [f"every two devices share exactly r^2/M = {overlap} subsets"]
    else:
        assumptions = [f"no device has more than {options.nu} subsets that another has not (U19)"]
    if getattr(options, "rule", None) in ("median", "krum"):
        refuted = "refuted by an example (T1)"
        assumptions.append(f"the constant of Table I for {options.rule}, {refuted}")
    return assumptions


def _lemma(options: argparse.Namespace) -> int:
    lemma = importlib.import_module(f"theory.paper.{options.lemma}")
    degree = sizes.d_min(options)
    values = {"M": options.M, "d_min": degree, "beta": options.beta}
    conditions = []
    if options.lemma == "lemma2":
        sizes.byzantine(options)
        values |= {"N": options.N, "r": options.r, "alpha": options.alpha}
        bound = lemma.bound(**values, gradient_norm_sq=options.gradient_norm_sq)
        assumed = ["every subset on d_min devices or more, r subsets on each device"]
    elif options.nu is not None:
        bound = lemma1.bound_any(nu=options.nu, **values, gradient_norm_sq=options.gradient_norm_sq)
        assumed = _assumed(options)
    else:
        conditions = [readable(condition) for condition in sizes.existence(options)]
        bound = lemma1.bound(r=options.r, **values, gradient_norm_sq=options.gradient_norm_sq)
        assumed = _assumed(options)
    answer: dict[str, Any] = {"hypotheses": conditions, "assumed": assumed}
    if not conditions:
        answer["result"] = {"d_min": degree, "bound": finite(bound)}
    return write(answer, as_json=options.json)


def _primed(options: argparse.Namespace) -> tuple[primed_theorems.Errors, dict[str, Any]]:
    """Return the errors of an update, and the first parts of the answer."""
    liars = sizes.byzantine(options)
    sizes.order(options)
    if 2 * liars >= options.N:
        raise ValueError(f"need --alpha below 1/2, got --alpha {options.alpha}")
    counts = {"N": options.N, "M": options.M, "r": options.r}
    given = " ".join(f"--{name} {value}" for name, value in counts.items())
    if options.r > options.M or options.N * options.r % options.M:
        raise ValueError(f"need --r of at most --M and an integer N r/M, got {given}")
    least = second_eigenvalue.least_eigenvalue(**counts)
    eigenvalue = least if options.second_eigenvalue is None else options.second_eigenvalue
    top = options.r * (options.N * options.r // options.M)
    if not least <= eigenvalue <= top:
        got = f"--second-eigenvalue {eigenvalue}"
        raise ValueError(f"need {least} <= --second-eigenvalue <= {top}, got {got}")
    if options.rule == "krum" and 2 * liars + 3 > options.N:
        raise ValueError(f"need N >= 2f + 3 for krum, got --N {options.N}, f = {liars}")
    kappa = options.kappa
    if options.rule is not None:
        kappa = true_constants.kappa(options.rule, N=options.N, f=liars)
    v_0 = second_eigenvalue.spread(**counts, sigma=options.sigma, second_eigenvalue=eigenvalue)
    errors = update_error.errors(
        N=options.N, alpha=float(options.alpha), kappa=finite(kappa), v_0=v_0
    )
    assumed = ["every subset on N r/M devices, identities redrawn in every iteration"]
    if options.second_eigenvalue is None:
        assumed.append("equal overlaps, the least second eigenvalue there is")
    constants = {"kappa": finite(kappa), "lambda_2": finite(eigenvalue)}
    return errors, {"assumed": assumed, "constants": constants}


def _sharpened(options: argparse.Namespace) -> int:
    errors, parts = _primed(options)
    if options.mu is not None and options.mu > options.L:
        raise ValueError(f"need --mu of at most --L, got --mu {options.mu} --L {options.L}")
    gamma = options.N / (2 * options.L) if options.gamma is None else options.gamma
    rate = gamma * options.L / options.N
    step = readable(hypothesis("gamma < 2N/L", rate / 2))
    parts["constants"]["h"] = finite(rate)
    answer: dict[str, Any] = {"hypotheses": [step], **parts}
    if step["holds"]:
        run = all_finite({"L": options.L, "gamma": gamma}) | {"N": options.N, "T": options.T}
        losses = all_finite({"F_0": options.F0, "F_star": options.Fstar})
        result = {
            "bound": primed_theorems.theorem1(errors, **run, **losses),
            "limit": primed_theorems.theorem1(errors, **run, F_0=0.0, F_star=0.0),
            "gamma": gamma,
        }
        if options.mu is not None:
            a, c, e = primed_theorems.factors(errors, rate=finite(rate))
            limit = primed_theorems.theorem3_limit
            result["loss limit"] = limit(N=options.N, mu=finite(options.mu), A=a, C=c, E=e)
        answer["result"] = all_finite(result | _start(options))
        answer["meaning"] = _meaning(_MEAN, "limit")
        if options.mu is not None:
            answer["meaning"]["loss limit"] = "what E F(x^T) - F* is at most as T grows"
    return write(answer, as_json=options.json)


def _sharpened_decaying(options: argparse.Namespace) -> int:
    errors, parts = _primed(options)
    first = options.N / (2 * options.L) if options.gamma_0 is None else options.gamma_0
    rate = first * options.L / options.N
    # gamma0 <= N/L is allowed, so that the share may be one.
    step = hypothesis("gamma0 <= N/L", rate)
    step = step._replace(holds=bool(rate <= 1))
    parts["constants"]["h"] = finite(rate)
    answer: dict[str, Any] = {"hypotheses": [readable(step)], **parts}
    if step.holds:
        numbers = all_finite({"L": options.L, "gamma_0": first})
        losses = all_finite({"F_0": options.F0, "F_star": options.Fstar})
        result = primed_theorems.theorem2_decaying(
            errors, N=options.N, T=options.T, **numbers, **losses
        )
        result = {"bound": result, "gamma_0": first} | _start(options)
        answer["result"] = all_finite(result)
        answer["meaning"] = _meaning(_LEAST)
    return write(answer, as_json=options.json)
