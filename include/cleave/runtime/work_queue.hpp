// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_WORK_QUEUE_HPP
#define CLEAVE_RUNTIME_WORK_QUEUE_HPP

/// @file
/// A bounded queue between threads. Hosted.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

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
