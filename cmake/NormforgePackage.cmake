# What `cmake --install` puts down: libraries, headers, the command line with its compiler, and the files by which
# find_package(normforge) and pkg-config find them.
include(CMakePackageConfigHelpers)

install(TARGETS normforge_static normforge_shared EXPORT normforge)
# bin/normforge looks for it in ../lib/normforge, whatever CMAKE_INSTALL_LIBDIR is.
install(FILES ${PROJECT_BINARY_DIR}/lib/normforge/libdefault.so DESTINATION lib/normforge)
install(DIRECTORY include/normforge DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h PATTERN *.hpp)
install(EXPORT normforge NAMESPACE normforge:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/normforge FILE normforgeTargets.cmake)

configure_package_config_file(cmake/normforgeConfig.cmake.in normforgeConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/normforge PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(normforgeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(cmake/normforge.pc.in normforge.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/normforgeConfig.cmake ${PROJECT_BINARY_DIR}/normforgeConfigVersion.cmake
  cmake/normforgeAddKernels.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/normforge)
install(FILES ${PROJECT_BINARY_DIR}/normforge.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
