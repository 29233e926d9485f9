// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVER_CONNECTION_HPP
#define CLEAVE_RUNTIME_SERVER_CONNECTION_HPP

/// @file
/// One device's connection to the server: what its frames mean, and the limits that it is held to.
/// Hosted; stands on Asio. Everything but `finished` runs in the network's thread.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>

#include <cleave/runtime/served_graph.hpp>
#include <cleave/runtime/server_buffer.hpp>
#include <cleave/runtime/server_options.hpp>
#include <cleave/runtime/server_workers.hpp>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cleave/wire/hello.hpp>

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
