"""Drawings of a computation: values above and gradients below each wire, and a page that plays both passes."""
