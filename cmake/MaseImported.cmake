# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the libraries link besides each other, as targets: for the project, and,
# installed beside MaseConfig.cmake, for those who link the libraries. They are
# found again there, on the machine where that is.
if(TARGET mase_mlir)
  return()
endif()
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(RE2 REQUIRED re2)

# Whoever links is a program, which starts sooner with archives. Shared objects
# cannot take them: they are not made for that.
set(MASE_IN_PROGRAM "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>")

# Programs would look for Abseil's forty libraries, map and search them one by
# one, a tenth of the time that a tool takes to start.
set(MASE_ABSEIL_SHARED absl::cord absl::flat_hash_map absl::flat_hash_set absl::hash
  absl::span absl::status absl::statusor absl::strings)
get_target_property(MASE_ABSEIL_CONFIG absl::strings IMPORTED_CONFIGURATIONS)
get_target_property(MASE_ABSEIL_FILE absl::strings IMPORTED_LOCATION_${MASE_ABSEIL_CONFIG})
get_filename_component(MASE_ABSEIL_FOLDER "${MASE_ABSEIL_FILE}" DIRECTORY)
file(GLOB MASE_ABSEIL_ARCHIVES "${MASE_ABSEIL_FOLDER}/libabsl_*.a")
set(MASE_ABSEIL_STATIC ${MASE_ABSEIL_SHARED})
if(MASE_ABSEIL_ARCHIVES)
  list(JOIN MASE_ABSEIL_ARCHIVES "," MASE_ABSEIL_STATIC)
  set(MASE_ABSEIL_STATIC "$<LINK_GROUP:RESCAN,${MASE_ABSEIL_STATIC}>")
endif()
add_library(mase_abseil INTERFACE IMPORTED)
target_link_libraries(mase_abseil INTERFACE
  "$<IF:${MASE_IN_PROGRAM},${MASE_ABSEIL_STATIC},${MASE_ABSEIL_SHARED}>")

add_library(mase_onnx_proto INTERFACE IMPORTED)
target_compile_definitions(mase_onnx_proto INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
target_link_libraries(mase_onnx_proto INTERFACE onnx_proto protobuf::libprotobuf)

# Its package asks for -pthread, which the precompiled headers don't have.
add_library(mase_re2 INTERFACE IMPORTED)
target_include_directories(mase_re2 SYSTEM INTERFACE ${RE2_INCLUDE_DIRS})
target_link_libraries(mase_re2 INTERFACE ${RE2_LINK_LIBRARIES})

# The archive of HDF5 goes without what its driver for files on the network needs:
# that is libcurl with thirty others, an eighth of the time that a tool takes to
# start, and nothing here opens such files.
list(GET HDF5_C_LIBRARIES 0 MASE_HDF5_SHARED)
get_filename_component(MASE_HDF5_FOLDER "${MASE_HDF5_SHARED}" DIRECTORY)
find_library(MASE_HDF5_ARCHIVE libhdf5.a PATHS "${MASE_HDF5_FOLDER}" NO_DEFAULT_PATH)
set(MASE_HDF5_STATIC ${HDF5_C_LIBRARIES})
if(MASE_HDF5_ARCHIVE)
  list(REMOVE_AT MASE_HDF5_STATIC 0)
  list(FILTER MASE_HDF5_STATIC EXCLUDE REGEX "lib(curl|crypto)\\.")
  list(PREPEND MASE_HDF5_STATIC "${MASE_HDF5_ARCHIVE}")
endif()
add_library(mase_hdf5 INTERFACE IMPORTED)
target_include_directories(mase_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(mase_hdf5 INTERFACE
  "$<IF:${MASE_IN_PROGRAM},${MASE_HDF5_STATIC},${HDF5_C_LIBRARIES}>")

# The dylibs: static LLVM would cost minutes of linking, and a plugin must not
# bring a second copy into a tool.
separate_arguments(MASE_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_library(mase_mlir INTERFACE IMPORTED)
target_include_directories(mase_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_definitions(mase_mlir INTERFACE ${MASE_LLVM_DEFINITIONS})
target_link_libraries(mase_mlir INTERFACE MLIR LLVM)
# First in the line, before Abseil's and ONNX's sixty libraries: the dynamic
# linker then finds their 60,000 symbols at the first places where it looks, and
# tools start in two thirds of the time.
target_link_options(mase_mlir INTERFACE
  "$<TARGET_FILE:MLIR>" "$<TARGET_FILE:LLVM>" -lstdc++ -lm -lgcc_s -lc)

# LLVM's support library alone (JSON, streams, command lines) for rooms that know no MLIR.
add_library(mase_llvm INTERFACE IMPORTED)
target_include_directories(mase_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(mase_llvm INTERFACE ${MASE_LLVM_DEFINITIONS})
target_link_libraries(mase_llvm INTERFACE LLVM)
