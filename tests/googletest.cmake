# SPDX-License-Identifier: GPL-2.0-or-later
# What the programs that use GoogleTest share. Most of the time of a build from zero
# went into reading its headers and into optimizing what its macros stand for.
find_package(GTest REQUIRED)
include(GoogleTest)

# googletest(TARGET PREFIX): the tests of this executable, as ctest is to name them
function(googletest target prefix)
	set_target_properties(${target} PROPERTIES
		CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
	target_compile_options(${target} PRIVATE -O0)
	target_precompile_headers(${target} PRIVATE
		"$<$<COMPILE_LANGUAGE:CXX>:<gtest/gtest.h$<ANGLE-R>>"
		"$<$<COMPILE_LANGUAGE:CXX>:<string$<ANGLE-R>>"
		"$<$<COMPILE_LANGUAGE:CXX>:<vector$<ANGLE-R>>")
	target_link_libraries(${target} PRIVATE GTest::gtest GTest::gtest_main)
	gtest_discover_tests(${target} TEST_PREFIX "${prefix}")
endfunction()
