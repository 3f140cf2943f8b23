"""Mutation testing of the modules that decide: see ``docs/mutants.md``. ``make mutants``."""
