// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/transport/tcp_listener.hpp>

using cleave::errc;

TEST_CASE("port 0 takes a free port and tells which") {
  cleave::tcp::listener first(0);
  cleave::tcp::listener second(0);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first.port() != 0);
  CHECK(first.port() != second.port());
}

TEST_CASE("a port that is taken is an error value with the system's reason") {
  cleave::tcp::listener first(0);
  REQUIRE(first);
  cleave::tcp::listener second(first.port());
  CHECK_FALSE(second);
  CHECK(second.error() == errc::address_in_use);
  CHECK(second.cause() == asio::error::address_in_use);
  CHECK(second.port() == 0);
}

TEST_CASE("a listener that closes frees its port") {
  cleave::tcp::listener first(0);
  first.close();
  CHECK_FALSE(first.is_open());
  cleave::tcp::listener second(first.port());
  CHECK(second);
}

TEST_CASE("an address that is not one is an error value") {
  cleave::tcp::listener listener(0, "not an address");
  CHECK_FALSE(listener);
  CHECK(listener.error() != errc::ok);
}
