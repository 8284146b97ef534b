"""Asserts of the kit tell as much as those of test modules; vendors' own examples."""

import pytest

from tests.simulators.loyalty.descriptions import specs_folder

pytest.register_assert_rewrite(
    "contract_members", "contract_spending", "contract_undoing", "contract_storms"
)


@pytest.fixture(scope="session")
def specs():
    """Return the folder of the vendors' descriptions, or skip."""
    folder = specs_folder()
    if folder is None:
        pytest.skip("the vendors' descriptions are absent: shared/specs is not there")
    return folder
