"""Widths of texts, without a browser or a font file."""

from __future__ import annotations

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"

# Advance widths of DejaVu Sans in hundredths of the font size: it is the widest of the usual sans-serif fonts, so that
# a text that fits here fits in all of them.
_WIDTHS = {
    28: "'ijl",
    30: "IJ",
    32: " ,.\u00b7",
    34: "/:;\\|",
    36: "-f",
    39: "()[]t",
    41: "!r",
    46: '"',
    50: "*_`",
    53: "?sz",
    56: "Lc",
    59: "Fkvxy",
    62: "PTYaoe",
    64: "$0123456789ESbdghnpqu{}",
    70: "ABCKRVXZ",
    77: "DHNU",
    79: "&GOQ",
    84: "#+<=>^w~\u00d7\u2192\u2264\u2265",
    97: "%Mm",
    100: "@W\u2026\u2014",
}
_WIDTH = {character: width for width, characters in _WIDTHS.items() for character in characters}
_BOLD = 1.13
"""How much wider bold text is, on average."""


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text set in `size` pixels."""
    units = sum(_WIDTH.get(character, 100) for character in text)
    return units * size / 100 * (_BOLD if bold else 1)


def fitted(text: str, size: float, width: float, bold: bool = False) -> str:
    """Return a text that is no wider than `width` pixels; where it is cut, it ends in an ellipsis."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "\u2026", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "\u2026"
