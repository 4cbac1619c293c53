# SPDX-License-Identifier: GPL-2.0-or-later
# mprox_proto: the wire protocols for userspace. To be included.
if(NOT TARGET mprox_proto)
	set(proto_dir ${CMAKE_CURRENT_LIST_DIR})
	file(GLOB proto_sources CONFIGURE_DEPENDS ${proto_dir}/*.c)
	add_library(mprox_proto STATIC ${proto_sources})
	target_include_directories(mprox_proto PUBLIC ${proto_dir})
	set_target_properties(mprox_proto PROPERTIES
		C_STANDARD 11 C_EXTENSIONS ON POSITION_INDEPENDENT_CODE ON)
	target_compile_options(mprox_proto PRIVATE -Wall -Wextra -Werror)
endif()
