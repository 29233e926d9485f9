// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/core/large_pages.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using numbers = std::vector<float, cleave::large_page_allocator<float>>;

std::size_t beyond(const void* memory, std::size_t alignment) {
  return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(memory) % alignment);
}

}  // namespace

TEST_CASE("few numbers start at a cache line, many at a large page") {
  const numbers few(100, 1.0F);
  CHECK(beyond(few.data(), 64) == 0);
  const numbers many(cleave::large_bytes / sizeof(float), 2.0F);
  CHECK(beyond(many.data(), cleave::large_page_bytes) == 0);
  CHECK(std::count(many.begin(), many.end(), 2.0F) == static_cast<std::ptrdiff_t>(many.size()));
}

TEST_CASE("numbers on large pages may become more and fewer") {
  numbers some(1000, 3.0F);
  some.resize(cleave::large_bytes / sizeof(float) + 1, 4.0F);
  some.resize(1001);
  some.shrink_to_fit();
  CHECK(std::count(some.begin(), some.end(), 3.0F) == 1000);
  CHECK(some[1000] == 4.0F);
}

TEST_CASE("memory that holds no large page can be asked about") {
  std::vector<float> numbers_on_the_heap(1000, 5.0F);
  cleave::ask_for_large_pages(numbers_on_the_heap.data(), numbers_on_the_heap.size() * sizeof(float));
  CHECK(numbers_on_the_heap[999] == 5.0F);
}
