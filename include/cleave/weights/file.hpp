// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_FILE_HPP
#define CLEAVE_WEIGHTS_FILE_HPP

/// @file
/// Weights in files, mapped rather than read: pages come in as layers run. Hosted: POSIX.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleave/weights/view.hpp>

namespace cleave {

/// A file in memory, read only. Movable.
class mapped_file {
 public:
  mapped_file() = default;
  mapped_file(mapped_file&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~mapped_file() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }

  /// Maps the file at `path`.
  static result<mapped_file> open(const char* path) noexcept {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno == ENOENT ? errc::file_not_found : errc::file_not_readable;
    struct stat facts {};
    mapped_file mapped;
    const bool known = ::fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
    if (known && facts.st_size > 0) {
      mapped.size_ = static_cast<std::size_t>(facts.st_size);
      void* const data = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file, 0);
      if (data != MAP_FAILED) mapped.data_ = data;
    }
    ::close(file);
    if (!known || (facts.st_size > 0 && mapped.data_ == nullptr)) {
      mapped.size_ = 0;
      return errc::file_not_readable;
    }
    return mapped;
  }

  std::span<const std::byte> bytes() const noexcept { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A mapped weight file and the view of it. Movable; outlives the networks that view it.
template <const auto& Graph, std::size_t First = 1, std::size_t Last = Graph.last>
class mapped_weights : public weights_view<Graph, First, Last> {
 public:
  mapped_weights(mapped_file file, const weights_view<Graph, First, Last>& view) noexcept
      : weights_view<Graph, First, Last>(view), file_(std::move(file)) {}

  std::span<const std::byte> bytes() const noexcept { return file_.bytes(); }

 private:
  mapped_file file_;
};

/// Maps and checks a weight file; see `view_weights` for what is refused.
template <const auto& Graph, layer_part Part = all_layers>
auto load_weights(const char* path) noexcept -> result<mapped_weights<Graph, Part.first(Graph), Part.last(Graph)>> {
  result<mapped_file> file = mapped_file::open(path);
  if (!file) return file.error();
  const auto view = view_weights<Graph, Part>(file->bytes());
  if (!view) return view.error();
  return mapped_weights<Graph, Part.first(Graph), Part.last(Graph)>{std::move(*file), *view};
}

namespace detail {

/// Writes everything and closes `file`, which may be -1.
inline bool write_and_close(int file, std::span<const std::byte> bytes) noexcept {
  if (file < 0) return false;
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ::close(file) == 0 && bytes.empty();
}

}  // namespace detail

/// Writes bytes to a file, all or none: they go into a file beside it, which takes its place once it is complete. What
/// is not a regular file, such as /dev/stdout, is written to as it is.
inline status save_bytes(const char* path, std::span<const std::byte> bytes) noexcept {
  struct stat facts {};
  const bool exists = ::stat(path, &facts) == 0;
  if (exists && !S_ISREG(facts.st_mode)) {
    return detail::write_and_close(::open(path, O_WRONLY | O_CLOEXEC), bytes) ? errc::ok : errc::file_not_writable;
  }
  // Behind a symbolic link it is the file that is replaced, not the link.
  char* const real = exists ? ::realpath(path, nullptr) : nullptr;
  const std::string target = real != nullptr ? real : path;
  std::free(real);
  const std::string part = target + ".part" + std::to_string(::getpid());
  const ::mode_t mode = exists ? facts.st_mode & 0777U : 0666U;
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return errc::file_not_writable;
  if (detail::write_and_close(file, bytes) && std::rename(part.c_str(), target.c_str()) == 0) return {};
  ::unlink(part.c_str());
  return errc::file_not_writable;
}

}  // namespace cleave
#endif
