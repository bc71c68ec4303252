"""A file of tensors alone, on every page: what needs no code works, and what needs some says that there is none."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.code import command_line
from core.code.command_line import VARIABLE
from core.engine.span import Span
from core.questions.code import GetOwnFiles
from core.recipe import catalog
from core.recipe.checkpoint_name import checkpoint_name, digest_of
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Initialize, Pattern, Tie
from pages.frame import own_files
from pages.frame.engine import engine
from tests.checkpoint.files import saved
from tests.checkpoint.test_containers import ODD
from tests.pages.test_pages import _PAGES, assert_calm, open_app, session_recipe, shown

NO_CODE = "a file alone holds tensors and no code to run"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Starts the server's processes anew with these checkpoints, and tells their models' names."""

    def start(*paths: Path) -> list[str]:
        files = command_line.parse([part for path in paths for part in ("--checkpoint", str(path))])
        monkeypatch.setattr(own_files, "_command_line", lambda: (files, ""))
        own_files.announce()
        engine().isolation()
        for thread in threading.enumerate():
            if thread.name in ("paramscope-self-test", "paramscope-token"):
                thread.join()  # a self-test that a reload cuts short has found no jail
        engine().reload()
        catalog.register(())
        found = engine().ask(Span(Recipe("mlp"), 0, 0), GetOwnFiles())
        assert not found.complaints
        return [each.name for each in found.checkpoints]

    yield start
    os.environ.pop(VARIABLE, None)
    engine().reload()
    catalog.register(())


def tied_file(folder: Path) -> Path:
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 5, bias=False))
    net[3].weight = net[0].weight
    return saved(folder / "run.pt", {"model": net.state_dict(), "epoch": 3})


def test_a_file_opens_first_and_every_page_is_calm_about_it(given: Callable[..., list[str]], tmp_path: Path) -> None:
    path = tied_file(tmp_path)
    (name,) = given(path)
    app = open_app()
    assert session_recipe(app) == Recipe(name)
    assert_calm(app)
    said = shown(app).replace("\\", "")
    assert "Loaded from run.pt." in said
    assert "These are the tensors of run.pt" in said
    assert "The weights lie under 'model', beside epoch." in said
    state = torch.load(path, weights_only=True)["model"]
    total = sum(state[name].numel() for name in ("0.weight", "1.weight", "1.bias", "2.weight", "2.bias"))
    assert f"**{total}** parameters" in said
    for page in _PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert app.subheader, page
        assert_calm(app)


@pytest.mark.parametrize("page", ["modules", "tying"])
def test_a_view_that_runs_the_model_says_that_a_file_has_no_code(
    page: str, given: Callable[..., list[str]], tmp_path: Path
) -> None:
    (name,) = given(tied_file(tmp_path))
    app = open_app(Recipe(name), page)
    assert_calm(app)
    said = "\n".join([shown(app), *(each.value for each in app.code)])
    assert NO_CODE in said.replace("A file alone", "a file alone")


@pytest.mark.parametrize("odd", [False, True])
def test_every_view_of_tying_works_or_says_that_there_is_no_code(
    odd: bool, given: Callable[..., list[str]], tmp_path: Path
) -> None:
    base = torch.randn(2, 3)
    state = {each: torch.randn(2, 3) for each in ODD} | {"training": base, "type": base}
    (name,) = given(saved(tmp_path / "odd.pt", state) if odd else tied_file(tmp_path))
    app = open_app(Recipe(name), "tying")
    for view in app.segmented_control(key="tying_view").options:
        app.segmented_control(key="tying_view").set_value(view).run()
        assert_calm(app)
        if view in ("Gradients", "Training"):
            assert NO_CODE in shown(app).replace("A file alone", "a file alone"), view


def test_an_initialization_begins_on_a_place_where_its_scheme_can_be_drawn(
    given: Callable[..., list[str]], tmp_path: Path
) -> None:
    (name,) = given(tied_file(tmp_path))
    app = open_app(Recipe(name), "initialize")
    app.button(key="apply").click().run()
    assert_calm(app)
    assert len(session_recipe(app).steps) == 1


def test_steps_work_as_on_any_model(given: Callable[..., list[str]], tmp_path: Path) -> None:
    (name,) = given(tied_file(tmp_path))
    recipe = Recipe(
        name, steps=(Initialize("ones", Pattern("1.*")), Edit("0.weight", "w[0] = 2"), Tie("1.bias", "2.bias"))
    )
    app = open_app(recipe)
    assert_calm(app)
    assert session_recipe(app) == recipe
    assert "Loaded from run.pt; filled by ones_ in step 1." in shown(app).replace("\\", "").replace(":small[]", "")


@pytest.mark.parametrize("names", [("0.weight", "1.weight", "steps.bias"), ODD])
def test_init_code_runs_on_it_and_what_it_left_is_measured(
    names: tuple[str, ...], given: Callable[..., list[str]], tmp_path: Path
) -> None:
    (name,) = given(saved(tmp_path / "run.pt", {each: torch.randn(2, 3) for each in names}))
    code = "def f(w):\n    nn.init.ones_(w)"
    app = open_app(Recipe(name).then(Custom(code, "f", "tensors")))
    assert_calm(app)
    assert f"**{len(names)} of {len(names)} tensors changed**" in shown(app)
    for page in ("modules", "tying", "custom"):
        app.switch_page(f"pages/{page}.py").run()
        assert_calm(app)


def test_names_that_no_module_would_take_open_on_every_page(given: Callable[..., list[str]], tmp_path: Path) -> None:
    (name,) = given(saved(tmp_path / "odd.pt", {each: torch.randn(2, 3) for each in ODD}))
    app = open_app(Recipe(name))
    for page in _PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert app.subheader, page
        assert_calm(app)


def test_a_link_to_a_file_that_is_not_here_says_which_and_how_to_give_it(
    given: Callable[..., list[str]], tmp_path: Path
) -> None:
    recipe = Recipe(checkpoint_name("theirs.safetensors", "3fa9" * 16)).then(Edit("w", "w = 0"))
    app = open_app(recipe)
    assert not app.exception
    (error,) = (each.value for each in app.error)
    assert "theirs.safetensors with SHA-256 3fa93fa93fa9… is not here" in error.replace("\\", "")
    assert "paramscope theirs.safetensors" in error.replace("\\", "")
    assert session_recipe(app) == recipe
    for page in _PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception


def test_a_file_that_changed_on_disk_is_said_and_never_shown_stale(
    given: Callable[..., list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"w": torch.full((4,), 1.0)}, path)
    (name,) = given(path)
    app = open_app()
    assert "Your files changed on disk." not in shown(app)
    save_file({"w": torch.full((4,), 2.0)}, path)
    os.utime(path, ns=(1, 1))
    app.run()
    assert "Your files changed on disk." in shown(app)
    app.button(key="reload_files").click().run()
    assert not app.exception
    (error,) = (each.value.replace("\\", "") for each in app.error)
    assert f"w.safetensors with SHA-256 {digest_of(name)[:12]}… is not here" in error
    assert "is another or was changed" in error
    (now,) = (each for each in catalog.known() if catalog.is_checkpoint(each))
    assert now != name
    app.selectbox(key="model").set_value(now).run()
    assert_calm(app)
    assert session_recipe(app) == Recipe(now)


def test_the_same_bytes_under_another_name_open_a_link(given: Callable[..., list[str]], tmp_path: Path) -> None:
    (name,) = given(tied_file(tmp_path))
    app = open_app(Recipe(checkpoint_name("colleague.pt", digest_of(name))))
    assert_calm(app)
    assert app.selectbox(key="model").options.count("run.pt") == 1
