"""Each option and feature of Pulumi's that a Python stack has, and the test that holds it: a new option of the SDK shows up here."""

import ast
import inspect
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[2] / "integration" / "python_stack"

OPTIONS: Final = {
    "parent": "test_options.test_parent_gives_the_urn_its_chain_of_types",
    "depends_on": "test_options.test_depends_on_orders_what_no_reference_orders",
    "protect": "test_options.test_protect_is_inherited_and_refuses_a_deletion",
    "provider": "test_options.test_provider_says_where_and_providers_are_inherited",
    "providers": "test_components.test_a_team_s_component_its_parts_its_outputs_and_a_method",
    "delete_before_replace": "test_options.test_delete_before_replace_lets_the_old_one_go_first",
    "ignore_changes": "test_options.test_ignore_changes_keeps_what_is_in_force",
    "version": "test_components.test_the_version_of_its_plugin_that_a_component_asks_for",
    "aliases": "test_options.test_aliases_keep_what_got_another_name_type_or_parent",
    "additional_secret_outputs": "test_options.test_additional_secret_outputs_are_kept_and_passed_on_as_secrets",
    "id": "test_options.test_get_reads_what_is_on_the_host",
    "import_": "test_options.test_import_takes_over_what_somebody_else_made",
    "custom_timeouts": "test_options.test_custom_timeouts_reach_the_operation",
    "transformations": "test_options.test_old_transformations_work_too",
    "transforms": "test_options.test_transforms_change_inputs_and_options_inside_out",
    "hooks": "test_options.test_hooks_are_called_around_each_step",
    "urn": "test_features.test_questions_to_hosts_and_to_the_state",
    "replace_on_changes": "test_options.test_replace_on_changes_replaces_what_would_be_updated",
    "replacement_trigger": "test_options.test_a_replacement_trigger_replaces_when_it_changes",
    "retain_on_delete": "test_options.test_retain_on_delete_leaves_the_object",
    "deleted_with": "test_options.test_deleted_with_spares_a_deletion_of_its_own",
    "replace_with": "test_options.test_replace_with_follows_another_replacement",
    "hide_diffs": "test_options.test_hidden_diffs_are_masked",
    "env_var_mappings": "test_protocol.test_a_bad_registration_is_refused_and_registers_nothing",
    "state_migrations": "test_protocol.test_a_bad_registration_is_refused_and_registers_nothing",
}
MEANINGLESS: Final = {"plugin_download_url"}
"""Says where Pulumi gets a plugin that is not there. Here nothing is downloaded."""

FEATURES: Final = {
    "resources of every kind": "test_recorded.test_every_field_of_every_registration_is_what_the_protocol_prescribes",
    "hosts as providers": "test_options.test_provider_says_where_and_providers_are_inherited",
    "the default provider": "test_features.test_the_default_host_comes_from_the_configuration",
    "components": "test_features.test_components_are_remembered_with_their_outputs_and_forgotten",
    "outputs": "test_features.test_outputs_of_all_kinds_of_values",
    "apply with unknowns in a plan": "test_features.test_an_apply_runs_only_when_its_value_is_known",
    "secrets": "test_features.test_secret_inputs_stay_secret_everywhere",
    "assets": "test_dynamic.test_another_content_of_an_asset_is_a_change",
    "configuration with secrets": "test_features.test_configuration_from_the_file_the_command_line_and_secrets",
    "stack references": "test_features.test_a_stack_reference_reads_another_stack",
    "get_image, get_host, getResource": "test_features.test_questions_to_hosts_and_to_the_state",
    "stack transforms": "test_options.test_transforms_change_inputs_and_options_inside_out",
    "invoke transforms": "test_features.test_invoke_transforms_change_questions",
    "error hooks": "test_options.test_an_error_hook_may_have_a_step_tried_again",
    "dynamic providers": "test_dynamic.test_a_whole_life",
    "remote components and their methods": "test_components.test_a_team_s_component_its_parts_its_outputs_and_a_method",
    "components from their source": "test_components.test_a_component_from_the_source_that_the_project_names",
    "pulumi.log and prints": "test_endings.test_prints_and_log_lines_reach_the_events",
    "pulumi.run": "test_features.test_an_asynchronous_program",
    "whole resources as values and exports": "test_features.test_exports_of_whole_resources",
}


def _tests() -> dict[str, ast.FunctionDef]:
    return {
        f"{file.stem}.{node.name}": node
        for file in TESTS.glob("test_*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_option_of_the_sdk_has_its_test() -> None:
    from pulumi import ResourceOptions

    known = set(inspect.signature(ResourceOptions.__init__).parameters) - {"self"}
    assert known == {*OPTIONS, *MEANINGLESS}


@pytest.mark.parametrize("table", [OPTIONS, FEATURES])
def test_every_test_that_is_named_is_there(table: dict[str, str]) -> None:
    assert set(table.values()) <= set(_tests())


def test_there_are_many_programs_that_are_planned_and_applied() -> None:
    """An apply plans first, in a process of its own."""
    calls = [node for test in _tests().values() for node in ast.walk(test) if isinstance(node, ast.Call)]
    assert sum(isinstance(each.func, ast.Attribute) and each.func.attr == "apply" for each in calls) >= 40
