# Every header of include/, listed. `tools/check_headers.py` fails when this differs from the tree; `--fix` writes it anew.
# Headers under cleave_tcp_headers stand on Asio and belong to the target cleave::tcp.
set(cleave_headers
  cleave/config.hpp
  cleave/core/activation.hpp
  cleave/core/result.hpp
  cleave/core/shape.hpp
  cleave/core/static_for.hpp
  cleave/layers/activation.hpp
  cleave/layers/arithmetic.hpp
  cleave/layers/arrange.hpp
  cleave/layers/conv2d.hpp
  cleave/layers/dense.hpp
  cleave/layers/input.hpp
  cleave/layers/normalization.hpp
  cleave/layers/pool.hpp
  cleave/layers/record.hpp
  cleave/layers/window.hpp
)
set(cleave_tcp_headers
)
