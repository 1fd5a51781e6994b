"""The block of a leaderboard, and what is refused because it is none."""

import copy
import re

import pytest
import yaml
from studies import SMALL

from cradl import load_study
from cradl.config.findings import StudyError

DRAWINGS = {"critical_difference": ("leaderboard",), "training_loss": ()}
FLIP = {"name": "sign_flipping", "coefficient": -2}
NOISE = {"name": "gaussian", "variance": 9}
LOUD = {"name": "gaussian", "variance": 100}
RULES = [
    {"method": "mean_averaging"},
    {"method": "rba_dl", "aggregator": "median"},
    {"method": "cra_dl", "aggregator": ["median", "krum"]},
]
BOARD = {"says": "Who is first?", "experiments": ["one"], "contestants": ["method", "aggregator"]}
# A stage for each of two keys, which meet in one task: no product of both.
FRACTIONAL = {
    "one": {"attack": [FLIP, NOISE], "curves": RULES},
    "two": {"attack": FLIP, "alpha": [0.1, 0.2], "curves": RULES},
}


def study_of(folder, board=BOARD, experiments=None, **keys):
    """Load `SMALL` with a leaderboard over some experiments."""
    given = copy.deepcopy(SMALL) | {
        "T": 39,
        "experiments": experiments or {"one": {"attack": [FLIP, NOISE], "curves": RULES}},
        "leaderboards": {"board": board},
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(given | keys), encoding="utf-8")
    return load_study(path, drawings=DRAWINGS)


def block_of(folder, *args, **keys):
    (board,) = study_of(folder, *args, **keys).leaderboards
    return board


def test_each_contestant_has_one_curve_in_each_task(tmp_path):
    board = block_of(tmp_path)
    assert board.contestants == ("MA", "RBA-DL (median)", "CRA-DL (median)", "CRA-DL (Krum)")
    assert board.tasks == ("sign flipping coefficient -2", "gaussian variance 9")
    assert board.attacks == ("sign flipping", "gaussian")
    assert (board.last, board.level, board.quantity) == (20, 0.95, "excess_loss")
    found = [[(one.experiment, one.curve) for one in row] for row in board.curves]
    assert found == [
        [("one", f"{contestant}, {task}") for contestant in board.contestants]
        for task in board.tasks
    ]


def test_a_decision_says_how_confident_and_where_the_plateau_is(tmp_path):
    margins = {"early_margin": 0.1, "plateau_margin": 1}
    decision = {"level": 0.9, "early": [1], "plateau": 5, **margins}
    board = block_of(tmp_path, decision=decision)
    assert (board.last, board.level) == (5, 0.9)


def test_tasks_need_not_be_all_combinations(tmp_path):
    board = block_of(tmp_path, BOARD | {"experiments": ["one", "two"]}, FRACTIONAL)
    # The task in which the stages meet counts once, with the curves of the first.
    assert board.tasks == (
        "α = 0.2, sign flipping coefficient -2",
        "α = 0.2, gaussian variance 9",
        "α = 0.1, sign flipping coefficient -2",
    )
    assert board.attacks == ("sign flipping", "gaussian", "sign flipping")
    assert [row[0].experiment for row in board.curves] == ["one", "one", "two"]
    assert board.experiments == ["one", "two"]


def test_attacks_of_one_name_are_told_apart(tmp_path):
    experiments = {"one": {"attack": [FLIP, NOISE, LOUD], "curves": RULES}}
    board = block_of(tmp_path, experiments=experiments)
    assert board.attacks == ("sign flipping", "gaussian variance 9", "gaussian variance 100")


def test_a_setting_that_some_method_does_not_use_makes_no_task(tmp_path):
    # MA has neither rule nor redundancy, and RBA-DL no redundancy.
    curves = [*RULES[:2], {"method": "cra_dl", "aggregator": "median", "r": 4}]
    board = block_of(tmp_path, experiments={"one": {"attack": [FLIP, NOISE], "curves": curves}})
    assert board.contestants == ("MA", "RBA-DL (median)", "CRA-DL (median)")
    assert len(board.tasks) == 2


def test_a_setting_that_every_method_uses_makes_tasks(tmp_path):
    curves = [{"method": "cra_dl", "aggregator": ["median", "krum"], "r": [4, 6]}]
    experiments = {"one": {"attack": FLIP, "curves": curves}}
    board = block_of(tmp_path, BOARD | {"contestants": ["aggregator"]}, experiments)
    assert (board.contestants, board.tasks) == (
        ("median", "Krum"),
        ("CRA-DL, r = 4", "CRA-DL, r = 6"),
    )


def test_pre_aggregations_and_redundancy_make_contestants(tmp_path):
    mixed = [{"name": "none"}, {"name": "bucketing", "size": 2}]
    curves = [{"method": "cra_dl", "aggregator": "median", "r": [4, 6], "pre_aggregation": mixed}]
    keys = ["method", "aggregator", "pre_aggregation", "r"]
    board = block_of(
        tmp_path,
        BOARD | {"contestants": keys},
        {"one": {"attack": [FLIP, NOISE], "alpha": 0.1, "curves": curves}},
    )
    assert len(board.contestants) == 4
    assert board.contestants[0] == "CRA-DL (median), r = 4"
    assert {one for one in board.contestants if "r = 6" in one and "ucketing" in one}


def test_what_is_tolerated_makes_tasks_where_it_is_not_the_truth(tmp_path):
    curves = [{"method": "rba_dl", "aggregator": ["median", "krum"], "withstand": [0.1, 0.2, 0.3]}]
    board = block_of(tmp_path, experiments={"one": {"attack": FLIP, "curves": curves}})
    assert board.tasks == ("withstand = 1 of 10", "withstand = alpha", "withstand = 3 of 10")


def test_the_figure_draws_its_experiments(tmp_path):
    figures = {"ranks": {"draw": "critical_difference", "leaderboard": "board"}}
    study = study_of(tmp_path, figures=figures)
    figure = study.figures["ranks"]
    assert (figure.leaderboard, figure.experiments) == ("board", ["one"])
    assert figure.caption == "Who is first?"


def test_it_is_left_out_if_an_experiment_does_not_run(tmp_path):
    figures = {"ranks": {"draw": "critical_difference", "leaderboard": "board"}}
    board = BOARD | {"experiments": ["one", "two"]}
    study = study_of(tmp_path, board, FRACTIONAL, only=["one"], figures=figures)
    assert study.leaderboards == ()
    assert study.figures == {}


def test_null_takes_away_those_of_an_extended_study(tmp_path):
    study_of(tmp_path)
    path = tmp_path / "other.yaml"
    path.write_text("extends: study.yaml\nstudy: other\nleaderboards: null\n", encoding="utf-8")
    assert load_study(path).leaderboards == ()


ALONE = {"one": {"attack": FLIP, "curves": RULES}}
MISSING = {
    "one": {"attack": [FLIP, NOISE], "curves": RULES[:1]},
    "two": {"attack": FLIP, "curves": RULES[1:]},
}


@pytest.mark.parametrize(
    ("board", "experiments", "place", "told"),
    [
        pytest.param(
            {"experiments": ["one", "two"]},
            MISSING,
            "leaderboards.board",
            r"need a curve of each of 4 contestants in each of 2 tasks, got 5 of 8, without "
            r"RBA-DL \(median\) in gaussian variance 9; .*CRA-DL \(Krum\) in gaussian variance 9$",
            id="a contestant misses a task",
        ),
        pytest.param(
            {"contestants": ["method"]},
            None,
            "leaderboards.board",
            r"need one curve for each contestant in each task, got 'CRA-DL \(median\), sign .* of "
            r"one and 'CRA-DL \(Krum\), sign .* of one, which differ in aggregator$",
            id="a contestant has two curves in a task",
        ),
        pytest.param(
            {"contestants": ["N"]},
            {"one": {"attack": [FLIP, NOISE], "curves": RULES[:1]}},
            "leaderboards.board",
            r"need at least 2 contestants \(curves that differ in a key .*\), got 1$",
            id="one contestant",
        ),
        pytest.param(
            {},
            ALONE,
            "leaderboards.board",
            r"need at least 2 tasks \(a task is an attack, an alpha, a data set or .*\), got 1$",
            id="one task",
        ),
        pytest.param(
            {"experiments": ["one", "two"]},
            FRACTIONAL | {"two": FRACTIONAL["two"] | {"trials": 3}},
            "leaderboards.board",
            "need the same trials, redraw and T, got one and two$",
            id="trials that are no pairs",
        ),
        pytest.param(
            {},
            {"one": FRACTIONAL["one"] | {"T": 38}},
            "leaderboards.board",
            "need T >= 39 in one, got T=38$",
            id="no plateau",
        ),
        pytest.param(
            {"quantity": "pairwise_distance_sq"},
            None,
            "leaderboards.board",
            "need diagnostics in one for pairwise_distance_sq, got none$",
            id="no diagnostics",
        ),
        pytest.param(
            {"quantity": "test_error"},
            None,
            "leaderboards.board",
            "need test samples in all data for test_error, got none in ",
            id="no test samples",
        ),
        pytest.param(
            {"contestants": ["attack"]},
            None,
            "leaderboards.board.contestants[0]",
            "need one of N, aggregator, .*, got 'attack'$",
            id="attacks do not contend",
        ),
        pytest.param(
            {"contestants": ["method", "agregator"]},
            None,
            "leaderboards.board.contestants[1]",
            r"got 'agregator' \(did you mean aggregator\?\)$",
            id="an unknown key of curves",
        ),
        pytest.param(
            {"contestants": []},
            None,
            "leaderboards.board.contestants",
            r"need at least one entry, got \[\]$",
            id="nothing contends",
        ),
        pytest.param(
            {"experiments": ["ones"]},
            None,
            "leaderboards.board.experiments[0]",
            r"need one of one, got 'ones' \(did you mean one\?\)$",
            id="an unknown experiment",
        ),
        pytest.param(
            {"says": ""},
            None,
            "leaderboards.board.says",
            "need .*at least 1 character",
            id="it says nothing",
        ),
        pytest.param(
            {"tasks": ["attack"]},
            None,
            "leaderboards.board.tasks",
            "need one of contestants, experiments, quantity, says, got 'tasks'$",
            id="an unknown key",
        ),
        pytest.param(
            {"quantity": "loss"},
            None,
            "leaderboards.board.quantity",
            "need 'excess_loss', ",
            id="an unknown quantity",
        ),
    ],
)
def test_what_is_no_leaderboard_is_refused(tmp_path, board, experiments, place, told):
    with pytest.raises(StudyError) as refused:
        study_of(tmp_path, BOARD | board, experiments)
    (line,) = str(refused.value).splitlines()[1:]
    assert line.startswith(f"  {place}: ")
    assert re.search(told, line), line


@pytest.mark.parametrize("key", ["says", "experiments", "contestants"])
def test_what_a_leaderboard_needs(tmp_path, key):
    board = {name: one for name, one in BOARD.items() if name != key}
    with pytest.raises(StudyError, match=rf"leaderboards\.board\.{key}: need this key, got none"):
        study_of(tmp_path, board)


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (
            {"draw": "critical_difference", "leaderboard": "bord"},
            r"figures\.a\.leaderboard: need one of board, got 'bord' \(did you mean board\?\)",
        ),
        (
            {"draw": "critical_difference", "experiments": ["one"]},
            r"figures\.a\.leaderboard: need this key, which critical_difference uses, got none",
        ),
        (
            {"draw": "training_loss", "leaderboard": "board"},
            r"figures\.a\.leaderboard: need no leaderboard, which training_loss does not use",
        ),
        (
            {"draw": "critical_difference", "leaderboard": "board", "experiments": ["one"]},
            r"figures\.a\.experiments: need no such key beside leaderboard, whose experiments are "
            r"drawn, got \['one'\]",
        ),
    ],
)
def test_figures_that_draw_none_are_refused(tmp_path, figure, told):
    with pytest.raises(StudyError, match=told):
        study_of(tmp_path, figures={"a": figure})
