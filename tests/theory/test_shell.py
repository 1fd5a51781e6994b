"""Test the output and the exit codes of ``python -m theory``."""

import contextlib
import io
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import ledger
from theory.__main__ import main
from theory.paper import lemma1, lemma2, theorem1, theorem2
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I, c_alpha_squared, table1, table1_csv

COMMON = "--N 100 --M 1600 --r 40 --d-min 2 --L 1 --beta 1 --F0 10 --Fstar 0 --T 1000"
HOLDS = f"{COMMON} --alpha 0.03 --rule trimmed_mean --D 100"
SIZES = {"N": 100, "M": 1600, "r": 40, "d_min": 2, "alpha": F(3, 100), "L": 1}
SIZES |= {"c_alpha_squared": c_alpha_squared("trimmed_mean", N=100, f=3, D=100)}
MEDIAN = f"{math.sqrt(78.125 * 8) * 39 * 100 / 3200:.6g}"
LOSS = {"beta": 1, "F_0": 10, "F_star": 0, "T": 1000}


def run(capsys, line):
    code = main(line.split())
    return code, capsys.readouterr().out


def test_theorem1_prints_hypotheses_then_constants_then_the_bound(capsys):
    code, text = run(capsys, f"theorem1 {HOLDS} --lambda 0.1")
    assert code == 0
    heads = [line.split()[0] for line in text.splitlines()]
    constants = ["d_min", "c_alpha_squared", "rho_1", "rho_2", "rho_3", "rho_4"]
    assert heads == ["holds"] * 3 + ["assumed"] + constants + ["bound", "limit", "start"]
    assert "equivalently rho_1 > 0: 0.884694 times what is allowed" in text
    bound = float(theorem1.bound(Setting(**SIZES, **LOSS, lambda_=F(1, 10))))
    *_, printed, _, start = text.splitlines()
    assert float(printed.split()[1]) == pytest.approx(bound, rel=1e-11)
    assert printed.endswith("on the mean over t <= T of E‖∇F(x^t)‖²")
    # By smoothness, 2 L (F0 - F*).
    assert float(start.split()[1]) == 2 * 1 * (10 - 0)


@pytest.mark.parametrize("rate", ["--lambda 0.1", "--gamma 1/100"])
def test_theorem1_as_json_is_the_exact_bound_rounded_once(capsys, rate):
    code, text = run(capsys, f"theorem1 {HOLDS} {rate} --json")
    answer = json.loads(text)
    chosen = {"lambda_": F(1, 10)} if "lambda" in rate else {"gamma": F(1, 100)}
    assert code == 0
    assert [condition["holds"] for condition in answer["hypotheses"]] == [True] * 3
    assert answer["result"]["bound"] == float(theorem1.bound(Setting(**SIZES, **LOSS, **chosen)))
    assert answer["constants"]["rho_1"] == pytest.approx(0.00115305635292, rel=1e-8)


def test_theorem2_gives_the_bound_and_the_last_rate(capsys):
    code, text = run(capsys, f"theorem2 {HOLDS} --gamma0 0.1 --json")
    answer = json.loads(text)["result"]
    assert code == 0
    bound = theorem2.bound(Setting(**SIZES, **LOSS, gamma_0=F(1, 10)))
    assert answer["bound"] == pytest.approx(float(bound), rel=1e-15)
    rate = theorem2.learning_rates(Setting(**SIZES, gamma_0=F(1, 10), t=1000))
    assert answer["gamma_T"] == pytest.approx(float(rate), rel=1e-15)


@pytest.mark.parametrize(
    ("line", "failing", "factor"),
    [
        # sqrt(78.125) 39 sqrt(8) 100/(2 1600) = 30.4687...
        (f"theorem1 {COMMON} --alpha 0.2 --rule median --D 100 --lambda 0.1", "C_alpha <", MEDIAN),
        (f"theorem1 {HOLDS} --lambda 10000", "gamma < rho_1/rho_2", "48.8842"),
        (f"theorem2 {HOLDS} --gamma0 100", "gamma_0 < rho_1 / (2 rho_2)", "30.9325"),
        (f"theorem1 {COMMON} --alpha 0.5 --c-alpha-squared 0 --gamma 1e-3", "alpha < 1/2", "1"),
        (
            f"theorem1 {COMMON} --alpha 0.4 --rule faba --D 1 --gamma 1e-3",
            "alpha < 1/3, for faba",
            "1.2",
        ),
    ],
)
def test_a_failing_hypothesis_is_named_with_its_factor_and_no_bound(capsys, line, failing, factor):
    code, text = run(capsys, line)
    assert code == 1
    failed = next(line for line in text.splitlines() if line.startswith("FAILS"))
    assert failed.startswith(f"FAILS  {failing}")
    assert failed.endswith(f": {factor} times what is allowed")
    assert "bound" not in text
    code, text = run(capsys, f"{line} --json")
    assert code == 1
    assert "result" not in json.loads(text)


@pytest.mark.parametrize("theorem", ["theorem1", "theorem2"])
@pytest.mark.parametrize("share", ["", "--share 0.9"])
def test_a_rate_that_is_not_given_is_a_share_of_the_largest(capsys, theorem, share):
    shortest = "--N 100 --M 1600 --r 40 --d-min 2 --L 1 --beta 1 --F0 10 --T 1000 --alpha 0.03"
    line = f"{theorem} {shortest} --rule trimmed_mean {share} --json"
    code, text = run(capsys, line)
    answer = json.loads(text)
    assert code == 0
    expected = 0.9 if share else 0.5
    assert answer["hypotheses"][-1]["factor"] == pytest.approx(expected, rel=1e-14)
    rates = answer["constants"]
    largest = rates["rho_1"] / rates["rho_2"] / (1 if theorem == "theorem1" else 2)
    name = "gamma" if theorem == "theorem1" else "gamma_0"
    assert answer["result"][name] == pytest.approx(expected * largest, rel=1e-12)


def test_a_bound_needs_no_rate_to_say_that_none_is_allowed(capsys):
    line = f"theorem1 {COMMON} --alpha 0.2 --rule median --D 100"
    code, text = run(capsys, line)
    assert code == 1
    assert "FAILS  C_alpha <" in text
    assert "(lambda rho_2/rho_1)^2 - 1: nothing allowed" in text


def test_a_reader_who_stops_early_is_no_error():
    line = f"{sys.executable} -m theory table1 --N 100 --D 100 --alpha 0.2 | true"
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True)
    # 141 means ended by SIGPIPE, as for other tools.
    assert ended.returncode in (0, 141)
    assert ended.stderr == ""


def test_a_negative_rho_1_allows_no_rate(capsys):
    line = f"theorem1 {COMMON} --alpha 0.2 --rule median --D 100 --lambda 0.1"
    assert "(lambda rho_2/rho_1)^2 - 1: nothing allowed" in run(capsys, line)[1]
    assert json.loads(run(capsys, f"{line} --json")[1])["hypotheses"][2]["factor"] is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("lemma1 --N 4 --M 4 --r 2 --d-min 1", ["exactly r^2/M = 1 subsets"]),
        ("lemma1 --N 4 --M 4 --r 4", ["exactly r^2/M = 4 subsets"]),
        ("lemma1 --N 4 --M 4 --r 2 --nu 2", ["no device has more than 2 subsets that another"]),
    ],
)
def test_what_the_numbers_do_not_show_is_said(capsys, line, says):
    # At N = M = 4 with d_min = N r/M the ledger's row U2 has a left side twice the bound.
    code, text = run(capsys, f"{line} --beta 1 --gradient-norm-sq 0")
    assumed = [line for line in text.splitlines() if line.startswith("assumed")]
    assert code == 0
    assert len(assumed) == len(says)
    assert all(part in line for part, line in zip(says, assumed, strict=True))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("lemma1 --N 4 --M 4 --r 2", "r^2/M = 1 subsets, and d_min < N r/M if r < M"),
        ("lemma1 --N 10 --M 20 --r 8", "r^2/M = 16/5 subsets, an integer"),
        (
            "theorem1 --N 100 --M 1000 --r 40 --alpha 0 --rule krum --L 1 --F0 1 --T 9",
            "8/5 subsets",
        ),
        ("theorem2 --N 100 --M 1600 --r 48 --alpha 0 --rule krum --L 1 --F0 1 --T 9", "36/25"),
    ],
)
def test_an_allocation_that_cannot_be_has_no_bound(capsys, line, says):
    more = "--gradient-norm-sq 0" if "lemma" in line else ""
    code, text = run(capsys, f"{line} --beta 1 {more}")
    assert code == 1
    assert text.startswith("FAILS  an allocation in which every two devices share exactly r^2/M")
    assert says in text.splitlines()[0]
    assert "bound" not in text


def test_any_allocation_has_a_bound_with_nu(capsys):
    line = f"{HOLDS} --gamma 1/100 --nu 40 --json".replace("--d-min 2", "--d-min 1")
    answer = json.loads(run(capsys, f"theorem1 {line} --r 20".replace("--nu 40", "--nu 7"))[1])
    sizes = SIZES | {"r": 20, "d_min": 1, "nu": 7}
    expected = theorem1.bound(Setting(**sizes, **LOSS, gamma=F(1, 100)))
    assert answer["result"]["bound"] == float(expected)
    answer = json.loads(
        run(capsys, "lemma1 --N 4 --M 4 --r 2 --nu 2 --beta 3 --gradient-norm-sq 1 --json")[1]
    )
    # 8 ν²/d_min² (β² + ‖∇F‖²/M²)
    assert answer["result"]["bound"] == 8 * 4 / 4 * (9 + 1 / 16)


def test_a_refuted_constant_is_named(capsys):
    line = "theorem1 --N 5 --M 100 --r 90 --d-min 4 --alpha 0.2 --L 1 --beta 1 --F0 1 --T 10"
    assert "Table I for krum, refuted" in run(capsys, f"{line} --rule krum")[1]
    assert "refuted" not in run(capsys, f"{line} --rule trimmed_mean")[1]


def test_d_min_may_be_given(capsys):
    line = f"theorem1 {HOLDS} --lambda 0.1 --d-min 4 --r 80 --json"
    answer = json.loads(run(capsys, line)[1])
    expected = theorem1.bound(Setting(**SIZES | {"d_min": 4, "r": 80}, **LOSS, lambda_=F(1, 10)))
    assert answer["result"]["bound"] == float(expected)


def test_table1_in_four_forms(capsys):
    rows = table1([(100, 20, 100)])
    code, text = run(capsys, "table1 --N 100 --alpha 1/5 --D 100")
    assert code == 0
    assert [line.split() for line in text.splitlines()[2:5]] == [
        ["median", "78.125", "1.58065", "1.58065", "625/8"],
        ["trimmed_mean", "0.88888889", "0.333333", "0.333333", "8/9"],
        ["geometric_median", "7.1111111", "1", "1.66667", "64/9"],
    ]
    assert (
        "none          13.4444 to 16           34.1333 to 80           outside domain: need alpha"
        in run(capsys, "table1 --N 10 --alpha 0.4 --D 3")[1]
    )
    assert run(capsys, "table1 --N 100 --alpha 1/5 --D 100 --csv") == (0, table1_csv(rows))
    code, text = run(capsys, "table1 --N 100 --alpha 0.2 --D 100 --json")
    assert code == 0
    assert [row["rule"] for row in json.loads(text)] == list(TABLE_I)


@pytest.mark.parametrize(
    ("line", "lemma", "expected"),
    [
        ("lemma1 --N 10 --M 16 --r 8 --d-min 4", lemma1, {"M": 16, "r": 8, "d_min": 4}),
        (
            "lemma2 --N 10 --M 20 --r 8 --alpha 1/5",
            lemma2,
            {"N": 10, "M": 20, "r": 8, "d_min": 4, "alpha": F(1, 5)},
        ),
        ("lemma1 --N 10 --M 16 --r 4 --d-min 1", lemma1, {"M": 16, "r": 4, "d_min": 1}),
    ],
)
def test_lemmas_give_their_bound(capsys, line, lemma, expected):
    line = f"{line} --beta 3 --gradient-norm-sq 1"
    bound = lemma.bound(**expected, beta=3, gradient_norm_sq=1)
    code, text = run(capsys, line)
    assert code == 0
    shown = dict(line.split() for line in text.splitlines() if not line.startswith("assumed"))
    assert float(shown["bound"]) == pytest.approx(float(bound), rel=1e-11)
    answer = json.loads(run(capsys, f"{line} --json")[1])["result"]
    assert answer == {"d_min": expected["d_min"], "bound": float(bound)}


def test_ledger_in_three_forms(capsys, monkeypatch):
    some = [replace(row, uses=()) for row in ledger.ROWS if row.name in ("1", "37", "R4", "41")]
    decided = ledger.ledger(some)
    monkeypatch.setattr(ledger, "ledger", lambda _: decided)
    code, text = run(capsys, "ledger")
    assert code == 0
    assert [line.split()[:2] for line in text.splitlines()[:2]] == [
        ["1", "definition"],
        ["37", "proved"],
    ]
    waits = next(line for line in text.splitlines() if line.startswith("R4"))
    assert waits.split(maxsplit=1)[1].startswith("not applicable")
    assert waits.endswith("[measured runs]")
    assert not text.splitlines()[0].endswith("[measured runs]")
    assert run(capsys, "ledger --csv") == (0, ledger.ledger_csv(decided))
    code, text = run(capsys, "ledger --json")
    assert code == 0
    assert [row["equation"] for row in json.loads(text)] == [row.equation for row in decided]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "the following arguments are required: COMMAND"),
        (f"theorem1 {HOLDS} --share 1", "argument --share: need a number > 0 and < 1, got '1'"),
        (f"theorem1 {HOLDS} --lambda 1 --gamma 1", "--gamma: not allowed with argument --lambda"),
        (f"theorem1 {HOLDS} --lambda x", "argument --lambda: need a number, got 'x'"),
        (f"theorem1 {HOLDS} --lambda 1/0", "argument --lambda: need a number, got '1/0'"),
        (f"theorem1 {HOLDS} --lambda -1", "argument --lambda: need a number > 0, got '-1'"),
        (
            "lemma1 --N 100 --M 1000 --r 41 --beta 1 --gradient-norm-sq 1",
            "need --d-min where N r/M is no integer, got --N 100",
        ),
        (f"theorem1 {HOLDS} --lambda 1 --d-min 5", "need --d-min M <= N r, got --N 100"),
        (
            f"theorem1 {HOLDS} --lambda 1 --alpha 0.034",
            "need an integer N alpha, got --N 100 --alpha 17/500; the nearest is --alpha 3/100",
        ),
        (f"theorem1 {COMMON} --alpha 0 --rule median --gamma 1", "need --D for the median"),
        (
            f"theorem2 {HOLDS} --gamma0 1e-3 --T -1",
            "argument --T: need an integer from 0 to 1e15, got '-1'",
        ),
        (
            "lemma1 --N 10 --M 20 --r 8 --beta -1 --gradient-norm-sq 1",
            "argument --beta: need a number >= 0, got '-1'",
        ),
        ("lemma1 --N 10 --M 20 --r 7 --beta 1 --gradient-norm-sq 1", "need --d-min where N r/M"),
        (
            "lemma1 --N 10 --M 20 --r 8 --d-min 5 --beta 1 --gradient-norm-sq 1",
            "need --d-min M <= N r, got --N 10 --M 20 --r 8 --d-min 5",
        ),
        (
            "lemma2 --N 10 --M 20 --r 8 --alpha 0.25 --beta 1 --gradient-norm-sq 1",
            "need an integer N alpha, got --N 10 --alpha 1/4",
        ),
        (
            "table1 --N 100 --alpha 1 --D 100",
            "argument --alpha: need a number >= 0 and < 1, got '1'",
        ),
    ],
)
def test_senseless_arguments_end_with_usage_and_two(capsys, line, message):
    with pytest.raises(SystemExit) as end:
        main(line.split())
    assert end.value.code == 2
    text = capsys.readouterr().err
    assert text.startswith("usage: python -m theory")
    assert message in text


def test_the_module_runs_and_exits_with_its_code():
    line = f"theorem2 {HOLDS} --gamma0 100".split()
    ended = subprocess.run([sys.executable, "-m", "theory", *line], capture_output=True, text=True)
    assert ended.returncode == 1, ended.stderr
    assert "FAILS  gamma_0" in ended.stdout


SHARP = "sharpened --N 100 --M 1000 --r 40 --rule trimmed_mean --L 2 --sigma 3 --F0 10 --T 99"


def test_sharpened_bounds_by_hand(capsys):
    code, text = run(capsys, f"{SHARP} --alpha 0.2 --gamma 30 --mu 1/2 --json")
    assert code == 0
    answer = json.loads(text)
    # f/(N - 2f), the least eigenvalue r (N - d)/(N - 1) with d = 4, and h = 30 * 2/100.
    assert answer["constants"] == pytest.approx(
        {"kappa": 1 / 3, "lambda_2": 40 * 96 / 99, "h": 0.6}, rel=1e-12
    )
    tau = 0.25 / 99
    v = math.sqrt(40 * 96 / 99 / 160) * 30
    p = math.sqrt((1 - tau) / 3) * v
    q = p + math.sqrt(tau) * v
    a, c, e = 0.7, 0.4 * p, 0.3 * q**2
    start = e + 10 / (30 * 100 * 100)
    for name, inside in (("bound", start), ("limit", e)):
        root = (c + math.sqrt(c**2 + 4 * a * inside)) / (2 * a)
        assert answer["result"][name] == pytest.approx((100 * root) ** 2, rel=1e-12)
    loss = 100**2 * (c**2 / (2 * a) + e) / (a / 2)
    assert answer["result"]["loss limit"] == pytest.approx(loss, rel=1e-12)


def test_a_rate_above_the_limit_has_no_sharpened_bound(capsys):
    code, text = run(capsys, f"{SHARP} --alpha 0.2 --gamma 110")
    assert code == 1
    assert text.startswith("FAILS  gamma < 2N/L: 1.1 times what is allowed")
    assert "bound" not in text.split("assumed")[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("--alpha 0.2 --r 41", "need --r of at most --M and an integer N r/M, got --N 100"),
        ("--alpha 0.2 --second-eigenvalue 10", "need 1280/33 <= --second-eigenvalue <= 160"),
        ("--alpha 0.5", "need --alpha below 1/2, got --alpha 1/2"),
    ],
)
def test_senseless_sharpened_arguments_end_with_two(capsys, change, message):
    with pytest.raises(SystemExit) as end:
        main(f"{SHARP} {change}".split())
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_table_1_stands_beside_the_truth(capsys):
    code, text = run(capsys, "table1 --N 5 --alpha 0.2 --D 1 --json")
    assert code == 0
    median = next(row for row in json.loads(text) if row["rule"] == "median")
    assert (median["exact"], median["true"]) == ("25/32", [1.0, 1.0])
    _, text = run(capsys, "table1 --N 5 --alpha 0.4 --D 1")
    krum = next(line for line in text.splitlines() if line.startswith("krum"))
    assert krum.split()[2] == "none"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("--L 0", "--L"),
        ("--gamma 0", "--gamma"),
        ("--gamma -3", "--gamma"),
        ("--sigma -1", "--sigma"),
        ("--T -5", "--T"),
        ("--T 1.5", "--T"),
        ("--F0 1 --Fstar 2", "--F0 >= --Fstar"),
        ("--mu -1", "--mu"),
        ("--mu 3", "--mu of at most --L"),
        ("--alpha 20", "--alpha"),
        ("--alpha nan", "--alpha"),
        ("--sigma inf", "--sigma"),
        ("--sigma 1e400", "--sigma"),
        ("--sigma 1e999999999", "--sigma"),
        ("--F0 0x10", "--F0"),
        ("--N 1_000", "--N"),
        ("--N ١٠٠", "--N"),
        ("--r 2000", "--r"),
        ("--kappa -1", "--kappa"),
    ],
)
def test_every_option_is_checked_and_named(capsys, change, named):
    line = SHARP.replace("--rule trimmed_mean ", "") if "kappa" in change else SHARP
    with pytest.raises(SystemExit) as end:
        main(f"{line} --alpha 0.2 {change}".split())
    caught = capsys.readouterr()
    assert end.value.code == 2
    assert named in caught.err.splitlines()[-1]
    assert caught.out == ""


def test_integers_may_be_written_as_numbers(capsys):
    plain = run(capsys, f"{SHARP} --alpha 0.2 --json")
    assert run(capsys, f"{SHARP} --alpha 1/5 --T 9.9e1 --N 1e2 --M 1000.0 --json") == plain


def test_decaying_rates_and_an_own_constant_by_hand(capsys):
    line = SHARP.replace("sharpened", "sharpened2").replace("--rule trimmed_mean", "--kappa 1/3")
    code, text = run(capsys, f"{line} --alpha 0.2 --gamma0 25 --json")
    assert code == 0
    tau = 0.25 / 99
    v = math.sqrt(40 * 96 / 99 / 160) * 30
    p = math.sqrt((1 - tau) / 3) * v
    q = p + math.sqrt(tau) * v
    N, L, T = 100, 2, 99
    extra = 2 * N * 10 / 25 + 25 * L * N * (1 + math.log(T + 1)) * (q**2 - p**2)
    expected = N**2 * p**2 + extra / math.sqrt(T + 1)
    assert json.loads(text)["result"]["bound"] == pytest.approx(expected, rel=1e-12)
    code, text = run(capsys, f"{line} --alpha 0.2 --gamma0 51")
    assert code == 1
    assert text.startswith("FAILS  gamma0 <= N/L: 1.02 times")


def test_rows_of_the_ledger_are_chosen(capsys):
    code, text = run(capsys, "ledger 17 U14")
    assert code == 0
    assert [line.split()[1] for line in text.splitlines() if line.startswith("equation")] == [
        "U14",
        "17",
    ]
    code, text = run(capsys, "ledger 12 U14 43 --verdict refuted --json")
    assert [row["equation"] for row in json.loads(text)] == ["U14"]
    for line, told in [
        ("ledger U99", "need rows of the ledger, got 'U99'; near are"),
        ("ledger 43 --verdict wrong", "need --verdict as one of proved, got"),
    ]:
        with pytest.raises(SystemExit) as end:
            main(line.split())
        assert end.value.code == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize(
    "line", ["theorem1 --help", "ledger 43", "ledger K7 --csv", "lemma1 --N 0"]
)
def test_any_encoding_of_the_streams_will_do(encoding, line):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "theory", *line.split()]
    ended = subprocess.run(command, capture_output=True, env=environment)
    assert ended.returncode == (2 if "--N 0" in line else 0)
    assert b"Traceback" not in ended.stderr
    (ended.stderr if "--N 0" in line else ended.stdout).decode(encoding)


OPTIONS = {
    "table1": ["N", "alpha", "D"],
    "theorem1": ["N", "M", "r", "d-min", "nu", "alpha", "c-alpha-squared", "L", "beta", "F0", "T"],
    "theorem2": ["N", "M", "r", "alpha", "rule", "D", "L", "beta", "F0", "Fstar", "T", "gamma0"],
    "lemma1": ["N", "M", "r", "d-min", "nu", "beta", "gradient-norm-sq"],
    "lemma2": ["N", "M", "r", "d-min", "alpha", "beta", "gradient-norm-sq"],
    "sharpened": ["N", "M", "r", "alpha", "rule", "L", "sigma", "F0", "T", "gamma", "mu"],
    "sharpened2": ["N", "M", "r", "alpha", "kappa", "L", "sigma", "F0", "T", "gamma0"],
}
SENSIBLE = "0 1 2 4 10 40 100 1e3 0.2 1/5 1e-9 1e15 1e300 1e-300 median krum"
SENSELESS = "-1 nan inf x 1e999 1/0 0.0 ٣"
VALUES = st.sampled_from([*SENSIBLE.split(), *SENSELESS.split(), ""])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(OPTIONS)), st.data())
def test_whatever_is_given_there_is_an_answer_or_a_reason(command, data):
    line = [command, "--json"]
    for option in OPTIONS[command]:
        line += [f"--{option}", data.draw(VALUES, label=option)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(line)
        except SystemExit as end:
            code = end.code
    assert code in (0, 1, 2)
    if code == 2:
        assert out.getvalue() == ""
        assert "error:" in err.getvalue()
    else:
        answer = json.loads(out.getvalue(), parse_constant=lambda name: pytest.fail(name))
        assert ("result" in answer) == (code == 0) or command == "table1"
