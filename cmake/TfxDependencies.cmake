# Finds what tfx-cpp stands on and names it Tfx::<thing>. Used by the build and, installed, by find_package(Tfx).
#
# Arrow and TensorFlow come from the folders that `./dev deps` fills; who has them elsewhere sets
#   TFX_ARROW_DIR       folder with include/arrow/api.h and lib*/libarrow.so*
#   TFX_TENSORFLOW_DIR  folder with include/tensorflow/c/c_api.h and libtensorflow_cc.so.2
# as a CMake option or an environment variable.

set(_tfx_cache $ENV{TFX_DEPS_DIR})
if(NOT _tfx_cache)
  set(_tfx_cache $ENV{HOME}/.cache/tfx-cpp)
endif()
foreach(_dir ARROW:pyarrow-26.0.1 TENSORFLOW:tensorflow-2.21.0 SAMPLE_DATA:tfx-1.21.0)
  string(REPLACE ":" ";" _dir ${_dir})
  list(GET _dir 0 _name)
  list(GET _dir 1 _folder)
  set(_default ${_tfx_cache}/${_folder})
  if(DEFINED ENV{TFX_${_name}_DIR})
    set(_default $ENV{TFX_${_name}_DIR})
  endif()
  set(TFX_${_name}_DIR ${_default} CACHE PATH "Where ${_name} is")
endforeach()

if(NOT EXISTS ${TFX_ARROW_DIR}/include/arrow/api.h)
  message(FATAL_ERROR "Arrow C++ is not in ${TFX_ARROW_DIR}. Run ./dev deps, or set TFX_ARROW_DIR.")
endif()
if(NOT EXISTS ${TFX_TENSORFLOW_DIR}/include/tensorflow/c/c_api.h)
  message(FATAL_ERROR "TensorFlow is not in ${TFX_TENSORFLOW_DIR}. Run ./dev deps, or set TFX_TENSORFLOW_DIR.")
endif()

find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(ZLIB REQUIRED)

function(_tfx_interface name)
  add_library(Tfx::${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(Tfx::${name} INTERFACE ${ARGN})
endfunction()


# abseil, protobuf, gRPC: static, so that nothing of them is exported to TensorFlow and Arrow, which carry their own.
find_library(TFX_PROTOBUF libprotobuf.a REQUIRED)
get_filename_component(_tfx_lib_dir ${TFX_PROTOBUF} DIRECTORY)
file(GLOB _tfx_absl ${_tfx_lib_dir}/libabsl_*.a)
if(NOT _tfx_absl)
  message(FATAL_ERROR "abseil's static libraries are not in ${_tfx_lib_dir}. Run ./dev deps.")
endif()
list(JOIN _tfx_absl " " _tfx_absl)
_tfx_interface(absl "-Wl,--start-group ${_tfx_absl} -Wl,--end-group" Threads::Threads)
_tfx_interface(protobuf ${TFX_PROTOBUF} ZLIB::ZLIB Threads::Threads)
foreach(_lib grpc++ grpc gpr upb address_sorting re2 cares)
  find_library(TFX_LIB_${_lib} lib${_lib}.a REQUIRED)
  list(APPEND _tfx_grpc ${TFX_LIB_${_lib}})
endforeach()
list(JOIN _tfx_grpc " " _tfx_grpc)
find_library(TFX_GRPC_REFLECTION libgrpc++_reflection.a REQUIRED)
_tfx_interface(grpc "-Wl,--start-group ${_tfx_grpc} ${TFX_PROTOBUF} ${_tfx_absl} -Wl,--end-group" OpenSSL::SSL ZLIB::ZLIB
               Threads::Threads dl)
_tfx_interface(grpc_reflection ${TFX_GRPC_REFLECTION} Tfx::grpc)
find_library(TFX_HTTPLIB cpp-httplib REQUIRED)
_tfx_interface(httplib ${TFX_HTTPLIB} OpenSSL::SSL Threads::Threads)
# As Debian compiled it; its classes differ without.
target_compile_definitions(Tfx::httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)

foreach(_lib arrow arrow_compute parquet)
  file(GLOB _file ${TFX_ARROW_DIR}/lib*${_lib}.so* ${TFX_ARROW_DIR}/lib*/lib${_lib}.so*)
  list(FILTER _file INCLUDE REGEX "/lib${_lib}\\.so(\\.[0-9]+)*$")
  list(GET _file 0 _file)
  add_library(Tfx::${_lib} SHARED IMPORTED GLOBAL)
  set_target_properties(Tfx::${_lib} PROPERTIES IMPORTED_LOCATION ${_file})
  target_include_directories(Tfx::${_lib} SYSTEM INTERFACE ${TFX_ARROW_DIR}/include)
endforeach()
target_link_libraries(Tfx::arrow_compute INTERFACE Tfx::arrow)
target_link_libraries(Tfx::parquet INTERFACE Tfx::arrow)

# TensorFlow: headers of the C API only (found last, behind our own protobuf and abseil); the library is opened at run time.
add_library(Tfx::tensorflow_headers INTERFACE IMPORTED GLOBAL)
target_compile_options(Tfx::tensorflow_headers INTERFACE "SHELL:-idirafter ${TFX_TENSORFLOW_DIR}/include")
target_link_libraries(Tfx::tensorflow_headers INTERFACE dl)

foreach(_lib sqlite3:SQLITE3 farmhash:FARMHASH)
  string(REPLACE ":" ";" _lib ${_lib})
  list(GET _lib 0 _file)
  list(GET _lib 1 _name)
  find_library(TFX_${_name} lib${_file}.a REQUIRED)
  _tfx_interface(${_file} ${TFX_${_name}} Threads::Threads dl)
endforeach()
# Metadata's servers, each where it is installed: MariaDB's client is linked statically; PostgreSQL's is dynamic, for
# Debian's static one needs Kerberos and LDAP.
find_path(TFX_MARIADB_INCLUDE mysql.h PATH_SUFFIXES mariadb mysql)
find_library(TFX_MARIADB NAMES libmariadbclient.a libmariadb.a)
if(TFX_MARIADB_INCLUDE AND TFX_MARIADB)
  _tfx_interface(mariadb ${TFX_MARIADB} OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Threads::Threads dl)
  target_include_directories(Tfx::mariadb SYSTEM INTERFACE ${TFX_MARIADB_INCLUDE})
else()
  message(STATUS "metadata: no MariaDB client library (libmariadb-dev), so no MySQL stores")
endif()
find_path(TFX_POSTGRESQL_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql)
find_library(TFX_POSTGRESQL pq)
if(TFX_POSTGRESQL_INCLUDE AND TFX_POSTGRESQL)
  _tfx_interface(postgresql ${TFX_POSTGRESQL})
  target_include_directories(Tfx::postgresql SYSTEM INTERFACE ${TFX_POSTGRESQL_INCLUDE})
else()
  message(STATUS "metadata: no PostgreSQL client library (libpq-dev), so no PostgreSQL stores")
endif()

_tfx_interface(json nlohmann_json::nlohmann_json)
_tfx_interface(crypto OpenSSL::Crypto)
_tfx_interface(zlib ZLIB::ZLIB)
_tfx_interface(re2 ${TFX_LIB_re2} Threads::Threads)

# The link rule: nothing of our own protobuf, abseil, re2 is visible to the libraries that are opened later.
add_library(Tfx::link_rule INTERFACE IMPORTED GLOBAL)
target_link_options(Tfx::link_rule INTERFACE -Wl,--exclude-libs,ALL -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/hide.map)
find_program(TFX_MOLD mold)
if(TFX_MOLD)
  target_link_options(Tfx::link_rule INTERFACE -fuse-ld=mold)
endif()

if(TFX_BUILD_TESTS)
  find_package(GTest REQUIRED)
  _tfx_interface(gtest GTest::gmock GTest::gtest GTest::gtest_main)
endif()
if(TFX_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
  _tfx_interface(benchmark benchmark::benchmark benchmark::benchmark_main)
endif()
