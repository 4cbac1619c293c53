# SPDX-License-Identifier: GPL-2.0-or-later
# The pure code of kmod/ for userspace, a library for each folder: mprox_proto, the wire
# protocols; mprox_rules, what rules decide. To be included.
foreach(folder proto rules)
	if(TARGET mprox_${folder})
		continue()
	endif()
	file(GLOB freestanding_sources CONFIGURE_DEPENDS
		${CMAKE_CURRENT_LIST_DIR}/${folder}/*.c)
	add_library(mprox_${folder} STATIC ${freestanding_sources})
	target_include_directories(mprox_${folder}
		PUBLIC ${CMAKE_CURRENT_LIST_DIR}/${folder})
	set_target_properties(mprox_${folder} PROPERTIES
		C_STANDARD 11 C_EXTENSIONS ON POSITION_INDEPENDENT_CODE ON)
	target_compile_options(mprox_${folder} PRIVATE -Wall -Wextra -Werror)
endforeach()
# The contract with userspace, whose rules they are.
target_include_directories(mprox_rules PUBLIC ${CMAKE_CURRENT_LIST_DIR}/../uapi)
