# SPDX-License-Identifier: GPL-2.0-or-later
# mprox_rules: what rules decide, for userspace. To be included.
if(NOT TARGET mprox_rules)
	set(rules_dir ${CMAKE_CURRENT_LIST_DIR})
	file(GLOB rules_sources CONFIGURE_DEPENDS ${rules_dir}/*.c)
	add_library(mprox_rules STATIC ${rules_sources})
	target_include_directories(mprox_rules PUBLIC ${rules_dir}/..
		${rules_dir}/../../uapi)
	set_target_properties(mprox_rules PROPERTIES
		C_STANDARD 11 C_EXTENSIONS ON POSITION_INDEPENDENT_CODE ON)
	target_compile_options(mprox_rules PRIVATE -Wall -Wextra -Werror)
endif()
