import pytest
import torch
from flowbrush.training.engine.buckets import Bucket, bucket_grid, fitting, random_bucket


def test_a_batch_of_any_bucket_has_about_the_same_number_of_tokens():
    buckets = bucket_grid([1, 17, 33], [128, 192], [1.0, 16 / 9, 9 / 16])
    assert len(buckets) == 18
    full = [bucket.count(5000) * bucket.tokens for bucket in buckets]
    assert max(full) <= 5000 and min(full) > 3800
    assert Bucket(17, 128, 192).tokens == 5 * 8 * 12
    assert Bucket(33, 512, 512).count(100) == 1


def test_aspects_keep_the_area():
    for bucket in bucket_grid([1], [256], [1.0, 16 / 9, 9 / 16, 2.39]):
        assert abs(bucket.height * bucket.width / 256**2 - 1) < 0.12
        assert bucket.height % 16 == bucket.width % 16 == 0


def test_buckets_are_drawn_by_their_shares():
    generator = torch.Generator().manual_seed(0)
    buckets = [Bucket.parse("1x64x64:3"), Bucket.parse("17x64x64")]
    stills = sum(random_bucket(buckets, generator).frames == 1 for _ in range(400))
    assert 270 < stills < 330


@pytest.mark.parametrize("text", ["17x64", "16x64x64", "17x60x64", "17x64x64:0", "a"])
def test_what_is_no_bucket_is_refused(text):
    with pytest.raises(ValueError, match=r"bucket|4k\+1"):
        Bucket.parse(text)


def test_a_clip_goes_into_the_longest_bucket_that_its_shape_fits():
    buckets = bucket_grid([1, 9, 17], [128, 256], [1.0, 16 / 9, 9 / 16])
    found = fitting(buckets, 20, 1080, 1920)
    assert found is not None and found.frames == 17 and found.width > found.height and found.width > 300
    portrait = fitting(buckets, 10, 400, 230)
    assert portrait is not None and portrait.frames == 9 and portrait.height > portrait.width
    assert fitting(buckets, 20, 60, 60) is None
