# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(MASE_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize takes them")

add_library(mase_options INTERFACE)
target_include_directories(mase_options INTERFACE
  "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
# No contraction anywhere: every fma is written out (the numbers are the product).
target_compile_options(mase_options INTERFACE
  -Wall -Wextra -Werror -Wno-unused-parameter -ffp-contract=off -fno-math-errno
  $<$<CXX_COMPILER_ID:Clang>:-fcolor-diagnostics>)
if(MASE_SANITIZE)
  target_compile_options(mase_options INTERFACE -fsanitize=${MASE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined -fno-sanitize=vptr)
  target_link_options(mase_options INTERFACE -fsanitize=${MASE_SANITIZE})
endif()

# mase_add_library(Name source... [DEPENDS tablegen-target...] [LINK library...])
function(mase_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  # TEMPORARY: tolerate files that are still being written
  set(existing)
  foreach(f ${ARG_UNPARSED_ARGUMENTS})
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${f}")
      list(APPEND existing ${f})
    endif()
  endforeach()
  if(NOT existing)
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp" "")
    set(existing "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp")
  endif()
  add_library(${name} STATIC ${existing})
  target_link_libraries(${name} PUBLIC mase_options ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY MASE_LIBRARIES ${name})
endfunction()

# mase_add_tool(name source... LINK library...)
function(mase_add_tool name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE mase_options ${ARG_LINK})
endfunction()

# mase_add_unittest(name source... LINK library...): a GoogleTest binary that lit runs
function(mase_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE mase_options ${ARG_LINK} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/unittests")
  set_property(GLOBAL APPEND PROPERTY MASE_UNITTESTS ${name})
  add_test(NAME ${name} COMMAND ${name})
endfunction()
