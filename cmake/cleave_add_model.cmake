# cleave_add_model(<target> ONNX <file> NAME <name>
#                  [EMBED] [SHAPE <symbol>=<size>...] [CHECK <data>...] [VECTOR] [CUT <cut> HALF device|remote])
#
# Imports a model when the target is built, and again when the model changes. The target can include <name.hpp>, which
# has the graph, and finds the weights in the file that the macro <NAME>_WEIGHTS_FILE names (in capitals). With EMBED the
# weights are part of the program instead: <name_weights.hpp> declares them; the project must have the language ASM.
# CHECK compares the network with data, as cleave-import does; the build fails where it differs. VECTOR puts the first
# sample of that data into <name_vector.hpp>, for a self-test on the target.
#
# The program cleave-import is that of this project's build (CLEAVE_BUILD_TOOLS), or the installed one; a cross build
# names one of the host with CLEAVE_IMPORT_PROGRAM.
include_guard(GLOBAL)
set(cleave_add_model_prefix "${CMAKE_CURRENT_LIST_DIR}")

function(cleave_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EMBED;VECTOR" "ONNX;NAME;CUT;HALF" "SHAPE;CHECK")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_ONNX OR NOT arg_NAME)
    message(FATAL_ERROR "cleave_add_model(<target> ONNX <file> NAME <name> [EMBED] [SHAPE ...] [CHECK ... [VECTOR]] "
      "[CUT ... HALF ...])")
  endif()
  if(arg_VECTOR AND NOT arg_CHECK)
    message(FATAL_ERROR "cleave_add_model(... VECTOR) needs CHECK, which has the sample")
  endif()
  if(CLEAVE_IMPORT_PROGRAM)
    set(program "${CLEAVE_IMPORT_PROGRAM}")
    set(made_from "${program}")
  elseif(TARGET cleave-import AND NOT CMAKE_CROSSCOMPILING)
    set(program "$<TARGET_FILE:cleave-import>")
    set(made_from cleave-import)
  else()
    find_program(CLEAVE_IMPORT_PROGRAM cleave-import HINTS "${cleave_add_model_prefix}/../../../bin" NO_CMAKE_FIND_ROOT_PATH)
    if(NOT CLEAVE_IMPORT_PROGRAM)
      message(FATAL_ERROR "cleave_add_model needs the program cleave-import: install cleave where its packages are "
        "(libonnx-dev, libprotobuf-dev, protobuf-compiler, libcli11-dev), or set CLEAVE_BUILD_TOOLS where cleave is part of "
        "this project, or set CLEAVE_IMPORT_PROGRAM to it")
    endif()
    set(program "${CLEAVE_IMPORT_PROGRAM}")
    set(made_from "${program}")
  endif()

  get_filename_component(model "${arg_ONNX}" ABSOLUTE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/cleave_models/${target}/${arg_NAME}")
  set(made "${folder}/${arg_NAME}.hpp" "${folder}/${arg_NAME}.weights")
  set(options --quiet)
  foreach(shape IN LISTS arg_SHAPE)
    list(APPEND options --shape "${shape}")
  endforeach()
  set(read "${model}")
  foreach(data IN LISTS arg_CHECK)
    get_filename_component(data "${data}" ABSOLUTE)
    list(APPEND options --check "${data}")
    if(NOT IS_DIRECTORY "${data}")
      list(APPEND read "${data}")
    endif()
  endforeach()
  if(arg_VECTOR)
    list(APPEND options --vector)
    list(APPEND made "${folder}/${arg_NAME}_vector.hpp")
  endif()
  if(arg_CUT)
    list(APPEND options --cut "${arg_CUT}" --half "${arg_HALF}")
  endif()
  if(arg_EMBED)
    list(APPEND options --embed)
    list(APPEND made "${folder}/${arg_NAME}_weights.hpp" "${folder}/${arg_NAME}_weights.S")
  endif()
  add_custom_command(OUTPUT ${made} VERBATIM
    COMMAND "${program}" "${model}" --name "${arg_NAME}" --out "${folder}" ${options}
    DEPENDS ${read} "${made_from}"
    COMMENT "Importing ${arg_NAME}")
  target_sources(${target} PRIVATE ${made})
  target_include_directories(${target} PRIVATE "${folder}")
  target_link_libraries(${target} PRIVATE cleave::cleave)
  string(TOUPPER "${arg_NAME}" capitals)
  target_compile_definitions(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:CXX>:${capitals}_WEIGHTS_FILE=\"${folder}/${arg_NAME}.weights\">")
  if(arg_EMBED)
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT "ASM" IN_LIST languages)
      message(FATAL_ERROR "cleave_add_model(... EMBED) needs the language ASM: project(... LANGUAGES CXX ASM)")
    endif()
    # The assembler reads the weights from this folder, and anew when they change.
    set_source_files_properties("${folder}/${arg_NAME}_weights.S" PROPERTIES
      INCLUDE_DIRECTORIES "${folder}" OBJECT_DEPENDS "${folder}/${arg_NAME}.weights")
  endif()
endfunction()
