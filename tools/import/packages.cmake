# Sets cleave_import_possible where everything is there that cleave-import is built with.
find_path(ONNX_INCLUDE_DIR NAMES onnx/onnx_pb.h)
find_library(ONNX_PROTO_LIBRARY NAMES onnx_proto)
find_path(CLI11_INCLUDE_DIR NAMES CLI/CLI.hpp)
find_package(Protobuf QUIET)
mark_as_advanced(ONNX_INCLUDE_DIR ONNX_PROTO_LIBRARY CLI11_INCLUDE_DIR)
if(ONNX_INCLUDE_DIR AND ONNX_PROTO_LIBRARY AND CLI11_INCLUDE_DIR AND Protobuf_FOUND AND NOT CMAKE_CROSSCOMPILING
    AND NOT CLEAVE_SANITIZE)  # the distribution's protobuf is not built with sanitizers, which misread what it shares
  set(cleave_import_possible TRUE)
else()
  set(cleave_import_possible FALSE)
endif()
