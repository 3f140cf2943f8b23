"""Python programs of Pulumi's in processes that are forked from one with all imported."""
