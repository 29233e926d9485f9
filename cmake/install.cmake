include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(cleave_config_dir "${CMAKE_INSTALL_DATADIR}/cmake/cleave")

install(TARGETS cleave EXPORT cleave
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILE_SET machine DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS cleave_tcp EXPORT cleave-tcp FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT cleave FILE cleave-targets.cmake NAMESPACE cleave:: DESTINATION "${cleave_config_dir}")
install(EXPORT cleave-tcp FILE cleave-tcp-targets.cmake NAMESPACE cleave:: DESTINATION "${cleave_config_dir}")

configure_package_config_file(cmake/cleave-config.cmake.in "${PROJECT_BINARY_DIR}/cleave-config.cmake"
  INSTALL_DESTINATION "${cleave_config_dir}")
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cleave-config-version.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  "${PROJECT_BINARY_DIR}/cleave-config.cmake"
  "${PROJECT_BINARY_DIR}/cleave-config-version.cmake"
  cmake/Findasio.cmake
  cmake/cleave_add_model.cmake
  DESTINATION "${cleave_config_dir}")
