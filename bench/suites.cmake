# The benchmarks, one program per folder, one line per file.
cleave_bench(kernels
  conv2d_bench.cpp
  dense_bench.cpp
  depthwise_bench.cpp
)

cleave_bench(core
  crc32c_bench.cpp
)

cleave_bench(codec
  codec_bench.cpp
)

cleave_bench(wire
  frame_bench.cpp
)

cleave_bench(network
  alexnet_bench.cpp
  network_bench.cpp
  squeezenet1_1_bench.cpp
  vgg16_bench.cpp
)
# The large ones take a minute each to compile.
set_target_properties(bench_network PROPERTIES EXCLUDE_FROM_ALL ON)

cleave_bench(plan
  planner_bench.cpp
)
