"""The operator's checkpoints: read once, built by copying, told apart by their bytes, and never run."""

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.code.command_line import NamedFile, from_environment, is_checkpoint, parse, to_environment, version
from core.code.operator_files import MissingError, import_files
from core.questions.story_words import in_full
from core.recipe import catalog
from core.recipe.checkpoint_name import checkpoint_name, digest_of, file_of
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Initialize, Pattern, Tie, Train, Untie
from core.replaying.replay import StepError, replay, replayed, sample
from tests.checkpoint.files import calling, saved, torch_zip
from tests.checkpoint.test_folders import sharded
from tests.code.test_own_files import complaint, file, loaded

STATE = {"layers.0.weight": torch.randn(3, 4), "layers.0.bias": torch.randn(3), "steps": torch.tensor(7)}


def written(folder: Path, name: str = "w.safetensors") -> Path:
    save_file(STATE, folder / name)
    return folder / name


def name_of(path: Path) -> str:
    return checkpoint_name(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


class TestOnTheCommandLine:
    def test_is_named_by_its_path_and_comes_after_models(self, tmp_path: Path) -> None:
        given = parse(["--model", "net", "--checkpoint", f"{tmp_path}/a.pt", "--checkpoint", f"{tmp_path}/run/"])
        assert [(each.kind, each.label) for each in given] == [
            ("model", "net"), ("checkpoint", "a.pt"), ("checkpoint", "run"),
        ]  # fmt: skip
        assert from_environment(to_environment(given)) == given

    def test_is_told_from_code_by_its_ending_or_by_what_lies_there(self, tmp_path: Path) -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "package").mkdir()
        (tmp_path / "package" / "__init__.py").touch()
        (tmp_path / "weights").touch()
        (tmp_path / "net.py").touch()
        found = {name: is_checkpoint(f"{tmp_path}/{name}") for name in ("run", "run/", "package", "weights", "net.py")}
        assert found == {"run": True, "run/": True, "package": False, "weights": True, "net.py": False}
        assert all(map(is_checkpoint, ("gone.safetensors", "gone.ckpt")))
        assert not any(map(is_checkpoint, ("gone.py:build", "package.module:build", "net")))


class TestACheckpoint:
    def test_is_built_bit_for_bit_and_copied_each_time(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        with loaded("--checkpoint", str(path)):
            recipe = Recipe(name_of(path))
            net = replay(recipe)
            assert {name: p.requires_grad for name, p in net.named_parameters()} == {
                "layers.0.weight": True,
                "layers.0.bias": True,
            }
            with torch.no_grad():
                net.get_parameter("layers.0.weight").zero_()
            state = replay(recipe).state_dict()
        assert state.keys() == STATE.keys()
        assert all(torch.equal(state[name], STATE[name]) for name in STATE)

    def test_is_listed_with_what_is_known_of_it(self, tmp_path: Path) -> None:
        state = {f"module.{name}": tensor for name, tensor in STATE.items()}
        path = saved(tmp_path / "run.pt", {"model": state, "epoch": 3})
        with loaded("--checkpoint", str(path)):
            entry = catalog.known()[name_of(path)]
            assert entry.title == "run.pt"
            assert "3 tensors" in entry.teaches
            assert "The weights lie under 'model', beside epoch." in entry.teaches
            assert entry.checkpoint is not None
            assert entry.checkpoint.nbytes == sum(tensor.nbytes for tensor in STATE.values())
            assert catalog.is_checkpoint(name_of(path))
            assert not catalog.is_own(name_of(path))
            assert set(replay(Recipe(name_of(path))).state_dict()) == set(STATE)

    def test_has_its_file_for_a_story(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        with loaded("--checkpoint", str(path)):
            recipe = Recipe(name_of(path))
            assert {in_full(each) for each in replayed(recipe).stories.values()} == {"loaded from w.safetensors"}
            edited = replayed(recipe.then(Edit("layers.0.bias", "w = 0"))).stories["layers.0.bias"]
        assert in_full(edited) == "loaded from w.safetensors; filled by fill_(value=0) in step 1"

    def test_takes_every_step_that_needs_no_code(self, tmp_path: Path) -> None:
        net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
        path = saved(tmp_path / "tied.pt", net.state_dict())
        with loaded("--checkpoint", str(path)):
            steps = Tie("0.weight", "1.weight"), Initialize("ones", Pattern("0.*")), Untie("1.weight")
            found = replay(Recipe(name_of(path), steps=(*steps[:2],)))
            assert found.get_parameter("1.weight") is found.get_parameter("0.weight")
            apart = replay(Recipe(name_of(path), steps=steps))
        assert apart.get_parameter("1.weight") is not apart.get_parameter("0.weight")

    @pytest.mark.parametrize("step", [Forward(), Train()])
    def test_says_that_it_has_no_code_where_a_step_needs_some(self, step: Forward | Train, tmp_path: Path) -> None:
        path = written(tmp_path)
        with loaded("--checkpoint", str(path)):
            with pytest.raises(StepError, match="a file alone holds tensors and no code to run"):
                replay(Recipe(name_of(path), steps=(step,)))
            with pytest.raises(ValueError, match="a file alone holds tensors and no code to run"):
                sample(Recipe(name_of(path)))

    def test_of_a_folder_is_its_shards(self, tmp_path: Path) -> None:
        folder = sharded(tmp_path / "run")
        with loaded("--checkpoint", str(folder)):
            (entry,) = (each for each in catalog.known().values() if each.checkpoint)
            assert entry.title == "run"
            assert "4 tensors in 2 shards of safetensors, and no code" in entry.teaches
            assert len(replay(Recipe(entry.name)).state_dict()) == 4

    def test_runs_nothing_of_its_file(self, tmp_path: Path) -> None:
        mark = tmp_path / "mark"
        path = tmp_path / "bad.pt"
        path.write_bytes(torch_zip(calling(Path.touch, mark)))
        assert "bad.pt" in complaint("--checkpoint", str(path))
        assert not mark.exists()


class TestTwoOfOneName:
    def test_are_told_apart(self, tmp_path: Path) -> None:
        for folder, value in (("a", 1.0), ("b", 2.0)):
            (tmp_path / folder).mkdir()
            save_file({"w": torch.full((2,), value)}, tmp_path / folder / "w.safetensors")
        paths = [tmp_path / folder / "w.safetensors" for folder in "ab"]
        with loaded("--checkpoint", str(paths[0]), "--checkpoint", str(paths[1])):
            entries = [each for each in catalog.known().values() if each.checkpoint]
            assert [each.title for each in entries] == ["a/w.safetensors", "b/w.safetensors"]
            assert [replay(Recipe(each.name)).get_parameter("w").tolist() for each in entries] == [[1, 1], [2, 2]]


class TestARecipe:
    def test_finds_the_same_bytes_under_another_name(self, tmp_path: Path) -> None:
        path = written(tmp_path, "mine.safetensors")
        theirs = checkpoint_name("theirs.safetensors", digest_of(name_of(path)))
        with loaded("--checkpoint", str(path)):
            assert len(replay(Recipe(theirs)).state_dict()) == 3
            assert catalog.entry(theirs).title == "mine.safetensors"

    def test_of_a_file_that_is_not_here_says_which_and_how_to_give_it(self, tmp_path: Path) -> None:
        recipe = Recipe(checkpoint_name("w.safetensors", "3fa9" * 16))
        assert Recipe.from_json(recipe.to_json()) == recipe
        with pytest.raises(MissingError) as missed:
            replay(recipe)
        assert str(missed.value) == (
            "the checkpoint w.safetensors with SHA-256 3fa93fa93fa9… is not here; start Paramscope with that file: "
            "paramscope w.safetensors, or --checkpoint and its path"
        )
        path = written(tmp_path)
        with loaded("--checkpoint", str(path)), pytest.raises(MissingError) as changed:
            replay(recipe)
        digest = digest_of(name_of(path))
        assert (
            f"the w.safetensors that is here is another or was changed, its SHA-256 begins with {digest[:12]}"
            in str(changed.value)
        )
        assert catalog.entry(recipe.model).title == "w.safetensors (not here, SHA-256 3fa93fa93fa9…)"

    @pytest.mark.parametrize("name", ["w.pt", "w.pt@sha256:12", "@sha256:" + "0" * 64, "w@sha256:" + "A" * 64])
    def test_with_another_form_of_name_is_none_of_a_checkpoint(self, name: str) -> None:
        assert not catalog.is_checkpoint(name)
        assert file_of(name) == name
        with pytest.raises(ValueError, match="there is no model"):
            Recipe(name)


class TestABadFile:
    @pytest.mark.parametrize(
        ("content", "sentence"), [(b"", "is empty"), (b"GGUF" * 9, "is a GGUF file"), (b"%PDF-1.5 " * 9, "is neither")]
    )
    def test_is_a_sentence_and_leaves_the_others_at_work(self, content: bytes, sentence: str, tmp_path: Path) -> None:
        path = tmp_path / "bad.bin"
        path.write_bytes(content)
        assert sentence in complaint("--checkpoint", str(path))
        assert "is not there" in complaint("--checkpoint", str(tmp_path / "gone.pt"))
        found = import_files(parse(["--checkpoint", str(path), "--checkpoint", str(written(tmp_path))]))
        import_files(())
        assert [each.title for each in found.checkpoints] == ["w.safetensors"]
        assert len(found.complaints) == 1


class TestAVersion:
    def test_is_another_once_a_file_of_the_checkpoint_changed(self, tmp_path: Path) -> None:
        folder = sharded(tmp_path / "run")
        given = (NamedFile("checkpoint", str(folder), ""),)
        first = version(given)
        assert version(given) == first
        (folder / "notes.txt").write_text("of no weight")
        assert version(given) == first
        shard = next(folder.glob("*.safetensors"))
        shard.write_bytes(shard.read_bytes())
        assert version(given) != first
        gone = (NamedFile("checkpoint", str(tmp_path / "gone"), ""),)
        assert version(gone)


def test_a_model_beside_a_checkpoint_stays_itself(tmp_path: Path) -> None:
    model = file(tmp_path, "from torch import nn\ndef build(): return nn.Linear(2, 2)\n", "own_net.py")
    path = written(tmp_path)
    with loaded("--model", f"{model}:build", "--checkpoint", str(path)):
        assert catalog.is_own("own_net.py:build")
        assert len(replay(Recipe("own_net.py:build")).state_dict()) == 2
