# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` copies: the tools, the jets that they evaluate on by
# default, and the headers that generated code includes.
include(GNUInstallDirs)

foreach(tool mase-opt mase-translate mase-run)
  if(TARGET ${tool})
    # MLIR's library is not where the loader looks by itself.
    set_target_properties(${tool} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    install(TARGETS ${tool} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

install(
  DIRECTORY
    "${PROJECT_SOURCE_DIR}/include/mase/Numerics"
    "${PROJECT_SOURCE_DIR}/include/mase/Runtime"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/mase"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.cuh")

set(data "${CMAKE_INSTALL_DATADIR}/mase-opt")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples/jsc/data/" DESTINATION "${data}")
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/examples/"
  DESTINATION "${data}/examples"
  FILES_MATCHING PATTERN "*.onnx" PATTERN "*.toml" PATTERN "README.md"
  PATTERN "data" EXCLUDE PATTERN "__pycache__" EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/mase-opt")
