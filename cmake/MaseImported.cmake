# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the libraries link besides each other, as targets: for the project, and,
# installed beside MaseConfig.cmake, for those who link the libraries. They are
# found again there, on the machine where that is.
if(TARGET mase_mlir)
  return()
endif()
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(RE2 REQUIRED re2)

add_library(mase_onnx_proto INTERFACE IMPORTED)
target_compile_definitions(mase_onnx_proto INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
target_link_libraries(mase_onnx_proto INTERFACE onnx_proto protobuf::libprotobuf)

# Its package asks for -pthread, which the precompiled headers don't have.
add_library(mase_re2 INTERFACE IMPORTED)
target_include_directories(mase_re2 SYSTEM INTERFACE ${RE2_INCLUDE_DIRS})
target_link_libraries(mase_re2 INTERFACE ${RE2_LINK_LIBRARIES})

add_library(mase_hdf5 INTERFACE IMPORTED)
target_include_directories(mase_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(mase_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

# The dylibs: static LLVM would cost minutes of linking, and a plugin must not
# bring a second copy into a tool.
separate_arguments(MASE_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_library(mase_mlir INTERFACE IMPORTED)
target_include_directories(mase_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_definitions(mase_mlir INTERFACE ${MASE_LLVM_DEFINITIONS})
target_link_libraries(mase_mlir INTERFACE MLIR LLVM)
# First in the line, before HDF5's and Abseil's eighty libraries: the dynamic
# linker then finds their 60,000 symbols at the first places where it looks, and
# tools start in two thirds of the time.
target_link_options(mase_mlir INTERFACE
  "$<TARGET_FILE:MLIR>" "$<TARGET_FILE:LLVM>" -lstdc++ -lm -lgcc_s -lc)

# LLVM's support library alone (JSON, streams, command lines) for rooms that know no MLIR.
add_library(mase_llvm INTERFACE IMPORTED)
target_include_directories(mase_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(mase_llvm INTERFACE ${MASE_LLVM_DEFINITIONS})
target_link_libraries(mase_llvm INTERFACE LLVM)
