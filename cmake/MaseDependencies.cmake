# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Everything comes from Debian packages; scripts/setup installs them.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
find_package(MLIR 22.1 REQUIRED CONFIG)
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
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(RE2 REQUIRED re2)
find_package(Threads REQUIRED)

add_library(mase_onnx_proto INTERFACE)
target_compile_definitions(mase_onnx_proto INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
target_link_libraries(mase_onnx_proto INTERFACE onnx_proto protobuf::libprotobuf)

# Its package asks for -pthread, which the precompiled headers don't have.
add_library(mase_re2 INTERFACE)
target_include_directories(mase_re2 SYSTEM INTERFACE ${RE2_INCLUDE_DIRS})
target_link_libraries(mase_re2 INTERFACE ${RE2_LINK_LIBRARIES})

add_library(mase_hdf5 INTERFACE)
target_include_directories(mase_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(mase_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

# The dylibs: static LLVM would cost minutes of linking.
add_library(mase_mlir INTERFACE)
target_include_directories(mase_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
separate_arguments(MASE_LLVM_DEFINITIONS NATIVE_COMMAND ${LLVM_DEFINITIONS})
target_compile_definitions(mase_mlir INTERFACE ${MASE_LLVM_DEFINITIONS})
target_link_libraries(mase_mlir INTERFACE MLIR LLVM)

# LLVM's support library alone (JSON, streams, command lines) for rooms that know no MLIR.
add_library(mase_llvm INTERFACE)
target_include_directories(mase_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(mase_llvm INTERFACE ${MASE_LLVM_DEFINITIONS})
target_link_libraries(mase_llvm INTERFACE LLVM)
