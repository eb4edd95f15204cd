"""Image files: what comes out, what is said, and what is refused before anything is decoded."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow

from ganglion import DataError, MemoryPlanError
from ganglion.data import png_bytes, read_image

COLORS = np.array(
    [[[250, 10, 20], [30, 240, 10]], [[0, 0, 200], [255, 255, 255]], [[9, 9, 9], [1, 2, 3]]],
    np.uint8,
)


def saved(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    buffer.seek(0)
    return buffer


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, data, bits=8, kind=2):
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("form", ["PNG", "BMP", "PPM"])
def test_pixels_of_a_lossless_file_come_back(form):
    image = read_image(saved(Pillow.fromarray(COLORS), form))
    assert image.pixels.dtype == np.uint8 and np.array_equal(image.pixels, COLORS)
    assert image.notes == () and image.mode == "RGB"
    assert image.format == {"PPM": "Netpbm"}.get(form, form)


def test_a_jpeg_is_read_whatever_its_name(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(saved(Pillow.new("RGB", (20, 10), (90, 90, 90)), "JPEG").getvalue())
    image = read_image(path)
    assert (
        image.format == "JPEG" and image.source == "photo.png" and image.pixels.shape == (10, 20, 3)
    )
    assert np.all(image.pixels == 90)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_greys_and_palettes_become_colours(mode):
    picture = Pillow.fromarray(COLORS).convert(mode)
    assert np.array_equal(read_image(saved(picture)).pixels, np.asarray(picture.convert("RGB")))


def test_greys_of_16_bits_keep_their_high_bits():
    # 0, 1/2, and all of 65535 are 0, 128 (32768 / 257 = 127.5, rounded up) and 255 of 255.
    deep = np.array([[0, 32768, 65535]], np.uint16)
    image = read_image(saved(Pillow.fromarray(deep)))
    assert image.pixels[0, :, 0].tolist() == [0, 128, 255]
    assert "16 bits" in image.notes[0]


def test_colours_of_16_bits_are_said_to_lose_some():
    rows = b"".join(b"\0" + struct.pack(">6H", 65535, 0, 256, 4660, 0, 0) for _ in range(1))
    image = read_image(png(2, 1, rows, bits=16))
    assert image.pixels[0, 0].tolist() == [255, 0, 1]
    assert any("16 bits" in note for note in image.notes)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_lies_over_white(mode):
    picture = Pillow.new(mode, (2, 1), (0,) * len(mode))
    picture.putpixel((1, 0), (0,) * (len(mode) - 1) + (255,))
    image = read_image(saved(picture))
    assert image.pixels[0].tolist() == [[255, 255, 255], [0, 0, 0]]
    assert "over white" in image.notes[0]


def test_an_opaque_fourth_channel_is_not_worth_a_note():
    assert read_image(saved(Pillow.fromarray(COLORS).convert("RGBA"))).notes == ()


def test_a_transparent_colour_of_a_palette_lies_over_white():
    picture = Pillow.fromarray(np.array([[0, 1]], np.uint8))
    picture.putpalette([0, 0, 0, 200, 0, 0])
    image = read_image(saved(picture, transparency=0))
    assert image.pixels[0].tolist() == [[255, 255, 255], [200, 0, 0]]


def test_printing_colours_are_converted_and_said():
    image = read_image(saved(Pillow.new("CMYK", (4, 4), (0, 0, 0, 0)), "JPEG"))
    assert np.all(image.pixels >= 254) and "CMYK" in image.notes[0]


def test_a_picture_is_turned_as_its_camera_says():
    wide = Pillow.new("RGB", (6, 2))
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turn by a quarter
    image = read_image(saved(wide, "PNG", exif=exif))
    assert image.pixels.shape == (6, 2, 3) and "upright" in image.notes[0]


def test_damaged_metadata_are_no_damage_to_the_pixels():
    image = read_image(
        saved(Pillow.fromarray(COLORS), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    )
    assert np.array_equal(image.pixels, COLORS)


def test_a_colour_profile_is_said_not_to_be_applied():
    image = read_image(saved(Pillow.fromarray(COLORS), "PNG", icc_profile=b"a wide one"))
    assert "profile" in image.notes[0]


def test_one_pixel_is_an_image():
    assert read_image(saved(Pillow.new("RGB", (1, 1), (1, 2, 3)))).pixels.tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(20), "a GIF file"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a WebP file"),
        (b"II*\0" + bytes(20), "a TIFF file"),
        (b"\0\0\0\x18ftypheic", "a HEIC"),
        (b"%PDF-1.7", "a PDF file"),
        (b"hello, world, this is text", "no such file"),
    ],
)
def test_a_file_of_another_kind_is_named(data, what):
    with pytest.raises(DataError, match=what):
        read_image(io.BytesIO(data))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "PPM"])
def test_a_file_that_was_cut_is_an_error_wherever_it_was_cut(form):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    whole = saved(Pillow.fromarray(noise), form).getvalue()
    for size in (*range(3, 60, 7), len(whole) // 2, len(whole) - 30):
        with pytest.raises(DataError, match=r"must be whole|no such file"):
            read_image(io.BytesIO(whole[:size]))


def test_flipped_bytes_end_as_an_image_or_a_named_error():
    rng = np.random.default_rng(1)
    for form in ("PNG", "JPEG", "BMP"):
        whole = bytearray(
            saved(
                Pillow.fromarray(rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)), form
            ).getvalue()
        )
        for _ in range(60):
            broken = bytearray(whole)
            for at in rng.integers(8, len(whole), 3):
                broken[at] = rng.integers(256)
            try:
                assert read_image(io.BytesIO(bytes(broken)), max_pixels=10_000).pixels.ndim == 3
            except (DataError, MemoryPlanError) as error:
                assert str(error)


def test_a_header_of_a_hundred_thousand_by_a_hundred_thousand_is_refused_by_its_sizes():
    with pytest.raises(DataError, match="100,000 x 100,000 = 10,000,000,000 pixels"):
        read_image(png(100_000, 100_000, b""))


def test_a_header_that_its_bytes_cannot_fill_is_refused():
    with pytest.raises(DataError, match="cannot be in its"):
        read_image(png(15_000, 15_000, b""))


def test_an_image_that_does_not_fit_into_memory_is_refused_before_it_is_decoded():
    with pytest.raises(MemoryPlanError, match="400 x 300 = 120,000 pixels"):
        read_image(saved(Pillow.new("RGB", (400, 300))), memory_limit=1_000_000)


def test_a_smaller_limit_of_pixels_holds():
    with pytest.raises(DataError, match="at most 100 pixels"):
        read_image(saved(Pillow.new("RGB", (20, 20))), max_pixels=100)


def test_a_stream_without_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr("ganglion.data.images._LONGEST_STREAM", 1000)
    with open("/dev/zero", "rb") as endless, pytest.raises(DataError, match="at most 1,000 bytes"):
        read_image(endless)


def test_a_missing_file_is_the_systems_error():
    with pytest.raises(FileNotFoundError):
        read_image("no-such-image.png")


def test_a_netpbm_file_of_16_bits_keeps_its_high_bits():
    image = read_image(io.BytesIO(b"P5 3 1 65535\n" + struct.pack(">3H", 0, 32768, 65535)))
    assert image.pixels[0, :, 0].tolist() == [0, 128, 255]


def test_pictures_come_back_as_they_were_written():
    numbers = np.array([[0, 1, 2], [2, 1, 0]])
    palette = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)
    assert np.array_equal(
        read_image(io.BytesIO(png_bytes(numbers, palette))).pixels, palette[numbers]
    )
    assert np.array_equal(read_image(io.BytesIO(png_bytes(COLORS))).pixels, COLORS)
    truths = np.random.default_rng(0).random((5, 19)) < 0.5
    assert np.array_equal(read_image(io.BytesIO(png_bytes(truths))).pixels[:, :, 0] == 255, truths)


@pytest.mark.parametrize(
    ("pixels", "palette", "what"),
    [
        (np.zeros((2, 2)), None, "must be an array"),
        (np.zeros((0, 2), np.uint8), None, "must be an array"),
        ([[0, 3]], [[0, 0, 0]], "Every pixel must have a colour"),
        ([[0.5]], [[0, 0, 0]], "must be integers"),
        ([[0]], np.zeros((300, 3)), "from 1 to 256 colours"),
    ],
)
def test_what_is_no_picture_is_not_written(pixels, palette, what):
    with pytest.raises(DataError, match=what):
        png_bytes(pixels, palette)
