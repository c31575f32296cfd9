# find_package(Tfx): libraries Tfx::tfx (all) and Tfx::<folder> (one; where the tree was built with TFX_COMPONENTS, only
# those), and
#   tfx_add_pipeline(NAME source...)   a pipeline program that obeys the link rule
include(${CMAKE_CURRENT_LIST_DIR}/TfxComponents.cmake)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
include(${CMAKE_CURRENT_LIST_DIR}/TfxDependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/TfxTargets.cmake)

function(tfx_add_pipeline name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE Tfx::tfx Tfx::link_rule)
endfunction()
