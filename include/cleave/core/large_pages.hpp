// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_LARGE_PAGES_HPP
#define CLEAVE_CORE_LARGE_PAGES_HPP

/// @file
/// Large pages for memory that kernels read from end to end: a core remembers where a few thousand pages lie, which of
/// 4 KiB are some MiB. Hosted: asks Linux, which as a rule gives large pages only to those that ask (`madvise` in
/// /sys/kernel/mm/transparent_hugepage/enabled); does nothing elsewhere.

#include <cstddef>
#include <memory>
#include <new>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace cleave {

/// A large page of x86-64 and AArch64.
inline constexpr std::size_t large_page_bytes = std::size_t{2} << 20;

/// Memory from this size on starts at a large page. Less would waste what fills up the last page.
inline constexpr std::size_t large_bytes = 2 * large_page_bytes;

/// Asks for large pages for what lies within the memory [begin, begin + bytes) and was not written to yet.
inline void ask_for_large_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  void* page = begin;
  std::size_t room = bytes;
  if (std::align(large_page_bytes, large_page_bytes, page, room) == nullptr) return;
  // Without them all is as it was, only slower.
  (void)::madvise(page, room / large_page_bytes * large_page_bytes, MADV_HUGEPAGE);
#endif
}

/// Memory on the heap at a multiple of `alignment`, uninitialised; of `large_bytes` or more on large pages.
inline void* allocate_large(std::size_t size, std::size_t alignment) {
  if (size < large_bytes) return ::operator new(size, std::align_val_t{alignment});
  // The last page is large too.
  const std::size_t whole = (size + large_page_bytes - 1) / large_page_bytes * large_page_bytes;
  void* const memory = ::operator new(whole, std::align_val_t{large_page_bytes});
  ask_for_large_pages(memory, whole);
  return memory;
}

/// Frees what `allocate_large` gave for the same size and alignment.
inline void release_large(void* memory, std::size_t size, std::size_t alignment) noexcept {
  ::operator delete(memory, std::align_val_t{size < large_bytes ? alignment : large_page_bytes});
}

/// An allocator for containers of numbers that kernels read: on cache lines and, when large, on large pages.
template <class Element>
struct large_page_allocator {
  using value_type = Element;
  static constexpr std::size_t alignment = 64;

  large_page_allocator() = default;
  template <class Other>
  large_page_allocator(const large_page_allocator<Other>&) noexcept {}
  Element* allocate(std::size_t count) {
    return static_cast<Element*>(allocate_large(count * sizeof(Element), alignment));
  }
  void deallocate(Element* memory, std::size_t count) noexcept {
    release_large(memory, count * sizeof(Element), alignment);
  }
  bool operator==(const large_page_allocator&) const noexcept { return true; }
};

}  // namespace cleave
#endif
