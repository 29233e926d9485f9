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
)

cleave_bench(plan
  planner_bench.cpp
)
