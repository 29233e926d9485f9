// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/senna.hpp>

#include "check_model.hpp"

TEST_CASE("senna for parts of speech gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::senna_pos>();
}

TEST_CASE("senna for named entities gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::senna_ner>();
}

TEST_CASE("senna for phrases gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::senna_chk>();
}
