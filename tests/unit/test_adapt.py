"""An encoder learns from a shop's titles and photos: on drawn pictures, in a few steps."""

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from typer.testing import CliRunner

from indexer.adapt.captions import captions, description
from indexer.adapt.feed import Feed
from indexer.adapt.interpolate import interpolate
from indexer.adapt.lessons import Examples, Mixture, batches
from indexer.adapt.loop import BEST, CHECKPOINT, Course, Schedule
from indexer.adapt.measure import NEW, TITLE, VIEW, Finding, better, by_chance, keyword_scores
from indexer.adapt.models import Starters
from indexer.adapt.photos import keep_photos
from indexer.adapt.recall import ranks
from indexer.adapt.run import LEAST, Adaptation, Plan
from indexer.adapt.split import families, held_out
from indexer.adapt.views import Views, another_view
from indexer.images import ImageSource
from local.cli import app
from shared.adapters.encoder_folder import ImagePreprocessing, ResizeMode, load_image_encoder, open_folder
from shared.adapters.file_turns import FileTurns
from shared.domain.errors import Busy, EncoderUnavailable, GateRefused, InvalidInput, MissingExtra
from shared.domain.products import Product
from shared.intake.fetch import FetchPolicy
from shared.settings import PROJECT
from tests.support import Silent

PRODUCTS = 132
STARTERS = Starters(PROJECT / "encoders" / "starter-text", PROJECT / "encoders" / "starter-image")
RULES = ImagePreprocessing(16, (0.5,) * 3, (0.5,) * 3, ResizeMode.LONGEST, "bilinear", 255)
STEPS = 12


class Ignorant:
    """A live encoder to which all photos and all words are one."""

    image_size = 96
    info = replace(load_image_encoder(STARTERS.image).info, name="ignorant", dimensions=2)

    def encode_texts(self, texts):
        return np.tile(np.float32([1, 0]), (len(texts), 1))

    def encode_images(self, images):
        return np.tile(np.float32([1, 0]), (len(images), 1))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A feed of drawn designs, no two of one title, and their pictures."""
    from local.demo_shop.captions import caption
    from local.demo_shop.designs import random_design
    from local.demo_shop.drawing import picture

    folder = tmp_path_factory.mktemp("shop")
    designs = {}
    for seed in range(4 * PRODUCTS):
        design = random_design(Random(seed))
        designs.setdefault(caption(design), design)
    with (folder / "feed.jsonl").open("w") as feed:
        for number, (title, design) in enumerate(list(designs.items())[:PRODUCTS]):
            (folder / f"d{number}.png").write_bytes(picture(design, 64))
            row = {"id": f"d{number}", "title": title, "color": design.colour, "product_type": design.kind}
            feed.write(json.dumps(row) + "\n")
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Steps of a few pictures wait for threads longer than they compute."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def adapt(shop, plan, work, target, live=None, **options):
    with ImageSource(shop, None, FetchPolicy(), 64) as source:
        parts = (Feed(str(shop / "feed.jsonl")), source, live or Ignorant(), STARTERS, work, Silent())
        return Adaptation(*parts).run(plan, target, **options)


def few(steps=1, source="scratch", **options):
    """A plan of small batches."""
    return Plan(source=source, steps=steps, device="cpu", mixture=Mixture(batch=16), **options)


@pytest.fixture
def adapting(shop, tmp_path):
    """Runs of one shop against a live encoder, in a work folder of the test's own."""

    def run(plan, target="new", **options):
        return adapt(shop, plan, tmp_path / "work", tmp_path / target, **options)

    return run


def command(shop, data, *options):
    words = ["adapt", str(shop / "feed.jsonl"), "--images", str(shop), "--data", str(data), "--device", "cpu", "--json"]
    return [*words, *options]


class TestSplit:
    def test_a_title_is_on_one_side_whole(self):
        titles = [f"Title {number // 3}" for number in range(300)]
        out = held_out([title.upper() if n % 2 else f" {title} " for n, title in enumerate(titles)], 50, seed=3)
        assert out.sum() == 48
        sides = {}
        for title, side in zip(titles, out, strict=True):
            assert sides.setdefault(title, side) == side

    def test_the_count_is_exact_where_titles_differ_and_order_means_nothing(self):
        titles = [str(number) for number in range(100)]
        out = held_out(titles, 20, seed=1)
        assert out.sum() == 20
        assert (held_out(titles[::-1], 20, seed=1)[::-1] == out).all()
        assert (held_out(titles, 20, seed=2) != out).any()
        assert held_out([], 20, seed=1).shape == (0,)

    def test_families_hang_together_by_title_or_group(self):
        names = families(["Red shirt", "red  SHIRT", "Blue shirt", "Sock", "Sock"], ["", "g", "g", "", "h"])
        assert names == ["blue shirt"] * 3 + ["sock"] * 2
        assert families(["b", "a", "c"], ["1", "2", "2"]) == ["b", "a", "a"]
        # Without groups the families split as the titles do.
        titles = ["B", "a", "b ", "C", "d"] * 9
        assert (held_out(families(titles, [""] * 45), 18, 5) == held_out(titles, 18, 5)).all()


class TestCaptions:
    def test_the_title_is_first_and_forms_need_their_fields(self):
        shirt = Product("1", "Acme Roxy", brand="Acme", colour="Red", gender="Men", categories=("Apparel", "Shirts"))
        own = captions(shirt)
        assert own[0] == "Acme Roxy"
        assert "Red Shirts for Men" in own
        assert len(own) == len({caption.casefold() for caption in own})
        assert not any("None" in caption or "  " in caption for caption in own)
        assert captions(Product("2", "Thing")) == ("Thing",)
        assert captions(Product("3", "red SHIRTS", colour="Red", categories=("Shirts",)))[0] == "red SHIRTS"

    def test_a_description_is_what_one_would_ask(self):
        assert description(Product("1", "X", colour="Black", gender="Men", categories=("Shoes",))) == "black shoes men"
        assert description(Product("1", "X", colour="Black")) == ""


class TestLessons:
    def examples(self, count=40):
        return Examples(
            pixels=np.zeros((count, 4, 4, 3), np.uint8),
            rows=np.arange(count),
            captions=[(f"title {row}", f"phrase {row}") for row in range(count)],
            families=[str(row // 2) for row in range(count)],
            categories=["few" if row < 12 else "many" for row in range(count)],
        )

    def drawn(self, mixture, steps, done=0):
        drawn = batches(self.examples(), mixture, done)
        return [next(drawn) for _ in range(steps)]

    def test_no_family_is_twice_in_a_batch(self):
        for rows, said in self.drawn(Mixture(batch=12, alike=0.5), 20):
            assert len(rows) == len(said) == 12
            assert len({row // 2 for row in rows}) == 12
            assert all(caption.split()[1] == str(row) for row, caption in zip(rows, said, strict=True))

    def test_a_run_that_goes_on_draws_what_it_would_have_drawn(self):
        mixture = Mixture(batch=8)
        whole, rest = self.drawn(mixture, 12), self.drawn(mixture, 5, done=7)
        for (rows, said), (again, said_again) in zip(whole[7:], rest, strict=True):
            np.testing.assert_array_equal(rows, again)
            assert said == said_again

    def test_half_of_an_alike_batch_is_of_one_category(self):
        for rows, _ in self.drawn(Mixture(batch=8, alike=1.0), 20):
            assert max(np.sum(rows < 12), np.sum(rows >= 12)) >= 4

    def test_an_epoch_shows_nearly_everything(self):
        seen = np.concatenate([rows for rows, _ in self.drawn(Mixture(batch=10, alike=0.0), 8)])
        assert len(set(seen)) >= 38


class TestPhotos:
    def counted(self, shop, monkeypatch):
        asked = []
        load = ImageSource.load
        monkeypatch.setattr(ImageSource, "load", lambda own, some: asked.extend(some) or load(own, some))
        return asked

    def products(self):
        return [Product(f"d{number}", "a") for number in (*range(30), 999)]

    def keep(self, shop, work):
        with ImageSource(shop, None, FetchPolicy(), 16) as source:
            return keep_photos(self.products(), source, RULES, work, Silent())

    def test_photos_are_decoded_once_and_those_without_are_left_out(self, shop, tmp_path, monkeypatch):
        asked = self.counted(shop, monkeypatch)
        first, again = self.keep(shop, tmp_path), self.keep(shop, tmp_path)
        assert [product.id for product in first.products] == [f"d{number}" for number in range(30)]
        assert first.pixels.shape == (30, 16, 16, 3)
        assert len({photo.tobytes() for photo in first.pixels}) > 20
        np.testing.assert_array_equal(first.pixels, again.pixels)
        assert len(asked) == 31

    def test_what_a_killed_run_has_decoded_stays(self, shop, tmp_path, monkeypatch):
        monkeypatch.setattr("indexer.adapt.photos.CHUNK", 10)
        whole = np.array(self.keep(shop, tmp_path).pixels)
        listing = tmp_path / "photos.jsonl"
        lines = listing.read_text().splitlines(keepends=True)
        listing.write_text("".join(lines[:3]) + lines[3][:-5])
        asked = self.counted(shop, monkeypatch)
        np.testing.assert_array_equal(self.keep(shop, tmp_path).pixels, whole)
        assert [product.id for product in asked] == [*(f"d{number}" for number in range(20, 30)), "d999"]

    def test_a_changed_picture_is_read_anew(self, shop, tmp_path):
        own = shutil.copytree(shop, tmp_path / "shop")
        before = np.array(self.keep(own, tmp_path / "work").pixels[0])
        shutil.copy(shop / "d40.png", own / "d0.png")
        assert (self.keep(own, tmp_path / "work").pixels[0] != before).any()

    def test_what_was_learnt_from_other_photos_is_forgotten(self, shop, tmp_path):
        own = shutil.copytree(shop, tmp_path / "shop")
        adapt(own, few(), tmp_path / "work", tmp_path / "new")
        (checkpoint,) = (tmp_path / "work").glob(f"model/*/{CHECKPOINT}")
        before = checkpoint.stat().st_mtime_ns
        shutil.copy(shop / "d40.png", own / "d0.png")
        adapt(own, few(), tmp_path / "work", tmp_path / "new", replace=True)
        assert checkpoint.stat().st_mtime_ns > before


class TestViews:
    def test_views_differ_and_come_again_with_the_seed(self):
        pixels = np.random.default_rng(0).integers(0, 255, (3, 20, 20, 3), dtype=np.uint8)
        one, again, other = (Views(16)(pixels, seed).numpy() for seed in (1, 1, 2))
        assert one.shape == (3, 3, 16, 16)
        assert 0 <= one.min() <= one.max() <= 1
        np.testing.assert_array_equal(one, again)
        assert np.abs(one - other).mean() > 0.02

    def test_another_view_is_a_part_of_the_photo(self):
        photo = np.full((40, 30, 3), 100, np.uint8)
        view = another_view(photo, np.random.default_rng(4))
        assert 30 <= view.shape[0] <= 38
        assert 22 <= view.shape[1] <= 29
        assert 85 <= view.min() == view.max() <= 115
        assert another_view(photo[:1, :1], np.random.default_rng(4)).shape == (1, 1, 3)


class TestMeasures:
    def test_a_query_is_answered_by_any_of_its_name(self):
        scores = np.float32([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.9, 0.5, -np.inf]])
        assert list(ranks(scores, ["b", "c", "c"], ["a", "b", "c"])) == [1, 2, 3]
        assert list(ranks(scores, ["b", "a", "c"], ["b", "b", "a"])) == [0, 2, 3]

    def test_level_scores_find_no_more_than_chance(self):
        names = [str(row) for row in range(100)]
        assert np.mean(ranks(np.zeros((100, 100)), names, names) < 10) == 0

    def test_chance_is_what_drawing_gives(self):
        assert by_chance(np.array([1, 10, 100]), 100, 10) == pytest.approx([0.1, 0.6695, 1.0], abs=1e-4)
        assert by_chance(np.array([1]), 5, 10) == pytest.approx([1.0])

    def test_keywords_find_the_rare_word(self):
        scores = keyword_scores(["red zorvex", "nothing"], ["red shirt", "red sock", "zorvex sock"])
        assert scores.argmax(axis=1)[0] == 2
        assert not scores[1].any()

    @pytest.mark.parametrize(
        ("title", "view", "accepted"),
        [((0.01, 0.2), (-0.1, 0.1), True), ((-0.01, 0.2), (0.1, 0.2), False), ((0.1, 0.2), (-0.2, -0.1), False)],
    )
    def test_better_is_by_the_interval(self, title, view, accepted):
        gains = [
            Finding(question, 9, 9, {}, (), ((0.0, *interval),))
            for question, interval in ((TITLE, title), (VIEW, view))
        ]
        assert better(gains) is accepted

    def test_the_best_step_is_the_first_of_the_best(self):
        course = Course(curve=[(10, 0.2), (20, 0.4), (30, 0.4), (40, 0.1)])
        assert course.best == (20, 0.4)
        assert course.waited() == 2

    def test_the_rate_warms_up_and_falls(self):
        rates = [Schedule(100, 1.0, 0.1).rate(step) for step in range(100)]
        assert rates[0] < rates[4] == max(rates) == 1.0
        assert rates[5:] == sorted(rates[5:], reverse=True)
        assert rates[-1] < 0.01


class TestInterpolation:
    @pytest.mark.parametrize(("liked", "share"), [(5.0, 0.5), (20.0, 1.0), (3.0, 0.25)])
    def test_the_mixture_that_is_judged_best_stays(self, liked, share):
        import torch

        model = torch.nn.Linear(1, 1, bias=False)
        before = {"weight": torch.zeros(1, 1)}
        torch.nn.init.constant_(model.weight, 10.0)
        assert interpolate(model, before, lambda own: -abs(own.weight.item() - liked)) == share
        assert model.weight.item() == 10 * share


class TestRuns:
    def test_a_killed_run_goes_on_to_the_same_encoder(self, shop, adapting, tmp_path):
        """SIGKILL after the first checkpoint; then again to the end, beside a run that was left alone."""
        code = (
            "import sys, torch; from pathlib import Path; from tests.unit.test_adapt import STEPS, adapt, few;"
            "torch.set_num_threads(1); adapt(Path(sys.argv[1]), few(STEPS), Path(sys.argv[2]), Path(sys.argv[3]))"
        )
        work, target = tmp_path / "work", tmp_path / "new"
        run = subprocess.Popen([sys.executable, "-c", code, str(shop), str(work), str(target)], cwd=PROJECT)
        until = time.monotonic() + 300
        while not list(work.glob(f"model/*/{CHECKPOINT}")) and run.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
        assert not target.exists()
        (checkpoint,) = work.glob(f"model/*/{CHECKPOINT}")
        assert checkpoint.stat().st_size > 1_000_000
        went_on = adapting(few(STEPS))
        alone = adapt(shop, few(STEPS), tmp_path / "alone", target, replace=True)
        assert [step for step, _ in alone.course.curve] == [10, 12]
        assert went_on.course.curve == alone.course.curve
        assert went_on.info.revision == alone.info.revision

    def test_one_that_finds_less_is_refused_and_the_target_untouched(self, shop, tmp_path):
        ran = CliRunner().invoke(
            app, command(shop, tmp_path, "--to", str(tmp_path / "new"), "--steps", "1", "--from", "scratch")
        )
        assert isinstance(ran.exception, GateRefused)
        assert str(tmp_path / "work" / "adapt" / "encoder") in str(ran.exception)
        assert not (tmp_path / "new").exists()
        told = json.loads(ran.stdout)
        assert told["accepted"] is False
        assert sum(told["products"].values()) == PRODUCTS

    def test_the_starter_learns_on_and_replaces_one_that_knows_nothing(self, adapting, tmp_path):
        adapted = adapting(few(2, "starter", learning_rate=1e-4))
        assert adapted.accepted
        shares = {finding.question: finding.shares[NEW][-1] for finding in adapted.findings}
        assert shares[TITLE] >= 0.9
        assert shares[VIEW] >= 0.9
        assert open_folder(tmp_path / "new").manifest.info == adapted.info
        with pytest.raises(InvalidInput, match="--replace"):
            adapting(few())

    def test_a_model_with_weights_is_tuned_with_its_lower_layers_locked(self, adapting, tmp_path):
        import torch

        model = tmp_path / "model"
        adapting(few())
        (laid_out,) = (tmp_path / "work" / "model").iterdir()
        shutil.copytree(laid_out, model)
        weights = torch.load(model / BEST, weights_only=True)
        torch.save(weights, model / "open_clip_pytorch_model.bin")
        adapting(few(2, str(model), layers=1), target="tuned")
        (folder,) = (tmp_path / "work" / "model").iterdir()
        tuned = torch.load(folder / CHECKPOINT, weights_only=True)["model"]
        moved = {name for name in tuned if not torch.equal(weights[name], tuned[name])}
        assert "text_projection" in moved
        assert "visual.trunk.conv_stem.weight" not in moved
        assert "token_embedding.weight" not in moved


class TestRefusals:
    def test_too_few_photos(self, adapting, shop, tmp_path):
        lines = (shop / "feed.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / "feed.jsonl").write_text("".join(lines[: LEAST - 1]))
        for number in range(LEAST - 1):
            shutil.copy(shop / f"d{number}.png", tmp_path)
        with pytest.raises(InvalidInput, match=f"{LEAST - 1} products have a photo.*at least {LEAST}"):
            adapt(tmp_path, few(), tmp_path / "work", tmp_path / "new")

    def test_more_held_out_than_half(self, adapting):
        with pytest.raises(InvalidInput, match=r"--held-out 70 is more than half of the 132"):
            adapting(few(held_out=70))

    @pytest.mark.parametrize("source", ["ViT-B-32", "NoSuch/weights", "ViT-B-32/no-such-weights"])
    def test_an_unknown_beginning(self, adapting, source):
        with pytest.raises(InvalidInput, match=source.partition("/")[0]):
            adapting(few(1, source))

    def test_a_folder_without_a_model(self, adapting, tmp_path):
        with pytest.raises(EncoderUnavailable, match=r"no open_clip_config\.json"):
            adapting(few(1, str(tmp_path)))

    def test_a_broken_checkpoint(self, adapting, tmp_path):
        adapting(few())
        (checkpoint,) = (tmp_path / "work" / "model").glob(f"*/{CHECKPOINT}")
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
        with pytest.raises(EncoderUnavailable, match=r"checkpoint\.pt cannot be used"):
            adapting(few(), target="other")

    def test_a_device_that_is_not_there(self, adapting):
        with pytest.raises(InvalidInput, match="auto or cpu or cuda"):
            adapting(Plan(device="tpu"))

    def test_without_torch(self, adapting, monkeypatch):
        monkeypatch.setattr("indexer.adapt.models.find_spec", lambda name: None)
        with pytest.raises(MissingExtra, match=r"vitrine\[export\]"):
            adapting(few())

    def test_a_second_run_in_the_same_folder(self, adapting, tmp_path):
        with FileTurns(tmp_path / "work").take("adapt"), pytest.raises(Busy, match="Another run is at work"):
            adapting(few())

    def test_a_folder_of_other_things(self, adapting, tmp_path):
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "letter.txt").write_text("dear")
        with pytest.raises(InvalidInput, match="other things"):
            adapting(few())
