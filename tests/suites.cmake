# The tests, one suite per folder, one line per file.
cleave_suite(core
  version_test.cpp
)
