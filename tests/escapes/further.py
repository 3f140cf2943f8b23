"""Published ways out that need more than a program inside: a start, a command of the operator, an archive. Each has a test of its own."""

from dataclasses import dataclass
from typing import Final

_HERE: Final = "tests/escapes"
_THERE: Final = "tests/integration/namespace"


@dataclass(frozen=True, slots=True)
class Further:
    name: str
    about: str
    """The class."""
    test: str


FURTHER: Final = (
    Further("CVE-2019-5736 the runtime's program by /proc/self/exe", "interpreter", f"{_HERE}/test_entering.py::test_the_interpreter_is_written_where_its_mounts_are_not_read_only"),
    Further("CVE-2019-5736 from a health check, without an operator", "interpreter", f"{_THERE}/test_interpreter.py::test_a_health_check_does_not_change_it"),
    Further("CVE-2019-5736 (LXC) by process 1 of a machine and what it has mapped", "interpreter", f"{_THERE}/test_interpreter.py::test_a_program_that_may_look_into_others_does_not_change_what_they_have_mapped"),
    Further("CVE-2024-21626 a working folder that is a descriptor", "descriptors", f"{_THERE}/test_sandbox_descriptors.py::test_no_descriptor_is_a_working_folder"),
    Further("CVE-2024-21626 such a folder by a link of an image or a volume", "descriptors", f"{_THERE}/test_sandbox_descriptors.py::test_no_link_to_a_descriptor_is_a_working_folder"),
    Further("CVE-2024-21626 such a folder for exec", "descriptors", f"{_THERE}/test_sandbox_descriptors.py::test_no_descriptor_is_a_working_folder_of_a_command"),
    Further("CVE-2015-3629 a file that is written through a descriptor", "descriptors", f"{_THERE}/test_sandbox_descriptors.py::test_no_descriptor_is_where_files_are_written"),
    Further("CVE-2016-9962, CVE-2016-8649 a look at what enters", "processes", f"{_HERE}/test_entering.py::test_what_enters_is_not_looked_at_cve_2016_9962"),
    Further("CVE-2016-9962 with CAP_SYS_PTRACE, which looks at all that it sees: by exec", "processes", f"{_HERE}/test_entering.py::test_what_enters_never_has_more_rights_than_the_container"),
    Further("CVE-2016-9962 with CAP_SYS_PTRACE: by a health check", "processes", f"{_HERE}/test_entering.py::test_a_health_check_never_has_more_rights_than_the_container"),
    Further("CVE-2015-1334 a false /proc for what enters", "processes", f"{_HERE}/test_entering.py::test_a_false_proc_gives_no_rights_to_what_enters_cve_2015_1334"),
    Further("CVE-2019-14271 libraries of the image", "images", f"{_HERE}/test_images.py::test_no_library_of_an_image_is_loaded_cve_2019_14271"),
    Further("CVE-2025-31133, CVE-2025-52565, CVE-2026-41579 links in /dev", "images", f"{_HERE}/test_images.py::test_links_in_dev_open_nothing"),
    Further("CVE-2019-19921, CVE-2023-27561, CVE-2023-28642 /proc, /sys or /dev as a link", "images", f"{_HERE}/test_mount_points.py::test_an_image_whose_system_folders_are_links_is_refused"),
    Further("CVE-2015-3631, CVE-2019-16884 a volume over /proc or /sys", "mounts", f"{_HERE}/test_mount_points.py::test_nothing_is_mounted_over_what_protects"),
    Further("CVE-2019-16884 the same by a link of an image or a volume", "mounts", f"{_HERE}/test_mount_points.py::test_no_link_leads_a_mount_over_what_protects"),
    Further("CVE-2015-1335, CVE-2019-18837, CVE-2021-30465, CVE-2024-45310 a mount point by a link", "mounts", f"{_HERE}/test_mount_points.py::test_an_image_can_not_lead_a_mount_out_of_its_root"),
    Further("CVE-2017-1002101 a path of a volume that is a link", "mounts", f"{_HERE}/test_mount_points.py::test_a_stack_names_no_path_inside_of_a_volume"),
    Further("mounts that spread", "mounts", f"{_HERE}/test_volumes.py::test_mounts_in_a_volume_do_not_spread"),
    Further("CVE-2018-15664 a file of the host by a link inside", "files", f"{_HERE}/test_entering.py::test_links_inside_are_followed_inside_cve_2018_15664"),
    Further("CVE-2017-1002102 a deletion that follows links", "files", f"{_HERE}/test_entering.py::test_what_links_lead_to_outlives_a_deletion_cve_2017_1002102"),
    Further("CVE-2026-23954 files of a stack written through a link of the image", "images", f"{_HERE}/test_images.py::test_files_of_a_stack_are_written_inside_cve_2026_23954"),
    Further("CVE-2014-6407, CVE-2014-9356, CVE-2014-9357, CVE-2021-32760, CVE-2026-48749 archives that write outside", "images", "tests/property/test_image_attacks.py::test_any_mix_of_entries_stays_inside"),
    Further("CVE-2016-3697, CVE-2026-46680 a number that is a name", "users", f"{_HERE}/test_images.py::test_a_numeric_user_is_no_name_of_the_image_cve_2016_3697"),
    Further("CVE-2022-36109, CVE-2022-2989, CVE-2022-2995 a group that can be laid down", "users", f"{_HERE}/test_images.py::test_a_program_is_in_its_own_group_cve_2022_36109"),
    Further("CVE-2021-41091 folders of containers that other users enter", "users", f"{_HERE}/test_mount_points.py::test_no_other_user_of_the_host_enters_a_containers_folder"),
)  # fmt: skip
