"""Descriptions of real APIs."""
