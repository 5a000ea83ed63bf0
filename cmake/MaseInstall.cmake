# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` copies: tools and plugin, libraries and headers with the
# CMake package Mase, and the examples with the jets that the tools evaluate on
# by default. Commands of README.md work in share/mase-opt as they do in the
# source tree. The build tree is such a package, too (lib/cmake/Mase in it).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Tools and the plugin. MLIR's library is not where the loader looks by itself.
set(programs mase-lsp-server mase-opt mase-run mase-translate)
set_target_properties(${programs} MasePlugin PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS ${programs} MasePlugin
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")

# Libraries: MaseInitAll is Mase::InitAll elsewhere.
get_property(libraries GLOBAL PROPERTY MASE_LIBRARIES)
foreach(library IN ITEMS MaseHeaders LISTS libraries)
  string(REGEX REPLACE "^Mase" "" name "${library}")
  set_target_properties(${library} PROPERTIES EXPORT_NAME "${name}")
  add_library("Mase::${name}" ALIAS ${library})
endforeach()
install(TARGETS MaseHeaders ${libraries} EXPORT MaseTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

# Headers where the source has them; .td files as they include each other.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" "${PROJECT_BINARY_DIR}/include/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.cuh" PATTERN "*.h.inc")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/dialects/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.td")

# The package, installed and of the build tree.
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/Mase")
set(built "${PROJECT_BINARY_DIR}/lib/cmake/Mase")
install(EXPORT MaseTargets NAMESPACE Mase:: DESTINATION "${package}")
export(EXPORT MaseTargets NAMESPACE Mase:: FILE "${built}/MaseTargets.cmake")
write_basic_package_version_file("${built}/MaseConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
set(MASE_INCLUDE_DIRS "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
set(MASE_PLUGIN "${CMAKE_INSTALL_FULL_LIBDIR}/MasePlugin.so")
configure_package_config_file(cmake/MaseConfig.cmake.in
  "${PROJECT_BINARY_DIR}/CMakeFiles/installed/MaseConfig.cmake" INSTALL_DESTINATION "${package}"
  PATH_VARS MASE_INCLUDE_DIRS MASE_PLUGIN)
install(
  FILES "${PROJECT_BINARY_DIR}/CMakeFiles/installed/MaseConfig.cmake" "${built}/MaseConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/MaseImported.cmake"
  DESTINATION "${package}")
# In the build tree nothing is relative.
set(PACKAGE_INIT "")
set(PACKAGE_MASE_INCLUDE_DIRS
  "${PROJECT_SOURCE_DIR}/include;${PROJECT_BINARY_DIR}/include;${PROJECT_SOURCE_DIR}/dialects")
set(PACKAGE_MASE_PLUGIN "${PROJECT_BINARY_DIR}/lib/MasePlugin.so")
configure_file(cmake/MaseConfig.cmake.in "${built}/MaseConfig.cmake" @ONLY)
configure_file(cmake/MaseImported.cmake "${built}/MaseImported.cmake" COPYONLY)

set(data "${CMAKE_INSTALL_DATADIR}/mase-opt")
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/examples"
  DESTINATION "${data}"
  PATTERN "__pycache__" EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/mase-opt")
