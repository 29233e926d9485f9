// SPDX-License-Identifier: BSL-1.0
#include "show.hpp"

#include "draw.hpp"

#include <iomanip>
#include <sstream>

namespace demo {

void print_digits(std::ostream& out, const findings& found, const std::vector<labelled_digit>& pictures,
                  const terminal& screen) {
  if (found.cuts.empty()) return;
  const cut_report& shown = found.cuts[found.cuts.size() * 2 / 3];  // pool2 among all of them
  const std::vector<numbers>& answers = shown.answers;
  const std::string where = "cut behind layer " + std::to_string(shown.cut) + ", " + found.graph.cuts[shown.cut];
  std::vector<captioned_digit> examples;
  for (int digit = 0; digit < 10; ++digit) {
    for (std::size_t at = 0; at < answers.size(); ++at) {
      if (pictures[at].label != digit || best_of(answers[at]) != digit) continue;
      const float sure = answers[at][static_cast<std::size_t>(digit)];
      examples.push_back(
          {pictures[at].counts, screen.bold(std::to_string(digit)) + "  " + fixed(100 * sure, 0) + " %"});
      break;
    }
  }
  out << "Some answers (" << where << ")\n\n";
  print_gallery(out, examples, screen);

  std::vector<captioned_digit> wrong;
  for (std::size_t at = 0; at < answers.size(); ++at) {
    const int said = best_of(answers[at]);
    if (said == pictures[at].label) continue;
    wrong.push_back(
        {pictures[at].counts, screen.red(std::to_string(said)) + ", is " + std::to_string(pictures[at].label)});
  }
  if (wrong.empty()) return;
  constexpr std::size_t most = 20;
  out << "Wrong answers: " << wrong.size() << " of " << answers.size();
  if (wrong.size() > most) out << ", the first " << most;
  wrong.resize(std::min(wrong.size(), most));
  out << " (what was said, what it is)\n\n";
  print_gallery(out, wrong, screen);
}

void print_picture(std::ostream& out, const std::string& name, const digit_counts& counts, const numbers& probabilities,
                   const terminal& screen) {
  out << name << "\n\n";
  drawing lines = draw(counts, screen);
  lines.resize(10, std::string(width_of(lines.front()), ' '));
  const int best = best_of(probabilities);
  for (int digit = 0; digit < 10; ++digit) {
    const float probability = probabilities[static_cast<std::size_t>(digit)];
    std::string bar;
    for (int cell = 0; cell < static_cast<int>(probability * 40 + 0.5f); ++cell) bar += screen.unicode ? "\u2588" : "#";
    std::ostringstream line;
    line << digit << std::setw(7) << fixed(100 * probability, 1) << " %  ";
    out << "  " << lines[static_cast<std::size_t>(digit)] << "    "
        << (digit == best ? screen.bold(line.str()) + screen.green(bar) : line.str() + bar) << '\n';
  }
  out << '\n';
}

}  // namespace demo
