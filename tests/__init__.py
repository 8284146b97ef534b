"""Tests of the suite as a whole; tests of one module live in that module."""
