"""Drawings of a computation: an SVG with values above and gradients below each wire, and a page that plays both passes."""
