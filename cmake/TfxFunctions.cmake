# Declares the project's targets in one line per folder.
#
#   tfx_library(NAME [DEPS target...] [TEST_DEPS target...] [PUBLIC_DEFINITIONS ...])
#     Static library Tfx::NAME from every *.cc of the folder, save *_main.cc; beside it, one test program from its
#     *_test.cc and one benchmark program from its *_bench.cc.
#   tfx_grpc_suites(NAME FILTER)
#     Which suites of a folder's test program run gRPC (a googletest filter).
#   tfx_binary(NAME SOURCES file... [DEPS target...])
#     An executable under build/bin that obeys the link rule (HACKING.md, "One link rule").

add_library(tfx_compile_rule INTERFACE)
target_compile_options(tfx_compile_rule INTERFACE -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-restrict
                                                  -Wno-maybe-uninitialized -Wno-deprecated-declarations
                                                  $<$<BOOL:${TFX_WERROR}>:-Werror>)
target_include_directories(tfx_compile_rule INTERFACE ${CMAKE_SOURCE_DIR})
if(TFX_SANITIZE STREQUAL "address")
  set(_tfx_sanitize_flags -O1 -g1 -fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer)
elseif(TFX_SANITIZE STREQUAL "thread")
  # The headers of Debian's protobuf and abseil lay out classes otherwise where they see this macro (protobuf's map fields
  # are larger), and their libraries were built without it. libstdc++'s inline code must still know.
  set(_tfx_sanitize_flags -O1 -g1 -fsanitize=thread -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
elseif(TFX_SANITIZE)
  message(FATAL_ERROR "TFX_SANITIZE is '${TFX_SANITIZE}'; it must be address, thread or empty")
endif()
if(TFX_SANITIZE)
  # In everything, generated code too: containers that cross a boundary must agree on their annotations.
  add_compile_options(${_tfx_sanitize_flags} -Wno-error=tsan)
  add_link_options(${_tfx_sanitize_flags})
endif()

if(TFX_BUILD_FUZZERS)
  # The callbacks are the fuzzers' own, and AddressSanitizer's, which do nothing, in every other program.
  if(NOT TFX_SANITIZE STREQUAL "address")
    message(FATAL_ERROR "TFX_BUILD_FUZZERS needs TFX_SANITIZE=address")
  endif()
  target_compile_options(tfx_compile_rule INTERFACE -fsanitize-coverage=trace-cmp)
endif()

# ThreadSanitizer: with `suppress_equal_addresses` it searches all addresses of races it has suppressed, and TensorFlow's
# are many (cmake/tsan.supp): the search would take nearly all of a test's time.
function(_tfx_test_environment test)
  set_property(TEST ${test} PROPERTY ENVIRONMENT
    "TFX_SAMPLE_DATA_DIR=${TFX_SAMPLE_DATA_DIR}" "TFX_TENSORFLOW_DIR=${TFX_TENSORFLOW_DIR}"
    "TFX_GOLDEN_DIR=${CMAKE_SOURCE_DIR}/../shared/golden" "TFX_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "TFX_BINARY_DIR=${CMAKE_BINARY_DIR}" "TF_CPP_MIN_LOG_LEVEL=2"
    "ASAN_OPTIONS=detect_leaks=1"
    "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/lsan.supp"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
    "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp:halt_on_error=1:history_size=7:suppress_equal_addresses=0")
endfunction()

function(tfx_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tfx_compile_rule ${ARG_DEPS} Tfx::link_rule)
endfunction()

# Of the test program NAME, suites that run gRPC in their own process: ThreadSanitizer leaves them out. gRPC is linked
# statically and not instrumented, so it sees races in what gRPC synchronises and no module to suppress them by.
function(tfx_grpc_suites name filter)
  if(TFX_SANITIZE STREQUAL "thread" AND TEST ${name})
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "GTEST_FILTER=-${filter}")
  endif()
endfunction()

function(tfx_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  file(GLOB headers CONFIGURE_DEPENDS *.h)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
  file(GLOB benchmarks CONFIGURE_DEPENDS *_bench.cc)
  file(GLOB mains CONFIGURE_DEPENDS *_main.cc)
  list(REMOVE_ITEM sources ${tests} ${benchmarks} ${mains} "")
  if(sources)
    add_library(tfx_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(tfx_${name} PRIVATE $<BUILD_INTERFACE:tfx_compile_rule>)
  else()
    add_library(tfx_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(Tfx::${name} ALIAS tfx_${name})
  set_target_properties(tfx_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(tfx_${name} ${scope} $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
  target_link_libraries(tfx_${name} ${scope} ${ARG_DEPS})
  install(TARGETS tfx_${name} EXPORT TfxTargets)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  install(FILES ${headers} DESTINATION include/${folder})
  if(TFX_BUILD_TESTS AND tests)
    tfx_binary(tfx_${name}_test SOURCES ${tests} DEPS tfx_${name} Tfx::gtest ${ARG_TEST_DEPS})
    set_target_properties(tfx_${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
    add_test(NAME ${name} COMMAND tfx_${name}_test)
    _tfx_test_environment(${name})
  endif()
  if(TFX_BUILD_BENCHMARKS AND benchmarks)
    tfx_binary(tfx_${name}_bench SOURCES ${benchmarks} DEPS tfx_${name} Tfx::benchmark ${ARG_TEST_DEPS})
    set_target_properties(tfx_${name}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  endif()
endfunction()
