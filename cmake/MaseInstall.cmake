# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` copies: the tools, the headers that generated code
# includes, and the examples with the jets that the tools evaluate on by default.
# Commands of README.md work in share/mase-opt as they do in the source tree.
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
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/examples"
  DESTINATION "${data}"
  PATTERN "__pycache__" EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/mase-opt")
