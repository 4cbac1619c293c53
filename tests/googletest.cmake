# SPDX-License-Identifier: GPL-2.0-or-later
# What the programs that use GoogleTest share. Most of the time of a build from zero
# went into reading its headers and into optimizing what its macros stand for.
find_package(GTest REQUIRED)
include(GoogleTest)

if(NOT TARGET googletest_headers)
	file(WRITE ${CMAKE_BINARY_DIR}/googletest_headers.cpp "")
	add_library(googletest_headers OBJECT ${CMAKE_BINARY_DIR}/googletest_headers.cpp)
	set_target_properties(googletest_headers PROPERTIES
		CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
	target_compile_options(googletest_headers PRIVATE -O0)
	target_link_libraries(googletest_headers PRIVATE GTest::gtest)
	target_precompile_headers(googletest_headers PRIVATE <gtest/gtest.h> <string>
		<vector>)
endif()

# googletest(TARGET PREFIX): the tests of this executable, as ctest is to name them
function(googletest target prefix)
	set_target_properties(${target} PROPERTIES
		CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
	target_compile_options(${target} PRIVATE -O0)
	target_precompile_headers(${target} REUSE_FROM googletest_headers)
	target_link_libraries(${target} PRIVATE GTest::gtest GTest::gtest_main)
	gtest_discover_tests(${target} TEST_PREFIX "${prefix}")
endfunction()
