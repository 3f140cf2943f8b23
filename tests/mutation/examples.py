"""How tests with random inputs run while mutants are tried: alike each time, with few of them."""

from hypothesis import Phase, settings


def few_examples() -> None:
    settings.register_profile(
        "mutants",
        settings.get_profile("busy"),
        derandomize=True,
        database=None,
        max_examples=20,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutants")
