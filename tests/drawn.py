"""What is read back from a drawing: its lines by name, its words with their places, its pixels."""

import io

import numpy as np
from PIL import Image


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def collections(ax):
    return {collection.get_label(): collection for collection in ax.collections}


def pixels(ax, dpi=80):
    file = io.BytesIO()
    ax.figure.savefig(file, format="png", dpi=dpi)
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def shows(ax, colour, least=40):
    """Whether the picture holds at least so many pixels of about this colour (red, green, blue)."""
    return np.count_nonzero(np.abs(pixels(ax) - np.array(colour)).sum(axis=2) < 30) >= least


def word_boxes(ax):
    """The words of a figure and where they stand on it, in pixels."""
    figure = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        legend = axes.get_legend()
        texts = [*axes.texts, axes.title, axes._left_title, axes._right_title]
        if axes.axison:
            texts += [axes.xaxis.label, axes.yaxis.label]
            texts += [label for axis in (axes.xaxis, axes.yaxis) for label in _ticks(axis)]
        texts += [*legend.get_texts(), legend.get_title()] if legend else []
        shown = [text for text in texts if text.get_visible() and text.get_text().strip()]
        found += [(text.get_text(), text.get_window_extent(renderer)) for text in shown]
    return found


def overlaps(ax):
    """Pairs of words that lie on each other, and words that are cut off by the figure's edge."""
    boxes = word_boxes(ax)
    frame = ax.figure.bbox
    found = [f"{says} outside" for says, box in boxes if not _inside(box, frame)]
    for i, (says, box) in enumerate(boxes):
        found += [f"{says} | {other}" for other, b in boxes[i + 1 :] if _hit(box, b)]
    return found


def _ticks(axis):
    """The numbers on an axis; those of places outside its limits are not drawn."""
    low, high = sorted(axis.get_view_interval())
    room = 1e-9 * (high - low)
    ticks = [tick for tick in axis.get_major_ticks() if low - room <= tick.get_loc() <= high + room]
    return [label for tick in ticks for label in (tick.label1, tick.label2)]


def _inside(box, frame):
    return box.x0 >= -1 and box.y0 >= -1 and box.x1 <= frame.x1 + 1 and box.y1 <= frame.y1 + 1


def _hit(a, b):
    # A letter's box is higher than the letter: a fifth of it is room for accents and descenders.
    room = 0.2 * min(a.height, b.height)
    return a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1 and a.y0 + room < b.y1 and b.y0 + room < a.y1
