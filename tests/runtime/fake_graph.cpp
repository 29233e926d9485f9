// SPDX-License-Identifier: BSL-1.0
#include "fake_graph.hpp"

#include <algorithm>

// Here and not in the header: the network code behind it is compiled once for all tests.

namespace archetypes {

cleave::served_graph fake_graph::served() {
  static std::array<cleave::tensor_info, 3> crossing{};
  for (std::size_t cut = 0; cut < last; ++cut) crossing[cut].dims.channels = width(cut);
  static std::array<cleave::tensor_info, 1> answer{};
  answer[0] = {{1, 1, large}, cleave::dtype::float32, most * 4};
  using infos = std::span<const cleave::tensor_info>;
  return {.graph = 11,
          .weights = 22,
          .numerics = 1,
          .last = last,
          .codecs = &cleave::table_of<fake_codecs>,
          .data = this,
          .crossing = [](std::size_t cut) noexcept { return infos(crossing).subspan(cut, cut < last ? 1 : 0); },
          .outputs_after = [](std::size_t cut) noexcept { return infos(answer).first(cut < last ? 1 : 0); },
          .make = [](const void* data) noexcept -> void* {
            auto* graph = static_cast<fake_graph*>(const_cast<void*>(data));
            return new runner{graph, std::vector<float>(most + static_cast<std::size_t>(graph->large))};
          },
          .destroy = [](void* what) noexcept { delete static_cast<runner*>(what); },
          .tensor =
              [](void* what, const cleave::tensor_info& info) noexcept {
                return std::as_writable_bytes(std::span(static_cast<runner*>(what)->memory))
                    .subspan(info.offset, info.bytes());
              },
          .run =
              [](void* what, std::size_t first, std::size_t) noexcept {
                runner& own = *static_cast<runner*>(what);
                own.graph->last_thread = std::this_thread::get_id();
                ++own.graph->running;
                const int wait = own.graph->milliseconds.load();
                if (wait > 0) std::this_thread::sleep_for(std::chrono::milliseconds(wait));
                float sum = 0;
                for (int i = 0; i < width(first - 1); ++i) sum += own.memory[static_cast<std::size_t>(i)];
                for (std::size_t i = most; i < own.memory.size(); ++i) own.memory[i] = sum++;
                --own.graph->running;
                ++own.graph->runs;
              }};
}

fake_server::fake_server(cleave::server_options options, std::uint16_t port, int large)
    : graph{.large = large},
      core(graph.served(), options),
      listener(port),
      thread([this] { end = core.run(listener); }) {}

fake_server::~fake_server() { stop(); }

void fake_server::stop() {
  core.stop();
  if (thread.joinable()) thread.join();
}

raw_device::raw_device(std::uint16_t port, const char* host) : link(host, port) {}

raw_device::~raw_device() = default;

cleave::deadline raw_device::soon() { return cleave::after(link, 10'000'000); }

cleave::errc raw_device::connect() { return link.reopen(soon()).error(); }

cleave::errc raw_device::send_bytes(std::span<const std::byte> bytes) { return write_all(link, bytes, soon()).error(); }

cleave::errc raw_device::send(const cleave::frame_header& head, std::span<const std::byte> body) {
  return send_bytes(frame(head, body));
}

cleave::errc raw_device::receive(cleave::deadline by) {
  decoder.restart();
  if (const auto done = cleave::receive(link, decoder, by); !done) return done.error();
  payload.resize(decoder.header().payload_bytes);
  if (decoder.stage() == cleave::decoder_stage::decide) {
    static_cast<void>(decoder.accept(payload));
    if (const auto done = cleave::receive(link, decoder, by); !done) return done.error();
  }
  header = decoder.header();
  return header.error;
}

cleave::errc raw_device::greet(const cleave::hello& as) {
  std::array<std::byte, cleave::hello_bytes> words{};
  store_hello(as, words);
  if (const auto why = send({.kind = cleave::frame_kind::hello}, words); why != cleave::errc::ok) return why;
  return receive();
}

cleave::errc raw_device::ask(std::uint64_t request, std::size_t cut, float value) {
  const cleave::frame_header head{
      .kind = cleave::frame_kind::request, .request = request, .cut = static_cast<std::uint16_t>(cut), .tensors = 1};
  return send(head, tensor(cut, value));
}

std::vector<std::byte> raw_device::tensor(std::size_t cut, float value) {
  std::vector<float> floats(static_cast<std::size_t>(fake_graph::width(cut)));
  floats[0] = value;
  std::vector<std::byte> room(4 + floats.size() * 4);
  cleave::payload_writer writer(room);
  cleave::codecs::identity codec;
  static_cast<void>(writer.add(codec, std::as_bytes(std::span(floats)), cleave::dtype::float32));
  return room;
}

std::vector<std::byte> raw_device::frame(const cleave::frame_header& head, std::span<const std::byte> body) {
  const auto size = static_cast<std::uint32_t>(body.size());
  std::vector<std::byte> bytes(cleave::frame_bytes(size));
  std::copy(body.begin(), body.end(), bytes.begin() + cleave::frame_header_bytes);
  static_cast<void>(cleave::seal_frame(head, bytes, size));
  return bytes;
}

float raw_device::answer() const {
  float value = -1;
  if (payload.size() >= 8) std::memcpy(&value, payload.data() + 4, 4);
  return value;
}

}  // namespace archetypes
