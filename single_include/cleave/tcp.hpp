// SPDX-License-Identifier: BSL-1.0
// All of <cleave/tcp.hpp> in one file. Made by tools/amalgamate.py from include/cleave; edit there.
// https://www.boost.org/LICENSE_1_0.txt

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// ---- cleave/core/result.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_RESULT_HPP
#define CLEAVE_CORE_RESULT_HPP

/// @file
/// Errors are values: a small enumeration, `status` for "done or why not", `result<T>` for
/// "a T or why not". Nothing here allocates or throws.

namespace cleave {

/// Why something was refused or did not happen. Each cause has a code of its own.
enum class errc : std::uint8_t {
  ok = 0,

  // weights
  not_a_weight_blob,    ///< the bytes do not begin like a weight blob
  unsupported_version,  ///< a blob or frame of another version of the format
  truncated_blob,       ///< fewer bytes than the header announces
  corrupt_blob,         ///< a checksum does not match
  misaligned_blob,      ///< the bytes do not start at a multiple of 4
  wrong_graph,          ///< made for another graph
  missing_layers,       ///< a slice that lacks the layers needed here

  // files
  file_not_found,
  file_not_readable,
  file_not_writable,

  // frames
  bad_magic,        ///< the bytes are not a frame
  bad_header,       ///< the header's checksum or a reserved field is wrong
  bad_payload,      ///< the payload's checksum is wrong
  bad_frame,        ///< well formed, but of a kind or size that does not belong here
  frame_too_large,  ///< longer than the limit agreed on
  wrong_weights,    ///< the other end holds other weights
  wrong_numerics,   ///< the other end computes in another order or precision
  unknown_codec,    ///< a codec that this end does not have
  bad_cut,          ///< a cut that the graph does not have
  bad_encoding,     ///< the codec can not decode the payload

  // transport
  closed,       ///< the other end closed the connection, or it was lost
  timed_out,    ///< the deadline passed
  refused,      ///< nobody listens there
  unreachable,  ///< no such host, or no way to it
  io_error,     ///< the operating system reported another failure

  // server
  overloaded,  ///< the server's queue or connection limit is reached
  stopping,    ///< the server is shutting down; the last code that frames carry

  // this end only
  address_in_use,  ///< another program listens on that port
};

/// A short sentence for people, for example "the weight blob was made for another graph".
constexpr const char* message(errc code) noexcept {
  switch (code) {
    case errc::ok: return "no error";
    case errc::not_a_weight_blob: return "these bytes are not a weight blob";
    case errc::unsupported_version: return "made by another version of the format";
    case errc::truncated_blob: return "the weight blob is shorter than its header says";
    case errc::corrupt_blob: return "a checksum of the weight blob does not match";
    case errc::misaligned_blob: return "the weight blob does not start at a multiple of 4 bytes";
    case errc::wrong_graph: return "the weight blob was made for another graph";
    case errc::missing_layers: return "the weight slice lacks layers that are needed here";
    case errc::file_not_found: return "no such file";
    case errc::file_not_readable: return "the file can not be read";
    case errc::file_not_writable: return "the file can not be written";
    case errc::bad_magic: return "these bytes are not a frame";
    case errc::bad_header: return "the frame's header is damaged";
    case errc::bad_payload: return "the frame's payload is damaged";
    case errc::bad_frame: return "a frame of this kind or size does not belong here";
    case errc::frame_too_large: return "the frame is longer than the limit";
    case errc::wrong_weights: return "the other end holds other weights";
    case errc::wrong_numerics: return "the other end computes in another order or precision";
    case errc::unknown_codec: return "the other end does not have this codec";
    case errc::bad_cut: return "the graph has no such cut";
    case errc::bad_encoding: return "the payload can not be decoded";
    case errc::closed: return "the connection was closed";
    case errc::timed_out: return "no answer in time";
    case errc::refused: return "nobody listens there";
    case errc::unreachable: return "the host can not be reached";
    case errc::io_error: return "input or output failed";
    case errc::overloaded: return "the server is overloaded";
    case errc::stopping: return "the server is stopping";
    case errc::address_in_use: return "another program listens on that port";
  }
  return "unknown error";
}

/// Done, or the reason why not.
class [[nodiscard]] status {
 public:
  constexpr status() noexcept = default;
  constexpr status(errc code) noexcept : code_(code) {}

  constexpr explicit operator bool() const noexcept { return code_ == errc::ok; }
  constexpr errc error() const noexcept { return code_; }
  constexpr bool operator==(const status&) const = default;

 private:
  errc code_ = errc::ok;
};

/// A value, or the reason why there is none. Reading the value of a failed result is undefined.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  constexpr result(T value) noexcept : value_(std::move(value)) {}
  /// Requires: `code != errc::ok`.
  constexpr result(errc code) noexcept : code_(code) {}

  constexpr explicit operator bool() const noexcept { return value_.has_value(); }
  constexpr errc error() const noexcept { return code_; }

  constexpr T& operator*() & noexcept { return *value_; }
  constexpr const T& operator*() const& noexcept { return *value_; }
  constexpr T&& operator*() && noexcept { return *std::move(value_); }
  constexpr T* operator->() noexcept { return &*value_; }
  constexpr const T* operator->() const noexcept { return &*value_; }

 private:
  std::optional<T> value_;
  errc code_ = errc::ok;
};

}  // namespace cleave
#endif
// ---- cleave/network/executor.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_EXECUTOR_HPP
#define CLEAVE_NETWORK_EXECUTOR_HPP

/// @file
/// Who computes the parts of a step. A part is a range of its rows, so the bits are the same for any number of parts.

namespace cleave {

/// One of several parts of a step.
using part_function = void (*)(void* step, int part) noexcept;

// clang-format off
/// | expression                    | type | semantics |
/// |-------------------------------|------|-----------|
/// | `Executor::most_threads`      | int  | parts at most; a network has memory for so many |
/// | `executor.threads()`          | int  | parts that are worth making, 1 to `most_threads` |
/// | `executor.run(n, part, step)` |      | calls `part(step, i)` once for each i in [0, n), from any threads, and returns when all have returned |
/// | `Executor::least_work`        | std::uint32_t | optional: multiply-adds from which on a second part is worth making |
// clang-format on
template <class Executor>
concept executor = requires(Executor& runs, const Executor& tells, part_function part, void* step) {
  { Executor::most_threads } -> std::convertible_to<int>;
  { tells.threads() } noexcept -> std::same_as<int>;
  { runs.run(1, part, step) } noexcept;
};

/// Multiply-adds from which on a step is divided, unless an executor says otherwise. Handing a part over takes a
/// `thread_pool` half a microsecond; but what the parts leave in the caches of their cores has to come together for the
/// next step that is not divided, which for a small layer takes longer than is gained. Two cores of an Intel Xeon:
/// MobileNetV1 0.25 takes 102 us on one and 135 us on two with steps of 2^19 divided, while SqueezeNet loses by 2^22
/// what it gains by 2^20.
template <class Executor>
inline constexpr std::uint32_t least_work_of = std::uint32_t{1} << 20;
template <class Executor>
  requires requires {
    { Executor::least_work } -> std::convertible_to<std::uint32_t>;
  }
inline constexpr std::uint32_t least_work_of<Executor> = Executor::least_work;

/// One part after the other, in the caller's thread: what networks have unless their options say otherwise.
struct sequential {
  static constexpr int most_threads = 1;
  static constexpr int threads() noexcept { return 1; }
  static void run(int parts, part_function part, void* step) noexcept {
    for (int i = 0; i < parts; ++i) part(step, i);
  }
};

}  // namespace cleave
#endif
// ---- cleave/core/activation.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_ACTIVATION_HPP
#define CLEAVE_CORE_ACTIVATION_HPP

/// @file
/// Which function is applied to every element, as data: graphs and kernels' shapes carry it; the arithmetic is in
/// kernels/activation.hpp.

namespace cleave {

/// Functions of one element. Formulas and defaults are those of the ONNX operators of the same names.
enum class activation_kind : std::uint8_t {
  none,
  relu,        ///< max(x, 0)
  clip,        ///< min(max(x, alpha), beta); relu6 is clip 0..6, hard tanh is clip -1..1
  leaky_relu,  ///< x < 0 ? alpha x : x
  elu,         ///< x < 0 ? alpha (exp x - 1) : x
  selu,        ///< gamma (x > 0 ? x : alpha (exp x - 1))
  sigmoid,     ///< 1 / (1 + exp -x)
  tanh,
  hard_sigmoid,  ///< max(0, min(1, alpha x + beta))
  hard_swish,    ///< x max(0, min(1, x / 6 + 1/2))
  softplus,      ///< log(1 + exp x)

  exp,
  log,
  sqrt,
  negate,            ///< -x
  absolute,          ///< |x|
  reciprocal,        ///< 1 / x
  floor,             ///< the largest integer not above x
  ceil,              ///< the smallest integer not below x
  round,             ///< the nearest integer, the even one where two are as near
  sign,              ///< -1, 0 or 1
  sine,              ///< of x in radians
  cosine,            ///< of x in radians
  erf,               ///< the error function
  gelu,              ///< x (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,         ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
  mish,              ///< x tanh(softplus x)
  softsign,          ///< x / (1 + |x|)
  thresholded_relu,  ///< x > alpha ? x : 0
  celu,              ///< max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)
  swish,             ///< x sigmoid(alpha x)
  power_of,          ///< x^alpha
};

/// An activation with its numbers. Structural: it is part of a kernel's shape.
struct activation {
  activation_kind kind = activation_kind::none;
  float alpha = 0;
  float beta = 0;
  float gamma = 0;

  constexpr bool operator==(const activation&) const = default;
};

/// What a convolution, dense or sum does to each output before it is stored: act(value + residual). With `pools`, which
/// only convolutions in Winograd's form may have, the largest of each 2x2 of these is what is stored.
struct epilogue {
  bool residual = false;
  activation post{};
  bool pools = false;

  constexpr bool operator==(const epilogue&) const = default;
};

}  // namespace cleave
#endif
// ---- cleave/core/element_order.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_ELEMENT_ORDER_HPP
#define CLEAVE_CORE_ELEMENT_ORDER_HPP

/// @file
/// The order in which the elements of a tensor are read: what transposing, slicing, repeating and reversing come down
/// to.

namespace cleave {

/// How many directions an order of elements may have.
inline constexpr std::size_t max_dimensions = 6;

/// Along each of up to six directions, the outermost first, `sizes` elements that lie `steps` apart. Directions that
/// are not there have size 0 and stand behind the others. Structural: it is part of a kernel's shape.
struct element_order {
  std::array<int, max_dimensions> sizes{};
  std::array<int, max_dimensions> steps{};
  int offset = 0;  ///< of the first element

  constexpr std::size_t rank() const noexcept {
    std::size_t found = 0;
    while (found < max_dimensions && sizes[found] != 0) ++found;
    return found;
  }

  /// How many elements there are; 0 where a size is negative or stands behind a direction that is not there.
  constexpr std::size_t count() const noexcept {
    std::size_t product = 1;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      if (sizes[i] < 0 || (i >= rank() && sizes[i] != 0)) return 0;
      if (i < rank()) product *= static_cast<std::size_t>(sizes[i]);
    }
    return product;
  }

  /// True where all elements are among the first `size`.
  constexpr bool lies_within(std::size_t size) const noexcept {
    long long least = offset;
    long long most = offset;
    for (std::size_t i = 0; i < rank(); ++i) {
      const long long reach = static_cast<long long>(sizes[i] - 1) * steps[i];
      (reach < 0 ? least : most) += reach;
    }
    return least >= 0 && most < static_cast<long long>(size);
  }

  /// The same order in as few directions as it takes, one at least.
  constexpr element_order merged() const noexcept {
    element_order result;
    result.offset = offset;
    std::size_t made = 0;
    for (std::size_t i = 0; i < rank(); ++i) {
      if (sizes[i] == 1) continue;
      if (made > 0 && result.steps[made - 1] == sizes[i] * steps[i]) {
        result.sizes[made - 1] *= sizes[i];
        result.steps[made - 1] = steps[i];
      } else {
        result.sizes[made] = sizes[i];
        result.steps[made] = steps[i];
        ++made;
      }
    }
    if (made == 0) {
      result.sizes[0] = 1;
      result.steps[0] = 1;
    }
    return result;
  }

  constexpr bool operator==(const element_order&) const = default;
};

}  // namespace cleave
#endif
// ---- cleave/core/shape.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_SHAPE_HPP
#define CLEAVE_CORE_SHAPE_HPP

/// @file
/// Sizes of tensors and windows. Layer "core": includes nothing of cleave.

namespace cleave {

/// What one element of a tensor is. Both take four bytes.
enum class dtype : std::uint8_t { float32, int32 };

/// Height, width and channels of one activation tensor, stored NHWC with a batch of one.
/// A signal of one dimension has height 1, a vector height 1 and width 1.
struct shape {
  int height = 1;
  int width = 1;
  int channels = 1;

  constexpr std::size_t size() const noexcept {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  constexpr std::size_t bytes() const noexcept { return size() * 4; }
  constexpr bool operator==(const shape&) const = default;
};

/// A size in rows and columns: of a window, a step or a dilation. One number stands for both.
struct extent {
  int height = 1;
  int width = 1;

  constexpr extent() = default;
  constexpr extent(int both) : height(both), width(both) {}
  constexpr extent(int rows, int columns) : height(rows), width(columns) {}
  constexpr bool operator==(const extent&) const = default;
};

/// Rows and columns added around a tensor. `same` asks for an output of ceil(input / stride),
/// with the odd row or column at the bottom and right (ONNX auto_pad SAME_UPPER).
struct padding {
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;
  bool automatic = false;

  constexpr padding() = default;
  constexpr padding(int all) : top(all), left(all), bottom(all), right(all) {}
  constexpr padding(int rows, int columns) : top(rows), left(columns), bottom(rows), right(columns) {}
  constexpr padding(int above, int before, int below, int after)
      : top(above), left(before), bottom(below), right(after) {}
  constexpr bool operator==(const padding&) const = default;

  static constexpr padding make_same() {
    padding result;
    result.automatic = true;
    return result;
  }
};

/// Padding that keeps ceil(input / stride) rows and columns.
inline constexpr padding same = padding::make_same();

/// A half-open run of output rows (spatial kernels) or of outputs (dense kernels): [begin, end).
struct range {
  int begin = 0;
  int end = 0;

  constexpr int size() const noexcept { return end - begin; }
  constexpr bool operator==(const range&) const = default;
};

/// The number of blocks of `unit` that cover `count`.
constexpr int ceil_div(int count, int unit) noexcept { return (count + unit - 1) / unit; }

/// `count` rounded up to a multiple of `unit`.
constexpr std::size_t round_up(std::size_t count, std::size_t unit) noexcept {
  return (count + unit - 1) / unit * unit;
}

}  // namespace cleave
#endif
// ---- cleave/layers/record.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_RECORD_HPP
#define CLEAVE_LAYERS_RECORD_HPP

/// @file
/// What every layer of a graph becomes: one record of one type, so that graphs are plain arrays. Also what a shape
/// rule answers: the output, or what the layer would have needed.

namespace cleave {

/// The name of a layer's output, unique among the layers that a `from` or a cut may mean.
using label = std::string_view;

/// How many tensors one layer may take.
inline constexpr std::size_t max_inputs = 8;

/// What a layer computes. Names are those of the layer types, which follow the ONNX operators. Their numbers are part
/// of fingerprints: new ones stand at the end.
enum class op : std::uint8_t {
  input,
  conv2d,
  depthwise_conv2d,
  locally_connected2d,
  dense,
  max_pool,
  average_pool,
  global_max_pool,
  global_average_pool,
  relu,
  clip,
  leaky_relu,
  prelu,
  elu,
  selu,
  sigmoid,
  tanh,
  hard_tanh,
  hard_sigmoid,
  hard_swish,
  softplus,
  softmax,
  log_softmax,
  batch_normalization,
  local_response_normalization,
  add,
  subtract,
  multiply,
  concat,
  flatten,
  reshape,
  pad,
  upsample,
  argmax,
  dropout,
  output,
  custom,
  exp,
  log,
  sqrt,
  negate,
  absolute,
  reciprocal,
  floor,
  ceil,
  round,
  sign,
  sine,
  cosine,
  erf,
  gelu,
  mish,
  softsign,
  thresholded_relu,
  celu,
  swish,
  power_of,
  hardmax,
  divide,
  maximum,
  minimum,
  power,
  constant,
  rearrange,
  transpose,
  slice,
  resize,
  reduce,
  argmin,
  normalize,
  lstm,
  gru,
  rnn,
};

/// One layer as data. Fields that an operator does not have keep their defaults.
struct layer_record {
  op kind = op::input;
  int channels = 0;  ///< output channels, units, channel multiplier, or the window of a normalisation across channels
  extent kernel{};
  extent stride{};
  extent dilation{};
  padding pad{};
  int groups = 1;
  bool ceil_mode = false;
  bool count_include_pad = false;
  activation function{};  ///< of an activation layer
  std::array<float, 3>
      numbers{};  ///< epsilon; alpha, beta, bias of a local response normalisation; the pad value; scales
  shape given{};  ///< the shape of an input, a reshape, or another output that the user gives
  std::array<int, 2 * max_dimensions + 1>
      integers{};  ///< choices of a layer; sizes, steps and offset of a rearrangement
  label name{};
  std::array<label, max_inputs> from{};  ///< empty: the layer before
  int arity = 1;
  int custom = -1;  ///< index among the graph's own layers of the user
};

/// What a layer needs and did not get. Each becomes a type in the compiler's message.
enum class need : std::uint8_t {
  nothing,
  an_input_as_the_first_layer,
  all_inputs_before_other_layers,
  an_earlier_layer_with_that_label,
  positive_sizes,
  a_window_within_the_padded_input,
  padding_smaller_than_the_window,
  channels_that_are_a_multiple_of_groups,
  inputs_of_equal_shape,
  inputs_of_equal_shape_or_one_per_channel,
  inputs_of_equal_height_and_width,
  as_many_elements_as_it_receives,
  float_elements,
  a_use_for_every_input,
  at_least_one_layer,
  what_the_layer_itself_demands,
  inputs_that_differ_along_the_axis_only,
  elements_within_its_input,
  a_permutation_of_its_dimensions,
};

/// How a layer's weights are stored; see kernels/weight_layout.hpp for the order of the numbers.
enum class weight_layout_kind : std::uint8_t {
  none,
  blocked,
  depthwise,
  locally_connected,
  per_channel,
  custom,
  plain,  ///< in the order of the tensor
  recurrent,
};

/// The answer of a shape rule.
struct inference {
  shape out{};
  dtype type = dtype::float32;
  padding pad{};                    ///< resolved: never automatic
  int groups = 1;                   ///< resolved
  std::uint64_t multiply_adds = 0;  ///< nominal: taps that fall on padding are counted
  need needs = need::nothing;
};

constexpr inference refused(need what) noexcept {
  inference result;
  result.needs = what;
  return result;
}

}  // namespace cleave
#endif
// ---- cleave/graph/node.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_NODE_HPP
#define CLEAVE_GRAPH_NODE_HPP

/// @file
/// A layer in its place: inputs resolved to indices, shapes inferred, lifetimes known.

namespace cleave {

/// How a layer's weights lie in a blob. Offsets are bytes from the start of the blob's data, multiples of 64.
struct weight_place {
  weight_layout_kind layout = weight_layout_kind::none;
  std::size_t floats = 0;
  std::size_t offset = 0;
  std::size_t line = 0;  ///< of the blob's table: the layer's number, unless the graph was reordered
};

/// One layer of a graph with everything that can be known about it while compiling.
struct node {
  layer_record what{};
  std::array<std::int16_t, max_inputs> inputs{};  ///< node indices; the first `what.arity` count
  shape in{};                                     ///< of the first input
  shape out{};
  dtype type = dtype::float32;
  padding pad{};   ///< resolved
  int groups = 1;  ///< resolved
  std::uint64_t multiply_adds = 0;
  weight_place weights{};

  /// The node whose memory holds this value: itself, or for layers that only rename memory the one they rename.
  std::int16_t root = 0;
  /// Of a root: the last node that reads this value under any name; -1 where none does.
  std::int16_t last_use = -1;
  /// This value is an answer of the network.
  bool is_output = false;
  /// Of a root: it, or a name of it, is an answer.
  bool holds_output = false;
};

/// What is wrong with a graph: the first defect found, or `layer` of -1.
struct defect {
  int layer = -1;
  op kind = op::input;
  int custom = -1;
  int arity = 0;
  std::array<shape, 2> received{};
  need needs = need::nothing;
};

/// True for layers that only give their input's memory another name or shape.
constexpr bool renames(op kind) noexcept {
  return kind == op::flatten || kind == op::reshape || kind == op::dropout || kind == op::output;
}

}  // namespace cleave
#endif
// ---- cleave/kernels/conv2d_shape.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_SHAPE_HPP
#define CLEAVE_KERNELS_CONV2D_SHAPE_HPP

/// @file
/// What the kernels with weights are keyed by: sizes and epilogue, never the graph. Two layers of the same sizes share
/// their code.

namespace cleave::kernels {

/// Everything a convolution's code depends on. `pad` is resolved (never `same`); only its top and left matter here, the
/// rest follows from `out`. Structural, so that it can be a template argument.
struct conv2d_shape {
  shape in;
  shape out;
  extent kernel;
  extent stride = 1;
  extent dilation = 1;
  padding pad = 0;
  int groups = 1;
  epilogue post{};
  /// Channels of the tensor that the output is a part of, where it is written among other channels; 0: it stands alone.
  int among = 0;

  constexpr int group_inputs() const noexcept { return in.channels / groups; }
  constexpr int group_outputs() const noexcept { return out.channels / groups; }
  /// Floats from a pixel of the output to the next.
  constexpr int out_pixel() const noexcept { return among > 0 ? among : out.channels; }
  constexpr bool operator==(const conv2d_shape&) const = default;
};

/// True for a convolution whose groups have one input channel each; its weights are stored in another layout.
constexpr bool is_depthwise(const conv2d_shape& of) noexcept { return of.groups > 1 && of.groups == of.in.channels; }

/// True where the output fits no second level cache, so that lines to be written are worth asking for: where it is
/// nearer, that took 1 % longer.
constexpr bool has_far_output(const conv2d_shape& of) noexcept { return of.out.size() > 1000000; }

/// Everything a dense layer's code depends on.
struct dense_shape {
  int inputs;
  int outputs;
  epilogue post{};

  constexpr bool operator==(const dense_shape&) const = default;
};

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/weight_layout.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WEIGHT_LAYOUT_HPP
#define CLEAVE_KERNELS_WEIGHT_LAYOUT_HPP

/// @file
/// Where each weight and bias of a layer lies, in floats from the layer's first. Kernels, references, packer and
/// readers of blobs share these few lines. One layout serves every target: 16 channels are one AVX-512 register, two of
/// AVX, four of SSE and NEON, sixteen scalars, so nothing is repacked when weights are loaded.

namespace cleave::kernels {

/// Output channels in a block.
inline constexpr int block_width = 16;

/// Convolution and dense: for each group, for each block of 16 output channels, [kernel row][kernel column][input][16].
/// A group's last block is as wide as the channels left, rounded up to a multiple of 4. Behind the weights of all
/// groups come the biases, group by group, rounded up alike.
struct blocked_layout {
  extent kernel = 1;
  int inputs = 1;   ///< of a group
  int outputs = 1;  ///< of a group
  int groups = 1;

  /// Products that make one output: one weight each.
  constexpr std::size_t steps() const noexcept {
    return static_cast<std::size_t>(kernel.height) * static_cast<std::size_t>(kernel.width) *
           static_cast<std::size_t>(inputs);
  }
  /// A group's outputs with those that fill up its last block.
  constexpr int padded_outputs() const noexcept { return ceil_div(outputs, 4) * 4; }
  /// How many channels the block that holds `output` (of a group) has.
  constexpr int width_at(int output) const noexcept {
    const int rest = padded_outputs() - output / block_width * block_width;
    return rest < block_width ? rest : block_width;
  }
  constexpr std::size_t group_floats() const noexcept { return static_cast<std::size_t>(padded_outputs()) * steps(); }
  constexpr std::size_t biases() const noexcept { return static_cast<std::size_t>(groups) * group_floats(); }
  constexpr std::size_t floats() const noexcept {
    return biases() + static_cast<std::size_t>(groups) * static_cast<std::size_t>(padded_outputs());
  }
  /// `output` counts over all groups, `input` within its group.
  constexpr std::size_t weight(int output, int row, int column, int input) const noexcept {
    const auto group = static_cast<std::size_t>(output / outputs);
    const int own = output % outputs;
    const auto block = static_cast<std::size_t>(own / block_width * block_width);
    const auto step = static_cast<std::size_t>((row * kernel.width + column) * inputs + input);
    return group * group_floats() + block * steps() + step * static_cast<std::size_t>(width_at(own)) +
           static_cast<std::size_t>(own % block_width);
  }
  constexpr std::size_t bias(int output) const noexcept {
    return biases() + static_cast<std::size_t>(output / outputs * padded_outputs() + output % outputs);
  }
  constexpr bool operator==(const blocked_layout&) const = default;
};

/// Depthwise: [kernel row][kernel column][output], then [output] biases.
struct depthwise_layout {
  extent kernel = 1;
  int outputs = 1;

  constexpr std::size_t biases() const noexcept {
    return static_cast<std::size_t>(kernel.height) * static_cast<std::size_t>(kernel.width) *
           static_cast<std::size_t>(outputs);
  }
  constexpr std::size_t floats() const noexcept { return biases() + static_cast<std::size_t>(outputs); }
  constexpr std::size_t weight(int output, int row, int column) const noexcept {
    return static_cast<std::size_t>(row * kernel.width + column) * static_cast<std::size_t>(outputs) +
           static_cast<std::size_t>(output);
  }
  constexpr std::size_t bias(int output) const noexcept { return biases() + static_cast<std::size_t>(output); }
  constexpr bool operator==(const depthwise_layout&) const = default;
};

/// Locally connected: for every output pixel the weights of a `blocked_layout` without its biases, then for every pixel
/// its biases, rounded up to a multiple of 4.
struct locally_connected_layout {
  blocked_layout filter;
  int pixels = 1;

  constexpr std::size_t biases() const noexcept { return static_cast<std::size_t>(pixels) * filter.group_floats(); }
  constexpr std::size_t floats() const noexcept {
    return biases() + static_cast<std::size_t>(pixels) * static_cast<std::size_t>(filter.padded_outputs());
  }
  constexpr std::size_t weight(int pixel, int output, int row, int column, int input) const noexcept {
    return static_cast<std::size_t>(pixel) * filter.group_floats() + filter.weight(output, row, column, input);
  }
  constexpr std::size_t bias(int pixel, int output) const noexcept {
    return biases() + static_cast<std::size_t>(pixel) * static_cast<std::size_t>(filter.padded_outputs()) +
           static_cast<std::size_t>(output);
  }
  constexpr bool operator==(const locally_connected_layout&) const = default;
};

/// The layout of a convolution that is not depthwise.
constexpr blocked_layout blocked(const conv2d_shape& of) noexcept {
  return {of.kernel, of.group_inputs(), of.group_outputs(), of.groups};
}

/// The layout of a dense layer. Inputs are in the order in which the tensor before lies in memory (NHWC).
constexpr blocked_layout blocked(const dense_shape& of) noexcept { return {1, of.inputs, of.outputs, 1}; }

/// The layout of a depthwise convolution.
constexpr depthwise_layout depthwise_weights(const conv2d_shape& of) noexcept { return {of.kernel, of.out.channels}; }

/// The layout of a convolution with untied weights.
constexpr locally_connected_layout untied_weights(const conv2d_shape& of) noexcept {
  return {{of.kernel, of.in.channels, of.out.channels, 1}, of.out.height * of.out.width};
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/recurrent_shape.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_RECURRENT_SHAPE_HPP
#define CLEAVE_KERNELS_RECURRENT_SHAPE_HPP

/// @file
/// What recurrent kernels are keyed by, and where their weights lie.

namespace cleave::kernels {

enum class recurrent_kind : std::uint8_t {
  lstm,
  gru,
  gru_linear,  ///< resets after the product
  rnn,
};

/// Everything that the code of a recurrent layer depends on. Every row is a sequence, every column a moment of it.
struct recurrent_shape {
  shape in;
  int units;
  recurrent_kind kind;
  bool initial_state = false;  ///< stands behind the biases; otherwise it is 0

  constexpr shape out() const noexcept { return {in.height, in.width, units}; }
  constexpr bool operator==(const recurrent_shape&) const = default;
};

/// Units in blocks of 16, the last one as wide as the units left, rounded up to a multiple of 4. For each block
/// [step][gate][unit], where the steps are the inputs, then the units of the moment before; gates are in the order of
/// ONNX. Then for each block [bias][unit]: one a gate, the sum of ONNX's two, but of a GRU that resets after the
/// product the second of its last gate apart behind them. Then the initial states, if there are any: [state][unit].
struct recurrent_layout {
  int inputs = 1;
  int units = 1;
  int gates = 1;
  int biases = 1;  ///< of a unit
  int states = 0;

  constexpr int steps() const noexcept { return inputs + units; }
  constexpr int padded_units() const noexcept { return ceil_div(units, 4) * 4; }
  /// How many units the block that holds `unit` has, with those that fill it up.
  constexpr int width_at(int unit) const noexcept {
    const int rest = padded_units() - unit / block_width * block_width;
    return rest < block_width ? rest : block_width;
  }
  constexpr std::size_t first_bias() const noexcept { return of_all(steps() * gates); }
  constexpr std::size_t first_state() const noexcept { return first_bias() + of_all(biases); }
  constexpr std::size_t floats() const noexcept { return first_state() + of_all(states); }

  constexpr std::size_t weight(int unit, int gate, int step) const noexcept {
    return place(unit, steps() * gates, step * gates + gate);
  }
  constexpr std::size_t bias(int unit, int which) const noexcept { return first_bias() + place(unit, biases, which); }
  /// State 0 is what the layer gave at the moment before, state 1 the cell of an LSTM.
  constexpr std::size_t state(int unit, int which) const noexcept {
    return first_state() + static_cast<std::size_t>(which * padded_units() + unit);
  }
  constexpr bool operator==(const recurrent_layout&) const = default;

 private:
  constexpr std::size_t of_all(int numbers) const noexcept {
    return static_cast<std::size_t>(padded_units()) * static_cast<std::size_t>(numbers);
  }
  /// Number `which` of `count` that every unit has.
  constexpr std::size_t place(int unit, int count, int which) const noexcept {
    const auto block = static_cast<std::size_t>(unit / block_width * block_width);
    return block * static_cast<std::size_t>(count) +
           static_cast<std::size_t>(which) * static_cast<std::size_t>(width_at(unit)) +
           static_cast<std::size_t>(unit % block_width);
  }
};

constexpr recurrent_layout recurrent_weights(const recurrent_shape& of) noexcept {
  const int gates = of.kind == recurrent_kind::lstm ? 4 : of.kind == recurrent_kind::rnn ? 1 : 3;
  const int biases = of.kind == recurrent_kind::gru_linear ? 4 : gates;
  const int states = !of.initial_state ? 0 : of.kind == recurrent_kind::lstm ? 2 : 1;
  return {of.in.channels, of.units, gates, biases, states};
}

}  // namespace cleave::kernels
#endif
// ---- cleave/graph/weight_layout.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_WEIGHT_LAYOUT_HPP
#define CLEAVE_GRAPH_WEIGHT_LAYOUT_HPP

/// @file
/// From a node to the sizes that its kernel is keyed by, and to the order of its weights.

namespace cleave {

/// The sizes of a convolution, depthwise or locally connected layer.
constexpr kernels::conv2d_shape conv2d_shape_of(const node& of, epilogue post = {}, int among = 0) noexcept {
  return {of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.groups, post, among};
}

/// The sizes of a dense layer.
constexpr kernels::dense_shape dense_shape_of(const node& of, epilogue post = {}) noexcept {
  return {static_cast<int>(of.in.size()), of.out.channels, post};
}

/// The sizes of a recurrent layer.
constexpr kernels::recurrent_shape recurrent_shape_of(const node& of) noexcept {
  using kernels::recurrent_kind;
  const recurrent_kind kind = of.what.kind == op::lstm   ? recurrent_kind::lstm
                              : of.what.kind == op::rnn  ? recurrent_kind::rnn
                              : of.what.integers[0] != 0 ? recurrent_kind::gru_linear
                                                         : recurrent_kind::gru;
  return {of.in, of.out.channels, kind, of.what.integers[1] != 0};
}

/// The order of a built-in layer's weights and how many floats they take, biases and padding included. The offset is
/// not known here.
constexpr weight_place weights_of(const node& of) noexcept {
  const auto outputs = static_cast<std::size_t>(of.out.channels);
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: {
      const kernels::conv2d_shape shape = conv2d_shape_of(of);
      if (kernels::is_depthwise(shape)) {
        return {weight_layout_kind::depthwise, kernels::depthwise_weights(shape).floats(), 0};
      }
      return {weight_layout_kind::blocked, kernels::blocked(shape).floats(), 0};
    }
    case op::locally_connected2d:
      return {weight_layout_kind::locally_connected, kernels::untied_weights(conv2d_shape_of(of)).floats(), 0};
    case op::dense: return {weight_layout_kind::blocked, kernels::blocked(dense_shape_of(of)).floats(), 0};
    case op::batch_normalization: return {weight_layout_kind::per_channel, 2 * outputs, 0};
    case op::prelu: return {weight_layout_kind::per_channel, outputs, 0};
    case op::constant: return {weight_layout_kind::plain, of.out.size(), 0};
    case op::lstm:
    case op::gru:
    case op::rnn:
      return {weight_layout_kind::recurrent, kernels::recurrent_weights(recurrent_shape_of(of)).floats(), 0};
    default: return {};
  }
}

}  // namespace cleave
#endif
// ---- cleave/kernels/winograd_shape.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_SHAPE_HPP
#define CLEAVE_KERNELS_WINOGRAD_SHAPE_HPP

/// @file
/// Which convolutions are computed by Winograd's minimal filtering, and what memory that takes. All of it follows from
/// the shape alone, never from the pack: two ends of a link choose alike, and so have equal bits.

namespace cleave::kernels {

/// A 3x3 convolution computed in tiles of `edge` x `edge` outputs, F(edge x edge, 3 x 3) in Lavin and Gray, "Fast
/// algorithms for convolutional neural networks" (2015). Each tile reads a window of edge + 2 squared inputs, which
/// becomes as many points; at each point, inputs are multiplied with weights as in a 1x1 convolution.
struct winograd_tiling {
  int edge = 0;      ///< 4 or 2; 0: computed directly
  int high = 0;      ///< tiles
  int wide = 0;      ///< tiles in a row
  int together = 0;  ///< tiles that are computed at once
  int inputs = 0;    ///< whose weights are transformed at a time in each call; 0: of all, once, by `winograd_prepare`
  int blocks = 0;    ///< of output channels, that are computed at once

  constexpr int window() const noexcept { return edge + 2; }
  constexpr int points() const noexcept { return window() * window(); }
  constexpr int tiles() const noexcept { return high * wide; }
  constexpr bool operator==(const winograd_tiling&) const = default;
};

namespace detail {

/// Memory of one round. Distances between points are a line more than needed: those of a power of two would share the
/// few places that a cache has for them.
struct winograd_buffers {
  int blocks = 0;                   ///< of outputs, that are computed together
  int chunks = 0;                   ///< runs of 16 input channels, over all groups
  std::ptrdiff_t chunk = 0;         ///< floats from one chunk of all tiles to the next: [tile][16]
  std::ptrdiff_t input_point = 0;   ///< from a point's inputs to the next point's: [chunk][tile][16]
  std::ptrdiff_t output_point = 0;  ///< from a point's outputs to the next point's: [tile][blocks * 16]
  std::ptrdiff_t outputs = 0;       ///< where the outputs begin; inputs begin at 0
  std::ptrdiff_t weight_point = 0;  ///< from a point's weights to the next point's: [input][blocks * 16]
  std::ptrdiff_t weights = 0;       ///< where weights begin that are transformed in the call
  std::ptrdiff_t floats = 0;
};

constexpr winograd_buffers winograd_memory(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  winograd_buffers made;
  made.blocks = tiling.blocks;
  made.chunks = of.groups * ceil_div(of.group_inputs(), block_width);
  made.chunk = static_cast<std::ptrdiff_t>(tiling.together) * block_width;
  made.input_point = made.chunks * made.chunk + block_width;
  made.output_point = made.blocks * made.chunk + block_width;
  made.outputs = tiling.points() * made.input_point;
  made.weights = made.outputs + tiling.points() * made.output_point;
  made.weight_point = tiling.inputs == 0 ? 0 : (tiling.inputs * made.blocks + 1) * block_width;
  // One part is multiplied while the next one is made.
  made.floats = made.weights + 2 * tiling.points() * made.weight_point;
  return made;
}

/// Floats of transformed inputs that a second level cache holds beside other things.
inline constexpr int winograd_input_floats = 320000;

/// Floats of transformed weights that no second level cache holds: every round reads them from farther away.
inline constexpr std::int64_t winograd_large_floats = 2000000;

/// Floats of transformed weights that are better not read: they come from memory, or from a third level cache that is
/// little faster. Where all tiles are computed together, each weight is transformed once a call, and fewer are too many
/// (AlexNet's last three convolutions: 3.2 to 2.8 ms, and 32 MB less).
inline constexpr std::int64_t winograd_far_floats = 4000000;
inline constexpr std::int64_t winograd_far_floats_used_once = 1500000;

/// Floats of transformed inputs, and of outputs, from which on a store would wait for its line. The lines of one tile
/// lie far apart, which no core foresees, so those of the next tile are asked for: a third less time to write outputs
/// of 1 MB and more, 3 % of the time of VGG-16.
inline constexpr std::ptrdiff_t winograd_far_inputs = 400000;
inline constexpr std::size_t winograd_far_outputs = 65536;

constexpr std::int64_t winograd_weights(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::int64_t>(tiling.points()) * of.group_inputs() * of.out.channels;
}

}  // namespace detail

/// The tiling with a given edge. Weights are read once for all tiles that are computed together, so these are as many
/// as the cache has room for, but not more than make weights' time negligible; all rounds have about the same number.
///
/// Two blocks of outputs are computed at once, and four where that is better: where tiles are few, for enough chains
/// of multiply-adds that do not wait for each other; where four are all, so that inputs are read once (8 % less time
/// for 64 -> 64 channels @224x224); and where rounds of many tiles read large weights (12 % for 256 -> 256 @56x56).
constexpr winograd_tiling winograd_tiles(const conv2d_shape& of, int edge) noexcept {
  winograd_tiling tiling{edge, ceil_div(of.out.height, edge), ceil_div(of.out.width, edge), 0};
  // Where weights are many, two register tiles: inputs, weights and products then fit together, for 7 to 14 % less
  // time.
  const int enough = of.in.channels >= 128 ? 28 : 56;
  const bool large = detail::winograd_weights(of, tiling) > detail::winograd_large_floats && tiling.tiles() > 56;
  const int most =
      large ? 98 : std::clamp(detail::winograd_input_floats / (tiling.points() * of.in.channels), 16, enough);
  tiling.together = ceil_div(tiling.tiles(), ceil_div(tiling.tiles(), most));
  const int blocks = ceil_div(of.group_outputs(), block_width);
  tiling.blocks = std::min(large || tiling.together <= 6 || blocks <= 4 ? 4 : 2, blocks);
  return tiling;
}

/// The same with weights that each call transforms, for some inputs at a time. Requires: `may_transform_in_call`.
constexpr winograd_tiling winograd_tiles_in_call(const conv2d_shape& of, int edge) noexcept {
  winograd_tiling tiling = winograd_tiles(of, edge);
  // To transform weights again costs more than to read inputs from farther away.
  tiling.together = ceil_div(tiling.tiles(), ceil_div(tiling.tiles(), 56));
  tiling.inputs = 32;
  tiling.blocks = std::min(4, ceil_div(of.group_outputs(), block_width));
  return tiling;
}

/// True where all blocks of outputs that are computed together are as many, and full.
constexpr bool may_transform_in_call(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return of.group_outputs() % (tiling.blocks * block_width) == 0;
}

/// True for the convolutions that have a Winograd form here.
constexpr bool has_winograd(const conv2d_shape& of) noexcept {
  return of.kernel == extent(3) && of.stride == extent(1) && of.dilation == extent(1) && !is_depthwise(of) &&
         of.group_inputs() >= 8 && of.group_outputs() >= 8;
}

namespace detail {

/// Multiply-adds that take as long as a convolution in Winograd's form.
constexpr std::int64_t winograd_cost(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  const std::int64_t weights = static_cast<std::int64_t>(of.group_inputs()) * of.out.channels;
  // What an input and an output channel of a tile cost to transform, in loads, sums and stores.
  const std::int64_t transforms = tiling.points() * (6 * of.in.channels + 4 * of.out.channels);
  // Weights are loaded anew for every few tiles.
  const std::int64_t rounds = ceil_div(tiling.tiles(), tiling.together);
  return tiling.tiles() * (tiling.points() * weights + transforms) + rounds * 2 * tiling.points() * weights;
}

}  // namespace detail

/// How a network that permits Winograd computes a convolution: the edge that costs least, or 0 where the direct form
/// does. Edge 2 has the smaller error, but is never cheaper where it matters; it is there for those who ask for it.
constexpr winograd_tiling choose_winograd(const conv2d_shape& of) noexcept {
  if (!has_winograd(of)) return {};
  const winograd_tiling tiling = winograd_tiles(of, 4);
  const std::int64_t weights = static_cast<std::int64_t>(of.group_inputs()) * of.out.channels;
  const std::int64_t direct = static_cast<std::int64_t>(of.out.height) * of.out.width * 9 * weights + 2 * 9 * weights;
  if (10 * detail::winograd_cost(of, tiling) >= 9 * direct) return {};
  const winograd_tiling in_call = winograd_tiles_in_call(of, 4);
  const bool used_once = in_call.together == in_call.tiles();
  const std::int64_t most = used_once ? detail::winograd_far_floats_used_once : detail::winograd_far_floats;
  return detail::winograd_weights(of, tiling) > most && may_transform_in_call(of, in_call) ? in_call : tiling;
}

/// Where a transformed weight lies, in floats: for each group, for all blocks of 16 output channels that are computed
/// together, [point][input][channel]: the order in which they are read. All blocks are of full width.
constexpr std::size_t winograd_weight(const conv2d_shape& of, const winograd_tiling& tiling, int point, int output,
                                      int input) noexcept {
  const int all = ceil_div(of.group_outputs(), block_width);
  const int own = output % of.group_outputs();
  const int together = tiling.blocks;
  const int first = own / block_width / together * together;
  const int width = std::min(together, all - first) * block_width;
  const auto inputs = static_cast<std::size_t>(of.group_inputs());
  const std::size_t before = static_cast<std::size_t>(output / of.group_outputs() * all + first) *
                             static_cast<std::size_t>(tiling.points()) * inputs * block_width;
  return before +
         (static_cast<std::size_t>(point) * inputs + static_cast<std::size_t>(input)) *
             static_cast<std::size_t>(width) +
         static_cast<std::size_t>(own - first * block_width);
}

/// Floats of prepared weights.
constexpr std::size_t winograd_weight_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(of.groups) * static_cast<std::size_t>(ceil_div(of.group_outputs(), block_width)) *
         static_cast<std::size_t>(tiling.points()) * static_cast<std::size_t>(of.group_inputs()) * block_width;
}

/// Floats of memory that a call needs for tiles on their way.
constexpr std::size_t winograd_scratch_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(detail::winograd_memory(of, tiling).floats);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/network/numeric_policy.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_NUMERIC_POLICY_HPP
#define CLEAVE_NETWORK_NUMERIC_POLICY_HPP

/// @file
/// What a network may do to its arithmetic for speed, and which layers that concerns.

namespace cleave {

/// How sums may be formed. Two ends of a link must have the same policy: a hello that says otherwise is refused.
enum class numeric_policy : std::uint8_t {
  in_order,  ///< every output is one chain of multiply-adds in the order of the definition
  winograd,  ///< 3x3 convolutions may be computed in tiles: up to 4 times fewer multiply-adds, other roundings
};

/// How a node is computed under a policy; edge 0 where the policy changes nothing. Depends on the shape alone, so all
/// targets choose alike.
constexpr kernels::winograd_tiling winograd_of(const node& of, numeric_policy policy) noexcept {
  if (policy != numeric_policy::winograd || of.what.kind != op::conv2d) return {};
  return kernels::choose_winograd(conv2d_shape_of(of, {}));
}

/// Bytes of memory that a node's kernel needs beside its tensors.
constexpr std::size_t scratch_bytes_of(const node& of, numeric_policy policy) noexcept {
  const kernels::winograd_tiling tiling = winograd_of(of, policy);
  return tiling.edge == 0 ? 0 : kernels::winograd_scratch_floats(conv2d_shape_of(of, {}), tiling) * sizeof(float);
}

/// Bytes that a node's weights take when they are prepared for the policy; 0 where they are used as they are stored.
constexpr std::size_t prepared_bytes_of(const node& of, numeric_policy policy) noexcept {
  const kernels::winograd_tiling tiling = winograd_of(of, policy);
  const bool as_stored = tiling.edge == 0 || tiling.inputs > 0;
  return as_stored ? 0 : kernels::winograd_weight_floats(conv2d_shape_of(of, {}), tiling) * sizeof(float);
}

}  // namespace cleave
#endif
// ---- cleave/simd/pack.hpp -------------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_PACK_HPP
#define CLEAVE_SIMD_PACK_HPP

/// @file
/// What a kernel computes with: a value of `lanes` floats. A kernel is one template over its pack, so
/// another instruction set costs another pack and never another kernel. Layer "simd": the only place
/// that knows instruction sets.

namespace cleave {

/// A small value type that holds `lanes` floats, one vector register as a rule.
///
/// | expression                      | type        | semantics                                                    |
/// |---------------------------------|-------------|--------------------------------------------------------------|
/// | `Pack::lanes`                   | std::size_t | 1, 2, 4, 8 or 16, known at compile time                      |
/// | `Pack::fused`                   | bool        | true when `fma` rounds once                                  |
/// | `Pack::registers`               | int         | packs that fit the register file; kernels size tiles by it   |
/// | `Pack::load(p)`, `a.store(p)`   | Pack, void  | `lanes` floats at p, of any alignment                        |
/// | `Pack::template load_first<N>(p)` | Pack      | reads exactly N floats, 1 <= N <= lanes; other lanes are 0   |
/// | `a.template store_first<N>(p)`  | void        | writes exactly N floats                                      |
/// | `Pack::fill(x)`                 | Pack        | x in every lane                                              |
/// | `a + b`, `a - b`, `a * b`       | Pack        | as IEEE 754                                                  |
/// | `fma(a, b, c)`                  | Pack        | a * b + c; the only product that may feed a sum              |
/// | `divide(a, b)`, `sqrt(a)`       | Pack        | rounded as IEEE 754 demands, on every target                 |
/// | `max(a, b)`, `min(a, b)`        | Pack        | either zero may be the answer for +0 and -0; a NaN in b stays |
/// | `abs(a)`                        | Pack        | clears the sign                                              |
/// | `select_greater(a, b, x, y)`    | Pack        | a > b ? x : y; max and min are cheaper                       |
/// | `round_even(a)`                 | Pack        | nearest integer, ties to even; for abs(a) < 2^22             |
/// | `power_of_two(n)`               | Pack        | 2^n for integral n in [-126, 127]                            |
/// | `split_exponent(a, m)`          | Pack        | a = m * 2^result, 1 <= m < 2; for normal a > 0               |
/// | `reduce_max(a)`                 | float       | the greatest lane; for lanes without a NaN                   |
///
/// There is no sum over lanes: an output is added up in one order whatever the pack, so kernels keep
/// one chain of `fma` per output and put different outputs into the lanes.
///
/// Because compilers may contract a product and a sum into one rounding, results would depend on the
/// compiler wherever `a * b` feeds `+`. Kernels therefore write `fma` there, always.
template <class Pack>
concept pack = requires(const float* from, float* to, float one, const Pack a, Pack& reference) {
  requires std::copyable<Pack> && std::default_initializable<Pack>;
  { Pack::lanes } -> std::convertible_to<std::size_t>;
  { Pack::fused } -> std::convertible_to<bool>;
  { Pack::registers } -> std::convertible_to<int>;
  { Pack::load(from) } noexcept -> std::same_as<Pack>;
  { Pack::template load_first<1>(from) } noexcept -> std::same_as<Pack>;
  { Pack::fill(one) } noexcept -> std::same_as<Pack>;
  { a.store(to) } noexcept;
  { a.template store_first<1>(to) } noexcept;
  { a + a } noexcept -> std::same_as<Pack>;
  { a - a } noexcept -> std::same_as<Pack>;
  { a* a } noexcept -> std::same_as<Pack>;
  { fma(a, a, a) } noexcept -> std::same_as<Pack>;
  { divide(a, a) } noexcept -> std::same_as<Pack>;
  { sqrt(a) } noexcept -> std::same_as<Pack>;
  { max(a, a) } noexcept -> std::same_as<Pack>;
  { min(a, a) } noexcept -> std::same_as<Pack>;
  { abs(a) } noexcept -> std::same_as<Pack>;
  { select_greater(a, a, a, a) } noexcept -> std::same_as<Pack>;
  { round_even(a) } noexcept -> std::same_as<Pack>;
  { power_of_two(a) } noexcept -> std::same_as<Pack>;
  { split_exponent(a, reference) } noexcept -> std::same_as<Pack>;
  { reduce_max(a) } noexcept -> std::same_as<float>;
};

/// True for packs of cores that issue one instruction at a time, in order, loads like multiply-adds: microcontrollers.
/// Kernels then choose tiles by the instructions of a step. Such a pack has a static member of this name that is true.
template <pack Pack>
inline constexpr bool single_issue = requires { requires Pack::single_issue; };

/// fma(x in every lane, b, c). A pack that does this in one instruction has a static `fma_scalar` of its own for it.
template <pack Pack>
[[gnu::always_inline]] inline Pack fma_scalar(float x, Pack b, Pack c) noexcept {
  if constexpr (requires { Pack::fma_scalar(x, b, c); }) return Pack::fma_scalar(x, b, c);
  else return fma(Pack::fill(x), b, c);
}

/// A pack of sixteen that can be used as two halves of eight, for kernels with less than nine channels: those put two
/// pixels into one pack. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `Pack::load_twice(p)`           | Pack | eight floats, in both halves                                         |
/// | `Pack::load_halves<M>(p, q)`    | Pack | eight floats from p, eight from q; those not in the mask M are 0 and |
/// |                                 |      | are not read                                                         |
/// | `a.spread<N>()`                 | Pack | lane N in the lower half, lane N + 8 in the upper                    |
/// | `Pack::fma_halves<L, H>(a,b,c)` | Pack | fma(a, b, c) in the halves that are true, c in the other             |
/// | `a.store_high<N>(p)`            |      | the first N lanes of the upper half                                  |
template <class Pack>
concept pair_pack = pack<Pack> && Pack::lanes == 16 && requires(const float* from, float* to, const Pack a) {
  { Pack::load_twice(from) } noexcept -> std::same_as<Pack>;
  { Pack::template load_halves<1U>(from, from) } noexcept -> std::same_as<Pack>;
  { a.template spread<0>() } noexcept -> std::same_as<Pack>;
  { Pack::template fma_halves<true, false>(a, a, a) } noexcept -> std::same_as<Pack>;
  { a.template store_high<1>(to) } noexcept;
};

/// A pack whose lanes can be factors, where the processor multiplies by a lane as fast as by a register: an input need
/// not be spread over a register of its own. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `a.template fma_lane<N>(b, c)`  | Pack | fma(x, b, c) with x lane N of a in every lane                        |
template <class Pack>
concept lane_pack = pack<Pack> && requires(const Pack a) {
  { a.template fma_lane<0>(a, a) } noexcept -> std::same_as<Pack>;
};

/// A pack whose loads and stores move their pointer on for nothing, where the processor has no address with an offset
/// for them and few registers: all of it stays in the order in which it is written. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `Pack::load_next(p)`            | Pack | load(p), and p moves on by `lanes` floats                            |
/// | `Pack::fill_next(p)`            | Pack | fill(*p), and p moves on by a float                                  |
/// | `a.store_next(q)`               |      | a.store(q), and q moves on by `lanes` floats                         |
/// | `Pack::fma_next(a, b, c)`       | Pack | fma(a, b, c)                                                         |
template <class Pack>
concept stream_pack = pack<Pack> && requires(const float*& from, float*& to, const Pack a) {
  { Pack::load_next(from) } noexcept -> std::same_as<Pack>;
  { Pack::fill_next(from) } noexcept -> std::same_as<Pack>;
  { a.store_next(to) } noexcept;
  { Pack::fma_next(a, a, a) } noexcept -> std::same_as<Pack>;
};

// Layers are called divide and sqrt too. Kernels mean the functions of their packs: with any function of the name in
// sight, the argument decides.
namespace kernels {
void divide();
void sqrt();
}  // namespace kernels

}  // namespace cleave
#endif
// ---- cleave/simd/scalar_pack.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_SCALAR_PACK_HPP
#define CLEAVE_SIMD_SCALAR_PACK_HPP

/// @file
/// A pack of one float: the pack of microcontrollers, and the one that the others are tested against.

namespace cleave {

// Packs have a namespace of their own, because layers have the names of some of their functions.
namespace simd {

/// The square root, rounded as IEEE 754 demands. The built-in one goes to libm for errno where x is negative.
[[gnu::always_inline]] inline float square_root(float x) noexcept {
#if defined(__ARM_FP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  float root;
  asm("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
  return root;
#else
  return __builtin_sqrtf(x);
#endif
}

/// One float. `Fused` tells what the target's own multiply-add does; it is part of the type so that
/// units compiled for different targets can be linked together.
template <bool Fused>
struct basic_scalar_pack {
  static constexpr std::size_t lanes = 1;
  static constexpr bool fused = Fused;
#if defined(__ARM_FP) || defined(__aarch64__)
  static constexpr int registers = 32;
#else
  static constexpr int registers = 16;
#endif
#if defined(__ARM_FP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  static constexpr bool single_issue = true;
#endif

  float value = 0;

  [[gnu::always_inline]] static basic_scalar_pack load(const float* from) noexcept { return {*from}; }
  template <int Count>
  [[gnu::always_inline]] static basic_scalar_pack load_first(const float* from) noexcept {
    static_assert(Count == 1);
    return {*from};
  }
  [[gnu::always_inline]] static basic_scalar_pack fill(float value) noexcept { return {value}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { *to = value; }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count == 1);
    *to = value;
  }

  [[gnu::always_inline]] friend basic_scalar_pack operator+(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value + b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack operator-(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value - b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack operator*(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value * b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack fma(basic_scalar_pack a, basic_scalar_pack b,
                                                      basic_scalar_pack c) noexcept {
    if constexpr (Fused) return {__builtin_fmaf(a.value, b.value, c.value)};
    return {a.value * b.value + c.value};
  }
#if defined(__ARM_FEATURE_FMA) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  // Written out, so that the sum stays in its register: in unrolled loops g++ 12 gives each partial sum another one,
  // and moves them back at the end of the loop, 6 of 150 instructions (1x1 convolution, Cortex-M4).
  [[gnu::always_inline]] static basic_scalar_pack fma_scalar(float x, basic_scalar_pack b,
                                                             basic_scalar_pack c) noexcept {
    asm("vfma.f32 %0, %1, %2" : "+t"(c.value) : "t"(x), "t"(b.value));
    return c;
  }
#endif
  [[gnu::always_inline]] friend basic_scalar_pack divide(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value / b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack sqrt(basic_scalar_pack a) noexcept { return {square_root(a.value)}; }
  [[gnu::always_inline]] friend basic_scalar_pack max(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value > b.value ? a.value : b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack min(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value < b.value ? a.value : b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack abs(basic_scalar_pack a) noexcept {
    return {__builtin_fabsf(a.value)};
  }
  [[gnu::always_inline]] friend basic_scalar_pack select_greater(basic_scalar_pack a, basic_scalar_pack b,
                                                                 basic_scalar_pack yes, basic_scalar_pack no) noexcept {
    return a.value > b.value ? yes : no;
  }
  [[gnu::always_inline]] friend basic_scalar_pack round_even(basic_scalar_pack a) noexcept {
    constexpr float magic = 12582912.0f;  // 1.5 * 2^23: its unit in the last place is 1
    return {(a.value + magic) - magic};
  }
  [[gnu::always_inline]] friend basic_scalar_pack power_of_two(basic_scalar_pack n) noexcept {
    const auto biased = std::bit_cast<std::uint32_t>(n.value + (8388608.0f + 127.0f));
    return {std::bit_cast<float>(biased << 23)};
  }
  [[gnu::always_inline]] friend basic_scalar_pack split_exponent(basic_scalar_pack a,
                                                                 basic_scalar_pack& mantissa) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(a.value);
    mantissa.value = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f800000u);
    return {std::bit_cast<float>((bits >> 23) | 0x4b000000u) - (8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(basic_scalar_pack a) noexcept { return a.value; }
};

}  // namespace simd

using simd::basic_scalar_pack;

/// One float, with the target's fused multiply-add where it has one. Without one, the product and the
/// sum are rounded separately (a call into the C library would fuse, at a hundred times the cost).
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
using scalar_pack = basic_scalar_pack<true>;
#else
using scalar_pack = basic_scalar_pack<false>;
#endif

static_assert(pack<scalar_pack>);

}  // namespace cleave
#endif
// ---- cleave/simd/native.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_NATIVE_HPP
#define CLEAVE_SIMD_NATIVE_HPP

/// @file
/// The pack that fits the target this unit is compiled for: SSE2 to AVX-512 and NEON through xsimd, MVE
/// (Cortex-M55), a single float elsewhere (Cortex-M0 to M7) and where xsimd is not installed. Define CLEAVE_SCALAR to
/// get the single float everywhere.

#if !defined(CLEAVE_SCALAR) && (defined(__SSE2__) || (defined(__ARM_NEON) && __ARM_ARCH >= 7))
#if __has_include(<xsimd/xsimd.hpp>)
#define CLEAVE_HAS_XSIMD 1
#endif
#endif

#if defined(CLEAVE_HAS_XSIMD)
// ---- cleave/core/static_for.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_STATIC_FOR_HPP
#define CLEAVE_CORE_STATIC_FOR_HPP

/// @file
/// A loop that is unrolled for certain. Register arrays are indexed only through it: a plain `for`
/// made g++ 12 keep the accumulators of a 4x2 tile in memory (33 against 107 GFLOP/s, AVX2).

#include <cstddef>
#include <utility>

namespace cleave {

/// Calls `body.template operator()<I>()` for I = 0 .. Count-1, inlined, in that order.
/// The body is a lambda of the form `[&]<std::size_t I>() { ... }`.
template <std::size_t Count, class Body>
[[gnu::always_inline]] constexpr void static_for(Body&& body) {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    (body.template operator()<I>(), ...);
  }
  (std::make_index_sequence<Count>{});
}

}  // namespace cleave
#endif
// ---- cleave/simd/xsimd_pack.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_XSIMD_PACK_HPP
#define CLEAVE_SIMD_XSIMD_PACK_HPP

/// @file
/// A pack over an xsimd batch. The only header that includes xsimd. Include it only where
/// simd/native.hpp would: xsimd 8.1 does not compile for targets without a vector unit it knows.

#include <cstddef>
#include <cstdint>

#include <xsimd/xsimd.hpp>

#if defined(__SSE2__)
// ---- cleave/simd/x86_registers.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_X86_REGISTERS_HPP
#define CLEAVE_SIMD_X86_REGISTERS_HPP

/// @file
/// What the pack needs of SSE, AVX and AVX-512 registers and xsimd 8.1 does not have: parts of a
/// register to and from memory, and a multiply-add that is fused on AVX-512 too (xsimd's is two roundings).

#include <immintrin.h>

#include <cstddef>

namespace cleave::detail {

#if defined(__FMA__)
inline constexpr bool registers_fuse = true;
#else
inline constexpr bool registers_fuse = false;
#endif

/// AVX-512 doubles the number of registers, for the narrow ones too; kernels count on it for the wide ones.
constexpr int register_count(std::size_t lanes) noexcept { return lanes == 16 ? 32 : 16; }

template <int Count>
[[gnu::always_inline]] inline __m128 load_part(const float* from, __m128) noexcept {
  if constexpr (Count == 1) {
    return _mm_load_ss(from);
  } else {
    const __m128 two = _mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<const __m64*>(from));
    if constexpr (Count == 2) return two;
    else return _mm_movelh_ps(two, _mm_load_ss(from + 2));
  }
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m128 value) noexcept {
  if constexpr (Count == 1) {
    _mm_store_ss(to, value);
  } else {
    _mm_storel_pi(reinterpret_cast<__m64*>(to), value);
    if constexpr (Count == 3) _mm_store_ss(to + 2, _mm_movehl_ps(value, value));
  }
}

[[gnu::always_inline]] inline __m128 multiply_add(__m128 a, __m128 b, __m128 c) noexcept {
#if defined(__FMA__)
  return _mm_fmadd_ps(a, b, c);
#else
  return _mm_add_ps(_mm_mul_ps(a, b), c);
#endif
}
[[gnu::always_inline]] inline __m128 exact_divide(__m128 a, __m128 b) noexcept { return _mm_div_ps(a, b); }
[[gnu::always_inline]] inline __m128 exact_sqrt(__m128 a) noexcept { return _mm_sqrt_ps(a); }
[[gnu::always_inline]] inline __m128 maximum(__m128 a, __m128 b) noexcept { return _mm_max_ps(a, b); }
[[gnu::always_inline]] inline __m128 minimum(__m128 a, __m128 b) noexcept { return _mm_min_ps(a, b); }

#if defined(__AVX__)
// Halves, not maskload and maskstore: a masked store takes a dozen cycles on AMD's cores.
template <int Count>
[[gnu::always_inline]] inline __m256 load_part(const float* from, __m256) noexcept {
  if constexpr (Count < 4) {
    return _mm256_zextps128_ps256(load_part<Count>(from, __m128{}));
  } else if constexpr (Count == 4) {
    return _mm256_zextps128_ps256(_mm_loadu_ps(from));
  } else {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), load_part<Count - 4>(from + 4, __m128{}),
                                1);
  }
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m256 value) noexcept {
  const __m128 low = _mm256_castps256_ps128(value);
  if constexpr (Count < 4) {
    store_part<Count>(to, low);
  } else {
    _mm_storeu_ps(to, low);
    if constexpr (Count > 4) store_part<Count - 4>(to + 4, _mm256_extractf128_ps(value, 1));
  }
}

[[gnu::always_inline]] inline __m256 multiply_add(__m256 a, __m256 b, __m256 c) noexcept {
#if defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return _mm256_add_ps(_mm256_mul_ps(a, b), c);
#endif
}
[[gnu::always_inline]] inline __m256 exact_divide(__m256 a, __m256 b) noexcept { return _mm256_div_ps(a, b); }
[[gnu::always_inline]] inline __m256 exact_sqrt(__m256 a) noexcept { return _mm256_sqrt_ps(a); }
[[gnu::always_inline]] inline __m256 maximum(__m256 a, __m256 b) noexcept { return _mm256_max_ps(a, b); }
[[gnu::always_inline]] inline __m256 minimum(__m256 a, __m256 b) noexcept { return _mm256_min_ps(a, b); }
#endif

#if defined(__AVX512F__)
template <int Count>
[[gnu::always_inline]] inline __m512 load_part(const float* from, __m512) noexcept {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << Count) - 1), from);
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m512 value) noexcept {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << Count) - 1), value);
}

[[gnu::always_inline]] inline __m512 multiply_add(__m512 a, __m512 b, __m512 c) noexcept {
  return _mm512_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline __m512 exact_divide(__m512 a, __m512 b) noexcept { return _mm512_div_ps(a, b); }
// The zero-masked forms become the plain instructions, without g++ 12's false warning about the
// undefined register that the plain intrinsics start from (GCC bug 105593).
[[gnu::always_inline]] inline __m512 exact_sqrt(__m512 a) noexcept { return _mm512_maskz_sqrt_ps(0xffff, a); }
[[gnu::always_inline]] inline __m512 maximum(__m512 a, __m512 b) noexcept { return _mm512_maskz_max_ps(0xffff, a, b); }
[[gnu::always_inline]] inline __m512 minimum(__m512 a, __m512 b) noexcept { return _mm512_maskz_min_ps(0xffff, a, b); }

// A register as two halves of eight floats, for what is too narrow for sixteen.
[[gnu::always_inline]] inline __m512 load_twice(const float* from) noexcept {
  return _mm512_castpd_ps(_mm512_maskz_broadcast_f64x4(0xff, _mm256_castps_pd(_mm256_loadu_ps(from))));
}
[[gnu::always_inline]] inline __m512 load_halves(unsigned lanes, const float* low, const float* high) noexcept {
  const __m512 lower = _mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes & 0x00ffU), low);
  return _mm512_mask_loadu_ps(lower, static_cast<__mmask16>(lanes & 0xff00U), high - 8);
}
template <int Lane>
[[gnu::always_inline]] inline __m512 spread_halves(__m512 a) noexcept {
  constexpr int high = Lane + 8;
  const __m512i lanes =
      _mm512_setr_epi32(Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane, high, high, high, high, high, high, high, high);
  return _mm512_maskz_permutexvar_ps(0xffff, lanes, a);
}
template <bool Low, bool High>
[[gnu::always_inline]] inline __m512 multiply_add_halves(__m512 a, __m512 b, __m512 c) noexcept {
  if constexpr (Low && High) return _mm512_fmadd_ps(a, b, c);
  else return _mm512_mask3_fmadd_ps(a, b, c, static_cast<__mmask16>(Low ? 0x00ff : 0xff00));
}
template <int Count>
[[gnu::always_inline]] inline void store_high(float* to, __m512 a) noexcept {
  const __m256 half = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xff, _mm512_castps_pd(a), 1));
  if constexpr (Count == 8) _mm256_storeu_ps(to, half);
  else store_part<Count>(to, half);
}
#endif

}  // namespace cleave::detail
#endif
#else
// ---- cleave/simd/neon_registers.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_NEON_REGISTERS_HPP
#define CLEAVE_SIMD_NEON_REGISTERS_HPP

/// @file
/// What the pack needs of NEON registers and xsimd 8.1 does not have: parts of a register to and from
/// memory, and a division and square root that are rounded as IEEE 754 demands (32-bit NEON only
/// estimates them: 40 % of xsimd's quotients differ in the last bit).

#include <arm_neon.h>

#include <cstddef>

namespace cleave::detail {

#if defined(__ARM_FEATURE_FMA)
inline constexpr bool registers_fuse = true;
#else
inline constexpr bool registers_fuse = false;
#endif

#if defined(__aarch64__)
constexpr int register_count(std::size_t) noexcept { return 32; }
#else
constexpr int register_count(std::size_t) noexcept { return 16; }
#endif

template <int Count>
[[gnu::always_inline]] inline float32x4_t load_part(const float* from, float32x4_t) noexcept {
  if constexpr (Count == 1) return vld1q_lane_f32(from, vdupq_n_f32(0), 0);
  else if constexpr (Count == 2) return vcombine_f32(vld1_f32(from), vdup_n_f32(0));
  else return vld1q_lane_f32(from + 2, vcombine_f32(vld1_f32(from), vdup_n_f32(0)), 2);
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, float32x4_t value) noexcept {
  if constexpr (Count == 1) {
    vst1q_lane_f32(to, value, 0);
  } else {
    vst1_f32(to, vget_low_f32(value));
    if constexpr (Count == 3) vst1q_lane_f32(to + 2, value, 2);
  }
}

[[gnu::always_inline]] inline float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
#if defined(__ARM_FEATURE_FMA)
  return vfmaq_f32(c, a, b);
#else
  return vaddq_f32(vmulq_f32(a, b), c);
#endif
}

[[gnu::always_inline]] inline float32x4_t maximum(float32x4_t a, float32x4_t b) noexcept { return vmaxq_f32(a, b); }
[[gnu::always_inline]] inline float32x4_t minimum(float32x4_t a, float32x4_t b) noexcept { return vminq_f32(a, b); }

/// a > b ? yes : no. g++ 12 compares lane by lane where single floats are to follow IEEE 754 in 32-bit code, also
/// behind the intrinsic: 38 instructions for one selection. The registers compare as the rest of this pack computes,
/// with subnormal numbers taken for 0.
[[gnu::always_inline]] inline float32x4_t select_greater(float32x4_t a, float32x4_t b, float32x4_t yes,
                                                         float32x4_t no) noexcept {
#if defined(__aarch64__) || defined(__clang__)
  return vbslq_f32(vcgtq_f32(a, b), yes, no);
#else
  uint32x4_t greater;
  asm("vcgt.f32 %q0, %q1, %q2" : "=w"(greater) : "w"(a), "w"(b));
  return vbslq_f32(greater, yes, no);
#endif
}

#if defined(__aarch64__)
template <int Lane>
[[gnu::always_inline]] inline float32x4_t multiply_add_lane(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
  return vfmaq_laneq_f32(c, b, a, Lane);
}
#elif defined(__ARM_FEATURE_FMA)
// For loops that use all sixteen registers. g++ 12 gives these loads an addition or a move more in many places, and
// lets the next loads pass the last products, for which it then has no register; so all of it stays in the order
// written.
[[gnu::always_inline]] inline float32x4_t load_next(const float*& from) noexcept {
  float32x4_t value;
  asm volatile("vld1.32 {%e0-%f0}, [%1]!" : "=w"(value), "+r"(from) : "m"(*reinterpret_cast<const float(*)[4]>(from)));
  return value;
}
[[gnu::always_inline]] inline float32x4_t fill_next(const float*& from) noexcept {
  float32x4_t value;
  asm volatile("vld1.32 {%e0[], %f0[]}, [%1]!" : "=w"(value), "+r"(from) : "m"(*from));
  return value;
}
[[gnu::always_inline]] inline void store_next(float*& to, float32x4_t value) noexcept {
  asm volatile("vst1.32 {%e2-%f2}, [%0]!" : "+r"(to), "=m"(*reinterpret_cast<float(*)[4]>(to)) : "w"(value));
}
[[gnu::always_inline]] inline float32x4_t multiply_add_next(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
  asm volatile("vfma.f32 %q0, %q1, %q2" : "+w"(c) : "w"(a), "w"(b));
  return c;
}
#endif

#if defined(__aarch64__)
[[gnu::always_inline]] inline float32x4_t exact_divide(float32x4_t a, float32x4_t b) noexcept {
  return vdivq_f32(a, b);
}
[[gnu::always_inline]] inline float32x4_t exact_sqrt(float32x4_t a) noexcept { return vsqrtq_f32(a); }
#else
[[gnu::always_inline]] inline float32x4_t exact_divide(float32x4_t a, float32x4_t b) noexcept {
  return float32x4_t{a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]};
}
[[gnu::always_inline]] inline float32x4_t exact_sqrt(float32x4_t a) noexcept {
  return float32x4_t{__builtin_sqrtf(a[0]), __builtin_sqrtf(a[1]), __builtin_sqrtf(a[2]), __builtin_sqrtf(a[3])};
}
#endif

}  // namespace cleave::detail
#endif
#endif

namespace cleave {

namespace detail {
// Some machines' registers have a faster form of it than xsimd; a name that is looked for must be declared.
void select_greater();

// Integer operators on a register, on g++ and clang alike. Written out, because g++ 12 loses a
// vector_size that depends on a template parameter.
template <std::size_t Lanes>
struct integer_register;
template <>
struct integer_register<4> {
  using type [[gnu::vector_size(16)]] = std::uint32_t;
};
template <>
struct integer_register<8> {
  using type [[gnu::vector_size(32)]] = std::uint32_t;
};
template <>
struct integer_register<16> {
  using type [[gnu::vector_size(64)]] = std::uint32_t;
};

// Registers that have a selection of their own overload this; the others find the name, and that it does not fit.
struct no_selection {};
inline void select_greater(no_selection) noexcept {}
}  // namespace detail

// A namespace of its own, as scalar_pack.hpp says.
namespace simd {

/// The floats of one vector register of `Arch`, an xsimd architecture such as `xsimd::avx2`.
/// What xsimd lacks, or does with other roundings than IEEE 754 has, comes from {x86,neon}_registers.hpp.
template <class Arch>
struct xsimd_pack {
  using batch = xsimd::batch<float, Arch>;

  static constexpr std::size_t lanes = batch::size;
  static constexpr bool fused = detail::registers_fuse;
  static constexpr int registers = detail::register_count(lanes);

  batch value{};

  [[gnu::always_inline]] static xsimd_pack load(const float* from) noexcept { return {batch::load_unaligned(from)}; }
  template <int Count>
  [[gnu::always_inline]] static xsimd_pack load_first(const float* from) noexcept {
    static_assert(Count >= 1 && Count <= static_cast<int>(lanes));
    if constexpr (Count == static_cast<int>(lanes)) return load(from);
    else return {batch(detail::load_part<Count>(from, raw{}))};
  }
  [[gnu::always_inline]] static xsimd_pack fill(float value) noexcept { return {batch(value)}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { value.store_unaligned(to); }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count >= 1 && Count <= static_cast<int>(lanes));
    if constexpr (Count == static_cast<int>(lanes)) store(to);
    else detail::store_part<Count>(to, value.data);
  }

  [[gnu::always_inline]] friend xsimd_pack operator+(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value + b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack operator-(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value - b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack operator*(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value * b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack fma(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept {
    return {batch(detail::multiply_add(a.value.data, b.value.data, c.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack divide(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::exact_divide(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack sqrt(xsimd_pack a) noexcept {
    return {batch(detail::exact_sqrt(a.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack max(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::maximum(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack min(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::minimum(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack abs(xsimd_pack a) noexcept { return {xsimd::abs(a.value)}; }
  [[gnu::always_inline]] friend xsimd_pack select_greater(xsimd_pack a, xsimd_pack b, xsimd_pack yes,
                                                          xsimd_pack no) noexcept {
    if constexpr (requires { detail::select_greater(a.value.data, b.value.data, yes.value.data, no.value.data); }) {
      return {batch(detail::select_greater(a.value.data, b.value.data, yes.value.data, no.value.data))};
    } else {
      return {xsimd::select(a.value > b.value, yes.value, no.value)};
    }
  }
  [[gnu::always_inline]] friend xsimd_pack round_even(xsimd_pack a) noexcept {
    const batch magic(12582912.0f);  // 1.5 * 2^23: its unit in the last place is 1
    return {(a.value + magic) - magic};
  }
  [[gnu::always_inline]] friend xsimd_pack power_of_two(xsimd_pack n) noexcept {
    const auto biased = (bits)(n.value + batch(8388608.0f + 127.0f)).data;
    return {batch((raw)(biased << 23))};
  }
  [[gnu::always_inline]] friend xsimd_pack split_exponent(xsimd_pack a, xsimd_pack& mantissa) noexcept {
    const auto all = (bits)a.value.data;
    mantissa.value = batch((raw)((all & 0x007fffffu) | 0x3f800000u));
    return {batch((raw)((all >> 23) | 0x4b000000u)) - batch(8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(xsimd_pack a) noexcept {
    float lane[lanes];
    a.store(lane);
    static_for<lanes - 1>(
        [&]<std::size_t Index>() { lane[Index + 1] = lane[Index] > lane[Index + 1] ? lane[Index] : lane[Index + 1]; });
    return lane[lanes - 1];
  }

#if defined(__AVX512F__)
  // What `pair_pack` asks for.
  [[gnu::always_inline]] static xsimd_pack load_twice(const float* from) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::load_twice(from))};
  }
  template <unsigned Lanes>
  [[gnu::always_inline]] static xsimd_pack load_halves(const float* low, const float* high) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::load_halves(Lanes, low, high))};
  }
  template <int Lane>
  [[gnu::always_inline]] xsimd_pack spread() const noexcept
    requires(lanes == 16)
  {
    return {batch(detail::spread_halves<Lane>(value.data))};
  }
  template <bool Low, bool High>
  [[gnu::always_inline]] static xsimd_pack fma_halves(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::multiply_add_halves<Low, High>(a.value.data, b.value.data, c.value.data))};
  }
  template <int Count>
  [[gnu::always_inline]] void store_high(float* to) const noexcept
    requires(lanes == 16)
  {
    detail::store_high<Count>(to, value.data);
  }
#endif

#if defined(__aarch64__)
  // What `lane_pack` asks for.
  template <std::size_t Lane>
  [[gnu::always_inline]] xsimd_pack fma_lane(xsimd_pack b, xsimd_pack c) const noexcept {
    return {batch(detail::multiply_add_lane<static_cast<int>(Lane)>(value.data, b.value.data, c.value.data))};
  }
#elif defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
  // What `stream_pack` asks for.
  [[gnu::always_inline]] static xsimd_pack load_next(const float*& from) noexcept {
    return {batch(detail::load_next(from))};
  }
  [[gnu::always_inline]] static xsimd_pack fill_next(const float*& from) noexcept {
    return {batch(detail::fill_next(from))};
  }
  [[gnu::always_inline]] void store_next(float*& to) const noexcept { detail::store_next(to, value.data); }
  [[gnu::always_inline]] static xsimd_pack fma_next(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept {
    return {batch(detail::multiply_add_next(a.value.data, b.value.data, c.value.data))};
  }
#endif

 private:
  using raw = typename batch::register_type;
  using bits = typename detail::integer_register<lanes>::type;
};

}  // namespace simd

using simd::xsimd_pack;

static_assert(pack<xsimd_pack<xsimd::default_arch>>);

}  // namespace cleave
#endif

namespace cleave {
using native_pack = xsimd_pack<xsimd::default_arch>;
}
#elif !defined(CLEAVE_SCALAR) && defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
// ---- cleave/simd/mve_pack.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_MVE_PACK_HPP
#define CLEAVE_SIMD_MVE_PACK_HPP

/// @file
/// A pack of four floats for Arm's M-profile vector extension (Helium: Cortex-M55, M85). Include it only where
/// simd/native.hpp would. Like 32-bit NEON, its arithmetic is fused, rounds to nearest and takes subnormal numbers
/// for 0.

#include <cstddef>
#include <cstdint>

#include <arm_mve.h>

namespace cleave {

// A namespace of its own, as scalar_pack.hpp says.
namespace simd {

/// The floats of one vector register.
struct mve_pack {
  static constexpr std::size_t lanes = 4;
  static constexpr bool fused = true;
  static constexpr int registers = 8;
  static constexpr bool single_issue = true;

  float32x4_t value{};

  // Floats in memory, with no more alignment than they have. Not by intrinsics: g++ 12 moves their loads ahead of
  // stores to the same floats.
  using in_memory [[gnu::aligned(4), gnu::may_alias]] = float32x4_t;

  [[gnu::always_inline]] static mve_pack load(const float* from) noexcept {
    return {*reinterpret_cast<const in_memory*>(from)};
  }
  // For parts of a register vctp sets the predicate for the first lanes. In one piece with operands that name the
  // floats, for g++ 12 takes vstrwq_p for a store of all four lanes: it deletes what was stored just before to the
  // floats behind the part, and to other objects that lie there.
  template <int Count>
  [[gnu::always_inline]] static mve_pack load_first(const float* from) noexcept {
    static_assert(Count >= 1 && Count <= 4);
    if constexpr (Count == 4) {
      return load(from);
    } else {
#if defined(__clang__)
      return {vldrwq_z_f32(from, vctp32q(Count))};
#else
      float32x4_t result;
      asm("vctp.32 %[count]\n\tvpst\n\tvldrwt.u32 %q[result], [%[from]]"
          : [result] "=w"(result)
          : [from] "r"(from), [count] "r"(Count), "m"(*reinterpret_cast<const float(*)[Count]>(from))
          : "p0");
      return {result};
#endif
    }
  }
  [[gnu::always_inline]] static mve_pack fill(float value) noexcept { return {vdupq_n_f32(value)}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { *reinterpret_cast<in_memory*>(to) = value; }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count >= 1 && Count <= 4);
    if constexpr (Count == 4) {
      store(to);
    } else {
#if defined(__clang__)
      vstrwq_p_f32(to, value, vctp32q(Count));
#else
      asm("vctp.32 %[count]\n\tvpst\n\tvstrwt.32 %q[value], [%[to]]"
          : "=m"(*reinterpret_cast<float(*)[Count]>(to))
          : [value] "w"(value), [to] "r"(to), [count] "r"(Count)
          : "p0");
#endif
    }
  }

  [[gnu::always_inline]] friend mve_pack operator+(mve_pack a, mve_pack b) noexcept {
    return {vaddq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack operator-(mve_pack a, mve_pack b) noexcept {
    return {vsubq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack operator*(mve_pack a, mve_pack b) noexcept {
    return {vmulq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack fma(mve_pack a, mve_pack b, mve_pack c) noexcept {
    return {vfmaq_f32(c.value, a.value, b.value)};
  }
  [[gnu::always_inline]] static mve_pack fma_scalar(float x, mve_pack b, mve_pack c) noexcept {
    return {vfmaq_n_f32(c.value, b.value, x)};
  }
  // There are no vector instructions for these two.
  [[gnu::always_inline]] friend mve_pack divide(mve_pack a, mve_pack b) noexcept {
    return {float32x4_t{a.value[0] / b.value[0], a.value[1] / b.value[1], a.value[2] / b.value[2],
                        a.value[3] / b.value[3]}};
  }
  [[gnu::always_inline]] friend mve_pack sqrt(mve_pack a) noexcept {
    return {float32x4_t{square_root(a.value[0]), square_root(a.value[1]), square_root(a.value[2]),
                        square_root(a.value[3])}};
  }
  // vmaxnm would return the number where the other is a NaN.
  [[gnu::always_inline]] friend mve_pack max(mve_pack a, mve_pack b) noexcept { return select_greater(a, b, a, b); }
  [[gnu::always_inline]] friend mve_pack min(mve_pack a, mve_pack b) noexcept { return select_greater(b, a, a, b); }
  [[gnu::always_inline]] friend mve_pack abs(mve_pack a) noexcept { return {vabsq_f32(a.value)}; }
  [[gnu::always_inline]] friend mve_pack select_greater(mve_pack a, mve_pack b, mve_pack yes, mve_pack no) noexcept {
#if defined(__clang__)
    return {vpselq_f32(yes.value, no.value, vcmpgtq_f32(a.value, b.value))};
#else
    // In one piece: there is a single predicate register, and g++ 12 compares several packs before it selects, with
    // three moves for each predicate.
    float32x4_t result;
    asm("vcmp.f32 gt, %q1, %q2\n\tvpsel %q0, %q3, %q4"
        : "=&w"(result)
        : "w"(a.value), "w"(b.value), "w"(yes.value), "w"(no.value)
        : "p0");
    return {result};
#endif
  }
  [[gnu::always_inline]] friend mve_pack round_even(mve_pack a) noexcept {
    const float32x4_t magic = vdupq_n_f32(12582912.0f);  // 1.5 * 2^23: its unit in the last place is 1
    return {vsubq_f32(vaddq_f32(a.value, magic), magic)};
  }
  [[gnu::always_inline]] friend mve_pack power_of_two(mve_pack n) noexcept {
    const float32x4_t biased = vaddq_n_f32(n.value, 8388608.0f + 127.0f);
    return {vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(biased), 23))};
  }
  [[gnu::always_inline]] friend mve_pack split_exponent(mve_pack a, mve_pack& mantissa) noexcept {
    const uint32x4_t bits = vreinterpretq_u32_f32(a.value);
    const uint32x4_t fraction = vandq_u32(bits, vdupq_n_u32(0x007fffffu));
    mantissa.value = vreinterpretq_f32_u32(vorrq_u32(fraction, vdupq_n_u32(0x3f800000u)));
    const uint32x4_t exponent = vorrq_u32(vshrq_n_u32(bits, 23), vdupq_n_u32(0x4b000000u));
    return {vsubq_n_f32(vreinterpretq_f32_u32(exponent), 8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(mve_pack a) noexcept {
    const auto greater = [](float x, float y) { return x > y ? x : y; };
    return greater(greater(a.value[0], a.value[1]), greater(a.value[2], a.value[3]));
  }
};

}  // namespace simd

using simd::mve_pack;

static_assert(pack<mve_pack>);

}  // namespace cleave
#endif

namespace cleave {
using native_pack = mve_pack;
}
#else
namespace cleave {
using native_pack = scalar_pack;
}
#endif

#endif
// ---- cleave/network/options.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_OPTIONS_HPP
#define CLEAVE_NETWORK_OPTIONS_HPP

/// @file
/// How a network computes, apart from what it computes.

namespace cleave {

/// The options of a network that computes with `Pack` and says nothing else.
template <pack Pack>
struct options_with {
  /// What kernels compute with.
  using pack = Pack;
  /// The workspace lies inside the network object; false: it is given to the constructor.
  static constexpr bool owns_workspace = true;
  /// Bytes that every tensor in the workspace is aligned to.
  static constexpr std::size_t alignment = Pack::lanes > 1 ? 64 : 8;
  /// How sums may be formed.
  static constexpr numeric_policy numerics = numeric_policy::in_order;
  /// Layers with weights share one function for all shapes: less code, more time.
  static constexpr bool small_code = false;
  /// Who computes a step's parts. With any other than `sequential` a network is given one to view.
  using executor = sequential;
};

/// What a network takes where nothing is said. Derive from it and hide what shall differ:
/// `struct on_scalars : cleave::default_options { using pack = cleave::scalar_pack; };`. The native pack is in its
/// type, so that units compiled for different processors can be linked together: each has networks of its own.
using default_options = options_with<native_pack>;

/// Options that permit what changes bits for speed: see `numeric_policy::winograd`. A network with these takes weights
/// that were prepared for it, see `prepared_weights`.
template <pack Pack>
struct fast_options_with : options_with<Pack> {
  static constexpr numeric_policy numerics = numeric_policy::winograd;
};
using fast_options = fast_options_with<native_pack>;

/// Options for where flash is scarcer than time; to be compiled with -Os. Bits are those of `default_options`.
template <pack Pack>
struct small_options_with : options_with<Pack> {
  static constexpr bool small_code = true;
};
using small_options = small_options_with<native_pack>;

/// What two ends must share for equal bits: 1 where products and sums are rounded once (one order of summation,
/// fused), 0 where they are rounded apart; and twice the number of the numeric policy.
template <class Options>
inline constexpr std::uint32_t numeric_id =
    (Options::pack::fused ? 1U : 0U) + 2U * static_cast<std::uint32_t>(Options::numerics);

}  // namespace cleave
#endif
// ---- cleave/codec/codec.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_CODEC_CODEC_HPP
#define CLEAVE_CODEC_CODEC_HPP

/// @file
/// A codec squeezes one tensor into fewer bytes for the wire and gives it back. This header holds
/// the concept and `codec_set`, with which a server finds the codec that a frame names.

namespace cleave {

/// The codec's name on the wire. cleave takes 0 to 31; 32 to 63 are free for users' own codecs,
/// as `codec_id{40}`. There are no others: a hello carries the known ones as a mask of 64 bits.
enum class codec_id : std::uint8_t { identity = 0, f16 = 1 };

/// The bit of `id` in the mask of a hello; 0 for an id that can not exist.
constexpr std::uint64_t codec_bit(codec_id id) noexcept {
  return static_cast<unsigned>(id) < 64 ? std::uint64_t{1} << static_cast<unsigned>(id) : 0;
}

/// Squeezes tensors, one at a time. With `Squeezer` the type, `squeezer` an lvalue of it:
///
/// | expression                                    | type        | semantics
/// |-----------------------------------------------|-------------|---------------------------------
/// | `Squeezer::id`                                | `codec_id`  | constant, below 64, one per format
/// | `Squeezer::max_encoded_size(elements, type)`  | `size_t`    | constexpr; the most bytes that `encode`
/// |                                               |             | makes of so many elements, for any values
/// | `squeezer.encode(tensor, type, out)`          | `size_t`    | writes the tensor's encoding to the front
/// |                                               |             | of `out`; the number of bytes written
/// | `squeezer.decode(in, type, tensor)`           | `status`    | fills all of `tensor`, or gives
/// |                                               |             | `errc::bad_encoding` when `in` is not an
/// |                                               |             | encoding of a tensor of this size
///
/// All are `noexcept`. `tensor` is a `std::span<std::byte>` (const for `encode`) of 4 bytes an
/// element in the host's byte order and of any alignment; `out` has room for `max_encoded_size`;
/// `in` comes from the network and is not to be trusted: whatever it holds, `decode` writes to
/// `tensor` alone and returns. The encoding depends on nothing but the tensor and is the same on every
/// machine; int32 elements come back unchanged.
///
/// The smallest codec is tests/archetypes/minimal_codec.hpp; run `cleave::testing::check_codec` on your own.
template <class Type>
concept codec = requires(Type& squeezer, std::size_t elements, dtype type, std::span<const std::byte> in,
                         std::span<std::byte> out) {
  requires std::same_as<decltype(Type::id), const codec_id>;
  requires codec_bit(Type::id) != 0;
  { Type::max_encoded_size(elements, type) } noexcept -> std::same_as<std::size_t>;
  typename std::integral_constant<std::size_t, Type::max_encoded_size(1, dtype::float32)>;
  { squeezer.encode(in, type, out) } noexcept -> std::same_as<std::size_t>;
  { squeezer.decode(in, type, out) } noexcept -> std::same_as<status>;
};

/// A codec whose encoding is the tensor itself, as this machine has it: what is sent may be sent from where it lies.
/// It says so by a constant, `Squeezer::is_verbatim`.
template <class Type>
concept verbatim_codec = codec<Type> && requires { requires Type::is_verbatim; };

/// Several codecs, one of which is chosen by its id at run time. Codecs without state take no room.
template <codec... Codecs>
class codec_set {
 public:
  constexpr codec_set() = default;
  constexpr explicit codec_set(Codecs... codecs) noexcept
    requires(sizeof...(Codecs) > 0)
      : codecs_(static_cast<Codecs&&>(codecs)...) {}

  /// A bit for each codec: what a hello carries.
  static constexpr std::uint64_t mask = (codec_bit(Codecs::id) | ... | std::uint64_t{0});

  static constexpr bool contains(codec_id id) noexcept { return (mask & codec_bit(id)) != 0; }

  /// Calls `visit(codec)` with the codec of that id; false when there is none.
  template <class Visitor>
  constexpr bool visit(codec_id id, Visitor&& visitor) noexcept {
    return std::apply(
        [&](Codecs&... each) noexcept { return ((each.id == id && (static_cast<void>(visitor(each)), true)) || ...); },
        codecs_);
  }

  /// As `codec::max_encoded_size`; 0 when there is no such codec.
  static constexpr std::size_t max_encoded_size(codec_id id, std::size_t elements, dtype type) noexcept {
    std::size_t most = 0;
    static_cast<void>(((Codecs::id == id && (most = Codecs::max_encoded_size(elements, type), true)) || ... || false));
    return most;
  }

  /// As `codec::encode`. Requires: `contains(id)`.
  constexpr std::size_t encode(codec_id id, std::span<const std::byte> tensor, dtype type,
                               std::span<std::byte> out) noexcept {
    std::size_t written = 0;
    visit(id, [&](auto& each) { written = each.encode(tensor, type, out); });
    return written;
  }

  /// As `codec::decode`; `errc::unknown_codec` when there is no such codec.
  constexpr status decode(codec_id id, std::span<const std::byte> in, dtype type,
                          std::span<std::byte> tensor) noexcept {
    status done = errc::unknown_codec;
    visit(id, [&](auto& each) { done = each.decode(in, type, tensor); });
    return done;
  }

 private:
  static_assert(std::popcount(mask) == int{sizeof...(Codecs)}, "two codecs of a codec_set have the same id");

  [[no_unique_address]] std::tuple<Codecs...> codecs_;
};

}  // namespace cleave
#endif
// ---- cleave/core/bytes.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_BYTES_HPP
#define CLEAVE_CORE_BYTES_HPP

/// @file
/// Integers in little-endian byte order, whatever the host's order and alignment. Everything
/// cleave writes to a file or a wire goes through these two functions.

namespace cleave {

/// The unsigned integer stored at `from`, which may be misaligned.
template <std::unsigned_integral Int>
constexpr Int load_little(const std::byte* from) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (!std::is_constant_evaluated()) {
      Int value;
      std::memcpy(&value, from, sizeof value);
      return value;
    }
  }
  Int value = 0;
  for (std::size_t i = sizeof(Int); i-- > 0;) {
    value = static_cast<Int>((static_cast<unsigned long long>(value) << 8) | std::to_integer<unsigned>(from[i]));
  }
  return value;
}

/// Stores `value` at `to`, which may be misaligned.
template <std::unsigned_integral Int>
constexpr void store_little(std::byte* to, Int value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (!std::is_constant_evaluated()) {
      std::memcpy(to, &value, sizeof value);
      return;
    }
  }
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    to[i] = static_cast<std::byte>((static_cast<unsigned long long>(value) >> (8 * i)) & 0xffu);
  }
}

}  // namespace cleave
#endif
// ---- cleave/codec/identity.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_CODEC_IDENTITY_HPP
#define CLEAVE_CODEC_IDENTITY_HPP

/// @file
/// The codec that changes nothing: with it the two halves give the whole network's bits.

namespace cleave {
namespace detail {

/// Four-byte elements between the host's order and the wire's. Its own inverse.
inline void copy_elements(const std::byte* from, std::byte* to, std::size_t bytes) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (bytes != 0) std::memcpy(to, from, bytes);  // an empty span's pointer may be null
  } else {
    for (std::size_t i = 0; i + 4 <= bytes; i += 4) {
      std::uint32_t element;
      std::memcpy(&element, from + i, 4);
      store_little(to + i, element);
    }
  }
}

}  // namespace detail

namespace codecs {

/// Sends every element as it is, 4 bytes, little-endian.
struct identity {
  static constexpr codec_id id = codec_id::identity;
  static constexpr bool is_verbatim = std::endian::native == std::endian::little;

  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype) noexcept { return elements * 4; }

  std::size_t encode(std::span<const std::byte> tensor, dtype, std::span<std::byte> out) noexcept {
    detail::copy_elements(tensor.data(), out.data(), tensor.size());
    return tensor.size();
  }

  status decode(std::span<const std::byte> in, dtype, std::span<std::byte> tensor) noexcept {
    if (in.size() != tensor.size()) return errc::bad_encoding;
    detail::copy_elements(in.data(), tensor.data(), in.size());
    return {};
  }
};

static_assert(codec<identity>);

}  // namespace codecs
}  // namespace cleave
#endif
// ---- cleave/codec/f16.hpp -------------------------------------------------------------------------------------------
#ifndef CLEAVE_CODEC_F16_HPP
#define CLEAVE_CODEC_F16_HPP

/// @file
/// Floats as IEEE 754 half precision: half the bytes on the wire.

namespace cleave {

/// The bits of the half nearest to `value`, ties to even: exact for every float. What lies beyond
/// 65504 by half a step or more becomes infinite; a NaN stays a NaN (quiet) and keeps the upper
/// bits of its payload. Requires: the rounding mode is to nearest.
constexpr std::uint16_t half_bits(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;

  // Computed for every value and selected at the end, so that the loop over a tensor vectorises.
  // Normal halves: move the exponent's bias from 127 to 15, then round away 13 bits to even.
  const std::uint32_t normal = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  // Subnormal halves: the last bit of 0.5f is worth 2^-24, the same as theirs: the adder rounds.
  const std::uint32_t small =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  const std::uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);

  std::uint32_t half = normal;
  half = magnitude < (113u << 23) ? small : half;    // below 2^-14
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;  // 65520 and beyond
  half = magnitude > 0x7f800000u ? nan : half;
  return static_cast<std::uint16_t>(sign | half);
}

/// The float that a half stands for: always exact.
constexpr float half_value(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000u) * 0x10000u;
  const std::uint32_t magnitude = half & 0x7fffu;
  const std::uint32_t normal = (magnitude << 13) + (112u << 23);
  // A subnormal's bits under the exponent of 2^-14 are its value plus 2^-14, exactly.
  const std::uint32_t small = std::bit_cast<std::uint32_t>(std::bit_cast<float>((magnitude << 13) + (113u << 23)) -
                                                           std::bit_cast<float>(113u << 23));
  std::uint32_t bits = normal;
  bits = magnitude < 0x0400u ? small : bits;
  bits = magnitude >= 0x7c00u ? normal + (112u << 23) : bits;  // infinite or NaN
  return std::bit_cast<float>(sign | bits);
}

namespace codecs {

/// Rounds float32 elements to half precision, 2 bytes, little-endian; int32 elements pass unchanged.
/// Bound: for 2^-14 <= |x| < 65520 what comes back differs from x by at most 2^-11 |x|, for smaller
/// |x| by at most 2^-25; from 65520 on it is infinite; NaN comes back as NaN.
struct f16 {
  static constexpr codec_id id = codec_id::f16;

  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype type) noexcept {
    return type == dtype::float32 ? elements * 2 : elements * 4;
  }

  std::size_t encode(std::span<const std::byte> tensor, dtype type, std::span<std::byte> out) noexcept {
    if (type != dtype::float32) {
      detail::copy_elements(tensor.data(), out.data(), tensor.size());
      return tensor.size();
    }
    const std::size_t elements = tensor.size() / 4;
    const std::byte* from = tensor.data();
    std::byte* to = out.data();
    std::size_t left = elements;
    for (; left >= block; left -= block, from += block * 4, to += block * 2) encode_some<block>(from, to);
    for (; left > 0; --left, from += 4, to += 2) encode_some<1>(from, to);
    return elements * 2;
  }

  status decode(std::span<const std::byte> in, dtype type, std::span<std::byte> tensor) noexcept {
    const std::size_t elements = tensor.size() / 4;
    if (in.size() != max_encoded_size(elements, type)) return errc::bad_encoding;
    if (type != dtype::float32) {
      detail::copy_elements(in.data(), tensor.data(), in.size());
      return {};
    }
    const std::byte* from = in.data();
    std::byte* to = tensor.data();
    std::size_t left = elements;
    for (; left >= block; left -= block, from += block * 2, to += block * 4) decode_some<block>(from, to);
    for (; left > 0; --left, from += 2, to += 4) decode_some<1>(from, to);
    return {};
  }

 private:
  // Copies to and from arrays let any alignment be vectorised, also at -O2: the trip count is known.
  static constexpr std::size_t block = 16;

  template <std::size_t Count>
  static void encode_some(const std::byte* from, std::byte* to) noexcept {
    std::array<float, Count> values;
    std::memcpy(values.data(), from, sizeof values);
    std::array<std::uint16_t, Count> halves;
    for (std::size_t i = 0; i < Count; ++i) halves[i] = swapped(half_bits(values[i]));
    std::memcpy(to, halves.data(), sizeof halves);
  }

  template <std::size_t Count>
  static void decode_some(const std::byte* from, std::byte* to) noexcept {
    std::array<std::uint16_t, Count> halves;
    std::memcpy(halves.data(), from, sizeof halves);
    std::array<float, Count> values;
    for (std::size_t i = 0; i < Count; ++i) values[i] = half_value(swapped(halves[i]));
    std::memcpy(to, values.data(), sizeof values);
  }

  static constexpr std::uint16_t swapped(std::uint16_t half) noexcept {
    if constexpr (std::endian::native == std::endian::little) return half;
    return static_cast<std::uint16_t>((half << 8) | (half >> 8));
  }
};

static_assert(codec<f16>);

}  // namespace codecs
}  // namespace cleave
#endif
// ---- cleave/layers/activation.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_ACTIVATION_HPP
#define CLEAVE_LAYERS_ACTIVATION_HPP

/// @file
/// Layers that apply one function to every element. Formulas and defaults are those of the ONNX operators; see
/// core/activation.hpp.

namespace cleave {

namespace detail {

constexpr layer_record activation_record(op kind, activation function, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.function = function;
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// The shape rule of all layers that keep the shape of what they receive.
constexpr inference infer_unchanged(shape in) noexcept {
  inference result;
  result.out = in;
  return result;
}

/// max(x, 0).
struct relu {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::relu, {activation_kind::relu, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// min(max(x, 0), 6).
struct relu6 {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::clip, {activation_kind::clip, 0.0F, 6.0F, 0.0F}, name, from);
  }
};

/// min(max(x, low), high).
struct clip {
  float low;
  float high;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::clip, {activation_kind::clip, low, high, 0.0F}, name, from);
  }
};

/// x where positive, alpha x elsewhere.
struct leaky_relu {
  float alpha = 0.01F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::leaky_relu, {activation_kind::leaky_relu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x where positive, alpha (exp x - 1) elsewhere.
struct elu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::elu, {activation_kind::elu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// gamma x where positive, gamma alpha (exp x - 1) elsewhere.
struct selu {
  float alpha = 1.67326319217681884765625F;
  float gamma = 1.05070102214813232421875F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::selu, {activation_kind::selu, alpha, 0.0F, gamma}, name, from);
  }
};

/// 1 / (1 + exp -x).
struct sigmoid {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sigmoid, {activation_kind::sigmoid, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The hyperbolic tangent.
struct tanh {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::tanh, {activation_kind::tanh, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// min(max(x, low), high).
struct hard_tanh {
  float low = -1.0F;
  float high = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_tanh, {activation_kind::clip, low, high, 0.0F}, name, from);
  }
};

/// max(0, min(1, alpha x + beta)).
struct hard_sigmoid {
  float alpha = 0.2F;
  float beta = 0.5F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_sigmoid, {activation_kind::hard_sigmoid, alpha, beta, 0.0F}, name, from);
  }
};

/// x max(0, min(1, x / 6 + 1/2)).
struct hard_swish {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_swish, {activation_kind::hard_swish, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// log(1 + exp x).
struct softplus {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::softplus, {activation_kind::softplus, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// max(x, 0) + min(alpha (exp(x / alpha) - 1), 0).
struct celu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::celu, {activation_kind::celu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x (1 + erf(x / sqrt 2)) / 2, or with `approximate` tanh in place of erf.
struct gelu {
  bool approximate = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    const activation_kind kind = approximate ? activation_kind::gelu_tanh : activation_kind::gelu;
    return detail::activation_record(op::gelu, {kind, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x sigmoid(alpha x).
struct swish {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::swish, {activation_kind::swish, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x tanh(log(1 + exp x)).
struct mish {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::mish, {activation_kind::mish, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x / (1 + |x|).
struct softsign {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::softsign, {activation_kind::softsign, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x where it is greater than alpha, 0 elsewhere.
struct thresholded_relu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::thresholded_relu, {activation_kind::thresholded_relu, alpha, 0.0F, 0.0F}, name,
                                     from);
  }
};

/// x where positive, slope x elsewhere, with one trained slope a channel (ONNX PRelu).
struct prelu {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::prelu, {}, name, from); }
};

/// exp x / sum of exp x over the channels of each pixel (ONNX Softmax on the channel axis).
struct softmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::softmax, {}, name, from); }
};

/// 1 for the largest channel of each pixel, the first one where several are equal, 0 for all others (ONNX Hardmax on
/// the channel axis).
struct hardmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::hardmax, {}, name, from); }
};

/// log of softmax, computed without making the quotient (ONNX LogSoftmax on the channel axis).
struct log_softmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::log_softmax, {}, name, from); }
};

}  // namespace cleave
#endif
// ---- cleave/layers/arithmetic.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_ARITHMETIC_HPP
#define CLEAVE_LAYERS_ARITHMETIC_HPP

/// @file
/// Element by element arithmetic of two tensors. The second may be of the same shape, or 1 x 1 x channels, or height x
/// width x 1, or one element.

// Behind this, packs find their own divide whatever else bears the name.

namespace cleave {

namespace detail {

constexpr layer_record arithmetic_record(op kind, label with, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.name = name;
  record.from = {from, with};
  record.arity = 2;
  return record;
}

}  // namespace detail

constexpr inference infer_arithmetic(shape first, shape second) noexcept {
  const bool fits = second == first || second == shape{1, 1, first.channels} ||
                    second == shape{first.height, first.width, 1} || second == shape{1, 1, 1};
  if (!fits) return refused(need::inputs_of_equal_shape_or_one_per_channel);
  inference result;
  result.out = first;
  return result;
}

/// from + with.
struct add {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::add, with, name, from); }
};

/// from - with.
struct subtract {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::subtract, with, name, from); }
};

/// from * with.
struct multiply {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::multiply, with, name, from); }
};

/// from / with.
struct divide {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::divide, with, name, from); }
};

/// The larger of from and with.
struct maximum {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::maximum, with, name, from); }
};

/// The smaller of from and with.
struct minimum {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::minimum, with, name, from); }
};

/// from to the power of with; of a negative from, only where with is whole.
struct power {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::power, with, name, from); }
};

}  // namespace cleave
#endif
// ---- cleave/core/choices.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_CHOICES_HPP
#define CLEAVE_CORE_CHOICES_HPP

/// @file
/// Choices that layers offer and kernels are keyed by. Names are those of the ONNX operators and their attributes.

namespace cleave {

/// A direction in a tensor.
enum class axis : std::uint8_t { channels, height, width };

/// What becomes of the numbers x of a pixel.
enum class reduction : std::uint8_t {
  mean,
  sum,
  max,
  min,
  product,
  l1,           ///< sum of |x|
  l2,           ///< square root of the sum of squares
  sum_square,   ///< sum of squares
  log_sum,      ///< log(sum)
  log_sum_exp,  ///< log(sum of exp x), without overflow
};

/// How a resized tensor is made: of the nearest element, or of the two (along each axis) around.
enum class resize_mode : std::uint8_t { nearest, linear };

/// Where along an axis output element i lies in the input, with scale = output size / input size unless given.
enum class resize_coordinates : std::uint8_t {
  half_pixel,            ///< (i + 1/2) / scale - 1/2
  asymmetric,            ///< i / scale
  align_corners,         ///< i (input size - 1) / (output size - 1)
  pytorch_half_pixel,    ///< half_pixel, but 0 where the output has one element
  tf_half_pixel_for_nn,  ///< (i + 1/2) / scale
};

/// Which element is the nearest one.
enum class resize_rounding : std::uint8_t {
  round_prefer_floor,  ///< the lower one where both are as near
  round_prefer_ceil,   ///< the upper one where both are as near
  floor,
  ceil,
};

}  // namespace cleave
#endif
// ---- cleave/layers/arrange.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_ARRANGE_HPP
#define CLEAVE_LAYERS_ARRANGE_HPP

/// @file
/// Layers that move elements and compute nothing: concat, pad, upsample; flatten, reshape and dropout, which only
/// rename memory.

namespace cleave {

/// The channels of `from`, then those of `with[0]`, `with[1]`, ..., at every pixel; or rows below rows, or columns
/// beside columns (ONNX Concat).
struct concat {
  std::array<label, max_inputs - 1> with;
  cleave::axis axis = cleave::axis::channels;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::concat;
    record.integers[0] = static_cast<int>(axis);
    record.name = name;
    record.from[0] = from;
    record.arity = 1;
    for (const label other : with) {
      if (!other.empty()) record.from[static_cast<std::size_t>(record.arity++)] = other;
    }
    return record;
  }

  static constexpr inference infer(const layer_record& record, std::span<const shape> in) noexcept {
    const auto along = static_cast<cleave::axis>(record.integers[0]);
    inference result;
    result.out = in[0];
    for (const shape other : in.subspan(1)) {
      const bool rows = along == cleave::axis::height || other.height == in[0].height;
      const bool columns = along == cleave::axis::width || other.width == in[0].width;
      const bool depth = along == cleave::axis::channels || other.channels == in[0].channels;
      if (along == cleave::axis::channels && !(rows && columns)) return refused(need::inputs_of_equal_height_and_width);
      if (!rows || !columns || !depth) return refused(need::inputs_that_differ_along_the_axis_only);
      if (along == cleave::axis::height) result.out.height += other.height;
      if (along == cleave::axis::width) result.out.width += other.width;
      if (along == cleave::axis::channels) result.out.channels += other.channels;
    }
    return result;
  }
};

/// All elements as one row of channels, in NHWC order. Costs nothing.
struct flatten {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::flatten;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(shape in, dtype type) noexcept {
    inference result;
    result.out = {1, 1, static_cast<int>(in.size())};
    result.type = type;
    return result;
  }
};

/// The same elements, in NHWC order, under another shape. Costs nothing.
struct reshape {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::reshape;
    record.given = {height, width, channels};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    if (record.given.height <= 0 || record.given.width <= 0 || record.given.channels <= 0) {
      return refused(need::positive_sizes);
    }
    if (record.given.size() != in.size()) return refused(need::as_many_elements_as_it_receives);
    inference result;
    result.out = record.given;
    result.type = type;
    return result;
  }
};

/// Nothing: dropout only acts in training. Costs nothing.
struct dropout {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::dropout;
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// Rows and columns of `value` around the tensor (ONNX Pad, mode constant), and `interior` of them between any two of
/// its rows and columns.
struct pad {
  cleave::padding padding;
  float value = 0;
  extent interior = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::pad;
    record.pad = padding;
    record.dilation = {interior.height + 1, interior.width + 1};
    record.numbers = {value, 0, 0};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    const auto& border = record.pad;
    if (border.automatic || border.top < 0 || border.left < 0 || border.bottom < 0 || border.right < 0 ||
        record.dilation.height <= 0 || record.dilation.width <= 0) {
      return refused(need::positive_sizes);
    }
    inference result;
    result.out = {(in.height - 1) * record.dilation.height + 1 + border.top + border.bottom,
                  (in.width - 1) * record.dilation.width + 1 + border.left + border.right, in.channels};
    result.pad = border;
    return result;
  }
};

/// Every pixel repeated `factor` times down and across (ONNX Resize, nearest, whole factors).
struct upsample {
  extent factor;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::upsample;
    record.kernel = factor;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.kernel.height <= 0 || record.kernel.width <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = {in.height * record.kernel.height, in.width * record.kernel.width, in.channels};
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/window.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_WINDOW_HPP
#define CLEAVE_LAYERS_WINDOW_HPP

/// @file
/// The output size of a sliding window, as the ONNX operators define it.

namespace cleave {

/// Sizes along one axis, in elements.
struct window_axis {
  int input = 1;
  int kernel = 1;
  int stride = 1;
  int dilation = 1;
  int before = 0;
  int after = 0;
  bool automatic = false;
  bool ceil_mode = false;
};

/// The resolved padding and the output size along one axis; `out` is 0 where the window does not fit.
struct window_fit {
  int before = 0;
  int after = 0;
  int out = 0;
};

constexpr window_fit fit_window(window_axis axis) noexcept {
  const int reach = (axis.kernel - 1) * axis.dilation + 1;
  window_fit fit{axis.before, axis.after, 0};
  if (axis.automatic) {
    fit.out = ceil_div(axis.input, axis.stride);
    const int total = std::max((fit.out - 1) * axis.stride + reach - axis.input, 0);
    fit.before = total / 2;
    fit.after = total - fit.before;
    return fit;
  }
  const int span = axis.input + axis.before + axis.after - reach;
  if (span < 0) return fit;
  fit.out = span / axis.stride + 1;
  if (axis.ceil_mode) {
    fit.out = ceil_div(span, axis.stride) + 1;
    // A window that would start in the padding behind the input is dropped (ONNX and PyTorch alike).
    if ((fit.out - 1) * axis.stride >= axis.input + axis.before) --fit.out;
  }
  return fit;
}

/// The output of a window of `record` over `in` with `channels` channels.
constexpr inference infer_window(const layer_record& record, shape in, int channels) noexcept {
  const auto positive = [](extent size) { return size.height > 0 && size.width > 0; };
  if (!positive(record.kernel) || !positive(record.stride) || !positive(record.dilation) || channels <= 0 ||
      record.pad.top < 0 || record.pad.left < 0 || record.pad.bottom < 0 || record.pad.right < 0) {
    return refused(need::positive_sizes);
  }
  const window_fit rows = fit_window({in.height, record.kernel.height, record.stride.height, record.dilation.height,
                                      record.pad.top, record.pad.bottom, record.pad.automatic, record.ceil_mode});
  const window_fit columns = fit_window({in.width, record.kernel.width, record.stride.width, record.dilation.width,
                                         record.pad.left, record.pad.right, record.pad.automatic, record.ceil_mode});
  if (rows.out <= 0 || columns.out <= 0) return refused(need::a_window_within_the_padded_input);
  inference result;
  result.out = {rows.out, columns.out, channels};
  result.pad = {rows.before, columns.before, rows.after, columns.after};
  return result;
}

}  // namespace cleave
#endif
// ---- cleave/layers/conv2d.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_CONV2D_HPP
#define CLEAVE_LAYERS_CONV2D_HPP

/// @file
/// Convolutions: shared weights (ONNX Conv), one filter a channel, and untied weights.

namespace cleave {

/// A 2-D convolution with bias. Weights in ONNX order are [channels][in / groups][kernel height][kernel width].
struct conv2d {
  int channels;
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  extent dilation = 1;
  int groups = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::conv2d;
    record.channels = channels;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.groups = groups;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.groups <= 0) return refused(need::positive_sizes);
    if (in.channels % record.groups != 0 || record.channels % record.groups != 0) {
      return refused(need::channels_that_are_a_multiple_of_groups);
    }
    inference result = infer_window(record, in, record.channels);
    result.groups = record.groups;
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width) *
                           static_cast<std::uint64_t>(in.channels / record.groups);
    return result;
  }
};

/// A convolution of every channel by itself, `multiplier` filters a channel (the same as conv2d with as many groups
/// as channels).
struct depthwise_conv2d {
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  extent dilation = 1;
  int multiplier = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::depthwise_conv2d;
    record.channels = multiplier;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    inference result = infer_window(record, in, record.channels * in.channels);
    result.groups = in.channels;
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width);
    return result;
  }
};

/// A convolution whose weights are untied: every output pixel has filters and biases of its own (DeepFace, 2014).
struct locally_connected2d {
  int channels;
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::locally_connected2d;
    record.channels = channels;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    inference result = infer_window(record, in, record.channels);
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width) * static_cast<std::uint64_t>(in.channels);
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/dense.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_DENSE_HPP
#define CLEAVE_LAYERS_DENSE_HPP

/// @file
/// The fully connected layer (ONNX Gemm).

namespace cleave {

/// Every output is a weighted sum of all elements of the input, in NHWC order, plus a bias. Gives 1 x 1 x units.
struct dense {
  int units;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::dense;
    record.channels = units;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.channels <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = {1, 1, record.channels};
    result.multiply_adds = in.size() * static_cast<std::uint64_t>(record.channels);
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/input.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_INPUT_HPP
#define CLEAVE_LAYERS_INPUT_HPP

/// @file
/// Where tensors enter and leave a graph, and tensors that do not change.

namespace cleave {

/// A tensor that the caller gives, float32, NHWC. Inputs stand before all other layers and together are layer 0.
struct input {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::input;
    record.given = {height, width, channels};
    record.name = name;
    record.arity = 0;
    return record;
  }

  static constexpr inference infer(const layer_record& record) noexcept {
    const shape given = record.given;
    if (given.height <= 0 || given.width <= 0 || given.channels <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = given;
    return result;
  }
};

/// A tensor of trained numbers, in the order of its elements. It reads no layer.
struct constant {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};

  constexpr operator layer_record() const {
    layer_record record = input{height, width, channels, name};
    record.kind = op::constant;
    return record;
  }
};

/// Makes a tensor that other layers use an answer of the network as well. A tensor that no layer uses is an answer
/// without it.
struct output {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::output;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record&, shape in, dtype type) noexcept {
    inference result;
    result.out = in;
    result.type = type;
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/layer.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_LAYER_HPP
#define CLEAVE_LAYERS_LAYER_HPP

/// @file
/// The extension point for a user's own layers.

namespace cleave {

/// A tensor that a layer reads: float32, NHWC, `dims.size()` elements.
struct tensor_view {
  const float* data = nullptr;
  shape dims{};
};

/// What a layer gets when it is run.
struct layer_arguments {
  std::span<const tensor_view> inputs;
  float* output = nullptr;         ///< the whole output tensor, apart from all inputs
  shape dims{};                    ///< of the output
  const float* weights = nullptr;  ///< as many as `weight_count` said, aligned to 64 bytes in the blob
  range rows{};                    ///< the output rows to compute; others are not touched
};

/// A layer that the library does not have. It is an aggregate that stands in a graph like any other, with its own
/// fields, then `name`, then `from` (and, for a second input, `with` among its own fields).
///
/// | expression              | type             | semantics                                                          |
/// |-------------------------|------------------|--------------------------------------------------------------------|
/// | `Layer::kind`           | std::string_view | what the layer is, part of the graph's fingerprint                 |
/// | `l.name`, `l.from`      | label            | as in every layer                                                  |
/// | `l.infer(shapes)`       | inference        | constexpr: the output's shape, or `refused(need::...)`             |
/// | `l.weight_count(shapes)`| std::size_t      | constexpr: floats of trained weights, 0 for none                   |
/// | `l.template run<P>(a)`  | void             | computes rows `a.rows` of the output with pack P; same bits for    |
/// |                         |                  | every pack and every division into rows                            |
///
/// Fields that change what is computed should change the fingerprint too: an optional constexpr member
/// `std::uint64_t fingerprint() const` is mixed in. The smallest conforming type is in
/// tests/archetypes/minimal_layer.hpp.
template <class Layer>
concept layer = std::copy_constructible<Layer> &&
                requires(const Layer& own, std::span<const shape> shapes, const layer_arguments& arguments) {
                  { Layer::kind } -> std::convertible_to<std::string_view>;
                  { own.name } -> std::convertible_to<label>;
                  { own.from } -> std::convertible_to<label>;
                  { own.infer(shapes) } noexcept -> std::same_as<inference>;
                  { own.weight_count(shapes) } noexcept -> std::same_as<std::size_t>;
                  { own.template run<scalar_pack>(arguments) } noexcept -> std::same_as<void>;
                };

/// The record of a user's own layer; the graph numbers it.
template <layer Layer>
constexpr layer_record custom_record(const Layer& own, int number) {
  layer_record record;
  record.kind = op::custom;
  record.custom = number;
  record.name = own.name;
  record.from[0] = own.from;
  if constexpr (requires { label{own.with}; }) {
    record.from[1] = own.with;
    record.arity = 2;
  }
  return record;
}

}  // namespace cleave
#endif
// ---- cleave/layers/math.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_MATH_HPP
#define CLEAVE_LAYERS_MATH_HPP

/// @file
/// Layers that apply one function of mathematics to every element (ONNX Exp, Log, Sqrt, Neg, Abs, Reciprocal, Floor,
/// Ceil, Round, Sign, Sin, Cos, Erf, Pow).

// Behind this, packs find their own sqrt whatever else bears the name.

namespace cleave {

/// e^x.
struct exp {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::exp, {activation_kind::exp, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The natural logarithm.
struct log {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::log, {activation_kind::log, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The square root.
struct sqrt {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sqrt, {activation_kind::sqrt, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// -x.
struct negate {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::negate, {activation_kind::negate, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// |x|.
struct absolute {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::absolute, {activation_kind::absolute, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// 1 / x.
struct reciprocal {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::reciprocal, {activation_kind::reciprocal, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The largest integer not above x.
struct floor {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::floor, {activation_kind::floor, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The smallest integer not below x.
struct ceil {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::ceil, {activation_kind::ceil, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The nearest integer, the even one where two are as near.
struct round {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::round, {activation_kind::round, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// -1, 0 or 1.
struct sign {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sign, {activation_kind::sign, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// Of x in radians.
struct sine {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sine, {activation_kind::sine, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// Of x in radians.
struct cosine {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::cosine, {activation_kind::cosine, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The error function.
struct erf {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::erf, {activation_kind::erf, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x^exponent; of a negative x, only for whole exponents.
struct power_of {
  float exponent;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::power_of, {activation_kind::power_of, exponent, 0.0F, 0.0F}, name, from);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/normalization.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_NORMALIZATION_HPP
#define CLEAVE_LAYERS_NORMALIZATION_HPP

/// @file
/// Normalisation with trained numbers a channel, across neighbouring channels, and across all of them.

namespace cleave {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta with trained numbers a channel (ONNX BatchNormalization, in
/// inference). Stored as one factor and one term a channel.
struct batch_normalization {
  float epsilon = 1e-5F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::batch_normalization;
    record.numbers = {epsilon, 0, 0};
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// x / (bias + alpha / size * sum of squares over `size` channels around)^beta (ONNX LRN; AlexNet, 2012).
struct local_response_normalization {
  int size;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::local_response_normalization;
    record.channels = size;
    record.numbers = {alpha, beta, bias};
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// (x - mean) / sqrt(variance + epsilon) over the channels of each pixel; without `center`, x / sqrt(mean square +
/// epsilon). Factor and term follow as `multiply` and `add` (ONNX LayerNormalization on the channel axis).
struct normalize {
  float epsilon = 1e-5F;
  bool center = true;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::normalize;
    record.numbers = {epsilon, 0, 0};
    record.integers[0] = center ? 1 : 0;
    record.name = name;
    record.from = {from};
    return record;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/pool.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_POOL_HPP
#define CLEAVE_LAYERS_POOL_HPP

/// @file
/// Pooling over a window (ONNX MaxPool, AveragePool) and over everything (GlobalMaxPool, GlobalAveragePool).

namespace cleave {

/// The largest element of each window and channel. The stride is the window's size unless given.
struct max_pool {
  extent kernel;
  extent stride = kernel;
  cleave::padding padding = 0;
  extent dilation = 1;
  bool ceil_mode = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::max_pool;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.ceil_mode = ceil_mode;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    const inference result = infer_window(record, in, in.channels);
    // A window that lies wholly in the padding would have no largest element.
    const auto reach = [&](int kernel_size, int step) { return (kernel_size - 1) * step + 1; };
    if (result.needs == need::nothing && (result.pad.top >= reach(record.kernel.height, record.dilation.height) ||
                                          result.pad.left >= reach(record.kernel.width, record.dilation.width) ||
                                          result.pad.bottom >= reach(record.kernel.height, record.dilation.height) ||
                                          result.pad.right >= reach(record.kernel.width, record.dilation.width))) {
      return refused(need::padding_smaller_than_the_window);
    }
    return result;
  }
};

/// The mean of each window and channel; padding counts as elements of value 0 only with `count_include_pad`.
struct average_pool {
  extent kernel;
  extent stride = kernel;
  cleave::padding padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::average_pool;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.ceil_mode = ceil_mode;
    record.count_include_pad = count_include_pad;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    return max_pool::infer(record, in);
  }
};

/// The largest element of each channel. Gives 1 x 1 x channels.
struct global_max_pool {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::global_max_pool;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record&, shape in) noexcept {
    inference result;
    result.out = {1, 1, in.channels};
    return result;
  }
};

/// The mean of each channel. Gives 1 x 1 x channels.
struct global_average_pool {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::global_average_pool;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    return global_max_pool::infer(record, in);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/rearrange.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_REARRANGE_HPP
#define CLEAVE_LAYERS_REARRANGE_HPP

/// @file
/// Layers that read elements in another order: rearrange, which can take any, and transpose and slice, which say more
/// of what they do.

namespace cleave {

/// Any choice of elements in any order: output element [i0][i1]... of `dims` is input element `offset` + i0 strides[0]
/// + i1 strides[1] + ... . Strides may be 0, to repeat, and negative, to reverse.
struct rearrange {
  int height = 1;
  int width = 1;
  int channels = 1;
  std::array<int, max_dimensions> dims;
  std::array<int, max_dimensions> strides;
  int offset = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::rearrange;
    record.given = {height, width, channels};
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      record.integers[i] = dims[i];
      record.integers[max_dimensions + i] = strides[i];
    }
    record.integers[2 * max_dimensions] = offset;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr element_order order(const layer_record& record) noexcept {
    element_order result;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      result.sizes[i] = record.integers[i];
      result.steps[i] = record.integers[max_dimensions + i];
    }
    result.offset = record.integers[2 * max_dimensions];
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const element_order elements = order(record);
    const shape out = record.given;
    if (out.height <= 0 || out.width <= 0 || out.channels <= 0 || elements.count() != out.size()) {
      return refused(need::positive_sizes);
    }
    if (!elements.lies_within(in.size())) return refused(need::elements_within_its_input);
    inference result;
    result.out = out;
    result.type = type;
    return result;
  }
};

/// Directions in another order (ONNX Transpose): the input is read as `dims`, by default its height, width and
/// channels; direction i of the output is direction `permutation[i]` of the input. The output's last two are its width
/// and channels, those before together its height.
struct transpose {
  std::array<int, max_dimensions> dims{};
  std::array<int, max_dimensions> permutation;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::transpose;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      record.integers[i] = dims[i];
      record.integers[max_dimensions + i] = permutation[i];
    }
    record.name = name;
    record.from = {from};
    return record;
  }

  /// Requires: `infer` accepts.
  static constexpr element_order order(const layer_record& record, shape in) noexcept {
    const element_order given = read_as(record, in);
    element_order result;
    const std::size_t rank = given.rank();
    for (std::size_t i = 0; i < rank; ++i) {
      const auto source = static_cast<std::size_t>(given.steps[i]);
      result.sizes[i] = given.sizes[source];
      result.steps[i] = 1;
      for (std::size_t k = source + 1; k < rank; ++k) result.steps[i] *= given.sizes[k];
    }
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const element_order given = read_as(record, in);
    if (given.count() != in.size()) return refused(need::as_many_elements_as_it_receives);
    const std::size_t rank = given.rank();
    std::array<bool, max_dimensions> seen{};
    for (std::size_t i = 0; i < rank; ++i) {
      const int source = given.steps[i];
      if (source < 0 || source >= static_cast<int>(rank) || seen[static_cast<std::size_t>(source)]) {
        return refused(need::a_permutation_of_its_dimensions);
      }
      seen[static_cast<std::size_t>(source)] = true;
    }
    const element_order moved = order(record, in);
    inference result;
    result.type = type;
    result.out.channels = moved.sizes[rank - 1];
    if (rank > 1) result.out.width = moved.sizes[rank - 2];
    for (std::size_t i = 0; i + 2 < rank; ++i) result.out.height *= moved.sizes[i];
    return result;
  }

 private:
  /// Sizes of the input's directions, and the permutation in place of steps.
  static constexpr element_order read_as(const layer_record& record, shape in) noexcept {
    element_order given = rearrange::order(record);
    if (given.rank() == 0) given.sizes = {in.height, in.width, in.channels};
    return given;
  }
};

/// Some rows, columns and channels (ONNX Slice, Split): `size` of them from `begin` on, `step` apart; a size of 0 takes
/// all there are. Each has three numbers: height, width, channels. A negative step goes backwards.
struct slice {
  std::array<int, 3> begin{};
  std::array<int, 3> size{};
  std::array<int, 3> step{1, 1, 1};
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::slice;
    for (std::size_t i = 0; i < 3; ++i) {
      record.integers[i] = begin[i];
      record.integers[3 + i] = size[i];
      record.integers[6 + i] = step[i];
    }
    record.name = name;
    record.from = {from};
    return record;
  }

  /// Requires: `infer` accepts.
  static constexpr element_order order(const layer_record& record, shape in) noexcept {
    const std::array<int, 3> apart{in.width * in.channels, in.channels, 1};
    element_order result;
    for (std::size_t i = 0; i < 3; ++i) {
      result.sizes[i] = size_along(record, in, i);
      result.steps[i] = record.integers[6 + i] * apart[i];
      result.offset += record.integers[i] * apart[i];
    }
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const std::array<int, 3> there{in.height, in.width, in.channels};
    for (std::size_t i = 0; i < 3; ++i) {
      const int first = record.integers[i];
      const int count = size_along(record, in, i);
      if (record.integers[6 + i] == 0 || record.integers[3 + i] < 0) return refused(need::positive_sizes);
      const long long end = first + static_cast<long long>(count - 1) * record.integers[6 + i];
      if (first < 0 || first >= there[i] || end < 0 || end >= there[i]) return refused(need::elements_within_its_input);
    }
    const element_order kept = order(record, in);
    inference result;
    result.out = {kept.sizes[0], kept.sizes[1], kept.sizes[2]};
    result.type = type;
    return result;
  }

 private:
  static constexpr int size_along(const layer_record& record, shape in, std::size_t direction) noexcept {
    const std::array<int, 3> there{in.height, in.width, in.channels};
    const int first = record.integers[direction];
    const int step = record.integers[6 + direction];
    if (record.integers[3 + direction] != 0 || step == 0) return record.integers[3 + direction];
    return step > 0 ? (there[direction] - 1 - first) / step + 1 : first / -step + 1;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/recurrent.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_RECURRENT_HPP
#define CLEAVE_LAYERS_RECURRENT_HPP

/// @file
/// Layers that run along the columns of a tensor and remember: every row is a sequence, every column a moment of it.

namespace cleave {

namespace detail {

constexpr layer_record recurrent_record(op kind, int units, bool linear_before_reset, bool initial_state, label name,
                                        label from) {
  layer_record record;
  record.kind = kind;
  record.channels = units;
  record.integers = {linear_before_reset ? 1 : 0, initial_state ? 1 : 0};
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// Sums that a recurrent layer adds up for each unit and moment: one a gate.
constexpr int gates_of(op kind) noexcept { return kind == op::lstm ? 4 : kind == op::gru ? 3 : 1; }

/// The shape rule of recurrent layers: the state at every moment.
constexpr inference infer_recurrent(const layer_record& record, shape in) noexcept {
  if (record.channels <= 0) return refused(need::positive_sizes);
  inference result;
  result.out = {in.height, in.width, record.channels};
  result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(gates_of(record.kind)) *
                         static_cast<std::uint64_t>(in.channels + record.channels);
  return result;
}

/// A long short-term memory (ONNX LSTM, forward, with its default activations). The state at first is 0, or with
/// `initial_state` trained numbers.
struct lstm {
  int units;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::lstm, units, false, initial_state, name, from);
  }
};

/// A gated recurrent unit (ONNX GRU, forward, with its default activations). PyTorch and Keras reset after the product:
/// `linear_before_reset`.
struct gru {
  int units;
  bool linear_before_reset = false;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::gru, units, linear_before_reset, initial_state, name, from);
  }
};

/// A recurrent layer without gates: tanh of the sum (ONNX RNN, forward, with its default activation).
struct rnn {
  int units;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::rnn, units, false, initial_state, name, from);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/reduce.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_REDUCE_HPP
#define CLEAVE_LAYERS_REDUCE_HPP

/// @file
/// Layers that make one number of the channels of each pixel.

namespace cleave {

namespace detail {

constexpr layer_record reduction_record(op kind, int choice, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.integers[0] = choice;
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// The shape rule of layers that give one number a pixel.
constexpr inference infer_one_channel(shape in, dtype type) noexcept {
  inference result;
  result.out = {in.height, in.width, 1};
  result.type = type;
  return result;
}

/// The mean, or another reduction, of the channels of each pixel. Gives height x width x 1 (ONNX ReduceMean and its kin
/// on the channel axis).
struct reduce {
  reduction kind = reduction::mean;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::reduce, static_cast<int>(kind), name, from);
  }
};

/// The channel of the largest element of each pixel; where several are equal, the first one or with `last_index` the
/// last one (ONNX ArgMax on the channel axis). Gives int32.
struct argmax {
  bool last_index = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::argmax, last_index ? 1 : 0, name, from);
  }
};

/// The channel of the smallest element of each pixel, as `argmax` gives that of the largest (ONNX ArgMin).
struct argmin {
  bool last_index = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::argmin, last_index ? 1 : 0, name, from);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/resize.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_RESIZE_HPP
#define CLEAVE_LAYERS_RESIZE_HPP

/// @file
/// Enlarging and shrinking rows and columns.

namespace cleave {

/// Another height and width (ONNX Resize). Scales are output size / input size unless given.
struct resize {
  int height;
  int width;
  resize_mode mode = resize_mode::nearest;
  resize_coordinates coordinates = resize_coordinates::half_pixel;
  resize_rounding rounding = resize_rounding::round_prefer_floor;
  float vertical_scale = 0;
  float horizontal_scale = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::resize;
    record.given = {height, width, 1};
    record.integers = {static_cast<int>(mode), static_cast<int>(coordinates), static_cast<int>(rounding)};
    record.numbers = {vertical_scale, horizontal_scale, 0};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.given.height <= 0 || record.given.width <= 0 || record.numbers[0] < 0 || record.numbers[1] < 0) {
      return refused(need::positive_sizes);
    }
    inference result;
    result.out = {record.given.height, record.given.width, in.channels};
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/layers.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_LAYERS_HPP
#define CLEAVE_LAYERS_LAYERS_HPP

/// @file
/// All layers, and runs of layers for blocks that a network repeats.

namespace cleave {

/// Some layers one after another: what a function gives back that writes a repeated block of a network,
/// `constexpr auto block(int channels) { return cleave::layers{cleave::conv2d{...}, cleave::relu{}}; }`.
/// A label in a block means the nearest layer before of that name, so blocks can repeat theirs.
template <std::size_t Count, class Customs = std::tuple<>>
struct layers;

namespace detail {

template <class Item>
struct item_traits {
  static constexpr bool is_run = false;
  static constexpr std::size_t count = 1;
  static constexpr bool is_custom = !std::is_convertible_v<Item, layer_record> && layer<Item>;
  using customs = std::conditional_t<is_custom, std::tuple<Item>, std::tuple<>>;
};

template <std::size_t Count, class Customs>
struct item_traits<layers<Count, Customs>> {
  static constexpr bool is_run = true;
  static constexpr bool is_custom = false;
  static constexpr std::size_t count = Count;
  using customs = Customs;
};

template <class... Items>
inline constexpr std::size_t count_of = (std::size_t{0} + ... + item_traits<Items>::count);

template <class... Items>
using customs_of = decltype(std::tuple_cat(std::declval<typename item_traits<Items>::customs>()...));

template <class Item>
constexpr typename item_traits<Item>::customs customs_in(const Item& item) {
  if constexpr (item_traits<Item>::is_run) {
    return item.customs;
  } else if constexpr (item_traits<Item>::is_custom) {
    return typename item_traits<Item>::customs{item};
  } else {
    return {};
  }
}

/// Copies the records of `item` to `place`, and numbers its custom layers from `custom` on.
template <class Item>
constexpr void append(const Item& item, layer_record*& place, int& custom) {
  if constexpr (item_traits<Item>::is_run) {
    for (const layer_record& record : item.records) {
      *place = record;
      if (record.kind == op::custom) place->custom = custom++;
      ++place;
    }
  } else if constexpr (std::is_convertible_v<Item, layer_record>) {
    *place++ = static_cast<layer_record>(item);
  } else {
    static_assert(layer<Item>, "a graph is made of layers, of runs of layers, and of types that model cleave::layer");
    if constexpr (layer<Item>) *place++ = custom_record(item, custom++);
  }
}

}  // namespace detail

template <std::size_t Count, class Customs>
struct layers {
  std::array<layer_record, Count> records{};
  Customs customs{};

  /// To be filled record by record.
  constexpr layers() = default;
  template <class... Items>
  constexpr explicit layers(const Items&... items) : customs(std::tuple_cat(detail::customs_in(items)...)) {
    layer_record* place = records.data();
    int custom = 0;
    (detail::append(items, place, custom), ...);
  }
};

template <class... Items>
layers(const Items&...) -> layers<detail::count_of<Items...>, detail::customs_of<Items...>>;

}  // namespace cleave
#endif
// ---- cleave/graph/infer.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_INFER_HPP
#define CLEAVE_GRAPH_INFER_HPP

/// @file
/// The shape rule of any built-in layer, chosen by its kind.

namespace cleave {

/// The output of a built-in layer. `in` has one shape an input, `type` is that of the first.
constexpr inference infer(const layer_record& record, std::span<const shape> in, dtype type) noexcept {
  switch (record.kind) {
    case op::input: return input::infer(record);
    case op::output: return output::infer(record, in[0], type);
    case op::flatten: return flatten::infer(in[0], type);
    case op::reshape: return reshape::infer(record, in[0], type);
    case op::dropout: return output::infer(record, in[0], type);
    case op::constant: return input::infer(record);
    case op::rearrange: return rearrange::infer(record, in[0], type);
    case op::transpose: return transpose::infer(record, in[0], type);
    case op::slice: return slice::infer(record, in[0], type);
    default: break;
  }
  if (type != dtype::float32) return refused(need::float_elements);
  switch (record.kind) {
    case op::conv2d: return conv2d::infer(record, in[0]);
    case op::depthwise_conv2d: return depthwise_conv2d::infer(record, in[0]);
    case op::locally_connected2d: return locally_connected2d::infer(record, in[0]);
    case op::dense: return dense::infer(record, in[0]);
    case op::max_pool: return max_pool::infer(record, in[0]);
    case op::average_pool: return average_pool::infer(record, in[0]);
    case op::global_max_pool:
    case op::global_average_pool: return global_max_pool::infer(record, in[0]);
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::divide:
    case op::maximum:
    case op::minimum:
    case op::power: return infer_arithmetic(in[0], in[1]);
    case op::concat: return concat::infer(record, in);
    case op::pad: return pad::infer(record, in[0]);
    case op::upsample: return upsample::infer(record, in[0]);
    case op::resize: return resize::infer(record, in[0]);
    case op::reduce: return infer_one_channel(in[0], dtype::float32);
    case op::argmax:
    case op::argmin: return infer_one_channel(in[0], dtype::int32);
    case op::lstm:
    case op::gru:
    case op::rnn: return infer_recurrent(record, in[0]);
    case op::local_response_normalization:
      return record.channels > 0 ? infer_unchanged(in[0]) : refused(need::positive_sizes);
    default: return infer_unchanged(in[0]);
  }
}

}  // namespace cleave
#endif
// ---- cleave/graph/basic_graph.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_BASIC_GRAPH_HPP
#define CLEAVE_GRAPH_BASIC_GRAPH_HPP

/// @file
/// What a graph is, whatever its nodes lie in: labels resolved, shapes inferred, lifetimes and weights placed. Layer
/// "graph": knows shapes, lifetimes and weights, but nothing of kernels and bytes.

namespace cleave {

/// Layers in their order of execution. Inputs come first and together are layer 0; the layers after them count from 1.
/// Making a graph never fails: the first defect is kept. `Nodes` is an array of nodes, or a vector of them.
template <class Nodes, class Customs>
class basic_graph {
 public:
  Nodes nodes{};
  Customs customs{};      ///< the user's own layers, numbered by `layer_record::custom`
  defect first_defect{};  ///< `layer` is -1 for a sound graph

  std::size_t inputs = 0;        ///< how many inputs the graph has
  std::size_t last = 0;          ///< the number of the last layer
  std::size_t weight_bytes = 0;  ///< of the data of a blob with all layers

  /// Of a reordered graph: the fingerprint of the graph in the order in which its weights are stored.
  std::uint64_t stored_fingerprint = 0;

  constexpr bool ok() const noexcept { return first_defect.layer < 0; }

  /// The node after the last one of layer `layer`: nodes [0, end_of(K)) are layers 0..K.
  constexpr std::size_t end_of(std::size_t layer) const noexcept { return layer + inputs; }

  /// The layer number of a node; all inputs are layer 0.
  constexpr std::size_t layer_of(std::size_t index) const noexcept { return index < inputs ? 0 : index + 1 - inputs; }

  /// The nearest node before `before` that bears this label, or -1.
  constexpr int find(label name) const noexcept { return find(name, nodes.size()); }
  constexpr int find(label name, std::size_t before) const noexcept {
    for (std::size_t i = before; i-- > 0;) {
      if (nodes[i].what.name == name) return static_cast<int>(i);
    }
    return -1;
  }

  constexpr std::uint64_t multiply_adds() const noexcept {
    std::uint64_t sum = 0;
    for (const node& each : nodes) sum += each.multiply_adds;
    return sum;
  }

  /// Trained numbers as stored: floats with the layouts' padding.
  constexpr std::size_t weight_floats() const noexcept {
    std::size_t sum = 0;
    for (const node& each : nodes) sum += each.weights.floats;
    return sum;
  }

  /// True when the value of root `index` exists after layer `cut` and is needed by a later layer.
  constexpr bool crosses(std::size_t index, std::size_t cut) const noexcept {
    return index < end_of(cut) && nodes[index].root == static_cast<int>(index) &&
           nodes[index].last_use >= static_cast<int>(end_of(cut));
  }

 protected:
  constexpr basic_graph(Nodes empty, Customs own) : nodes(std::move(empty)), customs(std::move(own)) {}

  /// Makes the nodes, as many as there is room for.
  constexpr void build(const layer_record* records) {
    for (std::size_t i = 0; i < nodes.size() && ok(); ++i) resolve(i, records[i]);
    if (ok()) finish();
  }

 private:
  constexpr void note(std::size_t index, const layer_record& what, std::span<const shape> received, need needs) {
    first_defect = {static_cast<int>(layer_of(index)), what.kind, what.custom,
                    static_cast<int>(received.size()), {},        needs};
    for (std::size_t i = 0; i < received.size() && i < 2; ++i) first_defect.received[i] = received[i];
  }

  constexpr void resolve(std::size_t index, const layer_record& what) {
    node& here = nodes[index];
    here.what = what;
    here.root = static_cast<std::int16_t>(index);
    here.is_output = true;  // until a later layer reads it
    if (what.kind == op::input) {
      if (inputs != index) return note(index, what, {}, need::all_inputs_before_other_layers);
      inputs = index + 1;
    } else if (index == 0) {
      return note(index, what, {}, need::an_input_as_the_first_layer);
    }

    std::array<shape, max_inputs> received{};
    const auto arity = static_cast<std::size_t>(what.arity);
    for (std::size_t k = 0; k < arity; ++k) {
      // Only the first input may be left to "the layer before".
      const bool implied = k == 0 && what.from[k].empty();
      const int source = implied ? static_cast<int>(index) - 1 : what.from[k].empty() ? -1 : find(what.from[k], index);
      if (source < 0) return note(index, what, {received.data(), k}, need::an_earlier_layer_with_that_label);
      here.inputs[k] = static_cast<std::int16_t>(source);
      received[k] = nodes[static_cast<std::size_t>(source)].out;
    }
    const std::span<const shape> shapes{received.data(), arity};

    dtype type = dtype::float32;
    for (std::size_t k = 0; k < arity; ++k) {
      if (input_of(here, k).type != dtype::float32) type = input_of(here, k).type;
    }
    const inference found = what.kind == op::custom ? infer_custom(what, shapes, type) : infer(what, shapes, type);
    if (found.needs != need::nothing) return note(index, what, shapes, found.needs);
    here.in = received[0];
    here.out = found.out;
    here.type = found.type;
    here.pad = found.pad;
    here.groups = found.groups;
    here.multiply_adds = found.multiply_adds;
    here.weights = what.kind == op::custom ? weights_of_custom(what, shapes) : weights_of(here);
    here.weights.offset = weight_bytes;
    here.weights.line = layer_of(index);
    weight_bytes += round_up(here.weights.floats * 4, 64);
    if (renames(what.kind)) here.root = input_of(here, 0).root;
    for (std::size_t k = 0; k < arity; ++k) {
      node& read = nodes[static_cast<std::size_t>(here.inputs[k])];
      read.is_output = read.what.kind == op::output;
      if (!renames(what.kind)) root_of(here.inputs[k]).last_use = static_cast<std::int16_t>(index);
    }
  }

  constexpr void finish() {
    last = nodes.size() - inputs;
    if (last == 0) return note(0, nodes.empty() ? layer_record{} : nodes[0].what, {}, need::at_least_one_layer);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!nodes[i].is_output) continue;
      if (nodes[i].what.kind == op::input) return note(i, nodes[i].what, {}, need::a_use_for_every_input);
      root_of(static_cast<int>(i)).holds_output = true;
    }
  }

  constexpr const node& input_of(const node& of, std::size_t k) const {
    return nodes[static_cast<std::size_t>(of.inputs[k])];
  }
  constexpr node& root_of(int index) {
    return nodes[static_cast<std::size_t>(nodes[static_cast<std::size_t>(index)].root)];
  }

  /// Calls `use` with the user's own layer of that number.
  template <class Use>
  constexpr void with_custom(int number, Use&& use) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((static_cast<int>(I) == number ? use(std::get<I>(customs)) : void()), ...);
    }(std::make_index_sequence<std::tuple_size_v<Customs>>{});
  }

  constexpr inference infer_custom(const layer_record& what, std::span<const shape> in, dtype type) const {
    if (type != dtype::float32) return refused(need::float_elements);
    inference found;
    with_custom(what.custom, [&](const auto& own) { found = own.infer(in); });
    return found;
  }

  constexpr weight_place weights_of_custom(const layer_record& what, std::span<const shape> in) const {
    weight_place found;
    with_custom(what.custom, [&](const auto& own) { found.floats = own.weight_count(in); });
    if (found.floats > 0) found.layout = weight_layout_kind::custom;
    return found;
  }
};

}  // namespace cleave
#endif
// ---- cleave/graph/graph.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_GRAPH_HPP
#define CLEAVE_GRAPH_GRAPH_HPP

/// @file
/// A network as a value: `inline constexpr auto g = cleave::graph{cleave::input{...}, ...};`.

namespace cleave {

/// Layers in their order of execution; see basic_graph.hpp for what can be asked of them.
/// A graph that networks run is made while compiling; others, to be planned and printed, at any time. Making one never
/// fails: the first defect is kept, and using the graph in a network names it.
template <std::size_t Nodes, class Customs = std::tuple<>>
class graph : public basic_graph<std::array<node, Nodes>, Customs> {
 public:
  /// Items are layers, runs of layers (cleave::layers) and layers of the user's own.
  template <class... Items>
  constexpr explicit graph(const Items&... items)
      : basic_graph<std::array<node, Nodes>, Customs>({}, std::tuple_cat(detail::customs_in(items)...)) {
    std::array<layer_record, Nodes> records{};
    layer_record* place = records.data();
    int custom = 0;
    (detail::append(items, place, custom), ...);
    this->build(records.data());
  }

  static constexpr std::size_t node_count = Nodes;

  /// One value for every node.
  template <class T>
  using per_node = std::array<T, Nodes>;
  template <class T>
  constexpr per_node<T> make_per_node() const noexcept {
    return {};
  }
};

template <class... Items>
graph(const Items&...) -> graph<detail::count_of<Items...>, detail::customs_of<Items...>>;

}  // namespace cleave
#endif
// ---- cleave/graph/fingerprint.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_FINGERPRINT_HPP
#define CLEAVE_GRAPH_FINGERPRINT_HPP

/// @file
/// A number that two ends compare to know that they speak of the same graph.

namespace cleave {

/// An order-sensitive 64-bit hash of integers: FNV-1a over words, with the final mix of SplitMix64.
class structural_hash {
 public:
  constexpr void add(std::uint64_t word) noexcept { state_ = (state_ ^ word) * 0x100000001B3U ^ (state_ >> 29); }
  constexpr void add(int value) noexcept { add(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))); }
  constexpr void add(float value) noexcept { add(std::uint64_t{std::bit_cast<std::uint32_t>(value)}); }
  constexpr void add(shape value) noexcept {
    add(value.height);
    add(value.width);
    add(value.channels);
  }
  constexpr void add(extent value) noexcept {
    add(value.height);
    add(value.width);
  }
  constexpr void add(std::string_view text) noexcept {
    add(static_cast<int>(text.size()));
    // Whether char has a sign depends on the target.
    for (const char each : text) add(static_cast<int>(static_cast<unsigned char>(each)));
  }
  constexpr std::uint64_t value() const noexcept {
    std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// The same for equal layers in equal order with equal sizes, whatever their labels. Layers of the user's own enter
/// with their `kind`, their shapes and, where they have one, their `fingerprint()`.
template <class Graph>
constexpr std::uint64_t fingerprint(const Graph& graph) noexcept {
  structural_hash hash;
  for (const node& each : graph.nodes) {
    const layer_record& what = each.what;
    hash.add(static_cast<int>(what.kind));
    hash.add(what.arity);
    for (int k = 0; k < what.arity; ++k) hash.add(static_cast<int>(each.inputs[static_cast<std::size_t>(k)]));
    hash.add(each.out);
    hash.add(static_cast<int>(each.type));
    hash.add(what.channels);
    hash.add(what.kernel);
    hash.add(what.stride);
    hash.add(what.dilation);
    hash.add(shape{each.pad.top, each.pad.left, each.pad.bottom});
    hash.add(each.pad.right);
    hash.add(each.groups);
    hash.add(what.count_include_pad ? 1 : 0);
    hash.add(static_cast<int>(what.function.kind));
    hash.add(what.function.alpha);
    hash.add(what.function.beta);
    hash.add(what.function.gamma);
    for (const float number : what.numbers) hash.add(number);
    // Behind the first kinds of layers came kinds with choices of their own; of the first, those that choose nothing
    // new keep the fingerprints that they had.
    if (what.kind > op::custom) {
      for (const int integer : what.integers) hash.add(integer);
    } else if (what.integers[0] != 0) {
      hash.add(what.integers[0]);
    }
  }
  std::apply(
      [&hash](const auto&... own) {
        [[maybe_unused]] const auto add_one = [&hash](const auto& each) {
          hash.add(std::string_view{each.kind});
          if constexpr (requires {
                          { each.fingerprint() } -> std::same_as<std::uint64_t>;
                        }) {
            hash.add(each.fingerprint());
          }
        };
        (add_one(own), ...);
      },
      graph.customs);
  return hash.value();
}

/// The fingerprint that a blob of this graph's weights bears: that of the order in which they are stored.
template <class Graph>
constexpr std::uint64_t weight_graph_fingerprint(const Graph& graph) noexcept {
  return graph.stored_fingerprint != 0 ? graph.stored_fingerprint : fingerprint(graph);
}

}  // namespace cleave
#endif
// ---- cleave/graph/cut.hpp -------------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_CUT_HPP
#define CLEAVE_GRAPH_CUT_HPP

/// @file
/// Where a graph is cut, by number or by label, and which tensors cross there.

namespace cleave {

namespace detail {
struct last_cut {};
}  // namespace detail

/// The cut behind the last layer, which leaves nothing to the remote half.
inline constexpr detail::last_cut last{};

/// A cut as a template argument: `split<6>()`, `split<"pool2">()`, `split<cleave::last>()`. Layers up to and with the
/// one named run on the device. Structural; labels have 1 to 63 characters.
struct cut_point {
  static constexpr std::size_t behind_everything = std::numeric_limits<std::size_t>::max();

  std::size_t number = 0;
  char text[64]{};

  /// Negative numbers become such as no graph has.
  consteval cut_point(int layer) : number(static_cast<std::size_t>(layer) - (layer < 0 ? 1U : 0U)) {}
  consteval cut_point(std::size_t layer) : number(layer) {}
  consteval cut_point(detail::last_cut) : number(behind_everything) {}
  template <std::size_t Length>
  consteval cut_point(const char (&name)[Length]) {
    static_assert(1 < Length && Length <= 64, "a label in a cut has 1 to 63 characters");
    for (std::size_t i = 0; i < Length; ++i) text[i] = name[i];
  }

  constexpr label name() const noexcept { return text; }

  /// How many layers bear this cut's label.
  template <class Graph>
  constexpr std::size_t count_in(const Graph& graph) const noexcept {
    std::size_t count = 0;
    for (const auto& each : graph.nodes) count += each.what.name == name() ? 1U : 0U;
    return count;
  }

  template <class Graph>
  constexpr bool is_in(const Graph& graph) const noexcept {
    if (!name().empty()) return count_in(graph) == 1;
    return number <= graph.last || number == behind_everything;
  }

  /// The number of the last layer before the cut. Requires: `is_in(graph)`; otherwise 0.
  template <class Graph>
  constexpr std::size_t in(const Graph& graph) const noexcept {
    if (!is_in(graph)) return 0;
    if (!name().empty()) return graph.layer_of(static_cast<std::size_t>(graph.find(name())));
    return number == behind_everything ? graph.last : number;
  }
};

/// How many tensors cross behind layer `cut`.
template <class Graph>
constexpr std::size_t count_crossing(const Graph& graph, std::size_t cut) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.end_of(cut); ++i) count += graph.crosses(i, cut) ? 1U : 0U;
  return count;
}

/// The nodes whose values cross behind layer `Cut`, in their order in the graph, which is their order on the wire.
template <const auto& Graph, std::size_t Cut>
consteval auto crossing_nodes() {
  std::array<std::size_t, count_crossing(Graph, Cut)> found{};
  std::size_t place = 0;
  for (std::size_t i = 0; i < Graph.end_of(Cut); ++i) {
    if (Graph.crosses(i, Cut)) found[place++] = i;
  }
  return found;
}

/// Bytes of all tensors that cross behind layer `cut`, before any codec.
template <class Graph>
constexpr std::size_t crossing_bytes(const Graph& graph, std::size_t cut) noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < graph.end_of(cut); ++i) sum += graph.crosses(i, cut) ? graph.nodes[i].out.bytes() : 0U;
  return sum;
}

/// True when node `index` is an answer of the network whose value is made by a node in [begin, end). An answer that
/// only renames a value is made where that value is made.
template <class Graph>
constexpr bool is_output_made_in(const Graph& graph, std::size_t index, std::size_t begin, std::size_t end) noexcept {
  const auto root = static_cast<std::size_t>(graph.nodes[index].root);
  return graph.nodes[index].is_output && begin <= root && root < end;
}

/// The nodes that are answers of the network and whose values are made in [Begin, End), in order.
template <const auto& Graph, std::size_t Begin = 0, std::size_t End = Graph.node_count>
consteval auto output_nodes() {
  constexpr std::size_t count = [] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < Graph.node_count; ++i) sum += is_output_made_in(Graph, i, Begin, End) ? 1U : 0U;
    return sum;
  }();
  std::array<std::size_t, count> found{};
  std::size_t place = 0;
  for (std::size_t i = 0; i < Graph.node_count; ++i) {
    if (is_output_made_in(Graph, i, Begin, End)) found[place++] = i;
  }
  // In a reordered graph answers keep their order: that of the layers as they were written.
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t moved = found[i];
    std::size_t to = i;
    for (; to > 0 && Graph.nodes[found[to - 1]].weights.line > Graph.nodes[moved].weights.line; --to) {
      found[to] = found[to - 1];
    }
    found[to] = moved;
  }
  return found;
}

}  // namespace cleave
#endif
// ---- cleave/graph/diagnosis.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_DIAGNOSIS_HPP
#define CLEAVE_GRAPH_DIAGNOSIS_HPP

/// @file
/// How an ill-formed graph or cut is named by the compiler: one error, whose template arguments are the message.
/// Enumerators become types, because clang 14 prints a struct argument as bare numbers.

namespace cleave {

/// The words of the message. None of these templates is ever defined.
template <class... Facts>
struct ill_formed_graph;
template <class... Facts>
struct ill_formed_split;
template <std::size_t Number>
struct at_layer;
template <class Layer>
struct layer_is;
template <int Height, int Width, int Channels>
struct receives;
template <int Height, int Width, int Channels>
struct and_receives;
struct receives_nothing;
template <class What>
struct needs;
template <std::size_t Number>
struct cut_at;
template <std::size_t Number>
struct last_layer_is;

/// What a layer may need; the names are those of the enumeration `need`.
namespace requirement {
struct an_input_as_the_first_layer;
struct all_inputs_before_other_layers;
struct an_earlier_layer_with_that_label;
struct positive_sizes;
struct a_window_within_the_padded_input;
struct padding_smaller_than_the_window;
struct channels_that_are_a_multiple_of_groups;
struct inputs_of_equal_shape;
struct inputs_of_equal_shape_or_one_per_channel;
struct inputs_of_equal_height_and_width;
struct as_many_elements_as_it_receives;
struct float_elements;
struct a_use_for_every_input;
struct at_least_one_layer;
struct what_the_layer_itself_demands;
struct inputs_that_differ_along_the_axis_only;
struct elements_within_its_input;
struct a_permutation_of_its_dimensions;
struct a_layer_with_that_label;
struct a_label_that_only_one_layer_bears;
struct a_number_up_to_the_last_layer;
}  // namespace requirement

namespace detail {

template <class Type>
struct named {
  using type = Type;
};

template <need Need>
consteval auto requirement_of() {
  using namespace requirement;
  if constexpr (Need == need::an_input_as_the_first_layer) return named<an_input_as_the_first_layer>{};
  else if constexpr (Need == need::all_inputs_before_other_layers) return named<all_inputs_before_other_layers>{};
  else if constexpr (Need == need::an_earlier_layer_with_that_label) return named<an_earlier_layer_with_that_label>{};
  else if constexpr (Need == need::positive_sizes) return named<positive_sizes>{};
  else if constexpr (Need == need::a_window_within_the_padded_input) return named<a_window_within_the_padded_input>{};
  else if constexpr (Need == need::padding_smaller_than_the_window) return named<padding_smaller_than_the_window>{};
  else if constexpr (Need == need::channels_that_are_a_multiple_of_groups)
    return named<channels_that_are_a_multiple_of_groups>{};
  else if constexpr (Need == need::inputs_of_equal_shape) return named<inputs_of_equal_shape>{};
  else if constexpr (Need == need::inputs_of_equal_shape_or_one_per_channel)
    return named<inputs_of_equal_shape_or_one_per_channel>{};
  else if constexpr (Need == need::inputs_of_equal_height_and_width) return named<inputs_of_equal_height_and_width>{};
  else if constexpr (Need == need::as_many_elements_as_it_receives) return named<as_many_elements_as_it_receives>{};
  else if constexpr (Need == need::float_elements) return named<float_elements>{};
  else if constexpr (Need == need::a_use_for_every_input) return named<a_use_for_every_input>{};
  else if constexpr (Need == need::at_least_one_layer) return named<at_least_one_layer>{};
  else if constexpr (Need == need::inputs_that_differ_along_the_axis_only)
    return named<inputs_that_differ_along_the_axis_only>{};
  else if constexpr (Need == need::elements_within_its_input) return named<elements_within_its_input>{};
  else if constexpr (Need == need::a_permutation_of_its_dimensions) return named<a_permutation_of_its_dimensions>{};
  else return named<what_the_layer_itself_demands>{};
}

template <op Kind>
consteval auto layer_type_of() {
  if constexpr (Kind == op::input) return named<input>{};
  else if constexpr (Kind == op::conv2d) return named<conv2d>{};
  else if constexpr (Kind == op::depthwise_conv2d) return named<depthwise_conv2d>{};
  else if constexpr (Kind == op::locally_connected2d) return named<locally_connected2d>{};
  else if constexpr (Kind == op::dense) return named<dense>{};
  else if constexpr (Kind == op::max_pool) return named<max_pool>{};
  else if constexpr (Kind == op::average_pool) return named<average_pool>{};
  else if constexpr (Kind == op::global_max_pool) return named<global_max_pool>{};
  else if constexpr (Kind == op::global_average_pool) return named<global_average_pool>{};
  else if constexpr (Kind == op::relu) return named<relu>{};
  else if constexpr (Kind == op::clip) return named<clip>{};
  else if constexpr (Kind == op::leaky_relu) return named<leaky_relu>{};
  else if constexpr (Kind == op::prelu) return named<prelu>{};
  else if constexpr (Kind == op::elu) return named<elu>{};
  else if constexpr (Kind == op::selu) return named<selu>{};
  else if constexpr (Kind == op::sigmoid) return named<sigmoid>{};
  else if constexpr (Kind == op::tanh) return named<tanh>{};
  else if constexpr (Kind == op::hard_tanh) return named<hard_tanh>{};
  else if constexpr (Kind == op::hard_sigmoid) return named<hard_sigmoid>{};
  else if constexpr (Kind == op::hard_swish) return named<hard_swish>{};
  else if constexpr (Kind == op::softplus) return named<softplus>{};
  else if constexpr (Kind == op::softmax) return named<softmax>{};
  else if constexpr (Kind == op::log_softmax) return named<log_softmax>{};
  else if constexpr (Kind == op::batch_normalization) return named<batch_normalization>{};
  else if constexpr (Kind == op::local_response_normalization) return named<local_response_normalization>{};
  else if constexpr (Kind == op::add) return named<add>{};
  else if constexpr (Kind == op::subtract) return named<subtract>{};
  else if constexpr (Kind == op::multiply) return named<multiply>{};
  else if constexpr (Kind == op::concat) return named<concat>{};
  else if constexpr (Kind == op::flatten) return named<flatten>{};
  else if constexpr (Kind == op::reshape) return named<reshape>{};
  else if constexpr (Kind == op::pad) return named<pad>{};
  else if constexpr (Kind == op::upsample) return named<upsample>{};
  else if constexpr (Kind == op::argmax) return named<argmax>{};
  else if constexpr (Kind == op::dropout) return named<dropout>{};
  else if constexpr (Kind == op::exp) return named<cleave::exp>{};
  else if constexpr (Kind == op::log) return named<cleave::log>{};
  else if constexpr (Kind == op::sqrt) return named<cleave::sqrt>{};
  else if constexpr (Kind == op::negate) return named<cleave::negate>{};
  else if constexpr (Kind == op::absolute) return named<cleave::absolute>{};
  else if constexpr (Kind == op::reciprocal) return named<cleave::reciprocal>{};
  else if constexpr (Kind == op::floor) return named<cleave::floor>{};
  else if constexpr (Kind == op::ceil) return named<cleave::ceil>{};
  else if constexpr (Kind == op::round) return named<cleave::round>{};
  else if constexpr (Kind == op::sign) return named<cleave::sign>{};
  else if constexpr (Kind == op::sine) return named<cleave::sine>{};
  else if constexpr (Kind == op::cosine) return named<cleave::cosine>{};
  else if constexpr (Kind == op::erf) return named<cleave::erf>{};
  else if constexpr (Kind == op::gelu) return named<cleave::gelu>{};
  else if constexpr (Kind == op::mish) return named<cleave::mish>{};
  else if constexpr (Kind == op::softsign) return named<cleave::softsign>{};
  else if constexpr (Kind == op::thresholded_relu) return named<cleave::thresholded_relu>{};
  else if constexpr (Kind == op::celu) return named<cleave::celu>{};
  else if constexpr (Kind == op::swish) return named<cleave::swish>{};
  else if constexpr (Kind == op::power_of) return named<cleave::power_of>{};
  else if constexpr (Kind == op::hardmax) return named<cleave::hardmax>{};
  else if constexpr (Kind == op::divide) return named<cleave::divide>{};
  else if constexpr (Kind == op::maximum) return named<cleave::maximum>{};
  else if constexpr (Kind == op::minimum) return named<cleave::minimum>{};
  else if constexpr (Kind == op::power) return named<cleave::power>{};
  else if constexpr (Kind == op::constant) return named<cleave::constant>{};
  else if constexpr (Kind == op::rearrange) return named<cleave::rearrange>{};
  else if constexpr (Kind == op::transpose) return named<cleave::transpose>{};
  else if constexpr (Kind == op::slice) return named<cleave::slice>{};
  else if constexpr (Kind == op::resize) return named<cleave::resize>{};
  else if constexpr (Kind == op::reduce) return named<cleave::reduce>{};
  else if constexpr (Kind == op::argmin) return named<cleave::argmin>{};
  else if constexpr (Kind == op::normalize) return named<cleave::normalize>{};
  else if constexpr (Kind == op::lstm) return named<cleave::lstm>{};
  else if constexpr (Kind == op::gru) return named<cleave::gru>{};
  else if constexpr (Kind == op::rnn) return named<cleave::rnn>{};
  else return named<output>{};
}

template <const auto& Graph>
consteval auto defective_layer() {
  constexpr defect found = Graph.first_defect;
  if constexpr (found.kind == op::custom) {
    return named<
        std::tuple_element_t<static_cast<std::size_t>(found.custom), std::remove_cvref_t<decltype(Graph.customs)>>>{};
  } else {
    return layer_type_of<found.kind>();
  }
}

template <const auto& Graph>
consteval auto describe_defect() {
  constexpr defect found = Graph.first_defect;
  constexpr shape first = found.received[0];
  constexpr shape second = found.received[1];
  using place = at_layer<static_cast<std::size_t>(found.layer)>;
  using kind = layer_is<typename decltype(defective_layer<Graph>())::type>;
  using needed = needs<typename decltype(requirement_of<found.needs>())::type>;
  if constexpr (found.arity == 0) {
    return named<ill_formed_graph<place, kind, receives_nothing, needed>>{};
  } else if constexpr (found.arity == 1) {
    return named<ill_formed_graph<place, kind, receives<first.height, first.width, first.channels>, needed>>{};
  } else {
    return named<ill_formed_graph<place, kind, receives<first.height, first.width, first.channels>,
                                  and_receives<second.height, second.width, second.channels>, needed>>{};
  }
}

template <const auto& Graph, cut_point Cut>
consteval auto describe_cut() {
  constexpr std::size_t matches = Cut.count_in(Graph);
  using where = cut_at<Cut.number>;
  using end = last_layer_is<Graph.last>;
  if constexpr (Cut.name().empty()) {
    return named<ill_formed_split<where, end, needs<requirement::a_number_up_to_the_last_layer>>>{};
  } else if constexpr (matches == 0) {
    return named<ill_formed_split<needs<requirement::a_layer_with_that_label>>>{};
  } else {
    return named<ill_formed_split<needs<requirement::a_label_that_only_one_layer_bears>>>{};
  }
}

}  // namespace detail

/// A base of everything that runs a graph: empty for a sound graph, and the one error for an ill-formed one.
template <const auto& Graph, bool Sound = Graph.ok()>
struct checked_graph {};
template <const auto& Graph>
struct checked_graph<Graph, false> : decltype(detail::describe_defect<Graph>())::type {};

/// The same for a cut of a sound graph.
template <const auto& Graph, cut_point Cut, bool Sound = !Graph.ok() || Cut.is_in(Graph)>
struct checked_cut {};
template <const auto& Graph, cut_point Cut>
struct checked_cut<Graph, Cut, false> : decltype(detail::describe_cut<Graph, Cut>())::type {};

}  // namespace cleave
#endif
// ---- cleave/network/cut_tensors.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_CUT_TENSORS_HPP
#define CLEAVE_NETWORK_CUT_TENSORS_HPP

/// @file
/// What goes from one half of a network to the other, and what comes out at the end.

namespace cleave {

/// A tensor of a graph as data: its shape, its elements and, where it lies in a workspace, its offset there in bytes.
struct tensor_info {
  shape dims{};
  dtype type = dtype::float32;
  std::uint32_t offset = 0;

  constexpr std::size_t bytes() const noexcept { return dims.bytes(); }
};

template <const auto& Graph, std::size_t Node>
using element_of = std::conditional_t<Graph.nodes[Node].type == dtype::int32, std::int32_t, float>;

/// A view of the value of one node, with its size in the type.
template <const auto& Graph, std::size_t Node>
using tensor_span = std::span<const element_of<Graph, Node>, Graph.nodes[Node].out.size()>;

namespace detail {

template <const auto& Graph, std::size_t Node>
tensor_span<Graph, Node> span_at(const std::byte* data) noexcept {
  return tensor_span<Graph, Node>{reinterpret_cast<const element_of<Graph, Node>*>(data), Graph.nodes[Node].out.size()};
}

template <const auto& Graph, const auto& Nodes>
consteval auto infos_of() {
  std::array<tensor_info, Nodes.size()> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) {
    infos[i] = {Graph.nodes[Nodes[i]].out, Graph.nodes[Nodes[i]].type, 0};
  }
  return infos;
}

template <const auto& Graph, std::size_t Cut>
inline constexpr auto crossing_at = crossing_nodes<Graph, Cut>();
template <const auto& Graph, std::size_t Cut>
inline constexpr auto outputs_by = output_nodes<Graph, 0, Graph.end_of(Cut)>();
template <const auto& Graph, std::size_t Cut>
inline constexpr auto outputs_behind = output_nodes<Graph, Graph.end_of(Cut)>();
template <const auto& Graph>
inline constexpr auto all_outputs = output_nodes<Graph>();

}  // namespace detail

/// The answers of a network with several outputs, in the order of their layers: `get<I>()`, or a structured binding.
template <const auto& Graph>
class outputs {
 public:
  static constexpr const auto& nodes = detail::all_outputs<Graph>;

  explicit outputs(const std::array<const std::byte*, nodes.size()>& data) noexcept : data_(data) {}

  template <std::size_t Index>
  tensor_span<Graph, nodes[Index]> get() const noexcept {
    return detail::span_at<Graph, nodes[Index]>(data_[Index]);
  }

 private:
  std::array<const std::byte*, nodes.size()> data_;
};

namespace detail {

template <const auto& Graph>
auto make_answer(const std::array<const std::byte*, all_outputs<Graph>.size()>& data) noexcept {
  if constexpr (all_outputs<Graph>.size() == 1) {
    return span_at<Graph, all_outputs<Graph>[0]>(data[0]);
  } else {
    return outputs<Graph>{data};
  }
}

}  // namespace detail

/// What a whole network answers: a span with the size in its type, or `outputs` where there are several.
template <const auto& Graph>
using answer_of = decltype(detail::make_answer<Graph>({}));

/// What a device half gives: views of the tensors that cross the cut, and of the answers that are made already and are
/// not sent. Valid until that half runs again; an input that crosses is viewed where the caller has it.
template <const auto& Graph, std::size_t Cut>
class cut_tensors {
 public:
  static constexpr std::size_t cut = Cut;
  static constexpr const auto& crossing = detail::crossing_at<Graph, Cut>;  ///< nodes
  static constexpr const auto& made = detail::outputs_by<Graph, Cut>;       ///< nodes
  static constexpr auto sent_info = detail::infos_of<Graph, crossing>();
  /// Answers that are made behind the cut.
  static constexpr auto behind_info = detail::infos_of<Graph, detail::outputs_behind<Graph, Cut>>();

  /// The cuts that an object of this type may stand for, and what crosses and is answered at one of them: as
  /// `any_cut_tensors` has them for more than one.
  static constexpr std::size_t first_cut = Cut;
  static constexpr std::size_t last_cut = Cut;
  static constexpr std::span<const tensor_info> sent_at(std::size_t) noexcept { return sent_info; }
  static constexpr std::span<const tensor_info> behind_at(std::size_t) noexcept { return behind_info; }

  /// How many tensors cross.
  static constexpr std::size_t size() noexcept { return crossing.size(); }

  template <std::size_t Index>
  tensor_span<Graph, crossing[Index]> get() const noexcept {
    return detail::span_at<Graph, crossing[Index]>(sent_[Index]);
  }
  std::span<const std::byte> sent(std::size_t index) const noexcept { return {sent_[index], sent_info[index].bytes()}; }

  /// For those that make or merge one: where each tensor lies, in the order of `crossing` and of `made`.
  std::array<const std::byte*, crossing.size()> sent_{};
  std::array<const std::byte*, made.size()> made_{};
};

/// Joins answers made before the cut with those made behind it, which `behind[i]` points to in order.
template <const auto& Graph, std::size_t Cut>
answer_of<Graph> merge_answers(const cut_tensors<Graph, Cut>& before, const std::byte* const* behind) noexcept {
  std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
  std::size_t made = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto root = static_cast<std::size_t>(Graph.nodes[detail::all_outputs<Graph>[i]].root);
    data[i] = root < Graph.end_of(Cut) ? before.made_[made++] : *behind++;
  }
  return detail::make_answer<Graph>(data);
}

}  // namespace cleave

template <const auto& Graph>
struct std::tuple_size<cleave::outputs<Graph>>
    : std::integral_constant<std::size_t, cleave::detail::all_outputs<Graph>.size()> {};
template <std::size_t Index, const auto& Graph>
struct std::tuple_element<Index, cleave::outputs<Graph>> {
  using type = cleave::tensor_span<Graph, cleave::detail::all_outputs<Graph>[Index]>;
};

#endif
// ---- cleave/core/static_for.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_STATIC_FOR_HPP
#define CLEAVE_CORE_STATIC_FOR_HPP

/// @file
/// A loop that is unrolled for certain. Register arrays are indexed only through it: a plain `for`
/// made g++ 12 keep the accumulators of a 4x2 tile in memory (33 against 107 GFLOP/s, AVX2).

namespace cleave {

/// Calls `body.template operator()<I>()` for I = 0 .. Count-1, inlined, in that order.
/// The body is a lambda of the form `[&]<std::size_t I>() { ... }`.
template <std::size_t Count, class Body>
[[gnu::always_inline]] constexpr void static_for(Body&& body) {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    (body.template operator()<I>(), ...);
  }
  (std::make_index_sequence<Count>{});
}

}  // namespace cleave
#endif
// ---- cleave/kernels/winograd_transform.hpp --------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_TRANSFORM_HPP
#define CLEAVE_KERNELS_WINOGRAD_TRANSFORM_HPP

/// @file
/// The transforms of Winograd's filtering along one direction, F(4, 3) with the points 0, 1, -1, 2, -2 and infinity,
/// F(2, 3) with 0, 1, -1 and infinity. Products are powers of two or feed an `fma`, so the bits are the same on all
/// packs that fuse.

namespace cleave::kernels {

/// From the inputs of a window to its points: B^T d.
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 6> winograd_input(const std::array<Pack, 6>& d) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  const Pack even = times(-4, d[2], d[4]);
  const Pack odd = times(-4, d[1], d[3]);
  const Pack far_even = d[4] - d[2];
  const Pack far_odd = d[3] - d[1];
  return {times(4, d[0], times(-5, d[2], d[4])),
          even + odd,
          even - odd,
          times(2, far_odd, far_even),
          times(-2, far_odd, far_even),
          times(4, d[1], times(-5, d[3], d[5]))};
}
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 4> winograd_input(const std::array<Pack, 4>& d) noexcept {
  return {d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]};
}

/// From three weights to one of their points: G g with the rows for other points than 0 and infinity times -6, -6, 24,
/// 24 (edge 4) or 2, 2 (edge 2). The outputs' transform makes up for that, so that no weight is rounded for a factor's
/// sake; factors here are powers of two, so that fused or not the sums are the same.
template <int Edge, std::size_t Point, pack Pack>
[[gnu::always_inline]] inline Pack winograd_weight(Pack g0, Pack g1, Pack g2) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  if constexpr (Point == 0) return g0;
  else if constexpr (Point == 1) return (g0 + g2) + g1;
  else if constexpr (Point == 2) return (g0 + g2) - g1;
  else if constexpr (Edge == 2 || Point == 5) return g2;
  else return times(Point == 3 ? 2 : -2, g1, times(4, g2, g0));
}

/// The points of a 3x3 kernel. `load(y, x)` gives its weights; `store(y, x, number)` takes the points, row by row, so
/// that few registers wait.
template <int Edge, pack Pack, class Load, class Store>
[[gnu::always_inline]] inline void winograd_kernel(Load&& load, Store&& store) noexcept {
  Pack g[9];
  static_for<9>([&]<std::size_t I>() __attribute__((always_inline)) { g[I] = load(I / 3, I % 3); });
  static_for<Edge + 2>([&]<std::size_t Y>() __attribute__((always_inline)) {
    const Pack left = winograd_weight<Edge, Y>(g[0], g[3], g[6]);
    const Pack middle = winograd_weight<Edge, Y>(g[1], g[4], g[7]);
    const Pack right = winograd_weight<Edge, Y>(g[2], g[5], g[8]);
    static_for<Edge + 2>([&]<std::size_t X>() __attribute__((always_inline)) {
      store(Y, X, winograd_weight<Edge, X>(left, middle, right));
    });
  });
}

/// From the points to the outputs: A^T m, each output divided by its `winograd_scale`.
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 4> winograd_output(const std::array<Pack, 6>& m) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  const Pack near_even = m[1] + m[2];
  const Pack near_odd = m[1] - m[2];
  const Pack far_even = m[3] + m[4];
  const Pack far_odd = m[3] - m[4];
  return {times(6, m[0], times(-4, near_even, far_even)), times(-2, near_odd, far_odd), far_even - near_even,
          times(6, m[5], times(2, far_odd, m[2] - m[1]))};
}
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 2> winograd_output(const std::array<Pack, 4>& m) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  return {times(2, m[0], m[1] + m[2]), times(-2, m[3], m[1] - m[2])};
}

/// What output (y, x) of a tile is multiplied with in the end.
constexpr float winograd_scale(int edge, std::size_t y, std::size_t x) noexcept {
  constexpr float line[]{24, 12, 6, 6};
  return edge == 2 ? 0.25F : 1.0F / (line[y] * line[x]);
}

/// Calls `body.template operator()<Lanes>(channel)` for vectors of channels, the last with the lanes that are left.
template <int Channels, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_vector(Body&& body) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int whole = Channels / lanes * lanes;
  for (int channel = 0; channel < whole; channel += lanes) body.template operator()<lanes>(channel);
  if constexpr (whole < Channels) body.template operator()<Channels - whole>(whole);
}

/// A square of `Side` x `Side` numbers, transformed in both directions. `load(y, x)` gives the numbers, column by
/// column; `store(y, x, number)` takes the results, row by row.
template <int Side, int Result, class Load, class Transform, class Store>
[[gnu::always_inline]] inline void winograd_square(Load&& load, Transform&& transform, Store&& store) noexcept {
  using number = decltype(load(std::size_t{}, std::size_t{}));
  constexpr auto side = static_cast<std::size_t>(Side);
  constexpr auto result = static_cast<std::size_t>(Result);
  number half[result][side];
  static_for<side>([&]<std::size_t X>() __attribute__((always_inline)) {
    std::array<number, side> column;
    static_for<side>([&]<std::size_t Y>() __attribute__((always_inline)) { column[Y] = load(Y, X); });
    const std::array<number, result> done = transform(column);
    static_for<result>([&]<std::size_t Y>() __attribute__((always_inline)) { half[Y][X] = done[Y]; });
  });
  static_for<result>([&]<std::size_t Y>() __attribute__((always_inline)) {
    std::array<number, side> row;
    static_for<side>([&]<std::size_t X>() __attribute__((always_inline)) { row[X] = half[Y][X]; });
    const std::array<number, result> done = transform(row);
    static_for<result>([&]<std::size_t X>() __attribute__((always_inline)) { store(Y, X, done[X]); });
  });
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/winograd_weights.hpp ----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP

/// @file
/// Weights of a 3x3 convolution, transformed once for many runs: G g G^T. Sums of floats alone, so the results are the
/// same bits on every target, and in a call that transforms them itself.

namespace cleave::kernels {

namespace detail {

template <int Edge>
void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                      float* prepared) noexcept {
  using scalar = basic_scalar_pack<false>;
  const blocked_layout from = blocked(of);
  for (int output = 0; output < of.out.channels; ++output) {
    for (int input = 0; input < of.group_inputs(); ++input) {
      const auto load = [&](std::size_t y, std::size_t x) {
        return scalar::load(weights + from.weight(output, static_cast<int>(y), static_cast<int>(x), input));
      };
      const auto store = [&](std::size_t y, std::size_t x, scalar value) {
        const int point = static_cast<int>(y) * (Edge + 2) + static_cast<int>(x);
        prepared[winograd_weight(of, tiling, point, output, input)] = value.value;
      };
      winograd_kernel<Edge, scalar>(load, store);
    }
  }
}

}  // namespace detail

/// Transforms the weights of a convolution, in the layout `blocked(of)`, into `winograd_weight_floats` floats.
inline void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                             float* prepared) noexcept {
  std::fill_n(prepared, winograd_weight_floats(of, tiling), 0.0F);
  if (tiling.edge == 4) detail::winograd_prepare<4>(of, tiling, weights, prepared);
  else detail::winograd_prepare<2>(of, tiling, weights, prepared);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/core/crc32c.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_CRC32C_HPP
#define CLEAVE_CORE_CRC32C_HPP

/// @file
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): guards weight blobs and frames. It finds every
/// error of up to 5 bits in a frame header and every burst of up to 32 bits anywhere.

namespace cleave {
namespace detail {

inline constexpr std::uint32_t crc32c_polynomial = 0x82F63B78u;  // 0x1EDC6F41, bits reversed

constexpr std::uint32_t crc32c_shift(std::uint32_t value, int bits) noexcept {
  for (int i = 0; i < bits; ++i) value = (value >> 1) ^ ((value & 1u) != 0 ? crc32c_polynomial : 0u);
  return value;
}

/// 64 bytes of table, two steps a byte: what firmware carries.
struct crc32c_nibbles {
  static constexpr std::array<std::uint32_t, 16> table = [] {
    std::array<std::uint32_t, 16> made{};
    for (std::uint32_t i = 0; i < 16; ++i) made[i] = crc32c_shift(i, 4);
    return made;
  }();

  static constexpr std::uint32_t run(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    for (const std::byte each : bytes) {
      state ^= std::to_integer<std::uint32_t>(each);
      state = (state >> 4) ^ table[state & 15u];
      state = (state >> 4) ^ table[state & 15u];
    }
    return state;
  }
};

/// 8 KiB of tables, eight bytes a step ("slicing by 8", Kounavis and Berry 2005): for machines with
/// an operating system, where a weight blob may be hundreds of megabytes.
struct crc32c_slices {
  static constexpr std::array<std::array<std::uint32_t, 256>, 8> table = [] {
    std::array<std::array<std::uint32_t, 256>, 8> made{};
    for (std::uint32_t i = 0; i < 256; ++i) made[0][i] = crc32c_shift(i, 8);
    for (std::size_t slice = 1; slice < 8; ++slice) {
      for (std::size_t i = 0; i < 256; ++i) {
        const std::uint32_t before = made[slice - 1][i];
        made[slice][i] = (before >> 8) ^ made[0][before & 255u];
      }
    }
    return made;
  }();

  static constexpr std::uint32_t run(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    const std::byte* from = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, from += 8) {
      const std::uint32_t low = load_little<std::uint32_t>(from) ^ state;
      const std::uint32_t high = load_little<std::uint32_t>(from + 4);
      state = table[7][low & 255u] ^ table[6][(low >> 8) & 255u] ^ table[5][(low >> 16) & 255u] ^ table[4][low >> 24] ^
              table[3][high & 255u] ^ table[2][(high >> 8) & 255u] ^ table[1][(high >> 16) & 255u] ^
              table[0][high >> 24];
    }
    for (; left > 0; --left, ++from) {
      state = (state >> 8) ^ table[0][(state ^ std::to_integer<std::uint32_t>(*from)) & 255u];
    }
    return state;
  }
};

#if defined(__x86_64__) && defined(__GNUC__)
/// What `Count` bytes of zeros make of a state. That is linear over single bits, so eight values of four bits each give
/// it in eight look-ups.
template <std::size_t Count>
struct crc32c_zeros {
  static constexpr std::array<std::array<std::uint32_t, 16>, 8> table = [] {
    // Columns of the matrix for one byte, then for Count of them by squaring.
    static_assert(Count > 0 && (Count & (Count - 1)) == 0);
    std::array<std::uint32_t, 32> columns{};
    for (std::size_t bit = 0; bit < 32; ++bit) columns[bit] = crc32c_shift(std::uint32_t{1} << bit, 8);
    const auto times = [](const std::array<std::uint32_t, 32>& matrix, std::uint32_t value) {
      std::uint32_t sum = 0;
      for (std::size_t bit = 0; bit < 32; ++bit) sum ^= ((value >> bit) & 1u) != 0 ? matrix[bit] : 0u;
      return sum;
    };
    for (std::size_t bytes = 1; bytes < Count; bytes *= 2) {
      const std::array<std::uint32_t, 32> half = columns;
      for (std::uint32_t& column : columns) column = times(half, column);
    }
    std::array<std::array<std::uint32_t, 16>, 8> made{};
    for (std::size_t digit = 0; digit < 8; ++digit) {
      for (std::uint32_t i = 0; i < 16; ++i) made[digit][i] = times(columns, i << (4 * digit));
    }
    return made;
  }();

  static constexpr std::uint32_t behind(std::uint32_t state) noexcept {
    std::uint32_t sum = 0;
    for (std::size_t digit = 0; digit < 8; ++digit) sum ^= table[digit][(state >> (4 * digit)) & 15u];
    return sum;
  }
};

/// The instruction of SSE4.2, where the processor that runs this has it. It takes three cycles for eight bytes, but
/// begins anew in each: so three parts of a block are summed up at a time, and 32 KiB take 1.5 us in place
/// of 17. Where there are wide products without carries, they take 0.6.
struct crc32c_machine {
  static constexpr std::uint32_t run(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    if (std::is_constant_evaluated() || !__builtin_cpu_supports("sse4.2")) return crc32c_slices::run(state, bytes);
    if (bytes.size() >= 512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) {
      return by_products(state, bytes);
    }
    return by_instruction(state, bytes);
  }

 private:
  using lanes [[gnu::vector_size(64)]] = long long;

  /// What the two halves of each 16 bytes are multiplied with, to stand for them `Bits` further on.
  template <int Bits>
  static constexpr std::array<long long, 8> ahead = [] {
    constexpr std::uint32_t one = std::uint32_t{1} << 31;
    std::array<long long, 8> made{};
    for (std::size_t i = 0; i < 8; ++i)
      made[i] = static_cast<long long>(crc32c_shift(one, i % 2 == 0 ? Bits + 32 : Bits - 32)) << 1;
    return made;
  }();

  /// `sum` becomes what lies there, with what stands for `sum` added.
  [[gnu::target("avx512f,vpclmulqdq,sse4.2")]] static void fold(lanes& sum, const std::array<long long, 8>& factors,
                                                                const std::byte* there) noexcept {
    lanes by;
    lanes next;
    std::memcpy(&by, &factors, sizeof by);
    std::memcpy(&next, there, sizeof next);
#if defined(__clang__)
    sum = __builtin_ia32_pclmulqdq512(sum, by, 0x00) ^ __builtin_ia32_pclmulqdq512(sum, by, 0x11) ^ next;
#else
    sum = __builtin_ia32_vpclmulqdq_v8di(sum, by, 0x00) ^ __builtin_ia32_vpclmulqdq_v8di(sum, by, 0x11) ^ next;
#endif
  }

  /// 256 bytes at a time are replaced by what has the same remainder and lies where the next 256 do, by products
  /// without carries (Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, Intel 2009).
  /// Requires: at least 256 bytes.
  [[gnu::target("avx512f,vpclmulqdq,sse4.2")]] static std::uint32_t by_products(
      std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    constexpr std::size_t lane = sizeof(lanes);
    const std::byte* from = bytes.data();
    std::size_t left = bytes.size();
    std::array<lanes, 4> sums;
    std::memcpy(&sums, from, sizeof sums);
    sums[0][0] ^= state;
    for (left -= 4 * lane, from += 4 * lane; left >= 4 * lane; left -= 4 * lane, from += 4 * lane) {
      for (std::size_t i = 0; i < 4; ++i) fold(sums[i], ahead<4 * 512>, from + i * lane);
    }
    std::array<std::byte, 4 * lane> rest;
    std::memcpy(rest.data(), &sums, sizeof sums);
    for (std::size_t i = 1; i < 4; ++i) fold(sums[0], ahead<512>, rest.data() + i * lane);
    std::memcpy(rest.data(), sums.data(), lane);
    return by_instruction(by_instruction(0, std::span(rest).first(lane)), {from, left});
  }

  [[gnu::target("sse4.2")]] static std::uint32_t by_instruction(std::uint32_t state,
                                                                std::span<const std::byte> bytes) noexcept {
    const std::byte* from = bytes.data();
    std::size_t left = bytes.size();
    constexpr std::size_t part = 512;
    for (; left >= 3 * part; left -= 3 * part, from += 3 * part) {
      std::uint64_t first = state;
      std::uint64_t second = 0;
      std::uint64_t third = 0;
      for (std::size_t i = 0; i < part; i += 8) {
        first = __builtin_ia32_crc32di(first, load_little<std::uint64_t>(from + i));
        second = __builtin_ia32_crc32di(second, load_little<std::uint64_t>(from + part + i));
        third = __builtin_ia32_crc32di(third, load_little<std::uint64_t>(from + 2 * part + i));
      }
      state = crc32c_zeros<2 * part>::behind(static_cast<std::uint32_t>(first)) ^
              crc32c_zeros<part>::behind(static_cast<std::uint32_t>(second)) ^ static_cast<std::uint32_t>(third);
    }
    std::uint64_t wide = state;
    for (; left >= 8; left -= 8, from += 8) wide = __builtin_ia32_crc32di(wide, load_little<std::uint64_t>(from));
    state = static_cast<std::uint32_t>(wide);
    for (; left > 0; --left, ++from) state = __builtin_ia32_crc32qi(state, std::to_integer<std::uint8_t>(*from));
    return state;
  }
};
#else
using crc32c_machine = crc32c_slices;
#endif

// An operating system beneath us stands for "there is room for 8 KiB of tables". What is chosen, like the answer, is
// the same in every translation unit of a program, whatever its -m flags.
#if defined(__unix__) || defined(__APPLE__) || defined(_WIN32)
using crc32c_engine = crc32c_machine;
#else
using crc32c_engine = crc32c_nibbles;
#endif

}  // namespace detail

/// The CRC-32C of `bytes`, or of everything so far when the value for what came before is given:
/// `crc32c(tail, crc32c(head))` is the value of head and tail together. Of no bytes it is 0.
constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept {
  return ~detail::crc32c_engine::run(~before, bytes);
}

}  // namespace cleave
#endif
// ---- cleave/weights/format.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_FORMAT_HPP
#define CLEAVE_WEIGHTS_FORMAT_HPP

/// @file
/// The bytes of a weight blob: a header, a table with a line a layer, and the data. docs/weights.md has the table of
/// offsets. Nothing here knows a graph, so any blob can be shown, checked and sliced.

namespace cleave {

/// Sizes of the format, in bytes.
namespace blob_format {
inline constexpr std::uint32_t magic = 0x57564C43;  // "CLVW"
inline constexpr std::uint16_t version = 1;
inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t line_bytes = 24;
inline constexpr std::size_t alignment = 64;  // of the data, and of each layer in it

constexpr std::size_t data_offset(std::size_t layers) noexcept {
  return round_up(header_bytes + layers * line_bytes, alignment);
}
/// What a layer of `bytes` takes of the data.
constexpr std::uint64_t padded(std::uint64_t bytes) noexcept { return (bytes + alignment - 1) / alignment * alignment; }
}  // namespace blob_format

/// One line of the table: a layer's weights.
struct blob_line {
  std::uint64_t offset = 0;  ///< from the start of the data of a blob with all layers
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;  ///< CRC-32C of those bytes
  weight_layout_kind layout = weight_layout_kind::none;
  dtype type = dtype::float32;

  constexpr bool operator==(const blob_line&) const = default;
};

/// What the header of a blob says.
struct blob_header {
  std::uint64_t graph_fingerprint = 0;
  std::uint64_t weights_fingerprint = 0;  ///< hash of the table, the same in every slice
  std::uint32_t layers = 0;               ///< lines in the table: all layers of the graph
  std::uint32_t first_layer = 1;          ///< of those whose data follows; an empty slice has first_layer > last_layer
  std::uint32_t last_layer = 0;
  std::uint64_t data_bytes = 0;

  constexpr std::size_t data_offset() const noexcept { return blob_format::data_offset(layers); }
  constexpr std::uint64_t total_bytes() const noexcept { return data_offset() + data_bytes; }
};

constexpr void write_line(std::byte* to, const blob_line& line) noexcept {
  store_little(to, line.offset);
  store_little(to + 8, line.bytes);
  store_little(to + 16, line.crc);
  to[20] = static_cast<std::byte>(line.layout);
  to[21] = static_cast<std::byte>(line.type);
  store_little(to + 22, std::uint16_t{0});
}

constexpr blob_line read_line(const std::byte* from) noexcept {
  blob_line line;
  line.offset = load_little<std::uint64_t>(from);
  line.bytes = load_little<std::uint64_t>(from + 8);
  line.crc = load_little<std::uint32_t>(from + 16);
  line.layout = static_cast<weight_layout_kind>(from[20]);
  line.type = static_cast<dtype>(from[21]);
  return line;
}

/// The hash of a table of `layers` lines.
constexpr std::uint64_t table_fingerprint(const std::byte* table, std::size_t layers) noexcept {
  structural_hash hash;
  for (std::size_t i = 0; i < layers * blob_format::line_bytes / 8; ++i) {
    hash.add(load_little<std::uint64_t>(table + 8 * i));
  }
  return hash.value();
}

/// Writes the header in front of a table that is already in place behind it.
constexpr void write_header(std::byte* to, const blob_header& header) noexcept {
  using blob_format::header_bytes, blob_format::line_bytes, blob_format::magic, blob_format::version;
  store_little(to, magic);
  store_little(to + 4, version);
  store_little(to + 6, static_cast<std::uint16_t>(header_bytes));
  store_little(to + 8, header.graph_fingerprint);
  store_little(to + 16, header.weights_fingerprint);
  store_little(to + 24, header.layers);
  store_little(to + 28, header.first_layer);
  store_little(to + 32, header.last_layer);
  store_little(to + 36, std::uint32_t{0});
  store_little(to + 40, header.data_bytes);
  store_little(to + 48, std::uint64_t{0});
  store_little(to + 56, std::uint32_t{0});
  const std::uint32_t head = crc32c({to, header_bytes - 4});
  store_little(to + 60, crc32c({to + header_bytes, header.layers * line_bytes}, head));
}

/// The line of layer `number`, from 1. Requires: the bytes hold the table.
constexpr blob_line line_of(std::span<const std::byte> blob, std::size_t number) noexcept {
  return read_line(blob.data() + blob_format::header_bytes + (number - 1) * blob_format::line_bytes);
}

/// A piece of the data of a blob with all layers.
struct blob_extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  constexpr std::uint64_t bytes() const noexcept { return end - begin; }
};

/// What the layers first..final take of the data; empty for first > final.
constexpr blob_extent extent_of(std::span<const std::byte> blob, std::size_t first, std::size_t final) noexcept {
  if (first > final) return {};
  const blob_line end = line_of(blob, final);
  return {line_of(blob, first).offset, end.offset + blob_format::padded(end.bytes)};
}

/// True when the layers of a table follow one another in the data, each at the first multiple of the alignment.
constexpr bool lies_in_order(const std::byte* table, std::size_t layers) noexcept {
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < layers; ++i) {
    const blob_line line = read_line(table + i * blob_format::line_bytes);
    // Far above what any machine holds, far below where the sum would wrap.
    if (line.offset != next || line.bytes > std::uint64_t{1} << 48 || next > std::uint64_t{1} << 48) return false;
    next += blob_format::padded(line.bytes);
  }
  return true;
}

/// True when bytes that fill a gap are 0, as they must be: no checksum covers them.
constexpr bool is_filling(std::span<const std::byte> bytes) noexcept {
  for (const std::byte each : bytes) {
    if (each != std::byte{0}) return false;
  }
  return true;
}

/// Reads and checks header and table; the data is checked by `check_data`. Never reads behind `bytes`.
constexpr result<blob_header> read_header(std::span<const std::byte> bytes) noexcept {
  using blob_format::header_bytes, blob_format::line_bytes, blob_format::magic, blob_format::version;
  for (std::size_t i = 0; i < 4 && i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::byte>(magic >> (8 * i) & 0xFFU)) return errc::not_a_weight_blob;
  }
  if (bytes.size() < 6) return errc::truncated_blob;
  if (load_little<std::uint16_t>(bytes.data() + 4) != version) return errc::unsupported_version;
  if (bytes.size() < header_bytes) return errc::truncated_blob;
  blob_header header;
  header.graph_fingerprint = load_little<std::uint64_t>(bytes.data() + 8);
  header.weights_fingerprint = load_little<std::uint64_t>(bytes.data() + 16);
  header.layers = load_little<std::uint32_t>(bytes.data() + 24);
  header.first_layer = load_little<std::uint32_t>(bytes.data() + 28);
  header.last_layer = load_little<std::uint32_t>(bytes.data() + 32);
  header.data_bytes = load_little<std::uint64_t>(bytes.data() + 40);
  // A damaged count must not make the table reach behind the bytes.
  if (header.layers > (bytes.size() - header_bytes) / line_bytes) return errc::truncated_blob;
  const std::uint32_t head = crc32c(bytes.first(header_bytes - 4));
  const std::uint32_t all = crc32c(bytes.subspan(header_bytes, header.layers * line_bytes), head);
  if (all != load_little<std::uint32_t>(bytes.data() + 60)) return errc::corrupt_blob;
  if (header.weights_fingerprint != table_fingerprint(bytes.data() + header_bytes, header.layers)) {
    return errc::corrupt_blob;
  }
  // Behind right checksums only a faulty writer leaves what follows; slices rely on it.
  if (header.first_layer == 0 || header.last_layer > header.layers || header.first_layer > header.last_layer + 1 ||
      !lies_in_order(bytes.data() + header_bytes, header.layers) ||
      header.data_bytes != extent_of(bytes, header.first_layer, header.last_layer).bytes()) {
    return errc::corrupt_blob;
  }
  if (header.data_bytes > bytes.size() || header.total_bytes() > bytes.size()) return errc::truncated_blob;
  const std::size_t table_end = header_bytes + header.layers * line_bytes;
  if (!is_filling(bytes.subspan(table_end, header.data_offset() - table_end))) return errc::corrupt_blob;
  return header;
}

/// Compares the data of the layers first..final with the table. Requires: `read_header` made `header` of these bytes.
constexpr status check_data(std::span<const std::byte> blob, const blob_header& header, std::size_t first,
                            std::size_t final) noexcept {
  if (first > final) return {};
  if (first < header.first_layer || final > header.last_layer) return errc::missing_layers;
  const std::uint64_t held = line_of(blob, header.first_layer).offset;
  for (std::size_t number = first; number <= final; ++number) {
    const blob_line line = line_of(blob, number);
    const std::size_t at = header.data_offset() + static_cast<std::size_t>(line.offset - held);
    const auto bytes = static_cast<std::size_t>(line.bytes);
    if (crc32c(blob.subspan(at, bytes)) != line.crc ||
        !is_filling(blob.subspan(at + bytes, static_cast<std::size_t>(blob_format::padded(line.bytes)) - bytes))) {
      return errc::corrupt_blob;
    }
  }
  return {};
}

}  // namespace cleave
#endif
// ---- cleave/network/prepared_layout.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_PREPARED_LAYOUT_HPP
#define CLEAVE_NETWORK_PREPARED_LAYOUT_HPP

/// @file
/// Where each layer's prepared weights lie.

namespace cleave {

/// The place of each node's prepared weights, in bytes from the first of all; behind the last node the size of all.
template <const auto& Graph, numeric_policy Policy>
inline constexpr auto prepared_offsets = [] {
  std::array<std::size_t, Graph.node_count + 1> offsets{};
  for (std::size_t i = 0; i < Graph.node_count; ++i) {
    offsets[i + 1] = offsets[i] + round_up(prepared_bytes_of(Graph.nodes[i], Policy), blob_format::alignment);
  }
  return offsets;
}();

}  // namespace cleave
#endif
// ---- cleave/weights/view.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_VIEW_HPP
#define CLEAVE_WEIGHTS_VIEW_HPP

/// @file
/// Weights where they lie: in flash, in a mapped file, in an array. A view checks them once and copies nothing.

namespace cleave {

/// A blob's data in memory.
struct weight_source {
  const std::byte* data = nullptr;  ///< the first byte held
  std::size_t first_offset = 0;     ///< the offset of that byte in a blob with all layers
  /// Weights in the form that a numeric policy wants, and the offset of their first byte among those of all layers.
  const std::byte* prepared = nullptr;
  std::size_t first_prepared = 0;

  const float* at(std::size_t offset) const noexcept {
    return reinterpret_cast<const float*>(data + (offset - first_offset));
  }
  const float* prepared_at(std::size_t offset) const noexcept {
    return prepared == nullptr ? nullptr : reinterpret_cast<const float*>(prepared + (offset - first_prepared));
  }
};

/// Some layers of a graph, as a template argument: `all_layers`, `up_to("pool2")`, `behind(6)`.
struct layer_part {
  enum class side : std::uint8_t { all, before, after };
  cut_point cut = 0;
  side which = side::all;

  template <class Graph>
  constexpr std::size_t first(const Graph& graph) const noexcept {
    return which == side::after ? cut.in(graph) + 1 : 1;
  }
  template <class Graph>
  constexpr std::size_t last(const Graph& graph) const noexcept {
    return which == side::before ? cut.in(graph) : graph.last;
  }
};

inline constexpr layer_part all_layers{};
/// The layers of the device half of a cut.
consteval layer_part up_to(cut_point cut) { return {cut, layer_part::side::before}; }
/// The layers of the remote half of a cut.
consteval layer_part behind(cut_point cut) { return {cut, layer_part::side::after}; }

/// Weights of the layers First..Last of a graph, checked. Does not own them.
template <const auto& Graph, std::size_t First = 1, std::size_t Last = Graph.last>
class weights_view {
 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;

  /// For those who have checked: `view_weights`, `load_weights` and networks that hand on theirs.
  constexpr weights_view(weight_source source, std::uint64_t fingerprint) noexcept
      : source_(source), fingerprint_(fingerprint) {}

  constexpr weight_source source() const noexcept { return source_; }
  /// The hash of the table of all layers' weights: equal for all slices of one blob.
  constexpr std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  weight_source source_;
  std::uint64_t fingerprint_;
};

/// True for types that give the weights of at least the layers First..Last of this graph.
template <class Weights, const auto& Graph, std::size_t First, std::size_t Last>
concept holds_layers = requires(const Weights& weights) {
  { weights.source() } -> std::same_as<weight_source>;
  { weights.fingerprint() } -> std::same_as<std::uint64_t>;
  requires& Weights::graph == &Graph;
  requires First > Last || (Weights::first_layer <= First && Last <= Weights::last_layer);
};

namespace detail {

/// The table that a blob of this graph must have, but for the checksums. By itself, so that the graph need not be in
/// the program.
template <const auto& Graph>
inline constexpr auto expected_lines = [] {
  std::array<blob_line, Graph.last> lines{};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const weight_place& place = Graph.nodes[Graph.end_of(i + 1) - 1].weights;
    lines[place.line - 1] = {place.offset, place.floats * 4, 0, place.layout, dtype::float32};
  }
  return lines;
}();

/// Compares a blob with what the graph expects of the layers first..final, and finds their data.
template <const auto& Graph>
constexpr result<weight_source> find_weights(std::span<const std::byte> blob, std::size_t first,
                                             std::size_t final) noexcept {
  const result<blob_header> header = read_header(blob);
  if (!header) return header.error();
  constexpr std::uint64_t print = weight_graph_fingerprint(Graph);
  constexpr const auto& expected = expected_lines<Graph>;
  if (header->graph_fingerprint != print || header->layers != expected.size()) return errc::wrong_graph;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    blob_line line = line_of(blob, i + 1);
    line.crc = 0;
    if (line != expected[i]) return errc::wrong_graph;
  }
  if constexpr (Graph.stored_fingerprint == 0) {
    if (const status checked = check_data(blob, *header, first, final); !checked) return checked.error();
  } else {
    for (std::size_t layer = first; layer <= final; ++layer) {
      // Of layers without weights a slice need not know.
      const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
      if (place.floats == 0) continue;
      if (const status checked = check_data(blob, *header, place.line, place.line); !checked) return checked.error();
    }
  }
  const std::size_t held = header->first_layer > header->last_layer
                               ? 0
                               : static_cast<std::size_t>(line_of(blob, header->first_layer).offset);
  return weight_source{blob.data() + header->data_offset(), held};
}

}  // namespace detail

/// Views the weights in `blob`, a whole blob or a slice that holds the part asked for. Refuses, each with its own code:
/// bytes that are no blob, another version, a blob of another graph, a slice that lacks layers, one that is cut short,
/// a wrong checksum, and bytes that do not start at a multiple of 4 (64 is best: see docs/weights.md).
template <const auto& Graph, layer_part Part = all_layers>
auto view_weights(std::span<const std::byte> blob) noexcept
    -> result<weights_view<Graph, Part.first(Graph), Part.last(Graph)>> {
  [[maybe_unused]] const checked_graph<Graph> graph_is_sound;
  [[maybe_unused]] const checked_cut<Graph, Part.cut> cut_is_sound;
  if (reinterpret_cast<std::uintptr_t>(blob.data()) % 4 != 0) return errc::misaligned_blob;
  constexpr std::size_t first = Part.first(Graph);  // while compiling: the graph need not be in the program
  constexpr std::size_t final = Part.last(Graph);
  const result<weight_source> found = detail::find_weights<Graph>(blob, first, final);
  if (!found) return found.error();
  return weights_view<Graph, first, final>{*found, load_little<std::uint64_t>(blob.data() + 16)};
}

}  // namespace cleave
#endif
// ---- cleave/network/prepared_weights.hpp ----------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_PREPARED_WEIGHTS_HPP
#define CLEAVE_NETWORK_PREPARED_WEIGHTS_HPP

/// @file
/// Weights in the form that the numeric policy of some options wants, made once and shared by all networks with those
/// options. What has no other form is used where it lies.

namespace cleave {

/// Views weights, and their other form in memory of the caller's; both must outlive it.
template <const auto& Graph, class Options = default_options, std::size_t First = 1, std::size_t Last = Graph.last>
class prepared_weights {
  static constexpr std::size_t begin = First <= 1 ? 0 : Graph.end_of(First - 1);
  static constexpr std::size_t end = Graph.end_of(Last);
  static constexpr const auto& offsets = prepared_offsets<Graph, Options::numerics>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr numeric_policy numerics = Options::numerics;
  /// Memory that the other form takes.
  static constexpr std::size_t bytes = First > Last ? 0 : offsets[end] - offsets[begin];

  /// Transforms what the policy wants transformed. `memory` starts at a multiple of 64.
  template <class Weights>
    requires holds_layers<Weights, Graph, First, Last>
  prepared_weights(const Weights& weights, std::span<std::byte, bytes> memory) noexcept
      : prepared_weights(weights.source(), weights.fingerprint(), memory.data()) {
    for (std::size_t i = begin; i < end; ++i) {
      const node& of = Graph.nodes[i];
      const kernels::winograd_tiling tiling = winograd_of(of, numerics);
      if (tiling.edge == 0 || tiling.inputs > 0) continue;
      kernels::winograd_prepare(conv2d_shape_of(of, {}), tiling, source_.at(of.weights.offset),
                                reinterpret_cast<float*>(memory.data() + (offsets[i] - offsets[begin])));
    }
  }
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, First, Last>)
  prepared_weights(const Weights&& weights, std::span<std::byte, bytes> memory) = delete;

  /// For networks that hand on theirs: `source` is prepared already.
  prepared_weights(weight_source source, std::uint64_t fingerprint) noexcept
      : source_(source), fingerprint_(fingerprint) {}

  weight_source source() const noexcept { return source_; }
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  prepared_weights(weight_source source, std::uint64_t fingerprint, const std::byte* memory) noexcept
      : source_(source), fingerprint_(fingerprint) {
    source_.prepared = memory;
    source_.first_prepared = offsets[begin];
  }

  weight_source source_;
  std::uint64_t fingerprint_;
};

namespace detail {

/// True where a network with these options can use such weights as they are.
template <class Weights, const auto& Graph, class Options, std::size_t First, std::size_t Last>
consteval bool is_prepared() {
  if constexpr (prepared_weights<Graph, Options, First, Last>::bytes == 0) {
    return true;
  } else if constexpr (requires { Weights::numerics; }) {
    return Weights::numerics == Options::numerics;
  } else {
    return false;
  }
}

/// Says so where they are not.
template <class Weights, const auto& Graph, class Options, std::size_t First, std::size_t Last>
consteval bool check_prepared() {
  static_assert(is_prepared<Weights, Graph, Options, First, Last>(),
                "cleave: the numeric policy of these options wants prepared weights: "
                "auto prepared = cleave::prepare_weights<graph, Options>(weights);");
  return true;
}

}  // namespace detail

}  // namespace cleave
#endif
// ---- cleave/kernels/flat.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_FLAT_HPP
#define CLEAVE_KERNELS_FLAT_HPP

/// @file
/// Loops over elements that all get the same treatment. Rows of a tensor lie behind each other, so these run over them
/// as one line; only numbers a channel need to know where a pixel begins.

namespace cleave::kernels {

/// A run of elements of a tensor.
struct flat_run {
  std::size_t first;
  std::size_t count;
};

/// The elements of one row.
constexpr std::size_t row_size(shape of) noexcept {
  return static_cast<std::size_t>(of.width) * static_cast<std::size_t>(of.channels);
}

/// Where the elements of `rows` lie.
constexpr flat_run elements_of(shape of, range rows) noexcept {
  return {static_cast<std::size_t>(rows.begin) * row_size(of), static_cast<std::size_t>(rows.size()) * row_size(of)};
}

namespace detail {

/// The last few elements, fewer than a pack: `function` sees them padded with zeros.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_rest(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  const auto padded = [&](const float* from) __attribute__((always_inline)) {
    float rest[Pack::lanes] = {};
    for (std::size_t i = 0; i < count; ++i) rest[i] = from[i];
    return Pack::load(rest);
  };
  float results[Pack::lanes];
  function(padded(in)...).store(results);
  for (std::size_t i = 0; i < count; ++i) out[i] = results[i];
}

/// `numbers` over and over, long enough to load a pack from wherever a pixel stands.
template <int Channels, pack Pack>
struct repeated_numbers {
  float number[Pack::lanes + static_cast<std::size_t>(Channels)];

  [[gnu::always_inline]] explicit repeated_numbers(const float* numbers) noexcept {
    constexpr auto channels = static_cast<std::size_t>(Channels);
    for (std::size_t i = 0; i < channels; ++i) number[i] = numbers[i];
    for (std::size_t i = channels; i < Pack::lanes + channels; ++i) number[i] = number[i - channels];
  }
};

}  // namespace detail

/// out[i] = function(in[i]...) for `count` elements. `out` may be any of `in`; they must not overlap otherwise.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_flat(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  std::size_t i = 0;
  for (; i + Pack::lanes <= count; i += Pack::lanes) function(Pack::load(in + i)...).store(out + i);
  if constexpr (Pack::lanes > 1) {
    if (i < count) detail::map_rest<Pack>(out + i, count - i, function, (in + i)...);
  }
}

/// out[i] = function(in[i], numbers[i mod Channels]...). `count` is a multiple of Channels; `out` may be `in`.
template <int Channels, pack Pack, class Function, class... Numbers>
[[gnu::always_inline]] inline void map_channels(float* out, std::size_t count, Function function, const float* in,
                                                const Numbers*... numbers) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  if constexpr (channels < Pack::lanes && sizeof...(Numbers) > 0) {
    // Several pixels a pack.
    const auto run = [&](const auto&... repeated) __attribute__((always_inline)) {
      std::size_t phase = 0;
      std::size_t i = 0;
      for (; i + Pack::lanes <= count; i += Pack::lanes) {
        function(Pack::load(in + i), Pack::load(repeated.number + phase)...).store(out + i);
        phase += Pack::lanes % channels;
        if (phase >= channels) phase -= channels;
      }
      if (i < count) detail::map_rest<Pack>(out + i, count - i, function, in + i, (repeated.number + phase)...);
    };
    run(detail::repeated_numbers<Channels, Pack>(numbers)...);
  } else {
    for (std::size_t pixel = 0; pixel < count; pixel += channels) {
      std::size_t c = 0;
      for (; c + Pack::lanes <= channels; c += Pack::lanes) {
        function(Pack::load(in + pixel + c), Pack::load(numbers + c)...).store(out + pixel + c);
      }
      if constexpr (tail > 0) {
        constexpr auto rest = static_cast<int>(tail);
        function(Pack::template load_first<rest>(in + pixel + c), Pack::template load_first<rest>(numbers + c)...)
            .template store_first<rest>(out + pixel + c);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/largest.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_LARGEST_HPP
#define CLEAVE_KERNELS_LARGEST_HPP

/// @file
/// The largest of a row of numbers.

namespace cleave::kernels {

/// The first `Count` floats (-0 becoming +0); the other lanes are -inf.
template <int Count, pack Pack>
[[gnu::always_inline]] inline Pack load_lowest(const float* from) noexcept {
  if constexpr (static_cast<std::size_t>(Count) == Pack::lanes) return Pack::load(from);
  static constexpr auto beyond = [] {
    std::array<float, Pack::lanes> made{};
    for (std::size_t i = static_cast<std::size_t>(Count); i < Pack::lanes; ++i) {
      made[i] = -std::numeric_limits<float>::infinity();
    }
    return made;
  }();
  return Pack::template load_first<Count>(from) + Pack::load(beyond.data());
}

/// The largest of `Count` floats; which of +0 and -0 is open, and so is everything where one is a NaN.
template <int Count, pack Pack>
[[gnu::always_inline]] inline float largest(const float* from) noexcept {
  constexpr std::size_t lanes = Pack::lanes;
  constexpr auto count = static_cast<std::size_t>(Count);
  if constexpr (count < lanes) {
    return reduce_max(load_lowest<Count, Pack>(from));
  } else {
    Pack best = Pack::load(from);
    for (std::size_t i = lanes; i + lanes <= count; i += lanes) best = max(best, Pack::load(from + i));
    // The last pack overlaps the one before.
    if constexpr (count % lanes != 0) best = max(best, Pack::load(from + (count - lanes)));
    return reduce_max(best);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/fold_channels.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_FOLD_CHANNELS_HPP
#define CLEAVE_KERNELS_FOLD_CHANNELS_HPP

/// @file
/// One number of the channels of a pixel, in one order for every pack: channel c goes into part c mod 16, in order of
/// c; then parts 8 apart are joined, 4 apart, 2 apart, and the last two. Sums of softmax.hpp have that order too.

namespace cleave::kernels {

namespace detail {

inline constexpr std::size_t fold_parts = 16;

/// Joins the parts of a fold.
template <std::size_t Apart = fold_parts / 2, class Join>
[[gnu::always_inline]] inline float join_parts(float* part, Join join) noexcept {
  static_for<Apart>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { part[Index] = join(part[Index], part[Index + Apart]); });
  if constexpr (Apart > 1) return join_parts<Apart / 2>(part, join);
  return part[0];
}

}  // namespace detail

/// Folds `Channels` floats with `fold(part, element)` over packs, from parts that are `initial`, and the parts with
/// `join(part, part)` over floats.
template <int Channels, pack Pack, class Fold, class Join>
[[gnu::always_inline]] inline float fold_channels(const float* pixel, float initial, Fold fold, Join join) noexcept {
  using detail::fold_parts;
  static_assert(fold_parts % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t even = channels / fold_parts * fold_parts;
  constexpr std::size_t packs = fold_parts / Pack::lanes;
  constexpr std::size_t rest = channels - even;
  constexpr std::size_t tail = rest % Pack::lanes;
  Pack part[packs];
  static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) { part[Index] = Pack::fill(initial); });
  for (std::size_t c = 0; c < even; c += fold_parts) {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index] = fold(part[Index], Pack::load(pixel + c + Index * Pack::lanes));
    });
  }
  static_for<rest / Pack::lanes>([&]<std::size_t Index>() __attribute__((always_inline)) {
    part[Index] = fold(part[Index], Pack::load(pixel + even + Index * Pack::lanes));
  });
  float parts[fold_parts];
  static_for<packs>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { part[Index].store(parts + Index * Pack::lanes); });
  if constexpr (tail > 0) {
    // Exactly the last channels; the other lanes' parts have nothing to take.
    constexpr auto count = static_cast<int>(tail);
    float* const slot = parts + rest - tail;
    fold(Pack::template load_first<count>(slot), Pack::template load_first<count>(pixel + channels - tail))
        .template store_first<count>(slot);
  }
  return detail::join_parts(parts, join);
}

/// The sum of term(part, element), each part beginning at +0: `term` adds what an element gives to a part.
template <int Channels, pack Pack, class Term>
[[gnu::always_inline]] inline float sum_channels(const float* pixel, Term term) noexcept {
  return fold_channels<Channels, Pack>(
      pixel, 0.0F, term, [](float a, float b) __attribute__((always_inline)) { return a + b; });
}

/// What a function of packs gives for one float.
template <pack Pack, class Function>
[[gnu::always_inline]] inline float of_one(Function function, float x) noexcept {
  float result;
  function(Pack::fill(x)).template store_first<1>(&result);
  return result;
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/math.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_MATH_HPP
#define CLEAVE_KERNELS_MATH_HPP

/// @file
/// exp, log and their kin over packs, as the library's own polynomials: one sequence of correctly rounded operations
/// for every pack, so the same bits wherever the pack's fma rounds once. (C libraries differ from system to system,
/// vector libraries from one instruction set to the next.)
///
/// Nothing here makes a subnormal number, and nothing but log compares: a comparison costs 40 instructions a pack with
/// g++ 12 on 32-bit NEON. Bounds stand first in max and min, so that a NaN stays a NaN on x86 too. Every product that a
/// sum takes is an fma, or exact, so that a compiler's contractions change nothing.
///
/// The largest errors, over all normal arguments, in units in the last place of a float, with fused packs:
/// exp 1.58, expm1_negative 1.0, log 0.87, log1p_unit 1.98, sigmoid 2.75, tanh 2.50, softplus 2.91.

namespace cleave::kernels {

namespace detail {

/// ln 2 as a sum: `high` ends in zeros, so that its product with any exponent is exact.
inline constexpr float ln2_high = 0x1.62e4p-1F;
inline constexpr float ln2_low = 0x1.7f7d1cp-20F;
/// 1 / ln 2 rounded up; see exp for why not to nearest.
inline constexpr float log2_e = 0x1.715478p+0F;

/// The polynomial with these coefficients, the highest first, by Horner's rule.
template <pack Pack, class... Lower>
[[gnu::always_inline]] inline Pack polynomial(Pack x, float highest, Lower... lower) noexcept {
  Pack sum = Pack::fill(highest);
  ((sum = fma(sum, x, Pack::fill(lower))), ...);
  return sum;
}

/// x - n ln 2.
template <pack Pack>
[[gnu::always_inline]] inline Pack minus_exponent(Pack x, Pack n) noexcept {
  return fma(n, Pack::fill(-ln2_low), fma(n, Pack::fill(-ln2_high), x));
}

/// log(m) for m in [sqrt 1/2, sqrt 2], less f = m - 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack log_less_linear(Pack f) noexcept {
  const Pack q = polynomial(f, -0x1.38b598p-4F, 0x1.055b7ep-3F, -0x1.0d8546p-3F, 0x1.22da1ap-3F, -0x1.547244p-3F,
                            0x1.99a008p-3F, -0x1.000226p-2F, 0x1.555554p-2F);
  const Pack square = f * f;
  return fma(square * f, q, square * Pack::fill(-0.5F));
}

}  // namespace detail

/// e^x. Exactly 1 at 0; 0 where the result would be less than the least normal number; inf above the largest.
template <pack Pack>
[[gnu::always_inline]] inline Pack exp(Pack x) noexcept {
  // e^x = 2^n e^r with n = floor(x / ln 2), not the nearest integer: then e^r is in [1, 2), the result falls below the
  // least normal number where n is -127 and overflows where n is 128, and those powers are made as 0 and inf. So
  // neither end has to be told apart. With 1 / ln 2 rounded to nearest one argument has n too large by 1 at the lower
  // end, and a subnormal result; rounded up, one at the upper end has, and the result is inf, for 3.4028e38.
  const Pack bounded = min(Pack::fill(89.0F), max(Pack::fill(-88.0F), x));
  const Pack n = round_even(fma(bounded, Pack::fill(detail::log2_e), Pack::fill(-0.5F)));
  const Pack r = detail::minus_exponent(bounded, n);
  const Pack q = detail::polynomial(r, 0x1.f5595cp-10F, 0x1.01d508p-7F, 0x1.56e046p-5F, 0x1.55431cp-3F, 0x1.00004cp-1F);
  return (fma(r * r, q, r) + Pack::fill(1.0F)) * power_of_two(n);
}

/// e^x - 1 for x <= 0, without the loss of digits near 0. Exactly 0 at 0.
template <pack Pack>
[[gnu::always_inline]] inline Pack expm1_negative(Pack x) noexcept {
  const Pack bounded = max(Pack::fill(-20.0F), x);
  const Pack n = round_even(fma(bounded, Pack::fill(detail::log2_e), Pack::fill(0.0F)));
  const Pack r = detail::minus_exponent(bounded, n);
  const Pack q = detail::polynomial(r, 0x1.6c08bcp-10F, 0x1.122652p-7F, 0x1.555640p-5F, 0x1.5554b2p-3F, 0x1.fffffep-2F);
  const Pack scale = power_of_two(n);
  return fma(scale, fma(r * r, q, r), scale - Pack::fill(1.0F));
}

/// log(x). Requires: x is normal and positive.
template <pack Pack>
[[gnu::always_inline]] inline Pack log(Pack x) noexcept {
  Pack mantissa;
  const Pack power = split_exponent(x, mantissa);
  // From [1, 2) to [sqrt 1/2, sqrt 2], so that the two terms never cancel. All exact.
  const Pack half = select_greater(mantissa, Pack::fill(0x1.6a09e6p+0F), Pack::fill(0.5F), Pack::fill(1.0F));
  const Pack exponent = fma(half, Pack::fill(-2.0F), power + Pack::fill(2.0F));
  const Pack f = fma(mantissa, half, Pack::fill(-1.0F));
  const Pack low = fma(exponent, Pack::fill(detail::ln2_low), detail::log_less_linear(f));
  return fma(exponent, Pack::fill(detail::ln2_high), low + f);
}

/// log(1 + x) for x in [0, 1], without the loss of digits near 0. Exactly 0 at 0.
template <pack Pack>
[[gnu::always_inline]] inline Pack log1p_unit(Pack x) noexcept {
  // log(1 + x) = 2 artanh(x / (2 + x)), as a series in twice that: x itself where x is small, and so never subnormal.
  const Pack twice = divide(x + x, x + Pack::fill(2.0F));
  const Pack square = twice * twice;
  const Pack q = detail::polynomial(square, 0x1.1ef89ap-11F, 0x1.1eb60ap-9F, 0x1.99d27cp-7F, 0x1.555500p-4F);
  return fma(twice * square, q, twice);
}

/// 1 / (1 + e^-x). 0 where the result would be less than the least normal number.
template <pack Pack>
[[gnu::always_inline]] inline Pack sigmoid(Pack x) noexcept {
  // Not 1 / (1 + e^-x), which makes subnormal numbers where x < -87.
  const Pack power = exp(min(Pack::fill(20.0F), x));
  return divide(power, power + Pack::fill(1.0F));
}

/// The hyperbolic tangent, also near 0, where it is x.
template <pack Pack>
[[gnu::always_inline]] inline Pack tanh(Pack x) noexcept {
  // With t = e^(-2|x|) - 1, tanh |x| is -t / (2 + t).
  const Pack t = expm1_negative(abs(x) * Pack::fill(-2.0F));
  const Pack minus_sign = max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(-0x1p127F)));
  return fma(divide(t, t + Pack::fill(2.0F)), minus_sign, Pack::fill(0.0F));
}

/// log(1 + e^x).
template <pack Pack>
[[gnu::always_inline]] inline Pack softplus(Pack x) noexcept {
  return max(Pack::fill(0.0F), x) + log1p_unit(exp(abs(x) * Pack::fill(-1.0F)));
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/error_function.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ERROR_FUNCTION_HPP
#define CLEAVE_KERNELS_ERROR_FUNCTION_HPP

/// @file
/// The error function over packs, as the library's own polynomials, by the rules of math.hpp.

namespace cleave::kernels {

/// 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
template <pack Pack>
[[gnu::always_inline]] inline Pack erf(Pack x) noexcept {
  // Near 0 as x + x P(x^2), elsewhere as 1 - e^(-x Q(x)); from 4 on it is 1.
  const Pack square = x * x;
  const Pack p = detail::polynomial(square, -0x1.3ba9cep-11F, 0x1.479c9ep-8F, -0x1.b69b96p-6F, 0x1.ce1b86p-4F,
                                    -0x1.8126ecp-2F, 0x1.06eba6p-3F);
  const Pack inner = fma(x, p, x);
  const Pack size = abs(x);
  const Pack bounded = min(Pack::fill(4.0F), size);
  const Pack q = detail::polynomial(bounded, -0x1.c2076ep-13F, 0x1.a60b08p-9F, -0x1.774a38p-6F, 0x1.af41p-4F,
                                    0x1.457a6ap-1F, 0x1.20e6aep+0F);
  const Pack rest = kernels::exp(fma(bounded * Pack::fill(-1.0F), q, Pack::fill(0.0F)));
  const Pack outer = Pack::fill(1.0F) - rest;
  const Pack sign = max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(0x1p127F)));
  return select_greater(Pack::fill(0.9F), size, inner, fma(outer, sign, Pack::fill(0.0F)));
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/rounding.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ROUNDING_HPP
#define CLEAVE_KERNELS_ROUNDING_HPP

/// @file
/// Whole numbers near an element, exact for every float, and its sign. A NaN stays a NaN; a result of 0 is +0.

namespace cleave::kernels {

/// The nearest whole number, the even one where two are as near.
template <pack Pack>
[[gnu::always_inline]] inline Pack round(Pack x) noexcept {
  // From 2^23 on all floats are whole, and between 2^23 and 2^24 they are 1 apart.
  const Pack whole = Pack::fill(0x1p23F);
  const Pack size = abs(x);
  const Pack rounded = (size + whole) - whole;
  const Pack zero = Pack::fill(0.0F);
  const Pack near = select_greater(zero, x, zero - rounded, rounded);
  return select_greater(whole, size, near, x);
}

/// The largest whole number that is not above x.
template <pack Pack>
[[gnu::always_inline]] inline Pack floor(Pack x) noexcept {
  const Pack near = kernels::round(x);
  return select_greater(near, x, near - Pack::fill(1.0F), near);
}

/// The smallest whole number that is not below x.
template <pack Pack>
[[gnu::always_inline]] inline Pack ceil(Pack x) noexcept {
  const Pack near = kernels::round(x);
  return select_greater(x, near, near + Pack::fill(1.0F), near);
}

/// -1, 0 or 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack sign(Pack x) noexcept {
  // The least normal number times this is 2.
  return max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(0x1p127F)));
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/power.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_POWER_HPP
#define CLEAVE_KERNELS_POWER_HPP

/// @file
/// x^y over packs, by the rules of math.hpp. The logarithm is made as the sum of two floats: one alone would leave
/// x^y with an error of y log x units in the last place.

namespace cleave::kernels {

namespace detail {

/// A number as the sum of two floats, the second much smaller.
template <pack Pack>
struct two_floats {
  Pack high;
  Pack low;
};

/// log(x), with about 30 bits. Requires: x is normal and positive.
template <pack Pack>
[[gnu::always_inline]] inline two_floats<Pack> long_log(Pack x) noexcept {
  Pack mantissa;
  const Pack exponent_of_x = split_exponent(x, mantissa);
  // As in log: f = m - 1 for m in [sqrt 1/2, sqrt 2].
  const Pack half = select_greater(mantissa, Pack::fill(0x1.6a09e6p+0F), Pack::fill(0.5F), Pack::fill(1.0F));
  const Pack exponent = fma(half, Pack::fill(-2.0F), exponent_of_x + Pack::fill(2.0F));
  const Pack f = fma(mantissa, half, Pack::fill(-1.0F));
  // log(1 + f) = 2 artanh t for t = f / (2 + f), which is t + t_low.
  const Pack d = f + Pack::fill(2.0F);
  const Pack d_low = f - (d - Pack::fill(2.0F));
  const Pack t = divide(f, d);
  const Pack minus_t = t * Pack::fill(-1.0F);
  const Pack t_low = divide(fma(minus_t, d_low, fma(minus_t, d, f)), d);
  const Pack square = t * t;
  const Pack series = polynomial(square, 0x1.f13b22p-3F, 0x1.23d3ep-2F, 0x1.999c26p-2F, 0x1.555554p-1F);
  const Pack main = t + t;
  const Pack main_low = fma(square * t, series, t_low + t_low);
  // Plus exponent ln 2, whose high part times any exponent is exact.
  const Pack whole = exponent * Pack::fill(ln2_high);
  const Pack sum = whole + main;
  const Pack taken = sum - whole;
  const Pack lost = (whole - (sum - taken)) + (main - taken);
  const Pack rest = fma(exponent, Pack::fill(ln2_low), lost + main_low);
  const Pack high = sum + rest;
  return {high, rest - (high - sum)};
}

/// x^y for a normal positive x.
template <pack Pack>
[[gnu::always_inline]] inline Pack positive_power(Pack x, Pack y) noexcept {
  const two_floats<Pack> logarithm = long_log(x);
  const Pack zero = Pack::fill(0.0F);
  const Pack z = fma(y, logarithm.high, zero);
  const Pack rest = fma(y, logarithm.low, fma(y, logarithm.high, zero - z));
  // As in exp; beyond its bounds the rest is of no account.
  const Pack small = max(Pack::fill(-0.001F), min(Pack::fill(0.001F), rest));
  const Pack bounded = min(Pack::fill(89.0F), max(Pack::fill(-88.0F), z));
  const Pack n = round_even(fma(bounded, Pack::fill(log2_e), Pack::fill(-0.5F)));
  const Pack r = minus_exponent(bounded, n) + small;
  const Pack q = polynomial(r, 0x1.f5595cp-10F, 0x1.01d508p-7F, 0x1.56e046p-5F, 0x1.55431cp-3F, 0x1.00004cp-1F);
  return (fma(r * r, q, r) + Pack::fill(1.0F)) * power_of_two(n);
}

}  // namespace detail

/// x^y. A negative x wants a whole y, else the result is a NaN. Subnormal numbers count as 0, and 0^0 is 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack power(Pack x, Pack y) noexcept {
  constexpr float least = std::numeric_limits<float>::min();
  constexpr float most = std::numeric_limits<float>::max();
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value); };
  const Pack zero = constant(0.0F);
  const Pack size = abs(x);
  // Larger exponents all give 0, 1 or inf.
  const Pack exponent = max(constant(-0x1p40F), min(constant(0x1p40F), y));
  const Pack base = min(constant(most), max(constant(least), size));
  // A base that is a NaN has lost that on the way.
  Pack result = detail::positive_power(base, exponent) + (base - base);
  // inf^y and 0^y.
  const auto by_sign = [&](float positive, float negative) __attribute__((always_inline)) {
    return select_greater(y, zero, constant(positive), select_greater(zero, y, constant(negative), constant(1.0F)));
  };
  constexpr float inf = std::numeric_limits<float>::infinity();
  result = select_greater(size, constant(most), by_sign(inf, 0.0F), result);
  result = select_greater(constant(least), size, by_sign(0.0F, inf), result);
  // (-x)^y. An odd y is no whole number when halved.
  const Pack half = exponent * constant(0.5F);
  const Pack is_odd = abs(half - kernels::round(half));
  const Pack is_broken = abs(exponent - kernels::round(exponent));
  const Pack odd = select_greater(is_odd, constant(0.25F), zero - result, result);
  const Pack whole = select_greater(is_broken, zero, constant(std::numeric_limits<float>::quiet_NaN()), odd);
  return select_greater(zero, x, whole, result);
}

/// x^alpha for an exponent that is known: powers that need no logarithm are made without.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack known_power(Pack x) noexcept {
  constexpr float exponent = Act.alpha;
  const Pack zero = Pack::fill(0.0F);
  const Pack one = Pack::fill(1.0F);
  if constexpr (exponent == 0.0F) {
    return one;
  } else if constexpr (exponent == 1.0F) {
    return x;
  } else if constexpr (exponent == 2.0F) {
    return fma(x, x, zero);
  } else if constexpr (exponent == 3.0F) {
    return fma(x * x, x, zero);
  } else if constexpr (exponent == 4.0F) {
    const Pack square = x * x;
    return fma(square, square, zero);
  } else if constexpr (exponent == 0.5F) {
    return sqrt(x);
  } else if constexpr (exponent == -0.5F) {
    return divide(one, sqrt(x));
  } else if constexpr (exponent == -1.0F) {
    return divide(one, x);
  } else if constexpr (exponent == -2.0F) {
    return divide(one, x * x);
  } else {
    return kernels::power(x, Pack::fill(exponent));
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/trigonometry.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_TRIGONOMETRY_HPP
#define CLEAVE_KERNELS_TRIGONOMETRY_HPP

/// @file
/// Sine and cosine over packs, as the library's own polynomials, by the rules of math.hpp.

namespace cleave::kernels {

namespace detail {

/// x - n pi / 2.
template <pack Pack>
[[gnu::always_inline]] inline Pack minus_quarters(Pack x, Pack n) noexcept {
  Pack r = x;
  const auto less = [&](float part) __attribute__((always_inline)) { r = fma(n, Pack::fill(-part), r); };
  if constexpr (Pack::fused) {
    less(0x1.921fb6p+0F);
    less(-0x1.777a5cp-25F);
    less(-0x1.ee59dap-50F);
  } else {
    // Parts of nine bits, so that products with n are exact up to 2^15.
    less(0x1.92p+0F);
    less(0x1.fbp-12F);
    less(0x1.51p-22F);
    less(0x1.0b4612p-34F);
  }
  return r;
}

/// The sine of x + quarters pi / 2, for quarters of 0 or 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack sine_after(Pack x, float quarters) noexcept {
  const Pack half = Pack::fill(0.5F);
  const Pack n = round_even(fma(x, Pack::fill(0x1.45f306p-1F), Pack::fill(0.0F)));
  const Pack r = minus_quarters(x, n);
  const Pack square = r * r;
  const Pack sine = fma(square * r, polynomial(square, -0x1.9952fap-13F, 0x1.110776p-7F, -0x1.555546p-3F), r);
  const Pack q = polynomial(square, 0x1.99e80cp-16F, -0x1.6c0c28p-10F, 0x1.55554ap-5F);
  const Pack cosine = fma(square * square, q, fma(square, Pack::fill(-0.5F), Pack::fill(1.0F)));
  // Which of four quarters: the last two bits of n + quarters, without comparing. All exact.
  const Pack turned = n + Pack::fill(quarters);
  const Pack halves = round_even(fma(turned, half, Pack::fill(-0.25F)));
  const Pack odd = fma(halves, Pack::fill(-2.0F), turned);
  const Pack turns = round_even(fma(halves, half, Pack::fill(-0.25F)));
  const Pack negative = fma(turns, Pack::fill(-2.0F), halves);
  const Pack value = select_greater(odd, half, cosine, sine);
  return fma(value, fma(negative, Pack::fill(-2.0F), Pack::fill(1.0F)), Pack::fill(0.0F));
}

}  // namespace detail

/// The sine of x. Requires: |x| < 2^21; where packs do not fuse multiply-add, digits are lost from 2^15 on.
template <pack Pack>
[[gnu::always_inline]] inline Pack sine(Pack x) noexcept {
  return detail::sine_after(x, 0.0F);
}

/// The cosine of x. Requires: as `sine`.
template <pack Pack>
[[gnu::always_inline]] inline Pack cosine(Pack x) noexcept {
  return detail::sine_after(x, 1.0F);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/function.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_FUNCTION_HPP
#define CLEAVE_KERNELS_FUNCTION_HPP

/// @file
/// Functions of one element that no epilogue of another kernel takes: those of mathematics, and activations that cost
/// more than a few instructions. Written once over packs; activation.hpp applies them.

namespace cleave::kernels {

/// log(x) for any x: -inf where it is 0 or subnormal, a NaN where it is negative.
template <pack Pack>
[[gnu::always_inline]] inline Pack any_log(Pack x) noexcept {
  using limits = std::numeric_limits<float>;
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value); };
  const Pack bounded = min(constant(limits::max()), max(constant(limits::min()), x));
  // What was a NaN has lost that in log.
  Pack result = kernels::log(bounded) + (bounded - bounded);
  result = select_greater(x, constant(limits::max()), x, result);
  result = select_greater(constant(limits::min()), x, constant(-limits::infinity()), result);
  return select_greater(constant(0.0F), x, constant(limits::quiet_NaN()), result);
}

/// The functions behind `softplus` in `activation_kind`. Requires: no element is -0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply_function(Pack x) noexcept {
  using kind = activation_kind;
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value + 0.0F); };
  const Pack zero = Pack::fill(0.0F);
  const Pack one = Pack::fill(1.0F);
  if constexpr (Act.kind == kind::exp) {
    return kernels::exp(x);
  } else if constexpr (Act.kind == kind::log) {
    return any_log(x);
  } else if constexpr (Act.kind == kind::sqrt) {
    return sqrt(x);
  } else if constexpr (Act.kind == kind::negate) {
    return zero - x;
  } else if constexpr (Act.kind == kind::absolute) {
    return abs(x);
  } else if constexpr (Act.kind == kind::reciprocal) {
    return divide(one, x);
  } else if constexpr (Act.kind == kind::floor) {
    return kernels::floor(x);
  } else if constexpr (Act.kind == kind::ceil) {
    return kernels::ceil(x);
  } else if constexpr (Act.kind == kind::round) {
    return kernels::round(x);
  } else if constexpr (Act.kind == kind::sign) {
    return kernels::sign(x);
  } else if constexpr (Act.kind == kind::sine) {
    return kernels::sine(x);
  } else if constexpr (Act.kind == kind::cosine) {
    return kernels::cosine(x);
  } else if constexpr (Act.kind == kind::erf) {
    return kernels::erf(x);
  } else if constexpr (Act.kind == kind::gelu) {
    const Pack half = x * constant(0.5F);
    return fma(half, kernels::erf(x * constant(0x1.6a09e6p-1F)), half);
  } else if constexpr (Act.kind == kind::gelu_tanh) {
    // (1 + tanh u) / 2 is sigmoid(2 u), which loses no digits where it is near 0.
    const Pack twice = x * fma(x * x, constant(0x1.2444f2p-4F), constant(0x1.988454p+0F));
    return fma(x, kernels::sigmoid(twice), zero);
  } else if constexpr (Act.kind == kind::mish) {
    // tanh(log(1 + e)) = n / (n + 2) for n = e (e + 2).
    const Pack e = kernels::exp(min(constant(20.0F), x));
    const Pack n = fma(e, e, e + e);
    return fma(x, divide(n, n + constant(2.0F)), zero);
  } else if constexpr (Act.kind == kind::softsign) {
    return divide(x, abs(x) + one);
  } else if constexpr (Act.kind == kind::thresholded_relu) {
    return select_greater(x, constant(Act.alpha), x, zero);
  } else if constexpr (Act.kind == kind::celu) {
    const Pack below = expm1_negative(min(zero, x) * constant(1.0F / Act.alpha));
    return fma(constant(Act.alpha), below, max(zero, x));
  } else if constexpr (Act.kind == kind::swish) {
    return fma(x, kernels::sigmoid(x * constant(Act.alpha)), zero);
  } else {
    static_assert(Act.kind == kind::power_of);
    return known_power<Act>(x);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/reduce.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_REDUCE_HPP
#define CLEAVE_KERNELS_REDUCE_HPP

/// @file
/// One number of all channels, for each pixel: their sum, mean, largest and so on. Sums and products are made in the
/// order of fold_channels.hpp.

namespace cleave::kernels {

/// What `reduce` is keyed by.
struct reduce_shape {
  shape in;
  reduction what;

  constexpr bool operator==(const reduce_shape&) const = default;
};

/// The largest of the channels; a zero is +0, and with a NaN anything may be the answer.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float largest_channel(const float* pixel) noexcept {
  const float found = fold_channels<Channels, Pack>(
      pixel, -std::numeric_limits<float>::infinity(),
      [](Pack part, Pack x) __attribute__((always_inline)) { return max(part, x); },
      [](float a, float b) __attribute__((always_inline)) { return a > b ? a : b; });
  return found + 0.0F;
}

/// The smallest, likewise.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float smallest_channel(const float* pixel) noexcept {
  const float found = fold_channels<Channels, Pack>(
      pixel, std::numeric_limits<float>::infinity(),
      [](Pack part, Pack x) __attribute__((always_inline)) { return min(part, x); },
      [](float a, float b) __attribute__((always_inline)) { return a < b ? a : b; });
  return found + 0.0F;
}

namespace detail {

/// A finite number near the largest channel, which may be subtracted from any of them.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float finite_largest(const float* pixel) noexcept {
  constexpr float limit = std::numeric_limits<float>::max();
  const float greatest = largest_channel<Channels, Pack>(pixel);
  return greatest > limit ? limit : greatest < -limit ? -limit : greatest;
}

template <reduce_shape Shape, pack Pack>
[[gnu::always_inline]] inline float reduce_pixel(const float* pixel) noexcept {
  constexpr int channels = Shape.in.channels;
  constexpr reduction what = Shape.what;
  const auto plain = [](Pack part, Pack x) __attribute__((always_inline)) { return part + x; };
  const auto size = [](Pack part, Pack x) __attribute__((always_inline)) { return part + abs(x); };
  const auto square = [](Pack part, Pack x) __attribute__((always_inline)) { return fma(x, x, part); };
  if constexpr (what == reduction::mean) {
    return sum_channels<channels, Pack>(pixel, plain) / static_cast<float>(channels);
  } else if constexpr (what == reduction::sum) {
    return sum_channels<channels, Pack>(pixel, plain);
  } else if constexpr (what == reduction::max) {
    return largest_channel<channels, Pack>(pixel);
  } else if constexpr (what == reduction::min) {
    return smallest_channel<channels, Pack>(pixel);
  } else if constexpr (what == reduction::product) {
    return fold_channels<channels, Pack>(
        pixel, 1.0F, [](Pack part, Pack x) __attribute__((always_inline)) { return part * x; },
        [](float a, float b) __attribute__((always_inline)) { return a * b; });
  } else if constexpr (what == reduction::l1) {
    return sum_channels<channels, Pack>(pixel, size);
  } else if constexpr (what == reduction::l2) {
    return of_one<Pack>(
        [](Pack x) __attribute__((always_inline)) { return sqrt(x); }, sum_channels<channels, Pack>(pixel, square));
  } else if constexpr (what == reduction::sum_square) {
    return sum_channels<channels, Pack>(pixel, square);
  } else if constexpr (what == reduction::log_sum) {
    return of_one<Pack>(
        [](Pack x) __attribute__((always_inline)) { return any_log(x); }, sum_channels<channels, Pack>(pixel, plain));
  } else {
    static_assert(what == reduction::log_sum_exp);
    const float greatest = finite_largest<channels, Pack>(pixel);
    const Pack all = Pack::fill(greatest);
    const float sum = sum_channels<channels, Pack>(
        pixel, [&](Pack part, Pack x) __attribute__((always_inline)) { return part + kernels::exp(x - all); });
    return greatest + of_one<Pack>(
                          [](Pack x) __attribute__((always_inline)) { return any_log(x); }, sum);
  }
}

}  // namespace detail

/// One number a pixel. The tensors must not overlap.
template <reduce_shape Shape, pack Pack>
void reduce(const float* in, float* out, range rows) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Shape.in.channels);
  const flat_run run = elements_of({Shape.in.height, Shape.in.width, 1}, rows);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) {
    out[i] = detail::reduce_pixel<Shape, Pack>(in + i * channels);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/argmax.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ARGMAX_HPP
#define CLEAVE_KERNELS_ARGMAX_HPP

/// @file
/// The channel of the largest or smallest element of each pixel, as its number or as a 1 among zeros.

namespace cleave::kernels {

/// What `argmax` is keyed by.
struct argmax_shape {
  shape in;
  bool smallest = false;
  bool last_index = false;  ///< of several equal ones

  constexpr bool operator==(const argmax_shape&) const = default;
};

namespace detail {

/// The first or last channel that holds the element; 0 where none does, because there are NaNs.
template <int Channels, bool LastIndex>
[[gnu::always_inline]] inline std::int32_t index_of(const float* pixel, float element) noexcept {
  if constexpr (LastIndex) {
    std::int32_t index = Channels - 1;
    while (index > 0 && pixel[index] != element) --index;
    return index;
  } else {
    std::int32_t index = 0;
    while (index < Channels && pixel[index] != element) ++index;
    return index < Channels ? index : 0;
  }
}

}  // namespace detail

/// The first or last channel that holds the largest or smallest element of each pixel; with a NaN, any of its channels.
template <argmax_shape Shape, pack Pack>
void argmax(const float* in, std::int32_t* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  const flat_run run = elements_of({Shape.in.height, Shape.in.width, 1}, rows);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) {
    const float* const pixel = in + i * static_cast<std::size_t>(channels);
    float best;
    if constexpr (Shape.smallest) best = smallest_channel<channels, Pack>(pixel);
    else best = largest<channels, Pack>(pixel);
    out[i] = detail::index_of<channels, Shape.last_index>(pixel, best);
  }
}

/// What `hardmax` is keyed by.
struct hardmax_shape {
  shape out;

  constexpr bool operator==(const hardmax_shape&) const = default;
};

/// 1 in the first channel that holds the largest element of each pixel, 0 in all others; `in` may be `out`.
template <hardmax_shape Shape, pack Pack>
void hardmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const float best = largest<channels, Pack>(in + i);
    const std::int32_t index = detail::index_of<channels, false>(in + i, best);
    std::fill_n(out + i, pixel_size, 0.0F);
    out[i + static_cast<std::size_t>(index)] = 1.0F;
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/activation.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ACTIVATION_HPP
#define CLEAVE_KERNELS_ACTIVATION_HPP

/// @file
/// Activations over packs: `apply` for the epilogues of other kernels, `activate` for a whole tensor.
///
/// Nothing compares where max and min will do. In them the bound stands first, so that a NaN stays a NaN on x86 too;
/// the sign of a zero then depends on the machine where x is -0, which callers therefore rule out (sums that begin with
/// +0 or a bias are never -0, and `x + 0` makes +0 of -0).

namespace cleave::kernels {

/// The activation of each element. Requires: no element is -0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply(Pack x) noexcept {
  using enum activation_kind;
  // Adding +0 makes a bound of -0 a +0.
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value + 0.0F); };
  const auto unit = [&](Pack value) __attribute__((always_inline)) {
    return max(constant(0.0F), min(constant(1.0F), value));
  };
  if constexpr (Act.kind == relu) {
    return max(constant(0.0F), x);
  } else if constexpr (Act.kind == clip) {
    return min(constant(Act.beta), max(constant(Act.alpha), x));
  } else if constexpr (Act.kind == leaky_relu) {
    return fma(constant(Act.alpha), min(constant(0.0F), x), max(constant(0.0F), x));
  } else if constexpr (Act.kind == elu) {
    return fma(constant(Act.alpha), expm1_negative(min(constant(0.0F), x)), max(constant(0.0F), x));
  } else if constexpr (Act.kind == selu) {
    return constant(Act.gamma) *
           fma(constant(Act.alpha), expm1_negative(min(constant(0.0F), x)), max(constant(0.0F), x));
  } else if constexpr (Act.kind == activation_kind::sigmoid) {
    return kernels::sigmoid(x);
  } else if constexpr (Act.kind == activation_kind::tanh) {
    return kernels::tanh(x);
  } else if constexpr (Act.kind == hard_sigmoid) {
    return unit(fma(constant(Act.alpha), x, constant(Act.beta)));
  } else if constexpr (Act.kind == hard_swish) {
    return fma(x, unit(fma(constant(1.0F / 6.0F), x, constant(0.5F))), constant(0.0F));
  } else if constexpr (Act.kind == activation_kind::softplus) {
    return kernels::softplus(x);
  } else if constexpr (Act.kind > activation_kind::softplus) {
    return apply_function<Act>(x);
  } else {
    return x;
  }
}

/// `apply` for any element: one that is -0 counts as +0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply_any(Pack x) noexcept {
  if constexpr (Act.kind == activation_kind::none) {
    return x;
  } else {
    return apply<Act>(x + Pack::fill(0.0F));
  }
}

/// What `activate` is keyed by.
struct activation_shape {
  shape out;
  activation what;

  constexpr bool operator==(const activation_shape&) const = default;
};

/// Applies an activation to rows of a tensor; `in` may be `out`.
template <activation_shape Shape, pack Pack>
void activate(const float* in, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  map_flat<Pack>(
      out + run.first, run.count, [](Pack x) __attribute__((always_inline)) { return apply_any<Shape.what>(x); },
      in + run.first);
}

/// What `prelu` is keyed by.
struct prelu_shape {
  shape out;
  bool shared = false;  ///< one slope for all channels

  constexpr bool operator==(const prelu_shape&) const = default;
};

/// x where positive, slope x elsewhere, with slope[channels] or slope[1]; `in` may be `out`.
template <prelu_shape Shape, pack Pack>
void prelu(const float* in, const float* slope, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  const auto one = [](Pack x, Pack factor) __attribute__((always_inline)) {
    const Pack zero = Pack::fill(0.0F);
    const Pack value = x + zero;
    return fma(factor, min(zero, value), max(zero, value));
  };
  if constexpr (Shape.shared) {
    const Pack factor = Pack::fill(*slope);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack x) __attribute__((always_inline)) { return one(x, factor); },
        in + run.first);
  } else {
    map_channels<Shape.out.channels, Pack>(out + run.first, run.count, one, in + run.first, slope);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/elementwise.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ELEMENTWISE_HPP
#define CLEAVE_KERNELS_ELEMENTWISE_HPP

/// @file
/// Arithmetic of two tensors, element by element.

namespace cleave::kernels {

enum class arithmetic_kind : std::uint8_t { add, subtract, multiply, divide, maximum, minimum, power };

/// What the second operand has: every element, one a channel, a single one, or one a pixel.
enum class operand_kind : std::uint8_t { full, per_channel, single, per_pixel };

/// What `elementwise` is keyed by.
struct elementwise_shape {
  shape out;
  arithmetic_kind what;
  operand_kind second = operand_kind::full;
  activation post{};

  constexpr bool operator==(const elementwise_shape&) const = default;
};

/// The operand of shape `second` beside a tensor of shape `first`.
constexpr operand_kind operand_of(shape first, shape second) noexcept {
  if (second == first) return operand_kind::full;
  if (second.size() == 1) return operand_kind::single;
  return second == shape{1, 1, first.channels} ? operand_kind::per_channel : operand_kind::per_pixel;
}

/// post(first + second) or another operation in place of the sum. `out` may be either full operand.
/// Guarantees: a product, a maximum and a minimum are never -0.
template <elementwise_shape Shape, pack Pack>
void elementwise(const float* first, const float* second, float* out, range rows) noexcept {
  const auto one = [](Pack a, Pack b) __attribute__((always_inline)) {
    if constexpr (Shape.what == arithmetic_kind::add) {
      return apply_any<Shape.post>(a + b);
    } else if constexpr (Shape.what == arithmetic_kind::subtract) {
      return apply_any<Shape.post>(a - b);
    } else if constexpr (Shape.what == arithmetic_kind::divide) {
      return apply_any<Shape.post>(divide(a, b));
    } else if constexpr (Shape.what == arithmetic_kind::maximum) {
      // Which of +0 and -0 is larger depends on the machine.
      return apply<Shape.post>(max(a, b) + Pack::fill(0.0F));
    } else if constexpr (Shape.what == arithmetic_kind::minimum) {
      return apply<Shape.post>(min(a, b) + Pack::fill(0.0F));
    } else if constexpr (Shape.what == arithmetic_kind::power) {
      return apply_any<Shape.post>(kernels::power(a, b));
    } else {
      // A plain product could be contracted with a sum in the activation.
      return apply<Shape.post>(fma(a, b, Pack::fill(0.0F)));
    }
  };
  const flat_run run = elements_of(Shape.out, rows);
  if constexpr (Shape.second == operand_kind::full) {
    map_flat<Pack>(out + run.first, run.count, one, first + run.first, second + run.first);
  } else if constexpr (Shape.second == operand_kind::per_channel) {
    map_channels<Shape.out.channels, Pack>(out + run.first, run.count, one, first + run.first, second);
  } else if constexpr (Shape.second == operand_kind::per_pixel) {
    constexpr auto channels = static_cast<std::size_t>(Shape.out.channels);
    const float* number = second + run.first / channels;
    for (std::size_t i = run.first; i < run.first + run.count; i += channels, ++number) {
      const Pack same = Pack::fill(*number);
      map_channels<Shape.out.channels, Pack>(
          out + i, channels, [&](Pack a) __attribute__((always_inline)) { return one(a, same); }, first + i);
    }
  } else {
    const Pack same = Pack::fill(*second);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack a) __attribute__((always_inline)) { return one(a, same); },
        first + run.first);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/normalize.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_NORMALIZE_HPP
#define CLEAVE_KERNELS_NORMALIZE_HPP

/// @file
/// Normalisation over all channels of each pixel. Sums are made in the order of fold_channels.hpp.

namespace cleave::kernels {

/// What `normalize` is keyed by.
struct normalize_shape {
  shape out;
  float epsilon;
  bool center;

  constexpr bool operator==(const normalize_shape&) const = default;
};

/// (x - mean) (1 / sqrt(variance + epsilon)), where without `center` the mean counts as 0; `in` may be `out`.
template <normalize_shape Shape, pack Pack>
void normalize(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  constexpr auto count = static_cast<float>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    float mean = 0;
    if constexpr (Shape.center) {
      mean = sum_channels<channels, Pack>(
                 in + i, [](Pack part, Pack x) __attribute__((always_inline)) { return part + x; }) /
             count;
    }
    const Pack middle = Pack::fill(mean);
    const float variance = sum_channels<channels, Pack>(
                               in + i,
                               [&](Pack part, Pack x) __attribute__((always_inline)) {
                                 const Pack apart = x - middle;
                                 return fma(apart, apart, part);
                               }) /
                           count;
    const Pack factor = divide(Pack::fill(1.0F), sqrt(Pack::fill(variance + Shape.epsilon)));
    map_channels<channels, Pack>(
        out + i,
        pixel_size, [&](Pack x) __attribute__((always_inline)) { return fma(x - middle, factor, Pack::fill(0.0F)); },
        in + i);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/pad.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_PAD_HPP
#define CLEAVE_KERNELS_PAD_HPP

/// @file
/// Rows and columns of one value around a tensor, and between its own.

namespace cleave::kernels {

/// What `pad` is keyed by: rows and columns around, and between any two of `in`.
struct pad_shape {
  shape in;
  padding border;
  float value = 0;
  extent interior = 0;

  constexpr shape out() const noexcept {
    return {(in.height - 1) * (interior.height + 1) + 1 + border.top + border.bottom,
            (in.width - 1) * (interior.width + 1) + 1 + border.left + border.right, in.channels};
  }
  constexpr bool operator==(const pad_shape&) const = default;
};

/// Copies the tensor into a larger one that is `value` elsewhere. The tensors must not overlap.
template <pad_shape Shape, pack Pack>
void pad(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t left = row_size({1, Shape.border.left, Shape.in.channels});
  constexpr std::size_t right = row_size({1, Shape.border.right, Shape.in.channels});
  constexpr std::size_t out_line = row_size(Shape.out());
  constexpr int apart = Shape.interior.height + 1;
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int row = y - Shape.border.top;
    if (row < 0 || row > (Shape.in.height - 1) * apart || row % apart != 0) {
      to = std::fill_n(to, out_line, Shape.value);
      continue;
    }
    const float* from = in + static_cast<std::size_t>(row / apart) * line;
    to = std::fill_n(to, left, Shape.value);
    if constexpr (Shape.interior.width == 0) {
      to = std::copy_n(from, line, to);
    } else {
      constexpr auto pixel = static_cast<std::size_t>(Shape.in.channels);
      constexpr std::size_t gap = row_size({1, Shape.interior.width, Shape.in.channels});
      for (int x = 0; x < Shape.in.width; ++x, from += pixel) {
        if (x > 0) to = std::fill_n(to, gap, Shape.value);
        to = std::copy_n(from, pixel, to);
      }
    }
    to = std::fill_n(to, right, Shape.value);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/strip.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_STRIP_HPP
#define CLEAVE_KERNELS_STRIP_HPP

/// @file
/// Runs of channels that are held in registers while a kernel walks over the pixels of a window.

namespace cleave::kernels {

/// `Count` floats in as many packs as they take. Lanes beyond them are 0 after a load and never stored.
template <pack Pack, int Count>
struct strip {
  static constexpr std::size_t packs = (static_cast<std::size_t>(Count) + Pack::lanes - 1) / Pack::lanes;

  Pack part[packs];

  [[gnu::always_inline]] static strip fill(float value) noexcept {
    strip result;
    static_for<packs>([&]<std::size_t Index>()
                          __attribute__((always_inline)) { result.part[Index] = Pack::fill(value); });
    return result;
  }

  [[gnu::always_inline]] static strip load(const float* from) noexcept {
    strip result;
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      result.part[Index] = Pack::template load_first<used<Index>>(from + Index * Pack::lanes);
    });
    return result;
  }

  [[gnu::always_inline]] void store(float* to) const noexcept {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index].template store_first<used<Index>>(to + Index * Pack::lanes);
    });
  }

  /// Every part becomes function(part), or function(part, other's part).
  template <class Function, class... Other>
  [[gnu::always_inline]] void update(Function function, const Other&... other) noexcept {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index] = function(part[Index], other.part[Index]...);
    });
  }

 private:
  static constexpr int width = static_cast<int>(Pack::lanes);
  template <std::size_t Index>
  static constexpr int used = Index + 1 < packs ? width : Count - static_cast<int>(Index) * width;
};

/// Calls `body.template operator()<Count>(channel)` for runs of `Group` packs and what is left, in order.
template <int Channels, int Group, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_strip(Body body) noexcept {
  constexpr int wide = Group * static_cast<int>(Pack::lanes);
  constexpr int even = Channels / wide * wide;
  for (int channel = 0; channel < even; channel += wide) body.template operator()<wide>(channel);
  if constexpr (even < Channels) body.template operator()<Channels - even>(even);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/taps.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_TAPS_HPP
#define CLEAVE_KERNELS_TAPS_HPP

/// @file
/// Which taps of a window lie on the input, along one axis. Taps on padding are skipped, never added as zeros.

namespace cleave::kernels {

/// The taps k of 0 .. kernel-1 for which 0 <= origin + k * dilation < size; begin == end where there is none.
constexpr range taps_inside(int origin, int kernel, int dilation, int size) noexcept {
  const int begin = origin >= 0 ? 0 : ceil_div(-origin, dilation);
  const int end = origin >= size ? 0 : std::min(kernel, ceil_div(size - origin, dilation));
  return {begin, std::max(begin, end)};
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/pool.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_POOL_HPP
#define CLEAVE_KERNELS_POOL_HPP

/// @file
/// Maximum and mean over a sliding window, channel by channel.

namespace cleave::kernels {

/// What the pooling kernels are keyed by. `pad` is resolved; `out` decides on ceil mode: its last windows may reach
/// beyond the padding.
struct pool_shape {
  shape in;
  shape out;
  extent kernel;
  extent stride;
  extent dilation{};
  padding pad{};
  bool count_include_pad = false;  ///< the mean counts padding as zeros, but nothing beyond the padding

  constexpr bool operator==(const pool_shape&) const = default;
};

/// By what the sum of the window at one row (or column) of the output is divided, along that axis: the taps on the
/// input, or with `padded` those that lie on the padding too.
constexpr int pool_count(int origin, int kernel, int dilation, int size, int before, int after, bool padded) noexcept {
  return padded ? taps_inside(origin + before, kernel, dilation, size + before + after).size()
                : taps_inside(origin, kernel, dilation, size).size();
}

namespace detail {

/// Runs over windows: folds the taps on the input, in order of rows and then columns, into strips that begin as
/// `initial`, and stores finish(strip, row, column).
template <pool_shape Shape, pack Pack, class Fold, class Finish>
[[gnu::always_inline]] inline void pool(const float* in, float* out, range rows, float initial, Fold fold,
                                        Finish finish) noexcept {
  constexpr auto channels = static_cast<std::ptrdiff_t>(Shape.in.channels);
  constexpr std::ptrdiff_t line = Shape.in.width * channels;
  constexpr std::ptrdiff_t next_row = Shape.dilation.height * line;
  constexpr std::ptrdiff_t next_column = Shape.dilation.width * channels;
  float* to = out + rows.begin * (Shape.out.width * channels);
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    const range down = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
    for (int x = 0; x < Shape.out.width; ++x) {
      const int left = x * Shape.stride.width - Shape.pad.left;
      const range across = taps_inside(left, Shape.kernel.width, Shape.dilation.width, Shape.in.width);
      const std::ptrdiff_t first =
          (top + down.begin * Shape.dilation.height) * line + (left + across.begin * Shape.dilation.width) * channels;
      const auto divisor = finish(y, x);
      for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        auto sum = strip<Pack, Count>::fill(initial);
        std::ptrdiff_t row = first + channel;
        for (int ky = down.begin; ky < down.end; ++ky, row += next_row) {
          std::ptrdiff_t tap = row;
          for (int kx = across.begin; kx < across.end; ++kx, tap += next_column) {
            sum.update(fold, strip<Pack, Count>::load(in + tap));
          }
        }
        sum.update(divisor);
        sum.store(to + channel);
      });
      to += channels;
    }
  }
}

}  // namespace detail

/// The largest element of each window. A window without any is -inf; one with a NaN is unspecified.
template <pool_shape Shape, pack Pack>
void max_pool(const float* in, float* out, range rows) noexcept {
  detail::pool<Shape, Pack>(
      in, out, rows, -std::numeric_limits<float>::infinity(),
      [](Pack sum, Pack x) __attribute__((always_inline)) { return max(sum, x); },
      // Which of +0 and -0 is larger depends on the machine; + 0 makes both +0.
      [](int, int) __attribute__((always_inline)) {
        return [](Pack sum) __attribute__((always_inline)) { return sum + Pack::fill(0.0F); };
      });
}

/// The mean of each window: its elements are added from +0 in order of rows, then columns, and divided by their count.
template <pool_shape Shape, pack Pack>
void average_pool(const float* in, float* out, range rows) noexcept {
  detail::pool<Shape, Pack>(
      in, out, rows, 0.0F, [](Pack sum, Pack x) __attribute__((always_inline)) { return sum + x; },
      [](int y, int x) __attribute__((always_inline)) {
        const int height =
            pool_count(y * Shape.stride.height - Shape.pad.top, Shape.kernel.height, Shape.dilation.height,
                       Shape.in.height, Shape.pad.top, Shape.pad.bottom, Shape.count_include_pad);
        const int width = pool_count(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width, Shape.dilation.width,
                                     Shape.in.width, Shape.pad.left, Shape.pad.right, Shape.count_include_pad);
        const Pack count = Pack::fill(static_cast<float>(std::max(1, height * width)));
        return [count](Pack sum) __attribute__((always_inline)) { return divide(sum, count); };
      });
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/rearrange.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_REARRANGE_HPP
#define CLEAVE_KERNELS_REARRANGE_HPP

/// @file
/// Elements in another order: transposed, sliced, repeated, reversed.

namespace cleave::kernels {

/// What `rearrange` is keyed by.
struct rearrange_shape {
  shape out;
  element_order order;  ///< of the input's elements, merged

  constexpr bool operator==(const rearrange_shape&) const = default;
};

namespace detail {

/// `count` elements that lie `Step` apart.
template <int Step>
[[gnu::always_inline]] inline void copy_steps(const float* in, float* out, std::ptrdiff_t count) noexcept {
  if constexpr (Step == 1) {
    std::copy_n(in, count, out);
  } else if constexpr (Step == 0) {
    std::fill_n(out, count, *in);
  } else {
    for (std::ptrdiff_t i = 0; i < count; ++i) out[i] = in[i * Step];
  }
}

/// The innermost two directions of an order, where the outer one is contiguous in the input: a matrix read across.
/// Squares of it stay in the first cache, however far apart its rows lie.
template <element_order Order>
inline void transpose_matrix(const float* in, float* out) noexcept {
  constexpr std::size_t rank = Order.rank();
  constexpr std::ptrdiff_t rows = Order.sizes[rank - 2];
  constexpr std::ptrdiff_t columns = Order.sizes[rank - 1];
  constexpr std::ptrdiff_t step = Order.steps[rank - 1];
  constexpr std::ptrdiff_t side = 16;
  for (std::ptrdiff_t y = 0; y < rows; y += side) {
    const std::ptrdiff_t end = std::min(y + side, rows);
    for (std::ptrdiff_t x = 0; x < columns; x += side) {
      const std::ptrdiff_t width = std::min(side, columns - x);
      for (std::ptrdiff_t row = y; row < end; ++row) {
        copy_steps<step>(in + row + x * step, out + row * columns + x, width);
      }
    }
  }
}

}  // namespace detail

/// out[i] = the i-th element of `in` in the order of the shape. The tensors must not overlap.
template <rearrange_shape Shape, pack Pack>
void rearrange(const float* in, float* out, range rows) noexcept {
  constexpr element_order order = Shape.order;
  constexpr std::size_t rank = order.rank();
  constexpr std::size_t inner = rank - 1;
  constexpr int step = order.steps[inner];
  // A matrix that is read across goes square by square, where all of it is asked for.
  constexpr bool is_matrix = rank > 1 && step != 1 && order.steps[rank > 1 ? rank - 2 : 0] == 1;
  constexpr std::size_t outer = is_matrix ? rank - 2 : inner;
  constexpr std::size_t piece =
      static_cast<std::size_t>(order.sizes[inner]) * static_cast<std::size_t>(is_matrix ? order.sizes[outer] : 1);

  const flat_run run = elements_of(Shape.out, rows);
  float* to = out + run.first;
  float* const end = to + run.count;
  // Where in each direction the first element stands.
  std::array<int, rank> at{};
  std::ptrdiff_t from = order.offset;
  std::size_t rest = run.first;
  for (std::size_t i = rank; i-- > 0;) {
    const auto size = static_cast<std::size_t>(order.sizes[i]);
    at[i] = static_cast<int>(rest % size);
    rest /= size;
    from += static_cast<std::ptrdiff_t>(at[i]) * order.steps[i];
  }
  while (to != end) {
    std::size_t direction = inner;
    if (is_matrix && at[inner] == 0 && at[outer] == 0 && static_cast<std::size_t>(end - to) >= piece) {
      if constexpr (is_matrix) detail::transpose_matrix<order>(in + from, to);
      to += piece;
      direction = outer;
    } else {
      const std::ptrdiff_t count = std::min<std::ptrdiff_t>(order.sizes[inner] - at[inner], end - to);
      detail::copy_steps<step>(in + from, to, count);
      to += count;
      from -= static_cast<std::ptrdiff_t>(at[inner]) * step;
      at[inner] = 0;
    }
    // On to the next, with carries.
    while (direction-- > 0) {
      from += order.steps[direction];
      if (++at[direction] < order.sizes[direction]) break;
      from -= static_cast<std::ptrdiff_t>(order.sizes[direction]) * order.steps[direction];
      at[direction] = 0;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/resize.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_RESIZE_HPP
#define CLEAVE_KERNELS_RESIZE_HPP

/// @file
/// Another height and width: each element is the nearest one, or is interpolated between the two, along each axis, that
/// are around. Where they are is worked out while compiling.

namespace cleave::kernels {

/// What `resize` is keyed by. The scales are output size / input size where they are 0.
struct resize_shape {
  shape in;
  shape out;
  resize_mode mode;
  resize_coordinates coordinates;
  resize_rounding rounding;
  float vertical_scale = 0;
  float horizontal_scale = 0;

  constexpr bool operator==(const resize_shape&) const = default;
};

/// The elements of the input between which an element lies, and how far from the first to the second.
struct resize_tap {
  int first = 0;
  int second = 0;
  float weight = 0;
};

namespace detail {

/// The largest whole number that is not above x.
constexpr int whole_below(double x) noexcept {
  const int towards_zero = static_cast<int>(x);
  return towards_zero > x ? towards_zero - 1 : towards_zero;
}

constexpr double resize_position(resize_coordinates how, int index, int in, int out, float given_scale) noexcept {
  const double scale = given_scale > 0 ? static_cast<double>(given_scale) : static_cast<double>(out) / in;
  switch (how) {
    case resize_coordinates::half_pixel: return (index + 0.5) / scale - 0.5;
    case resize_coordinates::asymmetric: return index / scale;
    case resize_coordinates::align_corners: return out == 1 ? 0 : static_cast<double>(index) * (in - 1) / (out - 1);
    case resize_coordinates::pytorch_half_pixel: return out == 1 ? 0 : (index + 0.5) / scale - 0.5;
    case resize_coordinates::tf_half_pixel_for_nn: return (index + 0.5) / scale;
  }
  return 0;
}

constexpr int nearest(resize_rounding how, double position) noexcept {
  switch (how) {
    case resize_rounding::round_prefer_floor: return -whole_below(0.5 - position);
    case resize_rounding::round_prefer_ceil: return whole_below(position + 0.5);
    case resize_rounding::floor: return whole_below(position);
    case resize_rounding::ceil: return -whole_below(-position);
  }
  return 0;
}

constexpr resize_tap resize_tap_at(const resize_shape& of, int index, int in, int out, float scale) noexcept {
  // Far outside, all places are as good.
  const double position = std::clamp(resize_position(of.coordinates, index, in, out, scale), -2.0, in + 1.0);
  if (of.mode == resize_mode::nearest) {
    const int place = std::clamp(nearest(of.rounding, position), 0, in - 1);
    return {place, place, 0};
  }
  const double inside = std::clamp(position, 0.0, static_cast<double>(in - 1));
  const int first = whole_below(inside);
  return {first, std::min(first + 1, in - 1), static_cast<float>(inside - first)};
}

}  // namespace detail

/// Where output row `y` lies.
constexpr resize_tap resize_row(const resize_shape& of, int y) noexcept {
  return detail::resize_tap_at(of, y, of.in.height, of.out.height, of.vertical_scale);
}

/// Where output column `x` lies.
constexpr resize_tap resize_column(const resize_shape& of, int x) noexcept {
  return detail::resize_tap_at(of, x, of.in.width, of.out.width, of.horizontal_scale);
}

namespace detail {

template <resize_shape Shape>
inline constexpr auto resize_rows = [] {
  std::array<resize_tap, static_cast<std::size_t>(Shape.out.height)> all{};
  for (int y = 0; y < Shape.out.height; ++y) all[static_cast<std::size_t>(y)] = resize_row(Shape, y);
  return all;
}();

template <resize_shape Shape>
inline constexpr auto resize_columns = [] {
  std::array<resize_tap, static_cast<std::size_t>(Shape.out.width)> all{};
  for (int x = 0; x < Shape.out.width; ++x) all[static_cast<std::size_t>(x)] = resize_column(Shape, x);
  return all;
}();

}  // namespace detail

/// Makes rows of the resized tensor. The tensors must not overlap.
template <resize_shape Shape, pack Pack>
void resize(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  constexpr auto pixel = static_cast<std::ptrdiff_t>(channels);
  constexpr auto line = static_cast<std::ptrdiff_t>(row_size(Shape.in));
  float* to = out + static_cast<std::size_t>(rows.begin) * row_size(Shape.out);
  for (int y = rows.begin; y < rows.end; ++y) {
    const resize_tap row = detail::resize_rows<Shape>[static_cast<std::size_t>(y)];
    const float* const above = in + row.first * line;
    const float* const below = in + row.second * line;
    for (const resize_tap& column : detail::resize_columns<Shape>) {
      for_each_strip<channels, 2, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        using piece = strip<Pack, Count>;
        const auto at = [&](const float* from, int place) __attribute__((always_inline)) {
          return piece::load(from + place * pixel + channel);
        };
        if constexpr (Shape.mode == resize_mode::nearest) {
          at(above, column.first).store(to + channel);
        } else {
          const auto between = [](float weight) __attribute__((always_inline)) {
            return [weight = Pack::fill(weight)](Pack a, Pack b) __attribute__((always_inline)) {
              return fma(weight, b - a, a);
            };
          };
          const auto across = between(column.weight);
          piece upper = at(above, column.first);
          upper.update(across, at(above, column.second));
          piece lower = at(below, column.first);
          lower.update(across, at(below, column.second));
          upper.update(between(row.weight), lower);
          upper.store(to + channel);
        }
      });
      to += pixel;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/graph/kernel_shape.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_KERNEL_SHAPE_HPP
#define CLEAVE_GRAPH_KERNEL_SHAPE_HPP

/// @file
/// From a node to what its kernel is keyed by, for layers without weights.

namespace cleave {

constexpr kernels::pool_shape pool_shape_of(const node& of) noexcept {
  return {of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.what.count_include_pad};
}

constexpr bool is_arithmetic(op kind) noexcept {
  return kind == op::add || kind == op::subtract || kind == op::multiply || kind == op::divide || kind == op::maximum ||
         kind == op::minimum || kind == op::power;
}

/// The arithmetic of a layer for which `is_arithmetic` holds, whose second input has the shape `second`.
constexpr kernels::elementwise_shape elementwise_shape_of(const node& of, shape second, activation post = {}) noexcept {
  using kernels::arithmetic_kind;
  const op kind = of.what.kind;
  const arithmetic_kind what = kind == op::add        ? arithmetic_kind::add
                               : kind == op::subtract ? arithmetic_kind::subtract
                               : kind == op::multiply ? arithmetic_kind::multiply
                               : kind == op::divide   ? arithmetic_kind::divide
                               : kind == op::maximum  ? arithmetic_kind::maximum
                               : kind == op::minimum  ? arithmetic_kind::minimum
                                                      : arithmetic_kind::power;
  return {of.out, what, kernels::operand_of(of.out, second), post};
}

constexpr kernels::pad_shape pad_shape_of(const node& of) noexcept {
  return {of.in, of.pad, of.what.numbers[0], {of.what.dilation.height - 1, of.what.dilation.width - 1}};
}

constexpr kernels::reduce_shape reduce_shape_of(const node& of) noexcept {
  return {of.in, static_cast<reduction>(of.what.integers[0])};
}

/// Of an argmax or argmin.
constexpr kernels::argmax_shape argmax_shape_of(const node& of) noexcept {
  return {of.in, of.what.kind == op::argmin, of.what.integers[0] != 0};
}

constexpr kernels::normalize_shape normalize_shape_of(const node& of) noexcept {
  return {of.out, of.what.numbers[0], of.what.integers[0] != 0};
}

constexpr kernels::resize_shape resize_shape_of(const node& of) noexcept {
  const auto& choices = of.what.integers;
  return {of.in,
          of.out,
          static_cast<resize_mode>(choices[0]),
          static_cast<resize_coordinates>(choices[1]),
          static_cast<resize_rounding>(choices[2]),
          of.what.numbers[0],
          of.what.numbers[1]};
}

constexpr bool is_rearrangement(op kind) noexcept {
  return kind == op::rearrange || kind == op::transpose || kind == op::slice;
}

/// What a layer for which `is_rearrangement` holds reads.
constexpr kernels::rearrange_shape rearrange_shape_of(const node& of) noexcept {
  const element_order order = of.what.kind == op::rearrange   ? rearrange::order(of.what)
                              : of.what.kind == op::transpose ? transpose::order(of.what, of.in)
                                                              : slice::order(of.what, of.in);
  return {of.out, order.merged()};
}

}  // namespace cleave
#endif
// ---- cleave/kernels/compact.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_COMPACT_HPP
#define CLEAVE_KERNELS_COMPACT_HPP

/// @file
/// Convolution, depthwise convolution and dense layers where flash is scarcer than time: one function for all shapes of
/// a program, which reads them while it runs. It adds up in the order of the fast kernels, so bits are theirs.

namespace cleave::kernels::compact {

/// The numbers of a `conv2d_shape`, in 40 bytes. A dense layer is a convolution of one pixel.
struct window_layer {
  std::uint16_t in_height;
  std::uint16_t in_width;
  std::uint16_t in_channels;
  std::uint16_t out_width;
  std::uint16_t out_pixel;
  std::uint16_t kernel_height;
  std::uint16_t kernel_width;
  std::uint16_t stride_height;
  std::uint16_t stride_width;
  std::uint16_t dilation_height;
  std::uint16_t dilation_width;
  std::uint16_t pad_top;
  std::uint16_t pad_left;
  std::uint16_t inputs;   ///< of a group
  std::uint16_t outputs;  ///< of a group
  std::uint16_t groups;
  float least;
  float greatest;
};

/// A dense layer's shape as a convolution's.
constexpr conv2d_shape as_convolution(const dense_shape& of) noexcept {
  conv2d_shape made{};
  made.in = {1, 1, of.inputs};
  made.out = {1, 1, of.outputs};
  made.kernel = 1;
  made.post = of.post;
  return made;
}

/// True for shapes whose numbers fit a `window_layer`.
constexpr bool fits(const conv2d_shape& of) noexcept {
  const int most = std::max({of.in.height, of.in.width, of.in.channels, of.out.width, of.out_pixel(), of.kernel.height,
                             of.kernel.width, of.stride.height, of.stride.width, of.dilation.height, of.dilation.width,
                             of.pad.top, of.pad.left, of.groups});
  return most <= std::numeric_limits<std::uint16_t>::max() && of.pad.top >= 0 && of.pad.left >= 0;
}

/// Activations that are two bounds, and so need no code of their own.
constexpr bool is_bounds(activation post) noexcept {
  return post.kind == activation_kind::none || post.kind == activation_kind::relu || post.kind == activation_kind::clip;
}
/// What remains to be applied beside bounds.
constexpr activation beside_bounds(activation post) noexcept { return is_bounds(post) ? activation{} : post; }

constexpr window_layer window_layer_of(const conv2d_shape& of) noexcept {
  constexpr auto small = [](int number) { return static_cast<std::uint16_t>(number); };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const bool clips = of.post.post.kind == activation_kind::clip;
  const bool is_relu = of.post.post.kind == activation_kind::relu;
  return {small(of.in.height),
          small(of.in.width),
          small(of.in.channels),
          small(of.out.width),
          small(of.out_pixel()),
          small(of.kernel.height),
          small(of.kernel.width),
          small(of.stride.height),
          small(of.stride.width),
          small(of.dilation.height),
          small(of.dilation.width),
          small(of.pad.top),
          small(of.pad.left),
          small(of.group_inputs()),
          small(of.group_outputs()),
          small(of.groups),
          clips     ? of.post.post.alpha + 0.0F
          : is_relu ? 0.0F
                    : -infinity,
          clips ? of.post.post.beta + 0.0F : infinity};
}

namespace detail {

/// What an epilogue makes of a sum; the residual is at the output's place, null where there is none.
template <activation Post, pack Pack>
[[gnu::always_inline]] inline void finish(const window_layer& of, Pack sum, const float* residual, float* out,
                                          std::ptrdiff_t at) noexcept {
  if (residual != nullptr) sum = sum + Pack::load(residual + at);
  sum = min(Pack::fill(of.greatest), max(Pack::fill(of.least), sum));
  apply<Post>(sum).store(out + at);
}

/// Taps of a window on the input, and its first tap's place.
struct window {
  range rows;
  range columns;
  std::ptrdiff_t corner;
};

[[gnu::noinline]] inline window window_at(const window_layer& of, int y, int x) noexcept {
  const int top = y * of.stride_height - of.pad_top;
  const int left = x * of.stride_width - of.pad_left;
  return {taps_inside(top, of.kernel_height, of.dilation_height, of.in_height),
          taps_inside(left, of.kernel_width, of.dilation_width, of.in_width),
          (static_cast<std::ptrdiff_t>(top) * of.in_width + left) * of.in_channels};
}

/// Adds the products of `length` inputs that lie behind each other. A function of its own: its loop has all registers.
template <int Together, pack Pack>
[[gnu::noinline]] void add_run(Pack* sums, const float* from, const float* weight, int length, int width) noexcept {
  constexpr auto together = static_cast<std::size_t>(Together);
  Pack sum[together];
  static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) { sum[Index] = sums[Index]; });
  for (; length > 0; --length, weight += width) {
    const Pack input = Pack::load(from++);
    static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) {
      sum[Index] = fma(input, Pack::load(weight + Index), sum[Index]);
    });
  }
  static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) { sums[Index] = sum[Index]; });
}

}  // namespace detail

/// Rows of a convolution, of the channels `outputs` of each group, with weights in the layout `blocked`.
/// Requires: `outputs.begin` is a multiple of 16; `Post` is what remains beside bounds.
template <activation Post, pack Pack>
[[gnu::noinline]] void conv2d(const window_layer& of, const float* in, const float* weights, const float* residual,
                              float* out, range rows, range outputs) noexcept {
  static_assert(Pack::lanes == 1);
  constexpr int least = 4;  // blocks are filled up to multiples of it
  const std::ptrdiff_t steps = of.kernel_height * of.kernel_width * of.inputs;
  const int padded = ceil_div(of.outputs, least) * least;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(of.dilation_height) * of.in_width * of.in_channels;
  const std::ptrdiff_t column = of.dilation_width * of.in_channels;
  for (int group = 0; group < of.groups; ++group) {
    const float* const of_group = weights + group * (padded * steps);
    const float* const biases = weights + of.groups * (padded * steps) + group * padded;
    for (int o = outputs.begin, together = 0; o < outputs.end; o += together) {
      const int in_block = o % block_width;
      const int width = std::min(block_width, padded - (o - in_block));
      together = width == block_width ? block_width : least;
      const int stored = std::min(together, of.outputs - o);
      const float* const panel = of_group + ((o - in_block) * steps + in_block);
      for (int y = rows.begin; y < rows.end; ++y) {
        for (int x = 0; x < of.out_width; ++x) {
          const detail::window at = detail::window_at(of, y, x);
          Pack sum[block_width];
          for (int k = 0; k < together; ++k) sum[k] = Pack::load(biases + o + k);
          for (int ky = at.rows.begin; ky < at.rows.end; ++ky) {
            const float* from = in + (at.corner + ky * row + at.columns.begin * column + group * of.inputs);
            const float* weight =
                panel + (ky * of.kernel_width + at.columns.begin) * static_cast<std::ptrdiff_t>(of.inputs) * width;
            // Where the inputs of neighbouring columns lie behind each other, as their weights do, they are one run.
            const bool one_run = column == of.inputs;
            const int length = one_run ? of.inputs * at.columns.size() : of.inputs;
            for (int runs = one_run ? 1 : at.columns.size(); runs > 0; --runs) {
              if (width == block_width) detail::add_run<block_width>(sum, from, weight, length, width);
              else detail::add_run<least>(sum, from, weight, length, width);
              from += column;
              weight += length * width;
            }
          }
          const std::ptrdiff_t to =
              (static_cast<std::ptrdiff_t>(y) * of.out_width + x) * of.out_pixel + group * of.outputs + o;
          for (int k = 0; k < stored; ++k) detail::finish<Post>(of, sum[k], residual, out, to + k);
        }
      }
    }
  }
}

/// Rows of a depthwise convolution, with weights in the layout `depthwise_weights`. Requires: as `conv2d`.
template <activation Post, pack Pack>
[[gnu::noinline]] void depthwise(const window_layer& of, const float* in, const float* weights, const float* residual,
                                 float* out, range rows) noexcept {
  static_assert(Pack::lanes == 1);
  const std::ptrdiff_t channels = of.groups * of.outputs;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(of.dilation_height) * of.in_width * of.in_channels;
  const std::ptrdiff_t column = of.dilation_width * of.in_channels;
  const float* const biases = weights + of.kernel_height * of.kernel_width * channels;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out_width; ++x) {
      const detail::window at = detail::window_at(of, y, x);
      const float* first = in + (at.corner + at.rows.begin * row + at.columns.begin * column);
      const float* first_weight = weights + (at.rows.begin * of.kernel_width + at.columns.begin) * channels;
      for (int channel = 0, left = of.outputs; channel < channels; ++channel, ++first_weight) {
        Pack sum = Pack::load(biases + channel);
        const float* from_row = first;
        const float* weight_row = first_weight;
        for (int ky = at.rows.size(); ky > 0; --ky, from_row += row, weight_row += of.kernel_width * channels) {
          const float* from = from_row;
          const float* weight = weight_row;
          for (int kx = at.columns.size(); kx > 0; --kx, from += column, weight += channels) {
            sum = fma(Pack::load(from), Pack::load(weight), sum);
          }
        }
        if (--left == 0) ++first, left = of.outputs;
        const std::ptrdiff_t to = (static_cast<std::ptrdiff_t>(y) * of.out_width + x) * channels + channel;
        detail::finish<Post>(of, sum, residual, out, to);
      }
    }
  }
}

}  // namespace cleave::kernels::compact
#endif
// ---- cleave/kernels/concat.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONCAT_HPP
#define CLEAVE_KERNELS_CONCAT_HPP

/// @file
/// Concatenation along the channels or the rows, one input a call. Columns are joined as channels of tensors that have
/// one column.

namespace cleave::kernels {

/// What `concat` is keyed by.
struct concat_shape {
  shape in;
  int channels;  ///< of the output
  int offset;    ///< the output's channel at which this input begins

  constexpr bool operator==(const concat_shape&) const = default;
};

/// The shape of a piece of a concatenation along the columns.
constexpr concat_shape concat_columns(shape in, int width, int offset) noexcept {
  return {{in.height, 1, in.width * in.channels}, width * in.channels, offset * in.channels};
}

/// Copies one input into its channels of the output. The tensors must not overlap.
template <concat_shape Shape, pack Pack>
void concat(const float* in, float* out, range rows) noexcept {
  constexpr std::ptrdiff_t width = Shape.in.width;
  for (std::ptrdiff_t pixel = rows.begin * width; pixel < rows.end * width; ++pixel) {
    const float* const from = in + pixel * Shape.in.channels;
    float* const to = out + pixel * Shape.channels + Shape.offset;
    for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
      strip<Pack, Count>::load(from + channel).store(to + channel);
    });
  }
}

/// What `concat_rows` is keyed by.
struct concat_rows_shape {
  shape in;
  int offset;  ///< the output's row at which this input begins

  constexpr bool operator==(const concat_rows_shape&) const = default;
};

/// Copies one input into its rows of the output, as far as they are among `rows`. The tensors must not overlap.
template <concat_rows_shape Shape, pack Pack>
void concat_rows(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  const int begin = std::max(rows.begin, Shape.offset);
  const int end = std::min(rows.end, Shape.offset + Shape.in.height);
  if (begin >= end) return;
  std::copy_n(in + static_cast<std::size_t>(begin - Shape.offset) * line, static_cast<std::size_t>(end - begin) * line,
              out + static_cast<std::size_t>(begin) * line);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/constant.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONSTANT_HPP
#define CLEAVE_KERNELS_CONSTANT_HPP

/// @file
/// A tensor of trained numbers.

namespace cleave::kernels {

/// What `constant` is keyed by.
struct constant_shape {
  shape out;

  constexpr bool operator==(const constant_shape&) const = default;
};

/// Copies `weights`, which lie as the tensor does.
template <constant_shape Shape, pack Pack>
void constant(const float* weights, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  std::copy_n(weights + run.first, run.count, out + run.first);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/channel_chunk.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CHANNEL_CHUNK_HPP
#define CLEAVE_KERNELS_CHANNEL_CHUNK_HPP

/// @file
/// Output channels in vectors: what kernels over the blocked layout share. A vector is `Pack::lanes` neighbouring
/// output channels of a group; a chunk is the few vectors that one body computes at once.

namespace cleave::kernels {

/// Vectors that lie behind each other, and what their code depends on. Bodies are shared by chunks that differ in their
/// place alone: the caller then says at run time where the chunk begins.
struct channel_chunk {
  static constexpr int anywhere = -1;

  int vectors = 1;
  int width = block_width;  ///< of the blocks that hold them
  int loaded = 1;           ///< lanes of the last vector that have weights
  int stored = 1;           ///< lanes of the last vector that are outputs
  bool together = true;     ///< the vectors have known distances from each other
  int first = anywhere;     ///< the first vector, where the chunk reaches from a block into a narrow one

  constexpr bool operator==(const channel_chunk&) const = default;
};

/// A group's vectors, for one layout and pack.
template <blocked_layout Layout, pack Pack>
struct channel_vectors {
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr int count = ceil_div(Layout.outputs, lanes);
  static constexpr auto steps = static_cast<std::ptrdiff_t>(Layout.steps());

  static_assert(block_width % lanes == 0, "a block must be a whole number of packs");

  /// One of many chunks that follow each other from the first channel on, all outputs in blocks of full width.
  static constexpr channel_chunk repeated(int vectors) noexcept {
    const int channels = vectors * lanes;
    const bool together = channels % block_width == 0 || block_width % channels == 0;
    return {vectors, block_width, lanes, lanes, together, channel_chunk::anywhere};
  }
  /// The chunk that begins with the vector `first`.
  static constexpr channel_chunk at(int first, int vectors) noexcept {
    const int begin = first * lanes;
    const int last = begin + (vectors - 1) * lanes;
    const bool one_block = begin / block_width == last / block_width;
    const bool one_width = Layout.width_at(begin) == Layout.width_at(last);
    const bool whole_blocks = begin % block_width == 0 && vectors * lanes % block_width == 0;
    return {vectors,
            Layout.width_at(last),
            std::min(lanes, Layout.padded_outputs() - last),
            std::min(lanes, Layout.outputs - last),
            one_block || (one_width && whole_blocks),
            one_width ? channel_chunk::anywhere : first};
  }

  /// Floats from one step's weights to the next step's.
  static constexpr std::ptrdiff_t stride(channel_chunk chunk, int vector) noexcept {
    return chunk.first == channel_chunk::anywhere ? chunk.width : Layout.width_at((chunk.first + vector) * lanes);
  }
  /// Lanes that have weights.
  static constexpr int loaded(channel_chunk chunk, int vector) noexcept {
    return vector == chunk.vectors - 1 ? chunk.loaded : lanes;
  }
  /// Lanes that are outputs.
  static constexpr int stored(channel_chunk chunk, int vector) noexcept {
    return vector == chunk.vectors - 1 ? chunk.stored : lanes;
  }
  /// Floats from a group's first weight to those of a vector.
  static constexpr std::ptrdiff_t offset(int vector) noexcept {
    const auto channel = static_cast<unsigned>(vector * lanes);  // not signed: its quotient takes more instructions
    const unsigned in_block = channel % block_width;
    return static_cast<std::ptrdiff_t>(channel - in_block) * steps + static_cast<std::ptrdiff_t>(in_block);
  }
};

/// Calls `body.template operator()<Chunk>(first)` for every chunk of a group, of `Vectors` vectors each or what is
/// left.
template <blocked_layout Layout, pack Pack, int Vectors, class Body>
[[gnu::always_inline]] inline void for_each_chunk(Body&& body) {
  using of = channel_vectors<Layout, Pack>;
  constexpr int full_channels = std::min(Layout.outputs, Layout.padded_outputs() / block_width * block_width);
  constexpr int full_vectors = full_channels / (Vectors * of::lanes) * Vectors;
  if constexpr (full_vectors > 0) {
    for (int first = 0; first < full_vectors; first += Vectors) {
      body.template operator()<of::repeated(Vectors)>(first);
    }
  }
  constexpr int rest = of::count - full_vectors;
  static_for<static_cast<std::size_t>(ceil_div(rest, Vectors))>([&]<std::size_t Index>() __attribute__((
      always_inline)) {
    constexpr int first = full_vectors + static_cast<int>(Index) * Vectors;
    body.template operator()<of::at(first, std::min(Vectors, of::count - first))>(first);
  });
}

/// The weights of a chunk's vectors, at step 0.
template <blocked_layout Layout, pack Pack, channel_chunk Chunk>
struct chunk_weights {
  using of = channel_vectors<Layout, Pack>;

  const float* vector[static_cast<std::size_t>(Chunk.vectors)];

  /// `first` is the chunk's first vector.
  [[gnu::always_inline]] chunk_weights(const float* weights, int first) noexcept {
    static_for<static_cast<std::size_t>(Chunk.vectors)>([&]<std::size_t Index>() __attribute__((always_inline)) {
      constexpr int index = static_cast<int>(Index);
      // Distances that the compiler knows cost no registers.
      if constexpr (Chunk.first != channel_chunk::anywhere) {
        vector[Index] = weights + of::offset(Chunk.first + index);
      } else if constexpr (Chunk.together) {
        vector[Index] = weights + of::offset(first) + of::offset(index);
      } else {
        vector[Index] = weights + of::offset(first + index);
      }
    });
  }

  template <std::size_t Index>
  [[gnu::always_inline]] Pack load(std::ptrdiff_t step) const noexcept {
    constexpr int index = static_cast<int>(Index);
    return Pack::template load_first<of::loaded(Chunk, index)>(vector[Index] + step * of::stride(Chunk, index));
  }
};

/// The bias of one of a chunk's vectors; `biases` are those from the chunk's first channel.
template <blocked_layout Layout, channel_chunk Chunk, pack Pack, std::size_t Index>
[[gnu::always_inline]] inline Pack load_bias(const float* biases) noexcept {
  return Pack::template load_first<channel_vectors<Layout, Pack>::loaded(Chunk, static_cast<int>(Index))>(
      biases + Index * Pack::lanes);
}

/// Adds the residual's first `Count` lanes, from `at`, and applies the activation.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline Pack finished(Pack sum, [[maybe_unused]] const float* residual,
                                            [[maybe_unused]] std::ptrdiff_t at) noexcept {
  if constexpr (Post.residual) sum = sum + Pack::template load_first<Count>(residual + at);
  return apply<Post.post>(sum);
}

/// The same, and stores these lanes; `at` is their place from both pointers.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline void finish(Pack sum, [[maybe_unused]] const float* residual, float* out,
                                          std::ptrdiff_t at = 0) noexcept {
  finished<Post, Count>(sum, residual, at).template store_first<Count>(out + at);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d_tiling.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_TILING_HPP
#define CLEAVE_KERNELS_CONV2D_TILING_HPP

/// @file
/// How a convolution is cut into register tiles, decided while compiling: how many pixels and channel vectors a tile
/// has, where a row's tiles lie, and which taps each of a tile's pixels has.

namespace cleave::kernels {

/// Pixels of an output row by vectors of output channels.
struct tile_size {
  int pixels = 1;
  int vectors = 1;
};

/// How the inputs and weights of a tile come to its multiply-adds.
enum class tile_operands {
  spread,   ///< each input in a register of its own, by a load that spreads it
  lanes,    ///< as many inputs of a pixel in a register as it has lanes
  streams,  ///< as `spread`, by pointers that move on; the tile has all channels of a block of weights
};

/// What bounds a tile.
struct tile_limits {
  int registers = 16;
  tile_operands operands = tile_operands::spread;
  int block = 1;  ///< vectors in a block of weights

  /// Accumulators, the shorter side of the tile kept in registers, the longer side streamed through one. Lanes keep the
  /// inputs, and let two weights come.
  constexpr bool fits(int pixels, int wide) const noexcept {
    const int beside = operands == tile_operands::spread    ? (pixels < wide ? pixels : wide) + 1
                       : operands == tile_operands::streams ? pixels + 1
                                                            : pixels + 2;
    return pixels * wide + beside <= registers;
  }

  /// A step of a tile of T pixels and V vectors takes T * V multiply-adds and T + V loads. Cores of today do as many
  /// loads as multiply-adds in a cycle and need about eight independent chains of them; so the cost of a step is the
  /// largest of the three, with a little for every load, and for weights more, since they may come from the second
  /// level cache. Cores with NEON count by instructions, and by registers loaded: with lanes an input costs a quarter,
  /// and the load of a quad register costs a Cortex-A15 two.
  constexpr int step_cost(int pixels, int wide) const noexcept {
    const int products = pixels * wide;
    if (operands == tile_operands::lanes) return 4 * std::max(products + wide, 8) + pixels;
    if (operands == tile_operands::streams) return 4 * std::max(products + 2 * (pixels + wide), 8);
    return 4 * std::max({products, pixels + wide, 8}) + pixels + 3 * wide;
  }

  constexpr bool allows(int wide, int vectors) const noexcept {
    return operands != tile_operands::streams || wide == std::min(block, vectors);
  }
};

/// The tile for rows of `width` pixels with `vectors` channel vectors that costs least within `limits`.
constexpr tile_size choose_tile(tile_limits limits, int width, int vectors) noexcept {
  tile_size best;
  long best_cost = 0;
  for (int wide = 1; wide <= std::min(vectors, 8); ++wide) {
    if (!limits.allows(wide, vectors)) continue;
    for (int most = 1; most <= std::min(width, limits.registers); ++most) {
      if (!limits.fits(most, wide)) break;
      const int tiles = ceil_div(width, most);
      const int small = width / tiles;
      const int larger = width % tiles;  // this many tiles have one pixel more
      const auto row_cost = [&](int chains_wide) {
        return static_cast<long>(larger) * limits.step_cost(small + 1, chains_wide) +
               static_cast<long>(tiles - larger) * limits.step_cost(small, chains_wide);
      };
      const int rest = vectors % wide;
      const long cost = vectors / wide * row_cost(wide) + (rest > 0 ? row_cost(rest) : 0);
      if (best_cost == 0 || cost < best_cost) {
        best = {small + (larger > 0 ? 1 : 0), wide};
        best_cost = cost;
      }
    }
  }
  return best;
}

/// How the pixels of a row are computed, from left to right: `single_left` one by one, a tile of `left`, `inner_count`
/// tiles of `inner` that touch no padding, a tile of `right`, and `single_right` one by one. Single pixels are for
/// windows so large that tiles would need too many cases at the edges.
struct row_plan {
  int single_left = 0;
  int left = 0;
  int inner = 0;
  int inner_count = 0;
  int right = 0;
  int single_right = 0;
};

/// Pixels of a row whose windows lie within the input: [begin, end).
constexpr range inside_columns(const conv2d_shape& of) noexcept {
  const int reach = (of.kernel.width - 1) * of.dilation.width;
  const int begin = std::min(ceil_div(of.pad.left, of.stride.width), of.out.width);
  const int last = of.in.width - 1 - reach + of.pad.left;  // rightmost first tap, counted from the padding's edge
  const int end = last < 0 ? 0 : std::min(last / of.stride.width + 1, of.out.width);
  return {begin, std::max(begin, end)};
}

/// The pixels t of [0, pixels) from output column `x0` on that have tap `column`, as a range.
constexpr range pixels_with_tap(const conv2d_shape& of, int x0, int pixels, int column) noexcept {
  range with{pixels, 0};
  for (int t = 0; t < pixels; ++t) {
    const int x = (x0 + t) * of.stride.width - of.pad.left + column * of.dilation.width;
    if (x >= 0 && x < of.in.width) with = {std::min(with.begin, t), t + 1};
  }
  return with.begin < with.end ? with : range{0, 0};
}

/// Neighbouring kernel columns that the same pixels of a tile have.
struct tap_run {
  range columns;
  range pixels;
};

/// The runs of a tile. More than `most` are not listed, `count` then tells.
struct tap_runs {
  static constexpr int most = 8;
  std::array<tap_run, static_cast<std::size_t>(most)> run{};
  int count = 0;
};

constexpr tap_runs find_runs(const conv2d_shape& of, int x0, int pixels) noexcept {
  tap_runs runs;
  range last{0, 0};
  bool open = false;
  for (int column = 0; column < of.kernel.width; ++column) {
    const range with = pixels_with_tap(of, x0, pixels, column);
    if (open && with == last) {
      if (runs.count <= tap_runs::most) ++runs.run[static_cast<std::size_t>(runs.count - 1)].columns.end;
      continue;
    }
    open = with.size() > 0;
    last = with;
    if (!open) continue;
    if (runs.count < tap_runs::most) runs.run[static_cast<std::size_t>(runs.count)] = {{column, column + 1}, with};
    ++runs.count;
  }
  return runs;
}

/// The runs of a tile that touches no padding: all taps, all pixels.
constexpr tap_runs whole_run(const conv2d_shape& of, int pixels) noexcept {
  tap_runs runs;
  runs.run[0] = {{0, of.kernel.width}, {0, pixels}};
  runs.count = 1;
  return runs;
}

namespace detail {

/// As many tiles of one size as needed for pixels [begin, end), which touch no padding, the last of what is left.
constexpr row_plan plan_inside(range pixels, int most) noexcept {
  row_plan plan;
  if (pixels.size() == 0) return plan;
  plan.inner = ceil_div(pixels.size(), ceil_div(pixels.size(), most));
  plan.inner_count = pixels.size() / plan.inner;
  plan.right = pixels.size() % plan.inner;
  return plan;
}

/// Tiles over the whole row, those at the edges with what padding it has.
constexpr row_plan plan_edges(int width, int most) noexcept {
  row_plan plan;
  const int tiles = ceil_div(width, most);
  if (tiles <= 2) {
    plan.left = ceil_div(width, tiles);
    plan.right = width - plan.left;
    return plan;
  }
  // As even as it goes: what the inner tiles leave is halved between the edges. Of equals, larger ones at the edges,
  // which lack a pixel for the taps on padding.
  plan.inner_count = tiles - 2;
  for (int inner = ceil_div(width, tiles); inner > 0; --inner) {
    const int edges = width - plan.inner_count * inner;
    if (ceil_div(edges, 2) > most) break;
    if (std::min(inner, edges / 2) < std::min(plan.inner, plan.right)) continue;
    plan.inner = inner;
    plan.left = ceil_div(edges, 2);
    plan.right = edges / 2;
  }
  return plan;
}

}  // namespace detail

/// Cuts a row into tiles of at most `most` pixels.
constexpr row_plan plan_row(const conv2d_shape& of, int most) noexcept {
  const int width = of.out.width;
  const range inside = inside_columns(of);
  if (inside.size() == width) return detail::plan_inside(inside, most);
  const row_plan edges = detail::plan_edges(width, most);
  const bool inner_inside = edges.inner_count == 0 || (edges.left >= inside.begin && width - edges.right <= inside.end);
  const bool few_runs = find_runs(of, 0, edges.left).count <= tap_runs::most &&
                        find_runs(of, width - edges.right, edges.right).count <= tap_runs::most;
  if (inner_inside && few_runs) return edges;
  row_plan plan = detail::plan_inside(inside, most);
  plan.single_left = inside.begin;
  plan.single_right = width - inside.end;
  return plan;
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d_products.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_PRODUCTS_HPP
#define CLEAVE_KERNELS_CONV2D_PRODUCTS_HPP

/// @file
/// The innermost loops of a convolution: what a row of the kernel adds to the sums of a tile. Three ways to the same
/// sums in the same order, of which the pack's abilities choose: inputs spread over a register each, inputs four to a
/// register and used lane by lane, and operands that come by pointers which move on with every load.

namespace cleave::kernels::detail {

/// Distances in floats, and facts, that follow from a shape.
template <conv2d_shape Shape>
struct conv2d_steps {
  static constexpr std::ptrdiff_t inputs = Shape.group_inputs();
  static constexpr std::ptrdiff_t kernel_width = Shape.kernel.width;
  static constexpr std::ptrdiff_t pixel = static_cast<std::ptrdiff_t>(Shape.stride.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t column = static_cast<std::ptrdiff_t>(Shape.dilation.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = static_cast<std::ptrdiff_t>(Shape.in.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t row = Shape.dilation.height * in_row;
  static constexpr std::ptrdiff_t out_pixel = Shape.out_pixel();
  /// Products of an output.
  static constexpr auto steps = static_cast<std::ptrdiff_t>(blocked(Shape).steps());
  /// Neighbouring kernel columns' inputs lie behind each other, as their weights do.
  static constexpr bool contiguous = column == inputs;
};

/// Loops over the products of some kernel columns in one row, `By` at a time, which divides a pixel's inputs:
/// `step(in, weights_step)` for each.
template <conv2d_shape Shape, std::ptrdiff_t By = 1, class Step>
[[gnu::always_inline]] inline void for_each_product(const float* in, std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                    Step&& step) noexcept {
  using at = conv2d_steps<Shape>;
  if constexpr (at::contiguous) {
    for (std::ptrdiff_t i = 0; i < columns * at::inputs; i += By) step(in + i, first_step + i);
  } else {
    for (std::ptrdiff_t column = 0; column < columns; ++column) {
      const float* const from = in + column * at::column;
      const std::ptrdiff_t begin = first_step + column * at::inputs;
      for (std::ptrdiff_t i = 0; i < at::inputs; i += By) step(from + i, begin + i);
    }
  }
}

/// The limits of a convolution's tiles.
template <conv2d_shape Shape, pack Pack>
constexpr tile_limits conv2d_limits() noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  // Without a fused multiply-add, the product needs a register of its own.
  tile_limits limits{Pack::registers - (Pack::fused ? 0 : 1), tile_operands::spread, block_width / lanes};
  if (lane_pack<Pack> && Shape.group_inputs() % lanes == 0) limits.operands = tile_operands::lanes;
  else if (stream_pack<Pack>) limits.operands = tile_operands::streams;
  return limits;
}

/// True where a call's weights are too many for a second level cache, so that each chunk's come from farther away:
/// tiles then ask for the next chunk's while they compute, a line every 16 products (5 % less time for 512 -> 512
/// channels @14x14, AVX2).
template <conv2d_shape Shape, pack Pack>
inline constexpr bool asks_ahead = conv2d_limits<Shape, Pack>().operands == tile_operands::spread &&
                                   !single_issue<Pack> && Shape.kernel != extent(1) && blocked(Shape).floats() > 500000;

/// What a run of taps is: `Count` pixels by the vectors of a chunk.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, std::size_t Count>
struct conv2d_run {
  using at = conv2d_steps<Shape>;
  using weights_type = chunk_weights<blocked(Shape), Pack, Chunk>;
  static constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  static constexpr auto lanes = static_cast<std::ptrdiff_t>(Pack::lanes);

  /// A pixel's inputs fill whole registers, whose lanes can be used.
  static constexpr bool by_lanes = conv2d_limits<Shape, Pack>().operands == tile_operands::lanes;
  /// The weights of a step are all of a block's, so that one pointer goes through all.
  static constexpr bool by_streams = stream_pack<Pack> && Chunk.together && Chunk.first == channel_chunk::anywhere &&
                                     Chunk.width == Chunk.vectors * lanes && Chunk.loaded == lanes &&
                                     Chunk.stored == lanes;

  /// Inputs four to a register.
  [[gnu::always_inline]] static void add_by_lanes(Pack* sum, const float* in, const weights_type& weights,
                                                  std::ptrdiff_t first_step, std::ptrdiff_t columns) noexcept {
    for_each_product<Shape, lanes>(
        in, first_step, columns, [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
          Pack input[Count];
          static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            input[Pixel] = Pack::load(x + static_cast<std::ptrdiff_t>(Pixel) * at::pixel);
          });
          static_for<Pack::lanes>([&]<std::size_t Lane>() __attribute__((always_inline)) {
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              const Pack weight = weights.template load<Vector>(step + static_cast<std::ptrdiff_t>(Lane));
              static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
                Pack& to = sum[Pixel * vectors + Vector];
                to = input[Pixel].template fma_lane<Lane>(weight, to);
              });
            });
          });
        });
  }

  /// A pointer for each pixel's inputs and one for all weights.
  [[gnu::always_inline]] static void add_by_streams(Pack* sum, const float* in, const weights_type& weights,
                                                    std::ptrdiff_t first_step, std::ptrdiff_t columns) noexcept {
    constexpr std::ptrdiff_t by = at::inputs % 16 == 0 ? 16 : at::inputs % 8 == 0 ? 8 : at::inputs % 4 == 0 ? 4 : 1;
    const float* weight = weights.vector[0] + first_step * Chunk.width;
    const float* input[Count];
    static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      input[Pixel] = in + static_cast<std::ptrdiff_t>(Pixel) * at::pixel;
    });
    const auto loop = [&](std::ptrdiff_t steps) __attribute__((always_inline)) {
      const float* const end = weight + steps * Chunk.width;
      while (weight != end) {
        static_for<static_cast<std::size_t>(by)>([&]<std::size_t>() __attribute__((always_inline)) {
          Pack x[Count];
          static_for<Count>([&]<std::size_t Pixel>()
                                __attribute__((always_inline)) { x[Pixel] = Pack::fill_next(input[Pixel]); });
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            const Pack w = Pack::load_next(weight);
            static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
              Pack& to = sum[Pixel * vectors + Vector];
              to = Pack::fma_next(x[Pixel], w, to);
            });
          });
        });
      }
    };
    if constexpr (at::contiguous) {
      loop(columns * at::inputs);
    } else {
      for (std::ptrdiff_t column = 0; column < columns; ++column) {
        loop(at::inputs);
        static_for<Count>([&]<std::size_t Pixel>()
                              __attribute__((always_inline)) { input[Pixel] += at::column - at::inputs; });
      }
    }
  }

  /// What remains to do with the sums, and to store them.
  [[gnu::always_inline]] static void finish_by_streams(const Pack* sum, const float* residual, float* out) noexcept {
    static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        Pack result = sum[Pixel * vectors + Vector];
        if constexpr (Shape.post.residual) result = result + Pack::load_next(residual);
        apply<Shape.post.post>(result).store_next(out);
      });
      out += at::out_pixel - Chunk.vectors * lanes;
      if constexpr (Shape.post.residual) residual += at::out_pixel - Chunk.vectors * lanes;
    });
  }

  /// Each input spread over a register.
  [[gnu::always_inline]] static void add_spread(Pack* sum, const float* in, const weights_type& weights,
                                                std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                [[maybe_unused]] const float* ahead) noexcept {
    for_each_product<Shape>(
        in, first_step, columns, [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
          if constexpr (asks_ahead<Shape, Pack>) __builtin_prefetch(ahead + step);
          // Where a pixel's input is its neighbour's a few steps later, g++ 12 would carry it over in a register and
          // spill the sums for it (141 in place of 220 GFLOP/s for 3 input channels, AVX-512). Loads are cheaper.
          if constexpr (at::pixel <= 8) asm volatile("" : : : "memory");
          // The shorter side of the tile waits in registers, the longer one comes through.
          if constexpr (vectors <= Count) {
            Pack weight[vectors];
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              weight[Vector] = weights.template load<Vector>(step);
            });
            static_for<Count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
              constexpr std::size_t pixel = Index / vectors;
              constexpr std::size_t vector = Index % vectors;
              const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(pixel) * at::pixel]);
              sum[Index] = fma(input, weight[vector], sum[Index]);
            });
          } else {
            Pack input[Count];
            static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
              input[Pixel] = Pack::fill(x[static_cast<std::ptrdiff_t>(Pixel) * at::pixel]);
            });
            static_for<Count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
              constexpr std::size_t pixel = Index % Count;
              constexpr std::size_t vector = Index / Count;
              Pack& to = sum[pixel * vectors + vector];
              to = fma(input[pixel], weights.template load<vector>(step), to);
            });
          }
        });
  }

  /// Adds the products of `columns` kernel columns, of which `in` is the first pixel's first input and `first_step` the
  /// place in the weights, to the sums of a run. Of the weights `ahead` those at the same places are asked for.
  [[gnu::always_inline]] static void add(Pack* sum, const float* in, const weights_type& weights,
                                         std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                         [[maybe_unused]] const float* ahead) noexcept {
    if constexpr (by_lanes) add_by_lanes(sum, in, weights, first_step, columns);
    else if constexpr (by_streams) add_by_streams(sum, in, weights, first_step, columns);
    else add_spread(sum, in, weights, first_step, columns, ahead);
  }
};

}  // namespace cleave::kernels::detail
#endif
// ---- cleave/kernels/conv2d_tile.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_TILE_HPP
#define CLEAVE_KERNELS_CONV2D_TILE_HPP

/// @file
/// The inner loops of a convolution: a tile of neighbouring pixels by a few vectors of output channels, which stays in
/// registers while all its products are added up; and the same for one pixel whose taps are known only at run time.

namespace cleave::kernels {

namespace detail {

/// Which body: how many pixels, where in the row (any place that touches no padding if `inside`), which channels.
struct conv2d_tile {
  int pixels = 1;
  bool inside = true;
  int x0 = 0;
  channel_chunk chunk{};
};

/// A group's operands; `biases`, `residual` and `out` from the chunk's first channel, the last two from the tile's
/// first pixel. `corner` is the place of the tile's first tap in `in`, even if that is padding; `taps` are the kernel
/// rows that are not. `ahead` are weights that are needed next, where `asks_ahead` says so.
struct conv2d_place {
  const float* in;
  const float* weights;
  const float* biases;
  const float* residual;
  float* out;
  std::ptrdiff_t corner;
  range taps;
  int first_vector;
  const float* ahead;
};

/// `count` tiles that follow each other. A function of its own, so that the compiler gives its loops all registers.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::noinline]] void conv2d_tiles(const conv2d_place& place, int count) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr channel_chunk chunk = Tile.chunk;
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);

  const chunk_weights<layout, Pack, chunk> weights(place.weights, place.first_vector);
  const float* const biases = place.biases;
  const range taps = place.taps;
  const float* in = place.in + (place.corner + taps.begin * at::row);
  const float* residual = place.residual;
  float* out = place.out;
  const float* ahead = place.ahead;
  for (; count > 0; --count) {
    Pack sum[pixels * vectors];
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      const Pack bias = load_bias<layout, chunk, Pack, Vector>(biases);
      static_for<pixels>([&]<std::size_t Pixel>()
                             __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
    });
    const float* row = in;
    for (int tap = taps.begin; tap < taps.end; ++tap, row += at::row) {
      static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
        constexpr tap_run run = runs.run[Run];
        constexpr auto first = static_cast<std::size_t>(run.pixels.begin);
        constexpr auto run_pixels = static_cast<std::size_t>(run.pixels.size());
        const float* const from = row + (run.columns.begin * at::column + run.pixels.begin * at::pixel);
        const std::ptrdiff_t first_step = (tap * at::kernel_width + run.columns.begin) * at::inputs;
        conv2d_run<Shape, Pack, chunk, run_pixels>::add(sum + first * vectors, from, weights, first_step,
                                                        run.columns.size(), ahead);
      });
    }
    using all = conv2d_run<Shape, Pack, chunk, pixels>;
    if constexpr (all::by_streams) {
      all::finish_by_streams(sum, residual, out);
    } else {
      static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
        static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
          constexpr int stored = channel_vectors<layout, Pack>::stored(chunk, static_cast<int>(Vector));
          constexpr std::ptrdiff_t offset =
              static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
          // Else its stores would wait for memory.
          if constexpr (has_far_output(Shape)) __builtin_prefetch(out + (offset + Tile.pixels * at::out_pixel), 1);
          finish<Shape.post, stored>(sum[Pixel * vectors + Vector], residual, out, offset);
        });
      });
    }
    in += Tile.pixels * at::pixel;
    if constexpr (asks_ahead<Shape, Pack>) ahead += at::steps;
    out += Tile.pixels * at::out_pixel;
    if constexpr (Shape.post.residual) residual += Tile.pixels * at::out_pixel;
  }
}

/// One pixel, its kernel columns bounded at run time.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk>
[[gnu::noinline]] void conv2d_pixel_body(const conv2d_place& place, range columns) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  Pack sum[vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    sum[Vector] = load_bias<layout, Chunk, Pack, Vector>(place.biases);
  });
  const chunk_weights<layout, Pack, Chunk> weights(place.weights, place.first_vector);
  if (columns.size() > 0) {
    for (int tap = place.taps.begin; tap < place.taps.end; ++tap) {
      for_each_product<Shape>(
          place.in + (place.corner + tap * at::row + columns.begin * at::column),
          (tap * at::kernel_width + columns.begin) * at::inputs,
          columns.size(), [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
            const Pack input = Pack::fill(*x);
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              sum[Vector] = fma(input, weights.template load<Vector>(step), sum[Vector]);
            });
          });
    }
  }
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int stored = channel_vectors<layout, Pack>::stored(Chunk, static_cast<int>(Vector));
    constexpr auto offset = static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    finish<Shape.post, stored>(sum[Vector], place.residual, place.out, offset);
  });
}

}  // namespace detail

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/in_order.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_IN_ORDER_HPP
#define CLEAVE_KERNELS_IN_ORDER_HPP

/// @file
/// Inner loops of convolutions and dense layers for cores that issue one instruction at a time (`single_issue` packs).
/// All that is not a multiply-add is lost time there: so few pointers move, once for several steps, an input is loaded
/// where it is used, and nothing is spilled. The order of summation is that of conv2d_tile.hpp, and so are the bits.

namespace cleave::kernels {

/// True for packs of vectors that multiply by a general register: inputs take none of the packs' registers.
template <pack Pack>
inline constexpr bool inputs_apart = Pack::lanes > 1 && requires(Pack a) { Pack::fma_scalar(0.0F, a, a); };

/// The tile that takes the fewest instructions for rows of `width` pixels with `vectors` channel vectors, of which a
/// block has `block_vectors`. A step of T pixels and V vectors takes T * V multiply-adds and T + V loads, so on the 32
/// registers of a Cortex-M4 6 * 4 takes 1.42 instructions for each multiply-add. Tiles stay within a block: then they
/// need one pointer for their weights.
constexpr tile_size choose_in_order_tile(int registers, bool inputs_apart, int width, int vectors,
                                         int block_vectors) noexcept {
  tile_size best;
  long best_cost = 0;
  for (int wide = 1; wide <= std::min(vectors, block_vectors); ++wide) {
    if (wide < vectors && block_vectors % wide != 0) continue;
    for (int most = 1; most <= std::min(width, registers); ++most) {
      // Sums, the shorter side of the tile kept in registers, the longer side streamed through one.
      if (most * wide + (inputs_apart ? 0 : std::min(most, wide)) + 1 > registers) break;
      const int tiles = ceil_div(width, most);
      const auto row_cost = [&](int chains_wide) {
        return static_cast<long>(width) * chains_wide + width + static_cast<long>(tiles) * (chains_wide + 1);
      };
      const int rest = vectors % wide;
      const long cost = vectors / wide * row_cost(wide) + (rest > 0 ? row_cost(rest) : 0);
      if (best_cost == 0 || cost < best_cost) {
        best = {ceil_div(width, tiles), wide};
        best_cost = cost;
      }
    }
  }
  return best;
}

namespace detail {

/// A loop over products: for each of `steps` inputs of each of some neighbouring pixels, a weight of each output.
struct in_order_loop {
  int steps = 1;
  int first = 0;  ///< of the tile's pixels
  int pixels = 1;
  int vectors = 1;
  int loaded = 1;              ///< lanes of the last vector that have weights
  std::ptrdiff_t apart = 1;    ///< floats from a pixel's inputs to the next pixel's
  std::ptrdiff_t weights = 1;  ///< floats from a step's weights to the next step's
  int repeats = 4;             ///< steps that the body of the loop has
};

/// Where the inputs of a loop come from: pointers that reach several pixels each. The offset of a load goes 255 bytes
/// back, and 1020 ahead to a register of the floating-point unit, 4095 to a general one.
template <in_order_loop Loop, pack Pack>
struct in_order_inputs {
  static constexpr std::ptrdiff_t back = 63;
  static constexpr std::ptrdiff_t reach = back + (inputs_apart<Pack> ? 1023 : 255);
  static constexpr auto pixels_each =
      static_cast<std::size_t>(1 + std::max(std::ptrdiff_t{0}, reach + 1 - Loop.repeats) / Loop.apart);
  static constexpr std::size_t pointers = (static_cast<std::size_t>(Loop.pixels) + pixels_each - 1) / pixels_each;

  const float* from[pointers];

  [[gnu::always_inline]] explicit in_order_inputs(const float* in) noexcept {
    static_for<pointers>([&]<std::size_t Index>() __attribute__((always_inline)) {
      from[Index] = in + (static_cast<std::ptrdiff_t>(Index * pixels_each) * Loop.apart + back);
    });
  }
  template <std::size_t Pixel, std::size_t Step>
  [[gnu::always_inline]] float load() const noexcept {
    constexpr auto pixel = static_cast<std::ptrdiff_t>(Pixel % pixels_each);
    return from[Pixel / pixels_each][pixel * Loop.apart + static_cast<std::ptrdiff_t>(Step) - back];
  }
  [[gnu::always_inline]] void advance(std::ptrdiff_t steps) noexcept {
    static_for<pointers>([&]<std::size_t Index>() __attribute__((always_inline)) {
      from[Index] += steps;
      // Compilers would split a pointer that they understand into one for each pixel.
      asm volatile("" : "+r"(from[Index]));
    });
  }
};

/// One step: its products of all pixels and vectors.
template <in_order_loop Loop, pack Pack, std::size_t Step, std::size_t Sums>
[[gnu::always_inline]] inline void in_order_step(const in_order_inputs<Loop, Pack>& inputs, const float* weights,
                                                 Pack (&sum)[Sums]) noexcept {
  constexpr auto pixels = static_cast<std::size_t>(Loop.pixels);
  constexpr auto vectors = static_cast<std::size_t>(Loop.vectors);
  const auto weight = [&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int lanes = Vector + 1 < vectors ? static_cast<int>(Pack::lanes) : Loop.loaded;
    constexpr std::ptrdiff_t at =
        static_cast<std::ptrdiff_t>(Step) * Loop.weights + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    return Pack::template load_first<lanes>(weights + at);
  };
  const auto add = [&]<std::size_t Pixel, std::size_t Vector>(float input, Pack factor) __attribute__((always_inline)) {
    Pack& to = sum[(static_cast<std::size_t>(Loop.first) + Pixel) * vectors + Vector];
    to = fma_scalar(input, factor, to);
  };
  // No load is moved ahead of what stands before it: there are no registers for it.
  const auto in_place = []() __attribute__((always_inline)) { asm volatile("" : : : "memory"); };
  in_place();
  if constexpr (vectors <= pixels && !inputs_apart<Pack>) {
    Pack held[vectors];
    static_for<vectors>([&]<std::size_t Vector>()
                            __attribute__((always_inline)) { held[Vector] = weight.template operator()<Vector>(); });
    static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      in_place();
      const float input = inputs.template load<Pixel, Step>();
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        add.template operator()<Pixel, Vector>(input, held[Vector]);
      });
    });
  } else {
    float held[pixels];
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { held[Pixel] = inputs.template load<Pixel, Step>(); });
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      in_place();
      const Pack factor = weight.template operator()<Vector>();
      static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
        add.template operator()<Pixel, Vector>(held[Pixel], factor);
      });
    });
  }
}

/// Adds all products of a loop. `in` is the first pixel's first input; `weights` moves behind those that were used.
template <in_order_loop Loop, pack Pack, std::size_t Sums>
[[gnu::always_inline]] inline void add_in_order(const float* in, const float*& weights, Pack (&sum)[Sums]) noexcept {
  constexpr int repeats = std::min(Loop.repeats, Loop.steps);
  in_order_inputs<Loop, Pack> inputs(in);
  const float* panel = weights;
  const auto some_steps = [&]<int Count>() __attribute__((always_inline)) {
    static_for<static_cast<std::size_t>(Count)>([&]<std::size_t Step>() __attribute__((always_inline)) {
      in_order_step<Loop, Pack, Step>(inputs, panel, sum);
    });
    panel += Count * Loop.weights;
    asm volatile("" : "+r"(panel));
    inputs.advance(Count);
  };
  for (int left = Loop.steps / repeats; left > 0; --left) some_steps.template operator()<repeats>();
  if constexpr (Loop.steps % repeats > 0) some_steps.template operator()<Loop.steps % repeats>();
  weights = panel;
}

/// What `conv2d_tiles` does for a tile, for a single-issue pack and outputs of one block.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::always_inline]] inline void conv2d_in_order_tile(const conv2d_place& place) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  using of = channel_vectors<layout, Pack>;
  constexpr channel_chunk chunk = Tile.chunk;
  static_assert(chunk.first == channel_chunk::anywhere && chunk.together, "a tile's outputs must be in one block");
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);
  constexpr std::ptrdiff_t column_weights = at::inputs * chunk.width;
  constexpr std::ptrdiff_t row_weights = at::kernel_width * column_weights;

  Pack sum[pixels * vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    const Pack bias = load_bias<layout, chunk, Pack, Vector>(place.biases);
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
  });

  const float* in = place.in + (place.corner + place.taps.begin * at::row);
  const float* row = place.weights + (of::offset(place.first_vector) + place.taps.begin * row_weights);
  for (int left = place.taps.size(); left > 0; --left, in += at::row, row += row_weights) {
    static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
      constexpr tap_run run = runs.run[Run];
      // Tiles at the edges are fewer than the others, and have several loops.
      constexpr in_order_loop loop{.steps = static_cast<int>(at::inputs) * (at::contiguous ? run.columns.size() : 1),
                                   .first = run.pixels.begin,
                                   .pixels = run.pixels.size(),
                                   .vectors = chunk.vectors,
                                   .loaded = chunk.loaded,
                                   .apart = at::pixel,
                                   .weights = chunk.width,
                                   .repeats = Tile.inside ? 4 : 2};
      const float* from = in + (run.columns.begin * at::column + run.pixels.begin * at::pixel);
      const float* weights = row + run.columns.begin * column_weights;
      if constexpr (at::contiguous) {
        add_in_order<loop>(from, weights, sum);
      } else {
        for (int columns = run.columns.size(); columns > 0; --columns, from += at::column) {
          add_in_order<loop>(from, weights, sum);
        }
      }
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      constexpr int stored = of::stored(chunk, static_cast<int>(Vector));
      constexpr std::ptrdiff_t offset =
          static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
      finish<Shape.post, stored>(sum[Pixel * vectors + Vector], place.residual, place.out, offset);
    });
  });
}

}  // namespace detail

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_HPP
#define CLEAVE_KERNELS_CONV2D_HPP

/// @file
/// Direct convolution over NHWC tensors: no scratch memory, no padded copy.
///
/// Taps on padding are skipped: kernel rows by bounds for each output row, kernel columns by tiles that know while
/// compiling which of their pixels have which tap. An output is one chain of multiply-adds in the order bias, kernel
/// row, kernel column, channel, whatever the tile; so the bits depend neither on the pack nor on how rows are shared
/// out.

namespace cleave::kernels {

namespace detail {

/// Moves a place along its row.
template <conv2d_shape Shape>
[[gnu::always_inline]] inline void advance(conv2d_place& place, int pixels) noexcept {
  place.corner += pixels * conv2d_steps<Shape>::pixel;
  place.out += pixels * conv2d_steps<Shape>::out_pixel;
  if constexpr (Shape.post.residual) place.residual += pixels * conv2d_steps<Shape>::out_pixel;
}

/// `count` tiles that follow each other; the place moves behind them. Where a call costs as much as a step, they are a
/// part of their row's function.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::always_inline]] inline void compute_tiles(conv2d_place& place, int count) noexcept {
  if constexpr (single_issue<Pack>) {
    for (; count > 0; --count, advance<Shape>(place, Tile.pixels)) conv2d_in_order_tile<Shape, Pack, Tile>(place);
  } else {
    conv2d_tiles<Shape, Pack, Tile>(place, count);
    advance<Shape>(place, count * Tile.pixels);
    if constexpr (asks_ahead<Shape, Pack>) place.ahead += count * conv2d_steps<Shape>::steps;
  }
}

/// A row of output pixels, of one chunk; `place` is at the row's first pixel.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
void conv2d_row(conv2d_place place) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  const auto singles = [&](range pixels) __attribute__((always_inline)) {
    for (int x = pixels.begin; x < pixels.end; ++x, advance<Shape>(place, 1)) {
      conv2d_pixel_body<Shape, Pack, Chunk>(
          place, taps_inside(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width, Shape.dilation.width,
                             Shape.in.width));
    }
  };
  if constexpr (plan.single_left > 0) singles({0, plan.single_left});
  if constexpr (plan.left > 0) compute_tiles<Shape, Pack, conv2d_tile{plan.left, false, 0, Chunk}>(place, 1);
  if constexpr (plan.inner_count > 0) {
    compute_tiles<Shape, Pack, conv2d_tile{plan.inner, true, 0, Chunk}>(place, plan.inner_count);
  }
  if constexpr (plan.right > 0) {
    constexpr range inside = inside_columns(Shape);
    constexpr int x0 = Shape.out.width - plan.single_right - plan.right;
    constexpr bool whole = x0 >= inside.begin && x0 + plan.right <= inside.end;
    compute_tiles<Shape, Pack, conv2d_tile{plan.right, whole, whole ? 0 : x0, Chunk}>(place, 1);
  }
  if constexpr (plan.single_right > 0) singles({Shape.out.width - plan.single_right, Shape.out.width});
}

/// The weights for which row `row` of a chunk asks ahead: a part of the next chunk's, those of the last rows again the
/// last part. Behind a group's last chunk its first one is next.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
const float* weights_ahead(const conv2d_place& place, int row) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  constexpr std::ptrdiff_t chunk = Chunk.vectors * static_cast<std::ptrdiff_t>(Pack::lanes);
  constexpr std::ptrdiff_t tiles = plan.inner_count + (plan.left > 0 ? 1 : 0) + (plan.right > 0 ? 1 : 0);
  const std::ptrdiff_t next = place.first_vector * static_cast<std::ptrdiff_t>(Pack::lanes) + chunk;
  const std::ptrdiff_t at = next + chunk <= Shape.group_outputs() ? next : 0;
  return place.weights +
         (at + std::min(row * tiles, std::max<std::ptrdiff_t>(chunk - tiles, 0))) * conv2d_steps<Shape>::steps;
}

/// Pixels of a row that touches no padding: tiles as in the whole row, the rest one by one.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
void conv2d_part_of_row(conv2d_place place, int pixels) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  compute_tiles<Shape, Pack, conv2d_tile{plan.inner, true, 0, Chunk}>(place, pixels / plan.inner);
  for (pixels %= plan.inner; pixels > 0; --pixels, advance<Shape>(place, 1))
    conv2d_pixel_body<Shape, Pack, Chunk>(place, {0, 1});
}

/// Calls `body.template operator()<Chunk, Most>(place)` for each group's chunks; `place` is at the first pixel of the
/// output, and tiles have at most Most pixels.
template <conv2d_shape Shape, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_place(const float* in, const float* weights, const float* residual,
                                                  float* out, Body&& body) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  // Without a fused multiply-add, the product needs a register of its own.
  constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  constexpr int vectors = channel_vectors<layout, Pack>::count;
  constexpr int block_vectors = block_width / static_cast<int>(Pack::lanes);
  constexpr tile_size tile =
      single_issue<Pack> ? choose_in_order_tile(registers, inputs_apart<Pack>, Shape.out.width, vectors, block_vectors)
                         : choose_tile(conv2d_limits<Shape, Pack>(), Shape.out.width, vectors);
  for (int group = 0; group < Shape.groups; ++group) {
    for_each_chunk<layout, Pack, tile.vectors>([&]<channel_chunk Chunk>(int first) __attribute__((always_inline)) {
      const int channel = first * static_cast<int>(Pack::lanes);
      const std::ptrdiff_t output = group * Shape.group_outputs() + channel;
      conv2d_place place{};
      place.in = in + static_cast<std::ptrdiff_t>(group) * Shape.group_inputs();
      place.weights = weights + static_cast<std::ptrdiff_t>(group) * static_cast<std::ptrdiff_t>(layout.group_floats());
      place.biases = weights + static_cast<std::ptrdiff_t>(layout.biases()) + group * layout.padded_outputs() + channel;
      place.residual = Shape.post.residual ? residual + output : nullptr;
      place.out = out + output;
      place.first_vector = first;
      body.template operator()<Chunk, tile.pixels>(place);
    });
  }
}

/// Rows whose chunks of channels are all computed before the next rows begin. An output that fills a second level cache
/// would else be fetched and written back once for each chunk; few weights can be read as often as that.
constexpr int rows_at_once(const conv2d_shape& of) noexcept {
  constexpr std::size_t few_weights = 65536;
  constexpr std::size_t large_output = 262144;
  constexpr int at_once = 32768;
  if (of.out.size() <= large_output || blocked(of).floats() > few_weights) return of.out.height;
  return std::max(1, at_once / (of.out.width * of.out_pixel()));
}

/// True where the pixels of input and output correspond one to one: all rows are one long row.
constexpr bool is_pointwise(const conv2d_shape& of) noexcept {
  return of.kernel == extent(1) && of.stride == extent(1) && of.in.height == of.out.height &&
         of.in.width == of.out.width;
}

/// A pointwise convolution with all its pixels in one row.
constexpr conv2d_shape in_one_row(conv2d_shape of) noexcept {
  of.in = {1, of.in.height * of.in.width, of.in.channels};
  of.out = {1, of.out.height * of.out.width, of.out.channels};
  of.dilation = 1;
  of.pad = 0;
  return of;
}

}  // namespace detail

/// Computes rows of a convolution that is not depthwise, with weights in the layout `blocked(Shape)`.
/// Requires: where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, pack Pack>
void conv2d(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(!is_depthwise(Shape), "depthwise computes these, their weights are laid out differently");
  static_assert(!Shape.post.pools, "only Winograd's form pools");
  using detail::conv2d_place;
  if constexpr (detail::is_pointwise(Shape)) {
    constexpr conv2d_shape flat = detail::in_one_row(Shape);
    const bool whole = rows == range{0, Shape.out.height};
    const auto compute = [&]<channel_chunk Chunk, int Most>(conv2d_place place) {
      place.taps = {0, 1};
      if (whole) {
        detail::conv2d_row<flat, Pack, Chunk, Most>(place);
      } else if constexpr (Shape.out.height > 1) {
        detail::advance<flat>(place, rows.begin * Shape.out.width);
        detail::conv2d_part_of_row<flat, Pack, Chunk, Most>(place, rows.size() * Shape.out.width);
      }
    };
    detail::for_each_place<flat, Pack>(in, weights, residual, out, compute);
  } else {
    using at = detail::conv2d_steps<Shape>;
    const auto compute = [&]<channel_chunk Chunk, int Most>(conv2d_place place, range part) {
      constexpr std::ptrdiff_t out_row = Shape.out.width * at::out_pixel;
      float* const first_out = place.out;
      const float* const first_residual = place.residual;
      for (int y = part.begin; y < part.end; ++y) {
        const int top = y * Shape.stride.height - Shape.pad.top;
        if constexpr (detail::asks_ahead<Shape, Pack>) {
          place.ahead = detail::weights_ahead<Shape, Pack, Chunk, Most>(place, y - part.begin);
        }
        place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
        place.corner = top * at::in_row - Shape.pad.left * static_cast<std::ptrdiff_t>(Shape.in.channels);
        place.out = first_out + y * out_row;
        if constexpr (Shape.post.residual) place.residual = first_residual + y * out_row;
        detail::conv2d_row<Shape, Pack, Chunk, Most>(place);
      }
    };
    const auto compute_all = [&](range part) __attribute__((always_inline)) {
      detail::for_each_place<Shape, Pack>(in, weights, residual, out,
                                          [&]<channel_chunk Chunk, int Most>(const conv2d_place& place) {
                                            compute.template operator()<Chunk, Most>(place, part);
                                          });
    };
    constexpr int at_once = detail::rows_at_once(Shape);
    if constexpr (at_once == Shape.out.height) {
      compute_all(rows);
    } else {
      for (int y = rows.begin; y < rows.end; y += at_once) compute_all({y, std::min(y + at_once, rows.end)});
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d_pairs.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_PAIRS_HPP
#define CLEAVE_KERNELS_CONV2D_PAIRS_HPP

/// @file
/// Convolutions from a few channels to five to eight, as networks for images begin: two pixels of the output share a
/// pack of sixteen lanes, half of which would be empty otherwise. They are half a row apart, so that an input, spread
/// over its half once, serves all pixels of a tile that have it. Bits and weights are those of `conv2d`.

namespace cleave::kernels {

namespace detail {

/// How half a row is cut into tiles: one at the left, some that touch no padding, one at the right. The upper half of a
/// pack is the pixel `apart` further.
struct pair_plan {
  int apart = 0;
  int left = 0;
  int inner_count = 0;
  int right = 0;
  int right_begin = 0;
};

constexpr pair_plan plan_pairs(const conv2d_shape& of) noexcept {
  pair_plan plan;
  plan.apart = ceil_div(of.out.width, 2);
  // Beside the sums there are a kernel row's weights, the inputs, and eight patterns that spread them.
  const int most = std::max(1, 20 - of.kernel.width * of.in.channels);
  const int tiles = ceil_div(plan.apart, most);
  plan.left = ceil_div(plan.apart, tiles);
  plan.inner_count = std::max(0, ceil_div(plan.apart, plan.left) - 2);
  plan.right_begin = plan.left * (plan.inner_count + 1);
  plan.right = plan.apart - plan.right_begin;
  return plan;
}

}  // namespace detail

/// True for the convolutions that `conv2d_pairs` computes.
constexpr bool takes_pairs(const conv2d_shape& of) noexcept {
  const detail::pair_plan plan = detail::plan_pairs(of);
  const range inside = inside_columns(of);
  const bool padding_at_edges =
      plan.inner_count == 0 || (plan.left >= inside.begin && plan.right_begin + plan.apart <= inside.end);
  return of.groups == 1 && of.out.channels > 4 && of.out.channels <= 8 && of.in.channels <= 4 &&
         of.kernel.width * of.in.channels <= 12 && of.stride.width <= of.kernel.width && of.dilation == extent(1) &&
         of.out.width >= 4 && !of.post.residual && padding_at_edges;
}

namespace detail {

/// `Pixels` pixels of each half, from the pixel at `X0` of the row on, or anywhere that touches no padding if that is
/// negative. `corner` is the first pixel's first tap in the row `taps.begin`, `out` the first pixel.
template <conv2d_shape Shape, pair_pack Pack, int Pixels, int X0>
[[gnu::noinline]] void conv2d_pairs_tile(const float* corner, const float* weights, float* out, range taps) noexcept {
  constexpr int apart = plan_pairs(Shape).apart;
  constexpr int inputs = Shape.in.channels;
  constexpr int stride = Shape.stride.width;
  constexpr int steps = Shape.kernel.width * inputs;
  constexpr int span = ((Pixels - 1) * stride + Shape.kernel.width) * inputs;  // floats of a row
  constexpr auto pixels = static_cast<std::size_t>(Pixels);
  constexpr auto exists = [](int pixel) { return X0 < 0 || X0 + pixel < Shape.out.width; };
  // Whether the float `at` from the corner, of the lower or upper half, is on the input.
  constexpr auto on_input = [](int at, bool upper) {
    const int x = (X0 + (upper ? apart : 0)) * stride - Shape.pad.left + at / inputs;
    return at < span && (X0 < 0 || (x >= 0 && x < Shape.in.width));
  };
  Pack sum[pixels];
  const Pack bias = Pack::load_twice(weights + blocked(Shape).biases());
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) { sum[Pixel] = bias; });

  for (int row = taps.begin; row < taps.end; ++row, corner += Shape.in.width * inputs) {
    const float* const weight_row = weights + row * steps * 8;
    Pack weight[static_cast<std::size_t>(steps)];
    static_for<static_cast<std::size_t>(steps)>([&]<std::size_t Step>() __attribute__((always_inline)) {
      weight[Step] = Pack::load_twice(weight_row + Step * 8);
    });
    static_for<static_cast<std::size_t>(ceil_div(span, 8))>([&]<std::size_t Eight>() __attribute__((always_inline)) {
      constexpr int first = static_cast<int>(Eight) * 8;
      constexpr unsigned there = [=] {
        unsigned lanes = 0;
        for (int lane = 0; lane < 16; ++lane) lanes |= on_input(first + lane % 8, lane >= 8) ? 1U << lane : 0U;
        return lanes;
      }();
      const Pack eight = Pack::template load_halves<there>(corner + first, corner + first + apart * stride * inputs);
      static_for<8>([&]<std::size_t Lane>() __attribute__((always_inline)) {
        constexpr int at = first + static_cast<int>(Lane);
        constexpr bool low = on_input(at, false);
        constexpr bool high = on_input(at, true);
        if constexpr (low || high) {
          const Pack input = eight.template spread<static_cast<int>(Lane)>();
          // Every pixel that has this float, as its tap of some column.
          static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            constexpr int step = at - static_cast<int>(Pixel) * stride * inputs;
            if constexpr (step >= 0 && step < steps) {
              sum[Pixel] =
                  Pack::template fma_halves<low, high>(input, weight[static_cast<std::size_t>(step)], sum[Pixel]);
            }
          });
        }
      });
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    constexpr int pixel = static_cast<int>(Pixel);
    const Pack result = apply<Shape.post.post>(sum[Pixel]);
    result.template store_first<Shape.out.channels>(out + pixel * Shape.out_pixel());
    if constexpr (exists(pixel + apart)) {
      result.template store_high<Shape.out.channels>(out + (pixel + apart) * Shape.out_pixel());
    }
  });
}

}  // namespace detail

/// Computes rows of a convolution for which `takes_pairs` holds, with weights in the layout `blocked(Shape)`.
template <conv2d_shape Shape, pair_pack Pack>
void conv2d_pairs(const float* in, const float* weights, float* out, range rows) noexcept {
  static_assert(takes_pairs(Shape));
  constexpr detail::pair_plan plan = detail::plan_pairs(Shape);
  constexpr std::ptrdiff_t inputs = Shape.in.channels;
  constexpr std::ptrdiff_t next_in = Shape.stride.width * inputs;
  constexpr std::ptrdiff_t next_out = Shape.out_pixel();
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    const range taps = taps_inside(top, Shape.kernel.height, 1, Shape.in.height);
    const std::ptrdiff_t first_row = top + taps.begin;
    const float* const corner = in + (first_row * Shape.in.width - Shape.pad.left) * inputs;
    float* const to = out + y * (Shape.out.width * next_out);
    detail::conv2d_pairs_tile<Shape, Pack, plan.left, 0>(corner, weights, to, taps);
    if constexpr (plan.inner_count > 0) {
      for (int x = plan.left; x < plan.right_begin; x += plan.left) {
        detail::conv2d_pairs_tile<Shape, Pack, plan.left, -1>(corner + x * next_in, weights, to + x * next_out, taps);
      }
    }
    if constexpr (plan.right > 0) {
      detail::conv2d_pairs_tile<Shape, Pack, plan.right, plan.right_begin>(corner + plan.right_begin * next_in, weights,
                                                                           to + plan.right_begin * next_out, taps);
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/dense.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_DENSE_HPP
#define CLEAVE_KERNELS_DENSE_HPP

/// @file
/// Dense layers: a matrix by a vector, as fast as the weights arrive. Several blocks of outputs are computed at once,
/// so that their chains of multiply-adds hide each other's latency and several streams are read side by side. Matrices
/// that no second level cache holds are read in fewer streams and asked for ahead of time.

namespace cleave::kernels {

namespace detail {

/// True for weights that come from the third level cache or from memory.
constexpr bool is_far(const dense_shape& of) noexcept { return blocked(of).floats() * sizeof(float) >= 1024 * 1024; }

/// Vectors of outputs at once. Eight chains keep two multiply-add units of latency four busy. Weights from memory come
/// fastest in four streams, a block of outputs each (9216 to 4096 on AVX-512: 2.8 ms, in eight streams 3.2 ms). Cores
/// that issue one instruction at a time take a block, whose weights need one pointer.
template <dense_shape Shape, pack Pack>
inline constexpr int dense_vectors = single_issue<Pack> ? block_width / static_cast<int>(Pack::lanes)
                                     : is_far(Shape)    ? std::min(8, 4 * block_width / static_cast<int>(Pack::lanes))
                                                        : 8;

/// How many inputs ahead far weights are asked for: 2 KiB of each stream.
inline constexpr std::ptrdiff_t dense_ahead = 32;

template <dense_shape Shape, pack Pack, channel_chunk Chunk>
[[gnu::noinline]] void dense_body(const float* in, const float* weights, const float* residual, float* out,
                                  int first) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  using of = channel_vectors<layout, Pack>;
  constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  const int output = first * of::lanes;
  const float* const biases = weights + layout.biases() + output;
  Pack sum[vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    sum[Vector] = load_bias<layout, Chunk, Pack, Vector>(biases);
  });
  [[maybe_unused]] const chunk_weights<layout, Pack, Chunk> from(weights, first);
  // Products of some inputs; with `Far`, the weights `distance` floats ahead are asked for.
  [[maybe_unused]] const auto add = [&]<bool Far>(std::ptrdiff_t begin, std::ptrdiff_t end,
                                                  [[maybe_unused]] std::ptrdiff_t distance)
      __attribute__((always_inline)) {
    for (std::ptrdiff_t i = begin; i < end; ++i) {
      const Pack input = Pack::fill(in[i]);
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        if constexpr (Far && Vector * Pack::lanes % block_width == 0) {
          const std::ptrdiff_t at = i * of::stride(Chunk, static_cast<int>(Vector)) + distance;
          __builtin_prefetch(reinterpret_cast<const char*>(from.vector[Vector]) + at * 4);
        }
        sum[Vector] = fma(input, from.template load<Vector>(i), sum[Vector]);
      });
    }
  };
  if constexpr (single_issue<Pack>) {
    const float* panel = weights + of::offset(first);
    add_in_order<in_order_loop{
        .steps = Shape.inputs, .vectors = Chunk.vectors, .loaded = Chunk.loaded, .weights = Chunk.width, .repeats = 4}>(
        in, panel, sum);
  } else if constexpr (is_far(Shape) && Shape.inputs > dense_ahead) {
    // Towards the end of the streams, what is ahead is the beginning of the next chunk's.
    constexpr std::ptrdiff_t near = Shape.inputs - dense_ahead;
    constexpr std::ptrdiff_t streams = std::max(1, Chunk.vectors * of::lanes / block_width);
    add.template operator()<true>(0, near, dense_ahead * block_width);
    add.template operator()<true>(near, Shape.inputs, ((streams - 1) * Shape.inputs + dense_ahead) * block_width);
  } else {
    add.template operator()<false>(0, Shape.inputs, 0);
  }
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int stored = of::stored(Chunk, static_cast<int>(Vector));
    const std::ptrdiff_t at = output + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    finish<Shape.post, stored>(sum[Vector], residual, out, at);
  });
}

}  // namespace detail

/// Computes outputs of a dense layer, with weights in the layout `blocked(Shape)`.
/// Requires: `outputs.begin` is a multiple of 16, and so is `outputs.end` or it is the number of outputs. Where the
/// epilogue adds a residual, it has as many elements as the output; it may be `out`. Otherwise it is not read.
template <dense_shape Shape, pack Pack>
void dense(const float* in, const float* weights, const float* residual, float* out, range outputs) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int at_once = detail::dense_vectors<Shape, Pack>;
  if (outputs == range{0, Shape.outputs}) {
    for_each_chunk<layout, Pack, at_once>([&]<channel_chunk Chunk>(int first) {
      detail::dense_body<Shape, Pack, Chunk>(in, weights, residual, out, first);
    });
    return;
  }
  if constexpr (Shape.outputs > block_width) {
    // A part of the outputs: what fills no chunk goes block by block.
    using of = channel_vectors<layout, Pack>;
    constexpr int full = Shape.outputs / block_width * block_width;
    constexpr int a_block = std::min(at_once, block_width / lanes);
    int first = outputs.begin / lanes;
    const int end = std::min(outputs.end, full) / lanes;
    if constexpr (full >= at_once * lanes) {
      for (; first + at_once <= end; first += at_once) {
        detail::dense_body<Shape, Pack, of::repeated(at_once)>(in, weights, residual, out, first);
      }
    }
    for (; first < end; first += a_block) {
      detail::dense_body<Shape, Pack, of::repeated(a_block)>(in, weights, residual, out, first);
    }
    if constexpr (full < Shape.outputs) {
      if (outputs.end <= full) return;
      constexpr int done = full / lanes;
      constexpr int rest = of::count - done;
      static_for<static_cast<std::size_t>(ceil_div(rest, a_block))>([&]<std::size_t Index>() {
        constexpr int from = done + static_cast<int>(Index) * a_block;
        detail::dense_body<Shape, Pack, of::at(from, std::min(a_block, of::count - from))>(in, weights, residual, out,
                                                                                           from);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/depthwise.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_DEPTHWISE_HPP
#define CLEAVE_KERNELS_DEPTHWISE_HPP

/// @file
/// Depthwise convolution: every channel by itself, so a pack holds neighbouring channels of one pixel.
///
/// A tile of neighbouring pixels goes over its input columns from left to right and gives each to all outputs that need
/// it, so that an input is loaded once for a kernel row, and the products of an output still come in the order kernel
/// row, kernel column. Small windows keep all their weights in registers.

namespace cleave::kernels {

namespace detail {

template <conv2d_shape Shape, pack Pack>
struct depthwise_plan {
  static constexpr int taps = Shape.kernel.height * Shape.kernel.width;
  /// Without a fused multiply-add, the product needs a register of its own.
  static constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  /// Room for six pixels beside the window's weights.
  static constexpr bool weights_stay = taps + 1 + 6 <= registers;
  static constexpr int weights = weights_stay ? taps : Shape.kernel.width;
  /// Pixels of a tile: eight chains if registers allow, and not too much code for wide windows.
  static constexpr int pixels = std::max(
      1, std::min({registers - weights - 1, std::max(1, 96 / Shape.kernel.width), Pack::registers > 16 ? 8 : 6}));
  static constexpr row_plan row = plan_row(Shape, pixels);

  static constexpr std::ptrdiff_t in_column = Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = Shape.in.width * in_column;
  static constexpr std::ptrdiff_t out_pixel = Shape.out.channels;
  static constexpr std::ptrdiff_t out_row = Shape.out.width * out_pixel;
  /// Outputs of one input channel.
  static constexpr int multiplier = Shape.out.channels / Shape.in.channels;
  /// Output rows whose inputs stay in the first level cache while the channels are gone through.
  static constexpr int band =
      static_cast<int>(std::max(std::ptrdiff_t{1}, std::ptrdiff_t{24 * 1024 / 4} / (in_row * Shape.stride.height)));
};

/// `Count` neighbouring channels of one window position; `in` is the first channel's element.
struct depthwise_place {
  const float* in;        ///< the tensor, from the input channel of the first lane
  const float* weights;   ///< from the first lane's
  const float* residual;  ///< at the pixel
  float* out;             ///< at the pixel
  std::ptrdiff_t corner;  ///< of the window in `in`
  range taps;             ///< kernel rows that are not padding
  int channel;            ///< output channel of the first lane
};

/// The inputs of `Count` output channels from `channel` on; `at` is the input channel of the first.
template <conv2d_shape Shape, int Count, pack Pack>
[[gnu::always_inline]] inline Pack load_channels(const float* at, [[maybe_unused]] int channel) noexcept {
  constexpr int multiplier = Shape.out.channels / Shape.in.channels;
  if constexpr (multiplier == 1) {
    return Pack::template load_first<Count>(at);
  } else if constexpr (Pack::lanes == 1) {
    return Pack::load(at);
  } else {
    float lane[Pack::lanes] = {};
    for (int k = 0; k < Count; ++k) lane[k] = at[(channel % multiplier + k) / multiplier];
    return Pack::load(lane);
  }
}

/// A tile of pixels; at `X0` of the row, or anywhere that touches no padding if that is negative.
template <conv2d_shape Shape, pack Pack, int Count, int Pixels, int X0>
[[gnu::always_inline]] inline void depthwise_tile(const depthwise_place& place, const Pack* stay,
                                                  const float* bias) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  constexpr auto pixels = static_cast<std::size_t>(Pixels);
  constexpr auto kernel_width = static_cast<std::size_t>(Shape.kernel.width);
  constexpr auto columns =
      static_cast<std::size_t>((Pixels - 1) * Shape.stride.width + (Shape.kernel.width - 1) * Shape.dilation.width + 1);
  Pack sum[pixels];
  const Pack start = Pack::template load_first<Count>(bias);
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) { sum[Pixel] = start; });

  const auto kernel_row = [&](std::ptrdiff_t row, const Pack* weight) __attribute__((always_inline)) {
    const std::ptrdiff_t left = place.corner + row * Shape.dilation.height * plan::in_row;
    static_for<columns>([&]<std::size_t Column>() __attribute__((always_inline)) {
      constexpr int column = static_cast<int>(Column);
      constexpr int x = X0 * Shape.stride.width - Shape.pad.left + column;
      constexpr bool inside = X0 < 0 || (x >= 0 && x < Shape.in.width);
      // The pixel that has this column as its tap number `tap`, or -1.
      constexpr auto pixel_of = [](int tap) {
        const int distance = column - tap * Shape.dilation.width;
        return distance >= 0 && distance % Shape.stride.width == 0 && distance / Shape.stride.width < Pixels
                   ? distance / Shape.stride.width
                   : -1;
      };
      constexpr bool needed = [=] {
        for (int tap = 0; tap < Shape.kernel.width; ++tap) {
          if (pixel_of(tap) >= 0) return inside;
        }
        return false;
      }();
      if constexpr (needed) {
        const Pack input =
            load_channels<Shape, Count, Pack>(place.in + (left + column * plan::in_column), place.channel);
        static_for<kernel_width>([&]<std::size_t Tap>() __attribute__((always_inline)) {
          constexpr int pixel = pixel_of(static_cast<int>(Tap));
          if constexpr (pixel >= 0) {
            sum[static_cast<std::size_t>(pixel)] = fma(input, weight[Tap], sum[static_cast<std::size_t>(pixel)]);
          }
        });
      }
    });
  };
  if constexpr (plan::weights_stay) {
    static_for<static_cast<std::size_t>(Shape.kernel.height)>([&]<std::size_t Row>() __attribute__((always_inline)) {
      constexpr int row = static_cast<int>(Row);
      if (row >= place.taps.begin && row < place.taps.end) kernel_row(row, stay + Row * kernel_width);
    });
  } else {
    for (int row = place.taps.begin; row < place.taps.end; ++row) {
      Pack weight[kernel_width];
      static_for<kernel_width>([&]<std::size_t Tap>() __attribute__((always_inline)) {
        weight[Tap] = Pack::template load_first<Count>(
            place.weights + (row * Shape.kernel.width + static_cast<int>(Tap)) * plan::out_pixel);
      });
      kernel_row(row, weight);
    }
  }
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    constexpr std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(Pixel) * plan::out_pixel;
    finish<Shape.post, Count>(sum[Pixel], place.residual, place.out, offset);
  });
}

/// One pixel, its kernel columns bounded at run time.
template <conv2d_shape Shape, pack Pack, int Count>
[[gnu::noinline]] void depthwise_pixel(const depthwise_place& place, const float* bias, range columns) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  Pack sum = Pack::template load_first<Count>(bias);
  for (int row = place.taps.begin; row < place.taps.end; ++row) {
    for (int column = columns.begin; column < columns.end; ++column) {
      const std::ptrdiff_t at =
          place.corner + row * Shape.dilation.height * plan::in_row + column * Shape.dilation.width * plan::in_column;
      const float* const weight = place.weights + (row * Shape.kernel.width + column) * plan::out_pixel;
      sum = fma(load_channels<Shape, Count, Pack>(place.in + at, place.channel),
                Pack::template load_first<Count>(weight), sum);
    }
  }
  finish<Shape.post, Count>(sum, place.residual, place.out);
}

/// Rows of output, of `Count` channels from `place.channel` on. `place` is at the tensor's first pixel.
template <conv2d_shape Shape, pack Pack, int Count>
[[gnu::noinline]] void depthwise_rows(depthwise_place place, const float* bias, range rows) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  constexpr row_plan row = plan::row;
  constexpr auto kept = static_cast<std::size_t>(plan::weights_stay ? plan::taps : 1);
  Pack stay[kept];
  if constexpr (plan::weights_stay) {
    static_for<kept>([&]<std::size_t Tap>() __attribute__((always_inline)) {
      stay[Tap] = Pack::template load_first<Count>(place.weights + static_cast<std::ptrdiff_t>(Tap) * plan::out_pixel);
    });
  }
  const auto advance = [&](int pixels) __attribute__((always_inline)) {
    place.corner += pixels * Shape.stride.width * plan::in_column;
    place.out += pixels * plan::out_pixel;
    if constexpr (Shape.post.residual) place.residual += pixels * plan::out_pixel;
  };
  const auto singles = [&](range pixels) __attribute__((always_inline)) {
    for (int x = pixels.begin; x < pixels.end; ++x, advance(1)) {
      depthwise_pixel<Shape, Pack, Count>(place, bias,
                                          taps_inside(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width,
                                                      Shape.dilation.width, Shape.in.width));
    }
  };
  float* const first_out = place.out;
  const float* const first_residual = place.residual;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
    place.corner = top * plan::in_row - Shape.pad.left * plan::in_column;
    place.out = first_out + y * plan::out_row;
    if constexpr (Shape.post.residual) place.residual = first_residual + y * plan::out_row;
    if constexpr (row.single_left > 0) singles({0, row.single_left});
    if constexpr (row.left > 0) {
      depthwise_tile<Shape, Pack, Count, row.left, 0>(place, stay, bias);
      advance(row.left);
    }
    if constexpr (row.inner_count > 0) {
      for (int count = 0; count < row.inner_count; ++count, advance(row.inner)) {
        depthwise_tile<Shape, Pack, Count, row.inner, -1>(place, stay, bias);
      }
    }
    if constexpr (row.right > 0) {
      depthwise_tile<Shape, Pack, Count, row.right, Shape.out.width - row.single_right - row.right>(place, stay, bias);
      advance(row.right);
    }
    if constexpr (row.single_right > 0) singles({Shape.out.width - row.single_right, Shape.out.width});
  }
}

}  // namespace detail

/// Computes rows of a depthwise convolution, with weights in the layout `depthwise_weights(Shape)`.
/// Requires: where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, pack Pack>
void depthwise(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(is_depthwise(Shape), "conv2d computes these, their weights are laid out differently");
  using plan = detail::depthwise_plan<Shape, Pack>;
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int tail = Shape.out.channels % lanes;
  constexpr auto biases = static_cast<std::ptrdiff_t>(depthwise_weights(Shape).biases());
  for (range band{rows.begin, rows.begin}; band.begin < rows.end; band.begin = band.end) {
    band.end = std::min(band.begin + plan::band, rows.end);
    const auto at = [&](int channel) __attribute__((always_inline)) {
      detail::depthwise_place place{};
      place.in = in + channel / plan::multiplier;
      place.weights = weights + channel;
      place.residual = Shape.post.residual ? residual + channel : nullptr;
      place.out = out + channel;
      place.channel = channel;
      return place;
    };
    int channel = 0;
    for (; channel + lanes <= Shape.out.channels; channel += lanes) {
      detail::depthwise_rows<Shape, Pack, lanes>(at(channel), weights + biases + channel, band);
    }
    if constexpr (tail > 0) detail::depthwise_rows<Shape, Pack, tail>(at(channel), weights + biases + channel, band);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/global_pool.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_GLOBAL_POOL_HPP
#define CLEAVE_KERNELS_GLOBAL_POOL_HPP

/// @file
/// Mean and maximum of all pixels, channel by channel. The output is one row: `rows` is {0, 1} or empty.

namespace cleave::kernels {

/// What the global pooling kernels are keyed by.
struct global_pool_shape {
  shape in;

  constexpr bool operator==(const global_pool_shape&) const = default;
};

namespace detail {

template <global_pool_shape Shape, pack Pack, class Fold, class Finish>
[[gnu::always_inline]] inline void global_pool(const float* in, float* out, range rows, float initial, Fold fold,
                                               Finish finish) noexcept {
  if (rows.size() == 0) return;
  constexpr auto channels = static_cast<std::size_t>(Shape.in.channels);
  for_each_strip<Shape.in.channels, 8, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
    auto sum = strip<Pack, Count>::fill(initial);
    const float* end = in + Shape.in.size();
    for (const float* pixel = in; pixel != end; pixel += channels) {
      sum.update(fold, strip<Pack, Count>::load(pixel + channel));
    }
    sum.update(finish);
    sum.store(out + channel);
  });
}

}  // namespace detail

/// The largest element of each channel; unspecified where one is a NaN.
template <global_pool_shape Shape, pack Pack>
void global_max_pool(const float* in, float* out, range rows) noexcept {
  detail::global_pool<Shape, Pack>(
      in, out, rows, -std::numeric_limits<float>::infinity(),
      [](Pack sum, Pack x) __attribute__((always_inline)) { return max(sum, x); },
      [](Pack sum) __attribute__((always_inline)) { return sum + Pack::fill(0.0F); });
}

/// The mean of each channel: its elements are added from +0, pixel after pixel, and divided by their count.
template <global_pool_shape Shape, pack Pack>
void global_average_pool(const float* in, float* out, range rows) noexcept {
  constexpr auto count = static_cast<float>(Shape.in.height * Shape.in.width);
  detail::global_pool<Shape, Pack>(
      in, out, rows, 0.0F, [](Pack sum, Pack x) __attribute__((always_inline)) { return sum + x; },
      [](Pack sum) __attribute__((always_inline)) { return divide(sum, Pack::fill(count)); });
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/locally_connected.hpp ---------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_LOCALLY_CONNECTED_HPP
#define CLEAVE_KERNELS_LOCALLY_CONNECTED_HPP

/// @file
/// Convolution with untied weights: every output pixel has filters and biases of its own. Each weight is used once, so
/// this is as fast as the weights arrive, pixel by pixel in the order in which they lie.

namespace cleave::kernels {

/// Computes rows of a convolution with untied weights, in the layout `untied_weights(Shape)`.
/// Requires: one group. Where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is
/// not read.
template <conv2d_shape Shape, pack Pack>
void locally_connected(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(Shape.groups == 1, "untied filters see all input channels");
  using at = detail::conv2d_steps<Shape>;
  constexpr locally_connected_layout layout = untied_weights(Shape);
  constexpr auto filters = static_cast<std::ptrdiff_t>(layout.filter.group_floats());
  constexpr int eight_chains = 8;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    for (int x = 0; x < Shape.out.width; ++x) {
      const int left = x * Shape.stride.width - Shape.pad.left;
      const std::ptrdiff_t pixel = y * static_cast<std::ptrdiff_t>(Shape.out.width) + x;
      detail::conv2d_place place{};
      place.in = in;
      place.weights = weights + pixel * filters;
      place.corner = top * at::in_row + left * static_cast<std::ptrdiff_t>(Shape.in.channels);
      place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
      const range columns = taps_inside(left, Shape.kernel.width, Shape.dilation.width, Shape.in.width);
      for_each_chunk<layout.filter, Pack, eight_chains>([&]<channel_chunk Chunk>(int first) {
        const int channel = first * static_cast<int>(Pack::lanes);
        place.biases =
            weights + static_cast<std::ptrdiff_t>(layout.biases()) + pixel * layout.filter.padded_outputs() + channel;
        place.residual = Shape.post.residual ? residual + pixel * at::out_pixel + channel : nullptr;
        place.out = out + pixel * at::out_pixel + channel;
        place.first_vector = first;
        detail::conv2d_pixel_body<Shape, Pack, Chunk>(place, columns);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/normalization.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_NORMALIZATION_HPP
#define CLEAVE_KERNELS_NORMALIZATION_HPP

/// @file
/// Batch normalisation, in inference one factor and one term a channel, and normalisation across channels.

namespace cleave::kernels {

/// What `batch_normalization` is keyed by.
struct batch_normalization_shape {
  shape out;
  activation post{};

  constexpr bool operator==(const batch_normalization_shape&) const = default;
};

/// post(x scale + shift); `weights` is scale[channels], then shift[channels]; `in` may be `out`.
template <batch_normalization_shape Shape, pack Pack>
void batch_normalization(const float* in, const float* weights, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  map_channels<Shape.out.channels, Pack>(
      out + run.first, run.count, [](Pack x, Pack scale, Pack shift) __attribute__((always_inline)) {
        return apply_any<Shape.post>(fma(x, scale, shift));
      },
      in + run.first, weights, weights + Shape.out.channels);
}

/// What `local_response_normalization` is keyed by.
struct local_response_normalization_shape {
  shape out;
  int size;  ///< channels in the window around each
  float alpha;
  float beta;
  float bias;

  constexpr bool operator==(const local_response_normalization_shape&) const = default;
};

namespace detail {

/// A float as a template argument; clang 14 takes none by itself.
struct float_constant {
  float value;
};

/// x / base^beta, for a base that is normal and positive.
template <float_constant Beta, pack Pack>
[[gnu::always_inline]] inline Pack over_power(Pack x, Pack base) noexcept {
  // The exponent of the classic networks needs no logarithm.
  if constexpr (Beta.value == 0.75F) {
    const Pack root = sqrt(base);
    return divide(x, root * sqrt(root));
  } else if constexpr (Beta.value == 0.5F) {
    return divide(x, sqrt(base));
  } else if constexpr (Beta.value == 1.0F) {
    return divide(x, base);
  } else {
    return x * kernels::exp(kernels::log(base) * Pack::fill(-Beta.value));
  }
}

}  // namespace detail

/// x / (bias + alpha / size * s)^beta, where s is the sum of the squares of the channels from (size - 1) / 2 before to
/// size / 2 after, added from +0 in order. `in` and `out` must not overlap.
/// Requires: what is raised to the power is normal and positive, as with bias > 0 it is, short of overflow.
template <local_response_normalization_shape Shape, pack Pack>
void local_response_normalization(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr int before = (Shape.size - 1) / 2;
  constexpr int after = Shape.size / 2;
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr detail::float_constant beta{Shape.beta};
  const Pack factor = Pack::fill(Shape.alpha / static_cast<float>(Shape.size));
  const Pack bias = Pack::fill(Shape.bias);

  // `first` points at the first lane's first tap.
  const auto normalized = [&](const float* first, range taps = {0, Shape.size}) __attribute__((always_inline)) {
    Pack sum = Pack::fill(0.0F);
    for (int k = taps.begin; k < taps.end; ++k) {
      const Pack x = Pack::load(first + k);
      sum = fma(x, x, sum);
    }
    return detail::over_power<beta>(Pack::load(first + before), fma(factor, sum, bias));
  };
  // Taps at channels that do not exist are read as 0, which changes no bit of a sum of squares.
  const auto at_edge = [&]<int Channel>(const float* pixel, float* to) __attribute__((always_inline)) {
    constexpr int first = Channel - before;
    constexpr int begin = std::max(0, first);
    constexpr int end = std::min(channels, Channel + lanes + after);
    float part[lanes + Shape.size - 1] = {};
    for (int i = begin; i < end; ++i) part[i - first] = pixel[i];
    normalized(part).template store_first<std::min(lanes, channels - Channel)>(to + Channel);
  };

  const flat_run run = elements_of(Shape.out, rows);
  const float* const end = in + run.first + run.count;
  float* to = out + run.first;
  for (const float* pixel = in + run.first; pixel != end; pixel += channels, to += channels) {
    if constexpr (lanes == 1) {
      for (int c = 0; c < channels; ++c) {
        const range taps{std::max(0, before - c), std::min(Shape.size, channels + before - c)};
        normalized(pixel + c - before, taps).store(to + c);
      }
    } else {
      // Packs [left, right) have all their taps.
      constexpr int packs = ceil_div(channels, lanes);
      constexpr int left = std::min(packs, ceil_div(before, lanes));
      constexpr int right = std::max(left, channels < lanes + after ? 0 : (channels - after) / lanes);
      static_for<static_cast<std::size_t>(left)>([&]<std::size_t Index>() __attribute__((always_inline)) {
        at_edge.template operator()<static_cast<int>(Index) * lanes>(pixel, to);
      });
      for (int c = left * lanes; c < right * lanes; c += lanes) normalized(pixel + c - before).store(to + c);
      static_for<static_cast<std::size_t>(packs - right)>([&]<std::size_t Index>() __attribute__((always_inline)) {
        at_edge.template operator()<(right + static_cast<int>(Index)) * lanes>(pixel, to);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/recurrent.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_RECURRENT_HPP
#define CLEAVE_KERNELS_RECURRENT_HPP

/// @file
/// LSTM, GRU and plain recurrence. All gates of a few units are added up side by side in registers, so that nothing but
/// the state itself is kept: of an LSTM the cells, of a GRU that resets before the product the units that are reset, as
/// many floats as there are units, on the stack.
///
/// A sum begins with the bias; then come the inputs, then the units of the moment before, in order.

namespace cleave::kernels {

namespace detail {

/// A moment: what it reads and writes. Before the first one there may be no units.
struct recurrent_moment {
  const float* in;
  const float* before;  ///< units of the moment before, or null
  float* kept;          ///< cells, or units that are reset
  float* out;
};

/// `Units` neighbouring units of a block that is `Width` wide, as vectors.
template <recurrent_shape Shape, pack Pack, int Width, int Units>
class recurrent_chunk {
  static constexpr recurrent_layout layout = recurrent_weights(Shape);
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr auto vectors = static_cast<std::size_t>(ceil_div(Units, lanes));
  static constexpr auto sums = static_cast<std::size_t>(layout.biases);

  template <std::size_t Vector>
  static constexpr int place = static_cast<int>(Vector) * lanes;
  /// Lanes that have weights, and lanes that are units.
  template <std::size_t Vector>
  static constexpr int loaded = std::min(lanes, ceil_div(Units, 4) * 4 - place<Vector>);
  template <std::size_t Vector>
  static constexpr int stored = std::min(lanes, Units - place<Vector>);

  const float* weights_;  ///< of the chunk's first unit
  const float* biases_;   ///< of the chunk's first unit
  int unit_;
  Pack sum_[sums][vectors];

 public:
  /// The chunk begins at unit `from` of the block that begins at unit `block`.
  [[gnu::always_inline]] recurrent_chunk(const float* weights, int block, int from) noexcept
      : weights_(weights + static_cast<std::ptrdiff_t>(block) * layout.steps() * layout.gates + from),
        biases_(weights + layout.first_bias() + static_cast<std::ptrdiff_t>(block) * layout.biases + from),
        unit_(block + from) {}

  /// The sums begin as biases.
  [[gnu::always_inline]] void begin() noexcept {
    static_for<sums>([&]<std::size_t Sum>() __attribute__((always_inline)) {
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        sum_[Sum][Vector] =
            Pack::template load_first<loaded<Vector>>(biases_ + static_cast<int>(Sum) * Width + place<Vector>);
      });
    });
  }
  /// Adds products for the gates in the bits of `Gates`; with `Apart` those of the last gate to the sum behind it.
  template <unsigned Gates, bool Apart = false>
  [[gnu::always_inline]] void add(const float* from, int first_step, int count) noexcept {
    const float* step = weights_ + static_cast<std::ptrdiff_t>(first_step) * layout.gates * Width;
    for (int i = 0; i < count; ++i, step += layout.gates * Width) {
      const Pack x = Pack::fill(from[i]);
      static_for<static_cast<std::size_t>(layout.gates)>([&]<std::size_t Gate>() __attribute__((always_inline)) {
        if constexpr ((Gates >> Gate & 1U) != 0) {
          constexpr std::size_t into = Apart && Gate + 1 == static_cast<std::size_t>(layout.gates) ? Gate + 1 : Gate;
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            const Pack weight =
                Pack::template load_first<loaded<Vector>>(step + static_cast<int>(Gate) * Width + place<Vector>);
            sum_[into][Vector] = fma(x, weight, sum_[into][Vector]);
          });
        }
      });
    }
  }
  template <unsigned Gates, bool Apart = false>
  [[gnu::always_inline]] void add_before(const float* before) noexcept {
    if (before != nullptr) add<Gates, Apart>(before, layout.inputs, layout.units);
  }

  /// Calls `body.template operator()<Vector, Stored>(unit)` for each vector.
  template <class Body>
  [[gnu::always_inline]] void finish(Body body) noexcept {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      body.template operator()<Vector, stored<Vector>>(unit_ + place<Vector>);
    });
  }
  template <std::size_t Vector>
  [[gnu::always_inline]] Pack sum(std::size_t gate) const noexcept {
    return sum_[gate][Vector];
  }
};

/// The units before, 0 where there are none.
template <pack Pack, int Count>
[[gnu::always_inline]] inline Pack load_before(const float* before, std::ptrdiff_t unit) noexcept {
  return before == nullptr ? Pack::fill(0.0F) : Pack::template load_first<Count>(before + unit);
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void lstm_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<0xFU>(now.in, 0, inputs);
  chunk.template add_before<0xFU>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    // Gates: input, output, forget, cell.
    const Pack let_in = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack let_out = kernels::sigmoid(chunk.template sum<Vector>(1));
    const Pack keep = kernels::sigmoid(chunk.template sum<Vector>(2));
    const Pack fresh = kernels::tanh(chunk.template sum<Vector>(3));
    const Pack zero = Pack::fill(0.0F);
    const Pack cell = fma(keep, Pack::template load_first<Count>(now.kept + unit), fma(let_in, fresh, zero));
    cell.template store_first<Count>(now.kept + unit);
    fma(let_out, kernels::tanh(cell), zero).template store_first<Count>(now.out + unit);
  });
}

/// z before + (1 - z) n.
template <pack Pack>
[[gnu::always_inline]] inline Pack blend(Pack z, Pack n, Pack before) noexcept {
  return fma(z, before - n, n);
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_linear_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<7U>(now.in, 0, inputs);
  chunk.template add_before<7U, true>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    // Gates: update, reset, hidden.
    const Pack z = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack r = kernels::sigmoid(chunk.template sum<Vector>(1));
    const Pack n = kernels::tanh(fma(r, chunk.template sum<Vector>(3), chunk.template sum<Vector>(2)));
    blend(z, n, load_before<Pack, Count>(now.before, unit)).template store_first<Count>(now.out + unit);
  });
}

/// First all units are reset, for the sums that read them.
template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_reset_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<2U>(now.in, 0, inputs);
  chunk.template add_before<2U>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    const Pack r = kernels::sigmoid(chunk.template sum<Vector>(1));
    fma(r, load_before<Pack, Count>(now.before, unit), Pack::fill(0.0F)).template store_first<Count>(now.kept + unit);
  });
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<5U>(now.in, 0, inputs);
  if (now.before != nullptr) {
    chunk.template add_before<1U>(now.before);
    chunk.template add_before<4U>(now.kept);
  }
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    const Pack z = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack n = kernels::tanh(chunk.template sum<Vector>(2));
    blend(z, n, load_before<Pack, Count>(now.before, unit)).template store_first<Count>(now.out + unit);
  });
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void rnn_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<1U>(now.in, 0, inputs);
  chunk.template add_before<1U>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    kernels::tanh(chunk.template sum<Vector>(0)).template store_first<Count>(now.out + unit);
  });
}

/// Makes a chunk's units; with `Resets`, what a GRU's second pass reads.
template <recurrent_shape Shape, pack Pack, int Width, int Units, bool Resets>
[[gnu::noinline]] void recurrent_body(const float* weights, int block, int from, const recurrent_moment& now) noexcept {
  constexpr int inputs = Shape.in.channels;
  const recurrent_chunk<Shape, Pack, Width, Units> chunk(weights, block, from);
  if constexpr (Shape.kind == recurrent_kind::lstm) {
    lstm_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Shape.kind == recurrent_kind::gru_linear) {
    gru_linear_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Shape.kind == recurrent_kind::rnn) {
    rnn_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Resets) {
    gru_reset_chunk<Pack>(chunk, now, inputs);
  } else {
    gru_chunk<Pack>(chunk, now, inputs);
  }
}

/// The units of a block.
template <recurrent_shape Shape, pack Pack, int UnitsInBlock, bool Resets>
[[gnu::always_inline]] inline void recurrent_block(const float* weights, int block,
                                                   const recurrent_moment& now) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int width = ceil_div(UnitsInBlock, 4) * 4;
  // Eight chains hide the latency of the multiply-adds, and leave registers for weights.
  constexpr int most = std::max(1, 8 / recurrent_weights(Shape).biases) * lanes;
  constexpr int at_once = std::min(most, block_width);
  constexpr int even = UnitsInBlock / at_once * at_once;
  if constexpr (even > 0) {
    for (int from = 0; from < even; from += at_once) {
      recurrent_body<Shape, Pack, width, at_once, Resets>(weights, block, from, now);
    }
  }
  if constexpr (even < UnitsInBlock) {
    recurrent_body<Shape, Pack, width, UnitsInBlock - even, Resets>(weights, block, even, now);
  }
}

/// One pass over all units.
template <recurrent_shape Shape, pack Pack, bool Resets>
[[gnu::always_inline]] inline void recurrent_pass(const float* weights, const recurrent_moment& now) noexcept {
  constexpr int even = Shape.units / block_width * block_width;
  if constexpr (even > 0) {
    for (int block = 0; block < even; block += block_width) {
      recurrent_block<Shape, Pack, block_width, Resets>(weights, block, now);
    }
  }
  if constexpr (even < Shape.units) {
    recurrent_block<Shape, Pack, Shape.units - even, Resets>(weights, even, now);
  }
}

}  // namespace detail

/// The units at every moment of the sequences in `rows`, with weights in the layout `recurrent_weights(Shape)`. The
/// tensors must not overlap. Takes as many floats of stack as there are units.
template <recurrent_shape Shape, pack Pack>
void recurrent(const float* in, const float* weights, float* out, range rows) noexcept {
  constexpr recurrent_layout layout = recurrent_weights(Shape);
  constexpr bool keeps_cells = Shape.kind == recurrent_kind::lstm;
  constexpr bool keeps = keeps_cells || Shape.kind == recurrent_kind::gru;
  constexpr auto units = static_cast<std::size_t>(Shape.units);
  float kept[keeps ? units : 1];
  for (int y = rows.begin; y < rows.end; ++y) {
    detail::recurrent_moment now{in + static_cast<std::size_t>(y) * row_size(Shape.in), nullptr, kept,
                                 out + static_cast<std::size_t>(y) * row_size(Shape.out())};
    if constexpr (Shape.initial_state) now.before = weights + layout.state(0, 0);
    if constexpr (keeps_cells && Shape.initial_state) std::copy_n(weights + layout.state(0, 1), units, kept);
    else if constexpr (keeps_cells) std::fill_n(kept, units, 0.0F);
    for (int x = 0; x < Shape.in.width; ++x) {
      if constexpr (Shape.kind == recurrent_kind::gru) detail::recurrent_pass<Shape, Pack, true>(weights, now);
      detail::recurrent_pass<Shape, Pack, false>(weights, now);
      now.before = now.out;
      now.in += Shape.in.channels;
      now.out += units;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/softmax.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_SOFTMAX_HPP
#define CLEAVE_KERNELS_SOFTMAX_HPP

/// @file
/// softmax and log softmax over the channels of each pixel. The largest element is subtracted first, so that nothing
/// overflows.
///
/// The order of the sum, the same for every pack: element c is added to partial sum c mod 16, in order of c, each
/// beginning at +0; then partial sums 8 apart are added, 4 apart, 2 apart, and the last two.

namespace cleave::kernels {

/// What `softmax` and `log_softmax` are keyed by.
struct softmax_shape {
  shape out;

  constexpr bool operator==(const softmax_shape&) const = default;
};

/// softmax gives 0 where x - max is less than this: the quotient could be a subnormal number.
constexpr float softmax_floor(int channels) noexcept {
  const auto doublings = static_cast<int>(std::bit_width(static_cast<unsigned>(channels - 1)));
  return static_cast<float>(doublings) * 0.75F - 87.0F;  // more than ln 2 each; all exact
}

namespace detail {

inline constexpr std::size_t partial_sums = 16;

/// The partial sums' sum.
template <std::size_t Apart = partial_sums / 2>
[[gnu::always_inline]] inline float combine(float* partial) noexcept {
  static_for<Apart>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { partial[Index] = partial[Index] + partial[Index + Apart]; });
  if constexpr (Apart > 1) return combine<Apart / 2>(partial);
  return partial[0];
}

/// The sum of term(elements of a pixel) in the order above. Each term also goes to
/// `keep.template operator()<Count>(channel, term)`, with `Count` lanes that count.
/// Requires: the term of -inf is +0, and that of +0 does not depend on its sign.
template <int Channels, pack Pack, class Term, class Keep>
[[gnu::always_inline]] inline float ordered_sum(const float* pixel, Term term, Keep keep) noexcept {
  static_assert(partial_sums % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  float partial[partial_sums] = {};
  const auto add = [&]<int Count>(std::size_t c) __attribute__((always_inline)) {
    const Pack value = term(load_lowest<Count, Pack>(pixel + c));
    keep.template operator()<Count>(c, value);
    float* const slot = partial + c % partial_sums;
    (Pack::load(slot) + value).store(slot);
  };
  std::size_t c = 0;
  for (; c + Pack::lanes <= channels; c += Pack::lanes) add.template operator()<static_cast<int>(Pack::lanes)>(c);
  if constexpr (tail > 0) add.template operator()<static_cast<int>(tail)>(c);
  return combine(partial);
}

}  // namespace detail

/// exp(x - max) / sum of exp(x - max) over the channels of each pixel; `in` may be `out`.
template <softmax_shape Shape, pack Pack>
void softmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const Pack greatest = Pack::fill(largest<channels, Pack>(in + i));
    const auto power = [&](Pack x) __attribute__((always_inline)) {
      const Pack y = x - greatest;
      // What lies below the floor is thrown so far down that exp makes 0 of it.
      const Pack below = min(Pack::fill(0.0F), y - Pack::fill(softmax_floor(channels)));
      return kernels::exp(fma(below, Pack::fill(0x1p30F), y));
    };
    const float sum = detail::ordered_sum<channels, Pack>(
        in + i, power, [&]<int Count>(std::size_t c, Pack value) __attribute__((always_inline)) {
          value.template store_first<Count>(out + i + c);
        });
    const Pack divisor = Pack::fill(sum);
    map_channels<channels, Pack>(
        out + i, pixel_size, [&](Pack x) __attribute__((always_inline)) { return divide(x, divisor); }, out + i);
  }
}

/// (x - max) - log(sum of exp(x - max)) over the channels of each pixel; `in` may be `out`.
template <softmax_shape Shape, pack Pack>
void log_softmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const Pack greatest = Pack::fill(largest<channels, Pack>(in + i));
    const float sum = detail::ordered_sum<channels, Pack>(
        in + i, [&](Pack x) __attribute__((always_inline)) { return kernels::exp(x - greatest); },
        []<int Count>(std::size_t, Pack) __attribute__((always_inline)){});
    const Pack logarithm = kernels::log(Pack::fill(sum));
    map_channels<channels, Pack>(
        out + i, pixel_size, [&](Pack x) __attribute__((always_inline)) { return (x - greatest) - logarithm; }, in + i);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/upsample.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_UPSAMPLE_HPP
#define CLEAVE_KERNELS_UPSAMPLE_HPP

/// @file
/// Enlarging by whole factors, every pixel repeated.

namespace cleave::kernels {

/// What `upsample` is keyed by. The output has the height and width of `in` times `factor`.
struct upsample_shape {
  shape in;
  extent factor;

  constexpr bool operator==(const upsample_shape&) const = default;
};

/// out[y][x] = in[y / factor.height][x / factor.width]. The tensors must not overlap.
template <upsample_shape Shape, pack Pack>
void upsample(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t out_line = line * static_cast<std::size_t>(Shape.factor.width);
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y, to += out_line) {
    if (y > rows.begin && y % Shape.factor.height != 0) {
      std::copy_n(to - out_line, out_line, to);
      continue;
    }
    const float* from = in + static_cast<std::size_t>(y / Shape.factor.height) * line;
    float* pixel = to;
    for (int x = 0; x < Shape.in.width; ++x, from += Shape.in.channels) {
      for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        const auto value = strip<Pack, Count>::load(from + channel);
        for (int k = 0; k < Shape.factor.width; ++k) value.store(pixel + k * Shape.in.channels + channel);
      });
      pixel += Shape.factor.width * Shape.in.channels;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/winograd_products.hpp ---------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_PRODUCTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_PRODUCTS_HPP

/// @file
/// The matrix products in the middle of Winograd's form: at each point, the inputs of some tiles by the weights of some
/// output channels. The code depends on no shape, so all layers of a program share it. Outputs are chains of
/// multiply-adds in the order of the inputs.

namespace cleave::kernels::detail {

/// What all points' products have in common.
struct winograd_product {
  std::ptrdiff_t chunk;  ///< floats of `in`, [chunk of 16 inputs][tile][16], from a chunk to the next
  int inputs;
  std::ptrdiff_t ahead_more = 0;  ///< floats from one block's weights that are needed next to another's
  bool more = false;              ///< adds to what the output has, the sums of inputs before these
};

/// Register tiles: neighbouring tiles by vectors of output channels.
template <pack Pack>
struct winograd_register_tile {
  static constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  /// The vectors share each input, which so costs fewer loads than multiply-adds.
  static constexpr int vectors(int blocks) noexcept {
    const int most = registers >= 24 ? 4 : 2;
    return Pack::lanes == block_width ? std::min(most, blocks)
                                      : std::min(most, block_width / static_cast<int>(Pack::lanes));
  }
  static constexpr int most(int blocks) noexcept {
    const int wide = vectors(blocks);
    return std::min(16, (registers - wide - 1) / wide);
  }
  /// Into how many of them some tiles by blocks are divided.
  static constexpr int parts(int tiles, int blocks) noexcept {
    const int channels = vectors(blocks) * static_cast<int>(Pack::lanes);
    return ceil_div(tiles, most(blocks)) * (blocks * block_width / channels);
  }
};

/// `Vectors` vectors of `Width` channels for some tiles at one point: `in` is as above, `weights` are [input][Width],
/// `out` is [tile][Width]; `ahead` are weights that are needed next, a line for each input, and `ahead_more` floats
/// further another. These are no structure: to copy one may have to wait until all stores before it are in the cache.
template <pack Pack, int Width, int Tiles, int Vectors>
[[gnu::noinline]] void winograd_multiply_tile(const winograd_product& of, const float* in, const float* weights,
                                              float* out, const float* ahead, std::ptrdiff_t ahead_more) noexcept {
  constexpr auto tiles = static_cast<std::size_t>(Tiles);
  constexpr auto vectors = static_cast<std::size_t>(Vectors);
  Pack sum[tiles * vectors];
  const auto place = [&]<std::size_t Index>() __attribute__((always_inline)) {
    return out + static_cast<std::ptrdiff_t>(Index / vectors * Width + Index % vectors * Pack::lanes);
  };
  if (of.more) {
    static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
      sum[Index] = Pack::load(place.template operator()<Index>());
    });
  } else {
    static_for<tiles * vectors>([&]<std::size_t Index>()
                                    __attribute__((always_inline)) { sum[Index] = Pack::fill(0); });
  }
  for (int left = of.inputs; left > 0; left -= block_width, in += of.chunk) {
    const float* x = in;
    const float* const end = in + std::min(left, block_width);
    for (; x != end; ++x, weights += Width, ahead += block_width) {
      __builtin_prefetch(ahead, 0, 2);
      __builtin_prefetch(ahead + ahead_more, 0, 2);
      Pack weight[vectors];
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        weight[Vector] = Pack::load(weights + static_cast<std::ptrdiff_t>(Vector * Pack::lanes));
      });
      static_for<tiles>([&]<std::size_t Tile>() __attribute__((always_inline)) {
        const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(Tile) * block_width]);
        static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
          Pack& to = sum[Tile * vectors + Vector];
          to = fma(input, weight[Vector], to);
        });
      });
    }
  }
  static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
    sum[Index].store(place.template operator()<Index>());
  });
}

/// The bodies for 1, 2, ... tiles.
template <pack Pack, int Width, int Vectors, int Most>
inline constexpr auto winograd_tile_bodies = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array<decltype(&winograd_multiply_tile<Pack, Width, 1, Vectors>), sizeof...(I)>{
      winograd_multiply_tile<Pack, Width, static_cast<int>(I) + 1, Vectors>...};
}(std::make_index_sequence<static_cast<std::size_t>(Most)>{});

/// Computes `tiles` tiles of `Blocks` blocks of output channels at one point; calls `between` after each part of them.
template <pack Pack, int Blocks, class Between>
void winograd_multiply(const winograd_product& of, const float* in, const float* weights, float* out,
                       const float* ahead, int tiles, const Between& between) noexcept {
  using tile = winograd_register_tile<Pack>;
  constexpr int width = Blocks * block_width;
  constexpr int vectors = tile::vectors(Blocks);
  constexpr int channels = vectors * static_cast<int>(Pack::lanes);
  constexpr const auto& bodies = winograd_tile_bodies<Pack, width, vectors, tile::most(Blocks)>;
  const int parts = ceil_div(tiles, tile::most(Blocks));
  const int at_least = tiles / parts;
  const int larger = tiles % parts;  // this many parts have one tile more
  // Weights are asked for ahead of time by the first parts, a block each, or by a single part.
  const std::ptrdiff_t share = of.ahead_more;
  const std::ptrdiff_t more = parts * (width / channels) == 1 && Blocks > 1 ? share : 0;
  int called = 0;
  for (int channel = 0; channel < width; channel += channels) {
    const float* from = in;
    float* to = out + channel;
    for (int i = 0; i < parts; ++i, ++called) {
      const int count = at_least + (i < larger ? 1 : 0);
      const float* const next = called < Blocks ? ahead + called * share : weights;
      bodies[static_cast<std::size_t>(count - 1)](of, from, weights + channel, to, next, more);
      between();
      from += count * block_width;
      to += count * width;
    }
  }
}

}  // namespace cleave::kernels::detail
#endif
// ---- cleave/kernels/winograd_operand.hpp ----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_OPERAND_HPP
#define CLEAVE_KERNELS_WINOGRAD_OPERAND_HPP

/// @file
/// The weights of a convolution in Winograd's form, as what tiles are multiplied with: transformed beforehand, or as
/// they are stored and transformed in each call. The transform in the call costs some 64 vector instructions for what
/// would be 36 vectors to read; where transformed weights fill no cache, reading a quarter of them is faster.

namespace cleave::kernels::detail {

/// Weights that `winograd_prepare` made.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
class winograd_prepared_operand {
 public:
  winograd_prepared_operand(const float* weights, float*) noexcept : weights_(weights) {}

  /// The products at all points of some tiles for `Blocks` blocks of outputs, from `first_block` of all groups' on.
  /// `from` are the tiles' inputs from the group's first chunk.
  template <int Blocks>
  void multiply(const float* from, int first_block, float* to, int tiles, bool) const noexcept {
    constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
    constexpr std::ptrdiff_t line_of_all = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
    constexpr std::ptrdiff_t panel = Blocks * line_of_all;
    constexpr int last = Shape.groups * ceil_div(Shape.group_outputs(), block_width) - Blocks;
    const winograd_product of{memory.chunk, Shape.group_inputs(), line_of_all};
    const float* weights = weights_ + first_block * Tiling.points() * line_of_all;
    for (int point = 0; point < Tiling.points(); ++point) {
      // Behind the last weights the next round begins.
      const float* const ahead = point + 1 == Tiling.points() && first_block == last ? weights_ : weights + panel;
      winograd_multiply<Pack, Blocks>(of, from, weights, to, ahead, tiles, [] {});
      from += memory.input_point;
      weights += panel;
      to += memory.output_point;
    }
  }

 private:
  const float* weights_;
};

/// Weights of some input channels and `Blocks` blocks of outputs to their points, [point][input][channel]. A unit is an
/// input by a block of outputs, blocks first; `weights` are at the first unit's first tap.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Blocks>
[[gnu::noinline]] void winograd_transform_weights(const float* weights, int inputs, range units, float* to) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t tap = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).weight_point;
  for (int unit = units.begin; unit < units.end; ++unit) {
    const int block = unit / inputs;
    const int input = unit % inputs;
    const float* const kernels = weights + block * 9 * tap + input * block_width;
    float* const line = to + (input * Blocks + block) * block_width;
    for_each_vector<block_width, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const float* const from = kernels + channel;
      float* const points = line + channel;
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        const float* const weight = from + static_cast<std::ptrdiff_t>(y * 3 + x) * tap;
        // The part after this one follows it in memory, in as many short runs as there are taps and blocks.
        __builtin_prefetch(weight + Tiling.inputs * block_width);
        return Pack::load(weight);
      };
      const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
        value.store(points + static_cast<std::ptrdiff_t>(y * side + x) * point);
      };
      winograd_kernel<Tiling.edge, Pack>(load, store);
    });
  }
}

/// Weights as they are stored, which a call transforms part by part: those of `Tiling.inputs` input channels and
/// as many blocks of outputs as are computed together. While one part is multiplied the next one is made, in between,
/// so that its stores wait for no cache.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
class winograd_plain_operand {
  static constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  static constexpr int together = memory.blocks;
  static constexpr std::ptrdiff_t block = 9 * static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  static constexpr int blocks = Shape.groups * (Shape.group_outputs() / block_width);

 public:
  winograd_plain_operand(const float* weights, float* scratch) noexcept
      : weights_(weights), now_(scratch + memory.weights), next_(now_ + Tiling.points() * memory.weight_point) {
    transform(weights, inputs_from(0), {0, inputs_from(0) * together}, now_);
  }

  /// As of `winograd_prepared_operand`. `ends`: nothing is multiplied after this.
  template <int Blocks>
  void multiply(const float* from, int first_block, float* to, int tiles, bool ends) noexcept {
    static_assert(Blocks == together);
    for (int input = 0; input < Shape.group_inputs(); input += Tiling.inputs) {
      const bool more_inputs = input + Tiling.inputs < Shape.group_inputs();
      const int next_input = more_inputs ? input + Tiling.inputs : 0;
      const int next_block = more_inputs ? first_block : (first_block + Blocks) % blocks;
      const float* const next = weights_ + next_block * block + next_input * block_width;
      const int units = ends && !more_inputs ? 0 : inputs_from(next_input) * Blocks;
      const int inputs = inputs_from(next_input);
      const int share = ceil_div(units, Tiling.points() * winograd_register_tile<Pack>::parts(tiles, Blocks));
      int unit = 0;
      const auto transform_some = [=, &unit, to = next_] {
        const int end = std::min(unit + share, units);
        transform(next, inputs, {unit, end}, to);
        unit = end;
      };
      const winograd_product of{memory.chunk, inputs_from(input), 0, input > 0};
      const float* in = from + input / block_width * memory.chunk;
      const float* weights = now_;
      float* out = to;
      for (int point = 0; point < Tiling.points(); ++point) {
        winograd_multiply<Pack, Blocks>(of, in, weights, out, weights, tiles, transform_some);
        in += memory.input_point;
        weights += memory.weight_point;
        out += memory.output_point;
      }
      std::swap(now_, next_);
    }
  }

 private:
  static constexpr auto transform = winograd_transform_weights<Shape, Tiling, Pack, together>;
  /// Inputs of the part that begins with this one.
  static constexpr int inputs_from(int input) noexcept { return std::min(Tiling.inputs, Shape.group_inputs() - input); }

  const float* weights_;
  float* now_;
  float* next_;
};

}  // namespace cleave::kernels::detail
#endif
// ---- cleave/kernels/winograd.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_HPP
#define CLEAVE_KERNELS_WINOGRAD_HPP

/// @file
/// 3x3 convolution by Winograd's minimal filtering over NHWC tensors: a quarter (edge 4) or 4/9 (edge 2) of the direct
/// form's multiply-adds. The bits differ from the direct form's, so a network does this only where its options permit
/// it; they depend neither on the pack nor on how rows are shared out.
///
/// Error, for inputs and weights of normal distribution: at most 2e-5 of the largest output for edge 4, 3e-6 for edge
/// 2, to 512 input channels.

namespace cleave::kernels {

namespace detail {

/// The window of one tile to its points. `corner` is the place of its first input, even if that is padding; `rows` and
/// `columns` are those that are not.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, bool Inside>
[[gnu::noinline]] void winograd_gather(const float* in, std::ptrdiff_t corner, range rows, range columns,
                                       float* to) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.in.channels;
  constexpr std::ptrdiff_t row = Shape.in.width * pixel;
  constexpr std::ptrdiff_t chunk = winograd_memory(Shape, Tiling).chunk;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).input_point;
  constexpr int chunks = ceil_div(Shape.group_inputs(), block_width);
  constexpr bool far = winograd_memory(Shape, Tiling).outputs > winograd_far_inputs;
  for (int group = 0; group < Shape.groups; ++group) {
    const std::ptrdiff_t first = corner + group * Shape.group_inputs();
    float* const group_to = to + group * chunks * chunk;
    for_each_vector<Shape.group_inputs(), Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const float* const from = in + (first + channel);
      float* const points = group_to + (channel / block_width * chunk + channel % block_width);
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        const auto sy = static_cast<int>(y);
        const auto sx = static_cast<int>(x);
        if constexpr (!Inside) {
          if (sy < rows.begin || sy >= rows.end || sx < columns.begin || sx >= columns.end) return Pack::fill(0.0F);
        }
        return Pack::template load_first<Lanes>(from + sy * row + sx * pixel);
      };
      const auto transform = [](const std::array<Pack, side>& d) __attribute__((always_inline)) {
        return winograd_input(d);
      };
      const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
        float* const place = points + static_cast<std::ptrdiff_t>(y * side + x) * point;
        // The next tile's points lie side by side with these.
        if constexpr (far) __builtin_prefetch(place + block_width, 1);
        value.template store_first<Lanes>(place);
      };
      winograd_square<Tiling.window(), Tiling.window()>(load, transform, store);
    });
  }
}

/// The points of one tile to its outputs, `Channels` of them. `out` and `residual` are at the tile's first pixel;
/// `rows` and `columns` are those to be stored, of the layer before it is pooled.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, bool Whole>
[[gnu::noinline]] void winograd_scatter(const float* from, const float* biases, const float* residual, float* out,
                                        range rows, int columns) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.out_pixel();
  constexpr std::ptrdiff_t row = Shape.out.width * pixel;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).output_point;
  constexpr bool far = Shape.out.size() > winograd_far_outputs;
  constexpr epilogue post = Shape.post;
  for_each_vector<Channels, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
    const Pack bias = Pack::template load_first<Lanes>(biases + channel);
    [[maybe_unused]] std::array<Pack, static_cast<std::size_t>(Tiling.edge / 2)> largest;
    const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
      return Pack::load(from + channel + static_cast<std::ptrdiff_t>(y * side + x) * point);
    };
    const auto transform = [](const std::array<Pack, side>& points) __attribute__((always_inline)) {
      return winograd_output(points);
    };
    const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
      const auto sy = static_cast<int>(y);
      const auto sx = static_cast<int>(x);
      if constexpr (!Whole) {
        if (sy < rows.begin || sy >= rows.end || sx >= columns) return;
      }
      const std::ptrdiff_t at = channel + sy * row + sx * pixel;
      const Pack sum = fma(value, Pack::fill(winograd_scale(Tiling.edge, y, x)), bias);
      if constexpr (post.pools) {
        // Folded in the order of the layer's own kernel, rows first.
        Pack& most = largest[x / 2];
        const Pack one = finished<post, Lanes>(sum, residual, at);
        most = y % 2 == 0 && x % 2 == 0 ? one : max(most, one);
        if (y % 2 == 0 || x % 2 == 0) return;
        const std::ptrdiff_t half = channel + sy / 2 * (row / 2) + sx / 2 * pixel;
        if constexpr (far && Whole) __builtin_prefetch(out + (half + Tiling.edge / 2 * pixel), 1);
        (most + Pack::fill(0.0F)).template store_first<Lanes>(out + half);
      } else {
        if constexpr (far && Whole) __builtin_prefetch(out + (at + Tiling.edge * pixel), 1);
        finish<post, Lanes>(sum, residual, out, at);
      }
    };
    winograd_square<Tiling.window(), Tiling.edge>(load, transform, store);
  });
}

/// What a call computes from and to.
struct winograd_call {
  const float* in;
  const float* biases;
  const float* residual;
  float* out;
  float* scratch;
  range rows;
};

/// The inputs of tiles [tiles.begin, tiles.end) to their points.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd_gather_all(const winograd_call& call, range tiles) noexcept {
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge - Shape.pad.top;
    const int x = tile % Tiling.wide * Tiling.edge - Shape.pad.left;
    const range rows{std::max(0, -y), std::min(Tiling.window(), Shape.in.height - y)};
    const range columns{std::max(0, -x), std::min(Tiling.window(), Shape.in.width - x)};
    const std::ptrdiff_t corner = (static_cast<std::ptrdiff_t>(y) * Shape.in.width + x) * Shape.in.channels;
    float* const to = call.scratch + (tile - tiles.begin) * block_width;
    if (rows.size() == Tiling.window() && columns.size() == Tiling.window()) {
      winograd_gather<Shape, Tiling, Pack, true>(call.in, corner, rows, columns, to);
    } else {
      winograd_gather<Shape, Tiling, Pack, false>(call.in, corner, rows, columns, to);
    }
  }
}

/// `Channels` outputs of these tiles from their products, from `channel` of a group on.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels>
void winograd_scatter_all(const winograd_call& call, range tiles, int group, int channel) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  const float* const biases = call.biases + group * blocked(Shape).padded_outputs() + channel;
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge;
    const int x = tile % Tiling.wide * Tiling.edge;
    const range rows{std::max(0, call.rows.begin - y), std::min(Tiling.edge, call.rows.end - y)};
    const int columns = std::min(Tiling.edge, Shape.out.width - x);
    const auto place = [&](int row, int column, int width) {
      return (static_cast<std::ptrdiff_t>(row) * width + column) * Shape.out_pixel() +
             group * static_cast<std::ptrdiff_t>(Shape.group_outputs()) + channel;
    };
    const std::ptrdiff_t at = place(y, x, Shape.out.width);
    const float* const points =
        call.scratch + memory.outputs + (tile - tiles.begin) * (ceil_div(Channels, block_width) * block_width);
    float* const out = call.out + (Shape.post.pools ? place(y / 2, x / 2, Shape.out.width / 2) : at);
    const float* const residual = Shape.post.residual ? call.residual + at : nullptr;
    if (rows.size() == Tiling.edge && columns == Tiling.edge) {
      winograd_scatter<Shape, Tiling, Pack, Channels, true>(points, biases, residual, out, rows, columns);
    } else {
      winograd_scatter<Shape, Tiling, Pack, Channels, false>(points, biases, residual, out, rows, columns);
    }
  }
}

/// `Channels` outputs of these tiles, from `channel` of a group on. `ends`: they are the call's last ones.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, class Operand>
void winograd_outputs_of(const winograd_call& call, Operand& weights, range tiles, int group, int channel,
                         bool ends) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  constexpr int blocks = ceil_div(Shape.group_outputs(), block_width);
  const float* const from = call.scratch + group * (memory.chunks / Shape.groups) * memory.chunk;
  weights.template multiply<ceil_div(Channels, block_width)>(from, group * blocks + channel / block_width,
                                                             call.scratch + memory.outputs, tiles.size(), ends);
  winograd_scatter_all<Shape, Tiling, Pack, Channels>(call, tiles, group, channel);
}

}  // namespace detail

/// Computes rows of a 3x3 convolution with stride 1. `weights` are the layer's as they are stored where
/// `Tiling.inputs` says so, else what `winograd_prepare` made; `biases` are those of the layer's blob, `scratch` is
/// room for `winograd_scratch_floats`. Requires: where the epilogue adds a residual, it has the output's shape; it may
/// be `out`. Otherwise it is not read. Where the epilogue pools, height and width are even, and so is `rows.begin`; it
/// counts rows before they are pooled, as `rows.end` does, and a residual may not be `out`.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd(const float* in, const float* weights, const float* biases, const float* residual, float* out,
              float* scratch, range rows) noexcept {
  using operand = std::conditional_t<Tiling.inputs == 0, detail::winograd_prepared_operand<Shape, Tiling, Pack>,
                                     detail::winograd_plain_operand<Shape, Tiling, Pack>>;
  constexpr int at_once = Tiling.blocks * block_width;
  constexpr int whole = Shape.group_outputs() / at_once * at_once;
  constexpr int rest = Shape.group_outputs() - whole;
  const detail::winograd_call call{in, biases, residual, out, scratch, rows};
  if (rows.size() == 0) return;
  operand from{weights, scratch};
  const int last = ceil_div(rows.end, Tiling.edge) * Tiling.wide;
  for (int first = rows.begin / Tiling.edge * Tiling.wide; first < last; first += Tiling.together) {
    const range tiles{first, std::min(first + Tiling.together, last)};
    detail::winograd_gather_all<Shape, Tiling, Pack>(call, tiles);
    for (int group = 0; group < Shape.groups; ++group) {
      const bool last_group = tiles.end == last && group + 1 == Shape.groups;
      for (int channel = 0; channel < whole; channel += at_once) {
        const bool ends = last_group && channel + at_once == Shape.group_outputs();
        detail::winograd_outputs_of<Shape, Tiling, Pack, at_once>(call, from, tiles, group, channel, ends);
      }
      if constexpr (rest > 0) {
        detail::winograd_outputs_of<Shape, Tiling, Pack, rest>(call, from, tiles, group, whole, last_group);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/network/step.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_STEP_HPP
#define CLEAVE_NETWORK_STEP_HPP

/// @file
/// A step: one kernel, where its tensors lie and how many rows it has. Steps are rows of a constexpr table, so that
/// networks of any size are run by one small loop.

namespace cleave {

/// What a kernel gets: the tensors of its layers, the weights of its first layer, and the rows to compute.
struct step_arguments {
  std::array<const float*, max_inputs> inputs{};
  float* output = nullptr;
  const float* weights = nullptr;
  const float* prepared = nullptr;  ///< the weights as the numeric policy wants them
  float* scratch = nullptr;
  range rows{};
};

using step_function = void (*)(const step_arguments&) noexcept;

/// Where a tensor lies: source 0 is the workspace, source 1 + i the i-th tensor from outside.
struct tensor_place {
  std::uint32_t offset = 0;
  std::uint16_t source = 0;
};

/// One row of the table. It computes the nodes [first_node, end_node).
struct step {
  step_function run = nullptr;
  std::size_t weights = 0;   ///< bytes from the start of a blob's data
  std::size_t prepared = 0;  ///< bytes from the start of all prepared weights
  std::array<tensor_place, max_inputs> inputs{};
  std::uint32_t output = 0;         ///< bytes from the start of the workspace
  std::uint32_t scratch = 0;        ///< bytes from the start of the workspace
  std::uint32_t scratch_bytes = 0;  ///< of a part
  std::uint32_t work = 0;           ///< multiply-adds, or what takes as long
  std::uint16_t granule = 0;        ///< rows that stay together when the step is divided; 0: it is not divided
  std::uint8_t input_count = 0;
  std::uint16_t first_node = 0;
  std::uint16_t end_node = 0;
  int rows = 0;
};

/// Memory that steps work on.
struct step_memory {
  std::byte* workspace = nullptr;
  const std::byte* const* outside = nullptr;
  weight_source weights{};

  const std::byte* at(tensor_place place) const noexcept {
    return (place.source == 0 ? workspace : outside[place.source - 1]) + place.offset;
  }
};

namespace detail {

/// A step under way, in parts.
struct divided_step {
  const step& what;
  const step_arguments& with;
  int parts;

  /// How many parts are worth making, where one is worth so many multiply-adds.
  static int parts_of(const step& what, int threads, std::uint32_t least_work) noexcept {
    if (threads <= 1 || what.granule == 0) return 1;
    const int units = ceil_div(what.rows, what.granule);
    return std::min({threads, units, static_cast<int>(std::min<std::uint32_t>(what.work / least_work, 1U << 16)) + 1});
  }
  int begin_of(int part) const noexcept {
    const int units = ceil_div(what.rows, what.granule);
    return std::min(what.rows, units * part / parts * what.granule);
  }
  static void run(void* of, int part) noexcept {
    const auto& self = *static_cast<const divided_step*>(of);
    step_arguments arguments = self.with;
    arguments.rows = {self.begin_of(part), self.begin_of(part + 1)};
    arguments.scratch += static_cast<std::size_t>(part) * (self.what.scratch_bytes / sizeof(float));
    self.what.run(arguments);
  }
};

}  // namespace detail

/// Runs the nodes [begin, end); steps are in the order of their first nodes. Where a fused step and the steps of its
/// single layers are both in the table, the fused one stands first and is taken when all its nodes are asked for.
template <executor Executor = sequential>
void run_steps(std::span<const step> steps, std::size_t begin, std::size_t end, const step_memory& memory,
               Executor* executor = nullptr) noexcept {
  for (const step& each : steps) {
    if (each.first_node >= end) return;
    if (each.first_node < begin || each.end_node > end) continue;
    step_arguments arguments;
    for (std::size_t k = 0; k < each.input_count; ++k) {
      arguments.inputs[k] = reinterpret_cast<const float*>(memory.at(each.inputs[k]));
    }
    arguments.output = reinterpret_cast<float*>(memory.workspace + each.output);
    arguments.weights = memory.weights.at(each.weights);
    arguments.prepared = memory.weights.prepared_at(each.prepared);
    arguments.scratch = reinterpret_cast<float*>(memory.workspace + each.scratch);
    arguments.rows = {0, each.rows};
    if constexpr (Executor::most_threads > 1) {
      const int parts = detail::divided_step::parts_of(each, executor->threads(), least_work_of<Executor>);
      if (parts > 1) {
        detail::divided_step divided{each, arguments, parts};
        executor->run(parts, detail::divided_step::run, &divided);
      } else {
        each.run(arguments);
      }
    } else {
      each.run(arguments);
    }
    begin = each.end_node;
  }
}

}  // namespace cleave
#endif
// ---- cleave/network/kernel_of.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_KERNEL_OF_HPP
#define CLEAVE_NETWORK_KERNEL_OF_HPP

/// @file
/// From a layer in its graph to the kernel that computes it. The functions below are keyed by shape and pack, never by
/// the graph, so equal layers of one program share their code; only a user's own layers are keyed by their place.

namespace cleave {

/// Kernels behind one signature.
namespace steps {

template <kernels::conv2d_shape Shape, pack Pack>
void conv2d(const step_arguments& with) noexcept {
  if constexpr (kernels::is_depthwise(Shape)) {
    kernels::depthwise<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
  } else if constexpr (pair_pack<Pack> && kernels::takes_pairs(Shape)) {
    kernels::conv2d_pairs<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
  } else {
    kernels::conv2d<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
  }
}

/// The same in little code; dense layers too, whose rows are outputs.
template <kernels::conv2d_shape Shape, bool IsDense, pack Pack>
void compact(const step_arguments& with) noexcept {
  static constexpr kernels::compact::window_layer of = kernels::compact::window_layer_of(Shape);
  constexpr activation post = kernels::compact::beside_bounds(Shape.post.post);
  const float* const residual = Shape.post.residual ? with.inputs[1] : nullptr;
  if constexpr (kernels::is_depthwise(Shape)) {
    kernels::compact::depthwise<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, with.rows);
  } else if constexpr (IsDense) {
    kernels::compact::conv2d<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, {0, 1}, with.rows);
  } else {
    kernels::compact::conv2d<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, with.rows,
                                         {0, of.outputs});
  }
}

template <kernels::conv2d_shape Shape, kernels::winograd_tiling Tiling, pack Pack>
void winograd(const step_arguments& with) noexcept {
  constexpr std::size_t biases = kernels::blocked(Shape).biases();
  kernels::winograd<Shape, Tiling, Pack>(with.inputs[0], Tiling.inputs > 0 ? with.weights : with.prepared,
                                         with.weights + biases, with.inputs[1], with.output, with.scratch, with.rows);
}

template <kernels::conv2d_shape Shape, pack Pack>
void locally_connected(const step_arguments& with) noexcept {
  kernels::locally_connected<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
}

template <kernels::dense_shape Shape, pack Pack>
void dense(const step_arguments& with) noexcept {
  kernels::dense<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
}

template <kernels::elementwise_shape Shape, pack Pack>
void elementwise(const step_arguments& with) noexcept {
  kernels::elementwise<Shape, Pack>(with.inputs[0], with.inputs[1], with.output, with.rows);
}

template <kernels::prelu_shape Shape, pack Pack>
void prelu(const step_arguments& with) noexcept {
  kernels::prelu<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::batch_normalization_shape Shape, pack Pack>
void batch_normalization(const step_arguments& with) noexcept {
  kernels::batch_normalization<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::constant_shape Shape, pack Pack>
void constant(const step_arguments& with) noexcept {
  kernels::constant<Shape, Pack>(with.weights, with.output, with.rows);
}

template <kernels::recurrent_shape Shape, pack Pack>
void recurrent(const step_arguments& with) noexcept {
  kernels::recurrent<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::argmax_shape Shape, pack Pack>
void argmax(const step_arguments& with) noexcept {
  kernels::argmax<Shape, Pack>(with.inputs[0], reinterpret_cast<std::int32_t*>(with.output), with.rows);
}

/// Kernels that take one tensor and nothing else.
template <void (*Kernel)(const float*, float*, range) noexcept>
void plain(const step_arguments& with) noexcept {
  Kernel(with.inputs[0], with.output, with.rows);
}

template <const auto& Graph, std::size_t Node, pack Pack>
void custom(const step_arguments& with) noexcept {
  constexpr const node& here = Graph.nodes[Node];
  constexpr auto arity = static_cast<std::size_t>(here.what.arity);
  std::array<tensor_view, arity> inputs;
  for (std::size_t k = 0; k < arity; ++k) {
    inputs[k] = {with.inputs[k], Graph.nodes[static_cast<std::size_t>(here.inputs[k])].out};
  }
  constexpr const auto& own = std::get<static_cast<std::size_t>(here.what.custom)>(Graph.customs);
  own.template run<Pack>({inputs, with.output, here.out, with.weights, with.rows});
}

}  // namespace steps

namespace detail {

template <const auto& Graph>
constexpr const node& input_node(const node& of, int k) noexcept {
  return Graph.nodes[static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)])];
}

/// Where input `Piece` of a concatenation begins, along its axis.
template <const auto& Graph>
constexpr int concat_offset(const node& of, int piece) noexcept {
  const auto along = static_cast<axis>(of.what.integers[0]);
  int offset = 0;
  for (int k = 0; k < piece; ++k) {
    const shape before = input_node<Graph>(of, k).out;
    offset += along == axis::height ? before.height : along == axis::width ? before.width : before.channels;
  }
  return offset;
}

/// The kernel that copies input `Piece` of a concatenation to its place.
template <const auto& Graph, std::size_t Index, int Piece, pack Pack>
consteval step_function concat_kernel() {
  constexpr const node& here = Graph.nodes[Index];
  constexpr shape piece = input_node<Graph>(here, Piece).out;
  constexpr int offset = concat_offset<Graph>(here, Piece);
  constexpr auto along = static_cast<axis>(here.what.integers[0]);
  if constexpr (along == axis::height) {
    return steps::plain<kernels::concat_rows<kernels::concat_rows_shape{piece, offset}, Pack>>;
  } else if constexpr (along == axis::width) {
    return steps::plain<kernels::concat<kernels::concat_columns(piece, here.out.width, offset), Pack>>;
  } else {
    return steps::plain<kernels::concat<kernels::concat_shape{piece, here.out.channels, offset}, Pack>>;
  }
}

}  // namespace detail

/// The kernel for node `Index` with what is fused behind it; of a concatenation the one for input `Piece`. A
/// convolution may write into a tensor of `Among` channels. `Small` is for little code.
template <const auto& Graph, std::size_t Index, epilogue Post, int Piece, pack Pack, int Among = 0,
          numeric_policy Numerics = numeric_policy::in_order, bool Small = false>
consteval step_function kernel_of() {
  constexpr const node& here = Graph.nodes[Index];
  constexpr op kind = here.what.kind;
  constexpr shape in = here.in;
  constexpr shape out = here.out;
  if constexpr (kind == op::conv2d || kind == op::depthwise_conv2d) {
    constexpr kernels::conv2d_shape of = conv2d_shape_of(here, Post, Among);
    constexpr kernels::winograd_tiling tiling = winograd_of(here, Numerics);
    if constexpr (tiling.edge > 0) {
      return steps::winograd<of, tiling, Pack>;
    } else if constexpr (Small && kernels::compact::fits(of)) {
      return steps::compact<of, false, basic_scalar_pack<Pack::fused>>;
    } else {
      return steps::conv2d<of, Pack>;
    }
  } else if constexpr (kind == op::locally_connected2d) {
    return steps::locally_connected<conv2d_shape_of(here, Post), Pack>;
  } else if constexpr (kind == op::dense) {
    constexpr kernels::conv2d_shape of = kernels::compact::as_convolution(dense_shape_of(here, Post));
    if constexpr (Small && kernels::compact::fits(of)) {
      return steps::compact<of, true, basic_scalar_pack<Pack::fused>>;
    } else {
      return steps::dense<dense_shape_of(here, Post), Pack>;
    }
  } else if constexpr (kind == op::max_pool) {
    return steps::plain<kernels::max_pool<pool_shape_of(here), Pack>>;
  } else if constexpr (kind == op::average_pool) {
    return steps::plain<kernels::average_pool<pool_shape_of(here), Pack>>;
  } else if constexpr (kind == op::global_max_pool) {
    return steps::plain<kernels::global_max_pool<kernels::global_pool_shape{in}, Pack>>;
  } else if constexpr (kind == op::global_average_pool) {
    return steps::plain<kernels::global_average_pool<kernels::global_pool_shape{in}, Pack>>;
  } else if constexpr (here.what.function.kind != activation_kind::none) {
    return steps::plain<kernels::activate<kernels::activation_shape{out, here.what.function}, Pack>>;
  } else if constexpr (kind == op::prelu) {
    return steps::prelu<kernels::prelu_shape{out}, Pack>;
  } else if constexpr (kind == op::softmax) {
    return steps::plain<kernels::softmax<kernels::softmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::log_softmax) {
    return steps::plain<kernels::log_softmax<kernels::softmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::batch_normalization) {
    return steps::batch_normalization<kernels::batch_normalization_shape{out}, Pack>;
  } else if constexpr (kind == op::local_response_normalization) {
    constexpr auto numbers = here.what.numbers;
    return steps::plain<kernels::local_response_normalization<
        kernels::local_response_normalization_shape{out, here.what.channels, numbers[0], numbers[1], numbers[2]},
        Pack>>;
  } else if constexpr (is_arithmetic(kind)) {
    constexpr shape second = detail::input_node<Graph>(here, 1).out;
    return steps::elementwise<elementwise_shape_of(here, second, Post.post), Pack>;
  } else if constexpr (kind == op::concat) {
    return detail::concat_kernel<Graph, Index, Piece, Pack>();
  } else if constexpr (kind == op::constant) {
    return steps::constant<kernels::constant_shape{out}, Pack>;
  } else if constexpr (kind == op::pad) {
    return steps::plain<kernels::pad<pad_shape_of(here), Pack>>;
  } else if constexpr (kind == op::upsample) {
    return steps::plain<kernels::upsample<kernels::upsample_shape{in, here.what.kernel}, Pack>>;
  } else if constexpr (kind == op::lstm || kind == op::gru || kind == op::rnn) {
    return steps::recurrent<recurrent_shape_of(here), Pack>;
  } else if constexpr (kind == op::resize) {
    return steps::plain<kernels::resize<resize_shape_of(here), Pack>>;
  } else if constexpr (kind == op::argmax || kind == op::argmin) {
    return steps::argmax<argmax_shape_of(here), Pack>;
  } else if constexpr (kind == op::hardmax) {
    return steps::plain<kernels::hardmax<kernels::hardmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::reduce) {
    return steps::plain<kernels::reduce<reduce_shape_of(here), Pack>>;
  } else if constexpr (kind == op::normalize) {
    return steps::plain<kernels::normalize<normalize_shape_of(here), Pack>>;
  } else if constexpr (is_rearrangement(kind)) {
    return steps::plain<kernels::rearrange<rearrange_shape_of(here), Pack>>;
  } else {
    static_assert(kind == op::custom, "every built-in layer has a kernel");
    return steps::custom<Graph, Index, Pack>;
  }
}

}  // namespace cleave
#endif
// ---- cleave/network/fusion.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_FUSION_HPP
#define CLEAVE_NETWORK_FUSION_HPP

/// @file
/// Which neighbouring layers one kernel computes together: a convolution, dense layer or sum takes a following sum and
/// activation into its epilogue when nothing else needs the value between, and a convolution in Winograd's form a 2x2
/// max pooling behind them. The bits are those of the layers one by one.

namespace cleave {

/// True for activations cheap enough to be computed on a register tile before it is stored.
constexpr bool fits_epilogue(activation_kind kind) noexcept {
  return kind == activation_kind::relu || kind == activation_kind::clip || kind == activation_kind::leaky_relu ||
         kind == activation_kind::hard_sigmoid || kind == activation_kind::hard_swish;
}

/// True for a pooling that takes the largest of each 2x2 elements, and all of them.
constexpr bool halves_by_maximum(const node& of) noexcept {
  return of.what.kind == op::max_pool && of.what.kernel == extent(2) && of.what.stride == extent(2) &&
         of.what.dilation == extent(1) && of.pad == padding(0) && of.in.height == 2 * of.out.height &&
         of.in.width == 2 * of.out.width;
}

/// Nodes [first, end) that one kernel computes.
struct fused_group {
  std::size_t first = 0;
  std::size_t end = 0;
  int residual = -1;   ///< the input of the group's sum that the group does not make itself, or -1
  activation post{};   ///< of what the layers before make, `none` where they have no activation
  bool pools = false;  ///< a 2x2 max pooling ends the group

  constexpr epilogue post_processing() const noexcept { return {residual >= 0, post, pools}; }
};

/// The group that starts at node `first` and stays before node `end`. With `fuse` false it is the node alone.
template <class Graph>
constexpr fused_group group_at(const Graph& graph, std::size_t first, std::size_t end, bool fuse = true,
                               numeric_policy numerics = numeric_policy::in_order) noexcept {
  fused_group group{first, first + 1, -1, {}};
  const op kind = graph.nodes[first].what.kind;
  const bool multiplies =
      kind == op::conv2d || kind == op::depthwise_conv2d || kind == op::locally_connected2d || kind == op::dense;
  if (!fuse || (!multiplies && kind != op::add)) return group;

  const auto only_next_reads = [&](std::size_t index) {
    const node& made = graph.nodes[index];
    return index + 1 < end && made.last_use == static_cast<int>(index) + 1 && !made.holds_output;
  };
  if (multiplies && only_next_reads(first) && graph.nodes[first + 1].what.kind == op::add) {
    const node& sum = graph.nodes[first + 1];
    const bool is_first = sum.inputs[0] == static_cast<int>(first);
    const int other = is_first ? sum.inputs[1] : sum.inputs[0];
    if (other != static_cast<int>(first) && graph.nodes[static_cast<std::size_t>(other)].out == sum.out &&
        graph.nodes[first].out == sum.out) {
      group.residual = other;
      group.end = first + 2;
    }
  }
  if (only_next_reads(group.end - 1)) {
    const node& next = graph.nodes[group.end];
    if (next.inputs[0] == static_cast<int>(group.end) - 1 && fits_epilogue(next.what.function.kind)) {
      group.post = next.what.function;
      ++group.end;
    }
  }
  if (winograd_of(graph.nodes[first], numerics).edge > 0 && only_next_reads(group.end - 1)) {
    const node& next = graph.nodes[group.end];
    if (next.inputs[0] == static_cast<int>(group.end) - 1 && halves_by_maximum(next)) {
      group.pools = true;
      ++group.end;
    }
  }
  return group;
}

/// Where a group's result is written: into channels of a concatenation's output, or with `node` -1 where it is alone.
struct written_into {
  int node = -1;  ///< the concatenation
  int channel = 0;
};

/// The place among the channels of a concatenation that needs `group`'s result and is the only one to, before node
/// `end`. Convolutions can write there, so that nothing is left to copy.
template <class Graph>
constexpr written_into destination_of(const Graph& graph, const fused_group& group, std::size_t end) noexcept {
  const std::size_t made = group.end - 1;
  const node& result = graph.nodes[made];
  const node& first = graph.nodes[group.first];
  const bool depthwise = first.groups > 1 && first.groups == first.in.channels;
  if (first.what.kind != op::conv2d || depthwise || group.residual >= 0 || result.holds_output) return {};
  if (result.last_use < 0 || result.last_use >= static_cast<int>(end)) return {};
  const auto join_at = static_cast<std::size_t>(result.last_use);
  const node& join = graph.nodes[join_at];
  if (join.what.kind != op::concat || static_cast<axis>(join.what.integers[0]) != axis::channels) return {};
  int readers = 0;
  for (std::size_t index = group.end; index <= join_at; ++index) {
    const node& reader = graph.nodes[index];
    for (int k = 0; k < reader.what.arity; ++k) {
      const int source = reader.inputs[static_cast<std::size_t>(k)];
      readers += graph.nodes[static_cast<std::size_t>(source)].root == static_cast<int>(made) ? 1 : 0;
    }
  }
  written_into into{result.last_use, 0};
  for (int k = 0; readers == 1 && k < join.what.arity; ++k) {
    const int source = join.inputs[static_cast<std::size_t>(k)];
    if (source == static_cast<int>(made)) return into;
    into.channel += graph.nodes[static_cast<std::size_t>(source)].out.channels;
  }
  return {};
}

}  // namespace cleave
#endif
// ---- cleave/network/plan.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_PLAN_HPP
#define CLEAVE_NETWORK_PLAN_HPP

/// @file
/// Where every value lies in the workspace, decided while compiling: values whose lifetimes do not meet share memory,
/// and an element by element layer writes over its input where that input is not needed again.

namespace cleave {

/// Which nodes a plan is for.
struct plan_request {
  std::size_t begin = 0;  ///< values of earlier nodes come from outside
  std::size_t end = 0;
  bool any_cut = false;  ///< room for every value, also those that fusion never makes, so that any cut can be run
  std::size_t alignment = 64;
  numeric_policy numerics = numeric_policy::in_order;
  int threads = 1;          ///< that each have memory beside their tensors
  bool small_code = false;  ///< as the options say
};

/// Offsets of all values that live in the workspace, by node; valid for roots that have one.
template <class Offsets>
struct basic_memory_plan {
  Offsets offset{};
  std::size_t bytes = 0;
  std::size_t scratch = 0;        ///< where kernels have memory beside their tensors; one after the other use the same
  std::size_t scratch_bytes = 0;  ///< of one thread
};
template <std::size_t Nodes>
using memory_plan = basic_memory_plan<std::array<std::uint32_t, Nodes>>;

namespace detail {

/// A piece of workspace and the nodes [from, to] during which it is needed.
struct slot {
  std::size_t bytes = 0;
  int from = 0;
  int to = 0;
  std::size_t offset = 0;
};

constexpr bool works_in_place(op kind) noexcept {
  switch (kind) {
    case op::relu:
    case op::clip:
    case op::leaky_relu:
    case op::prelu:
    case op::elu:
    case op::selu:
    case op::sigmoid:
    case op::tanh:
    case op::hard_tanh:
    case op::hard_sigmoid:
    case op::hard_swish:
    case op::softplus:
    case op::batch_normalization:
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::exp:
    case op::log:
    case op::sqrt:
    case op::negate:
    case op::absolute:
    case op::reciprocal:
    case op::floor:
    case op::ceil:
    case op::round:
    case op::sign:
    case op::sine:
    case op::cosine:
    case op::erf:
    case op::gelu:
    case op::mish:
    case op::softsign:
    case op::thresholded_relu:
    case op::celu:
    case op::swish:
    case op::power_of:
    case op::divide:
    case op::maximum:
    case op::minimum:
    case op::power:
    case op::hardmax:
    case op::normalize: return true;
    default: return false;
  }
}

template <class Graph>
class planner {
 public:
  template <class T>
  using per_node = typename Graph::template per_node<T>;
  using plan_type = basic_memory_plan<per_node<std::uint32_t>>;

  constexpr planner(const Graph& graph, plan_request request) : graph_(graph), request_(request) {
    for (int& slot : slot_of_) slot = -1;
  }

  constexpr plan_type run() {
    for (std::size_t i = request_.begin; i < request_.end;) {
      const fused_group group = group_at(graph_, i, request_.end, true, request_.numerics);
      if (request_.any_cut) {
        for (std::size_t k = group.first; k < group.end; ++k) give_slot(k, group);
      } else {
        give_slot(group.end - 1, group);
      }
      i = group.end;
    }
    place_all();
    plan_type plan{graph_.template make_per_node<std::uint32_t>(), 0, 0, 0};
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (slot_of_[i] < 0) continue;
      const slot& own = slots_[static_cast<std::size_t>(slot_of_[i])];
      plan.offset[i] = static_cast<std::uint32_t>(own.offset) + inside_[i];
      plan.bytes = std::max(plan.bytes, own.offset + own.bytes);
    }
    std::size_t scratch = 0;
    for (std::size_t i = request_.begin; i < request_.end; ++i) {
      scratch = std::max(scratch, scratch_bytes_of(graph_.nodes[i], request_.numerics));
    }
    plan.scratch = scratch > 0 ? round_up(plan.bytes, request_.alignment) : 0;
    plan.scratch_bytes = round_up(scratch, request_.alignment);
    plan.bytes = std::max(plan.bytes, plan.scratch + plan.scratch_bytes * static_cast<std::size_t>(request_.threads));
    return plan;
  }

 private:
  constexpr void give_slot(std::size_t index, const fused_group& group) {
    const node& made = graph_.nodes[index];
    if (renames(made.what.kind) || slot_of_[index] >= 0) return;
    if (!request_.any_cut) {
      const written_into into = destination_of(graph_, group, request_.end);
      if (into.node >= 0) {
        const auto join = static_cast<std::size_t>(into.node);
        if (slot_of_[join] < 0) new_slot(join, static_cast<int>(group.first));
        slot_of_[index] = slot_of_[join];
        inside_[index] = static_cast<std::uint32_t>(into.channel) * sizeof(float);
        return;
      }
    }
    // A fused kernel writes the group's last value while it reads the inputs of the group's first layer.
    const bool is_input = made.what.kind == op::input;
    const int from = is_input ? 0 : static_cast<int>(index + 1 == group.end ? group.first : index);
    const int to = needed_until(made, from);
    const int over = value_to_overwrite(index, group);
    if (over >= 0) {
      slot_of_[index] = slot_of_[static_cast<std::size_t>(over)];
      slot& shared = slots_[static_cast<std::size_t>(slot_of_[index])];
      shared.from = std::min(shared.from, from);
      shared.to = std::max(shared.to, to);
      return;
    }
    new_slot(index, from);
  }

  constexpr int needed_until(const node& made, int from) const {
    const bool kept = made.holds_output || made.last_use >= static_cast<int>(request_.end);
    return kept ? static_cast<int>(request_.end) : std::max(static_cast<int>(made.last_use), from);
  }

  constexpr void new_slot(std::size_t index, int from) {
    const node& made = graph_.nodes[index];
    slot_of_[index] = static_cast<int>(count_);
    slots_[count_++] = {round_up(made.out.bytes(), request_.alignment), from, needed_until(made, from), 0};
  }

  /// The root over whose memory node `index` may write, or -1.
  constexpr int value_to_overwrite(std::size_t index, const fused_group& group) const {
    const node& made = graph_.nodes[index];
    if (!works_in_place(made.what.kind)) return -1;
    if (request_.any_cut && index > group.first) {
      // The value that the layer before made in this group: certainly not read by the group's first layer.
      return graph_.nodes[index - 1].root;
    }
    const node& first = graph_.nodes[group.first];
    const bool all_in_place = works_in_place(first.what.kind);
    if (group.end - group.first > 1 && !all_in_place) {
      if (group.residual < 0) return -1;
      const int root = root_of(group.residual);
      for (int k = 0; k < first.what.arity; ++k) {
        if (root_of(first.inputs[static_cast<std::size_t>(k)]) == root) return -1;
      }
      return dies_within(root, group) ? root : -1;
    }
    for (int k = 0; k < first.what.arity; ++k) {
      const int source = first.inputs[static_cast<std::size_t>(k)];
      const bool same_size = graph_.nodes[static_cast<std::size_t>(source)].out.bytes() == made.out.bytes();
      if (same_size && dies_within(root_of(source), group)) return root_of(source);
    }
    return -1;
  }

  constexpr int root_of(int index) const { return graph_.nodes[static_cast<std::size_t>(index)].root; }

  constexpr bool dies_within(int root, const fused_group& group) const {
    const auto index = static_cast<std::size_t>(root);
    const node& value = graph_.nodes[index];
    // Values from outside have no slot: they belong to the caller.
    return index >= request_.begin && slot_of_[index] >= 0 && !value.holds_output &&
           value.last_use >= static_cast<int>(group.first) && value.last_use < static_cast<int>(group.end);
  }

  /// Largest first packs tighter, but costs the square of the number of values: long graphs take them as they come.
  constexpr void place_all() {
    constexpr std::size_t few = 96;
    auto order = graph_.template make_per_node<std::size_t>();
    for (std::size_t i = 0; i < count_; ++i) order[i] = i;
    if (count_ <= few) {
      for (std::size_t i = 1; i < count_; ++i) {
        for (std::size_t k = i; k > 0 && slots_[order[k]].bytes > slots_[order[k - 1]].bytes; --k) {
          std::swap(order[k], order[k - 1]);
        }
      }
    }
    auto placed = graph_.template make_per_node<std::size_t>();
    std::size_t placed_count = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      slot& own = slots_[order[i]];
      if (count_ > few) {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < placed_count; ++k) {
          if (slots_[placed[k]].to >= own.from) placed[kept++] = placed[k];
        }
        placed_count = kept;
      }
      place(own, placed, placed_count);
      // Placed pieces stay sorted by offset.
      std::size_t k = placed_count++;
      for (; k > 0 && slots_[placed[k - 1]].offset > own.offset; --k) placed[k] = placed[k - 1];
      placed[k] = order[i];
    }
  }

  /// The lowest gap between pieces needed at the same time.
  constexpr void place(slot& own, const per_node<std::size_t>& placed, std::size_t placed_count) const {
    for (std::size_t k = 0; k < placed_count; ++k) {
      const slot& other = slots_[placed[k]];
      if (other.to < own.from || own.to < other.from) continue;
      if (own.offset + own.bytes <= other.offset) return;
      own.offset = std::max(own.offset, other.offset + other.bytes);
    }
  }

  const Graph& graph_;
  plan_request request_;
  /// Bytes from the start of the slot, for values that a larger one is made of.
  per_node<std::uint32_t> inside_ = graph_.template make_per_node<std::uint32_t>();
  per_node<int> slot_of_ = graph_.template make_per_node<int>();
  per_node<slot> slots_ = graph_.template make_per_node<slot>();
  std::size_t count_ = 0;
};

}  // namespace detail

/// The plan for some nodes of a sound graph. Complexity: layers times values alive at once, for long graphs.
template <class Graph>
constexpr auto plan_memory(const Graph& graph, plan_request request) {
  return detail::planner<Graph>{graph, request}.run();
}

}  // namespace cleave
#endif
// ---- cleave/network/step_table.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_STEP_TABLE_HPP
#define CLEAVE_NETWORK_STEP_TABLE_HPP

/// @file
/// The steps of a range of nodes, made while compiling. Tables depend on the graph; the functions in them do not.

namespace cleave {

namespace detail {

/// One kernel call: some nodes, and which of a concatenation's inputs.
struct step_request {
  fused_group group{};
  int piece = 0;
  written_into into{};
};

/// Kernel calls for the nodes [begin, end): fused, and with `any_cut` also every layer of a group by itself. Without
/// it, what is concatenated is written in place where that can be.
template <class Graph>
struct step_requests {
  std::array<step_request, 2 * Graph::node_count + max_inputs * Graph::node_count> items{};
  std::size_t count = 0;

  constexpr step_requests(const Graph& graph, plan_request request) {
    for (std::size_t i = request.begin; i < request.end;) {
      const fused_group group = group_at(graph, i, request.end, true, request.numerics);
      add(graph, group, request.any_cut ? written_into{} : destination_of(graph, group, request.end));
      if (request.any_cut && group.end - group.first > 1) {
        // For a cut before the pooling, what is before it.
        if (group.pools && group.end - group.first > 2) add(graph, group_at(graph, i, group.end - 1));
        for (std::size_t k = group.first; k < group.end; ++k) add(graph, group_at(graph, k, k + 1, false));
      }
      i = group.end;
    }
  }

  constexpr void add(const Graph& graph, const fused_group& group, written_into into = {}) {
    const layer_record& what = graph.nodes[group.first].what;
    if (what.kind == op::input || renames(what.kind)) return;
    const int pieces = what.kind == op::concat ? what.arity : 1;
    for (int piece = 0; piece < pieces; ++piece) {
      if (what.kind == op::concat && is_in_place(graph, group.first, piece)) continue;
      items[count++] = {group, piece, into};
    }
  }

  /// An input of a concatenation that is among its channels already.
  constexpr bool is_in_place(const Graph& graph, std::size_t join, int piece) const {
    const int source = graph.nodes[join].inputs[static_cast<std::size_t>(piece)];
    for (std::size_t i = 0; i < count; ++i) {
      if (items[i].into.node == static_cast<int>(join) && static_cast<int>(items[i].group.end) == source + 1)
        return true;
    }
    return false;
  }
};

template <const auto& Graph, plan_request Request>
inline constexpr std::size_t step_count = step_requests{Graph, Request}.count;

template <const auto& Graph, plan_request Request>
inline constexpr auto requested_steps = [] {
  const step_requests all{Graph, Request};
  std::array<step_request, step_count<Graph, Request>> kept{};
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = all.items[i];
  return kept;
}();

}  // namespace detail

/// The memory plan of a range of nodes.
template <const auto& Graph, plan_request Request>
inline constexpr auto plan_of = plan_memory(Graph, Request);

/// The steps of a range of nodes. `Outside` lists the nodes whose values come from outside, in the order of their
/// bases.
template <const auto& Graph, plan_request Request, const auto& Outside, class Pack>
class step_table {
 public:
  static constexpr const auto& requests = detail::requested_steps<Graph, Request>;
  static constexpr const auto& memory = plan_of<Graph, Request>;

  static constexpr tensor_place place_of(int index) {
    const auto root = static_cast<std::size_t>(Graph.nodes[static_cast<std::size_t>(index)].root);
    for (std::size_t i = 0; i < Outside.size(); ++i) {
      if (Outside[i] == root) return {0, static_cast<std::uint16_t>(i + 1)};
    }
    return {memory.offset[root], 0};
  }

 private:
  static constexpr step make(const detail::step_request& request, step_function function) {
    const fused_group& group = request.group;
    const node& first = Graph.nodes[group.first];
    step made;
    made.run = function;
    made.weights = first.weights.offset;
    made.output = memory.offset[group.end - 1];
    made.prepared = prepared_offsets<Graph, Request.numerics>[group.first];
    made.scratch = static_cast<std::uint32_t>(memory.scratch);
    made.scratch_bytes = static_cast<std::uint32_t>(memory.scratch_bytes);
    made.work = work_of(first);
    made.granule = granule_of(first);
    made.first_node = static_cast<std::uint16_t>(group.first);
    made.end_node = static_cast<std::uint16_t>(group.end);
    // Dense kernels count single outputs, all others rows.
    made.rows = first.what.kind == op::dense ? first.out.channels : first.out.height;
    if (first.what.kind == op::concat) {
      // Pieces share their node; only the last one ends it.
      if (request.piece + 1 < first.what.arity) made.end_node = made.first_node;
      made.inputs[0] = place_of(first.inputs[static_cast<std::size_t>(request.piece)]);
      made.input_count = 1;
      return made;
    }
    for (int k = 0; k < first.what.arity; ++k) {
      made.inputs[made.input_count++] = place_of(first.inputs[static_cast<std::size_t>(k)]);
    }
    if (group.residual >= 0) made.inputs[made.input_count++] = place_of(group.residual);
    return made;
  }

  /// Multiply-adds, or what takes as long: an element that is computed alone costs a few.
  static constexpr std::uint32_t work_of(const node& of) {
    constexpr std::uint64_t most = 0xFFFFFFFF;
    return static_cast<std::uint32_t>(std::min(most, std::max<std::uint64_t>(of.multiply_adds, 8 * of.out.size())));
  }
  /// Rows that one thread computes at least; 0 for kernels that are not divided.
  static constexpr std::uint16_t granule_of(const node& of) {
    const op kind = of.what.kind;
    if (kind == op::dense) return kernels::block_width;
    if (kind == op::conv2d) {
      // Fewer pixels do not fill a register tile: 3 x 3 in two parts took three times as long as in one.
      constexpr int pixels = 12;
      return static_cast<std::uint16_t>(
          std::max(ceil_div(pixels, of.out.width), winograd_of(of, Request.numerics).edge));
    }
    const bool by_rows = kind == op::depthwise_conv2d || kind == op::locally_connected2d || kind == op::max_pool ||
                         kind == op::average_pool || kind == op::local_response_normalization ||
                         kind == op::batch_normalization || kind == op::prelu || is_arithmetic(kind) ||
                         of.what.function.kind != activation_kind::none;
    return by_rows ? 1 : 0;
  }

  static constexpr int channels_around(written_into into) {
    return into.node < 0 ? 0 : Graph.nodes[static_cast<std::size_t>(into.node)].out.channels;
  }

  template <std::size_t... I>
  static consteval auto make_all(std::index_sequence<I...>) {
    return std::array<step, sizeof...(I)>{make(
        requests[I], kernel_of<Graph, requests[I].group.first, requests[I].group.post_processing(), requests[I].piece,
                               Pack, channels_around(requests[I].into), Request.numerics, Request.small_code>())...};
  }

 public:
  static constexpr auto steps = make_all(std::make_index_sequence<requests.size()>{});
};

}  // namespace cleave
#endif
// ---- cleave/network/network.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_NETWORK_HPP
#define CLEAVE_NETWORK_NETWORK_HPP

/// @file
/// A graph that runs: whole, or some of its layers. Layer "network": joins graph, weights and kernels, and knows
/// nothing of bytes on a wire.

namespace cleave {

/// The layers First..Last of a graph, with a workspace of their own. One object a thread; weights are shared and
/// viewed.
///
/// Guarantees: no allocation; equal bits for every division of a graph into halves, for every pack that fuses
/// multiply-add, and for any number of rows computed at a time.
template <const auto& Graph, class Options = default_options, std::size_t First = 1, std::size_t Last = Graph.last>
class network;

/// What `split` gives: two networks that together are the whole.
template <class Device, class Remote>
struct halves {
  Device device;
  Remote remote;
};

namespace detail {

template <const auto& Graph, cut_point Cut, class Options, bool SoundGraph = Graph.ok(),
          bool SoundCut = Cut.is_in(Graph)>
struct halves_of {
  static constexpr std::size_t cut = Cut.in(Graph);
  using device = network<Graph, Options, 1, cut>;
  using remote = network<Graph, Options, cut + 1, Graph.last>;
};

/// A half of a cut that a graph does not have: the base says so, and everything else is accepted.
template <const auto& Graph, cut_point Cut>
class no_half : private checked_cut<Graph, Cut> {
 public:
  template <class... Any>
  explicit no_half(const Any&...) noexcept {}
  template <class... Any>
  std::span<const float, 1> operator()(const Any&...) noexcept;
};
template <const auto& Graph, cut_point Cut, class Options>
struct halves_of<Graph, Cut, Options, true, false> {
  using device = no_half<Graph, Cut>;
  using remote = no_half<Graph, Cut>;
};

/// Of an ill-formed graph: the whole network says what is wrong with it.
template <const auto& Graph, cut_point Cut, class Options, bool SoundCut>
struct halves_of<Graph, Cut, Options, false, SoundCut> {
  using device = network<Graph, Options>;
  using remote = network<Graph, Options>;
};

/// Where a network's tensors are kept.
template <std::size_t Bytes, std::size_t Alignment, bool Owned>
struct workspace {
  alignas(Alignment) std::array<std::byte, Bytes> bytes;
  std::byte* data() noexcept { return bytes.data(); }
};
template <std::size_t Bytes, std::size_t Alignment>
struct workspace<Bytes, Alignment, false> {
  std::byte* start = nullptr;
  std::byte* data() noexcept { return start; }
};

/// The inputs of a graph, as nodes.
template <const auto& Graph>
inline constexpr auto input_nodes = [] {
  std::array<std::size_t, Graph.inputs> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}();

/// What comes from outside into the layers from First on.
template <const auto& Graph, std::size_t First>
consteval const auto& outside_of() {
  if constexpr (First <= 1) {
    return input_nodes<Graph>;
  } else {
    return crossing_at<Graph, First - 1>;
  }
}

}  // namespace detail

/// The layers up to and with a cut, and those behind it: types for programs that hold only one half.
template <const auto& Graph, cut_point Cut, class Options = default_options>
using device_half = typename detail::halves_of<Graph, Cut, Options>::device;
template <const auto& Graph, cut_point Cut, class Options = default_options>
using remote_half = typename detail::halves_of<Graph, Cut, Options>::remote;

template <const auto& Graph, class Options, std::size_t First, std::size_t Last>
class network : private checked_graph<Graph> {
  static constexpr std::size_t begin = First <= 1 ? Graph.inputs : Graph.end_of(First - 1);
  static constexpr std::size_t end = Graph.end_of(Last);
  static constexpr plan_request request{
      begin, end, false, Options::alignment, Options::numerics, Options::executor::most_threads, Options::small_code};
  static constexpr const auto& outside = detail::outside_of<Graph, First>();
  using table = step_table<Graph, request, outside, typename Options::pack>;
  static constexpr bool is_threaded = Options::executor::most_threads > 1;
  struct no_executor {};
  template <std::size_t Input>
  using input_span = tensor_span<Graph, Input>;

  /// One tensor for each input of the graph, of a size that the compiler sees to be right.
  template <class... Inputs>
  static consteval bool takes() {
    if constexpr (First != 1 || sizeof...(Inputs) != Graph.inputs) {
      return false;
    } else {
      return []<std::size_t... Input>(std::index_sequence<Input...>) {
        return (std::is_convertible_v<const Inputs&, input_span<Input>> && ...);
      }(std::index_sequence_for<Inputs...>{});
    }
  }

 public:
  using options = Options;
  using graph_answer = answer_of<Graph>;
  using tensors = cut_tensors<Graph, Last>;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr const auto& graph = Graph;
  /// Bytes of RAM for all tensors between layers.
  static constexpr std::size_t workspace_bytes = table::memory.bytes;
  static constexpr std::size_t step_count = table::steps.size();

  /// Views `weights`, which must hold the layers First..Last and outlive the network.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && Options::owns_workspace && !is_threaded)
  explicit network(const Weights& weights) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
  }

  /// The same in memory of the caller's, which must outlive the network and be aligned to `Options::alignment`.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && !Options::owns_workspace && !is_threaded)
  network(const Weights& weights, std::span<std::byte, workspace_bytes> memory) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
    workspace_.start = memory.data();
  }

  /// The same with an executor, which is viewed too: several threads compute each step, the bits stay the same.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && Options::owns_workspace && is_threaded)
  network(const Weights& weights, typename Options::executor& executor) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()), executor_(&executor) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
  }
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && !Options::owns_workspace && is_threaded)
  network(const Weights& weights, std::span<std::byte, workspace_bytes> memory,
          typename Options::executor& executor) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()), executor_(&executor) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
    workspace_.start = memory.data();
  }

  /// A temporary would leave the network with nothing to view.
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, First, Last>)
  explicit network(const Weights&& weights) = delete;

  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Runs the layers on the inputs of the graph, each an array or a span with its size in the type. The whole network
  /// gives its answer, a device half the tensors that cross its cut; both view this object's workspace and hold until
  /// the next call.
  template <class... Inputs>
    requires(takes<Inputs...>())
  auto operator()(const Inputs&... inputs) noexcept {
    return finish(forward(inputs...));
  }

  /// Runs the layers on what the half before gave.
  template <std::size_t Before>
    requires(First > 1 && Before + 1 == First)
  auto operator()(const cut_tensors<Graph, Before>& before) noexcept {
    return finish(forward(before));
  }

  auto operator()(const cut_tensors<Graph, 0>& inputs) noexcept
    requires(First == 1)
  {
    return finish(forward(inputs));
  }

  /// What a device half that holds every layer gives is the answer already.
  graph_answer operator()(const graph_answer& answer) noexcept
    requires(First > Graph.last)
  {
    return answer;
  }

  /// The tensors behind layer Last, also where Last is the last one and only answers are left.
  template <class... Inputs>
    requires(takes<Inputs...>())
  tensors forward(const Inputs&... inputs) noexcept {
    return forward_spans(std::make_index_sequence<Graph.inputs>{}, inputs...);
  }
  tensors forward(const cut_tensors<Graph, 0>& inputs) noexcept
    requires(First == 1)
  {
    std::array<const std::byte*, Graph.inputs> sources;
    for (std::size_t i = 0; i < inputs.crossing.size(); ++i) sources[inputs.crossing[i]] = inputs.sent_[i];
    for (std::size_t i = 0; i < inputs.made.size(); ++i) {
      sources[static_cast<std::size_t>(Graph.nodes[inputs.made[i]].root)] = inputs.made_[i];
    }
    run(sources.data());
    return gather(sources.data(), inputs.made_);
  }
  template <std::size_t Before>
    requires(First > 1 && Before + 1 == First)
  tensors forward(const cut_tensors<Graph, Before>& before) noexcept {
    run(before.sent_.data());
    return gather(before.sent_.data(), before.made_);
  }

  /// Cuts behind a layer given by number or label. Both halves have workspaces of their own and view the same weights.
  template <cut_point Cut>
    requires(First == 1 && Last == Graph.last)
  auto split() const noexcept {
    using parts = detail::halves_of<Graph, Cut, Options>;
    using device_type = typename parts::device;
    using remote_type = typename parts::remote;
    const prepared_weights<Graph, Options> all{weights_, weights_fingerprint_};
    if constexpr (is_threaded) {
      return halves<device_type, remote_type>{device_type{all, *executor_}, remote_type{all, *executor_}};
    } else {
      return halves<device_type, remote_type>{device_type{all}, remote_type{all}};
    }
  }

  std::uint64_t weights_fingerprint() const noexcept { return weights_fingerprint_; }

 private:
  template <std::size_t... Input, class... Inputs>
  tensors forward_spans(std::index_sequence<Input...>, const Inputs&... inputs) noexcept {
    const std::array<const std::byte*, Graph.inputs> sources{
        reinterpret_cast<const std::byte*>(static_cast<input_span<Input>>(inputs).data())...};
    run(sources.data());
    return gather(sources.data(), std::array<const std::byte*, 0>{});
  }

  void run(const std::byte* const* sources) noexcept {
    if constexpr (is_threaded) {
      run_steps(table::steps, begin, end, {workspace_.data(), sources, weights_}, executor_);
    } else {
      run_steps(table::steps, begin, end, {workspace_.data(), sources, weights_});
    }
  }

  /// Where the value of a node lies after a run.
  const std::byte* value_of(std::size_t index, const std::byte* const* sources) noexcept {
    const tensor_place place = table::place_of(static_cast<int>(index));
    return (place.source == 0 ? workspace_.data() : sources[place.source - 1]) + place.offset;
  }

  template <std::size_t Before>
  tensors gather(const std::byte* const* sources, const std::array<const std::byte*, Before>& made_before) noexcept {
    tensors result;
    for (std::size_t i = 0; i < tensors::crossing.size(); ++i)
      result.sent_[i] = value_of(tensors::crossing[i], sources);
    std::size_t before = 0;
    for (std::size_t i = 0; i < tensors::made.size(); ++i) {
      const auto root = static_cast<std::size_t>(Graph.nodes[tensors::made[i]].root);
      const bool here = First <= 1 || root >= begin;
      result.made_[i] = here ? value_of(tensors::made[i], sources) : made_before[before++];
    }
    return result;
  }

  static auto finish(const tensors& given) noexcept {
    if constexpr (Last == Graph.last) {
      return detail::make_answer<Graph>(given.made_);
    } else {
      return given;
    }
  }

  weight_source weights_;
  std::uint64_t weights_fingerprint_;
  [[no_unique_address]] std::conditional_t<is_threaded, typename Options::executor*, no_executor> executor_{};
  [[no_unique_address]] detail::workspace<workspace_bytes, Options::alignment, Options::owns_workspace> workspace_;
};

/// An ill-formed graph: the base says what is wrong with it, and everything else is accepted, so that nothing else is
/// said.
template <const auto& Graph, class Options, std::size_t First, std::size_t Last>
  requires(!Graph.ok())
class network<Graph, Options, First, Last> : private checked_graph<Graph> {
 public:
  static constexpr std::size_t workspace_bytes = 0;
  template <class... Any>
  explicit network(const Any&...) noexcept {}
  template <class... Any>
  std::span<const float, 1> operator()(const Any&...) noexcept;
  template <cut_point Cut>
  halves<network, network> split() const noexcept;
};

}  // namespace cleave
#endif
// ---- cleave/network/cut_runner.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_CUT_RUNNER_HPP
#define CLEAVE_NETWORK_CUT_RUNNER_HPP

/// @file
/// A graph that can start and stop at any layer at run time: what a server and an adaptive device use.

namespace cleave {

/// One plan for the whole graph with room for every tensor, inputs and those between fused layers included. Decode the
/// tensors that cross a cut into their places, run the layers behind it, and read the answers. The workspace lies
/// inside the object. One object a thread. With a `Last` only the layers up to it: for cuts up to there, weights of
/// these layers will do, and the workspace has no room for the others.
template <const auto& Graph, class Options = default_options, std::size_t Last = Graph.last>
class cut_runner : private checked_graph<Graph> {
  static constexpr plan_request request{0, Graph.end_of(Last), true, Options::alignment, Options::numerics,
                                        1, Options::small_code};
  static constexpr std::array<std::size_t, 0> nothing{};
  using table = step_table<Graph, request, nothing, typename Options::pack>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t workspace_bytes = table::memory.bytes;

  /// Views `weights`, which must outlive the runner.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, Last>
  explicit cut_runner(const Weights& weights) noexcept : weights_(weights.source()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, 1, Last>());
  }
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, Last>)
  explicit cut_runner(const Weights&& weights) = delete;

  cut_runner(const cut_runner&) = delete;
  cut_runner& operator=(const cut_runner&) = delete;

  /// The tensors that cross behind layer `cut` (0..Last), in their order on the wire.
  static constexpr std::span<const tensor_info> crossing(std::size_t cut) noexcept {
    return std::span{infos}.subspan(crossing_begin[cut], crossing_begin[cut + 1] - crossing_begin[cut]);
  }
  /// The answers made behind layer `cut`, in the order of the graph's outputs.
  static constexpr std::span<const tensor_info> outputs_after(std::size_t cut) noexcept {
    return std::span{answers}.subspan(answers_begin[cut], answers_begin[cut + 1] - answers_begin[cut]);
  }

  /// The inputs and the answers of the graph, in their order. Answers that are made behind `Last` lie nowhere.
  static constexpr std::span<const tensor_info> inputs() noexcept { return input_infos; }
  static constexpr std::span<const tensor_info> outputs() noexcept { return output_infos; }

  /// Where a tensor lies.
  std::span<std::byte> tensor(const tensor_info& which) noexcept {
    return {workspace_.data() + which.offset, which.bytes()};
  }

  /// Runs the layers first..last_layer. Requires: all they need has been decoded or computed since the tensors of that
  /// cut were.
  void run(std::size_t first, std::size_t last_layer) noexcept {
    run_steps(table::steps, first <= 1 ? Graph.inputs : Graph.end_of(first - 1), Graph.end_of(last_layer),
              {workspace_.data(), nullptr, weights_});
  }

 private:
  static constexpr tensor_info info_of(std::size_t index) noexcept {
    const auto root = static_cast<std::size_t>(Graph.nodes[index].root);
    return {Graph.nodes[index].out, Graph.nodes[index].type, table::memory.offset[root]};
  }

  template <const auto& Nodes>
  static constexpr auto infos_of = [] {
    std::array<tensor_info, Nodes.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = info_of(Nodes[i]);
    return all;
  }();
  static constexpr const auto& input_infos = infos_of<detail::input_nodes<Graph>>;
  static constexpr const auto& output_infos = infos_of<detail::all_outputs<Graph>>;

  using marks = std::array<std::size_t, Last + 2>;

  /// Turns counts of cut K at [K + 1] into where the tensors of cut K begin.
  static constexpr marks sum_up(marks counts) noexcept {
    for (std::size_t cut = 0; cut <= Last; ++cut) counts[cut + 1] += counts[cut];
    return counts;
  }
  /// Calls `visit(index, cut)` for every node and every cut that its value crosses: one run of cuts, so that the work
  /// is layers times values alive. Trying every value at every cut took clang over its limit of steps at 290 layers.
  template <class Visit>
  static constexpr void for_each_crossing(Visit visit) {
    for (std::size_t index = 0; index < Graph.node_count; ++index) {
      const node& each = Graph.nodes[index];
      if (each.root != static_cast<int>(index)) continue;
      for (std::size_t cut = Graph.layer_of(index); cut <= Last && static_cast<int>(Graph.end_of(cut)) <= each.last_use;
           ++cut) {
        visit(index, cut);
      }
    }
  }
  static constexpr marks crossing_begin = [] {
    marks counts{};
    for_each_crossing([&](std::size_t, std::size_t cut) { ++counts[cut + 1]; });
    return sum_up(counts);
  }();
  static constexpr auto infos = [] {
    std::array<tensor_info, crossing_begin[Last + 1]> all{};
    marks place = crossing_begin;
    for_each_crossing([&](std::size_t index, std::size_t cut) { all[place[cut]++] = info_of(index); });
    return all;
  }();

  /// The same for the answers that are made behind a cut.
  template <class Visit>
  static constexpr void for_each_answer(Visit visit) {
    for (const std::size_t index : detail::all_outputs<Graph>) {
      const auto root = static_cast<std::size_t>(Graph.nodes[index].root);
      for (std::size_t cut = 0; cut <= Last && Graph.end_of(cut) <= root; ++cut) visit(index, cut);
    }
  }
  static constexpr marks answers_begin = [] {
    marks counts{};
    for_each_answer([&](std::size_t, std::size_t cut) { ++counts[cut + 1]; });
    return sum_up(counts);
  }();
  static constexpr auto answers = [] {
    std::array<tensor_info, answers_begin[Last + 1]> all{};
    marks place = answers_begin;
    for_each_answer([&](std::size_t index, std::size_t cut) { all[place[cut]++] = info_of(index); });
    return all;
  }();

  weight_source weights_;
  detail::workspace<workspace_bytes, Options::alignment, true> workspace_;
};

}  // namespace cleave
#endif
// ---- cleave/wire/frame.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_HPP
#define CLEAVE_WIRE_FRAME_HPP

/// @file
/// What a frame is: a header of 48 bytes, and when there is a payload, the payload and 4 bytes of its
/// CRC-32C. docs/wire.md holds the table of offsets. Layer "wire": bytes in, bytes out, no I/O.

namespace cleave {

enum class frame_kind : std::uint8_t {
  hello = 1,        ///< device to server, first of all: who I am
  hello_reply = 2,  ///< server to device: who I am, or `error`: why not
  request = 3,      ///< tensors that cross a cut
  answer = 4,       ///< the outputs that the remote half made of a request's tensors
  error = 5,        ///< instead of an answer; `request` tells which, 0 stands for none
  ping = 6,         ///< asks for a pong with the same `request`
  pong = 7,
  goodbye = 8,  ///< the sender is about to close
};

/// How busy the server is, for the planner on the device. Sent in every answer, error and pong.
struct server_load {
  std::uint32_t queue_length = 0;          ///< requests accepted and waiting
  std::uint32_t service_microseconds = 0;  ///< arithmetic for a request, queueing excluded

  constexpr bool operator==(const server_load&) const = default;
};

/// The fields of a header, in the host's terms.
struct frame_header {
  frame_kind kind = frame_kind::ping;
  std::uint64_t request = 0;        ///< chosen by the device, repeated in the answer
  std::uint32_t payload_bytes = 0;  ///< without the checksum behind it
  std::uint16_t cut = 0;
  std::uint16_t tensors = 0;            ///< in the payload
  codec_id codec = codec_id::identity;  ///< of the payload's tensors
  dtype type = dtype::float32;          ///< of the payload's first tensor
  errc error = errc::ok;                ///< in error and hello_reply frames
  server_load load{};

  constexpr bool operator==(const frame_header&) const = default;
};

inline constexpr std::array<std::byte, 4> frame_magic{std::byte{'c'}, std::byte{'l'}, std::byte{'v'}, std::byte{'e'}};
inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::size_t frame_header_bytes = 48;
inline constexpr std::size_t frame_trailer_bytes = 4;
inline constexpr std::size_t hello_bytes = 32;

/// The bytes of a frame on the wire. A frame without payload is its header alone.
constexpr std::size_t frame_bytes(std::uint32_t payload_bytes) noexcept {
  return frame_header_bytes + (payload_bytes == 0 ? 0 : payload_bytes + frame_trailer_bytes);
}

namespace detail {

/// Where each field lies; see docs/wire.md.
struct header_offset {
  static constexpr std::size_t magic = 0, version = 4, kind = 5, flags = 6, request = 8, payload_bytes = 16, cut = 20,
                               tensors = 22, codec = 24, type = 25, error = 26, reserved = 27, batch = 28,
                               reserved2 = 30, time_limit = 32, queue_length = 36, service = 40, checksum = 44;
};

/// Whether the sizes and fields go with the kind.
constexpr bool belongs(const frame_header& header) noexcept {
  const bool failed = header.error != errc::ok;
  switch (header.kind) {
    case frame_kind::hello: return !failed && header.payload_bytes == hello_bytes;
    case frame_kind::hello_reply: return header.payload_bytes == hello_bytes;
    case frame_kind::request:
    case frame_kind::answer: return !failed;
    case frame_kind::error: return failed && header.payload_bytes == 0;
    case frame_kind::ping:
    case frame_kind::pong:
    case frame_kind::goodbye: return !failed && header.payload_bytes == 0;
  }
  return false;
}

}  // namespace detail

/// Writes a header with its checksum.
constexpr void store_header(const frame_header& header, std::span<std::byte, frame_header_bytes> to) noexcept {
  using at = detail::header_offset;
  for (std::size_t i = 0; i < frame_header_bytes; ++i) to[i] = i < frame_magic.size() ? frame_magic[i] : std::byte{0};
  to[at::version] = std::byte{frame_version};
  to[at::kind] = static_cast<std::byte>(header.kind);
  store_little(&to[at::request], header.request);
  store_little(&to[at::payload_bytes], header.payload_bytes);
  store_little(&to[at::cut], header.cut);
  store_little(&to[at::tensors], header.tensors);
  to[at::codec] = static_cast<std::byte>(header.codec);
  to[at::type] = static_cast<std::byte>(header.type);
  to[at::error] = static_cast<std::byte>(header.error);
  store_little(&to[at::queue_length], header.load.queue_length);
  store_little(&to[at::service], header.load.service_microseconds);
  store_little(&to[at::checksum], crc32c(to.first(at::checksum)));
}

/// Reads a header, or tells what is wrong with it: `bad_magic`, `unsupported_version`, `bad_header` (its
/// checksum, or a reserved field that is not 0), `bad_frame` (fields that do not go with the kind).
constexpr result<frame_header> load_header(std::span<const std::byte, frame_header_bytes> from) noexcept {
  using at = detail::header_offset;
  for (std::size_t i = 0; i < frame_magic.size(); ++i) {
    if (from[i] != frame_magic[i]) return errc::bad_magic;
  }
  if (from[at::version] != std::byte{frame_version}) return errc::unsupported_version;
  if (load_little<std::uint32_t>(&from[at::checksum]) != crc32c(from.first(at::checksum))) return errc::bad_header;
  if (load_little<std::uint16_t>(&from[at::flags]) != 0 || from[at::reserved] != std::byte{0} ||
      load_little<std::uint32_t>(&from[at::batch]) != 0 || load_little<std::uint32_t>(&from[at::time_limit]) != 0) {
    return errc::bad_header;
  }
  if (from[at::type] > static_cast<std::byte>(dtype::int32) ||
      from[at::error] > static_cast<std::byte>(errc::stopping)) {
    return errc::bad_frame;
  }
  const frame_header header{.kind = static_cast<frame_kind>(from[at::kind]),
                            .request = load_little<std::uint64_t>(&from[at::request]),
                            .payload_bytes = load_little<std::uint32_t>(&from[at::payload_bytes]),
                            .cut = load_little<std::uint16_t>(&from[at::cut]),
                            .tensors = load_little<std::uint16_t>(&from[at::tensors]),
                            .codec = static_cast<codec_id>(from[at::codec]),
                            .type = static_cast<dtype>(from[at::type]),
                            .error = static_cast<errc>(from[at::error]),
                            .load = {.queue_length = load_little<std::uint32_t>(&from[at::queue_length]),
                                     .service_microseconds = load_little<std::uint32_t>(&from[at::service])}};
  if (!detail::belongs(header)) return errc::bad_frame;
  return header;
}

}  // namespace cleave
#endif
// ---- cleave/wire/hello.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_HELLO_HPP
#define CLEAVE_WIRE_HELLO_HPP

/// @file
/// How two ends make sure that they hold the same network before a tensor crosses.

namespace cleave {

/// The payload of hello and hello_reply frames: what an end is and can.
struct hello {
  std::uint64_t graph = 0;              ///< fingerprint of the graph
  std::uint64_t weights = 0;            ///< fingerprint of the weights
  std::uint64_t codecs = 0;             ///< `codec_bit` of each codec it knows
  std::uint32_t numerics = 0;           ///< how it computes; equal numbers give equal bits
  std::uint32_t max_payload_bytes = 0;  ///< the largest payload it takes

  constexpr bool operator==(const hello&) const = default;
};

constexpr void store_hello(const hello& from, std::span<std::byte, hello_bytes> to) noexcept {
  store_little(&to[0], from.graph);
  store_little(&to[8], from.weights);
  store_little(&to[16], from.codecs);
  store_little(&to[24], from.numerics);
  store_little(&to[28], from.max_payload_bytes);
}

/// Any 32 bytes are a hello: whether it suits is for `agree` to say.
constexpr hello load_hello(std::span<const std::byte, hello_bytes> from) noexcept {
  return {.graph = load_little<std::uint64_t>(&from[0]),
          .weights = load_little<std::uint64_t>(&from[8]),
          .codecs = load_little<std::uint64_t>(&from[16]),
          .numerics = load_little<std::uint32_t>(&from[24]),
          .max_payload_bytes = load_little<std::uint32_t>(&from[28])};
}

/// Whether the two ends can work together; otherwise the first reason why not.
constexpr status agree(const hello& ours, const hello& theirs) noexcept {
  if (ours.graph != theirs.graph) return errc::wrong_graph;
  if (ours.weights != theirs.weights) return errc::wrong_weights;
  if (ours.numerics != theirs.numerics) return errc::wrong_numerics;
  if ((ours.codecs & theirs.codecs) == 0) return errc::unknown_codec;
  return {};
}

}  // namespace cleave
#endif
// ---- cleave/wire/tensor_payload.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_TENSOR_PAYLOAD_HPP
#define CLEAVE_WIRE_TENSOR_PAYLOAD_HPP

/// @file
/// The payload of requests and answers: for each tensor in order, the length of its encoding as a
/// 32-bit number, and the encoding. Tensors are encoded straight out of a workspace and decoded
/// straight into one.

namespace cleave {

inline constexpr std::size_t tensor_prefix_bytes = 4;

/// The most bytes that a tensor takes in a payload.
template <codec Squeezer>
constexpr std::size_t max_tensor_bytes(std::size_t elements, dtype type) noexcept {
  return tensor_prefix_bytes + Squeezer::max_encoded_size(elements, type);
}

/// Fills a payload, tensor by tensor.
class payload_writer {
 public:
  constexpr explicit payload_writer(std::span<std::byte> room) noexcept : room_(room) {}

  /// Appends a tensor; `errc::frame_too_large` and nothing when its largest encoding would not fit.
  template <codec Squeezer>
  constexpr status add(Squeezer& squeezer, std::span<const std::byte> tensor, dtype type) noexcept {
    const std::size_t most = Squeezer::max_encoded_size(tensor.size() / 4, type);
    const std::size_t left = room_.size() - used_;
    if (left < tensor_prefix_bytes || left - tensor_prefix_bytes < most) return errc::frame_too_large;
    const std::size_t written = squeezer.encode(tensor, type, room_.subspan(used_ + tensor_prefix_bytes, most));
    store_little(&room_[used_], static_cast<std::uint32_t>(written));
    used_ += tensor_prefix_bytes + written;
    return {};
  }

  constexpr std::size_t size() const noexcept { return used_; }

 private:
  std::span<std::byte> room_;
  std::size_t used_ = 0;
};

/// Takes a payload apart, tensor by tensor. The payload is not trusted.
class payload_reader {
 public:
  constexpr explicit payload_reader(std::span<const std::byte> payload) noexcept : left_(payload) {}

  /// Decodes the next tensor into all of `tensor`. `errc::bad_encoding` when the payload has no such tensor.
  template <codec Squeezer>
  constexpr status take(Squeezer& squeezer, dtype type, std::span<std::byte> tensor) noexcept {
    if (left_.size() < tensor_prefix_bytes) return errc::bad_encoding;
    const std::size_t length = load_little<std::uint32_t>(left_.data());
    left_ = left_.subspan(tensor_prefix_bytes);
    if (length > left_.size() || length > Squeezer::max_encoded_size(tensor.size() / 4, type))
      return errc::bad_encoding;
    const std::span<const std::byte> encoded = left_.first(length);
    left_ = left_.subspan(length);
    return squeezer.decode(encoded, type, tensor);
  }

  /// `errc::bad_encoding` when bytes are left that belong to no tensor.
  constexpr status finish() const noexcept { return left_.empty() ? status{} : status{errc::bad_encoding}; }

 private:
  std::span<const std::byte> left_;
};

}  // namespace cleave
#endif
// ---- cleave/runtime/served_graph.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVED_GRAPH_HPP
#define CLEAVE_RUNTIME_SERVED_GRAPH_HPP

/// @file
/// A graph, its weights and its codecs as a table of facts and functions, so that the server is
/// compiled once and not once a graph. Hosted.

namespace cleave {

/// The codecs of a `codec_set`, chosen by id, without its type.
struct codec_table {
  std::uint64_t mask;
  std::size_t (*max_tensor_bytes)(codec_id id, std::size_t elements, dtype type) noexcept;
  status (*take)(codec_id id, payload_reader& from, dtype type, std::span<std::byte> tensor) noexcept;
  status (*add)(codec_id id, payload_writer& to, std::span<const std::byte> tensor, dtype type) noexcept;

  bool contains(codec_id id) const noexcept { return (mask & codec_bit(id)) != 0; }
};

/// The table of a codec set; each use has codecs of its own, freshly made.
template <class Codecs>
inline constexpr codec_table table_of{
    .mask = Codecs::mask,
    .max_tensor_bytes =
        [](codec_id id, std::size_t elements, dtype type) noexcept {
          return tensor_prefix_bytes + Codecs::max_encoded_size(id, elements, type);
        },
    .take =
        [](codec_id id, payload_reader& from, dtype type, std::span<std::byte> tensor) noexcept {
          status done = errc::unknown_codec;
          Codecs{}.visit(id, [&](auto& each) { done = from.take(each, type, tensor); });
          return done;
        },
    .add =
        [](codec_id id, payload_writer& to, std::span<const std::byte> tensor, dtype type) noexcept {
          status done = errc::unknown_codec;
          Codecs{}.visit(id, [&](auto& each) { done = to.add(each, tensor, type); });
          return done;
        }};

/// What a server knows of the network that it serves. `runner` stands for the memory in which one
/// request at a time is worked on; there are as many as there are workers.
struct served_graph {
  std::uint64_t graph = 0;     ///< fingerprint
  std::uint64_t weights = 0;   ///< fingerprint
  std::uint32_t numerics = 0;  ///< numeric id
  std::size_t last = 0;        ///< the highest cut
  const codec_table* codecs = nullptr;
  const void* data = nullptr;  ///< what `make` needs: the weights

  std::span<const tensor_info> (*crossing)(std::size_t cut) noexcept = nullptr;
  std::span<const tensor_info> (*outputs_after)(std::size_t cut) noexcept = nullptr;
  void* (*make)(const void* data) noexcept = nullptr;  ///< a runner; null without memory
  void (*destroy)(void* runner) noexcept = nullptr;
  std::span<std::byte> (*tensor)(void* runner, const tensor_info& info) noexcept = nullptr;
  void (*run)(void* runner, std::size_t first_layer, std::size_t last_layer) noexcept = nullptr;

  /// The most bytes of payload that these tensors take.
  std::size_t max_payload(std::span<const tensor_info> tensors, codec_id codec) const noexcept {
    std::size_t sum = 0;
    for (const tensor_info& each : tensors) sum += codecs->max_tensor_bytes(codec, each.dims.size(), each.type);
    return sum;
  }

  /// The most bytes of payload of any request.
  std::size_t max_request() const noexcept { return most(crossing); }
  /// The most bytes of payload of any answer.
  std::size_t max_answer() const noexcept { return most(outputs_after); }

  /// How the server introduces itself.
  hello introduction() const noexcept {
    constexpr std::size_t limit = std::numeric_limits<std::uint32_t>::max();
    return {.graph = graph,
            .weights = weights,
            .codecs = codecs->mask,
            .numerics = numerics,
            .max_payload_bytes = static_cast<std::uint32_t>(std::min(limit, max_request()))};
  }

  /// Whether a request with this header can be one for this graph: known by its header alone, before its
  /// payload is read. `max_answer_bytes` is the most that the device takes.
  status check(const frame_header& header, std::size_t max_answer_bytes) const noexcept {
    if (header.cut > last) return errc::bad_cut;
    if (!codecs->contains(header.codec)) return errc::unknown_codec;
    const std::span<const tensor_info> tensors = crossing(header.cut);
    if (header.tensors != tensors.size()) return errc::bad_frame;
    if (!tensors.empty() && header.type != tensors.front().type) return errc::bad_frame;
    if (header.payload_bytes > max_payload(tensors, header.codec)) return errc::frame_too_large;
    if (max_payload(outputs_after(header.cut), header.codec) > max_answer_bytes) return errc::frame_too_large;
    return {};
  }

  /// From a request's payload to the outputs in the runner's memory. Requires: `check` had nothing against it.
  status compute(void* runner, std::uint16_t cut, codec_id codec, std::span<const std::byte> payload) const noexcept {
    payload_reader reader(payload);
    for (const tensor_info& each : crossing(cut)) {
      if (const status taken = codecs->take(codec, reader, each.type, tensor(runner, each)); !taken) return taken;
    }
    if (const status done = reader.finish(); !done) return done;
    if (cut < last) run(runner, cut + std::size_t{1}, last);
    return {};
  }

  /// The outputs behind the cut as a payload at the front of `room`; its size, or why not.
  result<std::size_t> collect(void* runner, std::uint16_t cut, codec_id codec,
                              std::span<std::byte> room) const noexcept {
    payload_writer writer(room);
    for (const tensor_info& each : outputs_after(cut)) {
      if (const status added = codecs->add(codec, writer, tensor(runner, each), each.type); !added)
        return added.error();
    }
    return writer.size();
  }

 private:
  using tensors_of = std::span<const tensor_info> (*)(std::size_t cut) noexcept;

  std::size_t most(tensors_of tensors) const noexcept {
    std::size_t found = 0;
    for (std::size_t cut = 0; cut <= last; ++cut) {
      for (unsigned id = 0; id < 64; ++id) {
        const auto codec = static_cast<codec_id>(id);
        if (codecs->contains(codec)) found = std::max(found, max_payload(tensors(cut), codec));
      }
    }
    return found;
  }
};

}  // namespace cleave
#endif
// ---- cleave/runtime/describe.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_DESCRIBE_HPP
#define CLEAVE_RUNTIME_DESCRIBE_HPP

/// @file
/// From a graph's type to the table that a server works with: all of a server that is compiled once
/// a graph. Hosted.

namespace cleave {

/// The codecs that a server speaks unless told otherwise.
using common_codecs = codec_set<codecs::identity, codecs::f16>;

/// Graph, weights and codecs as a server wants to know them. `weights` must outlive what is made of it.
template <const auto& Graph, class Options, class Codecs, class Weights>
served_graph describe(const Weights& weights) noexcept {
  using runner = cut_runner<Graph, Options>;
  constexpr std::uint64_t print = fingerprint(Graph);
  return {
      .graph = print,
      .weights = weights.fingerprint(),
      .numerics = numeric_id<Options>,
      .last = Graph.last,
      .codecs = &table_of<Codecs>,
      .data = &weights,
      .crossing = [](std::size_t cut) noexcept { return runner::crossing(cut); },
      .outputs_after = [](std::size_t cut) noexcept { return runner::outputs_after(cut); },
      .make = [](const void* data) noexcept -> void* {
        return new (std::nothrow) runner(*static_cast<const Weights*>(data));
      },
      .destroy = [](void* what) noexcept { delete static_cast<runner*>(what); },
      .tensor = [](void* what, const tensor_info& info) noexcept { return static_cast<runner*>(what)->tensor(info); },
      .run = [](void* what, std::size_t first,
                std::size_t final) noexcept { static_cast<runner*>(what)->run(first, final); }};
}

}  // namespace cleave
#endif
// ---- cleave/runtime/server_buffer.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVER_BUFFER_HPP
#define CLEAVE_RUNTIME_SERVER_BUFFER_HPP

/// @file
/// Memory for requests and answers, counted against a server's budget. Hosted.

namespace cleave {

/// Bytes that may still be taken. Shared by threads.
class memory_budget {
 public:
  explicit memory_budget(std::size_t bytes) noexcept : left_(bytes) {}

  bool take(std::size_t bytes) noexcept {
    std::size_t left = left_.load(std::memory_order_relaxed);
    do {
      if (left < bytes) return false;
    } while (!left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t bytes) noexcept { left_.fetch_add(bytes, std::memory_order_relaxed); }
  std::size_t left() const noexcept { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

/// A piece of memory of fixed capacity, not initialised, of which the first `size` bytes count.
class server_buffer {
 public:
  server_buffer() noexcept = default;

  /// Empty-handed (`capacity()` is 0) when the budget or the memory is used up. The budget outlives the buffer.
  server_buffer(std::size_t capacity, memory_budget& budget) noexcept {
    if (!budget.take(capacity)) return;
    bytes_.reset(new (std::nothrow) std::byte[capacity]);
    if (bytes_ == nullptr) {
      budget.give_back(capacity);
      return;
    }
    capacity_ = capacity;
    budget_ = &budget;
  }
  server_buffer(server_buffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)),
        budget_(std::exchange(other.budget_, nullptr)) {}
  server_buffer& operator=(server_buffer&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    std::swap(budget_, other.budget_);
    return *this;
  }
  ~server_buffer() {
    if (budget_ != nullptr) budget_->give_back(capacity_);
  }

  std::size_t capacity() const noexcept { return capacity_; }

  /// Requires: `size <= capacity()`.
  void resize(std::size_t size) noexcept { size_ = size; }

  std::span<std::byte> bytes() noexcept { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  memory_budget* budget_ = nullptr;
};

}  // namespace cleave
#endif
// ---- cleave/runtime/server_options.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVER_OPTIONS_HPP
#define CLEAVE_RUNTIME_SERVER_OPTIONS_HPP

/// @file
/// The limits of a server, and what it tells about itself. Hosted.

namespace cleave {

/// What a server grants to its clients. Everything has a bound: no client can make it hold more.
struct server_options {
  /// Threads for the arithmetic, each with a workspace of its own; 0: one for each of the machine's.
  std::size_t workers = 0;
  /// Requests whose arithmetic takes no longer than this are answered by the network's thread itself, while it has
  /// nothing else to do: handing them to a worker and back would take longer. What counts is how long those with the
  /// same cut take as a rule. 0: workers answer all.
  std::uint32_t inline_microseconds = 50;
  /// Requests that may wait for a worker; those beyond are answered with `errc::overloaded`.
  std::size_t max_queue = 1024;
  /// Connections at a time; those beyond are told `errc::overloaded` and closed.
  std::size_t max_connections = 1024;
  /// Requests of one connection under way, their answers taken by the client included. At the limit the
  /// server stops reading from it, so a client that does not read can not make answers pile up.
  std::size_t max_in_flight = 16;
  /// Bytes of payload in a request. What a cut can need is always checked; this makes it less.
  std::uint32_t max_payload_bytes = std::numeric_limits<std::uint32_t>::max();
  /// Bytes of requests and answers held at a time, all connections together; a request for which there is no
  /// room is answered with `errc::overloaded`.
  std::size_t max_buffered_bytes = std::size_t{256} << 20;
  /// How long a connection may be silent between requests, or leave an answer unread.
  std::chrono::milliseconds idle_time{60'000};
  /// How long a client may take for one frame, from its first byte to its last, and for its hello.
  std::chrono::milliseconds frame_time{30'000};
  /// How long `stop` waits for requests under way and for clients to take their answers.
  std::chrono::milliseconds drain_time{5'000};
};

/// What a server has done and how it is doing.
struct server_statistics {
  std::uint64_t connections = 0;           ///< open now
  std::uint64_t connections_accepted = 0;  ///< so far
  std::uint64_t connections_refused = 0;   ///< so far, for want of room
  std::uint64_t connections_dropped = 0;   ///< so far: too slow, silent, or not speaking this protocol
  std::uint64_t requests = 0;              ///< accepted so far
  std::uint64_t answers = 0;               ///< made so far
  std::uint64_t errors = 0;                ///< error frames so far
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint32_t queue_length = 0;          ///< requests waiting now
  std::uint32_t service_microseconds = 0;  ///< arithmetic for one request, moving average
};

/// Counters that the network's thread and the workers share.
class server_meters {
 public:
  using counter = std::atomic<std::uint64_t>;

  counter connections{0};
  counter connections_accepted{0};
  counter connections_refused{0};
  counter connections_dropped{0};
  counter requests{0};
  counter answers{0};
  counter errors{0};
  counter bytes_received{0};
  counter bytes_sent{0};

  static void count(counter& what, std::uint64_t by = 1) noexcept { what.fetch_add(by, std::memory_order_relaxed); }

  /// Each sample weighs an eighth: the average follows a change within some twenty requests.
  void served(std::uint32_t microseconds) noexcept {
    std::uint64_t before = service_.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
      const std::uint64_t sample = std::uint64_t{microseconds} * 256 + 1;  // in 1/256 us; 0 stands for "none yet"
      next = before == 0 ? sample : before - before / 8 + sample / 8;
    } while (!service_.compare_exchange_weak(before, next, std::memory_order_relaxed));
  }

  std::uint32_t service_microseconds() const noexcept {
    return static_cast<std::uint32_t>(service_.load(std::memory_order_relaxed) / 256);
  }

  server_statistics read(std::size_t queue_length) const noexcept {
    const auto now = [](const counter& what) { return what.load(std::memory_order_relaxed); };
    return {.connections = now(connections),
            .connections_accepted = now(connections_accepted),
            .connections_refused = now(connections_refused),
            .connections_dropped = now(connections_dropped),
            .requests = now(requests),
            .answers = now(answers),
            .errors = now(errors),
            .bytes_received = now(bytes_received),
            .bytes_sent = now(bytes_sent),
            .queue_length = static_cast<std::uint32_t>(queue_length),
            .service_microseconds = service_microseconds()};
  }

 private:
  std::atomic<std::uint64_t> service_{0};
};

}  // namespace cleave
#endif
// ---- cleave/runtime/work_queue.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_WORK_QUEUE_HPP
#define CLEAVE_RUNTIME_WORK_QUEUE_HPP

/// @file
/// A bounded queue between threads. Hosted.

namespace cleave {

/// First in, first out, any number of threads on both sides, never more than `limit` entries.
template <class Entry>
class work_queue {
 public:
  explicit work_queue(std::size_t limit) noexcept : limit_(limit) {}

  /// Leaves `entry` as it was, and gives false, when the queue is full or closed.
  bool try_push(Entry& entry) {
    {
      const std::lock_guard hold(mutex_);
      if (closed_ || entries_.size() >= limit_) return false;
      entries_.push_back(std::move(entry));
    }
    filled_.notify_one();
    return true;
  }

  /// Waits for an entry; nothing when the queue was closed and is empty.
  std::optional<Entry> pop() {
    std::unique_lock hold(mutex_);
    filled_.wait(hold, [this] { return closed_ || !entries_.empty(); });
    if (entries_.empty()) return std::nullopt;
    std::optional<Entry> first(std::move(entries_.front()));
    entries_.pop_front();
    return first;
  }

  std::size_t size() const {
    const std::lock_guard hold(mutex_);
    return entries_.size();
  }

  /// No entry comes in any more; those inside are still given out.
  void close() {
    {
      const std::lock_guard hold(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
  }

  /// Throws away what waits.
  void clear() {
    std::deque<Entry> dropped;  // entries are destroyed without the lock
    const std::lock_guard hold(mutex_);
    dropped.swap(entries_);
  }

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Entry> entries_;
  bool closed_ = false;
};

}  // namespace cleave
#endif
// ---- cleave/wire/frame_encoder.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_ENCODER_HPP
#define CLEAVE_WIRE_FRAME_ENCODER_HPP

/// @file
/// Frames on their way out: `frame_encoder` streams a header, pieces of payload where they lie, and
/// the checksum, in one pass; `seal_frame` completes a frame whose payload already is in a buffer.

namespace cleave {

/// Streams one frame. The payload is not copied: `pending()` points into the pieces.
///
///     frame_encoder encoder{header, pieces};
///     while (!encoder.done()) encoder.consume(uart.send(encoder.pending()));
class frame_encoder {
 public:
  /// Requires: the pieces, and the array of them, outlive the encoder and stay as they are until they
  /// are consumed; together they have less than 4 GiB. `header.payload_bytes` is set from them.
  constexpr explicit frame_encoder(frame_header header,
                                   std::span<const std::span<const std::byte>> pieces = {}) noexcept
      : pieces_(pieces) {
    std::uint32_t total = 0;
    for (const std::span<const std::byte> piece : pieces) total += static_cast<std::uint32_t>(piece.size());
    header.payload_bytes = total;
    left_ = total;
    store_header(header, staged_);
    pending_ = staged_;
  }

  // pending_ points into the object.
  frame_encoder(const frame_encoder&) = delete;
  frame_encoder& operator=(const frame_encoder&) = delete;

  constexpr bool done() const noexcept { return pending_.empty(); }

  /// The next bytes to send; more follow when these are consumed. Empty when the frame is complete.
  constexpr std::span<const std::byte> pending() const noexcept { return pending_; }

  /// Tells that the first `count` bytes of `pending()` have gone. Requires: `count <= pending().size()`.
  constexpr void consume(std::size_t count) noexcept {
    if (in_payload_) {
      checksum_ = crc32c(pending_.first(count), checksum_);
      left_ -= static_cast<std::uint32_t>(count);
    }
    pending_ = pending_.subspan(count);
    while (pending_.empty() && !finished_) advance();
  }

  /// Moves the next bytes into `out`, as many as fit: for links that want few, full packets.
  std::size_t copy(std::span<std::byte> out) noexcept {
    std::size_t copied = 0;
    while (!done() && copied < out.size()) {
      const std::size_t count = std::min(pending_.size(), out.size() - copied);
      std::memcpy(out.data() + copied, pending_.data(), count);
      consume(count);
      copied += count;
    }
    return copied;
  }

 private:
  constexpr void advance() noexcept {
    if (left_ != 0) {
      in_payload_ = true;
      pending_ = pieces_.front();
      pieces_ = pieces_.subspan(1);
      return;
    }
    finished_ = true;
    if (in_payload_) {
      in_payload_ = false;
      store_little(staged_.data(), checksum_);
      pending_ = std::span(staged_).first(frame_trailer_bytes);
    }
  }

  std::span<const std::span<const std::byte>> pieces_;
  std::span<const std::byte> pending_;
  std::uint32_t left_ = 0;
  std::uint32_t checksum_ = 0;
  bool in_payload_ = false;
  bool finished_ = false;
  std::array<std::byte, frame_header_bytes> staged_{};  // the header, later the checksum
};

/// Completes the frame whose payload of `payload_bytes` begins at `buffer[frame_header_bytes]`: writes the
/// header before and the checksum behind it, and gives the whole frame, ready for one write.
/// Requires: `buffer.size() >= frame_bytes(payload_bytes)`.
constexpr std::span<const std::byte> seal_frame(frame_header header, std::span<std::byte> buffer,
                                                std::uint32_t payload_bytes) noexcept {
  header.payload_bytes = payload_bytes;
  store_header(header, buffer.first<frame_header_bytes>());
  if (payload_bytes != 0) {
    store_little(&buffer[frame_header_bytes + payload_bytes],
                 crc32c(buffer.subspan(frame_header_bytes, payload_bytes)));
  }
  return buffer.first(frame_bytes(payload_bytes));
}

}  // namespace cleave
#endif
// ---- cleave/runtime/server_workers.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVER_WORKERS_HPP
#define CLEAVE_RUNTIME_SERVER_WORKERS_HPP

/// @file
/// The arithmetic of a server: a bounded queue of requests and the threads that answer them. Short requests can be
/// answered in the caller's thread instead.
/// Hosted; knows nothing of networks of computers.

namespace cleave {

struct server_job;

/// Who asked, and takes the answer: in practice a connection. Called from a worker's thread.
class job_owner {
 public:
  virtual void finished(server_job&& job) noexcept = 0;

 protected:
  ~job_owner() = default;
};

/// A request on its way through the server and, in the same memory, its answer on the way back.
struct server_job {
  std::shared_ptr<job_owner> owner;
  frame_header header{};  ///< of the request, then of the answer
  server_buffer bytes;    ///< the request's payload at the front, then the whole answer frame
};

/// The bytes that a request with this header and its answer need, one after the other in the same place.
inline std::size_t job_bytes(const served_graph& graph, const frame_header& header) noexcept {
  const std::size_t answer = graph.max_payload(graph.outputs_after(header.cut), header.codec);
  return std::max(std::size_t{header.payload_bytes} + frame_trailer_bytes,
                  frame_bytes(static_cast<std::uint32_t>(answer)));
}

/// Answers one job in a runner's memory: gives an answer frame, or an error frame that says why there is none.
/// Requires: `job.bytes` has the capacity for both (`job_bytes`): nothing is allocated here.
inline void answer_job(const served_graph& graph, void* runner, server_job& job) noexcept {
  frame_header& header = job.header;
  errc why = errc::overloaded;
  if (runner != nullptr) {
    why = graph.compute(runner, header.cut, header.codec, job.bytes.bytes().first(header.payload_bytes)).error();
  }
  const std::span<const tensor_info> outputs = graph.outputs_after(header.cut);
  const std::size_t room = why == errc::ok ? graph.max_payload(outputs, header.codec) : 0;
  job.bytes.resize(frame_bytes(static_cast<std::uint32_t>(room)));
  if (why == errc::ok) {
    const std::span<std::byte> payload = job.bytes.bytes().subspan(frame_header_bytes, room);
    const auto collected = graph.collect(runner, header.cut, header.codec, payload);
    why = collected.error();
    header.payload_bytes = collected ? static_cast<std::uint32_t>(*collected) : 0;
    header.tensors = static_cast<std::uint16_t>(outputs.size());
    header.type = outputs.empty() ? dtype::float32 : outputs.front().type;
  }
  header.kind = why == errc::ok ? frame_kind::answer : frame_kind::error;
  header.error = why;
  if (why != errc::ok) header.payload_bytes = 0;
}

/// How long a request with each cut takes. They do the same work every time, so one that took far longer was kept from
/// it: each moves the estimate by an eighth at most. From any thread.
class service_times {
 public:
  explicit service_times(std::size_t cuts) : cuts_(cuts) {}

  void add(std::size_t cut, std::uint32_t microseconds) noexcept {
    entry& of = cuts_[cut];
    microseconds = std::min(microseconds, std::numeric_limits<std::uint32_t>::max() / 2);  // room for a step
    const std::uint32_t before = of.typical.load(std::memory_order_relaxed);
    const std::uint32_t step = before / 8 + 1;
    const bool first = of.count.fetch_add(1, std::memory_order_relaxed) == 0;
    of.typical.store(first ? microseconds : std::clamp(microseconds, before - std::min(step, before), before + step),
                     std::memory_order_relaxed);
  }
  /// Whether this cut has been asked for several times, and takes no longer.
  bool is_within(std::size_t cut, std::uint32_t microseconds) const noexcept {
    const entry& of = cuts_[cut];
    return of.count.load(std::memory_order_relaxed) >= 8 && of.typical.load(std::memory_order_relaxed) <= microseconds;
  }

 private:
  struct entry {
    std::atomic<std::uint32_t> typical{0};
    std::atomic<std::uint64_t> count{0};
  };
  std::vector<entry> cuts_;
};

/// The threads. Requires: `graph` and `meters` outlive it.
class server_workers {
 public:
  server_workers(const served_graph& graph, server_meters& meters, const server_options& options)
      : graph_(graph),
        meters_(meters),
        queue_(options.max_queue),
        times_(graph.last + 1),
        inline_microseconds_(options.inline_microseconds),
        count_(options.workers) {
    if (count_ == 0) count_ = std::max(1U, std::thread::hardware_concurrency());
  }
  ~server_workers() { finish(); }
  server_workers(const server_workers&) = delete;
  server_workers& operator=(const server_workers&) = delete;

  /// May throw what a new thread may.
  void start() {
    if (inline_microseconds_ > 0) here_.reset(graph_.make(graph_.data));
    threads_.reserve(count_);
    while (threads_.size() < count_) threads_.emplace_back([this] { work(); });
  }

  /// Hands a request to the workers; false, and `job` as it was, when there is no room for it.
  bool take(server_job& job) { return queue_.try_push(job); }

  /// Answers a request in the caller's thread, if that is a short affair: the answer is in `job` then. A request that
  /// had to wait for the one before is not answered so: there is work for more than one thread. One thread at a time.
  bool answer_here(server_job& job) noexcept {
    constexpr std::chrono::microseconds at_once{5};
    if (here_ == nullptr || !times_.is_within(job.header.cut, inline_microseconds_)) return false;
    if (clock::now() - answered_here_ < at_once) return false;
    answer(here_.get(), job);
    answered_here_ = clock::now();
    return true;
  }

  std::size_t queue_length() const { return queue_.size(); }

  /// Drops requests that no worker has begun.
  void abandon() { queue_.clear(); }

  /// Waits until everything taken has been answered, and ends the threads.
  void finish() {
    queue_.close();
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

 private:
  using clock = std::chrono::steady_clock;

  struct destroy {
    void (*runner)(void*) noexcept;
    void operator()(void* which) const noexcept { runner(which); }
  };
  using owned_runner = std::unique_ptr<void, destroy>;

  void work() noexcept {
    const owned_runner runner(graph_.make(graph_.data), {graph_.destroy});
    while (std::optional<server_job> job = queue_.pop()) {
      answer(runner.get(), *job);
      const std::shared_ptr<job_owner> owner = std::move(job->owner);
      owner->finished(std::move(*job));
    }
  }

  /// The answer as a whole frame, with what it took.
  void answer(void* runner, server_job& job) noexcept {
    const auto start = clock::now();
    const std::size_t cut = job.header.cut;
    answer_job(graph_, runner, job);
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start).count();
    const auto microseconds =
        static_cast<std::uint32_t>(std::min<std::int64_t>(spent, std::numeric_limits<std::uint32_t>::max()));
    frame_header& header = job.header;
    if (header.error == errc::ok) {
      meters_.served(microseconds);
      times_.add(cut, microseconds);
      server_meters::count(meters_.answers);
    } else {
      server_meters::count(meters_.errors);
    }
    header.load = {static_cast<std::uint32_t>(queue_.size()), microseconds};
    job.bytes.resize(seal_frame(header, job.bytes.bytes(), header.payload_bytes).size());
  }

  const served_graph& graph_;
  server_meters& meters_;
  work_queue<server_job> queue_;
  service_times times_;
  std::uint32_t inline_microseconds_;
  owned_runner here_{nullptr, {graph_.destroy}};
  clock::time_point answered_here_{};
  std::size_t count_;
  std::vector<std::thread> threads_;
};

}  // namespace cleave
#endif
// ---- cleave/wire/frame_decoder.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_DECODER_HPP
#define CLEAVE_WIRE_FRAME_DECODER_HPP

/// @file
/// Frames on their way in, from a hostile world: a state machine that is fed bytes as they come. No
/// byte of a payload is taken before its length was compared with the room there is for it.

namespace cleave {

enum class decoder_stage : std::uint8_t {
  header,    ///< wants bytes of a header
  decide,    ///< `header()` is there and announces a payload: `accept` or `skip` it
  payload,   ///< wants bytes of the payload or its checksum
  complete,  ///< a whole and sound frame; `restart` for the next
  failed,    ///< `error()` tells why; only behind a `bad_payload` can the stream go on, after `restart`
};

/// Takes one frame after the other from a stream.
///
/// Bytes are pushed with `feed`, or read straight into `room()` and announced with `commit`; both stop
/// at the end of a header and at the end of a frame, so that the caller sees the header, and what the
/// cut and codec in it may need, before it says where the payload goes.
class frame_decoder {
 public:
  /// A header that announces more than `max_payload_bytes` fails with `errc::frame_too_large`.
  constexpr explicit frame_decoder(std::uint32_t max_payload_bytes) noexcept : max_payload_bytes_(max_payload_bytes) {}

  constexpr decoder_stage stage() const noexcept { return stage_; }

  /// Why the stage is `failed`; otherwise `ok`.
  constexpr errc error() const noexcept { return error_; }

  /// Whether the decoder waits for bytes; otherwise it waits for its owner.
  constexpr bool hungry() const noexcept { return stage_ == decoder_stage::header || stage_ == decoder_stage::payload; }

  /// Whether no byte of the current frame has come.
  constexpr bool idle() const noexcept { return stage_ == decoder_stage::header && taken_ == 0; }

  /// Requires: the stage is `decide`, `payload` or `complete`, or the error `bad_payload`.
  constexpr const frame_header& header() const noexcept { return header_; }

  /// The payload in the buffer given to `accept`; empty when it was skipped or there is none.
  /// Requires: the stage is `complete`.
  constexpr std::span<const std::byte> payload() const noexcept {
    return skipping_ ? std::span<const std::byte>{} : buffer_.first(header_.payload_bytes);
  }

  /// Says where the payload goes, or fails with `frame_too_large` when `buffer` is too small. With four bytes
  /// more than the payload the checksum is read along with it, into them: one system call less.
  /// Requires: the stage is `decide`.
  constexpr status accept(std::span<std::byte> buffer) noexcept {
    if (buffer.size() < header_.payload_bytes) return fail(errc::frame_too_large);
    const std::size_t whole = std::size_t{header_.payload_bytes} + frame_trailer_bytes;
    begin_payload(buffer.first(buffer.size() < whole ? header_.payload_bytes : whole), false);
    return {};
  }

  /// Lets the payload pass unseen, so that the stream can go on behind it. What passes is written to
  /// `scratch` again and again when `room()` is used, or to a few bytes in the decoder.
  /// Requires: the stage is `decide`.
  constexpr void skip(std::span<std::byte> scratch = {}) noexcept { begin_payload(scratch, true); }

  /// Takes bytes from the front of `bytes` and gives their number; stops early when no longer hungry.
  constexpr std::size_t feed(std::span<const std::byte> bytes) noexcept {
    std::size_t fed = 0;
    while (fed < bytes.size() && hungry()) {
      const std::span<std::byte> to = room();
      const std::size_t count = std::min(to.size(), bytes.size() - fed);
      std::copy_n(bytes.data() + fed, count, to.data());
      commit(count);
      fed += count;
    }
    return fed;
  }

  /// Where the next bytes of the stream belong: never past the end of this header or frame, never
  /// outside the buffer accepted. Empty when not hungry.
  constexpr std::span<std::byte> room() noexcept {
    if (stage_ == decoder_stage::header) return std::span(staged_).subspan(taken_);
    if (stage_ != decoder_stage::payload) return {};
    const std::size_t payload = header_.payload_bytes;
    if (skipping_ && taken_ < payload) {
      const std::span<std::byte> scratch = buffer_.empty() ? std::span<std::byte>(staged_) : buffer_;
      return scratch.first(std::min(scratch.size(), payload - taken_));
    }
    if (!skipping_ && taken_ < buffer_.size()) return buffer_.subspan(taken_);
    return std::span(staged_).first(frame_trailer_bytes).subspan(taken_ - payload);
  }

  /// Tells that the first `count` bytes of `room()` have been written. Requires: `count <= room().size()`.
  constexpr void commit(std::size_t count) noexcept {
    if (stage_ == decoder_stage::header) return commit_header(count);
    if (stage_ != decoder_stage::payload) return;
    const std::size_t payload = header_.payload_bytes;
    if (taken_ < payload) {
      checksum_ = crc32c(room().first(std::min(count, payload - taken_)), checksum_);
    }
    taken_ += count;
    if (taken_ < payload + frame_trailer_bytes) return;
    const std::byte* trailer = !skipping_ && buffer_.size() > payload ? &buffer_[payload] : staged_.data();
    if (load_little<std::uint32_t>(trailer) != checksum_) return static_cast<void>(fail(errc::bad_payload));
    stage_ = decoder_stage::complete;
  }

  /// Ready for the next frame, or for the first one of a new connection.
  constexpr void restart() noexcept {
    stage_ = decoder_stage::header;
    error_ = errc::ok;
    header_ = {};
    buffer_ = {};
    taken_ = 0;
    skipping_ = false;
  }

 private:
  constexpr status fail(errc why) noexcept {
    stage_ = decoder_stage::failed;
    error_ = why;
    return why;
  }

  constexpr void commit_header(std::size_t count) noexcept {
    // The magic is looked at as it comes: a peer that speaks something else may never send 48 bytes.
    for (std::size_t i = taken_; i < std::min(taken_ + count, frame_magic.size()); ++i) {
      if (staged_[i] != frame_magic[i]) return static_cast<void>(fail(errc::bad_magic));
    }
    taken_ += count;
    if (taken_ < frame_header_bytes) return;
    const result<frame_header> loaded = load_header(staged_);
    if (!loaded) return static_cast<void>(fail(loaded.error()));
    if (loaded->payload_bytes > max_payload_bytes_) return static_cast<void>(fail(errc::frame_too_large));
    header_ = *loaded;
    stage_ = header_.payload_bytes == 0 ? decoder_stage::complete : decoder_stage::decide;
  }

  constexpr void begin_payload(std::span<std::byte> buffer, bool skipping) noexcept {
    stage_ = decoder_stage::payload;
    buffer_ = buffer;
    skipping_ = skipping;
    taken_ = 0;
    checksum_ = 0;
  }

  std::span<std::byte> buffer_;
  std::size_t taken_ = 0;  // bytes of the header, later of payload and checksum
  frame_header header_{};
  std::uint32_t max_payload_bytes_;
  std::uint32_t checksum_ = 0;
  decoder_stage stage_ = decoder_stage::header;
  errc error_ = errc::ok;
  bool skipping_ = false;
  std::array<std::byte, frame_header_bytes> staged_{};  // the header, later the checksum
};

}  // namespace cleave
#endif
// ---- cleave/runtime/server_connection.hpp ---------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVER_CONNECTION_HPP
#define CLEAVE_RUNTIME_SERVER_CONNECTION_HPP

/// @file
/// One device's connection to the server: what its frames mean, and the limits that it is held to.
/// Hosted; stands on Asio. Everything but `finished` runs in the network's thread.

namespace cleave {

/// What all connections of a server share. Requires: outlives them.
struct server_shared {
  const served_graph& graph;
  const server_options& options;
  server_meters& meters;
  server_workers& workers;
  hello introduction;
  memory_budget& requests;          ///< for requests and their answers
  memory_budget& notices;           ///< for frames of a header only: bounded by their number
  std::uint32_t max_payload_bytes;  ///< of any frame that a client may send
};

class server_connection final : public job_owner, public std::enable_shared_from_this<server_connection> {
 public:
  using clock = std::chrono::steady_clock;

  server_connection(server_shared& shared, asio::ip::tcp::socket socket)
      : shared_(shared), socket_(std::move(socket)), decoder_(shared.max_payload_bytes) {
    std::error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  bool is_open() const noexcept { return socket_.is_open(); }

  void start() { read(); }

  /// Tells the client why there is no place for it, and closes.
  void refuse(errc why) {
    send_error(0, why);
    close_when_sent();
  }

  /// Takes no request any more; closes when all answers are with the client.
  void begin_stop() {
    stopping_ = true;
    close_if_done();
  }

  /// Closes when a limit of time has passed. To be called now and then.
  void check_time(clock::time_point now) {
    if (!is_open()) return;
    if (now < limit() && !answer_lost_.load(std::memory_order_relaxed)) return;
    if (stage_ != stage::lingering) server_meters::count(shared_.meters.connections_dropped);
    close();
  }

  void close() noexcept {
    std::error_code ignored;
    socket_.close(ignored);
  }

  /// From a worker's thread: the answer goes to the network's thread.
  void finished(server_job&& job) noexcept override {
    try {
      asio::post(socket_.get_executor(),
                 [self = shared_from_this(), done = std::move(job)]() mutable { self->answered(std::move(done)); });
    } catch (...) {
      answer_lost_.store(true, std::memory_order_relaxed);  // no memory for the message
    }
  }

 private:
  enum class stage : std::uint8_t {
    unknown,    ///< has not said hello
    greeted,    ///< may ask
    closing,    ///< takes nothing any more, sends what is left
    lingering,  ///< has sent everything, waits for the client to have read it
  };

  // ---- time

  /// When the connection has to have moved on.
  clock::time_point limit() const {
    const server_options& options = shared_.options;
    if (stage_ == stage::lingering) return moved_ + linger_time;
    if (!outgoing_.empty()) return moved_ + options.idle_time;
    if (!in_flight_.empty() && (is_full() || decoder_.idle())) return clock::time_point::max();  // our turn
    if (stage_ == stage::unknown || !decoder_.idle()) return frame_began_ + options.frame_time;
    return moved_ + options.idle_time;
  }

  /// Whether the client has as much under way as it may.
  bool is_full() const noexcept { return in_flight_.size() + outgoing_.size() >= shared_.options.max_in_flight; }

  // ---- reading

  /// Reads on, unless that is under way already or the client has enough under way.
  void read() {
    if (reading_ || !is_open()) return;
    if (stage_ < stage::closing && is_full()) return;
    reading_ = true;
    // Large payloads go straight to their place; what is small comes several frames at a time.
    const std::span<std::byte> room = decoder_.room();
    const bool direct = stage_ < stage::closing && room.size() >= staged_.size();
    const std::span<std::byte> to = direct ? room : std::span<std::byte>(staged_);
    socket_.async_read_some(asio::buffer(to.data(), to.size()),
                            [self = shared_from_this(), direct](const std::error_code& code, std::size_t count) {
                              self->reading_ = false;
                              self->received(code, count, direct);
                            });
  }

  void received(const std::error_code& code, std::size_t count, bool direct) {
    if (!is_open()) return;
    // A client that has closed its side may still wait for answers.
    if (code == asio::error::eof && stage_ != stage::lingering) return close_when_sent();
    if (code) return close();
    server_meters::count(shared_.meters.bytes_received, count);
    if (stage_ >= stage::closing) return read();  // nobody listens any more
    more_ = !direct && count == staged_.size();
    if (direct) {
      decoder_.commit(count);
      pending_ = {};
    } else {
      pending_ = std::span(staged_).first(count);
    }
    consume();
  }

  /// What did not fit beside a header: the rest of a large payload is there too, as a rule, and a turn through the
  /// event loop would take longer than fetching it. Once, then others have their turn. False when nothing came.
  bool read_on() {
    const std::span<std::byte> room = decoder_.room();
    if (!std::exchange(more_, false) || room.size() < staged_.size() || !socket_.non_blocking()) return false;
    std::error_code code;
    const std::size_t count = socket_.read_some(asio::buffer(room.data(), room.size()), code);
    if (code || count == 0) return false;  // the next read finds out what it is
    server_meters::count(shared_.meters.bytes_received, count);
    decoder_.commit(count);
    return true;
  }

  /// Takes apart what has come, as far as the client's share goes.
  void consume() {
    while (stage_ < stage::closing) {
      if (is_full()) return;
      const bool fresh = decoder_.idle();
      pending_ = pending_.subspan(decoder_.feed(pending_));
      if (fresh && !decoder_.idle()) frame_began_ = clock::now();
      switch (decoder_.stage()) {
        case decoder_stage::failed:
          if (decoder_.error() != errc::bad_payload) return fail(decoder_.error());
          send_error(decoder_.header().request, errc::bad_payload);  // its length was sound: the next frame follows
          decoder_.restart();
          arriving_ = {};
          break;
        case decoder_stage::decide: announced(); break;
        case decoder_stage::complete: complete(); break;
        default:
          if (pending_.empty() && !read_on()) return read();
      }
    }
    read();
  }

  /// A header with a payload behind it: says where that goes.
  void announced() {
    const frame_header& header = decoder_.header();
    if (header.kind == frame_kind::hello) {
      static_cast<void>(decoder_.accept(words_));
      return;
    }
    if (header.kind != frame_kind::request || stage_ != stage::greeted) return fail(errc::bad_frame);
    refused_ = prepare(header);
    if (refused_ != errc::ok) return decoder_.skip();
    static_cast<void>(decoder_.accept(arriving_.bytes()));
  }

  /// Memory for a request, or why it will not be worked on.
  errc prepare(const frame_header& header) noexcept {
    if (stopping_) return errc::stopping;
    if (const status checked = shared_.graph.check(header, client_.max_payload_bytes); !checked) return checked.error();
    const std::size_t bytes = job_bytes(shared_.graph, header);
    arriving_ = server_buffer();
    arriving_ = server_buffer(bytes, shared_.requests);
    if (arriving_.capacity() < bytes) return errc::overloaded;
    arriving_.resize(std::size_t{header.payload_bytes} + frame_trailer_bytes);
    return errc::ok;
  }

  /// A whole frame.
  void complete() {
    const frame_header header = decoder_.header();
    decoder_.restart();
    moved_ = clock::now();
    switch (header.kind) {
      case frame_kind::hello: return greet();
      case frame_kind::request: return ask(header);
      case frame_kind::ping: return send_header({.kind = frame_kind::pong, .request = header.request});
      case frame_kind::goodbye: return close_when_sent();
      default: return fail(errc::bad_frame);
    }
  }

  void greet() {
    client_ = load_hello(std::span(words_).first<hello_bytes>());
    const errc why = stopping_ ? errc::stopping : agree(shared_.introduction, client_).error();
    server_buffer frame(frame_bytes(hello_bytes), shared_.notices);
    if (frame.capacity() == 0) return close();
    frame.resize(frame.capacity());
    store_hello(shared_.introduction, frame.bytes().subspan<frame_header_bytes, hello_bytes>());
    const frame_header header{.kind = frame_kind::hello_reply, .error = why, .load = load()};
    static_cast<void>(seal_frame(header, frame.bytes(), hello_bytes));
    if (why == errc::ok) stage_ = stage::greeted;
    send(std::move(frame));
    if (why != errc::ok) close_when_sent();
  }

  void ask(const frame_header& header) {
    if (stage_ != stage::greeted) return fail(errc::bad_frame);
    if (header.payload_bytes == 0) refused_ = prepare(header);  // was not announced: a header alone
    if (refused_ != errc::ok) return send_error(header.request, std::exchange(refused_, errc::ok));
    // A device that asks again because it heard nothing gets the answer that is on its way.
    server_job job{shared_from_this(), header, std::move(arriving_)};
    if (std::find(in_flight_.begin(), in_flight_.end(), header.request) != in_flight_.end()) return;
    if (shared_.workers.answer_here(job)) {
      server_meters::count(shared_.meters.requests);
      return send(std::move(job.bytes));
    }
    if (!shared_.workers.take(job)) return send_error(header.request, errc::overloaded);
    in_flight_.push_back(header.request);
    server_meters::count(shared_.meters.requests);
  }

  // ---- writing

  void answered(server_job&& job) {
    std::erase(in_flight_, job.header.request);
    if (!is_open()) return;
    send(std::move(job.bytes));
    if (stopping_) close_if_done();
  }

  void send_error(std::uint64_t request, errc why) {
    server_meters::count(shared_.meters.errors);
    send_header({.kind = frame_kind::error, .request = request, .error = why});
  }

  void send_header(frame_header header) {
    header.load = load();
    server_buffer frame(frame_header_bytes, shared_.notices);
    if (frame.capacity() == 0) return close();
    frame.resize(frame_header_bytes);
    static_cast<void>(seal_frame(header, frame.bytes(), 0));
    send(std::move(frame));
  }

  void send(server_buffer&& frame) {
    if (!is_open()) return;
    if (outgoing_.empty()) moved_ = clock::now();
    outgoing_.push_back(std::move(frame));
    if (outgoing_.size() == 1) write();
  }

  void write() {
    const auto left = std::as_const(outgoing_.front()).bytes().subspan(written_);
    socket_.async_write_some(
        asio::buffer(left.data(), left.size()),
        [self = shared_from_this()](const std::error_code& code, std::size_t count) { self->sent(code, count); });
  }

  void sent(const std::error_code& code, std::size_t count) {
    if (!is_open()) return;
    if (code) return close();
    server_meters::count(shared_.meters.bytes_sent, count);
    moved_ = clock::now();
    written_ += count;
    if (written_ == outgoing_.front().bytes().size()) {
      written_ = 0;
      outgoing_.pop_front();
    }
    if (!outgoing_.empty()) {
      write();
    } else if (stage_ == stage::closing || stopping_) {
      close_if_done();
    }
    if (stage_ < stage::closing && !reading_) consume();
  }

  // ---- closing

  /// The stream makes no sense any more: says so, and closes.
  void fail(errc why) {
    server_meters::count(shared_.meters.connections_dropped);
    send_error(0, why);
    close_when_sent();
  }

  void close_when_sent() {
    if (stage_ < stage::closing) stage_ = stage::closing;
    close_if_done();
  }

  /// Closes our side when nothing is left to send. What the client still sends is read and thrown away for a
  /// while: closing on unread bytes would destroy answers that it has not read yet (RFC 1122, 4.2.2.13).
  void close_if_done() {
    if (!is_open() || stage_ == stage::lingering || !outgoing_.empty() || !in_flight_.empty()) return;
    const auto now = clock::now();
    if (stopping_ && decoder_.idle() && now - moved_ > linger_time) return close();  // nothing is under way
    stage_ = stage::lingering;
    moved_ = now;
    std::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    pending_ = {};
    read();
  }

  server_load load() const {
    return {static_cast<std::uint32_t>(shared_.workers.queue_length()), shared_.meters.service_microseconds()};
  }

  static constexpr std::chrono::milliseconds linger_time{500};

  server_shared& shared_;
  asio::ip::tcp::socket socket_;
  frame_decoder decoder_;
  stage stage_ = stage::unknown;
  bool reading_ = false;
  bool more_ = false;  // the last read filled its buffer
  bool stopping_ = false;
  std::atomic<bool> answer_lost_{false};
  hello client_{};
  errc refused_ = errc::ok;               // why the request that is arriving will not be worked on
  server_buffer arriving_;                // its payload
  std::vector<std::uint64_t> in_flight_;  // requests with the workers
  std::deque<server_buffer> outgoing_;
  std::size_t written_ = 0;  // of the first of them
  clock::time_point moved_ = clock::now();
  clock::time_point frame_began_ = clock::now();
  std::span<const std::byte> pending_;  // of staged_: not yet taken apart
  std::array<std::byte, hello_bytes + frame_trailer_bytes> words_{};
  std::array<std::byte, 4096> staged_{};
};

}  // namespace cleave
#endif
// ---- cleave/transport/tcp_error.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_ERROR_HPP
#define CLEAVE_TRANSPORT_TCP_ERROR_HPP

/// @file
/// What an operating system's network errors mean to cleave. Hosted; stands on Asio.

namespace cleave::tcp {

/// The code of cleave nearest to `code`. A connection that was lost in any way is `closed`.
inline errc to_errc(const std::error_code& code) noexcept {
  if (!code) return errc::ok;
  if (code == asio::error::eof || code == asio::error::connection_reset || code == asio::error::broken_pipe ||
      code == asio::error::connection_aborted || code == asio::error::not_connected ||
      code == asio::error::bad_descriptor || code == asio::error::shut_down) {
    return errc::closed;
  }
  if (code == asio::error::connection_refused) return errc::refused;
  if (code == asio::error::address_in_use) return errc::address_in_use;
  if (code == asio::error::timed_out || code == asio::error::operation_aborted) return errc::timed_out;
  if (code == asio::error::host_not_found || code == asio::error::host_not_found_try_again ||
      code == asio::error::no_data || code == asio::error::service_not_found || code == asio::error::host_unreachable ||
      code == asio::error::network_unreachable || code == asio::error::network_down) {
    return errc::unreachable;
  }
  return errc::io_error;
}

}  // namespace cleave::tcp
#endif
// ---- cleave/transport/tcp_listener.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_LISTENER_HPP
#define CLEAVE_TRANSPORT_TCP_LISTENER_HPP

/// @file
/// A port that waits for connections. Hosted; stands on Asio.

namespace cleave::tcp {

/// Listens from its construction on, over IPv6 and IPv4 at once where the system has both.
/// Guarantees: nothing throws; a port that can not be had is told by `error()`.
class listener {
 public:
  /// Port 0 takes any free port; an `address` limits the listener to one interface ("127.0.0.1").
  explicit listener(std::uint16_t port, const std::string& address = {}) noexcept {
    try {
      parts_.emplace();
      if (!address.empty()) {
        const auto number = asio::ip::make_address(address, cause_);
        if (!cause_) open({number, port}, false);
      } else {
        open({asio::ip::tcp::v6(), port}, true);
        if (cause_ == asio::error::address_family_not_supported || cause_ == asio::error::no_protocol_option) {
          open({asio::ip::tcp::v4(), port}, false);  // a kernel without IPv6
        }
      }
      if (!cause_) port_ = parts_->acceptor.local_endpoint(cause_).port();
    } catch (...) {
      cause_ = asio::error::no_memory;
    }
    open_ = !cause_;
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  explicit operator bool() const noexcept { return is_open(); }
  /// From any thread.
  bool is_open() const noexcept { return open_; }

  /// The port that is listened on, also where 0 was asked for.
  std::uint16_t port() const noexcept { return port_; }

  /// Why the port could not be had; `cause` is the operating system's own reason.
  errc error() const noexcept { return to_errc(cause_); }
  const std::error_code& cause() const noexcept { return cause_; }

  /// Stops listening; connections that were accepted live on.
  void close() noexcept {
    open_ = false;
    if (!parts_) return;
    std::error_code ignored;
    parts_->acceptor.close(ignored);
  }

  /// For whoever accepts, in practice `server::run`. Requires: `is_open()`.
  asio::io_context& context() noexcept { return parts_->context; }
  asio::ip::tcp::acceptor& acceptor() noexcept { return parts_->acceptor; }

 private:
  struct parts {
    parts() : context(1), acceptor(context) {}

    asio::io_context context;
    asio::ip::tcp::acceptor acceptor;
  };

  void open(const asio::ip::tcp::endpoint& endpoint, bool both) {
    asio::ip::tcp::acceptor& acceptor = parts_->acceptor;
    cause_.clear();
    acceptor.open(endpoint.protocol(), cause_);
    if (!cause_ && both) acceptor.set_option(asio::ip::v6_only(false), cause_);
    // Without it a restarted server waits for the old one's connections to time out.
    if (!cause_) acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), cause_);
    if (!cause_) acceptor.bind(endpoint, cause_);
    if (!cause_) acceptor.listen(asio::socket_base::max_listen_connections, cause_);
    if (cause_) {
      std::error_code ignored;
      acceptor.close(ignored);
    }
  }

  std::optional<parts> parts_;
  std::error_code cause_;
  std::uint16_t port_ = 0;
  std::atomic<bool> open_{false};
};

}  // namespace cleave::tcp
#endif
// ---- cleave/runtime/server_core.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVER_CORE_HPP
#define CLEAVE_RUNTIME_SERVER_CORE_HPP

/// @file
/// A server for any graph: accepts, keeps the limits, stops gracefully. Hosted; stands on Asio.

namespace cleave {

/// What `server<Graph>` is made of.
class server_core {
 public:
  server_core(const served_graph& graph, const server_options& options)
      : graph_(graph), options_(options), requests_(options.max_buffered_bytes), workers_(graph_, meters_, options_) {}
  server_core(const server_core&) = delete;
  server_core& operator=(const server_core&) = delete;

  /// Serves until `stop`; then answers what was accepted, closes the listener and returns. What the operating system
  /// refuses (a listener without its port, no threads) is returned as an error. One call in a server's life.
  status run(tcp::listener& listener) noexcept {
    if (!listener.is_open()) return listener.error() == errc::ok ? errc::closed : listener.error();
    if (ran_.exchange(true)) return errc::stopping;
    try {
      workers_.start();
      network loop(*this, listener);
      return loop.run() ? errc::ok : errc::io_error;
    } catch (...) {  // no threads
      listener.close();
      return errc::io_error;
    }
  }

  /// Ends `run`, also one that has not begun. From any thread or signal handler.
  void stop() noexcept { stop_.store(true); }

  server_statistics statistics() const { return meters_.read(workers_.queue_length()); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free, "stop() may be called by a signal handler");

  /// The network's side while `run` runs.
  class network {
   public:
    network(server_core& core, tcp::listener& listener)
        : core_(core),
          shared_{core.graph_,
                  core.options_,
                  core.meters_,
                  core.workers_,
                  introduction_of(core),
                  core.requests_,
                  core.notices_,
                  std::max(static_cast<std::uint32_t>(hello_bytes), introduction_of(core).max_payload_bytes)},
          listener_(listener),
          timer_(listener.context()) {}

    /// False when it could not begin.
    bool run() noexcept {
      bool begun = false;
      try {
        accept();
        tick();
        begun = true;
      } catch (...) {
        begin_stop();
        abandon();
      }
      until_done();
      core_.workers_.finish();
      until_done();  // answers for clients that were given up lie in the context still
      return begun;
    }

   private:
    using clock = server_connection::clock;

    /// `stop` is looked for so often: a signal handler can do no more than set a flag.
    static constexpr std::chrono::milliseconds pace{20};
    /// Connections that are being told why they are refused.
    static constexpr std::size_t refusals = 64;

    static hello introduction_of(const server_core& core) noexcept {
      hello ours = core.graph_.introduction();
      ours.max_payload_bytes = std::min(ours.max_payload_bytes, core.options_.max_payload_bytes);
      return ours;
    }

    void until_done() noexcept {
      asio::io_context& context = listener_.context();
      context.restart();
      for (;;) {
        try {
          if (!ticking_ && !over()) tick();
          context.run();
          return;
        } catch (...) {
          // Out of memory in one connection's turn: its limits of time end it, the others go on.
        }
      }
    }

    bool over() const noexcept { return stopping_ && connections_.empty(); }

    void accept() {
      listener_.acceptor().async_accept([this](const std::error_code& code, asio::ip::tcp::socket socket) {
        accepting_ = false;
        if (code || !listener_.is_open()) return;  // out of file descriptors, as a rule: the next tick tries again
        accept();
        take(std::move(socket));
      });
      accepting_ = true;
    }

    void take(asio::ip::tcp::socket&& socket) {
      if (connections_.size() >= core_.options_.max_connections) sweep();
      const std::size_t count = connections_.size();
      if (count >= core_.options_.max_connections) server_meters::count(core_.meters_.connections_refused);
      if (count >= core_.options_.max_connections + refusals) return;
      std::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      const auto connection = std::make_shared<server_connection>(shared_, std::move(socket));
      connections_.push_back(connection);
      if (count >= core_.options_.max_connections) return connection->refuse(errc::overloaded);
      server_meters::count(core_.meters_.connections_accepted);
      core_.meters_.connections.store(connections_.size(), std::memory_order_relaxed);
      connection->start();
    }

    /// Keeps the limits of time, forgets what is closed.
    void sweep() {
      const auto now = clock::now();
      for (const auto& each : connections_) each->check_time(now);
      std::erase_if(connections_, [](const auto& each) { return !each->is_open(); });
      core_.meters_.connections.store(connections_.size(), std::memory_order_relaxed);
    }

    void tick() {
      ticking_ = false;
      if (core_.stop_.load() && !stopping_) begin_stop();
      if (++ticks_ % 5 == 0 || stopping_) sweep();
      if (stopping_ && clock::now() >= give_up_) abandon();
      if (over()) return;
      if (!stopping_ && !accepting_) accept();
      timer_.expires_after(pace);
      timer_.async_wait([this](const std::error_code&) { tick(); });
      ticking_ = true;
    }

    void begin_stop() {
      stopping_ = true;
      give_up_ = clock::now() + core_.options_.drain_time;
      listener_.close();
      for (const auto& each : connections_) each->begin_stop();
    }

    void abandon() {
      core_.workers_.abandon();
      for (const auto& each : connections_) each->close();
      sweep();
    }

    server_core& core_;
    server_shared shared_;
    tcp::listener& listener_;
    asio::steady_timer timer_;
    std::vector<std::shared_ptr<server_connection>> connections_;
    clock::time_point give_up_{};
    unsigned ticks_ = 0;
    bool accepting_ = false;
    bool ticking_ = false;
    bool stopping_ = false;
  };

  const served_graph graph_;
  const server_options options_;
  server_meters meters_;
  memory_budget requests_;
  memory_budget notices_{std::numeric_limits<std::size_t>::max()};
  server_workers workers_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> ran_{false};
};

}  // namespace cleave
#endif
// ---- cleave/runtime/server.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SERVER_HPP
#define CLEAVE_RUNTIME_SERVER_HPP

/// @file
/// Serves a graph to devices: every cut of it, many devices at once. Hosted; stands on Asio.

namespace cleave {

/// Runs the layers behind any cut of the graph for the devices that ask.
///
///     cleave::server<lenet5> server{weights};
///     cleave::tcp::listener listener{7070};
///     server.run(listener);                      // until server.stop()
///
/// Guarantees: every limit in `server_options` is kept whatever clients send; no answer is made of anything but a whole
/// and sound request for this graph with these weights.
template <const auto& Graph, class Options = default_options, class Codecs = common_codecs>
class server {
 public:
  /// Views `weights`, which must hold the whole graph and outlive the server.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, Graph.last>
  explicit server(const Weights& weights, const server_options& options = {})
      : core_(describe<Graph, Options, Codecs>(weights), options) {}
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, Graph.last>)
  explicit server(const Weights&& weights, const server_options& options = {}) = delete;

  /// Serves until `stop`; then answers what was accepted, closes the listener and returns. `ok`, or what kept it from
  /// starting. A server runs once.
  errc run(tcp::listener& listener) noexcept { return core_.run(listener).error(); }

  /// Ends `run`, also one that has not begun. From any thread or signal handler.
  void stop() noexcept { core_.stop(); }

  /// From any thread.
  server_statistics statistics() const { return core_.statistics(); }

 private:
  server_core core_;
};

}  // namespace cleave
#endif
// ---- cleave/transport/spin_policy.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_SPIN_POLICY_HPP
#define CLEAVE_TRANSPORT_SPIN_POLICY_HPP

/// @file
/// Whether it pays to stay awake for an answer, judged by those before it.

namespace cleave {

/// Decides before each wait whether it is spent awake, for a bounded time, as adaptive mutexes do. It is when the waits
/// before ended soon enough; each one that was spent awake for nothing doubles how many in a row must have, up to
/// `patience`. So where answers are slow nothing is spent, and where they are quick now and then, or the other end
/// needs this very core to answer, soon no more than one try in a thousand.
class spin_policy {
 public:
  static constexpr std::uint32_t patience = 1024;
  /// By how much a wait is longer when it is slept through: what it takes to wake up, at worst.
  static constexpr std::uint32_t waking_microseconds = 50;
  /// For `ended`: nothing came.
  static constexpr std::uint64_t in_vain = std::numeric_limits<std::uint64_t>::max();

  /// Stays awake for no longer than `most`; 0: never.
  constexpr explicit spin_policy(std::uint32_t most_microseconds) noexcept : most_(most_microseconds) {}

  /// How long the next wait may stay awake: 0 or the most.
  constexpr std::uint32_t microseconds() const noexcept { return soon_ >= needed_ ? most_ : 0; }

  /// Tells how long that wait took, from its begin to its end, awake or asleep.
  constexpr void ended(std::uint64_t waited_microseconds) noexcept {
    const bool awake = microseconds() > 0;
    if (waited_microseconds <= std::uint64_t{most_} + (awake ? 0 : waking_microseconds)) {
      soon_ = std::min(soon_ + 1, patience);
      if (awake) needed_ = std::max(needed_ - 1, 1U);
    } else {
      soon_ = 0;
      if (awake) needed_ = std::min(needed_ * 2, patience);
    }
  }

 private:
  std::uint32_t most_;
  std::uint32_t soon_ = 0;    // waits in a row that ended soon enough
  std::uint32_t needed_ = 1;  // of them
};

}  // namespace cleave
#endif
// ---- cleave/transport/tcp_lookup.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_LOOKUP_HPP
#define CLEAVE_TRANSPORT_TCP_LOOKUP_HPP

/// @file
/// From a host's name to its addresses, within a deadline. Hosted; stands on Asio.

namespace cleave::tcp {

/// One name being looked up in the background. The system's resolver can not be interrupted, so
/// the thread that waits for it shares this object with whoever asked, and either may go first.
class lookup {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The addresses of `host`, at once when it is a number. May throw what a new thread may.
  static std::shared_ptr<lookup> start(const std::string& host, std::uint16_t port) {
    auto result = std::make_shared<lookup>();
    std::error_code code;
    const auto number = asio::ip::make_address(host, code);
    if (!code) {
      result->addresses_.emplace_back(number, port);
      result->done_ = true;
    } else {
      std::thread([result, host, port] { result->run(host, port); }).detach();
    }
    return result;
  }

  /// Waits until the answer is there. `timed_out` leaves the search running: ask again.
  status wait(time_point until) {
    std::unique_lock hold(mutex_);
    const auto done = [this] { return done_; };
    if (until == time_point::max()) {
      changed_.wait(hold, done);
    } else if (!changed_.wait_until(hold, until, done)) {
      return errc::timed_out;
    }
    return outcome_;
  }

  /// Requires: `wait` returned no error.
  const std::vector<asio::ip::tcp::endpoint>& addresses() const noexcept { return addresses_; }

 private:
  void run(const std::string& host, std::uint16_t port) noexcept {
    std::vector<asio::ip::tcp::endpoint> found;
    errc outcome = errc::io_error;
    try {
      asio::io_context context;
      asio::ip::tcp::resolver resolver(context);
      std::error_code code;
      const auto entries = resolver.resolve(host, std::to_string(port), resolver.numeric_service, code);
      for (const auto& entry : entries) found.push_back(entry.endpoint());
      outcome = to_errc(code);
      if (outcome == errc::ok && found.empty()) outcome = errc::unreachable;
    } catch (...) {
      outcome = errc::io_error;
    }
    const std::lock_guard hold(mutex_);
    addresses_ = std::move(found);
    outcome_ = outcome;
    done_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  errc outcome_ = errc::ok;
  std::vector<asio::ip::tcp::endpoint> addresses_;
};

}  // namespace cleave::tcp
#endif
// ---- cleave/transport/transport.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TRANSPORT_HPP
#define CLEAVE_TRANSPORT_TRANSPORT_HPP

/// @file
/// The transport concept: an ordered stream of bytes both ways, with deadlines. TCP, a UART, shared
/// memory or a radio become one with three functions. Layer "transport": knows bytes and frames only.

namespace cleave {

/// What a read or a write came to: `bytes` moved, or `error` and no bytes; never neither, never both.
struct io_result {
  std::size_t bytes = 0;
  errc error = errc::ok;
};

/// A point in time on the clock of the transport it is given to, in microseconds.
struct deadline {
  std::uint64_t microseconds = std::numeric_limits<std::uint64_t>::max();

  static constexpr deadline never() noexcept { return {}; }
  constexpr bool is_never() const noexcept { return microseconds == std::numeric_limits<std::uint64_t>::max(); }
  constexpr bool passed(std::uint64_t now) const noexcept { return now >= microseconds; }
  constexpr bool operator==(const deadline&) const = default;
};

/// An ordered stream of bytes to and from one other end. With `link` an lvalue:
///
/// | expression                  | type            | semantics
/// |-----------------------------|-----------------|-------------------------------------------------
/// | `link.read_some(in, by)`    | `io_result`     | waits until bytes are there; moves 1 to `in.size()` of
/// |                             |                 | them to the front of `in`. Short counts are normal
/// | `link.write_some(out, by)`  | `io_result`     | waits until there is room; takes 1 to `out.size()` bytes
/// |                             |                 | from the front of `out`. Short counts are normal
/// | `link.now()`                | `std::uint64_t` | microseconds since some fixed moment; never goes back
/// | `link.reopen(by)`           | `status`        | optional: connects again after `errc::closed`; bytes under
/// |                             |                 | way are lost
/// | `link.write_parts(out, by)` | `io_result`     | optional: as `write_some`, for several pieces of memory,
/// |                             |                 | one behind the other; then they need not be copied
/// | `link.flush(by)`            | `status`        | optional: waits until the other end has what was written;
/// |                             |                 | for transports that repeat what got lost
///
/// All are `noexcept`. `in` is a `std::span<std::byte>`, `out` a `std::span<const std::byte>` (for
/// `write_parts` a `std::span` of them), not empty; `by` is a `deadline`. When it passes before a byte moved the answer
/// is `errc::timed_out` and the stream is as it was; a deadline that has passed already polls: what is there without
/// waiting moves. After the other end is gone, reads give what it still sent and then `errc::closed`; writes may notice
/// later than reads. One thread uses a transport at a time.
///
/// The smallest transport is tests/archetypes/minimal_transport.hpp; run
/// `cleave::testing::check_transport` on your own.
template <class Link>
concept transport = requires(Link& link, std::span<std::byte> in, std::span<const std::byte> out, deadline by) {
  { link.read_some(in, by) } noexcept -> std::same_as<io_result>;
  { link.write_some(out, by) } noexcept -> std::same_as<io_result>;
  { link.now() } noexcept -> std::same_as<std::uint64_t>;
};

/// A transport that can connect again.
template <class Link>
concept reopenable_transport = transport<Link> && requires(Link& link, deadline by) {
  { link.reopen(by) } noexcept -> std::same_as<status>;
};

/// A transport that takes several pieces of memory at once.
template <class Link>
concept gathering_transport =
    transport<Link> && requires(Link& link, std::span<const std::span<const std::byte>> parts, deadline by) {
      { link.write_parts(parts, by) } noexcept -> std::same_as<io_result>;
    };

/// The deadline so many microseconds from now.
template <transport Link>
constexpr deadline after(Link& link, std::uint64_t microseconds) noexcept {
  const std::uint64_t now = link.now();
  return microseconds > std::numeric_limits<std::uint64_t>::max() - now ? deadline::never()
                                                                        : deadline{now + microseconds};
}

/// Reads until `in` is full. On an error part of `in` may have been written.
template <transport Link>
constexpr status read_exactly(Link& link, std::span<std::byte> in, deadline by) noexcept {
  while (!in.empty()) {
    const io_result moved = link.read_some(in, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > in.size()) return errc::io_error;  // not a transport: do not spin
    in = in.subspan(moved.bytes);
  }
  return {};
}

/// Writes all of `out`. On an error part of it may have gone.
template <transport Link>
constexpr status write_all(Link& link, std::span<const std::byte> out, deadline by) noexcept {
  while (!out.empty()) {
    const io_result moved = link.write_some(out, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > out.size()) return errc::io_error;
    out = out.subspan(moved.bytes);
  }
  return {};
}

/// Writes all of several pieces of memory, one behind the other. On an error part of it may have gone.
template <gathering_transport Link>
constexpr status write_all(Link& link, std::span<const std::span<const std::byte>> parts, deadline by) noexcept {
  std::size_t gone = 0;  // of the first part
  for (;;) {
    while (!parts.empty() && gone >= parts.front().size()) {
      gone -= parts.front().size();
      parts = parts.subspan(1);
    }
    if (parts.empty()) return gone == 0 ? errc::ok : errc::io_error;
    const std::array rest{parts.front().subspan(gone), parts.size() > 1 ? parts[1] : std::span<const std::byte>{}};
    const io_result moved = link.write_parts(gone == 0 ? parts : rest, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0) return errc::io_error;
    gone += moved.bytes;
  }
}

}  // namespace cleave
#endif
// ---- cleave/transport/tcp_client.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_CLIENT_HPP
#define CLEAVE_TRANSPORT_TCP_CLIENT_HPP

/// @file
/// A TCP connection to a server as a transport. Hosted; stands on Asio.

#if defined(__unix__) || defined(__APPLE__)
#include <cerrno>
#include <poll.h>
#endif

namespace cleave::tcp {

struct client_options {
  /// How long the first read behind a write, which waits for an answer, asks again and again before it sleeps: waking
  /// up takes 10 us and more. Only while answers come within this time, see `spin_policy`; those of another machine
  /// hardly ever do, and cost nothing then. 0: never.
  std::uint32_t spin_microseconds = 150;
};

/// Connects to `host` (a name, an IPv4 or an IPv6 address) when first used; once that connection is
/// lost, every call gives `closed` until `reopen`. Tries all addresses of the name, in the resolver's order.
/// Guarantees: nothing throws; every call returns at its deadline. One thread at a time.
class client {
 public:
  client(std::string host, std::uint16_t port, client_options options = {})
      : host_(std::move(host)), port_(port), spins_(options.spin_microseconds) {}
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// At least one byte of what arrived, as soon as there is one. Requires: `out` is not empty.
  io_result read_some(std::span<std::byte> out, deadline until) noexcept {
    if (!ahead_.empty()) {
      const std::size_t count = std::min(out.size(), ahead_.size());
      std::copy_n(ahead_.begin(), count, out.begin());
      ahead_ = ahead_.subspan(count);
      return {count, errc::ok};
    }
    // What follows a frame's header is there with it, as a rule: one system call fetches both.
    io_result moved = move_some(until, asio::ip::tcp::socket::wait_read, [&](std::error_code& code) {
      const std::array<asio::mutable_buffer, 2> into{asio::buffer(out.data(), out.size()), asio::buffer(memory_)};
      return link_->socket.read_some(into, code);
    });
    if (moved.bytes > out.size()) {
      ahead_ = std::span(memory_).first(moved.bytes - out.size());
      moved.bytes = out.size();
    }
    return moved;
  }

  /// Hands over at least one byte. Requires: `in` is not empty.
  io_result write_some(std::span<const std::byte> in, deadline until) noexcept {
    asked_ = true;
    return move_some(until, asio::ip::tcp::socket::wait_write, [&](std::error_code& code) {
      return link_->socket.write_some(asio::buffer(in.data(), in.size()), code);
    });
  }

  /// The same from several pieces of memory, in one system call. Requires: they are not all empty.
  io_result write_parts(std::span<const std::span<const std::byte>> parts, deadline until) noexcept {
    std::array<asio::const_buffer, 16> pieces;  // what is beyond goes with the next call
    const std::size_t count = std::min(parts.size(), pieces.size());
    for (std::size_t i = 0; i < count; ++i) pieces[i] = {parts[i].data(), parts[i].size()};
    asked_ = true;
    return move_some(until, asio::ip::tcp::socket::wait_write,
                     [&](std::error_code& code) { return link_->socket.write_some(pieces, code); });
  }

  /// Microseconds of the steady clock, on which deadlines are given.
  std::uint64_t now() const noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Drops the connection, if any, and makes a new one.
  status reopen(deadline until) noexcept {
    close();
    try {
      const status connected = connect(to_time(until));
      if (connected) used_ = true;
      return connected;
    } catch (...) {  // no memory, no thread, no file descriptor
      close();
      return errc::io_error;
    }
  }

  /// Ends the connection; the next `reopen` makes another.
  void close() noexcept {
    link_.reset();
    ahead_ = {};
  }

  bool is_open() const noexcept { return link_.has_value(); }

  /// How many answers were waited for awake, each for `spin_microseconds` at most.
  std::uint64_t waits_awake() const noexcept { return waits_awake_; }

 private:
  using time_point = std::chrono::steady_clock::time_point;

  struct connection {
    connection() : context(1), socket(context) {}

    asio::io_context context;
    asio::ip::tcp::socket socket;
  };

  /// A host that drops packets must not take the time of the addresses behind it.
  static constexpr std::chrono::seconds longest_try{3};

  static time_point to_time(deadline until) noexcept {
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(time_point::max().time_since_epoch()).count();
    if (until.microseconds >= static_cast<std::uint64_t>(end)) return time_point::max();
    return time_point(std::chrono::microseconds(static_cast<std::int64_t>(until.microseconds)));
  }

  /// Runs one asynchronous operation to its end or to the deadline, whichever is first.
  template <class Start>
  std::error_code await(time_point until, Start start) {
    std::error_code outcome;
    bool done = false;
    start([&](const std::error_code& code) {
      outcome = code;
      done = true;
    });
    asio::io_context& context = link_->context;
    context.restart();
    if (until == time_point::max()) {
      context.run();
    } else {
      context.run_until(until);
    }
    if (done) return outcome;
    std::error_code ignored;
    link_->socket.cancel(ignored);  // the handler refers to this frame: it has to run before we leave
    context.restart();
    context.run();
    return outcome == asio::error::operation_aborted ? std::error_code(asio::error::timed_out) : outcome;
  }

  /// Waits until the socket can move bytes, or `timed_out`. An event loop for the one socket would be asked three times
  /// where poll is asked once, and the process that wakes us would do part of its work.
  std::error_code wait(std::uint64_t until, asio::ip::tcp::socket::wait_type what) {
#if defined(__unix__) || defined(__APPLE__)
    pollfd socket{link_->socket.native_handle(),
                  static_cast<short>(what == asio::ip::tcp::socket::wait_read ? POLLIN : POLLOUT), 0};
    for (;;) {
      int milliseconds = -1;
      if (until != deadline::never().microseconds) {
        const std::uint64_t moment = now();
        if (moment >= until) return asio::error::timed_out;
        constexpr std::uint64_t most = 1'000'000;  // the longest wait that is certain to fit
        milliseconds = static_cast<int>(std::min(most, (until - moment - 1) / 1000 + 1));
      }
      const int ready = ::poll(&socket, 1, milliseconds);
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return {errno, std::system_category()};
    }
#else
    return await(to_time(deadline{until}), [&](auto handler) { link_->socket.async_wait(what, std::move(handler)); });
#endif
  }

  /// As `wait`, but may return at once to have the socket asked again. Sets `since` where an answer is waited for.
  std::error_code stay_or_wait(std::uint64_t until, asio::ip::tcp::socket::wait_type what,
                               std::optional<std::uint64_t>& since) {
    const std::uint64_t moment = now();
    if (moment >= until) return asio::error::timed_out;
    if (what == asio::ip::tcp::socket::wait_read && asked_) {
      if (!since) {
        since = moment;
        if (spins_.microseconds() > 0) ++waits_awake_;
      }
      if (moment - *since < spins_.microseconds()) return {};
    }
    return wait(until, what);
  }

  void answered(std::uint64_t waited_microseconds) noexcept {
    asked_ = false;
    spins_.ended(waited_microseconds);
  }

  template <class Move>
  io_result move_some(deadline until, asio::ip::tcp::socket::wait_type what, Move move) noexcept {
    if (!used_) {
      if (const status opened = reopen(until); !opened) return {0, opened.error()};
    }
    std::optional<std::uint64_t> since;  // when the wait for an answer began
    try {
      while (link_) {
        std::error_code code;
        const std::size_t bytes = move(code);
        if (!code && bytes > 0) {
          if (what == asio::ip::tcp::socket::wait_read && asked_) answered(since ? now() - *since : 0);
          return {bytes, errc::ok};
        }
        if (code == asio::error::would_block || code == asio::error::try_again) {
          code = stay_or_wait(until.microseconds, what, since);
          if (!code) continue;
          if (code == asio::error::timed_out) {
            if (since) answered(spin_policy::in_vain);
            return {0, errc::timed_out};
          }
        }
        if (code == asio::error::interrupted) continue;
        close();
        const errc reason = code == asio::error::timed_out ? errc::closed : to_errc(code);
        return {0, reason == errc::ok ? errc::closed : reason};
      }
    } catch (...) {
      close();
      return {0, errc::io_error};
    }
    return {0, errc::closed};
  }

  status connect(time_point until) {
    if (!search_) search_ = lookup::start(host_, port_);
    const status found = search_->wait(until);
    if (found.error() == errc::timed_out) return found;  // the search goes on and serves the next call
    const auto search = std::exchange(search_, nullptr);
    if (!found) return found;

    errc reason = errc::unreachable;
    const auto& addresses = search->addresses();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const auto start = std::chrono::steady_clock::now();
      if (start >= until) return errc::timed_out;
      const auto left = static_cast<std::int64_t>(addresses.size() - i);
      const auto share =
          left == 1 ? until : start + std::min<time_point::duration>((until - start) / left, longest_try);
      const std::error_code code = try_address(addresses[i], share);
      if (!code) return {};
      close();
      reason = to_errc(code);
    }
    return reason;
  }

  std::error_code try_address(const asio::ip::tcp::endpoint& address, time_point until) {
    link_.emplace();
    std::error_code code;
    link_->socket.open(address.protocol(), code);
    if (!code) link_->socket.non_blocking(true, code);
    if (!code) {
      code = await(until, [&](auto handler) { link_->socket.async_connect(address, std::move(handler)); });
    }
    // A request is one write and waits for its answer: holding back its tail gains nothing.
    if (!code) link_->socket.set_option(asio::ip::tcp::no_delay(true), code);
    return code;
  }

  std::string host_;
  std::uint16_t port_;
  spin_policy spins_;
  bool asked_ = false;  // nothing was read since the last write
  bool used_ = false;   // was connected at least once
  std::uint64_t waits_awake_ = 0;
  std::shared_ptr<lookup> search_;
  std::optional<connection> link_;
  std::array<std::byte, 4096> memory_;
  std::span<const std::byte> ahead_;  // of memory_: has come, but was not asked for yet
};

static_assert(reopenable_transport<client> && gathering_transport<client>);

}  // namespace cleave::tcp
#endif
// ---- cleave/tcp.hpp -------------------------------------------------------------------------------------------------
#ifndef CLEAVE_TCP_HPP
#define CLEAVE_TCP_HPP

/// @file
/// Everything that stands on Asio: the TCP transport and the server. Link with cleave::tcp.

#endif
