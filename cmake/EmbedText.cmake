# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Text files as constants of a C++ header.
#
# mase_embed_text(HEADER NAMESPACE kName file... [kName file...]...) adds a rule
# that writes HEADER; each constant holds its files one after the other.
# Run with -P, this file is that rule.
function(mase_embed_text header namespace)
  set(files ${ARGN})
  list(FILTER files EXCLUDE REGEX "^k[A-Z][A-Za-z]*$")
  list(JOIN ARGN "|" contents)
  add_custom_command(OUTPUT "${header}"
    COMMAND "${CMAKE_COMMAND}" "-DHEADER=${header}" "-DNAMESPACE=${namespace}"
      "-DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}" "-DCONTENTS=${contents}"
      -P "${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake"
    COMMENT "Embedding text into ${header}" VERBATIM)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
  return()
endif()

set(text "// Made by cmake/EmbedText.cmake.\n#pragma once\n\nnamespace ${NAMESPACE} {\n")
string(REPLACE "|" ";" entries "${CONTENTS}")
set(open FALSE)
foreach(entry IN LISTS entries)
  if(entry MATCHES "^k[A-Z][A-Za-z]*$")
    if(open)
      string(APPEND text ";\n")
    endif()
    string(APPEND text "inline constexpr char ${entry}[] =")
    set(open TRUE)
    continue()
  endif()
  get_filename_component(file "${entry}" ABSOLUTE BASE_DIR "${SOURCE}")
  file(READ "${file}" rest)
  if(rest MATCHES "[)]mase\"")
    message(FATAL_ERROR "${entry}: text with )mase\" cannot be embedded")
  endif()
  # Pieces end with a line: compilers limit the length of one literal, and no
  # character may be cut in two.
  while(NOT rest STREQUAL "")
    string(LENGTH "${rest}" length)
    set(cut ${length})
    if(length GREATER 12000)
      string(SUBSTRING "${rest}" 0 12000 piece)
      string(FIND "${piece}" "\n" cut REVERSE)
      math(EXPR cut "${cut} + 1")
    endif()
    string(SUBSTRING "${rest}" 0 ${cut} piece)
    string(SUBSTRING "${rest}" ${cut} -1 rest)
    string(APPEND text "\n    R\"mase(${piece})mase\"")
  endwhile()
endforeach()
string(APPEND text ";\n} // namespace ${NAMESPACE}\n")
file(WRITE "${HEADER}" "${text}")
