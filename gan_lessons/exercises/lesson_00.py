"""Checks of lesson 00's exercises."""

from .answers import whole


def check_1(dimensions):
    dimensions = whole(dimensions)
    if dimensions == 6:
        return "six sliders move z along six directions only; all images need every number in z"
    if dimensions == 28 * 28:
        return "that many pixels, yes, but G cannot set each pixel by itself: count its inputs, not its outputs"
    if dimensions != 16:
        return "look at the line under the widget: how many numbers does z have?"
