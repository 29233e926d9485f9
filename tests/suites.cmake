# The tests, one suite per folder, one line per file.

# Tests that take a compiler 1 GB or more by themselves, and so are joined with no others.
set(cleave_tests_alone
  cuts/resnet8_links_test.cpp
  models/resnet8_test.cpp
  network/winograd_network_test.cpp
  plan/sweep_test.cpp
  zoo/figures_test.cpp
  zoo/inception_v3_test.cpp
  zoo/mobilenet_v1_025_test.cpp
  zoo/mobilenet_v2_test.cpp
  zoo/resnet50_test.cpp
  zoo/squeezenet1_1_test.cpp
)

cleave_suite(core
  bytes_test.cpp
  crc16_test.cpp
  crc32c_test.cpp
  large_pages_test.cpp
  random_bits_test.cpp
  version_test.cpp
)

cleave_suite(simd
  pack_memory_test.cpp
  pack_test.cpp
)

# What brings packs of its own, or measures what is the same for all, is left out of builds that are there for their
# native pack, but not of that with sanitizers.
set(cleave_of_own_packs)
if(NOT kernels IN_LIST CLEAVE_TEST_NATIVE_PACK_ONLY OR CLEAVE_SANITIZE)
  set(cleave_of_own_packs
    in_order_test.cpp
    winograd_error_test.cpp
  )
endif()
cleave_suite(kernels
  activation_test.cpp
  arrange_test.cpp
  bits_functions_test.cpp
  bits_tensors_test.cpp
  bits_test.cpp
  channel_chunk_test.cpp
  compact_test.cpp
  conv2d_channels_test.cpp
  conv2d_narrow_test.cpp
  conv2d_pairs_test.cpp
  conv2d_options_test.cpp
  conv2d_test.cpp
  conv2d_tiling_test.cpp
  conv2d_widths_test.cpp
  dense_test.cpp
  depthwise_sizes_test.cpp
  depthwise_test.cpp
  elementwise_test.cpp
  function_test.cpp
  functions_accuracy_test.cpp
  global_pool_test.cpp
  ${cleave_of_own_packs}
  locally_connected_test.cpp
  math_test.cpp
  normalization_test.cpp
  normalize_test.cpp
  pool_test.cpp
  rearrange_test.cpp
  recurrent_test.cpp
  reduce_test.cpp
  reference_conv2d_test.cpp
  reference_test.cpp
  resize_test.cpp
  softmax_test.cpp
  weight_layout_test.cpp
  winograd_in_call_test.cpp
  winograd_test.cpp
)

cleave_suite(graph
  cut_test.cpp
  fingerprint_test.cpp
  graph_test.cpp
  infer_test.cpp
  reorder_test.cpp
  runtime_graph_test.cpp
  summary_test.cpp
)

cleave_suite(layers
  conv2d_test.cpp
  layer_test.cpp
  layers_test.cpp
  pool_test.cpp
  rearrange_test.cpp
  tensors_test.cpp
  window_test.cpp
)

cleave_suite(weights
  file_test.cpp
  format_test.cpp
  pack_test.cpp
  random_test.cpp
  slice_test.cpp
  view_test.cpp
)

cleave_suite(network
  any_cut_test.cpp
  bits_test.cpp
  contract_device.cpp
  contract_test.cpp
  cut_tensors_test.cpp
  fusion_test.cpp
  long_graph_test.cpp
  network_arithmetic_test.cpp
  network_concat_test.cpp
  network_functions_test.cpp
  network_inputs_test.cpp
  network_kinds_test.cpp
  network_orders_test.cpp
  network_outputs_test.cpp
  network_own_layers_test.cpp
  network_random_test.cpp
  network_reductions_test.cpp
  network_renames_test.cpp
  network_residual_test.cpp
  network_sequences_test.cpp
  network_signal_test.cpp
  options_test.cpp
  plan_test.cpp
  recurrent_values_test.cpp
  scalar_unit.cpp
  small_code_test.cpp
  step_test.cpp
  units_test.cpp
  winograd_network_test.cpp
)

# What is compiled in another way than its neighbours.
set_source_files_properties(network/scalar_unit.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
# What firmware includes, compiled as firmware is.
set_source_files_properties(network/contract_device.cpp PROPERTIES
  COMPILE_OPTIONS "-fno-exceptions;-fno-rtti" SKIP_PRECOMPILE_HEADERS ON)

# AlexNet behind every layer takes minutes in an emulator: in cross builds examples/jetson_tk1 runs and cuts it, and compares
# its bits with the host's.
set(cleave_alexnet)
set(cleave_alexnet_links)
if(NOT CMAKE_CROSSCOMPILING)
  set(cleave_alexnet
    alexnet_test.cpp
  )
  set(cleave_alexnet_links
    alexnet_links_test.cpp
  )
endif()
cleave_suite(models
  ${cleave_alexnet}
  lenet5_test.cpp
  resnet8_test.cpp
  zoo_test.cpp
)

# All networks of include/cleave/models that are not above, and with LARGE those that take plain loops most of a minute.
option(CLEAVE_TEST_ZOO "Test all networks of include/cleave/models but the largest" OFF)
option(CLEAVE_TEST_ZOO_LARGE "Test all networks of include/cleave/models" OFF)
if(CLEAVE_TEST_ZOO OR CLEAVE_TEST_ZOO_LARGE)
  set(cleave_large)
  if(CLEAVE_TEST_ZOO_LARGE)
    set(cleave_large
      kaldi_asr_test.cpp
      vgg16_test.cpp
      vgg19_test.cpp
    )
  endif()
  cleave_suite(zoo
    autoencoder_test.cpp
    deepface_test.cpp
    djinn_lenet_test.cpp
    dscnn_test.cpp
    example_test.cpp
    figures_test.cpp
    inception_v3_test.cpp
    mobilenet_v1_025_test.cpp
    mobilenet_v2_test.cpp
    resnet50_test.cpp
    resnet56_test.cpp
    senna_test.cpp
    squeezenet1_1_test.cpp
    ${cleave_large}
  )
endif()

cleave_suite(codec
  codec_test.cpp
  f16_test.cpp
  identity_test.cpp
)

cleave_suite(wire
  example_test.cpp
  frame_decoder_test.cpp
  frame_encoder_test.cpp
  frame_parts_test.cpp
  frame_test.cpp
  hello_test.cpp
  hostile_frames_test.cpp
  packet_test.cpp
  tensor_payload_test.cpp
)

cleave_suite(transport TCP
  byte_ring_test.cpp
  faulty_test.cpp
  frame_io_test.cpp
  loopback_test.cpp
  memory_pipe_test.cpp
  reliable_link_test.cpp
  metered_test.cpp
  serial_port_test.cpp
  spin_policy_test.cpp
  tcp_client_test.cpp
  tcp_conformance_test.cpp
  tcp_listener_test.cpp
  throttled_test.cpp
  transport_test.cpp
)

cleave_suite(plan TCP
  adaptive_session_test.cpp
  cut_table_test.cpp
  device_set_test.cpp
  least_squares_test.cpp
  logarithm_test.cpp
  link_estimator_test.cpp
  planner_test.cpp
  predictor_fit_test.cpp
  stopwatch_test.cpp
  sweep_test.cpp
  table_profiles_test.cpp
)
if(TARGET cleave_planning AND NOT CLEAVE_TEST_SINGLE_HEADER)
  cleave_suite(planning
    profile_file_test.cpp
    report_test.cpp
  )
  if(TARGET test_planning)
    target_link_libraries(test_planning PRIVATE cleave_planning)
  endif()
  if(TARGET test_planning AND TARGET cleave-profile AND NOT CMAKE_CROSSCOMPILING)
    set(profile "${CMAKE_CURRENT_BINARY_DIR}/this_machine.json")
    add_test(NAME "planning: cleave-profile measures this machine"
      COMMAND cleave-profile --quick --memory 16 --name this-machine --json "${profile}"
        --header "${CMAKE_CURRENT_BINARY_DIR}/this_machine.hpp")
    add_test(NAME "planning: cleave-plan takes the profile of this machine"
      COMMAND cleave-plan resnet8 --device "${profile}" --server k40 --link 50/100 --latency 2)
    set_tests_properties("planning: cleave-profile measures this machine" PROPERTIES
      LABELS planning TIMEOUT ${CLEAVE_TEST_TIMEOUT} FIXTURES_SETUP this_machine)
    set_tests_properties("planning: cleave-plan takes the profile of this machine" PROPERTIES
      LABELS planning TIMEOUT ${CLEAVE_TEST_TIMEOUT} FIXTURES_REQUIRED this_machine
      PASS_REGULAR_EXPRESSION "resnet8 on this-machine and k40 over 50/100.*best for latency: cut")
  endif()
endif()

cleave_suite(testing
  check_codec_test.cpp
  check_layer_test.cpp
  check_transport_test.cpp
)

cleave_suite(runtime TCP
  any_cut_session_test.cpp
  contract_test.cpp
  damaged_links_test.cpp
  fake_graph.cpp
  gateway_test.cpp
  request_channel_test.cpp
  request_in_parts_test.cpp
  server_core_test.cpp
  server_limits_test.cpp
  server_stop_test.cpp
  server_test.cpp
  session_test.cpp
  thread_pool_test.cpp
)
if(TARGET test_runtime AND NOT CMAKE_CROSSCOMPILING)
  add_executable(server_load runtime/server_load.cpp)
  target_link_libraries(server_load PRIVATE cleave_developer cleave_tested_tcp)
  add_test(NAME "runtime: 40 devices and a server that freezes, dies and comes back"
    COMMAND server_load --connections 40 --requests 2000)
  set_tests_properties("runtime: 40 devices and a server that freezes, dies and comes back" PROPERTIES
    LABELS runtime TIMEOUT ${CLEAVE_TEST_TIMEOUT})
endif()

cleave_suite(cuts TCP
  lenet5_links_test.cpp
  resnet8_links_test.cpp
  ${cleave_alexnet_links}
)

# What bench/neurosurgeon computes with, beside the library.
cleave_suite(neurosurgeon TCP
  link_trace_test.cpp
  policies_test.cpp
  queue_simulation_test.cpp
  tables_test.cpp
)
if(TARGET test_neurosurgeon)
  target_include_directories(test_neurosurgeon PRIVATE "${PROJECT_SOURCE_DIR}/bench")
endif()

cleave_suite(docs
  weights_test.cpp
)

if(TARGET cleave-weights)
  cleave_suite(tools
    chart_test.cpp
    weights_check_test.cpp
    weights_show_test.cpp
    weights_slice_test.cpp
  )
  if(TARGET test_tools)
    target_compile_definitions(test_tools PRIVATE CLEAVE_WEIGHTS_PROGRAM="$<TARGET_FILE:cleave-weights>")
    add_dependencies(test_tools cleave-weights)
  endif()
endif()

if(CLEAVE_BUILD_EXAMPLES)
  include(../examples/digits/packages.cmake)
  if(cleave_digits_possible)
    cleave_suite(examples
      digits_network_test.cpp
      fit_test.cpp
      frames_test.cpp
      held_out_test.cpp
      idx_test.cpp
      npy_test.cpp
      picture_test.cpp
      table_test.cpp
    )
    if(TARGET test_examples)
      target_link_libraries(test_examples PRIVATE cleave_digits_pictures)
      target_sources(test_examples PRIVATE ../examples/jetson_tk1/frames.cpp)
    endif()
  endif()
endif()

# The single headers have no importer.
if(TARGET cleave_importer AND NOT CLEAVE_TEST_SINGLE_HEADER)
  cleave_suite(import
    cases_test.cpp
    check_test.cpp
    data_test.cpp
    digits_test.cpp
    emit_test.cpp
    file_test.cpp
    fold_test.cpp
    layout_test.cpp
    lowering_test.cpp
    models_test.cpp
    program_test.cpp
    refusal_test.cpp
    rewrite_test.cpp
  )
  if(TARGET test_import)
    target_link_libraries(test_import PRIVATE cleave_importer)
    cleave_add_model(test_import ONNX "${PROJECT_SOURCE_DIR}/examples/digits/digits.onnx" NAME imported_digits)
    target_compile_definitions(test_import PRIVATE CLEAVE_IMPORT_PROGRAM="$<TARGET_FILE:cleave-import>")
    add_dependencies(test_import cleave-import)
    if(CLEAVE_TEST_BUILDS)
      add_test(NAME "import: cases of operators, compiled"
        COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tools/import/conformance/run.py"
          --importer $<TARGET_FILE:cleave-import> --compiler "${CMAKE_CXX_COMPILER}" --programs 2
          --work "${CMAKE_CURRENT_BINARY_DIR}/conformance" --include "${PROJECT_SOURCE_DIR}/include"
          "${CMAKE_CURRENT_LIST_DIR}/import/cases")
      set_tests_properties("import: cases of operators, compiled" PROPERTIES
        LABELS import TIMEOUT ${CLEAVE_TEST_TIMEOUT})
    endif()
  endif()
endif()
