"""The link of a recipe: short, of plain letters, and refused in one sentence where it was changed."""

import base64
import zlib
from hashlib import sha512

import pytest

from core.recipe import link
from core.recipe.catalog import MODELS
from core.recipe.recipe import MAX_JSON, Recipe
from core.recipe.steps import Edit
from tests.recipe.written import FULL, LONGEST_SENTENCE, NOT_JSON, ONE_OF_EACH, read, recipe_text
from tests.work import peak_bytes

CHANGED = "the link's recipe cannot be read: it was cut short or changed; copy the whole link"


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


class TestLink:
    def test_is_made_of_letters_that_need_no_escaping(self) -> None:
        assert set(link.encode(FULL)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    def test_of_the_lesson_is_short(self) -> None:
        assert len(link.encode(Recipe("mlp", steps=MODELS["mlp"].opening))) < 300

    def test_of_equal_recipes_is_equal(self) -> None:
        assert link.encode(Recipe.from_json(FULL.to_json())) == link.encode(FULL)

    def test_cut_anywhere_is_refused(self) -> None:
        whole = link.encode(FULL)
        for length in range(len(whole)):
            with pytest.raises(ValueError, match=CHANGED):
                link.decode(whole[:length])

    def test_with_one_letter_changed_is_refused_or_another_valid_recipe(self) -> None:
        whole = link.encode(Recipe("mlp"))
        for position in range(len(whole)):
            changed = whole[:position] + ("A" if whole[position] != "A" else "B") + whole[position + 1 :]
            found = read(link.decode, changed)
            assert isinstance(found, Recipe) or len(found) < LONGEST_SENTENCE

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            pytest.param("", CHANGED, id="nothing"),
            pytest.param("hello", CHANGED, id="a word"),
            pytest.param("%%%", CHANGED, id="signs"),
            pytest.param("+/+/", CHANGED, id="the other alphabet"),
            pytest.param("é" * 10, CHANGED, id="other letters"),
            pytest.param("\ud800", CHANGED, id="half a character"),
            pytest.param("A" * 16_001, "the link's recipe has 16,001 characters, more than 16,000", id="too long"),
            pytest.param(packed(b"\xff\xfe"), CHANGED, id="no text"),
            pytest.param(packed(b"[]"), NOT_JSON, id="no recipe"),
            pytest.param(
                packed(recipe_text(model="resnet").encode()), "there is no model 'resnet'", id="an unknown model"
            ),
        ],
    )
    def test_of_garbage_is_refused_in_one_sentence(self, value: str, text: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (its beginning is compared)
            link.decode(value)
        assert str(caught.value).startswith(text)

    def test_that_would_unpack_to_gigabytes_is_refused_without_unpacking_it(self) -> None:
        packer = zlib.compressobj(9)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(11))
        value = base64.urlsafe_b64encode(bomb + packer.flush()).decode()
        assert len(value) <= link.MAX_LINK

        def refused() -> None:
            with pytest.raises(ValueError, match=f"the recipe has {MAX_JSON + 1:,} characters, more than {MAX_JSON:,}"):
                link.decode(value)

        assert peak_bytes(refused) < 10 * MAX_JSON

    @pytest.mark.parametrize("steps", range(120, 200, 8))
    def test_that_is_made_can_be_opened_and_a_longer_one_is_not_made(self, steps: int) -> None:
        """Draws of a hash do not compress, so that these recipes grow past what a link holds."""
        digits = (str(int(sha512(str(at).encode()).hexdigest(), 16)) for at in range(steps))
        recipe = Recipe("mlp", steps=tuple(Edit("0.weight", f"w[0, 0] = 0.{number}") for number in digits))
        value = link.encode_short(recipe)
        length = len(link.encode(recipe))
        assert (value is None) == (length > link.MAX_LINK)
        if value is not None:
            assert link.decode(value) == recipe
        assert Recipe.from_json(recipe.to_json()) == recipe

    def test_of_which_only_a_file_holds_the_recipe_says_so(self) -> None:
        with pytest.raises(ValueError, match="too long for a link, so the address does not hold it; open its file"):
            link.decode(link.IN_A_FILE)

    def test_is_cut_to_what_browsers_take(self) -> None:
        assert len(link.encode(Recipe("mlp", steps=ONE_OF_EACH * 25, arguments=(("n_out", 8),)))) < link.MAX_LINK


class TestCodeInAnAddress:
    @pytest.mark.parametrize("code", ["", "def f(m): ...\n", "größe = '重み'\n" * 900])
    def test_comes_back_as_it_was(self, code: str) -> None:
        assert link.unpack(link.pack(code), 80_000) == code

    @pytest.mark.parametrize("value", ["", "A", "no code", "ä", "x" * 5_000, link.pack("cut")[:-4], packed(b"\xff")])
    def test_that_is_none_is_a_value_error(self, value: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 (what is left aside is not told)
            link.unpack(value, 80_000)

    def test_is_never_unpacked_whole_where_it_is_a_bomb(self) -> None:
        assert len(link.unpack(packed(b"a" * 10**8), 80_000)) == 80_001
