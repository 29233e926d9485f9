// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/kaldi_asr.hpp>

#include "check_model.hpp"

TEST_CASE("the acoustic model of kaldi gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::kaldi_asr, 5>();
}
