# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Everything comes from Debian packages; scripts/setup installs them. MLIR_DIR
# (or LLVM_DIR) names another LLVM. MaseConfig.cmake.in finds the same again for
# projects that link the libraries.
if(LLVM_DIR)
  get_filename_component(MASE_LLVM_HINT "${LLVM_DIR}/../mlir" ABSOLUTE)
endif()
find_package(MLIR 22.1 REQUIRED CONFIG HINTS ${MASE_LLVM_HINT} PATHS /usr/lib/llvm-22)
set(MLIR_BINARY_DIR "${CMAKE_BINARY_DIR}")
set(LLVM_RUNTIME_OUTPUT_INTDIR "${CMAKE_BINARY_DIR}/bin")
set(LLVM_LIBRARY_OUTPUT_INTDIR "${CMAKE_BINARY_DIR}/lib")
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_package(absl REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Protobuf REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
include(MaseImported)
