# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(MASE_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize takes them")
option(MASE_WERROR "warnings are errors (the presets of developers turn it on)" OFF)

# What includes our headers needs, here and in other projects. No contraction:
# every fma is written out (the numbers are the product), and functions of
# Numerics are compiled by those who call them.
add_library(MaseHeaders INTERFACE)
target_include_directories(MaseHeaders INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
  "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>")
target_compile_features(MaseHeaders INTERFACE cxx_std_20)
target_compile_options(MaseHeaders INTERFACE
  $<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off>)

# How the project itself is compiled; nobody who links it is asked to. No
# exceptions, as in LLVM: nothing throws, and cleaning up takes a tenth of the
# time to compile. Run-time types stay, for classes of others that derive from ours.
function(mase_compile_options target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra $<$<BOOL:${MASE_WERROR}>:-Werror> -Wno-unused-parameter -fno-math-errno
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
    $<$<CXX_COMPILER_ID:Clang>:-fcolor-diagnostics>)
  if(MASE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${MASE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined -fno-sanitize=vptr)
    # Archives with sanitized code need the sanitizer wherever they are linked.
    target_link_options(${target} PUBLIC -fsanitize=${MASE_SANITIZE})
  endif()
endfunction()

# mase_precompiled(Name headers... LINK library...): what files spend most of
# their compile time on, compiled once. Worth a place: what costs .1 s in ten files,
# as clang's -ftime-trace tells, and seldom changes.
function(mase_precompiled name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp")
  target_link_libraries(${name} PUBLIC MaseHeaders ${ARG_LINK})
  mase_compile_options(${name})
  # The headers of the dialects are among those.
  add_dependencies(${name} MaseTableGen MaseConversionTableGen)
  target_precompile_headers(${name} PRIVATE ${ARG_UNPARSED_ARGUMENTS})
  # With ccache in front, the time of the precompiled header must not count.
  target_compile_options(${name} PRIVATE
    $<$<CXX_COMPILER_ID:Clang>:-Xclang> $<$<CXX_COMPILER_ID:Clang>:-fno-pch-timestamp>)
endfunction()

set(MASE_PLAIN_HEADERS
  <algorithm> <chrono> <cmath> <functional> <map> <memory> <optional> <random> <string>
  <unordered_map> <unordered_set> <variant> <vector>
  <absl/container/flat_hash_set.h> <absl/status/statusor.h> <absl/strings/str_cat.h>
  <absl/types/span.h> <llvm/ADT/STLExtras.h> <llvm/ADT/StringExtras.h>
  <llvm/ADT/StringSet.h> <llvm/Support/FileSystem.h> <llvm/Support/FormatVariadic.h>
  <llvm/Support/JSON.h> <llvm/Support/raw_ostream.h> <mase/Config/QuantizeConfig.h>)
set(MASE_PLAIN_LIBRARIES mase_llvm mase_abseil)
set(MASE_MLIR_HEADERS ${MASE_PLAIN_HEADERS}
  <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/Linalg/IR/Linalg.h> <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/Math/IR/Math.h> <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/IR/Builders.h> <mlir/IR/BuiltinOps.h> <mlir/IR/PatternMatch.h>
  <mlir/Parser/Parser.h> <mlir/Pass/Pass.h> <mlir/Transforms/DialectConversion.h>
  <mase/Dialect/Mase/IR/Mase.h> <mase/Dialect/MaseKernel/IR/MaseKernel.h>
  <onnx/onnx_pb.h>)
set(MASE_MLIR_LIBRARIES mase_mlir mase_onnx_proto ${MASE_PLAIN_LIBRARIES})
mase_precompiled(MasePrecompiled ${MASE_MLIR_HEADERS} LINK ${MASE_MLIR_LIBRARIES})
# Rooms without MLIR.
mase_precompiled(MasePrecompiledPlain ${MASE_PLAIN_HEADERS} LINK ${MASE_PLAIN_LIBRARIES})

# Precompiled headers for `target`, which links `libraries`: MasePrecompiled`kind`,
# for MLIR, if one of them is a room that knows MLIR, else MasePrecompiledPlain`kind`
# where one uses LLVM or Abseil.
function(mase_precompile target libraries kind)
  if("${libraries}" MATCHES "mase_mlir|MaseAnalysis|MaseDialect|MaseEvaluateIR|MaseExport|MaseKernelDialect|MaseTransforms|MaseExecution|MaseTo|MaseImport|MaseInitAll|MaseRunMain|MaseTuning|MaseReport")
    target_precompile_headers(${target} REUSE_FROM MasePrecompiled${kind})
  elseif("${libraries}" MATCHES "mase_llvm|MaseSupport|MaseNumerics|MaseMetrics|MaseEvaluate|MaseSearch|MaseData|MaseConfig|MaseCalibrate")
    target_precompile_headers(${target} REUSE_FROM MasePrecompiledPlain${kind})
  endif()
endfunction()

# mase_add_library(Name source... [DEPENDS tablegen-target...] [LINK library...])
function(mase_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC MaseHeaders ${ARG_LINK})
  mase_compile_options(${name})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  mase_precompile(${name} "${ARG_LINK}" "")
  set_property(GLOBAL APPEND PROPERTY MASE_LIBRARIES ${name})
endfunction()

# mase_add_tool(name source... LINK library...)
function(mase_add_tool name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE MaseHeaders ${ARG_LINK})
  mase_compile_options(${name})
  mase_precompile(${name} "${ARG_LINK}" "")
endfunction()

# Not optimised: half of the time that tests take to compile. The libraries
# that they call are.
function(mase_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O0>)
endfunction()

# mase_add_unittest(name source... [OPTIMIZED] LINK library...): a GoogleTest
# binary that lit runs; OPTIMIZED if it computes much by itself.
function(mase_add_unittest name)
  cmake_parse_arguments(ARG "OPTIMIZED" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE MaseHeaders ${ARG_LINK} GTest::gtest GTest::gtest_main)
  mase_compile_options(${name})
  if(ARG_OPTIMIZED)
    mase_precompile(${name} "${ARG_LINK}" "")
  else()
    mase_precompile(${name} "${ARG_LINK}" Test)
    mase_compile_quickly(${name})
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/unittests")
  set_property(GLOBAL APPEND PROPERTY MASE_UNITTESTS ${name})
  add_test(NAME ${name} COMMAND ${name})
endfunction()

# mase_add_kernels(library source): compiles `source` once per instruction set
# into `library`, with MASE_KERNELS defined as the namespace of that build (an
# InstructionSet's name), always optimised: these loops are what a search
# spends its time in.
function(mase_add_kernels library source)
  set(sets generic)
  set(generic_flags)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(APPEND sets avx2 avx512 avx512vnni)
    set(avx2_flags -mavx2 -mfma -mpopcnt)
    set(avx512_flags ${avx2_flags} -mavx512f -mavx512dq -mavx512bw -mavx512vl
                     -mprefer-vector-width=512)
    set(avx512vnni_flags ${avx512_flags} -mavx512vnni)
  endif()
  foreach(set IN LISTS sets)
    set(object ${library}_${set})
    add_library(${object} OBJECT ${source})
    target_link_libraries(${object} PRIVATE MaseHeaders)
    mase_compile_options(${object})
    target_compile_definitions(${object} PRIVATE MASE_KERNELS=${set})
    target_compile_options(${object} PRIVATE
      -O3 -fno-trapping-math ${${set}_flags})
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${object}>)
  endforeach()
endfunction()
